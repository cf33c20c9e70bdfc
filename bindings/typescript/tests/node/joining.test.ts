/** Joining by a link, credentials in a store, passwords for members, and accounts. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inspect } from 'node:util';
import {
  AuthenticationError,
  AuthorizationError,
  type LocalStore,
  MemoryStore,
  ReeeductioError,
  Space,
  ValidationError,
} from 'reeeductio';
import { TestSpace } from '../scenarios/context.js';
import { random, rejects, throws } from '../scenarios/expect.js';
import { type Servers, start } from '../rig/servers.mjs';

let servers: Servers;
before(async () => void (servers = await start()));
after(() => servers.stop());

const PASSWORD = 'four lamps under the bridge';
const forAll = { op: 'write', path: 'topics/{any}/messages/{any}' } as const;
const read = { op: 'read', path: 'topics/{any}' } as const;

/** A space whose guests may read and write. */
async function made() {
  const space = await TestSpace.on(servers.baseUrl);
  const owner = space.owner({ userSymmetricKey: random(32) });
  await owner.createRole('user');
  await owner.grantCapabilityToRole('user', 'write', forAll);
  await owner.grantCapabilityToRole('user', 'read', read);
  await owner.grantCapabilityToRole('user', 'own', { op: 'write', path: 'data/user/{self}/{...}' });
  return { space, owner, [Symbol.asyncDispose]: () => owner.close() };
}

test('a guest joins by a link, and opens the space again from the store', async () => {
  await using made1 = await made();
  const { space, owner } = made1;
  const link = await owner.inviteLink({ page: 'https://notes.example.org/app' });
  assert.ok(link.startsWith('https://notes.example.org/app#'));
  const localStore = new MemoryStore();
  const guest = await Space.join(link, { localStore });
  await guest.topic('general').post('x', 'hello');
  const { memberId } = guest;
  await guest.close();
  assert.equal((await owner.topic('general').newest())[0]?.sender, memberId);

  const again = await Space.reopen({ localStore });
  assert.deepEqual([again.spaceId, again.memberId, again.baseUrl], [space.id, memberId, space.url]);
  assert.equal((await again.topic('general').newest())[0]?.text, 'hello');
  await again.userData.set('mine', 'kept');
  await again.close();
  const named = await Space.reopen({ localStore, spaceId: space.id });
  assert.equal((await named.userData.get('mine'))?.text, 'kept');
  await named.close();
  const [kept] = await Space.keyring({ localStore });
  assert.deepEqual([kept?.memberId, kept?.isJoined], [memberId, true]);
});

test('a removed guest is told so, and joins as somebody else once it forgets', async () => {
  await using made1 = await made();
  const { owner, space } = made1;
  const localStore = new MemoryStore();
  const guest = await Space.join(await owner.inviteLink(), { localStore });
  const { memberId } = guest;
  await guest.close();
  await owner.removeMember(memberId);
  const link = await owner.inviteLink();
  const refused = await rejects(Space.join(link, { localStore }), AuthenticationError, 'member.unknown');
  assert.match(refused.message, /removed.*forget/);
  await Space.forget({ localStore, spaceId: space.id });
  assert.deepEqual(await Space.keyring({ localStore }), []);
  const again = await Space.join(link, { localStore });
  assert.notEqual(again.memberId, memberId);
  await again.topic('general').post('x', 'back');
  await again.close();
});

test('a space whose server has moved is reopened at the new address from then on', async () => {
  await using made1 = await made();
  const { owner } = made1;
  const localStore = new MemoryStore();
  await (await Space.join(await owner.inviteLink(), { localStore })).close();
  const baseUrl = owner.baseUrl.replace('127.0.0.1', 'localhost');
  assert.notEqual(baseUrl, owner.baseUrl);
  await (await Space.reopen({ localStore, baseUrl })).close();
  const again = await Space.reopen({ localStore });
  assert.equal(again.baseUrl, baseUrl);
  await again.close();
});

