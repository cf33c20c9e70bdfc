/** Options of methods. */

import type { NetworkOptions } from './network.js';
import type { KeyPair } from './keys.js';
import type { LocalStore } from './store.js';

/** Options of every asynchronous method. */
export interface CallOptions {
  /** Ends the operation: the promise rejects with an {@link AbortedError}, and requests under way are dropped. */
  signal?: AbortSignal | undefined;
}

/** Where a message or entry goes. */
export interface PostOptions extends CallOptions {
  /**
   * The id of the message to append directly after: a {@link ConflictError} if that is not the newest. `null` makes it
   * the topic's first. If left out, it is appended after the newest, and repeated while others are faster.
   */
  prevHash?: string | null | undefined;
}

/** With which key something is sealed or opened. */
export interface KeyOptions extends CallOptions {
  /** 32 bytes; by default the space's own key for this. */
  key?: Uint8Array | undefined;
}

/** Which messages of a topic. Times are Unix milliseconds of the server's clock, both inclusive. */
export interface MessageQuery extends CallOptions {
  /** The earliest; after `to` it gives the newest of the range. */
  from?: number | undefined;
  /** The latest. */
  to?: number | undefined;
  /** 1 to 1000, 100 by default. */
  limit?: number | undefined;
}

/** Is called with the bytes that went over, the sealing included, and the bytes in all where that is known. */
export type Progress = (bytes: number, total: number | undefined) => void;

/** How a blob goes over. */
export interface TransferOptions extends CallOptions {
  /** Is told how far it is; what it throws ends the transfer. */
  progress?: Progress | undefined;
}

/** How a blob is downloaded into a stream. */
export interface DownloadOptions extends TransferOptions {
  /** The `dek` of a sealed blob; without it the blob is written as it is stored. */
  key?: Uint8Array | undefined;
}

/** How a handle reaches its server. */
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
  /** Where to keep what was seen, so that a server that changes its mind is caught after a restart, too. */
  localStore?: LocalStore | undefined;
  /** False to sign in by `authenticate` only; by default whenever it is needed. */
  autoAuthenticate?: boolean | undefined;
}

/** The server that is meant if none is named. */
export const DEFAULT_URL = 'http://localhost:8000';
