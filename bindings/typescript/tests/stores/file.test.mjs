import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ReeeductioError } from '../../dist/esm/index.js';
import { FileStore } from '../../dist/esm/node.js';
import { examined } from './examined.mjs';
import { message, SPACE, times } from './records.mjs';

async function path(t) {
  const folder = await mkdtemp(join(tmpdir(), 'reeeductio-'));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, 'seen.log');
}

async function opened(t, at) {
  const store = await FileStore.open(at);
  t.after(() => store.close());
  return store;
}

/** A file of three saves, closed. */
async function three(t) {
  const at = await path(t);
  const store = await FileStore.open(at);
  for (const time of [1, 2, 3]) {
    await store.save(SPACE, [message('general', time)], [['general', `M${time}`, time]], [['presence/a', time]]);
  }
  await store.close();
  return at;
}

const isDamaged = (error) => error instanceof ReeeductioError && error.code === 'store.damaged';
const isUnavailable = (error) => error instanceof ReeeductioError && error.code === 'store.unavailable';

await examined(async (t) => await opened(t, await path(t)));

test('what was saved is there after it was closed', async (t) => {
  const store = await opened(t, await three(t));
  assert.deepEqual(await times(store, 'general'), [1, 2, 3]);
  assert.deepEqual(await store.head(SPACE, 'general'), ['M3', 3]);
  assert.equal(await store.signedTime(SPACE, 'presence/a'), 3);
  assert.deepEqual(await store.message(SPACE, 'general', message('general', 2)[0]), message('general', 2));
});

test('what was forgotten is forgotten after it was closed', async (t) => {
  const at = await three(t);
  const store = await FileStore.open(at);
  assert.equal(await store.deleteMessages(SPACE, 'general', 3), 2);
  await store.close();
  const again = await FileStore.open(at);
  assert.deepEqual(await times(again, 'general'), [3]);
  assert.deepEqual(await again.head(SPACE, 'general'), ['M3', 3]);
  await again.clear();
  await again.close();
  const empty = await opened(t, at);
  assert.equal(await empty.count(), 0);
  assert.equal(await empty.head(SPACE, 'general'), undefined);
  assert.equal(await empty.signedTime(SPACE, 'presence/a'), undefined);
});

test('saving what is there writes nothing', async (t) => {
  const at = await three(t);
  const { size } = await stat(at);
  const store = await opened(t, at);
  await store.save(SPACE, [message('general', 2)], [['general', 'M2', 2]], [['presence/a', 3]]);
  assert.equal((await stat(at)).size, size);
});

test('what is saved at once is all there, in order', async (t) => {
  const at = await path(t);
  const store = await FileStore.open(at);
  const numbers = Array.from({ length: 300 }, (_, number) => number);
  await Promise.all(numbers.map((number) => store.save(SPACE, [[...message('general', number).slice(0, 7), 1]], [], [])));
  await store.close();
  const again = await opened(t, at);
  const found = await again.messages(SPACE, 'general', undefined, undefined, 1000, false);
  assert.deepEqual(found.map(([hash]) => hash), numbers.map((number) => message('general', number)[0]));
});

test('a message that is deleted and saved again at once is there', async (t) => {
  const at = await three(t);
  const store = await FileStore.open(at);
  const all = [
    store.save(SPACE, [message('general', 4)], [], []),
    store.deleteMessages(SPACE),
    store.save(SPACE, [message('general', 2)], [], []),
  ];
  assert.equal((await Promise.all(all))[1], 4);
  assert.deepEqual(await times(store, 'general'), [2]);
  await store.close();
  assert.deepEqual(await times(await opened(t, at), 'general'), [2]);
});

test('closing waits for what is being saved', async (t) => {
  const at = await path(t);
  const store = await FileStore.open(at);
  const saved = [1, 2].map((time) => store.save(SPACE, [message('general', time)], [], []));
  await store.close();
  await Promise.all(saved);
  await assert.rejects(store.count(), isUnavailable);
  await assert.rejects(store.save(SPACE, [], [], []), isUnavailable);
  assert.deepEqual(await times(await opened(t, at), 'general'), [1, 2]);
});

