import {
  bytesToString,
  computeMessageHash,
  ConflictError,
  decodeBase64,
  DecryptionError,
  NotFoundError,
  ValidationError,
} from 'reeeductio';
import { type Scenario, TestSpace } from './context.js';
import { ok, rejects, same, throws } from './expect.js';

const FAR_FUTURE = 9_999_999_999_999;

export const messages: Record<string, Scenario> = {
  async 'messages-sealed'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    await using owner = space.owner();
    const created = await owner.postEncryptedMessage('general', 'chat.text', 'Hello!');
    const { messages: page, hasMore } = await owner.getMessages('general');
    const [message] = page;
    ok(message && page.length === 1 && !hasMore);
    same([message.messageHash, message.serverTimestamp], [created.messageHash, created.serverTimestamp]);
    same([message.topicId, message.type, message.sender], ['general', 'chat.text', owner.memberId]);
    ok(!String.fromCharCode(...decodeBase64(message.data)).includes('Hello'));
    same(bytesToString(owner.decryptMessageData(message)), 'Hello!');
    await throws(() => owner.decryptMessageData(message, 'another'), DecryptionError, 'client.open');
  },

  async 'messages-plain'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    await using owner = space.owner();
    await owner.postMessage('general', 'x', Uint8Array.of(0, 255));
    const [message] = (await owner.getMessages('general')).messages;
    ok(message);
    same(decodeBase64(message.data), Uint8Array.of(0, 255));
    await throws(() => owner.decryptMessageData(message), DecryptionError);
  },

  async 'messages-order'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    await using owner = space.owner();
    const hashes: string[] = [];
    for (const byte of [0, 1, 2, 3, 4]) {
      hashes.push((await owner.postMessage('general', 'x', Uint8Array.of(byte))).messageHash);
    }
    const { messages: page } = await owner.getMessages('general');
    same(
      page.map((each) => each.messageHash),
      hashes,
    );
    same(
      page.map((each) => each.prevHash),
      [null, ...hashes.slice(0, -1)],
    );
    const first = await owner.getMessages('general', { limit: 2 });
    same([first.messages.map((each) => each.messageHash), first.hasMore], [hashes.slice(0, 2), true]);
    const newest = await owner.getMessages('general', { from: FAR_FUTURE, to: 0, limit: 2 });
    same(
      newest.messages.map((each) => each.messageHash),
      hashes.slice(-2),
    );
    same(await owner.getHead('general'), hashes.at(-1));
    same((await owner.getMessages('nothing')).messages, []);
    same(await owner.getHead('nothing'), null);
  },

  async 'messages-one'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    await using owner = space.owner();
    const created = await owner.postMessage('general', 'x', '1');
    const message = await owner.getMessage('general', created.messageHash);
    same([message.serverTimestamp, message.data], [created.serverTimestamp, 'MQ==']);
    for (const absent of [`M${'A'.repeat(43)}`, 'garbage']) {
      await rejects(owner.getMessage('general', absent), NotFoundError, 'message.not_found');
    }
  },

  async 'messages-named-head'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    await using owner = space.owner();
    const first = await owner.postMessage('general', 'x', '1', { prevHash: null });
    const second = await owner.postMessage('general', 'x', '2', { prevHash: first.messageHash });
    const late = owner.postEncryptedMessage('general', 'x', '3', { prevHash: first.messageHash });
    const error = await rejects(late, ConflictError, 'chain.conflict');
    same([error.statusCode, error.details.head], [409, second.messageHash]);
    await rejects(owner.postMessage('general', 'x', '4', { prevHash: null }), ConflictError);
  },

  async 'messages-refused'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    await using owner = space.owner();
    await rejects(owner.postMessage('A', 'x', ''), ValidationError, 'topic.invalid_id');
    await rejects(owner.postMessage('general', 'x'.repeat(1000), ''), ValidationError, 'message.invalid_type');
    await rejects(owner.postMessage('general', 'x', 'x'.repeat(76_801)), ValidationError, 'message.too_large');
  },

  async 'messages-ids'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    await using owner = space.owner();
    await owner.postMessage('general', 'x', '1');
    const [message] = (await owner.getMessages('general')).messages;
    ok(message && !message.isStateMessage());
    const { topicId, type, prevHash, data, sender } = message;
    same(computeMessageHash(space.id, topicId, type, prevHash, data, sender), message.messageHash);
  },
};
