/** Arguments that are no text where text belongs, and other mistakes of programs and servers. No server is needed. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import {
  AdminClient,
  AdminSpace,
  AuthorizationError,
  ChainError,
  computeDataSignature,
  computeMessageHash,
  countStoredMessages,
  createApiError,
  deleteBlob,
  deleteStoredMessages,
  generateKeyPair,
  getData,
  getMessage,
  loginWithOpaque,
  MemoryStore,
  ready,
  Space,
  StoreError,
  toSpaceId,
  toUserId,
  ValidationError,
} from 'reeeductio';

await ready();
const keyPair = await generateKeyPair();
const spaceId = toSpaceId(keyPair.publicKey);
const fails = (async () => {
  throw { code: 42 };
}) as typeof fetch;
const space = new Space({ spaceId, keyPair, symmetricRoot: new Uint8Array(32), baseUrl: 'http://localhost:1', fetch: fails });
const isArgument = (error: unknown) => error instanceof ValidationError && error.code === 'client.argument';

test('what is no text is refused wherever text belongs', async () => {
  const userId = toUserId(keyPair.publicKey);
  for (const bad of [42, {}, [], true] as unknown as string[]) {
    const key = new Uint8Array(32);
    const right = { op: 'read', path: 'topics/{any}' } as const;
    const calls: (() => Promise<unknown>)[] = [
      () => space.getMessages(bad),
      () => space.getMessage('general', bad),
      () => space.getHead(bad),
      () => space.postMessage(bad, 'x', ''),
      () => space.postMessage('general', bad, ''),
      () => space.postEncryptedMessage('general', 'x', '', { prevHash: bad }),
      () => space.setPlaintextState(bad, ''),
      () => space.setPlaintextState('a', '', { prevHash: bad }),
      () => space.setEncryptedState(bad, ''),
      () => space.setEncryptedState('a', '', { prevHash: bad }),
      () => space.deleteState(bad),
      () => space.getPlaintextState(bad),
      () => space.getEncryptedState(bad),
      () => space.getState(bad),
      () => space.setPlaintextData(bad, ''),
      () => space.setEncryptedData(bad, ''),
      () => space.getPlaintextData(bad),
      () => space.getEncryptedData(bad),
      () => space.getDataEntry(bad),
      () => space.deleteData(bad),
      () => space.deleteUserData(bad),
      () => space.downloadPlaintextBlob(bad),
      () => space.downloadAndDecryptBlob(bad, key),
      () => space.deleteBlob(bad),
      () => space.addUser(bad),
      () => space.addUser(userId, bad),
      () => space.createTool(bad),
      () => space.createTool('', { toolId: bad }),
      () => space.removeMember(bad),
      () => space.createRole(bad),
      () => space.grantCapabilityToRole(bad, 'x', right),
      () => space.grantCapabilityToUser(bad, 'x', right),
      () => space.grantCapabilityToTool(userId, bad, right),
      () => space.revokeCapabilityFromRole('x', bad),
      () => space.revokeCapabilityFromMember(bad, 'x'),
      () => space.assignRoleToUser(userId, bad),
      () => space.removeRoleFromUser(bad, 'x'),
      () => space.createInvitation({ description: bad }),
      () => Space.fromOpaqueLogin({ spaceId, username: bad, password: 'x' }),
      async () => space.deriveTopicKey(bad),
      async () => space.decryptMessageData({ topic_id: 'x', data: bad }),
      async () => computeMessageHash(spaceId, 'x', 'x', bad, '', userId),
      async () => computeDataSignature(spaceId, bad, '', 1, keyPair.privateKey),
      async () => computeDataSignature(spaceId, 'a', '', bad as unknown as number + 0.5, keyPair.privateKey),
    ];
    for (const call of calls) await assert.rejects(call, isArgument, `${call} with ${JSON.stringify(bad)}`);
  }
  assert.equal(space.deriveTopicKey('general').length, 32);
});

const answering = (body: unknown) => (async () => Response.json(body)) as typeof fetch;

test('what a server answers in place of text is not understood', async () => {
  const names = ['message_hash', 'topic_id', 'type', 'sender', 'signature', 'data'];
  const message = { ...Object.fromEntries(names.map((name) => [name, 'x'])), prev_hash: 7 };
  await assert.rejects(getMessage(answering(message), 'http://x', 't', spaceId, 'general', 'x'), { code: 'client.answer' });
  for (const signed_at of ['1', 1.5, [1], null]) {
    const entry = { data: '', signed_by: 'x', signature: '', signed_at };
    await assert.rejects(getData(answering(entry), 'http://x', 't', spaceId, 'a'), { code: 'client.answer' });
  }
});

test('no id leads to another address', async () => {
  const asked: string[] = [];
  const noting = (async (url) => {
    asked.push(new URL(String(url)).pathname);
    return new Response();
  }) as typeof fetch;
  await deleteBlob(noting, 'http://x', 't', spaceId, 'x/../../data/victim');
  assert.deepEqual(asked, [`/spaces/${spaceId}/blobs/x%2F..%2F..%2Fdata%2Fvictim`]);
  for (const bad of ['', '.', '..']) await assert.rejects(deleteBlob(noting, 'http://x', 't', spaceId, bad), isArgument);
  for (const bad of ['a/../b', 'a//b', './a']) {
    await assert.rejects(getData(noting, 'http://x', 't', spaceId, bad), isArgument);
  }
  assert.equal(asked.length, 1);
});

test('a server does not choose the classes of what is found out here', () => {
  for (const code of ['verify.message_hash', 'store.damaged', 'transport.x', 'client.argument']) {
    const error = createApiError(403, 'no', code);
    assert.ok(error instanceof AuthorizationError && !(error instanceof ChainError || error instanceof StoreError));
  }
});

/** Options as a program in JavaScript may leave them out or mistake them. */
const wrong = undefined as never;