test('a last line that was not finished is cut off, wherever it ends', async (t) => {
  const at = await three(t);
  const whole = await readFile(at);
  const last = whole.lastIndexOf(10, -2) + 1;
  for (let end = last; end < whole.length; end += 1) {
    await writeFile(at, whole.subarray(0, end));
    const store = await FileStore.open(at);
    assert.deepEqual(await times(store, 'general'), [1, 2], `cut at ${end}`);
    assert.equal((await stat(at)).size, last);
    await store.close();
  }
});

test('a last line of which only parts came to the disk is cut off', async (t) => {
  const at = await three(t);
  const whole = await readFile(at);
  const last = whole.lastIndexOf(10, -2) + 1;
  for (const [begin, end] of [[last, last + 8], [last + 40, last + 48], [whole.length - 8, whole.length]]) {
    await writeFile(at, Buffer.from(whole).fill(0, begin, end));
    const store = await FileStore.open(at);
    assert.deepEqual(await times(store, 'general'), [1, 2], `zeros at ${begin}`);
    await store.save(SPACE, [message('general', 4)], [], []);
    await store.close();
    const again = await FileStore.open(at);
    assert.deepEqual(await times(again, 'general'), [1, 2, 4]);
    await again.close();
  }
});

test('a first line that was not finished is begun again', async (t) => {
  const at = await path(t);
  await (await FileStore.open(at)).close();
  const whole = await readFile(at);
  for (let end = 0; end < whole.length; end += 1) {
    for (const content of [whole.subarray(0, end), Buffer.alloc(end)]) {
      await writeFile(at, content);
      await (await FileStore.open(at)).close();
      assert.deepEqual(await readFile(at), whole);
    }
  }
});

test('any byte that changes is noticed, and the file left as it is', async (t) => {
  const at = await three(t);
  const whole = await readFile(at);
  // An end of line that is missing cannot be told from one that was not yet written.
  for (let place = 0; place < whole.length - 1; place += 1) {
    const changed = Buffer.from(whole);
    changed[place] ^= 1;
    await writeFile(at, changed);
    await assert.rejects(FileStore.open(at), isDamaged, `byte ${place}`);
    assert.deepEqual(await readFile(at), changed);
  }
});

test('lines that are left out or moved are noticed', async (t) => {
  const at = await three(t);
  const [header, one, two, three_] = (await readFile(at, 'utf8')).split(/(?<=\n)/);
  const { version } = JSON.parse(header.slice(33));
  assert.equal(version, 1);
  for (const lines of [[one, two, three_], [header, two, three_], [header, one, three_], [header, two, one, three_], [header, one, one, two, three_]]) {
    await writeFile(at, lines.join(''));
    await assert.rejects(FileStore.open(at), isDamaged);
  }
});

test('a file of something else is not touched', async (t) => {
  const at = await path(t);
  for (const text of ['my diary', 'my\ndiary\n', '{}\n']) {
    await writeFile(at, text);
    await assert.rejects(FileStore.open(at), isDamaged);
    assert.equal(await readFile(at, 'utf8'), text);
  }
});

test('a file of a later release is not touched', async (t) => {
  const { createHash } = await import('node:crypto');
  const at = await path(t);
  const json = '{"format":"reeeductio-store","version":2}';
  const text = `${createHash('sha256').update(json).digest('hex').slice(0, 32)} ${json}\n`;
  await writeFile(at, text);
  await assert.rejects(FileStore.open(at), { code: 'store.unavailable', message: /use a newer release/ });
  assert.equal(await readFile(at, 'utf8'), text);
});

test('a file is opened once at a time', async (t) => {
  const at = await three(t);
  const link = `${at}.link`;
  await symlink(at, link);
  const store = await FileStore.open(at);
  await assert.rejects(FileStore.open(at), { code: 'store.unavailable', message: /open already/ });
  await assert.rejects(FileStore.open(link), { code: 'store.unavailable', message: /open already/ });
  await store.close();
  await store.close();
  const again = await opened(t, link);
  assert.equal(await again.count(), 3);
});

test('of several that open it at once, one does', async (t) => {
  const at = await path(t);
  for (let round = 0; round < 20; round += 1) {
    const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => FileStore.open(at)));
    const stores = attempts.filter(({ status }) => status === 'fulfilled').map(({ value }) => value);
    assert.equal(stores.length, 1);
    await stores[0].save(SPACE, [message('general', round)], [], []);
    await stores[0].close();
  }
  assert.equal((await times(await opened(t, at), 'general')).length, 20);
});

