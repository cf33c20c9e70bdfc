import {
  AdminSpace,
  AuthenticationError,
  AuthorizationError,
  generateKeyPair,
  type LoginOptions,
  loginWithOpaque,
  OpaqueError,
  OpaqueNotEnabledError,
  RateLimitError,
  Space,
  toUserId,
  ValidationError,
} from 'reeeductio';
import { type Scenario, TestSpace } from './context.js';
import { ok, random, rejects, same } from './expect.js';
import { adminOptions } from './servers.js';

const login = (space: TestSpace, username: string, password: string): LoginOptions => ({
  baseUrl: space.url,
  spaceId: space.id,
  username,
  password,
});

export const passwords: Record<string, Scenario> = {
  async 'passwords-yield-keys'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    const userSymmetricKey = random(32);
    await using owner = space.owner({ userSymmetricKey });
    const made = await owner.enableOpaque();
    same(made, { serverSetupCreated: true, roleCreated: true, capabilityCreated: true });
    const again = await owner.enableOpaque();
    same(again, { serverSetupCreated: false, roleCreated: false, capabilityCreated: false });
    same((await owner.opaqueRegister('alice', 'correct horse')).username, 'alice');
    const found = await loginWithOpaque(login(space, 'alice', 'correct horse'));
    same([found.keyPair.privateKey, found.symmetricRoot], [space.keys.privateKey, space.root]);
    same([found.userSymmetricKey, found.memberId], [userSymmetricKey, owner.memberId]);
    await using elsewhere = await Space.fromOpaqueLogin(login(space, 'alice', 'correct horse'));
    await elsewhere.postEncryptedMessage('general', 'x', '1');
  },

  async 'passwords-changed'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    const keys = await space.addUser();
    await using owner = space.owner();
    await using member = space.user(keys);
    await owner.enableOpaque();
    await rejects(member.opaqueRegister('bob', 'correct horse'), AuthorizationError, 'permission.denied');
    await owner.assignRoleToUser(toUserId(keys.publicKey), 'opaque-user');
    await member.opaqueRegister('bob', 'correct horse');
    same((await loginWithOpaque(login(space, 'bob', 'correct horse'))).keyPair.privateKey, keys.privateKey);
    await member.changePassword('bob', 'correct horse', 'battery staple');
    same((await loginWithOpaque(login(space, 'bob', 'battery staple'))).keyPair.privateKey, keys.privateKey);
    await rejects(loginWithOpaque(login(space, 'bob', 'correct horse')), AuthenticationError);
  },

  async 'passwords-refused'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    await using owner = space.owner();
    const early = await rejects(owner.opaqueRegister('alice', 'correct horse'), OpaqueNotEnabledError);
    same(early.statusCode, 501);
    await owner.enableOpaque();
    await owner.opaqueRegister('alice', 'correct horse');
    await rejects(owner.opaqueRegister('alice', 'battery staple'), ValidationError, 'opaque.username_taken');
    await rejects(owner.opaqueRegister('a b', 'correct horse'), ValidationError, 'opaque.invalid_username');
    const memberId = toUserId((await generateKeyPair()).publicKey);
    await rejects(owner.opaqueRegister('bob', 'correct horse', { memberId }), ValidationError, 'client.argument');
    for (const [username, password] of [
      ['alice', 'guess'],
      ['nobody', 'correct horse'],
    ] as const) {
      await rejects(loginWithOpaque(login(space, username, password)), AuthenticationError, 'opaque.wrong_password');
    }
    ok(new OpaqueNotEnabledError('') instanceof OpaqueError);
  },

  async 'passwords-guessing'({ strictUrl, adminKey }) {
    const space = await TestSpace.on(strictUrl);
    await using admin = new AdminSpace(await adminOptions(strictUrl, adminKey));
    await admin.createSpace(space.keys);
    await using owner = space.owner();
    await owner.enableOpaque();
    await owner.opaqueRegister('alice', 'correct horse');
    await rejects(loginWithOpaque(login(space, 'alice', 'guess')), AuthenticationError);
    const right = loginWithOpaque(login(space, 'alice', 'correct horse'));
    const error = await rejects(right, RateLimitError, 'rate.limited');
    same(error.statusCode, 429);
    const wait = error.details.retryAfter ?? 0;
    ok(wait > 0 && wait <= 60, `retryAfter is ${wait}`);
  },
};
