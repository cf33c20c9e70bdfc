/** What only a browser can get wrong. */

import { ReeeductioError, Space, generateKeyPair, toSpaceId } from 'reeeductio';

async function make(baseUrl) {
  const keyPair = await generateKeyPair();
  const symmetricRoot = crypto.getRandomValues(new Uint8Array(32));
  return new Space({ spaceId: toSpaceId(keyPair.publicKey), keyPair, symmetricRoot, baseUrl });
}

/** The error of something that must fail. */
async function failureOf(work) {
  try {
    await work;
  } catch (error) {
    if (error instanceof ReeeductioError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

function equal(actual, expected) {
  const [shown, wanted] = [actual, expected].map((value) => JSON.stringify(value));
  if (shown !== wanted) throw new Error(`${shown} instead of ${wanted}`);
}

export const scenarios = {
  async 'messages are posted and read across origins'({ baseUrl }) {
    const space = await make(baseUrl);
    await space.postEncryptedMessage('general', 'chat.text', new TextEncoder().encode('hello'));
    equal(await space.texts('general'), ['hello']);
  },

  async 'handles work beside each other'({ baseUrl }) {
    const spaces = await Promise.all([make(baseUrl), make(baseUrl), make(baseUrl)]);
    await Promise.all(
      spaces.map((space, at) => space.postEncryptedMessage('general', 'chat.text', new TextEncoder().encode(`${at}`))),
    );
    equal(await Promise.all(spaces.map((space) => space.texts('general'))), [['0'], ['1'], ['2']]);
  },

  async 'a server that is not there is an error with a code'() {
    const space = await make('http://127.0.0.1:1');
    const { code } = await failureOf(space.postEncryptedMessage('general', 'chat.text', new Uint8Array()));
    equal(code, 'transport.connect');
  },
};
