/** Keys at rest, in Chromium. */

import assert from 'node:assert/strict';
import { readdir, readFile, rm } from 'node:fs/promises';
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
async function opened(t, context = browser.context) {
  const page = await open(context, site.url);
  t.after(() => page.close());
  await page.evaluate(() => {
    /** Credentials of which every key has one byte over and over. */
    globalThis.credentials = (byte, more = {}) => ({
      spaceId: `S${'a'.repeat(43)}`,
      keyPair: { privateKey: new Uint8Array(32).fill(byte), publicKey: new Uint8Array(32).fill(byte + 1) },
      symmetricRoot: new Uint8Array(32).fill(byte + 2),
      ...more,
    });
    globalThis.shown = (value) => JSON.stringify(structuredClone(value), (_, part) => (part instanceof Uint8Array ? [...part] : part));
    /** The stored rows themselves. */
    globalThis.rows = async (name, work) => {
      const database = await given(indexedDB.open(name));
      try {
        return await work((store, mode = 'readonly') => database.transaction(store, mode).objectStore(store));
      } finally {
        database.close();
      }
    };
  });
  return page;
}

test('credentials are loaded as they were saved, in another page, too', async (t) => {
  const [one, two] = [await opened(t), await opened(t)];
  const saved = await one.evaluate(async () => {
    const vault = await api.KeyVault.open({ name: 'pages' });
    const more = { userSymmetricKey: new Uint8Array(32).fill(9), memberId: 'T…', baseUrl: 'https://example.org' };
    await vault.save('ann', credentials(1));
    await vault.save('bob', credentials(4, more));
    await vault.save('bob', credentials(5, more));
    return [shown(credentials(1)), shown(credentials(5, more))];
  });
  const loaded = await two.evaluate(async () => {
    const vault = await api.KeyVault.open({ name: 'pages' });
    const all = [await vault.load('ann'), await vault.load('bob')];
    const names = await vault.list();
    await vault.remove('ann');
    await vault.remove('ann');
    return { all: all.map((each) => JSON.parse(shown(each))), names, left: await vault.list(), gone: await vault.load('ann') };
  });
  assert.deepEqual(loaded.all, saved.map((each) => JSON.parse(each)));
  assert.deepEqual(loaded.names, ['ann', 'bob']);
  assert.deepEqual(loaded.left, ['bob']);
  assert.equal(loaded.gone, undefined);
});

test('credentials that were loaded do not show their secrets as JSON', async (t) => {
  const page = await opened(t);
  const printed = await page.evaluate(async () => {
    const vault = await api.KeyVault.open({ name: 'printed' });
    await vault.save('ann', credentials(7, { userSymmetricKey: new Uint8Array(32).fill(9) }));
    return JSON.parse(JSON.stringify(await vault.load('ann')));
  });
  assert.deepEqual([printed.symmetricRoot, printed.userSymmetricKey], ['[hidden]', '[hidden]']);
  assert.equal(printed.keyPair.privateKey, '[hidden]');
  assert.equal(printed.spaceId.length, 44);
});

test('what is stored holds no key that can be read', async (t) => {
  const page = await opened(t);
  const found = await page.evaluate(async () => {
    const vault = await api.KeyVault.open({ name: 'stored' });
    await vault.save('ann', credentials(7));
    return await rows('stored', async (store) => {
      const [key] = await given(store('keys').getAll());
      const [row] = await given(store('entries').getAll());
      const exported = [];
      for (const format of ['raw', 'jwk']) exported.push(await crypto.subtle.exportKey(format, key).catch(({ name }) => name));
      const wrapped = await crypto.subtle.wrapKey('raw', key, key, { name: 'AES-GCM', iv: row.nonce }).catch(({ name }) => name);
      return { extractable: key.extractable, usages: key.usages, exported, wrapped, fields: Object.keys(row), sealed: [...new Uint8Array(row.sealed)] };
    });
  });
  assert.equal(found.extractable, false);
  assert.deepEqual(found.usages.toSorted(), ['decrypt', 'encrypt']);
  assert.deepEqual(found.exported, ['InvalidAccessError', 'InvalidAccessError']);
  assert.equal(found.wrapped, 'InvalidAccessError');
  assert.deepEqual(found.fields.toSorted(), ['name', 'nonce', 'sealed']);
  assert.ok(!Buffer.from(found.sealed).includes(Buffer.alloc(4, 7)));
});

