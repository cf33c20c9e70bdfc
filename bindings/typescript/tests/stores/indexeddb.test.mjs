/** The store in IndexedDB, in Chromium. */

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
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
  return (await load(new URL('/build/conformance/', location.href))).examinations();
});
await first.close();
assert.ok(names.length >= 4);
for (const name of names) {
  test(`examination: ${name}`, async (t) => {
    const page = await opened(t);
    await page.evaluate(async (name) => {
      const { examine, load } = await import('/tests/stores/conformance.mjs');
      const glue = await load(new URL('/build/conformance/', location.href));
      await examine(glue, name, await api.IndexedDBStore.open({ name: `examined-${name}` }));
    }, name);
  });
}

test('ranges that hold nothing are empty', async (t) => {
  const page = await opened(t);
  const found = await page.evaluate(async () => {
    const { message, SPACE, times } = records;
    const store = await api.IndexedDBStore.open({ name: 'ranges' });
    await store.save(SPACE, [1, 2, 3].map((time) => message('general', time)), [], []);
    return [
      await store.messages(SPACE, 'general', 3, 1, 10, false),
      await store.messages(SPACE, 'general', undefined, undefined, 0, false),
      await store.messages(SPACE, 'general', undefined, undefined, 0, true),
      await times(store, 'other'),
      await times(store, 'genera'),
    ];
  });
  assert.deepEqual(found, [[], [], [], [], []]);
});

test('a space or topic whose name begins like another is another', async (t) => {
  const page = await opened(t);
  const found = await page.evaluate(async () => {
    const { message, times } = records;
    const store = await api.IndexedDBStore.open({ name: 'beginnings' });
    for (const space of ['S', 'Sa', 'T']) {
      await store.save(space, ['a', 'ab', 'b'].map((topic) => message(topic, 1)), [], []);
    }
    const deleted = [await store.deleteMessages('S', 'a'), await store.deleteMessages('Sa', undefined, 1), await store.deleteMessages('Sa')];
    return [deleted, await store.count('S'), await store.count('Sa'), await store.count(), await times(store, 'ab', 'S')];
  });
  assert.deepEqual(found, [[1, 0, 3], 2, 0, 5, [1]]);
});

test('what is saved fails or succeeds as a whole', async (t) => {
  const page = await opened(t);
  const found = await page.evaluate(async () => {
    const { message, SPACE, times } = records;
    const store = await api.IndexedDBStore.open({ name: 'whole' });
    // What no browser stores.
    const unfit = message('general', 2).with(5, () => {});
    const refused = await refusal(store.save(SPACE, [message('general', 1), message('general', 3)], [['general', () => {}, 3]], []));
    const invalid = await refusal(store.save(SPACE, [message('general', 1), unfit], [['general', 'M3', 3]], []));
    const left = [await store.count(), await store.head(SPACE, 'general')];
    await store.save(SPACE, [message('general', 1)], [], []);
    return { refused, invalid, left, times: await times(store, 'general') };
  });
  assert.equal(found.refused.code, 'store.unavailable');
  assert.equal(found.invalid.code, 'store.unavailable');
  assert.deepEqual(found.left, [0, undefined]);
  assert.deepEqual(found.times, [1]);
});

test('what is written is asked to be on the disk', async (t) => {
  const page = await opened(t);
  const modes = await page.evaluate(async () => {
    const seen = new Set();
    const { transaction } = IDBDatabase.prototype;
    IDBDatabase.prototype.transaction = function (...parameters) {
      const made = transaction.apply(this, parameters);
      if (made.mode === 'readwrite') seen.add(made.durability);
      return made;
    };
    const store = await api.IndexedDBStore.open({ name: 'durable' });
    await store.save(records.SPACE, [records.message('general', 1)], [], []);
    await store.deleteMessages(records.SPACE);
    await store.clear();
    return [...seen];
  });
  assert.deepEqual(modes, ['strict']);
});

