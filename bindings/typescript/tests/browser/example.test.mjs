/** The example, as two people use it: built by its own tools, with the package as it is published. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { clean, projectOf } from '../packaging/rig/project.mjs';
import { launch, open } from '../rig/chromium.mjs';
import { Server } from '../rig/server.mjs';
import { serve } from '../rig/site.mjs';

const EXAMPLE = join(import.meta.dirname, '..', '..', '..', '..', 'examples', 'typescript', 'chat');

/** In a page: what it stores. */
async function storage() {
  const given = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const database = await given(indexedDB.open('reeeductio-keys'));
  const all = (store) => given(database.transaction(store).objectStore(store).getAll());
  const [keys, entries] = [await all('keys'), await all('entries')];
  database.close();
  return {
    names: Object.keys(localStorage),
    readable: keys.map(({ extractable }) => extractable),
    entries: entries.map(({ name, sealed }) => ({ name, sealed: [...new Uint8Array(sealed)] })),
  };
}

describe('the chat', () => {
  let chromium;
  let site;
  let server;
  /** Everybody's window, in a profile of its own. */
  let windows;

  before(async () => {
    const { root, node } = await projectOf(EXAMPLE);
    await node('node_modules/typescript/bin/tsc');
    await node('node_modules/vite/bin/vite.js', 'build');
    site = await serve(join(root, 'dist'));
    chromium = await launch();
  });

  after(async () => {
    await chromium?.close();
    await site?.close();
    clean();
  });

  beforeEach(async () => {
    windows = [];
    server = await Server.start();
  });

  afterEach(async () => {
    for (const { context } of windows) await context.close();
    await server.stop();
    assert.deepEqual(windows.flatMap(({ complaints }) => complaints), []);
  });

  /** Opens the page as somebody whom nobody knows yet. */
  async function arrive(name, url = site.url) {
    const context = await chromium.browser.newContext();
    await context.addInitScript((name) => localStorage.setItem('name', name), name);
    const window = { context, ...(await open(context, url)) };
    windows.push(window);
    return window.page;
  }

  async function makeSpace(page) {
    await page.getByLabel('Server').fill(server.url);
    await page.getByRole('button', { name: 'New space' }).click();
    await connected(page);
  }

  async function connected(page) {
    await page.getByRole('status').filter({ hasText: /^Connected$/ }).waitFor();
  }

  async function invite(page) {
    await page.getByRole('button', { name: 'Invite somebody' }).click();
    const link = page.getByLabel('Hand this link over');
    await link.waitFor();
    return await link.inputValue();
  }

  async function say(page, text) {
    await page.getByLabel('Message', { exact: true }).fill(text);
    await page.keyboard.press('Enter');
  }

  /** Waits for a message and gives all of the conversation. */
  async function heard(page, text) {
    await page.getByRole('log').getByText(text).waitFor();
    return await page.getByRole('log').innerText();
  }

  test('what one says the other hears, and the server cannot read', async () => {
    const ann = await arrive('Ann');
    await makeSpace(ann);
    const link = await invite(ann);
    const bob = await arrive('Bob', link);
    await connected(bob);
    await say(bob, 'hello Ann, do you hear me?');
    assert.match(await heard(ann, 'do you hear me?'), /^Bob .*\nhello Ann/);
    await say(ann, '<b>yes</b>, I hear you');
    assert.match(await heard(bob, '<b>yes</b>, I hear you'), /Bob \(you\) [^]*\nAnn /);
    assert.match(await ann.getByRole('region', { name: 'People' }).innerText(), /Bob/);
    assert.ok(server.holds('chat.text'), 'messages are on the disk');
    assert.ok(!server.holds('do you hear me?') && !server.holds('I hear you'), 'their texts are not');

    const keys = new URLSearchParams(new URL(link).hash.slice(1));
    assert.ok(!bob.url().includes('key='), 'the keys are taken out of the address');
    for (const secret of [keys.get('key'), keys.get('root')]) {
      assert.equal(secret.length, 43);
      assert.ok(!site.asked.some((request) => request.includes(secret)), 'keys are not sent');
    }

    const stored = await bob.evaluate(storage);
    assert.deepEqual(stored.names, ['name']);
    assert.deepEqual(stored.entries.map(({ name }) => name), [`space:${keys.get('space')}`]);
    assert.deepEqual(stored.readable, [false]);
    const root = Buffer.from(keys.get('root'), 'base64url');
    for (const { sealed } of stored.entries) assert.ok(!Buffer.from(sealed).includes(root), 'what is kept is sealed');

    await bob.reload();
    await connected(bob);
    await heard(bob, 'do you hear me?');
    await say(bob, 'again');
    await heard(ann, 'again');
  });

  test('an invitation lets one guest in, also if the link is opened twice', async () => {
    const ann = await arrive('Ann');
    await makeSpace(ann);
    const link = await invite(ann);
    const bob = await arrive('Bob', link);
    await connected(bob);
    await bob.goto(link);
    await bob.waitForURL((url) => !url.hash.includes('key='));
    await connected(bob);
    const eve = await arrive('Eve', link);
    const alert = eve.getByRole('alert');
    await alert.filter({ hasText: 'The invitation lets nobody in any more.' }).waitFor();
    assert.equal(await eve.getByRole('log').innerText(), '');
  });

  test('what could not be said is not lost', async () => {
    const ann = await arrive('Ann');
    await makeSpace(ann);
    await ann.route(`${server.url}/**`, (route) => route.abort());
    await say(ann, 'nobody hears this');
    await ann.getByRole('alert').filter({ hasText: 'The server did not answer' }).waitFor();
    assert.equal(await ann.getByLabel('Message', { exact: true }).inputValue(), 'nobody hears this');
    await ann.unroute(`${server.url}/**`);
    await ann.keyboard.press('Enter');
    await heard(ann, 'nobody hears this');
    assert.equal(await ann.getByRole('alert').innerText(), '');
  });
});
