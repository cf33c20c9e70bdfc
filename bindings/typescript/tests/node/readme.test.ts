/** The code in the documentation. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { transformSync } from 'esbuild';
import { packageFolder } from './places.js';
import { type Servers, start } from './servers.js';

const folder = packageFolder('build', 'tests', 'readme');

let servers: Servers;
before(async () => {
  servers = await start();
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
});
after(() => servers.stop());

const snippets = (name: string): string =>
  [...readFileSync(packageFolder(name), 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code).join('\n');

test('the snippets of the README are one program that runs', () => {
  const local = snippets('README.md').replaceAll('http://localhost:8000', servers.baseUrl);
  writeFileSync(`${folder}/program.mjs`, transformSync(local, { loader: 'ts', format: 'esm' }).code);
  const printed = execFileSync(process.execPath, ['program.mjs'], { cwd: folder, encoding: 'utf8' }).split('\n');
  for (const line of ['Hello!', 'heard Hello!', '1 message for the friend', 'Alice is online', 'state.not_found']) {
    assert.ok(printed.includes(line), `${line} is not in:\n${printed.join('\n')}`);
  }
});

test('the compiler finds no mistake in them', () => {
  writeFileSync(`${folder}/program.mts`, snippets('README.md'));
  const compilerOptions = { noUnusedLocals: false };
  writeFileSync(
    `${folder}/tsconfig.json`,
    JSON.stringify({ extends: '../../../tests/tsconfig.json', compilerOptions, include: ['*.mts'] }),
  );
  execFileSync(process.execPath, [packageFolder('node_modules', 'typescript', 'bin', 'tsc'), '-p', folder], {
    stdio: 'pipe',
  });
});
