/** Values of state, data and the user's own data: listing, watching, updating. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type AnyContent,
  AuthorizationError,
  DecryptionError,
  MemoryStore,
  ReeeductioError,
  type Space,
  toUserId,
  ValidationError,
  type Value,
  type Values,
} from 'reeeductio';
import { TestSpace } from '../scenarios/context.js';
import { random, rejects, throws } from '../scenarios/expect.js';
import { type Servers, start } from '../rig/servers.mjs';

let servers: Servers;
before(async () => void (servers = await start()));
after(() => servers.stop());

const KINDS = ['state', 'data', 'userData'] as const;
const shown = (values: readonly Value[]) => values.map(({ path, isRemoved, text }) => [path, isRemoved, text]);

/** A fresh space, and a way to make handles of its owner, all with the same user key. */
async function made() {
  const space = await TestSpace.on(servers.baseUrl);
  const userSymmetricKey = random(32);
  return { space, handle: (more = {}) => space.owner({ userSymmetricKey, ...more }) };
}

for (const kind of KINDS) {
  test(`${kind} is set, read, listed and removed`, async () => {
    const { handle } = await made();
    await using owner = handle();
    const values = owner[kind];
    assert.equal(await values.get('tasks/1'), undefined);
    await values.set('tasks/1', { title: 'Tea' });
    await values.set('tasks/2', 'text');
    await values.set('tasks/deep/3', Uint8Array.of(1, 2));
    await values.set('tasksother', 'beside');
    assert.deepEqual((await values.get('tasks/1'))?.json(), { title: 'Tea' });
    const listed = await values.list('tasks');
    assert.deepEqual(
      listed.map(({ path }) => path),
      ['tasks/1', 'tasks/2', 'tasks/deep/3'],
    );
    assert.deepEqual(listed[2]?.bytes, Uint8Array.of(1, 2));
    assert.equal(listed[0]?.author, owner.memberId);
    assert.ok(Math.abs((listed[0]?.time ?? 0) - Date.now()) < 60_000);
    await values.delete('tasks/1');
    assert.equal(await values.get('tasks/1'), undefined);
    assert.deepEqual(
      (await values.list('tasks')).map(({ path }) => path),
      ['tasks/2', 'tasks/deep/3'],
    );
    assert.ok((await values.list()).length >= 3);
  });

  test(`${kind} is watched: what is there, and then each change`, { timeout: 30_000 }, async () => {
    const { handle } = await made();
    await using owner = handle();
    await using watcher = handle();
    await owner[kind].set('tasks/1', 'one');
    await owner[kind].set('other', 'beside');
    const seen: [string, boolean, string | undefined][] = [];
    for await (const value of watcher[kind].watch('tasks')) {
      seen.push([value.path, value.isRemoved, value.isRemoved ? undefined : value.text]);
      if (seen.length === 1) await owner[kind].set('tasks/2', 'two');
      if (seen.length === 2) await owner[kind].set('tasks/1', 'changed');
      if (seen.length === 3) await owner[kind].delete('tasks/2');
      if (seen.length === 4) break;
    }
    assert.deepEqual(seen, [
      ['tasks/1', false, 'one'],
      ['tasks/2', false, 'two'],
      ['tasks/1', false, 'changed'],
      ['tasks/2', true, undefined],
    ]);
  });

  test(`updates of ${kind} from two handles at the same time add up`, { timeout: 60_000 }, async () => {
    const { handle } = await made();
    await using one = handle();
    await using other = handle();
    const count = (values: Values) => values.update('counter', (old) => (old?.json<number>() ?? 0) + 1);
    await Promise.all(Array.from({ length: 20 }, (_, at) => count((at % 2 ? one : other)[kind])));
    assert.equal((await one[kind].get('counter'))?.json(), 20);
  });

  test(`a function that changes ${kind} may fail, remove, or leave it as it is`, async () => {
    const { handle } = await made();
    await using owner = handle();
    const values = owner[kind];
    await values.set('a', 'first');
    const [before] = await values.list();
    const wrong = new RangeError('mine');
    const thrower = () => {
      throw wrong;
    };
    await assert.rejects(values.update('a', thrower), (error) => error === wrong);
    await assert.rejects(values.update('absent', thrower), (error) => error === wrong);
    for (const returned of [Promise.resolve('later'), Number.NaN, () => 1]) {
      const error = await rejects(values.update('a', () => returned as never), ValidationError, 'client.argument');
      assert.equal(error.details.field, 'change');
    }
    // Its own failure is nobody's: it must not end the process.
    const asynchronous = async () => Promise.reject(wrong);
    const refused = await rejects(values.update('a', asynchronous as never), ValidationError, 'client.argument');
    assert.equal(refused.message, 'change: must not return a promise; `update` takes a synchronous function');
    await values.update('a', (old) => old?.text);
    assert.deepEqual(await values.list(), [before], 'nothing was written');
    await values.update('a', () => undefined);
    assert.deepEqual(await values.list(), []);
  });

  test(`what is passed wrongly to ${kind} is an error that names it`, async () => {
    const { handle } = await made();
    await using owner = handle();
    const values = owner[kind];
    const wrong: [string, () => unknown][] = [
      ['path', () => values.get('/')],
      ['path', () => values.set('', 'x')],
      ['path', () => values.update('a//b', () => 'x')],
      ['path', () => values.delete(1 as unknown as string)],
      ['prefix', () => values.list('/a')],
      ['prefix', () => values.watch('a//b').next()],
      ['change', () => values.update('a', 'x' as never)],
      ['content', () => values.set('a', undefined as unknown as AnyContent)],
      ['content', () => values.set('a', new Map() as unknown as AnyContent)],
      ['localStore', () => values.stored('a')],
    ];
    for (const [field, call] of wrong) {
      const error = await throws(call, ValidationError);
      assert.equal(error.details.field, field, `${String(call)}: ${error.message}`);
    }
  });

  test(`${kind} that was seen is read from the store alone`, async () => {
    const { handle } = await made();
    const localStore = new MemoryStore();
    {
      await using owner = handle({ localStore });
      await owner[kind].set('a', 'kept');
      await owner[kind].get('a');
    }
    await using offline = handle({ localStore, baseUrl: 'http://127.0.0.1:9' });
    assert.equal((await offline[kind].stored('a'))?.text, 'kept');
    assert.equal(await offline[kind].stored('b'), undefined);
  });
}

