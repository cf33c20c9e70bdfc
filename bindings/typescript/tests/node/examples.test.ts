/** The examples in the comments. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { packageFolder } from './places.js';

/** Names that examples take as given, unless they make it themselves. */
const GIVEN = `
declare const space: Space;
declare const spaceId: string, userId: string, blobId: string, baseUrl: string, password: string;
declare const keyPair: KeyPair, friend: KeyPair;
declare const symmetricRoot: Uint8Array, dek: Uint8Array;
declare const signal: AbortSignal;
declare const input: { files: [File] };
`;

test('the compiler finds no mistake in the examples', () => {
  const folder = packageFolder('build', 'tests', 'examples');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const lists = readFileSync(packageFolder('dist', 'esm', 'index.d.ts'), 'utf8').matchAll(/\{([^}]*)\}/g);
  const names = [...lists].flatMap(([, list]) =>
    (list ?? '').split(',').map((item) => item.split(' as ').at(-1)?.trim()),
  );
  const imports = names
    .filter(Boolean)
    .map((name) => name?.replace(/^type /, ''))
    .join(', ');
  const source = packageFolder('ts');
  let count = 0;
  for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )) {
    for (const [, block] of readFileSync(`${source}/${file}`, 'utf8').matchAll(/^ *\* ```ts\n(.*?)^ *\* ```/gms)) {
      const lines = (block ?? '').replaceAll(/^ *\* ?/gm, '').split('\n');
      const own = lines.filter((line) => line.startsWith('import '));
      const code = lines.filter((line) => !own.includes(line)).join('\n');
      if (code.includes('node:fs/promises')) own.push("import { open } from 'node:fs/promises';");
      count += 1;
      const given = `import { ${imports} } from 'reeeductio';\n${own.join('\n')}\n${GIVEN}`;
      const program = `${given}\n{\n// ${file}\n${code}}\n`;
      writeFileSync(`${folder}/example${count}.mts`, program);
    }
  }
  assert.ok(count > 12);
  const compilerOptions = { noUnusedLocals: false, verbatimModuleSyntax: false };
  const configuration = { extends: '../../../tests/tsconfig.json', compilerOptions, include: ['*.mts'] };
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify(configuration));
  const tsc = packageFolder('node_modules', 'typescript', 'bin', 'tsc');
  try {
    execFileSync(process.execPath, [tsc, '-p', folder], { stdio: 'pipe', encoding: 'utf8' });
  } catch (error) {
    assert.fail((error as { stdout: string }).stdout);
  }
});
