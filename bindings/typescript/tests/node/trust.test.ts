/** An argument that is not of its type is refused before it reaches the WebAssembly module, which would take it for memory. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ValidationError, verifyMessageHash } from 'reeeductio';
import { TestSpace } from '../scenarios/context.js';
import { type Servers, start } from '../rig/servers.mjs';

let servers: Servers;
before(async () => void (servers = await start()));
after(() => servers.stop());

const WRONG = [42, true, {}, [], Symbol('x')];
type Anything = (...values: unknown[]) => unknown;

test('text that is none is an error of validation, whatever the method', async () => {
  const space = await TestSpace.on(servers.baseUrl);
  await using owner = space.owner();
  await owner.authenticate();
  const calls: Record<string, unknown[]> = {
    addUser: [],
    createRole: [],
    assignRoleToUser: ['role'],
    deleteData: [],
    deleteState: [],
    downloadPlaintextBlob: [],
    getEncryptedState: [],
    getMessage: ['hash'],
    getMessages: [],
    getPlaintextData: [],
    grantCapabilityToRole: ['name', { op: 'read', path: 'topics/{any}' }],
    opaqueRegister: ['password'],
    postEncryptedMessage: ['type', 'text'],
    setPlaintextState: ['value'],
  };
  for (const [name, others] of Object.entries(calls)) {
    for (const wrong of WRONG) {
      const work = async () => await ((owner as unknown as Record<string, Anything>)[name] as Anything).call(owner, wrong, ...others);
      const error: unknown = await work().then(
        () => undefined,
        (rejected: unknown) => rejected,
      );
      assert.ok(error instanceof ValidationError || error instanceof TypeError, `${name}: ${String(error)}`);
    }
  }
  await owner.postEncryptedMessage('general', 'x', 'nothing was broken');
});

test('what a server has sent is checked as well', async () => {
  const space = await TestSpace.on(servers.baseUrl);
  await using owner = space.owner();
  await owner.postMessage('general', 'x', '1');
  const { messages } = await owner.getMessages('general');
  const [message] = messages;
  assert.ok(message && verifyMessageHash(owner.spaceId, message));
  for (const wrong of WRONG) {
    assert.equal(verifyMessageHash(owner.spaceId, { ...message, prev_hash: wrong } as never), false);
  }
});
