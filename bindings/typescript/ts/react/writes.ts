/** Writes of one value, one after the other. */

import type { Bytes } from '../encoding.js';

/** A write that is under way or waits. */
export interface Write {
  data: Bytes;
}

interface Waiting extends Write {
  readonly done: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

/** Sends writes one after the other; of those that wait only the newest is sent. */
export class Writes {
  readonly #send: (data: Uint8Array) => Promise<unknown>;
  readonly #ended: (write: Write, error: unknown) => void;
  #sending: Waiting | undefined;
  #waiting: Waiting | undefined;
  #begun = 0;

  /** @param ended Is told of each write that was sent, with the error if it failed. */
  constructor(send: (data: Uint8Array) => Promise<unknown>, ended: (write: Write, error: unknown) => void) {
    this.#send = send;
    this.#ended = ended;
  }

  /** The last write that was added, until it has ended. */
  get newest(): Write | undefined {
    return this.#waiting ?? this.#sending;
  }

  /** How many were added: what was read before another was added may be older than that. */
  get begun(): number {
    return this.#begun;
  }

  /** Adds a write. Resolves when it, or a newer one that took its place, is stored; rejects if that one fails. */
  add(data: Bytes): Promise<void> {
    this.#begun += 1;
    if (this.#waiting) {
      this.#waiting.data = data;
      return this.#waiting.done;
    }
    this.#waiting = waiting(data);
    const { done } = this.#waiting;
    if (!this.#sending) void this.#run();
    return done;
  }

  async #run(): Promise<void> {
    while (this.#waiting) {
      const write = (this.#sending = this.#waiting);
      this.#waiting = undefined;
      let failure: unknown;
      let failed = false;
      try {
        await this.#send(write.data);
      } catch (error) {
        failure = error ?? new Error('it could not be set');
        failed = true;
      }
      this.#sending = undefined;
      this.#ended(write, failure);
      if (failed) write.reject(failure);
      else write.resolve();
    }
  }
}

function waiting(data: Bytes): Waiting {
  let settle: Pick<Waiting, 'resolve' | 'reject'> | undefined;
  const done = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // The hook's `error` shows a failure too: a caller need not listen.
  done.catch(() => {});
  return { data, done, ...(settle as unknown as Pick<Waiting, 'resolve' | 'reject'>) };
}
