/** Exports of the package: the published names but for what DIFFERENCES.md lists, all of it documented. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import * as esm from 'reeeductio';
import { packageFolder, shared } from './places.js';

const published = shared('vectors', 'sdk_api.json');
const skip = published && existsSync(published) ? false : 'the published interface is not beside this repository';

/** The names that a declaration file exports. */
function exported(declarations: string): string[] {
  const lists = [...declarations.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, list]) =>
    (list ?? '').split(','),
  );
  return lists
    .map(
      (item) =>
        item
          .replace(/\btype /, '')
          .split(' as ')
          .at(-1)
          ?.trim() ?? '',
    )
    .filter(Boolean);
}

/** The names in the first column of the table below a heading. */
function listed(heading: string): string[] {
  const text = readFileSync(packageFolder('DIFFERENCES.md'), 'utf8');
  const part = text.split(/^## /m).find((each) => each.startsWith(heading)) ?? '';
  const rows = part.split('\n').filter((line) => line.startsWith('| `'));
  return rows.flatMap((row) => [...(row.split(' | ')[0] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name ?? ''));
}

const ours = exported(readFileSync(packageFolder('dist', 'esm', 'index.d.ts'), 'utf8'));

test('what is absent of the published exports is written down', { skip }, () => {
  const { typescript_exports: all } = JSON.parse(readFileSync(published as string, 'utf8')) as {
    typescript_exports: string[];
  };
  const absent = all.filter((name) => !ours.includes(name));
  assert.deepEqual(listed('Exports that are absent').sort(), absent.sort());
  for (const name of listed('Exports that are different')) assert.ok(all.includes(name) && ours.includes(name), name);
});

test('what is declared is there, in both formats', async () => {
  const { createRequire } = await import('node:module');
  const cjs = createRequire(import.meta.url)('reeeductio') as object;
  assert.deepEqual(
    Object.keys(cjs)
      .filter((name) => name !== '__esModule')
      .sort(),
    Object.keys(esm).sort(),
  );
  for (const name of Object.keys(esm)) assert.ok(ours.includes(name), name);
});

test('everything public has documentation', () => {
  const folder = packageFolder('ts');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const bare: string[] = [];
  for (const file of files) {
    const lines = readFileSync(`${folder}/${file}`, 'utf8').split('\n');
    const first = lines.find((line) => line !== '' && line !== "'use client';");
    if (!first?.startsWith('/**')) bare.push(`${file}: the file`);
    for (const [at, line] of lines.entries()) {
      const item = /^export (?:abstract )?(?:async )?(?:class|function|interface|const|type) (\w+)/.exec(line);
      const member = /^ {2}(?:static |override |async |get )*([a-z]\w*)(?:<.*)?\(.*[{,(]$/.exec(line);
      const name = item?.[1] ?? member?.[1];
      if (name === undefined || ['constructor', 'if', 'for', 'return', 'switch', 'while'].includes(name)) continue;
      // These classes implement what is documented elsewhere, or call what takes a function.
      const inner = member && (/^(network|network\/.*|source|store\/.*)\.ts$/.test(file) || line.includes('=>'));
      const before = lines[at - 1]?.trim() ?? '';
      if (!inner && !before.endsWith('*/')) bare.push(`${file}:${at + 1} ${name}`);
    }
  }
  assert.deepEqual(bare, []);
});

test('files are small', () => {
  const folder = packageFolder('ts');
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )) {
    const text = readFileSync(`${folder}/${file}`, 'utf8');
    const isWritten = /^\/\*\*.* Written by `cargo xtask generate`\. \*\//.test(text);
    assert.ok(isWritten || text.split('\n').length <= 300, file);
  }
});

test('the declarations are whole for a program of few libraries', () => {
  const folder = packageFolder('build', 'tests', 'consumer');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const program = `
    import { generateKeyPair, type Message, Space } from 'reeeductio';
    export async function messages(): Promise<Message[]> {
      const space = await Space.open({ spaceId: '', keyPair: await generateKeyPair(), symmetricRoot: new Uint8Array(32) });
      void new Blob([await space.downloadPlaintextBlob('')]);
      for await (const message of space.live()) void message.messageHash;
      return (await space.getMessages('general')).messages;
    }`;
  // As ESM and as CommonJS.
  for (const extension of ['mts', 'cts']) writeFileSync(`${folder}/program.${extension}`, program);
  const compilerOptions = {
    exactOptionalPropertyTypes: true,
    lib: ['ES2022', 'DOM'],
    module: 'NodeNext',
    noEmit: true,
    skipLibCheck: false,
    strict: true,
    target: 'ES2022',
    types: [],
  };
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions, include: ['*'] }));
  execFileSync(process.execPath, [packageFolder('node_modules', 'typescript', 'bin', 'tsc'), '-p', folder], {
    stdio: 'pipe',
  });
});
