/** Live streams: following, ending, and a connection that breaks. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AbortedError, AuthenticationError, bytesToString, StreamError, type WebSocketClass } from 'reeeductio';
import { WebSocket as Ws } from 'ws';
import { TestSpace } from '../scenarios/context.js';
import { same } from '../scenarios/expect.js';
import { type Servers, start } from '../rig/servers.mjs';

let servers: Servers;
before(async () => void (servers = await start()));
after(() => servers.stop());

test('a stream follows a topic from its beginning or a message on', async () => {
  const space = await TestSpace.on(servers.baseUrl);
  await using owner = space.owner();
  const first = await owner.postEncryptedMessage('general', 'x', '1');
  await owner.postEncryptedMessage('general', 'x', '2');
  for (const [anchor, expected] of [
    [null, ['1', '2', '3']],
    [first, ['2', '3']],
  ] as const) {
    const heard: string[] = [];
    for await (const message of owner.live({ follow: { general: anchor } })) {
      heard.push(bytesToString(owner.decryptMessageData(message)));
      if (heard.at(-1) === '2' && anchor === null) await owner.postEncryptedMessage('general', 'x', '3');
      if (heard.at(-1) === '3') break;
    }
    same(heard, expected);
  }
});

test('a signal ends a loop', { timeout: 20_000 }, async () => {
  const space = await TestSpace.on(servers.baseUrl);
  await using owner = space.owner();
  const ending = new AbortController();
  const stream = await owner.live({ signal: ending.signal }).open();
  const next = stream.next();
  ending.abort();
  await assert.rejects(next, AbortedError);
  assert.deepEqual((await stream.next().catch((error: unknown) => error)) instanceof AbortedError, true);
  await assert.rejects(owner.live({ signal: ending.signal }).next(), AbortedError);
});

test('closing a stream ends its loop and leaves the space open', { timeout: 20_000 }, async () => {
  const space = await TestSpace.on(servers.baseUrl);
  await using owner = space.owner();
  const stream = await owner.live().open();
  setTimeout(() => void stream.close(), 50);
  for await (const message of stream) assert.fail(`unexpected ${message.type}`);
  await owner.postMessage('general', 'x', '1');
});

test('several waiters get messages in order', { timeout: 20_000 }, async () => {
  const space = await TestSpace.on(servers.baseUrl);
  await using owner = space.owner();
  await using stream = await owner.live().open();
  const waiting = [stream.next(), stream.next(), stream.next()];
  const hashes: string[] = [];
  for (const text of ['1', '2', '3']) hashes.push((await owner.postMessage('general', 'x', text)).messageHash);
  assert.deepEqual(
    (await Promise.all(waiting)).map(({ value }) => value?.messageHash),
    hashes,
  );
});

test('a connection that breaks is opened again, and nothing is missing', { timeout: 30_000 }, async () => {
  const space = await TestSpace.on(servers.baseUrl);
  const sockets: Ws[] = [];
  class Counted extends Ws {
    constructor(url: string, protocol?: string) {
      super(url, protocol);
      sockets.push(this);
    }
  }
  await using owner = space.owner({ WebSocket: Counted as unknown as WebSocketClass });
  await using poster = space.owner();
  await using stream = await owner.live({ firstPause: 1, longestPause: 5 }).open();
  await poster.postMessage('general', 'x', '1');
  const { value: first } = await stream.next();
  const next = stream.next();
  sockets[0]?.terminate();
  await poster.postMessage('general', 'x', '2');
  const { value: second } = await next;
  assert.equal(second?.prevHash, first?.messageHash);
  assert.ok(sockets.length > 1);
});

test('a stream that cannot be opened is an error of the stream', { timeout: 20_000 }, async () => {
  const space = await TestSpace.on(servers.baseUrl);
  class Nowhere extends Ws {
    constructor() {
      super('ws://127.0.0.1:9/');
    }
  }
  await using owner = space.owner({ WebSocket: Nowhere as unknown as WebSocketClass });
  for (const attempt of [() => owner.live().next(), () => owner.live().open()]) {
    await assert.rejects(attempt(), (error) => error instanceof StreamError && /^transport\./.test(error.code));
  }
  const failed = owner.live();
  await assert.rejects(failed.next(), StreamError);
  assert.deepEqual(await failed.next(), { done: true, value: undefined }, 'it has ended');
});

test('a server that is gone for a while comes back', { timeout: 30_000 }, async () => {
  const space = await TestSpace.on(servers.baseUrl);
  await using owner = space.owner();
  await using stream = await owner.live({ firstPause: 20, longestPause: 50 }).open();
  const first = await owner.postMessage('general', 'x', '1');
  assert.equal((await stream.next()).value?.messageHash, first.messageHash);
  const next = stream.next();
  // Long enough for several attempts that find nobody.
  await servers.restart(() => new Promise((resolve) => setTimeout(resolve, 400)));
  const second = await owner.postMessage('general', 'x', '2');
  assert.equal((await next).value?.messageHash, second.messageHash);
});

test('who loses its right to sign in loses its stream', { timeout: 30_000 }, async () => {
  const space = await TestSpace.on(servers.baseUrl);
  const keys = await space.addUser({ op: 'read', path: 'topics/{any}' });
  await using owner = space.owner();
  await using member = space.user(keys);
  const stream = await member.live({ firstPause: 1, longestPause: 5 }).open();
  await owner.removeMember(member.memberId);
  await assert.rejects(async () => {
    for await (const message of stream) assert.ok(message.isStateMessage());
  }, AuthenticationError);
});
