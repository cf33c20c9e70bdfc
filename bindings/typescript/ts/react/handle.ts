/** The methods that the hooks need of a `Space`, so that tests and programs can pass another object. */

import type { Status } from '../space.js';

/** Signal that ends a call. */
export interface Abortable {
  signal?: AbortSignal | undefined;
}

/** A message that was seen. */
export interface AnchorLike {
  readonly messageHash: string;
  readonly serverTimestamp: number;
}

/** A message as it is stored. */
export interface MessageLike extends AnchorLike {
  readonly topicId: string;
  readonly type: string;
  readonly sender: string;
  readonly data: string;
}

/** Receives messages as they are stored. */
export interface LiveHandle<M extends MessageLike> {
  /** With `follow` also those that were stored behind a message, or all of a topic with null. */
  live(options: Abortable & { follow?: Record<string, AnchorLike | null> }): AsyncIterable<M> & {
    /** Resolves when every message that is stored from then on is given. */
    open?(): Promise<unknown>;
  };
}

/** Reads and posts messages. */
export interface MessagesHandle<M extends MessageLike> extends LiveHandle<M> {
  /** The oldest first; the newest of the range if `from` is after `to`. */
  getMessages(
    topicId: string,
    query: Abortable & { from?: number; to?: number; limit?: number },
  ): Promise<{ readonly messages: readonly M[]; readonly hasMore: boolean }>;
  decryptMessageData(message: NoInfer<M>): Uint8Array;
  postEncryptedMessage(topicId: string, type: string, data: Uint8Array | string): Promise<AnchorLike>;
}

/** Reads and sets state. */
export interface StateHandle<M extends MessageLike> extends LiveHandle<M> {
  getEncryptedState(path: string, options: Abortable): Promise<Uint8Array>;
  getPlaintextState(path: string, options: Abortable): Promise<Uint8Array>;
  setEncryptedState(path: string, data: Uint8Array | string): Promise<unknown>;
  setPlaintextState(path: string, data: Uint8Array | string): Promise<unknown>;
}

/** Reads, follows and sets data. */
export interface DataHandle {
  readonly data: {
    /** Gives the values at a path and below it, and then their changes. */
    watch(path: string, options: Abortable): AsyncIterable<{ readonly path: string }> & {
      /** Resolves when every change that is made from then on is given. */
      open?(): Promise<unknown>;
    };
  };
  getEncryptedData(path: string, options: Abortable): Promise<Uint8Array>;
  getPlaintextData(path: string, options: Abortable): Promise<Uint8Array>;
  setEncryptedData(path: string, data: Uint8Array | string): Promise<unknown>;
  setPlaintextData(path: string, data: Uint8Array | string): Promise<unknown>;
}

/** Tells of its connection. */
export interface StatusHandle {
  /** Calls a function with the status, and with each change of it. Returns the function that ends that. */
  onStatus(listener: (status: Status) => void): () => void;
}
