const { ReeeductioError, Space, StoreError, bytesToString, generateKeyPair, toSpaceId } = require('reeeductio');
const { FileStore } = require('reeeductio/node');

async function main([baseUrl, file]) {
  const keyPair = await generateKeyPair();
  const spaceId = toSpaceId(keyPair.publicKey);
  const store = await FileStore.open(file);
  const space = new Space({ spaceId, keyPair, symmetricRoot: new Uint8Array(32), baseUrl, localStore: store });
  await space.postEncryptedMessage('general', 'chat.text', 'hello from here');
  const { messages } = await space.getMessages('general');
  const texts = messages.map((message) => bytesToString(space.decryptMessageData(message)));
  await space.close();
  const refusal = await FileStore.open(file).catch((error) => error);
  await store.close();

  const later = await FileStore.open(file);
  const remembered = await later.count(spaceId);
  await later.close();
  const isOurs = refusal instanceof StoreError && refusal instanceof ReeeductioError;
  process.stdout.write(JSON.stringify({ texts, remembered, refusal: refusal.code, isOurs }));
}

main(process.argv.slice(2));
