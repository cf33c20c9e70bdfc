/** Networks of the program's own. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AbortedError, ChainError, NetworkError, ReeeductioError } from 'reeeductio';
import { TestSpace } from '../scenarios/context.js';
import { type Servers, start } from '../rig/servers.mjs';

let servers: Servers;
before(async () => void (servers = await start()));
after(() => servers.stop());

test('a network that never answers is left by its signal, and hears of it', { timeout: 10_000 }, async () => {
  const space = await TestSpace.on(servers.baseUrl);
  const heard: unknown[] = [];
  const silent: typeof fetch = (_, init) =>
    new Promise((_, reject) => {
      init?.signal?.addEventListener('abort', () => {
        heard.push(init.signal?.reason);
        reject(init.signal?.reason as Error);
      });
    });
  await using owner = space.owner({ fetch: silent });
  const ending = new AbortController();
  setTimeout(() => ending.abort(), 50);
  const calls = [
    owner.getMessages('general', { signal: ending.signal }),
    owner.postMessage('general', 'x', '1', { signal: ending.signal }),
    owner.live({ signal: ending.signal }).next(),
  ];
  await Promise.all(calls.map((call) => assert.rejects(call, AbortedError)));
  assert.ok(heard.length >= 1);
});

test('an answer that stops in the middle is left by its signal', { timeout: 10_000 }, async () => {
  const space = await TestSpace.on(servers.baseUrl);
  await using first = space.owner();
  const { blobId } = await first.uploadPlaintextBlob(new Uint8Array(100_000));
  let cancelled = false;
  const stuck: typeof fetch = async (input, init) => {
    const answer = await fetch(input, init);
    if (!String(input).includes('/blobs/')) return answer;
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new Uint8Array(10)),
      cancel: () => void (cancelled = true),
    });
    init?.signal?.addEventListener('abort', () => void (cancelled = true));
    return new Response(body, { status: 200 });
  };
  await using owner = space.owner({ fetch: stuck });
  const ending = new AbortController();
  setTimeout(() => ending.abort(), 100);
  await assert.rejects(owner.downloadPlaintextBlob(blobId, { signal: ending.signal }), AbortedError);
  assert.ok(cancelled);
});

test('a network that fails is an error of the network', async () => {
  const space = await TestSpace.on(servers.baseUrl);
  await using owner = space.owner({ fetch: () => Promise.reject(new TypeError('no route')) });
  await assert.rejects(owner.getMessages('general'), (error) => {
    assert.ok(error instanceof NetworkError);
    return error.code === 'transport.connect' && /no route/.test(error.message);
  });
});

test('a fetch that throws at once, and one that gives nonsense', async () => {
  const space = await TestSpace.on(servers.baseUrl);
  const throwing = (() => {
    throw new TypeError('broken');
  }) as typeof fetch;
  await using one = space.owner({ fetch: throwing });
  await assert.rejects(one.getMessages('general'), NetworkError);
  await using two = space.owner({ fetch: async () => new Response('<html>', { status: 502 }) });
  await assert.rejects(two.getMessages('general'), ReeeductioError);
});

test('what a program counts on: no request without a signature, none to another place', async () => {
  const space = await TestSpace.on(servers.baseUrl);
  const seen: [string, RequestInit | undefined][] = [];
  const watching: typeof fetch = (input, init) => {
    seen.push([String(input), init]);
    return fetch(input, init);
  };
  await using owner = space.owner({ fetch: watching });
  await owner.postEncryptedMessage('general', 'x', 'not to be seen');
  assert.ok(seen.length > 0);
  for (const [url, init] of seen) {
    assert.ok(url.startsWith(`${servers.baseUrl}/spaces/${space.id}/`), url);
    assert.equal(init?.redirect, 'manual');
    assert.equal(init?.credentials, 'omit');
    const body = Buffer.from((init?.body as Uint8Array | undefined) ?? '').toString();
    assert.doesNotMatch(body, /not to be seen|bm90IHRvIGJlIHNlZW4/);
  }
});

test('a local store that fails is an error of the store', async () => {
  const space = await TestSpace.on(servers.baseUrl);
  const fail = () => Promise.reject(new Error('quota'));
  const localStore = { get: fail, scan: fail, commit: fail, clear: fail };
  await using owner = space.owner({ localStore });
  await assert.rejects(owner.getMessages('general'), (error) => {
    assert.ok(error instanceof ReeeductioError && !(error instanceof ChainError));
    return error.code === 'store.unavailable' && /quota/.test(error.message);
  });
});
