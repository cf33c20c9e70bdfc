/** Stores of a program's own, and their possible mistakes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  countStoredMessages,
  deleteStoredMessages,
  generateKeyPair,
  MemoryStore,
  Space,
  StoreError,
  toSpaceId,
  ValidationError,
} from '../../dist/esm/index.js';
import { Server } from '../rig/server.mjs';

const keyPair = await generateKeyPair();
const spaceId = toSpaceId(keyPair.publicKey);
const key = (...bytes) => Uint8Array.from(bytes);
const page = (pairs, hasMore = false) => async () => ({ pairs, hasMore });

/** Makes a correct store, with the methods of `wrong` in place of its own. */
function storeWith(wrong) {
  const right = new MemoryStore();
  const methods = ['get', 'scan', 'commit', 'clear'].map((name) => [name, (...all) => right[name](...all)]);
  return { ...Object.fromEntries(methods), ...wrong };
}

async function refused(store, expected) {
  await assert.rejects(countStoredMessages(store, spaceId), (error) => {
    assert.match(error.message, expected);
    return error instanceof StoreError && error.code === 'store.unavailable';
  });
}

test('a method that returns no promise is an error, at once', { timeout: 10_000 }, async () => {
  for (const returned of [undefined, null, 5, 'text', [], {}, { then: 5 }]) {
    await refused(storeWith({ get: () => returned }), /its method get must return a promise/);
    await refused(storeWith({ scan: () => returned }), /its method scan must return a promise/);
  }
});

test('a promise of another library is one', async () => {
  const thenable = (value) => ({ then: (resolve) => void resolve(value) });
  assert.equal(await countStoredMessages(storeWith({ get: () => thenable([undefined]) }), spaceId), 0);
});

test('a value of another type is an error', { timeout: 10_000 }, async () => {
  for (const value of [undefined, null, 5, {}, [], [undefined, undefined], new Uint8Array(1)]) {
    await refused(storeWith({ get: async () => value }), /get must resolve with an array of 1 items/);
  }
  for (const value of [5, 'text', [1, 2], {}, new ArrayBuffer(4)]) {
    await refused(storeWith({ get: async () => [value] }), /get must give keys and values as Uint8Arrays/);
  }
  for (const value of [undefined, null, 5, [], {}, { pairs: {}, hasMore: true }]) {
    await refused(storeWith({ scan: async () => value }), /scan must resolve with an object that has an array `pairs`/);
  }
  await refused(storeWith({ scan: async () => ({ pairs: [] }) }), /boolean `hasMore`/);
  for (const pair of [5, [], [key(2)], [key(2), key(1), key(1)]]) {
    await refused(storeWith({ scan: page([pair]) }), /scan must resolve with an array of 2 items/);
  }
  for (const pair of [['2', key(1)], [key(2), '1'], [key(2), undefined]]) {
    await refused(storeWith({ scan: page([pair]) }), /scan must give keys and values as Uint8Arrays/);
  }
});

test('a page that does not lead on is an error, not a reading without end', { timeout: 10_000 }, async () => {
  const inRange = (from, last) => key(...from, last);
  const pairs = (...lasts) => async ({ from }) => ({ pairs: lasts.map((last) => [inRange(from, last), key(1)]), hasMore: true });
  const expected = /scan must give pairs of the range, in its order, up to its limit/;
  await refused(storeWith({ scan: page([[key(0xff), key(1)]], true) }), expected);
  await refused(storeWith({ scan: page([[key(0), key(1)]], true) }), expected);
  await refused(storeWith({ scan: pairs(2, 1) }), expected);
  await refused(storeWith({ scan: pairs(1, 1) }), expected);
});

test('what a store throws or rejects with is an error of the store', async () => {
  const broken = () => {
    throw new Error('quota');
  };
  await refused(storeWith({ get: broken }), /quota/);
  await refused(storeWith({ get: async () => broken() }), /quota/);
  await refused(storeWith({ get: () => Promise.reject(undefined) }), /undefined/);
  const damaged = storeWith({ get: () => Promise.reject(Object.assign(new Error('odd'), { code: 'store.damaged' })) });
  await assert.rejects(countStoredMessages(damaged, spaceId), { code: 'store.damaged' });
});

test('an object without the methods of a store is refused as an argument, by the method that it lacks', async () => {
  for (const [store, method] of [[storeWith({ get: undefined }), 'get'], [storeWith({ clear: undefined }), 'clear'], [5, 'get']]) {
    await assert.rejects(countStoredMessages(store, spaceId), {
      name: 'ValidationError',
      code: 'client.argument',
      message: new RegExp(`^store: must be a local store, .* no method ${method}$`),
    });
  }
});

test('a commit that returns nothing is not taken for one that was made', { timeout: 10_000 }, async (t) => {
  const server = await Server.start();
  t.after(() => server.stop());
  const options = { spaceId, keyPair, symmetricRoot: new Uint8Array(32), baseUrl: server.url };
  const author = new Space(options);
  await author.postMessage('general', 'chat.text', 'hello');
  await author.close();
  const space = new Space({ ...options, localStore: storeWith({ commit: () => undefined }) });
  t.after(() => space.close());
  await assert.rejects(space.getMessages('general'), {
    code: 'store.unavailable',
    message: /commit must return a promise/,
  });
});

test('a store keeps what a handle has seen, counts and deletes it', async (t) => {
  const server = await Server.start();
  t.after(() => server.stop());
  const localStore = storeWith({});
  const options = { spaceId, keyPair, symmetricRoot: new Uint8Array(32), baseUrl: server.url, localStore };
  const space = new Space(options);
  t.after(() => space.close());
  const posted = [];
  for (const topic of ['general', 'general', 'other']) posted.push(await space.postMessage(topic, 'chat.text', 'hello'));
  assert.equal(await countStoredMessages(localStore, spaceId), 3);
  const before = posted[1].serverTimestamp;
  assert.equal(await deleteStoredMessages(localStore, spaceId, { topicId: 'general', before }), 1);
  assert.equal(await deleteStoredMessages(localStore, spaceId, { topicId: 'nothing' }), 0);
  assert.equal(await countStoredMessages(localStore, spaceId), 2);
  assert.equal(await deleteStoredMessages(localStore, spaceId), 2);
  assert.equal(await countStoredMessages(localStore, spaceId), 0);
  // Deleted messages can be read again.
  assert.equal((await space.getMessages('general')).messages.length, 2);
  await assert.rejects(countStoredMessages(localStore, 5), ValidationError);
  await assert.rejects(deleteStoredMessages(localStore, spaceId, { topicId: 5 }), ValidationError);
  await assert.rejects(deleteStoredMessages(localStore, spaceId, { before: '5' }), ValidationError);
  await assert.rejects(deleteStoredMessages(localStore, spaceId, { before: Number.NaN }), ValidationError);
});
