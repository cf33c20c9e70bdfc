const { Space, bytesToString, generateKeyPair, toSpaceId } = require('reeeductio');

async function main() {
  const keyPair = await generateKeyPair();
  const symmetricRoot = crypto.getRandomValues(new Uint8Array(32));
  const space = new Space({ spaceId: toSpaceId(keyPair.publicKey), keyPair, symmetricRoot, baseUrl: process.argv[2] });
  const live = await space.live().open();
  await space.postEncryptedMessage('general', 'chat.text', 'hello from here');
  const { value: heard } = await live.next();
  const { messages } = await space.getMessages('general');
  const texts = [heard, ...messages].map((message) => bytesToString(space.decryptMessageData(message)));
  process.stdout.write(texts.join(', '));
  await space.close();
}

main();
