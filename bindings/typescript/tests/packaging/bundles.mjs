/** Parts that bundlers take in for a page: each entry brings what it is for, and the main one nothing of the others. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { build } from 'esbuild';
import { project } from './rig/project.mjs';

/** Imports that a bundle for browsers has left, of each entry. */
const LEFT = {
  reeeductio: [],
  'reeeductio/react': ['react'],
  'reeeductio/node': ['node:fs/promises', 'node:sqlite'],
  'reeeductio/vault': [],
};
/** The same of Vite, by what is in its bundles: it puts something empty in place of modules of Node. */
const TAKEN = {
  vite: ['reeeductio/index'],
  react: ['react', 'react-dom', 'reeeductio/index', 'reeeductio/react', 'scheduler'],
};

describe('bundles', () => {
  for (const [entry, left] of Object.entries(LEFT)) {
    test(`esbuild's of ${entry} import ${left.join(', ') || 'nothing'}`, async () => {
      const { root } = await project('vite');
      const { metafile } = await build({
        stdin: { contents: `export * from '${entry}';`, resolveDir: root },
        absWorkingDir: root,
        bundle: true,
        external: ['node:*', 'react'],
        format: 'esm',
        metafile: true,
        outdir: 'out',
        platform: 'browser',
        write: false,
      });
      const outputs = Object.values(metafile.outputs);
      const imported = outputs.flatMap(({ imports }) => imports.filter(({ external }) => external));
      assert.deepEqual([...new Set(imported.map(({ path }) => path))].sort(), left);
    });
  }

  for (const [name, taken] of Object.entries(TAKEN)) {
    test(`Vite takes ${taken.join(', ')} into the page of ${name}`, async () => {
      const { root, node } = await project(name);
      await node('node_modules/vite/bin/vite.js', 'build', '--sourcemap');
      const folder = join(root, 'dist', 'assets');
      const maps = readdirSync(folder).filter((file) => file.endsWith('.map'));
      const sources = maps.flatMap((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')).sources);
      assert.deepEqual([...new Set(sources.map(nameOf).filter(Boolean))].sort(), taken);
    });
  }
});

/** The package that a file is of, or the entry, if it is one of ours. */
function nameOf(file) {
  const [, path] = /^.*\/node_modules\/(.*)$/.exec(file) ?? [];
  const entry = /^reeeductio\/dist\/esm\/(index|node|react|vault)\.js$/.exec(path)?.[1];
  // The other files of ours are what entries share.
  if (entry) return `reeeductio/${entry}`;
  return path?.startsWith('reeeductio/') ? undefined : path?.split('/')[0];
}
