/** WebSockets, with limits on time and on what is held. */

import { NetworkFailure } from './failure.js';

/** Milliseconds for a stream to open. */
const IDLE = 30_000;
/** Bytes of a stream that may wait to be read before the connection is given up: it is then resumed. */
const MOST_WAITING = 16 * 1024 * 1024;

/**
 * How to make a WebSocket. With our server a protocol is named, which the server must select and which the class must pass on; with a
 * published server none is.
 */
export type WebSocketClass = new (url: string, protocol?: string) => WebSocket;

/** Added to an HTTP status, the close code of a stream that the server refuses (spec/stream.md). */
const REFUSED = 4000;

/** A WebSocket on its way. */
export class Opening {
  readonly #line: Promise<Line>;
  #socket: WebSocket | undefined;
  #cancelled = false;

  constructor(
    url: string,
    protocol: string | undefined,
    find: () => Promise<WebSocketClass>,
    whyNot: (url: string) => Promise<NetworkFailure>,
  ) {
    this.#line = this.#open(url, protocol, find, whyNot);
    // Waited for in `line`; one that is dropped before has nobody to hear of it.
    this.#line.catch(() => {});
  }

  async #open(
    url: string,
    protocol: string | undefined,
    find: () => Promise<WebSocketClass>,
    whyNot: (url: string) => Promise<NetworkFailure>,
  ): Promise<Line> {
    const Socket = await find();
    if (this.#cancelled) throw new NetworkFailure('failed', 'nobody waits for the stream');
    try {
      this.#socket = protocol === undefined ? new Socket(url) : new Socket(url, protocol);
      return await Line.open(this.#socket);
    } catch (error) {
      if (error instanceof NetworkFailure) {
        throw error.kind === 'handshake' && !this.#cancelled ? await whyNot(url) : error;
      }
      // Its text has the address, and the address may have a token.
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
export class Line {
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
    socket.onclose = ({ code }) => this.#end(refusal(code));
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

/** The failure that a close code stands for, if it is that of an HTTP status. */
function refusal(code: number): NetworkFailure | undefined {
  const status = code - REFUSED;
  if (!(status >= 400 && status < 600)) return undefined;
  return new NetworkFailure('handshake', 'the stream was refused', status);
}

/** Bytes that a text takes while it waits; an empty one takes some, too. */
function weight(text: string): number {
  return text.length + 64;
}

/** The `ws` package, where there is no `WebSocket`: Node 20. Not named where a bundler would look. */
export async function fromPackage(): Promise<WebSocketClass> {
  try {
    const { WebSocket } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'ws');
    const Limited = class extends WebSocket {
      constructor(url: string, protocol?: string) {
        super(url, protocol === undefined ? [] : [protocol], { maxPayload: MOST_WAITING });
      }
    };
    return Limited as unknown as WebSocketClass;
  } catch {
    throw new NetworkFailure('connect', 'there is no WebSocket here: pass one as the option WebSocket');
  }
}