test('entries that were exchanged, renamed or changed do not open', async (t) => {
  const page = await opened(t);
  const refused = await page.evaluate(async () => {
    const vault = await api.KeyVault.open({ name: 'exchanged' });
    await vault.save('ann', credentials(1));
    await vault.save('bob', credentials(4));
    await vault.save('eve', credentials(7));
    await rows('exchanged', async (store) => {
      const [ann, bob, eve] = await given(store('entries').getAll());
      await given(store('entries', 'readwrite').put({ ...ann, name: 'bob' }));
      await given(store('entries', 'readwrite').put({ ...bob, name: 'ann' }));
      const sealed = new Uint8Array(eve.sealed);
      sealed[40] ^= 1;
      await given(store('entries', 'readwrite').put({ ...eve, sealed: sealed.buffer }));
    });
    return [await refusal(vault.load('ann')), await refusal(vault.load('bob')), await refusal(vault.load('eve'))];
  });
  for (const { code, known, message } of refused) {
    assert.equal(code, 'store.damaged');
    assert.ok(known);
    assert.match(message, /does not open/);
  }
});

test('the same credentials are sealed anew each time', async (t) => {
  const page = await opened(t);
  const sealed = await page.evaluate(async () => {
    const vault = await api.KeyVault.open({ name: 'anew' });
    const all = [];
    for (let time = 0; time < 2; time += 1) {
      await vault.save('ann', credentials(1));
      all.push(await rows('anew', async (store) => String(new Uint8Array((await given(store('entries').get('ann'))).sealed))));
    }
    return all;
  });
  assert.notEqual(sealed[0], sealed[1]);
});

test('pages that make the vault at once share a key', async (t) => {
  const pages = [await opened(t), await opened(t), await opened(t)];
  await Promise.all(
    pages.map((page, own) =>
      page.evaluate(async (own) => {
        globalThis.vault = await api.KeyVault.open({ name: 'shared' });
        await vault.save(`user ${own}`, credentials(own));
      }, own),
    ),
  );
  for (const page of pages) {
    const bytes = await page.evaluate(async () => {
      const all = await Promise.all((await vault.list()).map((name) => vault.load(name)));
      return all.map(({ keyPair }) => keyPair.privateKey[0]);
    });
    assert.deepEqual(bytes, [0, 1, 2]);
  }
});

test('what is no key is not kept', async (t) => {
  const page = await opened(t);
  const refused = await page.evaluate(async () => {
    const vault = await api.KeyVault.open({ name: 'lengths' });
    return [
      await refusal(vault.save('ann', credentials(1, { symmetricRoot: new Uint8Array(31) }))),
      await refusal(vault.save('ann', credentials(1, { userSymmetricKey: new Uint8Array(0) }))),
      await vault.list(),
    ];
  });
  assert.match(refused[0].message, /symmetricRoot: must be 32 bytes/);
  assert.match(refused[1].message, /userSymmetricKey: must be 32 bytes/);
  assert.deepEqual(refused[2], []);
});

test('without WebCrypto that is said', async (t) => {
  const page = await opened(t);
  const refused = await page.evaluate(async () => {
    Object.defineProperty(crypto, 'subtle', { value: undefined });
    return await refusal(api.KeyVault.open());
  });
  assert.equal(refused.code, 'store.unavailable');
  assert.match(refused.message, /no WebCrypto/);
});

test('credentials are there in the next run of the browser, and in none of its files as they are', async (t) => {
  const kept = profile();
  const one = await launch(kept);
  const page = await opened(t, one.context);
  const secret = await page.evaluate(async () => {
    const own = crypto.getRandomValues(new Uint8Array(32));
    const vault = await api.KeyVault.open();
    await vault.save('ann', credentials(1, { symmetricRoot: own }));
    return [...own];
  });
  await one.close();
  const files = (await readdir(kept, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const holding = async (text) => {
    const found = [];
    for (const { parentPath, path, name } of files) {
      const file = join(parentPath ?? path, name);
      if ((await readFile(file)).includes(text)) found.push(name);
    }
    return found;
  };
  assert.notDeepEqual(await holding('sealing'), []);
  assert.deepEqual(await holding(Buffer.from(secret)), []);
  const two = await launch(kept);
  t.after(async () => {
    await two.close();
    await rm(kept, { recursive: true });
  });
  const again = await opened(t, two.context);
  const loaded = await again.evaluate(async () => [...(await (await api.KeyVault.open()).load('ann')).symmetricRoot]);
  assert.deepEqual(loaded, secret);
});
