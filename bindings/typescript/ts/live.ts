/** Live streams: messages and other items as they come. */

import type { Pending, Stream as NativeStream } from '../build/reeeductio_wasm.js';
import { signalOrNone } from './arguments.js';
import { ASYNC_DISPOSE } from './dispose.js';
import { AbortedError, NetworkError, StreamError } from './errors.js';
import type { Message } from './message.js';
import { run } from './native.js';
import type { CallOptions } from './options.js';

/** A message that was seen; any {@link Message} is one. */
export interface Anchor {
  readonly messageHash: string;
  readonly serverTimestamp: number;
}

/** Options of a stream. Times are in milliseconds. */
export interface LiveOptions extends CallOptions {
  /** Topics whose earlier messages come too: those after the given message, or all with null. */
  follow?: Readonly<Record<string, Anchor | null>> | undefined;
  /** The longest pause before the first attempt to connect again, 500 by default. It doubles with each further attempt. */
  firstPause?: number | undefined;
  /** The longest pause between attempts, 30,000 by default. */
  longestPause?: number | undefined;
  /** How long nothing may come before the connection counts as lost, 120,000 by default. */
  silence?: number | undefined;
}

/** How a stream is opened, and the items of each of its answers. @internal */
export interface StreamSource<Item> {
  open(): Pending;
  items(answer: unknown): readonly Item[];
}

/** A stream: an asynchronous iterator. Made by methods such as `space.live()` and `topic.history()`. */
export class LiveStream<Item = Message> implements AsyncIterableIterator<Item>, AsyncDisposable {
  readonly #options: CallOptions;
  readonly #source: StreamSource<Item>;
  readonly #ready: Item[] = [];
  readonly #whenClosed: () => void;
  readonly #ending = new AbortController();
  #opening: Promise<NativeStream> | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(options: CallOptions, source: StreamSource<Item>, whenClosed: () => void) {
    this.#options = options;
    this.#source = source;
    this.#whenClosed = whenClosed;
    signalOrNone(options.signal)?.addEventListener('abort', this.#aborted);
  }

  readonly #aborted = () => void this.close();

  /** Opens the stream, if it is not open. A live one gives every message that is stored from then on. */
  async open(): Promise<this> {
    await this.#opened();
    return this;
  }

  /** Returns the next item. */
  next(): Promise<IteratorResult<Item, undefined>> {
    // One after the other: items have an order.
    const next = this.#turn.then(() => this.#next());
    this.#turn = next.catch(() => {});
    return next;
  }

  async #next(): Promise<IteratorResult<Item, undefined>> {
    try {
      const stream = await this.#opened();
      while (this.#ready.length === 0) {
        const answer = await this.#run<[unknown] | undefined>(() => stream.next());
        if (answer === undefined) {
          await this.close();
          return { done: true, value: undefined };
        }
        this.#ready.push(...this.#source.items(answer[0]));
      }
      return { done: false, value: this.#ready.shift() as Item };
    } catch (error) {
      const closed = this.#closing !== undefined;
      await this.close();
      const { signal } = this.#options;
      if (signal?.aborted) throw new AbortedError(signal.reason);
      // Closing is an end like any other.
      if (closed) return { done: true, value: undefined };
      throw error;
    }
  }

  async #opened(): Promise<NativeStream> {
    this.#opening ??= this.#run<NativeStream>(() => this.#source.open());
    return await this.#opening;
  }

  async #run<T>(work: () => Pending): Promise<T> {
    const { signal } = this.#options;
    try {
      return await run<T>(work, signal?.aborted ? signal : this.#ending.signal);
    } catch (error) {
      throw error instanceof NetworkError ? new StreamError(error.message, error.details) : error;
    }
  }

  /** Ends the stream; a loop over it ends as if there were no more items. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#aborted);
    this.#whenClosed();
    this.#ending.abort();
    try {
      const stream = await this.#opening;
      if (!stream) return;
      await run(() => stream.close());
      stream.free();
    } catch {
      // It was never open, or has ended already.
    }
  }

  /** {@link close}, when a loop is left. */
  async return(): Promise<IteratorResult<Item, undefined>> {
    await this.close();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** {@link close}, at the end of an `await using`. */
  async [ASYNC_DISPOSE](): Promise<void> {
    await this.close();
  }
}
