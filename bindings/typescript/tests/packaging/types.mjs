/** Programs in TypeScript, as strict as can be: the declarations in the package are checked too. */

import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { project } from './rig/project.mjs';

const COMPILERS = { 'TypeScript 5': 'typescript-5/lib/tsc.js', 'TypeScript 7': 'typescript/bin/tsc' };
/** An app for browsers has no types of Node, a program for Node none of browsers. */
const PLACES = {
  browser: { lib: ['ES2022', 'DOM'], types: [] },
  Node: { lib: ['ES2022'], types: ['node'] },
};
/** How modules are found, and the kinds of files that there are then. */
const WAYS = {
  bundler: { module: 'esnext', extensions: ['ts'] },
  node16: { module: 'node16', extensions: ['mts', 'cts'] },
  nodenext: { module: 'nodenext', extensions: ['mts', 'cts'] },
};
/** One for each entry of the package. */
const CONSUMERS = ['consumer', 'node', 'react', 'vault'];

describe('types', () => {
  let app;

  before(async () => {
    app = await project('types');
    for (const consumer of CONSUMERS) {
      for (const extension of ['mts', 'cts']) {
        copyFileSync(join(app.root, `${consumer}.ts`), join(app.root, `${consumer}.${extension}`));
      }
    }
  });

  for (const [compiler, program] of Object.entries(COMPILERS)) {
    for (const [place, surroundings] of Object.entries(PLACES)) {
      for (const [moduleResolution, { module, extensions }] of Object.entries(WAYS)) {
        test(`${compiler} for ${place}, moduleResolution ${moduleResolution}`, async () => {
          const compilerOptions = {
            ...surroundings,
            module,
            moduleResolution,
            exactOptionalPropertyTypes: true,
            noEmit: true,
            noUncheckedIndexedAccess: true,
            skipLibCheck: false,
            strict: true,
            target: 'es2022',
          };
          const settings = join(app.root, 'tsconfig.json');
          const files = CONSUMERS.flatMap((consumer) => extensions.map((extension) => `${consumer}.${extension}`));
          writeFileSync(settings, JSON.stringify({ compilerOptions, files }));
          await app.node(`node_modules/${program}`, '--project', settings);
        });
      }
    }
  }
});
