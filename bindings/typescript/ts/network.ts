/** What carries requests and streams: `fetch` and `WebSocket`, with limits on time and on what is held. */

/** Milliseconds for an answer to begin, and for each next part of it. */
const IDLE = 30_000;
/** The slowest line that uploads are still waited for on, in bytes per second. */
const SLOWEST_UPLOAD = 16 * 1024;
/** What of a stream may wait to be read before the connection is given up: it is then resumed. */
const MOST_WAITING = 16 * 1024 * 1024;

/** How to make a WebSocket. */
export type WebSocketClass = new (url: string) => WebSocket;

/** A network of one's own; by default that of the platform. */
export interface NetworkOptions {
  /** Like the global `fetch`. */
  fetch?: typeof globalThis.fetch;
  /** Like the global `WebSocket`; in Node 20 the one of the package `ws` where this is absent. */
  WebSocket?: WebSocketClass;
}

type Kind = 'connect' | 'failed' | 'handshake' | 'timeout' | 'url';

/** What the compiled half understands. */
class NetworkFailure extends Error {
  constructor(
    readonly kind: Kind,
    message: string,
    readonly status?: number,
  ) {
    super(message);
  }
}

/** The network as the compiled half calls it. */
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
      // A token must not travel to another address: the compiled half follows by itself, without one.
      redirect: 'manual',
      cache: 'no-store',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
    });
  }

  connect(url: string): Opening {
    return new Opening(url, async () => this.#socket ?? globalThis.WebSocket ?? (await fromPackage()), (url) =>
      this.#whyNot(url),
    );
  }

  /** Platforms do not say why a WebSocket was not opened. Asking for the same without one does. */
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

/** The `ws` package, where there is no `WebSocket`: Node 20. Not named where a bundler would look. */
async function fromPackage(): Promise<WebSocketClass> {
  try {
    const { WebSocket } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'ws');
    const Limited = class extends WebSocket {
      constructor(url: string) {
        super(url, { maxPayload: MOST_WAITING });
      }
    };
    return Limited as unknown as WebSocketClass;
  } catch {
    throw new NetworkFailure('connect', 'there is no WebSocket here: pass one as the option WebSocket');
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
    // What was compressed on the way has another length.
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

/** What a promise gives, unless it takes longer or is not wanted any more: then all of the request ends. */
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

/** A WebSocket on its way. */
class Opening {
  readonly #line: Promise<Line>;
  #socket: WebSocket | undefined;
  #cancelled = false;

  constructor(url: string, find: () => Promise<WebSocketClass>, whyNot: (url: string) => Promise<NetworkFailure>) {
    this.#line = this.#open(url, find, whyNot);
    // Waited for in `line`; one that is dropped before has nobody to hear of it.
    this.#line.catch(() => {});
  }

  async #open(
    url: string,
    find: () => Promise<WebSocketClass>,
    whyNot: (url: string) => Promise<NetworkFailure>,
  ): Promise<Line> {
    const Socket = await find();
    if (this.#cancelled) throw new NetworkFailure('failed', 'nobody waits for the stream');
    try {
      this.#socket = new Socket(url);
      return await Line.open(this.#socket);
    } catch (error) {
      if (error instanceof NetworkFailure) {
        throw error.kind === 'handshake' && !this.#cancelled ? await whyNot(url) : error;
      }
      // Its text has the address, and the address has a token.
      const name = error instanceof Error ? error.name : 'unknown';
      throw new NetworkFailure('connect', `the platform does not open a WebSocket there (${name})`);
    }
  }

  async line(): Promise<Line> {
    return await this.#line;
  }

  /** Closes it, open or not. */
  cancel(): void {
    this.#cancelled = true;
    this.#line.then(
      (line) => line.close(),
      () => {},
    );
    this.#socket?.close();
  }
}

/** An open WebSocket. */
class Line {
  readonly #socket: WebSocket;
  readonly #waiting: string[] = [];
  #held = 0;
  #ended = false;
  #failure: NetworkFailure | undefined;
  #wake: (() => void) | undefined;

  static open(socket: WebSocket): Promise<Line> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        socket.close();
        reject(new NetworkFailure('timeout', 'the server did not answer in time'));
      }, IDLE);
      socket.onopen = () => {
        clearTimeout(timer);
        resolve(new Line(socket));
      };
      socket.onerror = () => {
        clearTimeout(timer);
        reject(new NetworkFailure('handshake', 'the stream could not be opened', 0));
      };
    });
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = (event: MessageEvent) => this.#take(event.data);
    socket.onerror = () => this.#end(new NetworkFailure('failed', 'the stream broke'));
    socket.onclose = () => this.#end(undefined);
  }

  #take(data: unknown): void {
    // Binary frames are not part of the protocol.
    if (this.#ended || typeof data !== 'string') return;
    this.#waiting.push(data);
    this.#held += weight(data);
    if (this.#held > MOST_WAITING) {
      this.#socket.close();
      this.#end(new NetworkFailure('failed', 'messages came faster than they were read'));
    }
    this.#wake?.();
  }

  #end(failure: NetworkFailure | undefined): void {
    if (!this.#ended) this.#failure = failure;
    this.#ended = true;
    this.#wake?.();
  }

  send(text: string): void {
    this.#socket.send(text);
  }

  async next(): Promise<string | undefined> {
    while (this.#waiting.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const text = this.#waiting.shift();
    if (text === undefined && this.#failure) throw this.#failure;
    this.#held -= text === undefined ? 0 : weight(text);
    return text;
  }

  close(): void {
    this.#end(undefined);
    this.#waiting.length = 0;
    this.#socket.close();
  }
}

/** What a text takes while it waits; an empty one is not for nothing. */
function weight(text: string): number {
  return text.length + 64;
}
