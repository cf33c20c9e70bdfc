import { isBuiltin } from 'node:module';
import {
  MemoryStore,
  ReeeductioError,
  Space,
  StoreError,
  bytesToString,
  countStoredMessages,
  generateKeyPair,
  toSpaceId,
} from 'reeeductio';
import { FileStore } from 'reeeductio/node';

const [baseUrl, file] = process.argv.slice(2);
const keyPair = await generateKeyPair();
const spaceId = toSpaceId(keyPair.publicKey);
// Without SQLite a program may go on with another store.
const open = async () => (isBuiltin('node:sqlite') ? await FileStore.open(file) : new MemoryStore());
const store = await open();
const space = new Space({ spaceId, keyPair, symmetricRoot: new Uint8Array(32), baseUrl, localStore: store });
await space.postEncryptedMessage('general', 'chat.text', 'hello from here');
const { messages } = await space.getMessages('general');
const texts = messages.map((message) => bytesToString(space.decryptMessageData(message)));
await space.close();
await store.close?.();
const later = isBuiltin('node:sqlite') ? await open() : store;
const remembered = await countStoredMessages(later, spaceId);
await later.close?.();

const refusal = await FileStore.open(`${file}/missing/seen.db`).catch((error) => error);
const isOurs = refusal instanceof StoreError && refusal instanceof ReeeductioError;
process.stdout.write(JSON.stringify({ texts, remembered, refusal: refusal.code, isOurs }));
