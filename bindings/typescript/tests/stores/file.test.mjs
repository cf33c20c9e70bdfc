/** The store in a file. All of its tests need a Node with SQLite: 22.13 or newer. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire, isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { countStoredMessages, generateKeyPair, ReeeductioError, Space, toSpaceId, toUserId } from '../../dist/esm/index.js';
import { FileStore } from '../../dist/esm/node.js';
import { bytes, got, keys, put, raise } from './bytes.mjs';
import { Server } from '../rig/server.mjs';
import { suite } from './suite.mjs';

async function path(t) {
  const folder = await mkdtemp(join(tmpdir(), 'reeeductio-'));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, 'seen.db');
}

async function opened(t, at) {
  const store = await FileStore.open(at);
  t.after(() => store.close());
  return store;
}

const isDamaged = (error) => error instanceof ReeeductioError && error.code === 'store.damaged';
const isUnavailable = (error) => error instanceof ReeeductioError && error.code === 'store.unavailable';

test('errors of the CommonJS entry are those of its main one', async (t) => {
  const require = createRequire(import.meta.url);
  const main = require('../../dist/cjs/index.js');
  const node = require('../../dist/cjs/node.js');
  const missing = join(await path(t), 'seen.db');
  await assert.rejects(node.FileStore.open(missing), (error) => error instanceof main.StoreError);
});

if (!isBuiltin('node:sqlite')) {
  test('a Node without SQLite is refused at once, with what else there is', async (t) => {
    const at = await path(t);
    await assert.rejects(FileStore.open(at), (error) => {
      assert.match(error.message, /needs Node 22\.13 or newer.*this is Node \d+\.\d+.*MemoryStore or a LocalStore/);
      return isUnavailable(error);
    });
    await assert.rejects(stat(at), { code: 'ENOENT' });
  });
} else {
  await tests();
}

async function tests() {
  const { DatabaseSync } = await import('node:sqlite');

  await suite(async (t) => await opened(t, await path(t)));

  test('what was saved is there after it was closed', async (t) => {
    const at = await path(t);
    const store = await FileStore.open(at);
    await store.commit([put('a', '1'), put('b', '')], 'process');
    await store.close();
    await store.close();
    const again = await opened(t, at);
    assert.deepEqual([await got(again, 'a'), await got(again, 'b'), await got(again, 'c')], ['1', '', undefined]);
    await assert.rejects(store.get([]), { code: 'store.unavailable', message: 'it was closed' });
  });

  test('it is closed at the end of an await using', async (t) => {
    const store = await FileStore.open(await path(t));
    await store[Symbol.asyncDispose]();
    await assert.rejects(store.clear(), isUnavailable);
  });

  test('the table is the one of every language', async (t) => {
    const at = await path(t);
    await (await FileStore.open(at)).close();
    const database = new DatabaseSync(at);
    t.after(() => database.close());
    const spec = await readFile(new URL('../../../../spec/local-store.md', import.meta.url), 'utf8');
    const [, table] = /`(CREATE TABLE records [^`]*)`/.exec(spec);
    assert.equal(database.prepare('SELECT sql FROM sqlite_schema').get().sql, table);
    assert.equal(database.prepare('PRAGMA user_version').get().user_version, 2);
    assert.equal(database.prepare('PRAGMA journal_mode').get().journal_mode, 'wal');
  });

  const python = process.env.REEEDUCTIO_PYTHON;
  const skip = python ? false : 'REEEDUCTIO_PYTHON does not name a Python with our package';
  test('Python reads it while it is open here, and what Python keeps is read here', { skip }, async (t) => {
    const server = await Server.start();
    t.after(() => server.stop());
    const at = await path(t);
    const localStore = await opened(t, at);
    const keyPair = await generateKeyPair();
    const spaceId = toSpaceId(keyPair.publicKey);
    const options = { spaceId, keyPair, symmetricRoot: new Uint8Array(32), baseUrl: server.url };
    const space = new Space({ ...options, localStore });
    await space.postMessage('general', 'chat.text', 'seen here');
    await space.close();
    const other = new Space(options);
    await other.postMessage('general', 'chat.text', 'seen by Python');
    await other.close();
    const program = `
import sys
from reeeductio import LocalMessageStore, Space
path, url, space_id, user_id, key = sys.argv[1:]
store = LocalMessageStore(path)
print(store.count_messages(space_id), store.get_latest_message(space_id, "general").type)
with Space(space_id, user_id, bytes.fromhex(key), bytes(32), url, local_store=store) as space:
    print(len(space.get_messages("general")))
`;
    const key = Buffer.from(keyPair.privateKey).toString('hex');
    const names = [at, server.url, spaceId, toUserId(keyPair.publicKey), key];
    const { stdout } = await promisify(execFile)(python, ['-c', program, ...names]);
    assert.deepEqual(stdout.trim().split('\n'), ['1 chat.text', '2']);
    assert.equal(await countStoredMessages(localStore, spaceId), 2);
  });

  test('several handles may share a file, and none undoes what another has raised', async (t) => {
    const at = await path(t);
    const stores = await Promise.all(Array.from({ length: 4 }, () => opened(t, at)));
    const numbers = Array.from({ length: 100 }, (_, number) => String(number).padStart(3, '0'));
    const commits = numbers.map((number, place) =>
      stores[place % 4].commit([put(number, number), raise('head', number)], place % 2 ? 'disk' : 'process'),
    );
    await Promise.all(commits);
    for (const store of stores) {
      assert.equal(await got(store, 'head'), '099');
      assert.deepEqual(await keys(store), [...numbers, 'head']);
    }
  });

  test('a commit to the disk is synchronised in full', async (t) => {
    const store = await opened(t, await path(t));
    const seen = [];
    const { exec } = DatabaseSync.prototype;
    t.mock.method(DatabaseSync.prototype, 'exec', function (sql) {
      if (sql.includes('synchronous')) seen.push(sql);
      return exec.call(this, sql);
    });
    for (const durability of ['process', 'disk', 'disk', 'process']) await store.commit([put('a', '1')], durability);
    assert.deepEqual(seen, ['PRAGMA synchronous = FULL', 'PRAGMA synchronous = NORMAL']);
  });

  test('a commit that fails changes nothing, and the next one works', async (t) => {
    const store = await opened(t, await path(t));
    const unfit = { type: 'put', key: bytes('b'), value: { no: 'bytes' } };
    await assert.rejects(store.commit([put('a', '1'), unfit], 'process'), isUnavailable);
    assert.deepEqual(await keys(store), []);
    await store.commit([put('a', '1')], 'process');
    assert.deepEqual(await keys(store), ['a']);
  });

  test('a file of a later release, of an earlier one or of another program is left alone', async (t) => {
    for (const [sql, expected] of [
      ['PRAGMA user_version = 3', /use a newer release/],
      ['PRAGMA user_version = -1', /use a newer release/],
      ['PRAGMA user_version = 2', /another program's/],
      ['CREATE TABLE messages (id, text)', /another program's/],
      ['CREATE TABLE messages (id); PRAGMA user_version = 1', /earlier release.*Rust or Python package/],
    ]) {
      const at = await path(t);
      const database = new DatabaseSync(at);
      database.exec(sql);
      database.close();
      const before = await readFile(at);
      await assert.rejects(FileStore.open(at), (error) => expected.test(error.message) && isUnavailable(error));
      assert.deepEqual(await readFile(at), before);
    }
  });

  test('a journal of an earlier release is recognised and left alone', async (t) => {
    const at = await path(t);
    const text = `${'0123456789abcdef'.repeat(2)} {"format":"reeeductio-store","version":1}\n`;
    await writeFile(at, text);
    await assert.rejects(FileStore.open(at), { code: 'store.unavailable', message: /journal of an earlier release/ });
    assert.equal(await readFile(at, 'utf8'), text);
  });

  test('a file that is no database is damaged, and left alone', async (t) => {
    const at = await path(t);
    await writeFile(at, 'my diary\n'.repeat(1000));
    await assert.rejects(FileStore.open(at), isDamaged);
    assert.equal(await readFile(at, 'utf8'), 'my diary\n'.repeat(1000));
  });

  test('a file that was damaged says so when it is read', async (t) => {
    const at = await path(t);
    const store = await FileStore.open(at);
    const many = Array.from({ length: 2000 }, (_, number) => put(`key ${number}`, 'x'.repeat(100)));
    await store.commit(many, 'disk');
    await store.compact();
    await store.close();
    const whole = await readFile(at);
    await writeFile(at, whole.fill(0xa5, 4096));
    const again = await opened(t, at);
    await assert.rejects(keys(again), isDamaged);
  });

  test('a folder that is not there is an error', async (t) => {
    await assert.rejects(FileStore.open(join(await path(t), 'seen.db')), isUnavailable);
  });

  test('the file is for its owner only', async (t) => {
    const at = await path(t);
    const store = await opened(t, at);
    await store.commit([put('a', '1')], 'process');
    const folder = join(at, '..');
    for (const name of await readdir(folder)) assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600, name);
  });

  test('what was deleted is not in the file after it was compacted', async (t) => {
    const at = await path(t);
    const store = await opened(t, at);
    await store.commit([put('a', 'SECRET'), put('b', '1')], 'process');
    await store.compact();
    assert.match(await readFile(at, 'latin1'), /SECRET/);
    await store.commit([{ type: 'delete', key: bytes('a') }], 'process');
    await store.compact();
    assert.doesNotMatch(await readFile(at, 'latin1'), /SECRET/);
    assert.deepEqual(await keys(store), ['b']);
  });
}
