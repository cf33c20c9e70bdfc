/** The methods that the hooks need of a `Space`, so that tests and programs can pass another object. */

import type { Bytes } from '../encoding.js';
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
  /** With `follow` also those that were stored after a message, or all of a topic with null. */
  live(options: Abortable & { follow?: Record<string, AnchorLike | null> }): AsyncIterable<M> & {
    /** Resolves when every message that is stored from then on is given. */
    open?(): Promise<unknown>;
  };
}

/** Reads and posts messages. */
export interface MessagesHandle<M extends MessageLike> extends LiveHandle<M> {
  /** The topic with what the local store has; if it is left out, nothing is shown before the server answers. */
  topic?(topicId: string): {
    /** The newest messages, oldest first. Rejects if there is no store. */
    stored(limit: number, options: Abortable): Promise<readonly NoInfer<M>[]>;
  };
  /** The oldest first; the newest of the range if `from` is after `to`. */
  getMessages(
    topicId: string,
    query: Abortable & { from?: number; to?: number; limit?: number },
  ): Promise<{ readonly messages: readonly M[]; readonly hasMore: boolean }>;
  decryptMessageData(message: NoInfer<M>): Bytes;
  postEncryptedMessage(topicId: string, type: string, data: Uint8Array | string): Promise<AnchorLike>;
}

/** A value that a local store has. */
export interface StoredValueLike {
  /** The value as it is stored, in base64; empty if it was removed. */
  readonly data: string;
  /** The opened value. Throws if it does not open. */
  readonly bytes: Bytes;
}

/** Reads what the local store has. */
export interface StoredValues {
  /** The value at a path as it was seen last; undefined if none was seen. Rejects if there is no store. */
  stored(path: string, options: Abortable): Promise<StoredValueLike | undefined>;
}

/** Reads and sets state. */
export interface StateHandle<M extends MessageLike> extends LiveHandle<M> {
  /** The values that the local store has; if it is left out, nothing is shown before the server answers. */
  readonly state?: StoredValues;
  getEncryptedState(path: string, options: Abortable): Promise<Bytes>;
  getPlaintextState(path: string, options: Abortable): Promise<Bytes>;
  setEncryptedState(path: string, data: Uint8Array | string): Promise<unknown>;
  setPlaintextState(path: string, data: Uint8Array | string): Promise<unknown>;
}

/** Reads, follows and sets data. */
export interface DataHandle {
  readonly data: Partial<StoredValues> & {
    /** Gives the values at a path and below it, and then their changes. */
    watch(path: string, options: Abortable): AsyncIterable<{ readonly path: string }> & {
      /** Resolves when every change that is made from then on is given. */
      open?(): Promise<unknown>;
    };
  };
  getEncryptedData(path: string, options: Abortable): Promise<Bytes>;
  getPlaintextData(path: string, options: Abortable): Promise<Bytes>;
  setEncryptedData(path: string, data: Uint8Array | string): Promise<unknown>;
  setPlaintextData(path: string, data: Uint8Array | string): Promise<unknown>;
}

/** Reports its connection. */
export interface StatusHandle {
  /** Calls a function with the status, now and at each change. Returns a function that ends that. */
  onStatus(listener: (status: Status) => void): () => void;
}
