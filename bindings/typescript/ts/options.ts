/** Options of methods. */

import type { NetworkOptions } from './network.js';
import type { KeyPair } from './keys.js';
import type { LocalStore } from './store.js';

/** Options of every asynchronous method. */
export interface CallOptions {
  /** Ends the operation: the promise rejects with an {@link AbortedError}, and requests under way are dropped. */
  signal?: AbortSignal | undefined;
}

/** Options of a post. */
export interface PostOptions extends CallOptions {
  /**
   * The id of the message to append directly after: a {@link ConflictError} if that is not the newest. `null` makes it
   * the topic's first. By default it is appended after the newest, also if others post at the same time.
   */
  prevHash?: string | null | undefined;
}

/** Options of what is sealed or opened with a key. */
export interface KeyOptions extends CallOptions {
  /** 32 bytes; by default the space's own key for this. */
  key?: Uint8Array | undefined;
}

/** A range of messages. Times are Unix milliseconds of the server's clock, both inclusive. */
export interface MessageQuery extends CallOptions {
  /** The earliest time. If it is after `to`, the page has the newest messages of the range. */
  from?: number | undefined;
  /** The latest time. */
  to?: number | undefined;
  /** 1 to 1000, 100 by default. */
  limit?: number | undefined;
}

/** Receives the bytes transferred so far, sealing included, and the total where it is known. */
export type Progress = (bytes: number, total: number | undefined) => void;

/** Options of uploads and downloads. */
export interface TransferOptions extends CallOptions {
  /** Called as bytes are transferred. An error that it throws ends the transfer. */
  progress?: Progress | undefined;
}

/** Options of a download into a stream. */
export interface DownloadOptions extends TransferOptions {
  /** The `dek` of a sealed blob; without it the blob is written as it is stored. */
  key?: Uint8Array | undefined;
}

/** The server of a handle, and the network to it. */
export interface ServerOptions extends NetworkOptions {
  /** The server's address; by default `http://localhost:8000`. */
  baseUrl?: string | undefined;
}

/** Options of a handle. */
export interface SpaceOptions extends ServerOptions {
  /** The space: `S` and 43 characters. */
  spaceId: string;
  /** The member's key pair. */
  keyPair: KeyPair;
  /** The 32-byte secret that the members share. */
  symmetricRoot: Uint8Array;
  /** Id of the acting member; by default the user of the key pair. A tool gives its own id, `T` and 43 characters. */
  memberId?: string | undefined;
  /** The user's own 32-byte secret, for `getEncryptedUserData` and its like. */
  userSymmetricKey?: Uint8Array | undefined;
  /** Keeps what was read: it can be shown without the server, and a server that goes back in time is detected after a restart too. */
  localStore?: LocalStore | undefined;
  /** Whether to sign in whenever it is needed, true by default; with false only `authenticate` signs in. */
  autoAuthenticate?: boolean | undefined;
}

/** The server by default. */
export const DEFAULT_URL = 'http://localhost:8000';
