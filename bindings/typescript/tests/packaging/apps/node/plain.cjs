const { Space, generateKeyPair, toSpaceId } = require('reeeductio');

async function main() {
  const keyPair = await generateKeyPair();
  const symmetricRoot = crypto.getRandomValues(new Uint8Array(32));
  const space = new Space({ spaceId: toSpaceId(keyPair.publicKey), keyPair, symmetricRoot, baseUrl: process.argv[2] });
  await space.postEncryptedMessage('general', 'chat.text', new TextEncoder().encode('hello from here'));
  process.stdout.write((await space.texts('general')).join());
}

main();
