/** The store in IndexedDB, in Chromium. */

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, test } from 'node:test';
import { launch, profile } from '../rig/chromium.mjs';
import { open, serve } from './page.mjs';

const site = await serve();
const browser = await launch();
after(async () => {
  await browser.close();
  await site.close();
});

/** A page that is closed after the test. */
async function opened(t) {
  const page = await open(browser.context, site.url);
  t.after(() => page.close());
  return page;
}

const first = await open(browser.context, site.url);
const names = await first.evaluate(async () => {
  const { load } = await import('/tests/stores/conformance.mjs');
  return (await load(new URL('/build/conformance/', location.href))).conformanceTests();
});
await first.close();
assert.ok(names.length >= 19);
for (const name of names) {
  test(`conformance: ${name}`, async (t) => {
    const page = await opened(t);
    await page.evaluate(async (name) => {
      const { conforms, load } = await import('/tests/stores/conformance.mjs');
      const glue = await load(new URL('/build/conformance/', location.href));
      await conforms(glue, name, await api.IndexedDBStore.open({ name: `conformance-${name}` }));
    }, name);
  });
}

test('ranges of many records are read whole, in both directions', async (t) => {
  const page = await opened(t);
  const found = await page.evaluate(async () => {
    const { bytes, put } = short;
    const store = await api.IndexedDBStore.open({ name: 'many' });
    const name = (number) => String(number).padStart(4, '0');
    await store.commit(Array.from({ length: 1000 }, (_, number) => put(name(number), name(number))), 'process');
    const scan = { from: bytes('0100'), to: bytes('0900'), limit: 2000, bytes: 1e9, reverse: false };
    const read = async (more) => {
      const { pairs, hasMore } = await store.scan({ ...scan, ...more });
      return { keys: pairs.map(([key]) => Number(new TextDecoder().decode(key))), hasMore };
    };
    return [await read({}), await read({ reverse: true }), await read({ limit: 256 }), await read({ bytes: 8 * 300 })];
  });
  const expected = Array.from({ length: 800 }, (_, number) => number + 100);
  assert.deepEqual(found[0], { keys: expected, hasMore: false });
  assert.deepEqual(found[1], { keys: expected.toReversed(), hasMore: false });
  assert.deepEqual(found[2], { keys: expected.slice(0, 256), hasMore: true });
  assert.deepEqual(found[3], { keys: expected.slice(0, 300), hasMore: true });
});

test('a commit fails or succeeds as a whole', async (t) => {
  const page = await opened(t);
  const found = await page.evaluate(async () => {
    const { got, keys, put, raise } = short;
    const store = await api.IndexedDBStore.open({ name: 'whole' });
    // A value that no browser stores.
    const unfit = { type: 'put', key: short.bytes('b'), value: { slice: () => () => {} } };
    const refused = await refusal(store.commit([put('a', '1'), raise('c', '1'), unfit], 'process'));
    const left = await keys(store);
    await store.commit([put('a', '2')], 'process');
    return { refused, left, after: await got(store, 'a') };
  });
  assert.equal(found.refused.code, 'store.unavailable');
  assert.ok(found.refused.known);
  assert.deepEqual([found.left, found.after], [[], '2']);
});

test('a value that is no bytes is damage', async (t) => {
  const page = await opened(t);
  const refused = await page.evaluate(async () => {
    const { bytes, keys, put, raise } = short;
    const store = await api.IndexedDBStore.open({ name: 'damaged' });
    await store.commit([put('a', '1')], 'disk');
    const database = await given(indexedDB.open('damaged'));
    await given(database.transaction('records', 'readwrite').objectStore('records').put('text', bytes('a')));
    const down = { from: bytes('a'), to: bytes('b'), limit: 9, bytes: 99, reverse: true };
    const uses = [store.get([bytes('a')]), keys(store), store.scan(down), store.commit([raise('a', '2')], 'process')];
    return await Promise.all(uses.map(refusal));
  });
  assert.deepEqual(refused.map(({ code, known }) => [code, known]), Array(4).fill(['store.damaged', true]));
});

