/** Databases of the layout before this one, in Chromium. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { launch } from '../rig/chromium.mjs';
import { open, serve } from './page.mjs';

const site = await serve();
const browser = await launch();
after(async () => {
  await browser.close();
  await site.close();
});

/** A page that is closed after the test, with an identity and what makes databases. */
async function opened(t) {
  const page = await open(browser.context, site.url);
  t.after(() => page.close());
  await page.evaluate(async () => {
    globalThis.earlier = await import('/tests/stores/earlier.mjs');
    await api.ready();
    globalThis.keyPair = await api.keyPairFromPrivateKey(new Uint8Array(32).fill(7));
    globalThis.space = api.toSpaceId(keyPair.publicKey);
  });
  return page;
}

test('messages, heads and signed times are taken over', async (t) => {
  const page = await opened(t);
  const found = await page.evaluate(async () => {
    const messages = earlier.messagesOf(space, keyPair, 'general', 600);
    const [hash] = messages.at(-1);
    const heads = [['general', hash, 600], ['other', hash, 5]];
    await earlier.make('whole', space, { messages, heads, signedTimes: [['presence/a', 77]] });
    const store = await api.IndexedDBStore.open({ name: 'whole' });
    const all = async (kind) => {
      const scan = { from: Uint8Array.of(kind), to: Uint8Array.of(kind + 1), limit: 2000, bytes: 1e9, reverse: false };
      return (await store.scan(scan)).pairs;
    };
    const kinds = await Promise.all([0, 1, 2, 3, 4].map(all));
    const time = (value) => Number(new DataView(value.buffer).getBigUint64(0) - (1n << 63n));
    // Of the heads, that of the shorter topic comes first.
    const [, , , [, [, head]], [[key, signed]]] = kinds;
    return {
      count: await api.countStoredMessages(store, space),
      kinds: kinds.map((pairs) => pairs.length),
      head: [time(head), api.toMessageId(head.slice(8, 40)) === hash],
      signed: [new TextDecoder().decode(key.slice(33)), time(signed)],
      rows: await earlier.rows('whole'),
    };
  });
  assert.equal(found.count, 600);
  assert.deepEqual(found.kinds, [1, 600, 600, 2, 1]);
  assert.deepEqual(found.head, [600, true]);
  assert.deepEqual(found.signed, ['presence/a', 77]);
  assert.deepEqual(found.rows, { heads: 0, leftOutMessages: 0, messages: 0, records: 1204, signedTimes: 0 });
});

test('messages with a wrong hash or signature, and rows that are none, are kept aside', async (t) => {
  const page = await opened(t);
  const found = await page.evaluate(async () => {
    const messages = earlier.messagesOf(space, keyPair, 'general', 4);
    messages[1] = messages[1].with(5, api.encodeBase64(api.stringToBytes('another text')));
    messages[2] = messages[2].with(4, messages[3][4]);
    messages.push(['M', 'general', 5, null, {}, [], 7, 'today']);
    await earlier.make('aside', space, { messages });
    const store = await api.IndexedDBStore.open({ name: 'aside' });
    return { count: await api.countStoredMessages(store, space), rows: await earlier.rows('aside') };
  });
  assert.equal(found.count, 2);
  assert.equal(found.rows.leftOutMessages, 3);
  assert.equal(found.rows.messages, 0);
});

test('a head that cannot be read is damage, and nothing is moved', async (t) => {
  const page = await opened(t);
  const found = await page.evaluate(async () => {
    const messages = earlier.messagesOf(space, keyPair, 'general', 2);
    await earlier.make('damaged', space, { messages, heads: [['general', 'M?', 2]] });
    const refused = [];
    for (let time = 0; time < 2; time += 1) refused.push(await refusal(api.IndexedDBStore.open({ name: 'damaged' })));
    return { refused, rows: await earlier.rows('damaged') };
  });
  assert.deepEqual(found.refused.map(({ code, known }) => [code, known]), Array(2).fill(['store.damaged', true]));
  assert.deepEqual(found.rows, { heads: 1, leftOutMessages: 0, messages: 2, records: 0, signedTimes: 0 });
});

test('what was interrupted goes on where it was', async (t) => {
  const page = await opened(t);
  const found = await page.evaluate(async () => {
    const messages = earlier.messagesOf(space, keyPair, 'general', 600);
    await earlier.make('interrupted', space, { messages, heads: [['general', messages[599][0], 600]] });
    const ending = new AbortController();
    const { transaction } = IDBDatabase.prototype;
    let writes = 0;
    IDBDatabase.prototype.transaction = function (names, mode, ...more) {
      // The head, and the first of the messages.
      if (mode === 'readwrite' && ++writes === 2) ending.abort(new Error('stop'));
      return transaction.call(this, names, mode, ...more);
    };
    const stopped = await refusal(api.IndexedDBStore.open({ name: 'interrupted', signal: ending.signal }));
    const between = await earlier.rows('interrupted');
    const store = await api.IndexedDBStore.open({ name: 'interrupted' });
    return { stopped, between, count: await api.countStoredMessages(store, space), rows: await earlier.rows('interrupted') };
  });
  assert.equal(found.stopped.message, 'stop');
  assert.deepEqual([found.between.heads, found.between.messages, found.between.records], [0, 344, 514]);
  assert.equal(found.count, 600);
  assert.deepEqual([found.rows.messages, found.rows.records], [0, 1202]);
});

test('two pages take it over at once', async (t) => {
  const pages = [await opened(t), await opened(t)];
  await pages[0].evaluate(async () => {
    const messages = earlier.messagesOf(space, keyPair, 'general', 900);
    messages[5] = messages[5].with(4, messages[6][4]);
    await earlier.make('both', space, { messages, heads: [['general', messages[899][0], 900]] });
  });
  const counts = await Promise.all(
    pages.map((page) =>
      page.evaluate(async () => {
        const store = await api.IndexedDBStore.open({ name: 'both' });
        return await api.countStoredMessages(store, space);
      }),
    ),
  );
  assert.deepEqual(counts, [899, 899]);
  const rows = await pages[0].evaluate(async () => await earlier.rows('both'));
  assert.deepEqual(rows, { heads: 0, leftOutMessages: 1, messages: 0, records: 1 + 2 * 899 + 1, signedTimes: 0 });
});
