/** One space in Rust and TypeScript: each reads and checks what the other left. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { bytesToString, loginWithOpaque, stringToBytes } from 'reeeductio';
import { TestSpace } from '../scenarios/context.js';
import { type Servers, start } from '../rig/servers.mjs';

/** The content that is left, as `crates/reeeductio-client/examples/interchange.rs` has it. */
interface Left {
  message: string;
  blob: [id: string, key: string];
}

const TOPIC = 'shared';
const rust = process.env['REEEDUCTIO_INTERCHANGE'];
const skip = rust ? false : 'REEEDUCTIO_INTERCHANGE does not name the example of the Rust client';
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

let servers: Servers;
before(async () => void (servers = await start()));
after(() => servers.stop());

async function inRust<T>(space: TestSpace, action: 'read' | 'write', name: string, left: Left[] = []): Promise<T> {
  const given = left.map((each) => JSON.stringify(each));
  const keys = [base64(space.keys.privateKey), base64(space.root)];
  return await new Promise((resolve, reject) => {
    execFile(rust as string, [action, space.url, name, ...keys, ...given], (error, out, err) =>
      error ? reject(new Error(err)) : resolve(JSON.parse(out) as T),
    );
  });
}

const expected = (name: string) => ({
  message: `sealed by ${name}`,
  history: 1,
  state: `state by ${name}`,
  data: `data by ${name}`,
  blob: `blob by ${name}`,
  password: true,
});

test('Rust reads what TypeScript left', { skip }, async () => {
  const space = await TestSpace.on(servers.baseUrl);
  await using owner = space.owner();
  const { messageHash } = await owner.postEncryptedMessage(TOPIC, 'chat.text', 'sealed by typescript');
  await owner.setEncryptedState('profiles/typescript', 'state by typescript');
  await owner.setEncryptedData('typescript/sealed', 'data by typescript');
  const { blobId, dek } = await owner.encryptAndUploadBlob(stringToBytes('blob by typescript'));
  await owner.enableOpaque();
  await owner.opaqueRegister('user-typescript', 'password of typescript');
  const left: Left = { message: messageHash, blob: [blobId, base64(dek)] };
  assert.deepEqual(await inRust(space, 'read', 'typescript', [left]), expected('typescript'));
});

test('TypeScript reads what Rust left', { skip }, async () => {
  const space = await TestSpace.on(servers.baseUrl);
  await using owner = space.owner();
  const left = await inRust<Left>(space, 'write', 'rust');
  const text = async (bytes: Promise<Uint8Array>) => bytesToString(await bytes);
  const message = await owner.getMessage(TOPIC, left.message);
  const [blob, key] = left.blob;
  const login = { baseUrl: space.url, spaceId: space.id, username: 'user-rust', password: 'password of rust' };
  const found = await loginWithOpaque(login);
  const seen = {
    message: bytesToString(owner.decryptMessageData(message)),
    history: (await owner.getMessages(TOPIC)).messages.length,
    state: await text(owner.getEncryptedState('profiles/rust')),
    data: await text(owner.getEncryptedData('rust/sealed')),
    blob: await text(owner.downloadAndDecryptBlob(blob, Buffer.from(key, 'base64'))),
    password: found.memberId === owner.memberId,
  };
  assert.deepEqual(seen, expected('rust'));
});
