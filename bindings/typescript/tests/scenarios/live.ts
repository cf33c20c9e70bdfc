import { AuthenticationError, bytesToString, generateKeyPair } from 'reeeductio';
import { type Scenario, TestSpace } from './context.js';
import { ok, rejects, same } from './expect.js';

export const live: Record<string, Scenario> = {
  async 'live-messages'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    await using owner = space.owner();
    await using poster = space.owner();
    await poster.postEncryptedMessage('general', 'x', 'before');
    await using stream = await owner.live().open();
    await poster.postEncryptedMessage('general', 'x', '1');
    await poster.postEncryptedMessage('other', 'x', '2');
    const heard: string[] = [];
    for await (const message of stream) {
      heard.push(`${message.topicId} ${bytesToString(owner.decryptMessageData(message))}`);
      if (heard.length === 2) break;
    }
    same(heard, ['general 1', 'other 2']);
    same(await stream.next(), { done: true, value: undefined });
  },

  async 'live-strangers'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    await using owner = space.owner();
    await owner.postMessage('general', 'x', '1');
    await using stranger = space.user(await generateKeyPair());
    const error = await rejects(stranger.live().next(), AuthenticationError);
    ok(error.code === 'member.unknown');
  },
};
