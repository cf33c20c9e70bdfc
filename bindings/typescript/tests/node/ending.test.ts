/** Operations that are given up end, and operations without an end are given up. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { computeBlobId, NetworkError, NotFoundError, ValidationError } from 'reeeductio';
import { WebSocket } from 'ws';
import { TestSpace } from '../scenarios/context.js';
import { type Servers, start } from '../rig/servers.mjs';

let servers: Servers;
before(async () => {
  servers = await start();
});
after(() => servers.stop());

const MIB = 1 << 20;
const ID = 'B'.padEnd(44, 'A');

test('a blob that does not end is refused, and the package goes on', async () => {
  const space = await TestSpace.on(servers.baseUrl);
  let sent = 0;
  const endless: typeof fetch = async (input, init) => {
    if (!String(input).includes('/blobs/')) return await fetch(input, init);
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
      sent += 1;
      controller.enqueue(new Uint8Array(MIB));
    };
    return new Response(new ReadableStream({ pull }), { status: 200 });
  };
  await using owner = space.owner({ fetch: endless });
  const refused = (error: unknown) => error instanceof NetworkError && error.code === 'transport.too_long';
  await assert.rejects(owner.downloadPlaintextBlob(ID), refused);
  assert.ok(sent < 300, `${sent} MiB were read`);
  await owner.postEncryptedMessage('general', 'x', 'still here');
});

test('a stream that is not waited for any more is closed, also while it opens', async () => {
  const space = await TestSpace.on(servers.baseUrl);
  const made: WebSocket[] = [];
  const Watched = class extends WebSocket {
    constructor(url: string, protocol?: string) {
      super(url, protocol);
      made.push(this);
      stop.abort();
    }
  };
  const stop = new AbortController();
  await using owner = space.owner({ WebSocket: Watched as unknown as typeof globalThis.WebSocket });
  await assert.rejects(owner.live({ signal: stop.signal }).open());
  assert.equal(made.length, 1);
  const [socket] = made;
  assert.ok(socket);
  if (socket.readyState !== WebSocket.CLOSED) await new Promise((resolve) => socket.once('close', resolve));
  assert.equal(socket.readyState, WebSocket.CLOSED);
});

test('a progress function that throws ends the upload', async () => {
  const space = await TestSpace.on(servers.baseUrl);
  await using owner = space.owner();
  const content = crypto.getRandomValues(new Uint8Array(65_536));
  const file = new Blob(Array.from({ length: 32 }, () => content));
  const enough = new Error('enough');
  let calls = 0;
  const progress = () => {
    calls += 1;
    throw enough;
  };
  await assert.rejects(owner.uploadPlaintextBlob(file, { progress }), enough);
  assert.equal(calls, 1);
  const id = computeBlobId(new Uint8Array(await file.arrayBuffer()));
  await assert.rejects(owner.downloadPlaintextBlob(id), NotFoundError);
});

test('a progress function may use its own handle', async () => {
  const space = await TestSpace.on(servers.baseUrl);
  await using owner = space.owner();
  await owner.setPlaintextState('a', '1');
  const asked: Promise<Uint8Array>[] = [];
  const progress = () => void asked.push(owner.getPlaintextState('a'));
  const file = new Blob([new Uint8Array(MIB)]);
  const { blobId, dek } = await owner.encryptAndUploadBlob(file, { progress });
  const uploading = asked.length;
  assert.ok(uploading > 0);
  const opened = await owner.downloadAndDecryptBlob(blobId, dek, { progress });
  assert.equal(opened.length, MIB);
  assert.ok(asked.length > uploading);
  for (const value of await Promise.all(asked)) assert.equal(new TextDecoder().decode(value), '1');
});

test('an address with a password in it is refused, and not shown', async () => {
  const space = await TestSpace.on(servers.baseUrl);
  await using owner = space.owner({ baseUrl: 'http://user:hunter2@localhost' });
  await assert.rejects(owner.getMessages('general'), (error: Error) => {
    assert.ok(error instanceof ValidationError);
    assert.doesNotMatch(error.message, /hunter2/);
    return true;
  });
});
