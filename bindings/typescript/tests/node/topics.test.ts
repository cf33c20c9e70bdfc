/** Topics: contents of three kinds, reading back, and following. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  AbortedError,
  type AnyContent,
  AuthorizationError,
  ConflictError,
  DecryptionError,
  MemoryStore,
  NotFoundError,
  ReeeductioError,
  type Space,
  type TopicMessage,
  ValidationError,
} from 'reeeductio';
import { TestSpace } from '../scenarios/context.js';
import { rejects, throws } from '../scenarios/expect.js';
import { type Servers, start } from '../rig/servers.mjs';

let servers: Servers;
before(async () => void (servers = await start()));
after(() => servers.stop());

const posted = async (space: Space, ...texts: string[]) => {
  const created = [];
  for (const text of texts) created.push(await space.topic('general').post('chat.text', text));
  return created;
};
async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const textsOf = (messages: readonly TopicMessage[]) => messages.map(({ text }) => text);

test('bytes, text and JSON come back as they were posted', async () => {
  const space = await TestSpace.on(servers.baseUrl);
  await using owner = space.owner();
  const topic = owner.topic('general');
  const contents: AnyContent[] = [Uint8Array.of(0, 255, 10), 'Grüße', { title: 'Tea', tags: ['a', null], done: false }, 7, null];
  for (const content of contents) await topic.post('x', content);
  const [bytes, text, json, number, nothing] = await topic.newest();
  assert.deepEqual(bytes?.bytes, contents[0]);
  assert.equal(text?.text, contents[1]);
  assert.deepEqual(json?.json(), contents[2]);
  assert.deepEqual([number?.json(), nothing?.json()], [7, null]);
  assert.deepEqual([json?.type, json?.sender, json?.isOpen], ['x', owner.memberId, true]);
  await throws(() => bytes?.text, ValidationError, 'client.text');
  await throws(() => text?.json(), ValidationError, 'client.text');
});

test('a message in the clear is shown as not opened, and hides no other one', async () => {
  const space = await TestSpace.on(servers.baseUrl);
  await using owner = space.owner();
  await owner.postMessage('general', 'x', 'in the clear');
  await posted(owner, 'sealed');
  const [clear, sealed] = await owner.topic('general').newest();
  assert.equal(clear?.isOpen, false);
  await throws(() => clear?.text, DecryptionError, 'client.open');
  assert.equal(sealed?.text, 'sealed');
});

test('a history gives every message, or those after one that was seen', async () => {
  const space = await TestSpace.on(servers.baseUrl);
  await using owner = space.owner();
  const [, second] = await posted(owner, '1', '2', '3', '4');
  const topic = owner.topic('general');
  assert.deepEqual(textsOf(await all(topic.history())), ['1', '2', '3', '4']);
  assert.deepEqual(textsOf(await all(topic.history({ after: second }))), ['3', '4']);
  assert.deepEqual(textsOf(await topic.newest(2)), ['3', '4']);
  assert.deepEqual(await all(owner.topic('silent').history()), []);
  const found = await topic.message(second?.messageHash ?? '');
  assert.equal(found.text, '2');
  await rejects(owner.topic('other').message(second?.messageHash ?? ''), NotFoundError);
});

test('a history reads on beyond one page', { timeout: 60_000 }, async () => {
  const space = await TestSpace.on(servers.baseUrl);
  await using owner = space.owner();
  const count = 1010;
  await Promise.all(Array.from({ length: count }, (_, number) => owner.topic('long').post('x', number)));
  const numbers = (await all(owner.topic('long').history())).map((message) => message.json<number>());
  assert.deepEqual(
    numbers.sort((one, other) => one - other),
    Array.from({ length: count }, (_, number) => number),
  );
  assert.equal((await owner.topic('long').newest(count)).length, count);
});

test('a topic is followed from now on, from its first message, or after one that was seen', { timeout: 20_000 }, async () => {
  const space = await TestSpace.on(servers.baseUrl);
  await using owner = space.owner();
  const [first] = await posted(owner, '1', '2');
  const topic = owner.topic('general');
  const streams = [topic.live(), topic.live({ after: first }), topic.live({ fromStart: true })];
  await Promise.all(streams.map((stream) => stream.open()));
  await owner.topic('other').post('x', 'of another topic');
  await posted(owner, '3');
  for (const [at, expected] of [['3'], ['2', '3'], ['1', '2', '3']].entries()) {
    const heard: string[] = [];
    for await (const message of streams[at] ?? []) {
      heard.push(message.text);
      if (message.text === '3') break;
    }
    assert.deepEqual(heard, expected);
  }
});

test('a reader that may not post, and a stale place, are refused', async () => {
  const space = await TestSpace.on(servers.baseUrl);
  const keys = await space.addUser({ op: 'read', path: 'topics/{any}' });
  await using owner = space.owner();
  await using reader = space.user(keys);
  const [first] = await posted(owner, '1', '2');
  await rejects(reader.topic('general').post('x', '3'), AuthorizationError);
  const prevHash = first?.messageHash;
  await rejects(owner.topic('general').post('x', '3', { prevHash }), ConflictError);
  assert.deepEqual(textsOf(await reader.topic('general').newest()), ['1', '2']);
});

test('messages that were seen are read from the store alone', async () => {
  const space = await TestSpace.on(servers.baseUrl);
  const localStore = new MemoryStore();
  {
    await using owner = space.owner({ localStore });
    await posted(owner, '1', '2', '3');
  }
  const offline = space.owner({ localStore, baseUrl: 'http://127.0.0.1:9' });
  const topic = offline.topic('general');
  assert.deepEqual(textsOf(await topic.stored()), ['1', '2', '3']);
  assert.deepEqual(textsOf(await topic.stored(2)), ['2', '3']);
  assert.deepEqual(await offline.topic('other').stored(), []);
  await offline.close();
});

test('a topic is followed from the store on, also while the server is away', { timeout: 30_000 }, async () => {
  const space = await TestSpace.on(servers.baseUrl);
  const localStore = new MemoryStore();
  {
    await using owner = space.owner({ localStore });
    await posted(owner, '1', '2');
  }
  await using other = space.owner();
  await posted(other, '3');
  await using again = space.owner({ localStore });
  const stream = again.topic('general').follow();
  const next = async () => (await stream.next()).value?.text;
  await servers.restart(async () => assert.deepEqual([await next(), await next()], ['1', '2']));
  assert.equal(await next(), '3');
  await posted(other, '4');
  assert.equal(await next(), '4');
  await stream.close();
  const ending = new AbortController();
  const nowhere = space.owner({ baseUrl: 'http://127.0.0.1:9' });
  const waiting = nowhere.topic('general').follow({ signal: ending.signal }).next();
  ending.abort();
  await rejects(waiting, AbortedError);
  await nowhere.close();
});

test('what is passed wrongly to a topic is an error that names it', async () => {
  const space = await TestSpace.on(servers.baseUrl);
  await using owner = space.owner();
  const topic = owner.topic('general');
  const cyclic: Record<string, unknown> = {};
  cyclic['itself'] = cyclic;
  const wrong: [string, () => unknown][] = [
    ['topicId', () => owner.topic('no spaces').post('x', '')],
    ['topicId', () => owner.topic(1 as unknown as string).newest()],
    ['type', () => topic.post(1 as unknown as string, '')],
    ['prevHash', () => topic.post('x', '', { prevHash: 'M1' })],
    ['count', () => topic.newest(-1)],
    ['messageHash', () => topic.message('M1')],
    ['after', () => topic.history({ after: { messageHash: 'M1', serverTimestamp: 1 } }).next()],
    ['after', () => topic.live({ after: {} as never }).next()],
    ['localStore', () => topic.stored()],
  ];
  const noContent = [undefined, () => 1, Symbol('x'), 1n, Number.NaN, cyclic, new Map([[1, 2]]), new ArrayBuffer(3)];
  for (const content of [...noContent, new Uint16Array(2), Promise.resolve('later')]) {
    wrong.push(['content', () => topic.post('x', content as AnyContent)]);
  }
  for (const [field, call] of wrong) {
    const error = await throws(call, ReeeductioError);
    assert.equal(error.details.field, field, `${String(call)}: ${error.message}`);
  }
  assert.deepEqual(await topic.newest(), [], 'nothing was posted');
});
