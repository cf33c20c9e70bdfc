/** A notepad that several people share: changes of a Yjs document are the messages of a topic. */

import { IndexedDBStore, Space } from 'reeeductio';
import * as Y from 'yjs';
import { bind } from './pad';

const localStore = new IndexedDBStore();
const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const typed = (id: string) => element<HTMLInputElement>(id).value;
const tell = (what: Error | string) => (element('told').textContent = typeof what === 'string' ? what : what.message);
const when = (id: string, work: () => Promise<unknown>) => (element(id).onclick = () => work().catch(tell));
// A text that was told goes away when somebody does something.
for (const event of ['click', 'input']) addEventListener(event, () => tell(''), true);

when('make', async () => {
  const space = await Space.create({ localStore, baseUrl: typed('server') });
  await space.createRole('user', 'Writes');
  await space.grantCapabilityToRole('user', 'write', { op: 'write', path: 'topics/pad/messages/{any}' });
  await space.enableOpaque();
  await space.allowPasswords('user');
  await show(space);
});

when('log-in', async () => {
  const login = { spaceId: location.hash.slice(1), username: typed('name'), password: typed('password') };
  if (!/^S[\w-]{43}$/.test(login.spaceId)) throw new Error("First open a notepad's address: it ends with # and 44 characters.");
  await show(await Space.fromOpaqueLogin({ ...login, baseUrl: typed('server'), localStore }));
});

/** Opens the notepad that the address names; an invitation to one is accepted. */
async function arrive(name: string) {
  if (name.includes('.')) return await show(await Space.join(location.href, { localStore }));
  const kept = (await Space.keyring({ localStore })).some(({ spaceId }) => spaceId === name);
  if (kept) await show(await Space.reopen({ localStore, spaceId: name }));
  else if (name) tell('This browser does not know the notepad of this address: log in, or ask for an invitation.');
}

async function show(space: Space, page = location.href.split('#')[0]) {
  await space.keepCredentials();
  // Also takes the secrets of an invitation out of the address.
  history.replaceState(null, '', `#${space.spaceId}`);
  space.onStatus((status) => (element('status').textContent = status));
  when('invite', async () => (element('link').textContent = await space.inviteLink({ uses: 1, page })));
  when('register', () => space.opaqueRegister(typed('name'), typed('password')).then(() => tell('Password registered.')));

  const [doc, pad] = [new Y.Doc(), element<HTMLTextAreaElement>('pad')];
  bind(doc.getText(), pad);
  const take = async ({ bytes }: { bytes: Uint8Array }) => Y.applyUpdate(doc, bytes, space);
  // Typed before, and not sent yet.
  for (const message of await space.outbox.waiting(1000)) take(message).catch(tell);
  doc.on('update', (update, origin) => origin === space || space.outbox.add('pad', 'update', update).catch(tell));
  const follow = async () => { for await (const message of space.topic('pad').follow()) take(message).catch(tell); };
  // When one ends, as after a guest was removed, nothing that is typed would reach the others.
  await Promise.race([follow(), space.outbox.keepSending()]).finally(() => (pad.readOnly = true));
}

arrive(location.hash.slice(1)).catch(tell);