test('a value in the clear is shown as not opened, and hides no other one', async () => {
  const { handle } = await made();
  await using owner = handle();
  await owner.setPlaintextData('a', 'in the clear');
  await owner.data.set('b', 'sealed');
  const [clear, sealed] = await owner.data.list();
  await throws(() => clear?.text, DecryptionError, 'client.open');
  assert.equal(Buffer.from(clear?.data ?? '', 'base64').toString(), 'in the clear');
  assert.deepEqual(shown(sealed ? [sealed] : []), [['b', false, 'sealed']]);
});

test('what a user keeps for itself others can neither open nor, without the key, write', async () => {
  const { space, handle } = await made();
  await using owner = handle();
  await owner.userData.set('secret', 'mine');
  const keys = await space.addUser({ op: 'read', path: 'data/{any}' }, { op: 'read', path: 'data/{...}' });
  await using other: Space = space.user(keys, { userSymmetricKey: random(32) });
  const found = await other.data.get(`user/${owner.memberId}/secret`);
  await throws(() => found?.text, DecryptionError);
  assert.equal(found?.author, toUserId(space.keys.publicKey));
  await using keyless = space.owner();
  const error = await rejects(keyless.userData.set('a', 'x'), ValidationError);
  assert.equal(error.details.field, 'userSymmetricKey');
});

test('a member without the right is told so', async () => {
  const { space, handle } = await made();
  await using owner = handle();
  await owner.data.set('a', 'x');
  const keys = await space.addUser();
  await using stranger = space.user(keys);
  await rejects(stranger.data.get('a'), AuthorizationError);
  await rejects(stranger.data.set('a', 'y'), AuthorizationError);
  await rejects(stranger.data.update('a', () => 'y'), AuthorizationError);
});

test('a server that cannot list or follow data is a clear error', async () => {
  const { handle } = await made();
  // As the published server answers: it has values at paths, and no list of them.
  const published: typeof fetch = async (input, init) => {
    const isList = (init?.method ?? 'GET') === 'GET' && /\/entries\?/.test(String(input));
    return isList ? Response.json({ detail: 'Not Found' }, { status: 404 }) : await fetch(input, init);
  };
  await using owner = handle({ fetch: published });
  await owner.data.set('a', 'x');
  for (const call of [() => owner.data.list(), () => owner.data.watch().next(), () => owner.userData.list()]) {
    const error = await throws(call, ReeeductioError, 'client.unsupported');
    assert.match(error.message, /server/);
  }
  assert.equal((await owner.data.get('a'))?.text, 'x');
});
