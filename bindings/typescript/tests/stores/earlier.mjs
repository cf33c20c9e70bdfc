/** A database as layout 2 of `IndexedDBStore` made it. Runs in browsers; the package is `api`. */

/** Messages of a topic, signed by the owner of a space, as they were kept. */
export function messagesOf(spaceId, keyPair, topic, count) {
  const sender = api.toUserId(keyPair.publicKey);
  const messages = [];
  for (let time = 1; time <= count; time += 1) {
    const [prevHash] = messages.at(-1) ?? [null];
    const data = api.encodeBase64(api.stringToBytes(`message ${time}`));
    const hash = api.computeMessageHash(spaceId, topic, 'chat.text', prevHash, data, sender);
    const signature = api.encodeBase64(api.signData(api.decodeUrlSafeBase64(hash), keyPair.privateKey));
    messages.push([hash, topic, 'chat.text', sender, signature, data, prevHash, time]);
  }
  return messages;
}

/** Makes the database and closes it. */
export async function make(name, space, { messages = [], heads = [], signedTimes = [] }) {
  const opening = indexedDB.open(name, 2);
  opening.onupgradeneeded = () => {
    const database = opening.result;
    const made = database.createObjectStore('messages', { autoIncrement: true });
    made.createIndex('byHash', ['space', 'topic', 'hash'], { unique: true });
    made.createIndex('byTime', ['space', 'topic', 'time']);
    database.createObjectStore('heads', { keyPath: ['space', 'topic'] });
    database.createObjectStore('signedTimes', { keyPath: ['space', 'path'] });
  };
  const database = await given(opening);
  const transaction = database.transaction(['messages', 'heads', 'signedTimes'], 'readwrite');
  for (const record of messages) {
    const [hash, topic] = record;
    transaction.objectStore('messages').add({ space, topic, hash, time: record[7], record });
  }
  for (const [topic, hash, time] of heads) transaction.objectStore('heads').put({ space, topic, hash, time });
  for (const [path, time] of signedTimes) transaction.objectStore('signedTimes').put({ space, path, time });
  await new Promise((resolve) => (transaction.oncomplete = resolve));
  database.close();
}

/** How many rows each object store has. */
export async function rows(name) {
  const database = await given(indexedDB.open(name));
  const count = {};
  for (const store of database.objectStoreNames) {
    count[store] = await given(database.transaction(store).objectStore(store).count());
  }
  database.close();
  return count;
}
