/** Tokens of streams: in the first frame with our server, in the URL with a published one. */

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { StreamError, type WebSocketClass } from 'reeeductio';
import { WebSocket as Ws } from 'ws';
import { Server } from '../rig/server.mjs';
import { TestSpace } from '../scenarios/context.js';

const SECRET = 'a secret of thirty-two bytes, that we share';

/** Every stream that was asked for. */
class Asked {
  readonly streams: { url: string; protocol: string | undefined }[] = [];
  readonly sockets: Ws[] = [];

  get WebSocket(): WebSocketClass {
    const { streams, sockets } = this;
    return class extends Ws {
      constructor(url: string, protocol?: string) {
        super(url, protocol);
        streams.push({ url, protocol });
        sockets.push(this);
      }
    } as unknown as WebSocketClass;
  }
}

/** A `fetch` that gives tokens as a published server in the place of ours would issue them: without the claim `stream`. */
const published: typeof fetch = async (input, init) => {
  const answer = await fetch(input, init);
  if (!/\/auth\/(verify|refresh)$/.test(String(input)) || !answer.ok) return answer;
  const body = (await answer.json()) as { token: string };
  const [header, claims] = body.token.split('.');
  const { stream, ...others } = JSON.parse(Buffer.from(claims as string, 'base64url').toString()) as { stream: number };
  assert.equal(stream, 2);
  const signed = `${header}.${Buffer.from(JSON.stringify(others)).toString('base64url')}`;
  const tag = createHmac('sha256', SECRET).update(signed).digest('base64url');
  return Response.json({ ...body, token: `${signed}.${tag}` });
};

test('only a published server gets the token in the URL of a stream', { timeout: 30_000 }, async () => {
  const server = await Server.start({ server: { jwt_secret: SECRET } });
  try {
    const space = await TestSpace.on(server.url);
    for (const fetch of [globalThis.fetch, published]) {
      const asked = new Asked();
      await using owner = space.owner({ fetch, WebSocket: asked.WebSocket });
      await using stream = await owner.live({ firstPause: 20, longestPause: 50 }).open();
      for (const text of ['1', '2']) {
        const next = stream.next();
        const { messageHash } = await owner.postMessage('general', 'x', text);
        assert.equal((await next).value?.messageHash, messageHash);
        asked.sockets.at(-1)?.terminate();
      }
      const next = stream.next();
      const attempts = asked.streams.length;
      // Long enough for several attempts that find nobody.
      await server.restart(() => new Promise((resolve) => setTimeout(resolve, 400)));
      const { messageHash } = await owner.postMessage('general', 'x', '3');
      assert.equal((await next).value?.messageHash, messageHash);
      assert.ok(asked.streams.length > attempts + 1);
      for (const { url, protocol } of asked.streams) {
        const base = `${server.url.replace('http', 'ws')}/spaces/${space.id}/stream`;
        if (fetch === published) {
          assert.equal(protocol, undefined);
          assert.ok(url.startsWith(`${base}?token=ey`), url);
        } else {
          assert.deepEqual([url, protocol], [base, 'reeeductio.stream.v2']);
        }
      }
    }
  } finally {
    await server.stop();
  }
});

test('a token that the first frame is refused for is replaced', { timeout: 30_000 }, async () => {
  const server = await Server.start();
  try {
    const space = await TestSpace.on(server.url);
    const logins: string[] = [];
    const counting: typeof fetch = (input, init) => {
      if (String(input).endsWith('/auth/verify')) logins.push(String(input));
      return fetch(input, init);
    };
    await using owner = space.owner({ fetch: counting });
    await using stream = await owner.live({ firstPause: 20, longestPause: 50 }).open();
    await using other = space.owner();
    for (const text of ['1', '2']) {
      const next = stream.next();
      const { messageHash } = await other.postMessage('general', 'x', text);
      assert.equal((await next).value?.messageHash, messageHash);
      // A server with another secret does not resume: then only topics that are known are read.
      if (text === '1') await server.restart((data) => rm(join(data, 'token.secret')));
    }
    assert.equal(logins.length, 2);
  } finally {
    await server.stop();
  }
});

test('no error has the token that is in the address of a stream', { timeout: 20_000 }, async () => {
  const server = await Server.start({ server: { jwt_secret: SECRET } });
  try {
    const space = await TestSpace.on(server.url);
    let told = 0;
    class Telling {
      constructor(url: string) {
        told += Number(url.includes('token='));
        throw new SyntaxError(`cannot open ${url}`);
      }
    }
    const telling: typeof fetch = (input, init) => {
      if (!String(input).includes('token=')) return published(input, init);
      told += 1;
      return Promise.reject(new TypeError(`cannot fetch ${String(input)}`));
    };
    class Nowhere extends Ws {
      constructor() {
        super('ws://127.0.0.1:9/');
      }
    }
    for (const network of [
      { WebSocket: Telling, fetch: published },
      { WebSocket: Nowhere, fetch: telling },
    ]) {
      await using owner = space.owner(network as unknown as { WebSocket: WebSocketClass });
      const token = await owner.authenticate();
      await assert.rejects(owner.live().open(), (error) => {
        assert.ok(error instanceof StreamError);
        return !inspect(error).includes(token);
      });
    }
    assert.ok(told >= 2);
  } finally {
    await server.stop();
  }
});
