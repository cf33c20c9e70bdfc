/** Handles in Node: what they show, how they end, how calls are aborted, and the published forms of calls. */

import assert from 'node:assert/strict';
import { openAsBlob, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { inspect } from 'node:util';
import {
  AbortedError,
  ApiRequestError,
  ClosedError,
  computeBlobId,
  ConflictError,
  createApiError,
  encryptAesGcm,
  generateKeyPair,
  type Input,
  NotFoundError,
  OpaqueRateLimitError,
  RateLimitError,
  ReeeductioError,
  signData,
  Space,
  ValidationError,
} from 'reeeductio';
import { TestSpace } from '../scenarios/context.js';
import { random } from '../scenarios/expect.js';
import { packageFolder } from './places.js';
import { type Servers, start } from '../rig/servers.mjs';

let servers: Servers;
let space: TestSpace;
before(async () => {
  servers = await start();
  space = await TestSpace.on(servers.baseUrl);
});
after(() => servers.stop());

test('nothing that Node prints has a secret in it', async () => {
  const userSymmetricKey = random(32);
  await using owner = space.owner({ userSymmetricKey });
  const token = await owner.authenticate();
  const sealed = await owner.encryptAndUploadBlob(random(9));
  const tool = await owner.createTool();
  const stream = owner.live();
  const error = await owner.getPlaintextState('absent').catch((thrown: unknown) => thrown);
  const things = [owner, owner.auth, space.keys, sealed, tool, stream, error];
  const shown = things.map((each) => inspect(each, { depth: 9, showHidden: true, getters: false })).join('\n');
  assert.ok(!shown.includes(token));
  const secrets = { userSymmetricKey, root: space.root, own: space.keys.privateKey, tool: tool.keyPair?.privateKey };
  // Hidden properties are those that nothing shows unless it is asked to; `showHidden` finds functions only.
  for (const [name, secret] of Object.entries({ ...secrets, dek: sealed.dek })) {
    assert.ok(secret);
    const numbers = [...secret].slice(0, 6);
    const pattern = new RegExp(numbers.join(',\\s+'));
    assert.doesNotMatch(shown, pattern, name);
    assert.doesNotMatch(shown, new RegExp(Buffer.from(secret).toString('hex')), name);
  }
  assert.match(inspect(sealed), /\[hidden\]/);
  assert.deepEqual(
    { ...structuredClone(space.keys) }.privateKey,
    space.keys.privateKey,
    'it is a property like any other',
  );
});

test('a closed handle says so', async () => {
  const owner = space.owner();
  await owner.postMessage('closing', 'x', '1');
  const stream = await owner.live().open();
  const waiting = stream.next();
  await owner.close();
  assert.deepEqual(await waiting, { done: true, value: undefined });
  await owner.close();
  for (const call of [() => owner.getMessages('closing'), () => owner.authenticate(), () => owner.live().next()]) {
    await assert.rejects(call, (error) => error instanceof ClosedError && error.code === 'client.closed');
  }
  assert.throws(() => owner.deriveTopicKey('closing'), ClosedError);
  {
    await using scoped = space.owner();
    await scoped.getMessages('closing');
  }
});

test('calls under way when a handle is closed finish', async () => {
  const owner = space.owner();
  await owner.authenticate();
  const posting = owner.postMessage('finishing', 'x', '1');
  await owner.close();
  assert.equal((await posting).messageHash.length, 44);
});

test('an aborted call rejects at once', async () => {
  await using owner = space.owner();
  await owner.authenticate();
  const before = AbortSignal.abort(new Error('not wanted'));
  await assert.rejects(owner.getMessages('general', { signal: before }), (error) => {
    assert.ok(error instanceof AbortedError);
    assert.deepEqual([error.name, error.code, error.message], ['AbortError', 'client.aborted', 'not wanted']);
    return error.cause === before.reason;
  });
  const during = new AbortController();
  const call = owner.getMessages('general', { limit: 10, signal: during.signal });
  during.abort();
  await assert.rejects(call, AbortedError);
  const uploading = new AbortController();
  const progress = () => uploading.abort();
  const upload = owner.encryptAndUploadBlob(new Blob([random(3_000_000)]), { progress, signal: uploading.signal });
  await assert.rejects(upload, AbortedError);
  assert.deepEqual((await owner.getMessages('general')).messages, [], 'the handle can be used after it');
});

test('what progress throws ends the transfer', async () => {
  await using owner = space.owner();
  const stop = () => {
    throw new RangeError('enough');
  };
  const { blobId, dek } = await owner.encryptAndUploadBlob(random(100_000));
  for (const transfer of [
    () => owner.encryptAndUploadBlob(random(100_000), { progress: stop }),
    () => owner.uploadPlaintextBlob(random(100_000), { progress: stop }),
    () => owner.downloadAndDecryptBlob(blobId, dek, { progress: stop }),
  ]) {
    await assert.rejects(transfer(), new RangeError('enough'));
  }
});

test('files of the disk go up piece by piece', async () => {
  await using owner = space.owner();
  const [path, content] = [join(packageFolder('build', 'tests'), 'upload'), random(700_000)];
  writeFileSync(path, content);
  assert.equal((await owner.uploadPlaintextBlob(await openAsBlob(path))).blobId, computeBlobId(content));
  const file = await open(path);
  let reads = 0;
  const input: Input = {
    size: content.length,
    read: async (at, length) => {
      reads += 1;
      const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, at);
      return buffer.subarray(0, bytesRead);
    },
  };
  assert.equal((await owner.uploadPlaintextBlob(input)).blobId, computeBlobId(content));
  assert.ok(reads > 2);
  await file.close();
  const broken: Input = { size: 9, read: () => Promise.reject(new Error('the disk is on fire')) };
  await assert.rejects(owner.uploadPlaintextBlob(broken), /on fire/);
  await assert.rejects(owner.uploadPlaintextBlob({} as Input), ValidationError);
});

