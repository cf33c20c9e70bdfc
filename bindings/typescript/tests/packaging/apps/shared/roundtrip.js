import { Space, bytesToString, generateKeyPair, toSpaceId } from 'reeeductio';

/** Hears a message that it posts to a space of its own, and reads it again. */
export async function roundTrip(baseUrl) {
  const keyPair = await generateKeyPair();
  const symmetricRoot = crypto.getRandomValues(new Uint8Array(32));
  const space = new Space({ spaceId: toSpaceId(keyPair.publicKey), keyPair, symmetricRoot, baseUrl });
  const live = await space.live().open();
  await space.postEncryptedMessage('general', 'chat.text', 'hello from here');
  const { value: heard } = await live.next();
  const { messages } = await space.getMessages('general');
  const texts = [heard, ...messages].map((message) => bytesToString(space.decryptMessageData(message)));
  await space.close();
  return texts.join(', ');
}
