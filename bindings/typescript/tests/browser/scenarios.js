/** What only a browser can get wrong. */

import { NetworkError, bytesToString } from 'reeeductio';
import { TestSpace } from '../scenarios/context.js';
import { rejects, same } from '../scenarios/expect.js';

export const scenarios = {
  async 'browser-beside-each-other'({ baseUrl }) {
    const texts = ['0', '1', '2'];
    const read = texts.map(async (text) => {
      await using owner = (await TestSpace.on(baseUrl)).owner();
      await owner.postEncryptedMessage('general', 'x', text);
      const { messages } = await owner.getMessages('general');
      return messages.map((message) => bytesToString(owner.decryptMessageData(message)));
    });
    same(await Promise.all(read), texts.map((text) => [text]));
  },

  async 'browser-no-server'() {
    await using owner = (await TestSpace.on('http://127.0.0.1:1')).owner();
    await rejects(owner.postEncryptedMessage('general', 'x', ''), NetworkError, 'transport.connect');
    await rejects(owner.live().next(), NetworkError);
  },
};
