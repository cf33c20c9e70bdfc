/** Local stores: where a handle keeps what it has seen. */

/** A key and its value. */
export type StorePair = readonly [key: Uint8Array, value: Uint8Array];

/** A range to read, and how much of it at once. */
export interface StoreScan {
  /** The first key, inclusive; may be empty. */
  from: Uint8Array;
  /** The last key, exclusive. If it is not greater than `from`, the range is empty. */
  to: Uint8Array;
  /** Most pairs to return. */
  limit: number;
  /** Most bytes to return, keys and values together. The first pair is returned whatever its size. */
  bytes: number;
  /** Whether to start at the end of the range. */
  reverse: boolean;
}

/** A page of a range. */
export interface StorePage {
  /** Pairs in the order of the scan. */
  pairs: readonly StorePair[];
  /** Whether the range holds more than `limit` or `bytes` allowed. */
  hasMore: boolean;
}

/**
 * One change of a commit.
 *
 * - `insert` adds a pair if its key is absent, and then sets the pairs `with` too; otherwise it does nothing.
 * - `raise` sets a value unless the present one is greater, compared as unsigned bytes.
 * - `put` sets a value.
 * - `delete` removes a key; an absent one is no error.
 */
export type StoreChange =
  | { type: 'insert'; key: Uint8Array; value: Uint8Array; with: readonly StorePair[] }
  | { type: 'raise'; key: Uint8Array; value: Uint8Array }
  | { type: 'put'; key: Uint8Array; value: Uint8Array }
  | { type: 'delete'; key: Uint8Array };

/**
 * Durability of a finished commit: with `process` it survives the end of the process or page, while a loss of power may
 * undo the last commits, in the order of their age; with `disk` it survives a loss of power, as far as the machine can
 * promise it.
 */
export type StoreDurability = 'process' | 'disk';

/**
 * A local store: an ordered map of bytes. With one, a handle detects a server that goes back in time, shows two
 * histories or withholds what it showed before, also after a restart. Sealed content stays sealed in it.
 *
 * Keys are ordered as unsigned bytes; a key that is the beginning of another comes before it. A key has 1 to 2,048
 * bytes, a value up to 64 MiB; a handle asks for no others. Several processes or pages may share one store: what a
 * change depends on is decided inside its commit.
 *
 * A rejection of a method becomes a {@link StoreError}; with the `code` `store.damaged` it says that the store holds
 * data that was never saved. A method that returns no promise, or a value of another type, is a {@link StoreError} too.
 */
export interface LocalStore {
  /** Returns the values of the keys, in the order of the keys, all from one moment; undefined where there is none. */
  get(keys: Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]>;

  /** Returns one page of a range. */
  scan(scan: StoreScan): Promise<StorePage>;

  /** Applies all changes, each after those before it, or none. */
  commit(changes: StoreChange[], durability: StoreDurability): Promise<void>;

  /** Deletes everything. A server may then show an older past without being caught. */
  clear(): Promise<void>;
}