test('it is written anew while others keep saving', async (t) => {
  const store = await opened(t, await path(t));
  let saving = true;
  const saver = (async () => {
    for (let time = 0; saving; time += 1) await store.save(SPACE, [message('general', time)], [], []);
  })();
  const another = (async () => {
    for (let time = 0; saving; time += 1) await store.save(SPACE, [message('other', time)], [], []);
  })();
  await store.compact();
  await store.clear();
  saving = false;
  await Promise.all([saver, another]);
});

test('what another program writes into it is noticed', async (t) => {
  const at = await three(t);
  const store = await opened(t, at);
  await writeFile(at, 'mine\n', { flag: 'a' });
  await assert.rejects(store.save(SPACE, [message('general', 4)], [], []), /another program/);
  await assert.rejects(store.save(SPACE, [message('general', 5)], [], []), /another program/);
  await assert.rejects(store.compact(), /another program/);
  assert.match(await readFile(at, 'utf8'), /mine/);
});

test('a file that was taken away is noticed', async (t) => {
  const at = await three(t);
  const store = await opened(t, at);
  await rm(at);
  await assert.rejects(store.save(SPACE, [message('general', 4)], [], []), /another program/);
});

test('a folder that is not there is an error', async (t) => {
  await assert.rejects(FileStore.open(join(await path(t), 'seen.log')), isUnavailable);
});

test('it is closed at the end of an await using', async (t) => {
  const at = await three(t);
  await (await FileStore.open(at))[Symbol.asyncDispose]();
  assert.equal(await (await opened(t, at)).count(), 3);
});

test('the file is for its owner only', async (t) => {
  const at = await three(t);
  assert.equal((await stat(at)).mode & 0o777, 0o600);
  const store = await opened(t, at);
  await store.compact();
  assert.equal((await stat(at)).mode & 0o777, 0o600);
});

test('it is written anew without what was forgotten', async (t) => {
  const at = await path(t);
  const store = await FileStore.open(at);
  const data = 'A'.repeat(2000);
  for (let time = 0; time < 100; time += 1) {
    await store.save(SPACE, [message('general', time, data)], [['general', `M${time}`, time]], []);
  }
  const { size } = await stat(at);
  assert.ok(size > 200_000);
  assert.equal(await store.deleteMessages(SPACE, 'general', 90), 90);
  await store.save(SPACE, [message('general', 100)], [], []);
  assert.ok((await stat(at)).size < size / 5);
  const left = [90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100];
  assert.deepEqual(await times(store, 'general'), left);
  await store.close();
  const again = await opened(t, at);
  assert.deepEqual(await times(again, 'general'), left);
  assert.deepEqual(await again.head(SPACE, 'general'), ['M99', 99]);
});

test('signed times alone do not fill the disk', async (t) => {
  const at = await path(t);
  const store = await opened(t, at);
  const saves = Array.from({ length: 64 * 200 }, (_, time) => store.save(SPACE, [], [], [[`presence/${'a'.repeat(40)}`, time]]));
  await Promise.all(saves);
  assert.ok((await stat(at)).size < 200_000);
});

test('what was cleared is not in the file', async (t) => {
  const at = await path(t);
  const store = await opened(t, at);
  await store.save(SPACE, [message('general', 1, 'SECRET')], [], []);
  assert.match(await readFile(at, 'utf8'), /SECRET/);
  await store.clear();
  assert.doesNotMatch(await readFile(at, 'utf8'), /SECRET/);
  await store.save(SPACE, [message('general', 2, 'SECRET')], [], []);
  await store.deleteMessages(SPACE);
  await Promise.all([store.compact(), store.compact(), store.save(SPACE, [message('general', 3)], [], [])]);
  assert.doesNotMatch(await readFile(at, 'utf8'), /SECRET/);
  assert.deepEqual(await times(store, 'general'), [3]);
});

test('errors of the CommonJS entry are those of its main one', async (t) => {
  const require = createRequire(import.meta.url);
  const main = require('../../dist/cjs/index.js');
  const node = require('../../dist/cjs/node.js');
  const at = await path(t);
  await writeFile(at, 'my diary\n');
  await assert.rejects(node.FileStore.open(at), (error) => error instanceof main.ReeeductioError);
});