test('a commit to the disk is asked to be there', async (t) => {
  const page = await opened(t);
  const modes = await page.evaluate(async () => {
    const store = await api.IndexedDBStore.open({ name: 'durable' });
    const seen = [];
    const { transaction } = IDBDatabase.prototype;
    IDBDatabase.prototype.transaction = function (...parameters) {
      const made = transaction.apply(this, parameters);
      if (made.mode === 'readwrite') seen.push(made.durability);
      return made;
    };
    await store.commit([short.put('a', '1')], 'disk');
    await store.commit([short.put('a', '1')], 'process');
    return seen;
  });
  assert.deepEqual(modes, ['strict', 'relaxed']);
});

test('two pages write at once, and nothing is lost or goes back', async (t) => {
  const pages = [await opened(t), await opened(t)];
  const seen = await Promise.all(
    pages.map((page, own) =>
      page.evaluate(async (own) => {
        const { bytes, got, put, raise } = short;
        const store = await api.IndexedDBStore.open({ name: 'pages' });
        const heads = [];
        for (let number = 0; number < 50; number += 1) {
          const name = String(2 * number + own).padStart(2, '0');
          // Both insert the same key: one of them sets what comes with it.
          const turn = { type: 'insert', key: bytes(`turn ${number}`), value: bytes(`${own}`) };
          const insert = { ...turn, with: [[bytes(`winner ${number}`), bytes(`${own}`)]] };
          await store.commit([put(name, name), raise('head', name), insert], 'process');
          heads.push(await got(store, 'head'));
        }
        return heads;
      }, own),
    ),
  );
  for (const heads of seen) assert.deepEqual(heads, heads.toSorted());
  const found = await pages[0].evaluate(async () => {
    const { got, keys } = short;
    const store = await api.IndexedDBStore.open({ name: 'pages' });
    const turns = Array.from({ length: 50 }, async (_, at) => [await got(store, `turn ${at}`), await got(store, `winner ${at}`)]);
    return { keys: await keys(store), head: await got(store, 'head'), turns: await Promise.all(turns) };
  });
  assert.equal(found.keys.length, 100 + 1 + 50 + 50);
  assert.equal(found.head, '99');
  for (const [turn, winner] of found.turns) assert.equal(turn, winner);
});

test('a page lets another one change the layout, and says so', async (t) => {
  const [page, later] = [await opened(t), await opened(t)];
  await page.evaluate(async () => (globalThis.store = await api.IndexedDBStore.open({ name: 'later' })));
  await later.evaluate(async () => (await given(indexedDB.open('later', 99))).close());
  const refused = await page.evaluate(async () => [
    await refusal(store.commit([], 'process')),
    await refusal(store.get([])),
    await refusal(api.IndexedDBStore.open({ name: 'later' })),
  ]);
  assert.deepEqual(refused.map(({ code, known }) => [code, known]), Array(3).fill(['store.unavailable', true]));
  assert.match(refused[0].message, /reload this page/);
  assert.match(refused[2].message, /layout is of a later release/);
});

