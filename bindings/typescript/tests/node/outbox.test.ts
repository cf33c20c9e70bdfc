/** The outbox: messages that are kept until the server has them. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AbortedError, MemoryStore, NetworkError, ReeeductioError, ValidationError } from 'reeeductio';
import { TestSpace } from '../scenarios/context.js';
import { rejects, throws } from '../scenarios/expect.js';
import { type Servers, start } from '../rig/servers.mjs';

let servers: Servers;
before(async () => void (servers = await start()));
after(() => servers.stop());

test('messages wait while the server is away, survive a restart, and are stored once', { timeout: 30_000 }, async () => {
  const space = await TestSpace.on(servers.baseUrl);
  const localStore = new MemoryStore();
  await servers.restart(async () => {
    await using owner = space.owner({ localStore });
    assert.equal(await owner.outbox.add('general', 'chat.text', 'first'), 0);
    await owner.outbox.add('general', 'chat.json', { text: 'second' });
    await rejects(owner.outbox.send(), NetworkError);
  });
  await using again = space.owner({ localStore });
  const [one, two] = await again.outbox.waiting();
  assert.deepEqual([one?.number, one?.topicId, one?.type, one?.text], [0, 'general', 'chat.text', 'first']);
  assert.deepEqual([two?.number, two?.type, two?.json()], [1, 'chat.json', { text: 'second' }]);
  const sent = await again.outbox.send();
  assert.deepEqual(
    sent.map(({ number }) => number),
    [0, 1],
  );
  assert.deepEqual(await again.outbox.send(), []);
  const [first, second, ...more] = await again.topic('general').newest();
  assert.deepEqual([first?.text, second?.json(), more], ['first', { text: 'second' }, []]);
  assert.equal(first?.messageHash, sent[0]?.created.messageHash);
  assert.equal(second?.serverTimestamp, sent[1]?.created.serverTimestamp);
});

test('a message that is discarded is not sent', async () => {
  const space = await TestSpace.on(servers.baseUrl);
  await using owner = space.owner({ localStore: new MemoryStore() });
  const number = await owner.outbox.add('general', 'x', 'not this');
  await owner.outbox.add('general', 'x', 'this');
  await owner.outbox.discard(number);
  assert.equal((await owner.outbox.waiting()).length, 1);
  await owner.outbox.send();
  assert.deepEqual(
    (await owner.topic('general').newest()).map(({ text }) => text),
    ['this'],
  );
});

test('a message that is refused for good is named, and those of other topics are sent', async () => {
  const space = await TestSpace.on(servers.baseUrl);
  await using owner = space.owner({ localStore: new MemoryStore() });
  const large = await owner.outbox.add('general', 'x', 'x'.repeat(90_000));
  await owner.outbox.add('general', 'x', 'behind');
  await owner.outbox.add('other', 'x', 'sent');
  const refused = await rejects(owner.outbox.send(), ReeeductioError);
  assert.deepEqual([refused.details.number, refused.details.topic], [large, 'general']);
  assert.match(refused.message, /^message 0 of the outbox, for the topic general: .*discard/);
  assert.equal((await owner.topic('other').newest())[0]?.text, 'sent');
  await owner.outbox.discard(large);
  assert.equal((await owner.outbox.send()).length, 1);
});

test('sending goes on by itself until it is aborted', { timeout: 30_000 }, async () => {
  const space = await TestSpace.on(servers.baseUrl);
  await using owner = space.owner({ localStore: new MemoryStore() });
  const ending = new AbortController();
  let sending: Promise<void> | undefined;
  await servers.restart(async () => {
    await owner.outbox.add('general', 'x', '1');
    sending = owner.outbox.keepSending({ signal: ending.signal });
  });
  await using reader = space.owner();
  const heard: string[] = [];
  for await (const message of reader.topic('general').live({ fromStart: true })) {
    heard.push(message.text);
    if (heard.length === 1) await owner.outbox.add('general', 'x', '2');
    if (heard.length === 2) break;
  }
  assert.deepEqual(heard, ['1', '2']);
  ending.abort();
  await assert.rejects(sending ?? Promise.resolve(), AbortedError);
});

test('what is passed wrongly to the outbox is an error that names it', async () => {
  const space = await TestSpace.on(servers.baseUrl);
  await using owner = space.owner({ localStore: new MemoryStore() });
  await using storeless = space.owner();
  const wrong: [string, () => unknown][] = [
    ['topicId', () => owner.outbox.add('no spaces', 'x', '')],
    ['type', () => owner.outbox.add('general', 1 as unknown as string, '')],
    ['content', () => owner.outbox.add('general', 'x', Promise.resolve('') as never)],
    ['number', () => owner.outbox.discard(-1)],
    ['limit', () => owner.outbox.waiting(1.5)],
    ['localStore', () => storeless.outbox.add('general', 'x', '')],
    ['localStore', () => storeless.outbox.send()],
  ];
  for (const [field, call] of wrong) {
    const error = await throws(call, ValidationError);
    assert.equal(error.details.field, field, `${String(call)}: ${error.message}`);
  }
  assert.deepEqual(await owner.outbox.waiting(), []);
});
