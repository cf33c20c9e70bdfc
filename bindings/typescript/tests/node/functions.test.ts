/** The functions of release 0.1.0 that take a `fetch`, an address and a token. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  AuthenticationError,
  BlobError,
  ChainError,
  computeDataSignature,
  computeMessageHash,
  ConflictError,
  decodeUrlSafeBase64,
  deleteBlob,
  downloadBlob,
  encodeBase64,
  getData,
  getMessage,
  getMessages,
  getState,
  getStateHistory,
  type MessageCreate,
  NotFoundError,
  postMessage,
  setData,
  setState,
  signData,
  type Space,
  uploadBlob,
} from 'reeeductio';
import { TestSpace } from '../scenarios/context.js';
import { type Servers, start } from '../rig/servers.mjs';

let servers: Servers;
let space: TestSpace;
let owner: Space;
let caller: [typeof fetch, string, string, string];
before(async () => {
  servers = await start();
  space = await TestSpace.on(servers.baseUrl);
  owner = space.owner();
  caller = [fetch, servers.baseUrl, await owner.authenticate(), space.id];
});
after(async () => {
  await owner.close();
  await servers.stop();
});

function signed(topic: string, type: string, prev_hash: string | null, text: string): MessageCreate {
  const data = encodeBase64(text);
  const message_hash = computeMessageHash(space.id, topic, type, prev_hash, data, owner.memberId);
  const signature = encodeBase64(signData(decodeUrlSafeBase64(message_hash), space.keys.privateKey));
  return { type, prev_hash, data, message_hash, signature };
}

/** A network that changes answers. */
const lying =
  (change: (text: string) => string): typeof fetch =>
  async (input, init) =>
    new Response(change(await (await fetch(input, init)).text()));

test('messages', async () => {
  const first = await postMessage(...caller, 'general', signed('general', 'x', null, '1'));
  const second = await postMessage(...caller, 'general', signed('general', 'x', first.message_hash, '2'));
  const late = postMessage(...caller, 'general', signed('general', 'x', first.message_hash, '3'));
  await assert.rejects(late, (error) => error instanceof ConflictError && error.code === 'chain.conflict');
  const page = await getMessages(...caller, 'general', { limit: 1 });
  assert.deepEqual([page.messages.length, page.has_more], [1, true]);
  assert.equal((await getMessage(...caller, 'general', second.message_hash)).prev_hash, first.message_hash);
  await assert.rejects(getMessage(...caller, 'general', `M${'A'.repeat(43)}`), NotFoundError);
  assert.equal((await owner.getMessages('general')).messages.length, 2);
  const [, ...rest] = caller;
  const changes = {
    sender: [owner.memberId, `U${'A'.repeat(43)}`],
    data: ['MQ==', 'Mg=='],
    sign: ['signature":"', 'signature":"A'],
  };
  for (const [name, [from, to]] of Object.entries(changes)) {
    const lie = lying((text) => text.replaceAll(from as string, to as string));
    await assert.rejects(getMessages(lie, ...rest, 'general'), ChainError, name);
  }
  await assert.rejects(
    getMessages(
      lying(() => 'null'),
      ...rest,
      'general',
    ),
    /protocol/,
  );
  await assert.rejects(getMessages(fetch, servers.baseUrl, 'x', space.id, 'general'), AuthenticationError);
});

test('state', async () => {
  await setState(...caller, 'profiles/alice', signed('state', 'profiles/alice', null, 'Alice'));
  assert.equal((await getState(...caller, 'profiles/alice')).data, encodeBase64('Alice'));
  assert.equal((await getStateHistory(...caller)).messages.length, 1);
  await assert.rejects(getState(...caller, 'profiles/bob'), NotFoundError);
});

test('data', async () => {
  const signed_at = Date.now();
  const signature = encodeBase64(computeDataSignature(space.id, 'a/b', 'value', signed_at, space.keys.privateKey));
  const entry = { data: encodeBase64('value'), signature, signed_by: owner.memberId, signed_at };
  assert.equal((await setData(...caller, 'a/b', entry)).signed_at, signed_at);
  assert.equal((await getData(...caller, 'a/b')).data, entry.data);
  const [, ...rest] = caller;
  const lie = lying((text) => text.replace(entry.data, encodeBase64('other')));
  await assert.rejects(
    getData(lie, ...rest, 'a/b'),
    (error) => error instanceof ChainError && error.code === 'verify.data_signature',
  );
  await assert.rejects(getData(...caller, 'c'), NotFoundError);
});

test('blobs', async () => {
  const { blobId, size } = await uploadBlob(...caller, new TextEncoder().encode('content'));
  assert.equal(size, 7);
  assert.equal(new TextDecoder().decode(await downloadBlob(...caller, blobId)), 'content');
  const [, ...rest] = caller;
  await assert.rejects(
    downloadBlob(
      lying(() => 'another'),
      ...rest,
      blobId,
    ),
    BlobError,
  );
  await deleteBlob(...caller, blobId);
  await assert.rejects(downloadBlob(...caller, blobId), NotFoundError);
});