test('a source that gives no promise, or no bytes, is an error and waits for nothing', { timeout: 10_000 }, async () => {
  await using owner = space.owner();
  for (const wrong of [() => new Uint8Array(9), () => undefined, async () => 'text', async () => [1]]) {
    const input = { size: 9, read: wrong } as unknown as Input;
    await assert.rejects(owner.uploadPlaintextBlob(input), /its read must return a promise of a Uint8Array/);
    await assert.rejects(owner.encryptAndUploadBlob(input), /its read must return a promise of a Uint8Array/);
  }
});

test('calls in the form of release 0.1.0', async () => {
  await using owner = space.owner();
  const first = await owner.postMessage('published', 'x', Buffer.from('1'), null);
  const second = await owner.postEncryptedMessage('published', 'x', Buffer.from('2'), first.message_hash);
  await assert.rejects(owner.postMessage('published', 'x', Buffer.from('3'), null), ConflictError);
  const page = await owner.getMessages('published', { limit: 1 }, { useCache: false, validateChain: true });
  assert.equal(page.has_more, true);
  const [message] = page.messages;
  assert.deepEqual(
    [message?.message_hash, message?.topic_id, message?.prev_hash, message?.server_timestamp],
    [first.messageHash, 'published', null, first.server_timestamp],
  );
  await owner.setPlaintextState('published', Buffer.from('1'), (await owner.getHead('state')) ?? null);
  const set = await owner.setEncryptedData('published', Buffer.from('1'));
  assert.deepEqual([set.path, set.signed_at], ['published', set.signedAt]);
  assert.equal((await owner.getMessage('published', second.messageHash)).type, 'x');
  assert.equal(OpaqueRateLimitError, RateLimitError);
  assert.ok(createApiError(404, 'x') instanceof NotFoundError);
  assert.ok(createApiError(500, 'x') instanceof ApiRequestError);
});

test('what is passed wrongly from JavaScript is an error with a field', async () => {
  const keyPair = await generateKeyPair();
  const right = { spaceId: space.id, keyPair, symmetricRoot: space.root };
  for (const [change, field] of [
    [{ spaceId: undefined }, 'spaceId'],
    [{ keyPair: undefined }, 'keyPair.publicKey'],
    [{ keyPair: { publicKey: keyPair.publicKey } }, 'keyPair.privateKey'],
    [{ symmetricRoot: 'abc' }, 'symmetricRoot'],
  ] as const) {
    const options = { ...right, ...change } as unknown as typeof right;
    await assert.rejects(Space.open(options), (error) => {
      assert.ok(error instanceof ValidationError);
      assert.equal(error.details.field, field);
      return error.code === 'client.argument';
    });
  }
});

test('what would be taken for another number or other bytes is refused', async () => {
  await using owner = await Space.open(space.options(space.keys));
  const byText = 'text' as unknown as Uint8Array;
  const wrong: [string, () => unknown][] = [
    ['limit', () => owner.getMessages('general', { limit: -1 })],
    ['limit', () => owner.getStateHistory({ limit: 1.5 })],
    ['from', () => owner.getMessages('general', { from: Number.NaN })],
    ['useLimit', () => owner.createTool('x', { useLimit: 2 ** 32 })],
    ['expiresAt', () => owner.createTool('x', { expiresAt: Number.NaN })],
    ['expiresAt', () => owner.assignRoleToUser(owner.memberId, 'x', { expiresAt: new Date() as unknown as number })],
    ['guests', () => owner.createInvitation({ guests: -1 })],
    ['firstPause', () => owner.live({ firstPause: -1 }).next()],
    ['key', () => owner.getEncryptedState('a', { key: byText })],
    ['key', () => owner.setEncryptedData('a', '', { key: byText })],
    ['data', () => signData(byText, space.keys.privateKey)],
    ['key', () => encryptAesGcm('', byText)],
    ['data', () => computeBlobId(byText)],
    ['data', () => owner.postMessage('general', 'x', 1 as unknown as string)],
  ];
  for (const [field, call] of wrong) {
    await assert.rejects(
      async () => void (await call()),
      (error) => error instanceof ValidationError && error.code === 'client.argument' && error.details.field === field,
      field,
    );
  }
  const newest = { from: Number.MAX_SAFE_INTEGER, to: 0, limit: 1 };
  await owner.postMessage('newest', 'x', '1');
  assert.equal((await owner.getMessages('newest', newest)).messages.length, 1);
});

test('a program may overwrite its keys once it has a handle', async () => {
  const mine = await TestSpace.on(servers.baseUrl);
  const options = {
    ...mine.options({ ...mine.keys, privateKey: mine.keys.privateKey.slice() }),
    symmetricRoot: mine.root.slice(),
  };
  await using owner = new Space(options);
  options.keyPair.privateKey.fill(0);
  options.symmetricRoot.fill(0);
  await owner.postEncryptedMessage('general', 'x', '1');
  await using again = mine.owner();
  const [message] = (await again.getMessages('general')).messages;
  assert.equal(message && Buffer.from(again.decryptMessageData(message)).toString(), '1');
});

test('many calls at once', async () => {
  await using owner = space.owner();
  const posts = Array.from({ length: 20 }, (_, number) => owner.postEncryptedMessage('many', 'x', String(number)));
  assert.equal(new Set((await Promise.all(posts)).map((each) => each.messageHash)).size, 20);
  const { messages } = await owner.getMessages('many');
  assert.equal(messages.length, 20);
  assert.ok(messages.every((each) => !(each instanceof ReeeductioError)));
});
