import {
  AuthorizationError,
  bytesToString,
  decodeBase64,
  DecryptionError,
  NotFoundError,
  ValidationError,
} from 'reeeductio';
import { type Scenario, TestSpace } from './context.js';
import { random, rejects, same } from './expect.js';

export const data: Record<string, Scenario> = {
  async 'data-values'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    await using owner = space.owner();
    const key = random(32);
    const { signedAt } = await owner.setPlaintextData('a/plain', Uint8Array.of(0, 255));
    same(await owner.getPlaintextData('a/plain'), Uint8Array.of(0, 255));
    await owner.setEncryptedData('a/sealed', 'secret');
    await owner.setEncryptedData('a/own', 'secret', { key });
    same(bytesToString(await owner.getEncryptedData('a/sealed')), 'secret');
    same(bytesToString(await owner.getEncryptedData('a/own', { key })), 'secret');
    await rejects(owner.getEncryptedData('a/own'), DecryptionError);
    const entry = await owner.getDataEntry('a/plain');
    same([entry.path, decodeBase64(entry.data)], ['a/plain', Uint8Array.of(0, 255)]);
    same([entry.signedBy, entry.signedAt], [owner.memberId, signedAt]);
  },

  async 'data-absent'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    await using owner = space.owner();
    await owner.deleteData('a/b');
    await owner.setPlaintextData('a/b', '1');
    await owner.deleteData('a/b');
    await rejects(owner.getPlaintextData('a/b'), NotFoundError, 'data.not_found');
    await rejects(owner.getEncryptedData('a/b'), NotFoundError, 'data.not_found');
    await rejects(owner.getDataEntry('a/b'), NotFoundError, 'data.not_found');
    await rejects(owner.setPlaintextData('a//b', '1'), ValidationError, 'data.invalid_path');
    await using member = space.user(await space.addUser());
    await rejects(member.setPlaintextData('a/b', '1'), AuthorizationError, 'permission.denied');
  },

  async 'data-private'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    await using owner = space.owner({ userSymmetricKey: random(32) });
    await owner.setEncryptedUserData('notes', 'mine');
    same(bytesToString(await owner.getEncryptedUserData('notes')), 'mine');
    await using other = space.owner({ userSymmetricKey: random(32) });
    await rejects(other.getEncryptedUserData('notes'), DecryptionError);
    await using without = space.owner();
    await rejects(without.getEncryptedUserData('notes'), ValidationError, 'client.argument');
    await rejects(without.setEncryptedUserData('notes', ''), ValidationError, 'client.argument');
    await owner.deleteUserData('notes');
    await rejects(owner.getEncryptedUserData('notes'), NotFoundError);
  },
};
