/** The hooks on real spaces. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateKeyPair, MemoryStore, Space, toSpaceId } from '../../dist/esm/index.js';
import { Server } from '../rig/server.mjs';
import { WebSocket as Ws } from 'ws';
import { mount } from './dom.mjs';

const { useData, useMessages, useSpace, useSpaceState, useStatus } = await import('../../dist/esm/react.js');

for (const strict of [false, true]) {
  test(`two members see what each other writes${strict ? ', in strict mode' : ''}`, async (t) => {
    const server = await Server.start();
    t.after(() => server.stop());
    const keyPair = await generateKeyPair();
    const options = {
      spaceId: toSpaceId(keyPair.publicKey),
      keyPair,
      symmetricRoot: new Uint8Array(32).fill(7),
      baseUrl: server.url,
    };
    const other = await Space.open(options);
    t.after(() => other.close());
    await other.postEncryptedMessage('general', 'chat.text', 'before');
    await other.setEncryptedState('profiles/ann', 'Ann');
    await other.setEncryptedData('presence/ann', 'here');

    const open = new Set();
    let most = 0;
    class Counted extends Ws {
      constructor(url, protocol) {
        super(url, protocol);
        open.add(this);
        most = Math.max(most, open.size);
        this.on('close', () => open.delete(this));
      }
    }
    const view = mount(
      t,
      () => {
        const { space, error } = useSpace((signal) => Space.open({ ...options, signal, WebSocket: Counted }), []);
        return {
          error,
          topics: [useMessages(space, 'general', { limit: 2 }), useMessages(space, 'other')],
          profile: useSpaceState(space, 'profiles/ann'),
          nothing: useSpaceState(space, 'profiles/bob'),
          presence: useData(space, 'presence/ann'),
          status: useStatus(space),
        };
      },
      { strict },
    );
    const texts = ({ topics }) => topics.map(({ messages }) => messages.map(({ text }) => text).join());
    const shows = (general, elsewhere) => (shown) => {
      const [one, two] = texts(shown);
      return one === general && two === elsewhere;
    };
    const isLoaded = ({ topics, profile, nothing, presence }) =>
      [...topics, profile, nothing, presence].every(({ isLoading }) => !isLoading);

    await view.until(isLoaded);
    assert.deepEqual(texts(view.now), ['before', '']);
    assert.deepEqual(
      [view.now.profile.text, view.now.nothing.text, view.now.presence.text],
      ['Ann', undefined, 'here'],
    );
    await other.postEncryptedMessage('general', 'chat.text', 'live');
    await view.until(shows('before,live', ''));
    await view.now.topics[0].post('chat.text', 'posted');
    await view.until(shows('live,posted', ''));
    assert.equal(view.now.topics[0].hasMore, true);
    await other.postEncryptedMessage('other', 'chat.text', 'elsewhere');
    await view.until(shows('live,posted', 'elsewhere'));

    await other.setEncryptedState('profiles/ann', 'Anna');
    await view.until(({ profile }) => profile.text === 'Anna');
    await view.now.nothing.set('Bob');
    await view.until(({ nothing }) => nothing.text === 'Bob');
    assert.equal(new TextDecoder().decode(await other.getEncryptedState('profiles/bob')), 'Bob');
    await view.now.presence.set('away');
    await view.until(({ presence }) => presence.text === 'away');

    await other.setEncryptedData('presence/ann', 'back');
    await view.until(({ presence }) => presence.text === 'back');
    assert.equal(view.now.status, 'connected');
    // In strict mode React has two spaces made.
    assert.ok(most <= (strict ? 2 : 1), `${most} connections at once`);

    const { topics, profile, nothing, presence, error } = view.now;
    assert.deepEqual([...topics, profile, nothing, presence].map((each) => each.error), Array(5).fill(undefined));
    assert.equal(error, undefined);
  });
}

test('without a server the stored values are shown, and the hooks recover by themselves', async (t) => {
  const server = await Server.start();
  t.after(() => server.stop());
  const keyPair = await generateKeyPair();
  const localStore = new MemoryStore();
  const options = {
    spaceId: toSpaceId(keyPair.publicKey),
    keyPair,
    symmetricRoot: new Uint8Array(32).fill(7),
    baseUrl: server.url,
    localStore,
  };
  const other = await Space.open(options);
  await other.postEncryptedMessage('general', 'chat.text', 'before');
  await other.setEncryptedState('title', 'sealed');
  await other.setPlaintextState('plain', 'clear');
  await other.setEncryptedData('title', 'sealed too');
  await other.setPlaintextData('plain', 'clear too');
  // The store has what was read.
  await other.topic('general').newest();
  await other.getEncryptedState('title');
  await other.getPlaintextState('plain');
  await other.getEncryptedData('title');
  await other.getPlaintextData('plain');
  await other.close();

  const texts = ({ messages, values }) => [messages.messages.map(({ text }) => text).join(), ...values.map(({ text }) => text)];
  const errors = ({ messages, values }) => [messages, ...values].filter(({ error }) => error);
  const all = ['before', 'sealed', 'clear', 'sealed too', 'clear too'];
  let view;
  await server.restart(async () => {
    view = mount(t, () => {
      const { space } = useSpace((signal) => Space.open({ ...options, signal, WebSocket: Ws }), []);
      return {
        messages: useMessages(space, 'general'),
        values: [
          useSpaceState(space, 'title'),
          useSpaceState(space, 'plain', { plaintext: true }),
          useData(space, 'title'),
          useData(space, 'plain', { plaintext: true }),
        ],
      };
    });
    await view.until((shown) => errors(shown).length === 5);
    assert.deepEqual(texts(view.now), all);
  });
  await view.until((shown) => errors(shown).length === 0);
  assert.deepEqual(texts(view.now), all);
  await view.now.messages.post('chat.new', { name: 'Ann' });
  await view.until(({ messages }) => messages.messages.length === 2);
  assert.deepEqual(view.now.messages.messages[1].json(), { name: 'Ann' });
});
