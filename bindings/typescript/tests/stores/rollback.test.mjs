/** A server that goes back in time is caught, also after a restart of the program. */

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { generateKeyPair, MemoryStore, Space, toSpaceId } from '../../dist/esm/index.js';
import { FileStore } from '../../dist/esm/node.js';
import { Server } from '../rig/server.mjs';

test('with a store in memory that outlives the handles', async (t) => {
  const store = new MemoryStore();
  await isCaughtWith(t, async () => store);
});

if (isBuiltin('node:sqlite')) {
  test('with a store in a file', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'reeeductio-'));
    t.after(() => rm(folder, { recursive: true }));
    await isCaughtWith(t, async () => await FileStore.open(join(folder, 'seen.db')));
  });
}

async function isCaughtWith(t, open) {
  const server = await Server.start();
  t.after(() => server.stop());
  const keyPair = await generateKeyPair();
  const keys = { spaceId: toSpaceId(keyPair.publicKey), keyPair, symmetricRoot: new Uint8Array(32).fill(7) };
  /** Does something as a program does that was just started. */
  const running = async (work, remembering = true) => {
    const store = remembering ? await open() : undefined;
    const space = new Space({ ...keys, baseUrl: server.url, localStore: store });
    try {
      return await work(space);
    } finally {
      await space.close();
      await store?.close?.();
    }
  };
  const texts = async (space) => {
    const { messages } = await space.getMessages('general');
    return messages.map((message) => new TextDecoder().decode(space.decryptMessageData(message)));
  };
  const post = (text) => running((space) => space.postEncryptedMessage('general', 'chat.text', text));
  const data = async (space) => new TextDecoder().decode(await space.getEncryptedData('profiles/ann'));

  await post('one');
  await running((space) => space.setEncryptedData('profiles/ann', 'Ann'));
  await server.remember();
  await post('two');
  await running((space) => space.setEncryptedData('profiles/ann', 'Anna'));
  assert.deepEqual(await running(texts), ['one', 'two']);
  assert.equal(await running(data), 'Anna');

  await server.goBack();
  // A client that has not seen the later past cannot know of it.
  assert.deepEqual(await running(texts, false), ['one']);
  assert.equal(await running(data, false), 'Ann');
  const isCaught = (error) => error.code.startsWith('verify.');
  await assert.rejects(running(texts), isCaught);
  await assert.rejects(running(data), isCaught);
}
