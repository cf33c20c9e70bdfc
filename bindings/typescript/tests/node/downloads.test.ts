/** Downloading into a stream. */

import assert from 'node:assert/strict';
import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, before, test } from 'node:test';
import { AbortedError, BlobError, DecryptionError, NetworkError, NotFoundError, ValidationError } from 'reeeductio';
import { TestSpace } from '../scenarios/context.js';
import { random, rejects } from '../scenarios/expect.js';
import { packageFolder } from './places.js';
import { type Servers, start } from '../rig/servers.mjs';

let servers: Servers;
let space: TestSpace;
before(async () => {
  servers = await start();
  space = await TestSpace.on(servers.baseUrl);
});
after(() => servers.stop());

/** A stream into memory, and how it ended. */
function sink() {
  const pieces: Uint8Array[] = [];
  const state = { ended: 'open' };
  const target = new WritableStream<Uint8Array>({
    write: (piece) => void pieces.push(piece),
    close: () => void (state.ended = 'closed'),
    abort: () => void (state.ended = 'aborted'),
  });
  return { target, state, bytes: () => new Uint8Array(Buffer.concat(pieces)) };
}

/** Whether it is a request for a blob's bytes. */
const isDownload = (input: unknown, init: RequestInit | undefined) =>
  (init?.method ?? 'GET') === 'GET' && String(input).includes('/blobs/');

/** A network on which the first downloads break after so many bytes; `ranges` are those that were asked for. */
function breaking(breaks: number, after: number, { knowsRanges = true, tamper = false } = {}) {
  const ranges: (string | null)[] = [];
  const broken: typeof fetch = async (input, init) => {
    if (!isDownload(input, init)) return await fetch(input, init);
    const headers = new Headers(init?.headers);
    ranges.push(headers.get('range'));
    if (!knowsRanges) headers.delete('range');
    const response = await fetch(input, { ...init, headers });
    if (ranges.length > breaks) return response;
    const whole = new Uint8Array(await response.arrayBuffer());
    if (tamper) whole[after - 1] = ~(whole[after - 1] ?? 0);
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(whole.slice(0, after)),
      pull: (controller) => controller.error(new TypeError('terminated')),
    });
    const { status } = response;
    return new Response(body, { status, headers: { 'content-length': String(whole.length) } });
  };
  return { fetch: broken, ranges };
}

test('a blob of any length is written as it is stored, or opened', async () => {
  await using owner = space.owner();
  for (const length of [0, 1, 16, 700_001]) {
    const content = random(length);
    const { blobId, dek, size } = await owner.encryptAndUploadBlob(content);
    const [opened, stored] = [sink(), sink()];
    const told: [number, number | undefined][] = [];
    const progress = (bytes: number, total: number | undefined) => void told.push([bytes, total]);
    assert.equal(await owner.downloadTo(blobId, opened.target, { key: dek, progress }), length);
    assert.deepEqual([opened.bytes(), opened.state.ended], [content, 'closed']);
    if (length > 0) assert.deepEqual(told.at(-1), [size, size]);
    assert.equal(await owner.downloadTo(blobId, stored.target), size);
    assert.deepEqual(stored.bytes(), await owner.downloadPlaintextBlob(blobId));
  }
});

for (const knowsRanges of [true, false]) {
  test(`a download goes on over lost connections${knowsRanges ? '' : ', with a server that knows no ranges'}`, async () => {
    await using owner = space.owner();
    const content = random(300_000);
    const { blobId, dek } = await owner.encryptAndUploadBlob(content);
    const { fetch, ranges } = breaking(2, 100_000, { knowsRanges });
    await using reader = space.owner({ fetch });
    const { target, state, bytes } = sink();
    assert.equal(await reader.downloadTo(blobId, target, { key: dek }), content.length);
    assert.deepEqual([bytes(), state.ended], [content, 'closed']);
    assert.deepEqual(ranges.slice(0, 2), [null, 'bytes=100000-']);
    assert.equal(ranges.length, 3);
  });
}

test('after any error the stream is aborted, never closed', { timeout: 60_000 }, async () => {
  await using owner = space.owner();
  const content = random(300_000);
  const { blobId, dek } = await owner.encryptAndUploadBlob(content);
  await using deceived = space.owner({ fetch: breaking(1, 100_000, { tamper: true }).fetch });
  const refused = async (call: (target: WritableStream<Uint8Array>) => Promise<unknown>, kind: new (...given: never[]) => Error) => {
    const { target, state } = sink();
    await assert.rejects(call(target), kind);
    assert.equal(state.ended, 'aborted');
  };
  await refused((target) => deceived.downloadTo(blobId, target, { key: dek }), BlobError);
  await refused((target) => owner.downloadTo(blobId, target, { key: random(32) }), DecryptionError);
  await refused((target) => owner.downloadTo(`B${'A'.repeat(43)}`, target), NotFoundError);
  await refused((target) => owner.downloadTo(blobId, target, { key: random(31) }), ValidationError);
  await using offline = space.owner({ baseUrl: 'http://127.0.0.1:9' });
  await refused((target) => offline.downloadTo(blobId, target), NetworkError);
  const ending = new AbortController();
  const progress = () => ending.abort();
  const { signal } = ending;
  await refused((target) => owner.downloadTo(blobId, target, { key: dek, progress, signal }), AbortedError);
  const full = new WritableStream({ write: () => Promise.reject(new RangeError('the disk is full')) });
  await assert.rejects(owner.downloadTo(blobId, full), new RangeError('the disk is full'));
  const closing = space.owner();
  const { target, bytes } = sink();
  const download = closing.downloadTo(blobId, target, { key: dek, progress: () => void closing.close() });
  assert.equal(await download, content.length, 'what is under way when a handle is closed finishes');
  assert.deepEqual(bytes(), content);
  await rejects(closing.downloadTo(blobId, sink().target), Error as never);
});

test('in Node it is written to a file', async () => {
  await using owner = space.owner();
  const content = random(700_000);
  const { blobId, dek } = await owner.encryptAndUploadBlob(content);
  const path = join(packageFolder('build', 'tests'), 'download');
  await owner.downloadTo(blobId, Writable.toWeb(createWriteStream(path)), { key: dek });
  assert.deepEqual(new Uint8Array(readFileSync(path)), content);
});