test('options that are missing are refused by their name', async () => {
  const calls: [string, () => unknown][] = [
    ['localStore', () => Space.create(wrong)],
    ['localStore', () => Space.join('https://example.org/#x', wrong)],
    ['localStore', () => Space.reopen(wrong)],
    ['localStore', () => Space.keyring(wrong)],
    ['localStore', () => Space.keyring(null as never)],
    ['localStore', () => Space.create({} as never)],
    ['options', () => Space.open(wrong)],
    ['options', () => Space.acceptInvitation(wrong)],
    ['options', () => Space.fromOpaqueLogin(wrong)],
    ['options', () => loginWithOpaque(wrong)],
    ['options', () => new Space(wrong)],
    ['options', () => new AdminClient(wrong)],
  ];
  for (const [field, call] of calls) {
    await assert.rejects(
      async () => await call(),
      (error) => isArgument(error) && (error as ValidationError).details.field === field,
      String(call),
    );
  }
});

test('what is no local store is refused before it is used', async () => {
  const options = { spaceId, keyPair, symmetricRoot: new Uint8Array(32), baseUrl: 'http://localhost:1', fetch: fails };
  for (const bad of [{}, 5, 'store', { get() {} }] as never[]) {
    const calls = [
      () => Space.open({ ...options, localStore: bad }),
      () => Space.create({ localStore: bad }),
      () => Space.join('https://example.org/#x', { localStore: bad }),
      () => Space.reopen({ localStore: bad }),
      () => space.keepCredentials(bad),
      () => countStoredMessages(bad, spaceId),
      () => deleteStoredMessages(bad, spaceId),
    ];
    for (const call of calls) {
      await assert.rejects(call, (error) => isArgument(error) && /^(localS|s)tore: must be a local store/.test(String((error as Error).message)));
    }
  }
  await assert.rejects(() => space.keepCredentials(), /localStore: must be a local store/);
});

test('what is no signal is refused wherever one may be', async () => {
  for (const signal of [5, {}, 'now', new AbortController()] as never[]) {
    const calls: (() => Promise<unknown>)[] = [
      () => space.getMessages('general', { signal }),
      () => space.data.get('a', { signal }),
      () => space.auth.heldToken({ signal }),
      () => Space.create({ localStore: new MemoryStore(), signal }),
      () => getData(fails, 'http://x', 't', spaceId, 'a', { signal }),
      async () => space.live({ signal }),
      async () => space.topic('general').history({ signal }),
    ];
    for (const call of calls) {
      await assert.rejects(call, (error) => isArgument(error) && (error as ValidationError).details.field === 'signal', String(call));
    }
  }
});

test('a promise is no content, and the error says what to do', async () => {
  const content = Promise.resolve(1) as never;
  await assert.rejects(space.data.set('a', content), { message: 'content: must not be a promise; await it first' });
  await assert.rejects(space.topic('general').post('x', content), /must not be a promise/);
});

test('a space that is printed shows its ids and nothing else', () => {
  const printed = inspect(space, { depth: 10, showHidden: true });
  assert.equal(printed, `Space { spaceId: '${spaceId}', memberId: '${toUserId(keyPair.publicKey)}' }`);
  assert.equal(inspect({ space }), `{\n  space: ${printed}\n}`);
  const admin = new AdminSpace({ spaceId, keyPair, symmetricRoot: new Uint8Array(32) });
  assert.match(inspect(admin), /^AdminSpace \{/);
  class Own extends Space {}
  assert.match(inspect(new Own({ spaceId, keyPair, symmetricRoot: new Uint8Array(32) })), /^Own \{/);
  const unfit = new Space({ spaceId: 7, symmetricRoot: 7 } as never);
  assert.equal(inspect(unfit), "Space { spaceId: '7', memberId: 'undefined' }");
});
