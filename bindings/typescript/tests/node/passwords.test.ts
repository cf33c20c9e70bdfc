/** Passwords that a member registers for another one. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { generateKeyPair, loginWithOpaque, toUserId, ValidationError } from 'reeeductio';
import { TestSpace } from '../scenarios/context.js';
import { random } from '../scenarios/expect.js';
import { type Servers, start } from '../rig/servers.mjs';

let servers: Servers;
before(async () => {
  servers = await start();
});
after(() => servers.stop());

/** A fresh space whose owner has a user key, and how to get what a password yields. */
async function made() {
  const space = await TestSpace.on(servers.baseUrl);
  const userSymmetricKey = random(32);
  const owner = space.owner({ userSymmetricKey });
  await owner.enableOpaque();
  const login = (username: string) =>
    loginWithOpaque({ baseUrl: space.url, spaceId: space.id, username, password: 'correct horse' });
  return { space, userSymmetricKey, owner, login };
}

test('a user key is given to its own member only', async () => {
  const { space, userSymmetricKey, owner, login } = await made();
  const keyPair = await space.addUser();
  const memberId = toUserId(keyPair.publicKey);
  await owner.opaqueRegister('bob', 'correct horse', { keyPair });
  await owner.opaqueRegister('bob2', 'correct horse', { keyPair, memberId });
  const fresh = await owner.opaqueRegisterNewKeypair('carol', 'correct horse');
  const found = await Promise.all(['bob', 'bob2', 'carol'].map(login));
  assert.deepEqual(
    found.map((each) => each.memberId),
    [memberId, memberId, toUserId(fresh.keyPair.publicKey)],
  );
  const keys = [userSymmetricKey, ...found.map((each) => each.userSymmetricKey)];
  assert.equal(new Set(keys.map((key) => Buffer.from(key ?? []).toString('hex'))).size, 4);
  for (const key of keys) assert.equal(key?.length, 32);
  await owner.close();
});

test('registering oneself yields one’s own user key', async () => {
  const { space, userSymmetricKey, owner, login } = await made();
  await owner.opaqueRegister('alice', 'correct horse');
  await owner.opaqueRegister('alice2', 'correct horse', { keyPair: space.keys, memberId: owner.memberId });
  for (const name of ['alice', 'alice2']) assert.deepEqual((await login(name)).userSymmetricKey, userSymmetricKey);
  await owner.close();
});

test('a user key that is given is the one that the password yields', async () => {
  const { owner, login } = await made();
  const keyPair = await generateKeyPair();
  const userSymmetricKey = random(32);
  await owner.opaqueRegister('bob', 'correct horse', { keyPair, userSymmetricKey });
  assert.deepEqual((await login('bob')).userSymmetricKey, userSymmetricKey);
  await owner.opaqueRegisterNewKeypair('carol', 'correct horse', { userSymmetricKey });
  assert.deepEqual((await login('carol')).userSymmetricKey, userSymmetricKey);
  const short = owner.opaqueRegister('dave', 'correct horse', { keyPair, userSymmetricKey: random(31) });
  await assert.rejects(short, ValidationError);
  await owner.close();
});