/** Opens a database as release 0.1.0 made it, which did not close it for another page. */
async function openOld(page, name) {
  await page.evaluate(async (name) => {
    const opening = indexedDB.open(name, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('messages', { keyPath: 'key' }).put({ key: 'x' });
    globalThis.held = await given(opening);
  }, name);
}

/** Closes the database that `page` holds, and returns its version. */
async function versionAfter(page, name) {
  return await page.evaluate(async (name) => {
    held.close();
    const database = await given(indexedDB.open(name));
    database.close();
    return database.version;
  }, name);
}

test('a page that another one makes wait hears of it, and goes on when that is closed', async (t) => {
  const [page, old] = [await opened(t), await opened(t)];
  await openOld(old, 'old');
  await page.evaluate(async () => {
    await new Promise((blocked) => (globalThis.opening = api.IndexedDBStore.open({ name: 'old', onBlocked: blocked })));
  });
  await old.evaluate(() => held.close());
  const found = await page.evaluate(async () => {
    const store = await opening;
    await store.commit([short.put('a', '1')], 'process');
    return await short.keys(store);
  });
  assert.deepEqual(found, ['a']);
});

test('a page that another one makes wait may stop waiting', async (t) => {
  const [page, old] = [await opened(t), await opened(t)];
  await openOld(old, 'stopped');
  const stopped = await page.evaluate(async () => {
    const ending = new AbortController();
    const onBlocked = () => ending.abort(new Error('stop'));
    return await refusal(api.IndexedDBStore.open({ name: 'stopped', signal: ending.signal, onBlocked }));
  });
  assert.equal(stopped.message, 'stop');
  // Opening that was given up leaves the database as it was.
  assert.equal(await versionAfter(old, 'stopped'), 1);
});

test('a page that another one would make wait fails if it does not ask to be told', async (t) => {
  const [page, old] = [await opened(t), await opened(t)];
  await openOld(old, 'blocked');
  const refused = await page.evaluate(async () => await refusal(api.IndexedDBStore.open({ name: 'blocked' })));
  assert.equal(refused.code, 'store.unavailable');
  assert.match(refused.message, /older layout.*close or reload that page/);
  assert.equal(await versionAfter(old, 'blocked'), 1);
});

test('a full disk is said to be full, and nothing is lost', async (t) => {
  // Another origin: the browser remembers for a while how much room this one had.
  const url = site.url.replace('127.0.0.1', 'localhost');
  const page = await open(browser.context, url);
  t.after(() => page.close());
  const session = await browser.context.newCDPSession(page);
  await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(url).origin, quotaSize: 1e6 });
  const { refused, kept, after } = await page.evaluate(async () => {
    const { bytes, keys, put } = short;
    const store = await api.IndexedDBStore.open();
    await store.commit([put('a', '1')], 'process');
    // Random bytes: the browser compresses repeated ones.
    const large = new Uint8Array(8 << 20);
    for (let at = 0; at < large.length; at += 65536) crypto.getRandomValues(large.subarray(at, at + 65536));
    const refused = await refusal(store.commit([put('b', '2'), { type: 'put', key: bytes('c'), value: large }], 'process'));
    const kept = await keys(store);
    await store.commit([put('b', '2')], 'process');
    return { refused, kept, after: await keys(store) };
  });
  assert.equal(refused?.code, 'store.unavailable');
  assert.match(refused.message, /no more room/);
  assert.deepEqual([kept, after], [['a'], ['a', 'b']]);
});

test('a store that was closed says so', async (t) => {
  const page = await opened(t);
  const refused = await page.evaluate(async () => {
    const store = new api.IndexedDBMessageStore('closed');
    await store.get([]);
    await store.close();
    return await refusal(store.get([]));
  });
  assert.deepEqual([refused.code, refused.message], ['store.unavailable', 'it was closed']);
});

test('without IndexedDB that is said', async (t) => {
  const page = await opened(t);
  const refused = await page.evaluate(async () => {
    Object.defineProperty(globalThis, 'indexedDB', { value: undefined });
    return await refusal(api.IndexedDBStore.open());
  });
  assert.deepEqual([refused.code, refused.message], ['store.unavailable', 'there is no IndexedDB here']);
});

for (const ending of ['close', 'kill']) {
  test(`what was saved is there in the next run of the browser, after ${ending}`, async (t) => {
    const kept = profile();
    const one = await launch(kept);
    const page = await open(one.context, site.url);
    await page.evaluate(async () => {
      const store = await api.IndexedDBStore.open();
      for (const name of 'abcdefghij') await store.commit([short.put(name, name)], name < 'f' ? 'process' : 'disk');
    });
    await one[ending]();
    const two = await launch(kept);
    t.after(async () => {
      await two.close();
      await rm(kept, { recursive: true });
    });
    const again = await open(two.context, site.url);
    const found = await again.evaluate(async () => await short.keys(await api.IndexedDBStore.open()));
    assert.deepEqual(found, [...'abcdefghij']);
  });
}
