/** A notepad that several people share: changes of a Yjs document are the messages of a topic. */

import { IndexedDBStore, Space } from 'reeeductio';
import * as Y from 'yjs';
import { bind } from './pad';

const localStore = new IndexedDBStore();
const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const typed = (id: string) => element<HTMLInputElement>(id).value;
const shown = (error: Error) => (element('error').textContent = error.message);
const when = (id: string, work: () => Promise<unknown>) => (element(id).onclick = () => work().catch(shown));

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
  const space = await Space.fromOpaqueLogin({ ...login, baseUrl: typed('server'), localStore });
  await space.keepCredentials();
  await show(space);
});

/** Opens the notepad that the address names; an invitation to one is accepted. */
async function arrive(name: string) {
  if (name.includes('.')) return await show(await Space.join(location.href, { localStore }));
  const kept = await Space.keyring({ localStore });
  if (kept.some(({ spaceId }) => spaceId === name)) await show(await Space.reopen({ localStore, spaceId: name }));
}

async function show(space: Space) {
  // Also takes the secrets of an invitation out of the address.
  history.replaceState(null, '', `#${space.spaceId}`);
  document.body.className = 'open';
  space.onStatus((status) => (element('status').textContent = status));
  const page = location.href.replace(/#.*/, '');
  when('invite', async () => (element('link').textContent = await space.inviteLink({ uses: 1, page })));
  when('register', () => space.opaqueRegister(typed('name'), typed('password')));

  const doc = new Y.Doc();
  const take = async ({ bytes }: { bytes: Uint8Array }) => Y.applyUpdate(doc, bytes, space);
  // Typed before, and not sent yet.
  for (const message of await space.outbox.waiting(1000)) take(message).catch(shown);
  doc.on('update', (update, origin) => origin === space || space.outbox.add('pad', 'update', update).catch(shown));
  bind(doc.getText(), element<HTMLTextAreaElement>('pad'));
  space.outbox.keepSending().catch(shown);
  for await (const message of space.topic('pad').follow()) take(message).catch(shown);
}

arrive(location.hash.slice(1)).catch(shown);