test('a store of several spaces, or of none, says which to name', async () => {
  const localStore = new MemoryStore();
  const reopen = () => Space.reopen({ localStore });
  const none = await rejects(reopen(), ValidationError, 'client.argument');
  assert.match(none.message, /^localStore: has no credentials/);
  const made = [1, 2].map(() => Space.create({ localStore, baseUrl: servers.baseUrl }));
  const spaces = await Promise.all(made);
  const several = await rejects(reopen(), ValidationError, 'client.argument');
  for (const space of spaces) {
    assert.ok(several.message.includes(space.spaceId));
    await space.close();
  }
});

test('a link for one lets in one, however often that one opens it', async () => {
  await using made1 = await made();
  const { owner } = made1;
  const link = await owner.inviteLink({ uses: 1, expiresAt: Date.now() + 3_600_000 });
  const store = () => new MemoryStore();
  const stores: [LocalStore, LocalStore] = [store(), store()];
  const both = await Promise.allSettled(stores.map((localStore) => Space.join(link, { localStore })));
  const refused = both.find((each) => each.status === 'rejected');
  assert.ok(refused, 'one of them is refused');
  assert.ok(refused.reason instanceof AuthorizationError, String(refused.reason));
  assert.match(refused.reason.message, /invitation|link/);
  const at = both.findIndex((each) => each.status === 'fulfilled');
  const guest = (both[at] as PromiseFulfilledResult<Space>).value;
  const twice = await Space.join(link, { localStore: stores[at] ?? store() });
  assert.equal(twice.memberId, guest.memberId);
  await twice.topic('general').post('x', 'still in');
  await Promise.all([guest.close(), twice.close()]);
});

test('a link that expired, was changed, or is none is refused for what it is', async () => {
  await using made1 = await made();
  const { owner } = made1;
  const localStore = new MemoryStore();
  const join = (link: string) => Space.join(link, { localStore });
  const link = await owner.inviteLink();
  await rejects(join(`${link.slice(0, -2)}xx`), ValidationError, 'client.link_damaged');
  await rejects(join('https://example.org/'), ValidationError, /^client\.link_/);
  assert.deepEqual(await Space.keyring({ localStore }), [], 'nothing was kept');
  const expired = await owner.inviteLink({ expiresAt: Date.now() + 1 }).catch((error: unknown) => error);
  if (typeof expired === 'string') await rejects(join(expired), ReeeductioError);
  else assert.ok(expired instanceof ValidationError);
});

test('what is passed wrongly to links and credentials is an error that names it', async () => {
  await using made1 = await made();
  const { owner, space } = made1;
  const given = { localStore: new MemoryStore() };
  const link = await owner.inviteLink();
  const wrong: [string, () => unknown][] = [
    ['role', () => owner.inviteLink({ role: 'nobody' })],
    ['uses', () => owner.inviteLink({ uses: -1 })],
    ['uses', () => owner.inviteLink({ uses: 0 })],
    ['expiresAt', () => owner.inviteLink({ expiresAt: Math.floor(Date.now() / 1000) })],
    ['page', () => owner.inviteLink({ page: 'no address' })],
    ['localStore', () => Space.join(link, {} as never)],
    ['localStore', () => Space.reopen({} as never)],
    ['localStore', () => Space.keyring({} as never)],
    ['localStore', () => owner.keepCredentials()],
    ['localStore', () => Space.create({} as never)],
    ['localStore', () => Space.reopen(given)],
    ['spaceId', () => Space.reopen({ ...given, spaceId: space.id })],
    ['spaceId', () => Space.reopen({ ...given, spaceId: 'S1' })],
    ['role', () => owner.allowPasswords('nobody')],
  ];
  for (const [field, call] of wrong) {
    const error = await throws(call, ValidationError);
    assert.equal(error.details.field, field, `${String(call)}: ${error.code} ${error.message}`);
  }
});