test('two pages write at once, and nothing is lost or goes back', async (t) => {
  const pages = [await opened(t), await opened(t)];
  const seen = await Promise.all(
    pages.map((page, own) =>
      page.evaluate(async (own) => {
        const { message, SPACE } = records;
        const store = await api.IndexedDBStore.open({ name: 'pages' });
        const heads = [];
        for (let number = 0; number < 50; number += 1) {
          // Each page has its own messages, and all messages of the other come again.
          const times = [2 * number + own, 2 * number + 1 - own];
          const head = ['general', `M${times[0]}`, times[0]];
          await store.save(SPACE, times.map((time) => message('general', time)), [head], [['presence/a', times[0]]]);
          heads.push((await store.head(SPACE, 'general'))[1], await store.signedTime(SPACE, 'presence/a'));
        }
        return heads;
      }, own),
    ),
  );
  for (const heads of seen) {
    for (const kind of [0, 1]) {
      const times = heads.filter((_, place) => place % 2 === kind);
      assert.deepEqual(times, times.toSorted((one, other) => one - other));
    }
  }
  const found = await pages[0].evaluate(async () => {
    const store = await api.IndexedDBStore.open({ name: 'pages' });
    return [await records.times(store, 'general'), await store.head(records.SPACE, 'general'), await store.signedTime(records.SPACE, 'presence/a')];
  });
  assert.deepEqual(found, [Array.from({ length: 100 }, (_, time) => time), ['M99', 99], 99]);
});

test('a page lets another one change the layout, and says so', async (t) => {
  const [page, later] = [await opened(t), await opened(t)];
  await page.evaluate(async () => (globalThis.store = await api.IndexedDBStore.open({ name: 'later' })));
  await later.evaluate(async () => (await given(indexedDB.open('later', 99))).close());
  const refused = await page.evaluate(async () => [
    await refusal(store.save(records.SPACE, [], [], [])),
    await refusal(store.count()),
    await refusal(api.IndexedDBStore.open({ name: 'later' })),
  ]);
  assert.deepEqual(refused.map(({ code, known }) => [code, known]), Array(3).fill(['store.unavailable', true]));
  assert.match(refused[0].message, /reload this page/);
  assert.match(refused[2].message, /layout is of a later release/);
});

/** Opens a database as release 0.1.0 made it, which did not let go. */
async function openOld(page, name) {
  await page.evaluate(async (name) => {
    const opening = indexedDB.open(name, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('messages', { keyPath: 'key' }).put({ key: 'x' });
    globalThis.held = await given(opening);
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
    await store.save(records.SPACE, [records.message('general', 1)], [], []);
    return await store.count();
  });
  assert.equal(found, 1);
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
  // What was given up leaves the database as it was.
  const version = await old.evaluate(async () => {
    held.close();
    const database = await given(indexedDB.open('stopped'));
    database.close();
    return database.version;
  });
  assert.equal(version, 1);
});

test('a full disk is said to be full, and nothing is lost', async (t) => {
  // Another origin: of this one the browser remembers for a while how much room there was.
  const url = site.url.replace('127.0.0.1', 'localhost');
  const page = await open(browser.context, url);
  t.after(() => page.close());
  const session = await browser.context.newCDPSession(page);
  await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(url).origin, quotaSize: 1e6 });
  const { refused, kept, after } = await page.evaluate(async () => {
    const { message, SPACE, times } = records;
    const store = await api.IndexedDBStore.open();
    await store.save(SPACE, [message('general', 1)], [['general', 'M1', 1]], []);
    // The browser makes smaller what repeats.
    const part = () => String(crypto.getRandomValues(new Uint8Array(65536)));
    const large = Array.from({ length: 16 }, part).join();
    const refused = await refusal(store.save(SPACE, [message('general', 2, large)], [['general', 'M2', 2]], []));
    const kept = [await times(store, 'general'), await store.head(SPACE, 'general')];
    await store.save(SPACE, [message('general', 2)], [], []);
    return { refused, kept, after: await times(store, 'general') };
  });
  assert.equal(refused?.code, 'store.unavailable');
  assert.match(refused.message, /no more room/);
  assert.deepEqual(kept, [[1], ['M1', 1]]);
  assert.deepEqual(after, [1, 2]);
});

test('a store that was closed says so', async (t) => {
  const page = await opened(t);
  const refused = await page.evaluate(async () => {
    const store = new api.IndexedDBMessageStore('closed');
    await store.count();
    await store.close();
    return await refusal(store.count());
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
      for (let time = 0; time < 20; time += 1) {
        await store.save(records.SPACE, [records.message('general', time)], [['general', `M${time}`, time]], []);
      }
    });
    await one[ending]();
    const two = await launch(kept);
    t.after(async () => {
      await two.close();
      await rm(kept, { recursive: true });
    });
    const again = await open(two.context, site.url);
    const found = await again.evaluate(async () => {
      const store = await api.IndexedDBStore.open();
      return [await records.times(store, 'general'), await store.head(records.SPACE, 'general')];
    });
    assert.deepEqual(found, [Array.from({ length: 20 }, (_, time) => time), ['M19', 19]]);
  });
}
