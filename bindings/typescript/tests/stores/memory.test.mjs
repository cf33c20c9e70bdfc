import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InMemoryMessageStore, MemoryStore } from '../../dist/esm/index.js';
import { examined } from './examined.mjs';
import { message, SPACE, times } from './records.mjs';

await examined(() => new MemoryStore());

test('it has the name of release 0.1.0', () => {
  assert.equal(InMemoryMessageStore, MemoryStore);
});

test('ranges that hold nothing are empty', async () => {
  const store = new MemoryStore();
  await store.save(SPACE, [1, 2, 3].map((time) => message('general', time)), [], []);
  assert.deepEqual(await store.messages(SPACE, 'general', 3, 1, 10, false), []);
  assert.deepEqual(await store.messages(SPACE, 'general', undefined, undefined, 0, false), []);
  assert.deepEqual(await store.messages(SPACE, 'general', undefined, undefined, 0, true), []);
  assert.deepEqual(await times(store, 'other'), []);
});

test('a head of the same time replaces the one there', async () => {
  const store = new MemoryStore();
  await store.save(SPACE, [], [['general', 'Mone', 5]], []);
  await store.save(SPACE, [], [['general', 'Mtwo', 5]], []);
  assert.deepEqual(await store.head(SPACE, 'general'), ['Mtwo', 5]);
});
