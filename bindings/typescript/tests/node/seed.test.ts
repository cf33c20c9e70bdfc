/** The TypeScript of the guide that the project was made from, as it is written there. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { transformSync } from 'esbuild';
import { packageFolder, shared } from './places.js';
import { type Servers, start } from '../rig/servers.mjs';

const guide = shared('seeds', '1-create-a-space.txt');
const there = guide !== undefined && existsSync(guide);
const skip = there ? false : 'the guide is not beside this repository';
const folder = packageFolder('build', 'tests', 'guide');

let servers: Servers;
before(async () => {
  servers = await start();
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
});
after(() => servers.stop());

/** From each import on, as far as it is TypeScript. */
function snippets(text: string): string[] {
  const lines = text.split('\n');
  const found: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    if (!/^import \{.*\} from '[\w:]+';$/.test(lines[at] ?? '')) continue;
    let end = lines.length;
    while (end > at && !compiles(lines.slice(at, end).join('\n'))) end -= 1;
    found.push(lines.slice(at, end).join('\n'));
    at = end;
  }
  return found;
}

function compiles(code: string): boolean {
  try {
    transformSync(code, { loader: 'ts', format: 'esm', logLevel: 'silent' });
    return true;
  } catch {
    return false;
  }
}

function run(name: string, code: string): string {
  const file = `${folder}/${name}.mjs`;
  // Nothing listens on the port of the guide.
  const local = code.replaceAll('http://localhost:8000', servers.baseUrl);
  writeFileSync(file, transformSync(local, { loader: 'ts', format: 'esm' }).code);
  return execFileSync(process.execPath, [file], { cwd: folder, encoding: 'utf8' });
}

test('the guide runs', { skip }, () => {
  const [create, reconnect, ...more] = snippets(readFileSync(guide as string, 'utf8'));
  assert.ok(create && reconnect && more.length === 0);
  const printed = run('create', create);
  const saved = JSON.parse(readFileSync(`${folder}/space_creds.json`, 'utf8')) as Record<string, string>;
  for (const name of ['spaceId', 'userId', 'privateKeyHex', 'symmetricRootHex']) {
    assert.ok(printed.includes(saved[name] as string), name);
  }
  const used = `
    await space.postEncryptedMessage('general', 'chat.text', 'Hello!');
    const { messages } = await space.getMessages('general');
    console.log(messages.length, new TextDecoder().decode(space.decryptMessageData(messages[0]!)));`;
  assert.equal(run('reconnect', reconnect + used), '1 Hello!\n');
});

test('the guide has no mistake that the compiler finds', { skip }, () => {
  for (const [number, code] of snippets(readFileSync(guide as string, 'utf8')).entries()) {
    writeFileSync(`${folder}/part${number}.mts`, code);
  }
  const configuration = {
    extends: '../../../tests/tsconfig.json',
    compilerOptions: { noUnusedLocals: false },
    include: ['*.mts'],
  };
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify(configuration));
  const tsc = packageFolder('node_modules', 'typescript', 'bin', 'tsc');
  execFileSync(process.execPath, [tsc, '-p', folder], { stdio: 'pipe' });
});
