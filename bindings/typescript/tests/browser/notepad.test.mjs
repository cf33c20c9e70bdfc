/** The shared notepad, as two people and a second device use it: built by its own tools, with the package as it is published. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { MemoryStore, Space } from '../../dist/esm/index.js';
import { clean, projectOf } from '../packaging/rig/project.mjs';
import { launch, open } from '../rig/chromium.mjs';
import { Server } from '../rig/server.mjs';
import { serve } from '../rig/site.mjs';

const EXAMPLE = join(import.meta.dirname, '..', '..', '..', '..', 'examples', 'typescript', 'notepad');
const PASSWORD = 'four lamps under the bridge';

test('the notepad has fewer than 60 lines of its own', () => {
  const source = join(EXAMPLE, 'src');
  const files = readdirSync(source).filter((name) => /\.tsx?$/.test(name));
  const lines = files.flatMap((name) => readFileSync(join(source, name), 'utf8').split('\n'));
  const code = lines.map((line) => line.trim()).filter((line) => line !== '' && !/^(\/\/|\/\*\*.*\*\/$)/.test(line));
  assert.ok(code.length > 20 && code.length < 60, `${code.length} lines`);
});

/** In a page: waits until so many messages wait in the outbox of its store; `spec/local-store.md` has its keys. */
function waiting(messages) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('reeeductio-store');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const count = () => {
        const store = opening.result.transaction('records').objectStore('records');
        const drafts = IDBKeyRange.bound(Uint8Array.of(7), Uint8Array.of(8));
        store.count(drafts).onsuccess = ({ target }) => {
          if (target.result < messages) return count();
          opening.result.close();
          resolve();
        };
      };
      count();
    };
  });
}

