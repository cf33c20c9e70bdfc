/** The hooks on real spaces. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateKeyPair, Space, toSpaceId } from '../../dist/esm/index.js';
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
