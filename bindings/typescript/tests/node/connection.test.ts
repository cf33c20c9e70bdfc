/** The status of the connection, and a server that was restored from a backup. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { IntegrityError, MemoryStore, type Status } from 'reeeductio';
import { TestSpace } from '../scenarios/context.js';
import { rejects } from '../scenarios/expect.js';
import { Server } from '../rig/server.mjs';

let server: Server;
before(async () => void (server = await Server.start()));
after(() => server.stop());

/** Statuses as they come, and a wait for one. */
function recorder() {
  const seen: Status[] = [];
  let look = () => {};
  const listener = (status: Status) => {
    seen.push(status);
    look();
  };
  const until = (status: Status) =>
    new Promise<void>((resolve) => {
      look = () => void (seen.at(-1) === status && resolve());
      look();
    });
  return { seen, listener, until };
}

test('the status follows the connection: lost, made again, and no longer needed', { timeout: 30_000 }, async () => {
  const space = await TestSpace.on(server.url);
  await using owner = space.owner();
  const { seen, listener, until } = recorder();
  const stop = owner.onStatus(listener);
  await until('idle');
  assert.equal(await owner.status(), 'idle');
  const stream = await owner.topic('general').live().open();
  await until('connected');
  await server.restart(async () => await until('connecting'));
  await until('connected');
  assert.equal(await owner.status(), 'connected');
  await stream.close();
  await until('idle');
  assert.deepEqual(
    seen.filter((status, at) => status !== seen[at - 1]),
    seen,
    'only changes are told',
  );
  stop();
  const told = seen.length;
  await using again = await owner.topic('general').live().open();
  assert.equal(await owner.status(), 'connected');
  assert.equal(seen.length, told, 'who has stopped listening is told nothing');
  await again.close();
});

test('a listener ends with its handle, and several are told the same', { timeout: 20_000 }, async () => {
  const space = await TestSpace.on(server.url);
  const owner = space.owner();
  const [one, other] = [recorder(), recorder()];
  owner.onStatus(one.listener);
  owner.onStatus(other.listener);
  await Promise.all([one.until('idle'), other.until('idle')]);
  await owner.topic('general').live().open();
  await Promise.all([one.until('connected'), other.until('connected')]);
  await owner.close();
});

test('a server that was restored is an error until that is accepted', { timeout: 30_000 }, async () => {
  const space = await TestSpace.on(server.url);
  const localStore = new MemoryStore();
  {
    await using owner = space.owner({ localStore });
    await owner.topic('general').post('x', 'before');
    await server.remember();
    await owner.topic('general').post('x', 'lost');
  }
  await server.goBack();
  await using again = space.owner({ localStore });
  await rejects(again.topic('general').newest(), IntegrityError);
  await again.acceptRestore();
  assert.deepEqual(
    (await again.topic('general').newest()).map(({ text }) => text),
    ['before'],
  );
});
