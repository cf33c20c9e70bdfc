import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InMemoryMessageStore, MemoryStore } from '../../dist/esm/index.js';
import { bytes, got, keys, put } from './bytes.mjs';
import { suite } from './suite.mjs';

await suite(() => new MemoryStore());

test('keys stay in order when there are many, whatever the order they came and went in', async () => {
  const store = new MemoryStore();
  const names = Array.from({ length: 3000 }, (_, number) => String((number * 7919) % 3000).padStart(4, '0'));
  for (const name of names) await store.commit([put(name, name)], 'process');
  const sorted = names.toSorted();
  assert.deepEqual(await keys(store), sorted);
  const down = await store.scan({ from: bytes('1000'), to: bytes('2000'), limit: 9999, bytes: 1e9, reverse: true });
  const found = down.pairs.map(([key]) => new TextDecoder().decode(key));
  assert.deepEqual(found, sorted.slice(1000, 2000).reverse());
  for (const name of names.slice(10)) await store.commit([{ type: 'delete', key: bytes(name) }], 'process');
  assert.deepEqual(await keys(store), names.slice(0, 10).toSorted());
});

test('what a program does to its arrays changes nothing in the store', async () => {
  const store = new MemoryStore();
  const change = put('a', 'one');
  await store.commit([change], 'process');
  change.value.fill(0);
  (await store.get([bytes('a')]))[0].fill(0);
  assert.equal(await got(store, 'a'), 'one');
});

test('it has its name of release 0.1.0', () => {
  assert.equal(InMemoryMessageStore, MemoryStore);
});
