import {
  AuthenticationError,
  generateKeyPair,
  NetworkError,
  Space,
  type SpaceOptions,
  ValidationError,
} from 'reeeductio';
import { type Scenario, TestSpace } from './context.js';
import { ok, random, rejects, same } from './expect.js';

export const handles: Record<string, Scenario> = {
  async 'handles-sign-in'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    await using owner = space.owner();
    same(await owner.auth.isAuthenticated(), false);
    await rejects(owner.auth.refreshToken(), AuthenticationError, 'client.not_signed_in');
    await owner.getMessages('general');
    const token = await owner.auth.heldToken();
    same(await owner.auth.ensureAuthenticated(), token);
    same(await owner.authenticate(), await owner.auth.heldToken());
    await using byHand = space.owner({ autoAuthenticate: false });
    await rejects(byHand.getMessages('general'), AuthenticationError, 'client.not_signed_in');
    await byHand.authenticate();
    same((await byHand.getMessages('general')).messages, []);
  },

  async 'handles-strangers'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    await using owner = space.owner();
    await owner.postMessage('general', 'x', '1');
    await using stranger = space.user(await generateKeyPair());
    await rejects(stranger.authenticate(), AuthenticationError, 'member.unknown');
    await rejects(stranger.getMessages('general'), AuthenticationError, 'member.unknown');
  },

  async 'handles-checked'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    const other = await generateKeyPair();
    const wrong: [Partial<SpaceOptions>, string][] = [
      [{ spaceId: 'abc' }, 'space.invalid_id'],
      [{ memberId: 'abc' }, 'member.invalid_id'],
      [{ keyPair: { ...space.keys, privateKey: random(5) } }, 'client.argument'],
      [{ symmetricRoot: random(5) }, 'client.argument'],
      [{ userSymmetricKey: random(5) }, 'client.argument'],
      [{ baseUrl: 'nonsense' }, 'client.argument'],
      [{ keyPair: { ...space.keys, privateKey: other.privateKey } }, 'client.argument'],
    ];
    for (const [change, code] of wrong) {
      const options = space.options(space.keys, change);
      await rejects(Space.open(options), ValidationError, code);
      await rejects(new Space(options).getMessages('general'), ValidationError, code);
    }
  },

  async 'handles-no-server'() {
    const space = await TestSpace.on('http://127.0.0.1:9');
    await using owner = space.owner();
    await rejects(owner.getPlaintextState('a'), NetworkError, 'transport.connect');
  },

  async 'handles-secrets'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    const userSymmetricKey = random(32);
    await using owner = space.owner({ userSymmetricKey });
    const token = await owner.authenticate();
    const sealed = await owner.encryptAndUploadBlob(random(9));
    const shown = JSON.stringify([owner, owner.auth, space.keys, sealed]) + String(owner);
    ok(!shown.includes(token));
    for (const secret of [space.keys.privateKey, space.root, userSymmetricKey, sealed.dek]) {
      const hex = [...secret].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      for (const form of [JSON.stringify(secret), [...secret].join(','), hex]) ok(!shown.includes(form));
    }
  },
};
