import { Space, generateKeyPair, toSpaceId } from 'reeeductio';

/** Posts a message to a space of its own and reads it again. */
export async function roundTrip(baseUrl) {
  const keyPair = await generateKeyPair();
  const symmetricRoot = crypto.getRandomValues(new Uint8Array(32));
  const space = new Space({ spaceId: toSpaceId(keyPair.publicKey), keyPair, symmetricRoot, baseUrl });
  await space.postEncryptedMessage('general', 'chat.text', new TextEncoder().encode('hello from here'));
  return (await space.texts('general')).join();
}
