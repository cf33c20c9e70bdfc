import {
  AuthorizationError,
  bytesToString,
  ConflictError,
  decodeBase64,
  DecryptionError,
  NotFoundError,
  ValidationError,
} from 'reeeductio';
import { type Scenario, TestSpace } from './context.js';
import { ok, random, rejects, same } from './expect.js';

const ALICE = 'profiles/alice';

export const state: Record<string, Scenario> = {
  async 'state-plain'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    await using owner = space.owner();
    const error = await rejects(owner.getPlaintextState(ALICE), NotFoundError, 'state.not_found');
    same(error.statusCode, 404);
    await owner.setPlaintextState(ALICE, '{"name": "Älice"}');
    same(bytesToString(await owner.getPlaintextState(ALICE)), '{"name": "Älice"}');
    const { messageHash } = await owner.setPlaintextState(ALICE, 'new');
    same(bytesToString(await owner.getPlaintextState(ALICE)), 'new');
    same((await owner.getState(ALICE)).messageHash, messageHash);
    await owner.deleteState(ALICE);
    same(await owner.getPlaintextState(ALICE), new Uint8Array(0));
  },

  async 'state-sealed'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    await using owner = space.owner();
    const key = random(32);
    await owner.setEncryptedState(ALICE, 'secret');
    await owner.setEncryptedState('profiles/bob', 'own', { key });
    same(bytesToString(await owner.getEncryptedState(ALICE)), 'secret');
    same(bytesToString(await owner.getEncryptedState('profiles/bob', { key })), 'own');
    await rejects(owner.getEncryptedState('profiles/bob'), DecryptionError);
    await rejects(owner.getEncryptedState('profiles/bob', { key: random(5) }), ValidationError, 'client.argument');
    const { messages } = await owner.getStateHistory();
    ok(messages.every((each) => !String.fromCharCode(...decodeBase64(each.data)).includes('secret')));
  },

  async 'state-history'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    await using owner = space.owner();
    for (const value of ['1', '2', '3']) await owner.setPlaintextState('counter', value);
    const { messages } = await owner.getStateHistory();
    same(
      messages.map((each) => bytesToString(decodeBase64(each.data))),
      ['1', '2', '3'],
    );
    ok(messages.every((each) => each.isStateMessage() && each.type === 'counter'));
    same((await owner.getStateHistory({ limit: 1 })).messages, messages.slice(0, 1));
  },

  async 'state-named-head'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    await using owner = space.owner();
    const { messageHash: prevHash } = await owner.setPlaintextState('counter', '1');
    await owner.setPlaintextState('counter', '2', { prevHash });
    await rejects(owner.setEncryptedState('counter', '3', { prevHash }), ConflictError);
  },

  async 'state-refused'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    await using owner = space.owner();
    for (const path of ['/a', 'a/', 'a//b', 'a/../b', 'a b', 'é']) {
      await rejects(owner.setPlaintextState(path, 'x'), ValidationError, 'state.invalid_path');
    }
    await using member = space.user(await space.addUser());
    const error = await rejects(member.setPlaintextState(ALICE, 'x'), AuthorizationError, 'permission.denied');
    same(error.statusCode, 403);
  },
};
