/** The page under test: it follows the stream of a space and keeps the messages. */

import { Space } from 'reeeductio';

globalThis.heard = [];

/** Opens the stream; its messages are kept in `heard`. */
globalThis.follow = async ({ publicKey, privateKey, ...options }) => {
  const keyPair = { publicKey: new Uint8Array(publicKey), privateKey: new Uint8Array(privateKey) };
  const symmetricRoot = new Uint8Array(32);
  globalThis.space = new Space({ ...options, keyPair, symmetricRoot });
  const stream = await globalThis.space.live({ firstPause: 20, longestPause: 50 }).open();
  (async () => {
    for await (const { messageHash } of stream) globalThis.heard.push(messageHash);
  })();
};

/** The token at hand. */
globalThis.token = () => globalThis.space.authenticate();