test('a space that is made is kept with its owner’s credentials', async () => {
  const localStore = new MemoryStore();
  const made = await Space.create({ localStore, baseUrl: servers.baseUrl });
  await made.topic('general').post('x', 'mine');
  await made.userData.set('a', 'kept');
  await made.close();
  await using again = await Space.reopen({ localStore });
  assert.deepEqual([again.spaceId, again.memberId], [made.spaceId, made.memberId]);
  assert.equal((await again.topic('general').newest())[0]?.text, 'mine');
  assert.equal((await again.userData.get('a'))?.text, 'kept');
  await using other = await Space.create({ localStore, baseUrl: servers.baseUrl });
  assert.notEqual(other.spaceId, made.spaceId);
  const both = await rejects(Space.reopen({ localStore }), ValidationError);
  assert.equal(both.details.field, 'spaceId');
});

test('an owner keeps its own credentials, and nothing that Node prints has them', async () => {
  const space = await TestSpace.on(servers.baseUrl);
  const localStore = new MemoryStore();
  {
    await using owner = space.owner({ userSymmetricKey: random(32) });
    await owner.keepCredentials(localStore);
  }
  await using again = await Space.reopen({ localStore });
  await again.topic('general').post('x', '1');
  const credentials = await again.credentials();
  assert.deepEqual(credentials.symmetricRoot, space.root);
  assert.deepEqual(credentials.keyPair.privateKey, space.keys.privateKey);
  const printed = [inspect(credentials, { depth: 9 }), JSON.stringify(credentials)].join('\n');
  for (const secret of [credentials.keyPair.privateKey, credentials.symmetricRoot, credentials.userSymmetricKey]) {
    assert.doesNotMatch(printed, new RegExp([...(secret ?? [])].slice(0, 5).join('\\D+')));
  }
  await using same = new Space(credentials);
  assert.equal((await same.topic('general').newest())[0]?.text, '1');
});

test('one password opens all spaces of an account on a second device', { timeout: 60_000 }, async () => {
  await using home = await made();
  await using elsewhere = await made();
  await home.owner.enableOpaque();
  await home.owner.allowPasswords('user');

  const localStore = new MemoryStore();
  await using first = await Space.join(await home.owner.inviteLink(), { localStore });
  await using beside = await Space.join(await elsewhere.owner.inviteLink(), { localStore });
  await first.opaqueRegister('ann', PASSWORD);
  await first.account.add(await beside.credentials());
  await beside.topic('general').post('x', 'from the first device');

  const login = { spaceId: home.space.id, username: 'ann', password: PASSWORD, baseUrl: home.space.url };
  await using second = await Space.fromOpaqueLogin({ ...login, localStore: new MemoryStore() });
  assert.equal(second.memberId, first.memberId);
  const [found, ...more] = await second.account.spaces();
  assert.ok(found && more.length === 0);
  assert.deepEqual([found.spaceId, found.memberId], [beside.spaceId, beside.memberId]);
  await using opened = new Space(found);
  assert.equal((await opened.topic('general').newest())[0]?.text, 'from the first device');

  await second.account.remove(beside.spaceId);
  assert.deepEqual(await first.account.spaces(), []);
  await rejects(Space.fromOpaqueLogin({ ...login, password: 'another one that is long' }), AuthenticationError);
  await rejects(first.opaqueRegister('bob', 'short'), ValidationError, 'client.weak_password');
});

test('an account needs the user’s own key, and takes no home space', async () => {
  await using made1 = await made();
  const { owner, space } = made1;
  await using keyless = space.owner();
  const missing = await rejects(keyless.account.spaces(), ValidationError);
  assert.equal(missing.details.field, 'userSymmetricKey');
  const home = await rejects(owner.account.add(await owner.credentials()), ValidationError);
  assert.equal(home.details.field, 'credentials');
  const wrong = await rejects(owner.account.add({} as never), ValidationError);
  assert.equal(wrong.details.field, 'keyPair.privateKey');
});
