/** The code in the documentation. */

import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { transformSync } from 'esbuild';
import { packageFolder, repository } from './places.js';
import { type Servers, start } from '../rig/servers.mjs';

const folder = packageFolder('build', 'tests', 'readme');

let servers: Servers;
before(async () => {
  servers = await start();
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
});
after(() => servers.stop());

const PAGES: Record<string, { file: string; prints: string[] }> = {
  readme: {
    file: packageFolder('README.md'),
    prints: [
      'Hello!',
      'heard Hello!',
      '1 message for the friend',
      'tasks/1 is done: true',
      'watched tasks/1',
      'message.not_found',
    ],
  },
  guide: {
    file: repository('docs', 'typescript', 'guide.md'),
    prints: [
      'shown: true Hello!',
      'shown: true (cannot be read)',
      'shown: false (cannot be read)',
      'missed: while you were away',
      'first: Hello!',
      'sent: general',
      'waiting: not sent yet',
      'counted: 3',
      'task: tasks/1 Water the plants',
      'somebody was faster: true',
      'the guest reads: Thank you!',
      'the same member: true',
      'bytes of the film: 1000000',
    ],
  },
  permissions: {
    file: repository('docs', 'typescript', 'permissions.md'),
    prints: [
      'posting as editor is allowed',
      'posting as reader is refused: permission.denied',
      'posting later is refused: permission.denied',
      'reading later is refused: permission.denied',
      'refused in the outbox: news',
      'waiting: 0',
      'changing an own note is allowed',
      "changing another's note is refused: permission.denied",
      'the own presence is allowed',
      "another's presence is refused: permission.denied",
      'the note: milk, bread',
      'inviting a reader is allowed',
      'inviting an author is refused: grant.escalation',
    ],
  },
};

const snippets = (file: string): string =>
  [...readFileSync(file, 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code).join('\n');

for (const [name, { file, prints }] of Object.entries(PAGES)) {
  test(`the snippets of the ${name} are one program that runs`, async () => {
    const local = snippets(file).replaceAll('http://localhost:8000', servers.baseUrl);
    writeFileSync(`${folder}/${name}.mjs`, transformSync(local, { loader: 'ts', format: 'esm' }).code);
    // This process reads what the servers log meanwhile: they wait for a full pipe.
    const { stdout } = await promisify(execFile)(process.execPath, [`${name}.mjs`], { cwd: folder });
    const printed = stdout.split('\n');
    for (const line of prints) assert.ok(printed.includes(line), `${line} is not in:\n${printed.join('\n')}`);
  });
}

/** Names that the pages about stores and browsers take as given. */
const GIVEN = `
import type { KeyPair } from 'reeeductio';
declare const spaceId: string, userId: string, baseUrl: string;
declare const keyPair: KeyPair;
declare const symmetricRoot: Uint8Array;
`;

test('the compiler finds no mistake in them', () => {
  for (const [name, { file }] of Object.entries(PAGES)) writeFileSync(`${folder}/${name}.mts`, snippets(file));
  const page = (name: string) => readFileSync(repository('docs', 'typescript', name), 'utf8');
  const stores = [...page('stores.md').matchAll(/^```ts\n(.*?)^```$/gms)];
  assert.equal(stores.length, 4);
  for (const [at, [, code]] of stores.entries()) writeFileSync(`${folder}/stores${at}.mts`, `${GIVEN}${code}`);
  const blocks = [...page('browsers.md').matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
  assert.equal(blocks.length, 5);
  writeFileSync(`${folder}/browsers.mts`, `${GIVEN}${blocks.join('')}`);
  const [component] = [...page('react.md').matchAll(/^```tsx\n(.*?)^```$/gms)].map(([, code]) => code);
  assert.ok(component?.includes('useMessages'));
  writeFileSync(`${folder}/react.tsx`, component ?? '');
  const compilerOptions = { jsx: 'react-jsx', noUnusedLocals: false };
  const configuration = { extends: '../../../tests/tsconfig.json', compilerOptions, include: ['*.mts', '*.tsx'] };
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify(configuration));
  const tsc = packageFolder('node_modules', 'typescript', 'bin', 'tsc');
  execFileSync(process.execPath, [tsc, '-p', folder], { stdio: 'pipe' });
});

test('the policy that the page about browsers names is the one that the browser tests run with', () => {
  const page = readFileSync(repository('docs', 'typescript', 'browsers.md'), 'utf8');
  const rig = readFileSync(packageFolder('tests', 'rig', 'site.mjs'), 'utf8');
  const [, policy] = /^Content-Security-Policy: (.*)$/m.exec(page) ?? [];
  assert.ok(policy);
  for (const directive of policy.replaceAll('s://spaces.example.org', '://127.0.0.1:*').split('; ')) {
    assert.ok(rig.includes(`"${directive}"`), `${directive} is not in the policy of tests/rig/site.mjs`);
  }
});
