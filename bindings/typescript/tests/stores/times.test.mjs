/** Times that are none lose nothing. */

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MemoryStore, ValidationError } from 'reeeductio';
import { FileStore } from 'reeeductio/node';

const message = (hash, time) => [hash, 'general', 'x', 'U', 's', 'AA==', null, time];

async function examine(store, reopened) {
  await store.save('S', [message('M1', 1), message('M2', 2)], [], []);
  await assert.rejects(store.deleteMessages('S', undefined, Number.NaN), ValidationError);
  assert.equal(await store.deleteMessages('S', undefined, -Infinity), 0);
  for (const time of [Number.NaN, Infinity, 1.5]) {
    await assert.rejects(store.save('S', [message('M3', time)], [], []), ValidationError);
    await assert.rejects(store.save('S', [], [['general', 'M1', time]], []), ValidationError);
    await assert.rejects(store.save('S', [], [], [['path', time]]), ValidationError);
  }
  const again = await reopened(store);
  assert.equal(await again.count('S'), 2);
  assert.equal(await again.deleteMessages('S', undefined, 2), 1);
  assert.equal(await again.deleteMessages('S', undefined, Infinity), 1);
  return again;
}

test('in memory', async () => {
  await examine(new MemoryStore(), async (store) => store);
});

test('in a file, also after it was opened again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'reeeductio-times-'));
  const path = join(folder, 'seen.log');
  const store = await examine(await FileStore.open(path), async (store) => {
    await store.close();
    return await FileStore.open(path);
  });
  await store.close();
  await rm(folder, { recursive: true });
});
