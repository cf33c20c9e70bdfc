/** Network: requests by `fetch` and streams by `WebSocket`, with limits on time and on what is held. */

import { type Kind, NetworkFailure } from './network/failure.js';
import { fromPackage, Opening, type WebSocketClass } from './network/line.js';

/** Milliseconds for an answer to begin, and for each next part of it. */
const IDLE = 30_000;
/** The slowest line that uploads are still waited for on, in bytes per second. */
const SLOWEST_UPLOAD = 16 * 1024;

/** Replaces the platform's `fetch` and `WebSocket`. */
export interface NetworkOptions {
  /** Like the global `fetch`. */
  fetch?: typeof globalThis.fetch;
  /** Like the global `WebSocket`. By default that; in Node 20, which has none, the one of the package `ws`. */
  WebSocket?: WebSocketClass;
}

/** The network as the WebAssembly module calls it. */
export class Network {
  readonly #fetch: typeof globalThis.fetch;
  readonly #socket: WebSocketClass | undefined;

  constructor(options: NetworkOptions = {}) {
    this.#fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
    this.#socket = options.WebSocket;
  }

  send(
    method: string,
    url: string,
    named: string[],
    body: Uint8Array | Uint8Array[] | undefined,
  ): Exchange {
    const headers: Record<string, string> = {};
    for (let at = 0; at + 1 < named.length; at += 2) headers[named[at] as string] = named[at + 1] as string;
    // A browser may keep many pieces on its disk; one piece goes as it is.
    const content = Array.isArray(body) ? new Blob(body as BlobPart[]) : (body as BodyInit | undefined);
    const length = content instanceof Blob ? content.size : ((body as Uint8Array | undefined)?.length ?? 0);
    return new Exchange(this.#fetch, url, (length / SLOWEST_UPLOAD) * 1000 + IDLE, {
      method,
      headers,
      ...(content === undefined ? {} : { body: content }),
      // A token must not travel to another address: the WebAssembly module follows by itself, without one.
      redirect: 'manual',
      cache: 'no-store',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
    });
  }

  connect(url: string, protocol: string | undefined): Opening {
    const find = async () => this.#socket ?? globalThis.WebSocket ?? (await fromPackage());
    // A server that has protocols refuses by a close code, once the stream is open: that it is not open is no refusal.
    const unreachable = async () => new NetworkFailure('connect', 'the stream cannot be opened');
    const whyNot = (url: string) => this.#whyNot(url);
    return new Opening(url, protocol, find, protocol === undefined ? whyNot : unreachable);
  }

  /** Platforms do not say why a WebSocket was not opened. Asking a published server for the same without one does. */
  async #whyNot(url: string): Promise<NetworkFailure> {
    const exchange = this.send('GET', url.replace(/^ws/, 'http'), [], undefined);
    try {
      const [status] = await exchange.head();
      const refused = [401, 403, 429].includes(status) || status >= 500;
      if (refused) return new NetworkFailure('handshake', 'the stream was refused', status);
      return new NetworkFailure('failed', 'the server is there, and its WebSocket cannot be opened');
    } catch (error) {
      if (error instanceof NetworkFailure && error.kind === 'timeout') return error;
      return new NetworkFailure('connect', 'the stream cannot be opened');
    } finally {
      exchange.cancel();
    }
  }
}

/** A request under way. */
class Exchange {
  readonly #abort = new AbortController();
  readonly #response: Promise<Response>;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;

  constructor(fetch: typeof globalThis.fetch, url: string, patience: number, init: RequestInit) {
    this.#response = within(patience, this.#abort, fetch(url, { ...init, signal: this.#abort.signal }), 'connect', url);
    // Waited for in `head`; a request that is dropped before has nobody to hear of it.
    this.#response.catch(() => {});
  }

  /** Status, length, type, and where else to go. */
  async head(): Promise<[number, number | undefined, string | undefined, string | undefined]> {
    const response = await this.#response;
    if (response.type === 'opaqueredirect') {
      throw new NetworkFailure('failed', 'the server redirects, and a browser does not say where to');
    }
    const length = response.headers.get('Content-Length');
    // A body that was compressed on the way has another length.
    const coded = response.headers.get('Content-Encoding');
    return [
      response.status,
      length === null || coded !== null ? undefined : Number(length),
      response.headers.get('Content-Type') ?? undefined,
      response.headers.get('Location') ?? undefined,
    ];
  }

  async next(): Promise<Uint8Array | undefined> {
    const response = await this.#response;
    this.#reader ??= response.body?.getReader();
    if (this.#reader === undefined) return undefined;
    const { done, value } = await within(IDLE, this.#abort, this.#reader.read(), 'failed');
    return done ? undefined : value;
  }

  cancel(): void {
    this.#abort.abort();
    this.#reader?.cancel().catch(() => {});
  }
}

/** Gives the value of a promise, unless it takes longer or is not wanted any more: then all of the request ends. */
async function within<T>(
  millis: number,
  abort: AbortController,
  promise: Promise<T>,
  kind: Kind,
  url = '',
): Promise<T> {
  let late = false;
  let release = () => {};
  // A program's own `fetch` may not care for its signal.
  const ended = new Promise<never>((_, reject) => {
    const end = () => reject(abort.signal.reason as Error);
    abort.signal.addEventListener('abort', end);
    release = () => abort.signal.removeEventListener('abort', end);
  });
  const timer = setTimeout(() => {
    late = true;
    abort.abort();
  }, millis);
  try {
    return await Promise.race([promise, ended]);
  } catch (error) {
    if (late) throw new NetworkFailure('timeout', 'the server did not answer in time');
    throw new NetworkFailure(kind, reasonOf(error, url));
  } finally {
    release();
    clearTimeout(timer);
  }
}

/** The innermost cause: the outer ones only say that something failed. An address may hold what is not to be shown. */
function reasonOf(error: unknown, url: string): string {
  let innermost = error;
  while (innermost instanceof Error && innermost.cause instanceof Error) innermost = innermost.cause;
  const text = innermost instanceof Error ? innermost.message || innermost.name : String(innermost);
  return url === '' ? text : text.replaceAll(url, 'the address');
}