describe('the notepad', () => {
  let chromium;
  let site;
  let server;

  before(async () => {
    const { root, node } = await projectOf(EXAMPLE);
    await node('node_modules/typescript/bin/tsc');
    await node('node_modules/vite/bin/vite.js', 'build');
    site = await serve(join(root, 'dist'));
    chromium = await launch();
    server = await Server.start();
  });

  after(async () => {
    await chromium?.close();
    await site?.close();
    await server?.stop({ verify: true });
    clean();
  });

  /** Opens the page in a browser profile of its own. */
  async function arrive(t, url = site.url) {
    const context = await chromium.browser.newContext();
    const { page, complaints } = await open(context, url);
    t.after(async () => {
      await context.close();
      assert.deepEqual(complaints, []);
    });
    return page;
  }

  const pad = (page) => page.getByLabel('Text', { exact: true });
  const shows = (page, text) => page.waitForFunction((text) => document.getElementById('pad').value === text, text);
  const status = (page, text) => page.getByRole('status').filter({ hasText: text }).waitFor();

  const told = (page, text) => page.getByRole('alert').filter({ hasText: text }).waitFor();

  async function type(page, text) {
    await pad(page).focus();
    await page.keyboard.press('End');
    await page.keyboard.type(text);
  }

  async function logIn(page) {
    await page.getByLabel('Server').fill(server.url);
    await page.getByLabel('Name').fill('bob');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: /^Log in/ }).click();
  }

  test('two write together, a password opens it on another device, and all of it is there offline', async (t) => {
    const ann = await arrive(t);
    await ann.getByLabel('Server').fill(server.url);
    await ann.getByRole('button', { name: 'New notepad' }).click();
    await status(ann, /^connected$/);
    await type(ann, 'tea');
    await ann.getByRole('button', { name: 'Invite somebody' }).click();
    const link = ann.getByLabel('Link for one guest');
    await link.filter({ hasText: '#' }).waitFor();

    const bob = await arrive(t, await link.innerText());
    await shows(bob, 'tea');
    assert.match(new URL(bob.url()).hash, /^#S[\w-]{43}$/, 'no secret stays in the address');
    await Promise.all([type(bob, ' and milk'), type(ann, '!')]);
    for (const page of [ann, bob]) {
      await page.waitForFunction(() => /^(?=.*tea)(?=.*and milk)(?=.*!).{13}$/.test(document.getElementById('pad').value));
    }
    const together = await pad(bob).inputValue();
    await shows(ann, together);

    await bob.getByLabel('Name').fill('bob');
    await bob.getByLabel('Password').fill(PASSWORD);
    const registered = bob.waitForResponse((response) => /opaque\/register\/finish/.test(response.url()) && response.ok());
    await bob.getByRole('button', { name: /^Use this password/ }).click();
    await registered;
    await told(bob, 'Password registered.');

    const phone = await arrive(t, bob.url());
    await told(phone, /does not know the notepad/);
    await logIn(phone);
    await shows(phone, together);

    await server.restart(async () => {
      await phone.reload();
      await shows(phone, together);
      await status(phone, /^(idle|connecting)$/);
      await type(phone, ' offline');
      // Each key is a message that waits.
      await phone.evaluate(waiting, ' offline'.length);
      await phone.reload();
      await shows(phone, `${together} offline`);
    });
    await status(phone, /^connected$/);
    await shows(ann, `${together} offline`);
    await type(ann, ' again');
    await shows(phone, `${together} offline again`);
    assert.ok(!server.holds('and milk'), 'the server cannot read it');
  });

  test('a link lets one guest in, and a wrong password nobody', async (t) => {
    const ann = await arrive(t);
    await ann.getByLabel('Server').fill(server.url);
    await ann.getByRole('button', { name: 'New notepad' }).click();
    await status(ann, /^connected$/);
    await ann.getByRole('button', { name: 'Invite somebody' }).click();
    const link = ann.getByLabel('Link for one guest');
    await link.filter({ hasText: '#' }).waitFor();
    const address = await link.innerText();
    const bob = await arrive(t, address);
    await status(bob, /^connected$/);
    // A post by mistake, or one that is to break it, ends nothing.
    await ann.getByRole('button', { name: 'Invite somebody' }).click();
    await ann.waitForFunction((old) => document.getElementById('link').textContent !== old, address);
    const carol = await Space.join(await link.innerText(), { localStore: new MemoryStore() });
    await carol.postMessage('pad', 'update', 'in the clear');
    await carol.topic('pad').post('update', 'no change of a document');
    await carol.close();
    await told(ann, /\S/);
    await type(bob, 'still there');
    await shows(ann, 'still there');
    const eve = await arrive(t, address);
    await told(eve, /invitation|link/);
    const stranger = await arrive(t, bob.url());
    await logIn(stranger);
    await told(stranger, /password/);
    assert.equal(await pad(stranger).isVisible(), false);
    // A text goes away with the next step.
    await stranger.getByLabel('Password').fill('another');
    assert.equal(await stranger.getByRole('alert').innerText(), '');
  });

  test('an address that names no notepad is told so, and so is a login there', async (t) => {
    const nowhere = await arrive(t);
    assert.equal(await nowhere.getByRole('alert').innerText(), '');
    await logIn(nowhere);
    await told(nowhere, /First open a notepad's address/);
    const nonsense = await arrive(t, `${site.url}#nonsense`);
    await told(nonsense, /does not know the notepad/);
    await logIn(nonsense);
    await told(nonsense, /First open a notepad's address/);
    assert.equal(await pad(nonsense).isVisible(), false);
  });

  test('a guest that was removed is told so, and cannot go on typing', async (t) => {
    const owner = await Space.create({ localStore: new MemoryStore(), baseUrl: server.url });
    t.after(() => owner.close());
    await owner.createRole('user');
    await owner.grantCapabilityToRole('user', 'write', { op: 'write', path: 'topics/pad/messages/{any}' });
    const guest = await arrive(t, await owner.inviteLink({ page: site.url }));
    await status(guest, /^connected$/);
    await type(guest, 'here');
    const live = owner.topic('pad').live({ fromStart: true });
    await live.next();
    assert.equal(await pad(guest).isEditable(), true);
    const [memberId] = (await owner.listUsers()).filter((id) => id !== owner.memberId);
    await owner.removeMember(memberId);
    await guest.waitForFunction(() => document.getElementById('pad').readOnly);
    await told(guest, /\S/);
    assert.equal(await pad(guest).inputValue(), 'here');
  });
});
