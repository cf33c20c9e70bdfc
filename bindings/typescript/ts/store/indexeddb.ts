/** A store in IndexedDB. For browsers. */

import type { LocalStore, StoreChange, StoreDurability, StorePage, StoreScan } from '../store.js';
import { apply, bytesOf, RECORDS } from './apply.js';
import { completed, type Opened, openDatabase, result, unavailableBy } from './database.js';
import { LEFT_OUT, moveEarlier } from './earlier.js';
import { Page } from './page.js';

/** The layout that `upgrade` makes. Releases that change it add a step there. */
const VERSION = 3;
/** The name of the database unless another is given. That of release 0.1.0, `reeeductio-messages`, is left alone. */
const NAME = 'reeeductio-store';
/** Records that are asked for at once. */
const BATCH = 128;

/** Options for opening the store. */
export interface IndexedDBStoreOptions {
  /** The name of the database. Give each user of a page a name of their own. */
  name?: string;
  /** Signal that ends opening, and waiting for other pages. */
  signal?: AbortSignal;
  /**
   * Called if a page with an older layout is in the way: the user must close or reload it, and opening goes on then.
   * Without it, opening fails.
   */
  onBlocked?: () => void;
}

/**
 * A store in IndexedDB: for browsers, and workers in them. Several pages may have it open at once.
 *
 * A browser may delete what a page stores when it needs room, all of it at once; ask it not to with
 * `navigator.storage.persist()`.
 *
 * @example
 * ```ts
 * const localStore = await IndexedDBStore.open({ name: `seen-${userId}` });
 * const space = new Space({ spaceId, keyPair, symmetricRoot, localStore });
 * ```
 */
export class IndexedDBStore implements LocalStore {
  readonly #options: IndexedDBStoreOptions;
  #opening: Promise<Opened> | undefined;

  /** Makes a store whose database is opened at its first use; {@link IndexedDBStore.open} says whether that works. */
  constructor(options: IndexedDBStoreOptions = {}) {
    this.#options = options;
  }

  /**
   * Opens the database, making it if it is not there. Records of an earlier layout are taken over.
   *
   * @throws StoreError `store.unavailable` if there is no IndexedDB, as in some private windows, no room, a layout of a
   *   later release, or another page in the way; `store.damaged` if an earlier layout holds data that was never saved.
   */
  static async open(options: IndexedDBStoreOptions = {}): Promise<IndexedDBStore> {
    const store = new IndexedDBStore(options);
    await store.#opened();
    return store;
  }

  async get(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    const records = await this.#records();
    const values = await Promise.all(keys.map((key) => result<unknown>(records.get(key as BufferSource))));
    return values.map(bytesOf);
  }

  async scan(scan: StoreScan): Promise<StorePage> {
    const page = new Page(scan);
    const [from, to] = [scan.from as BufferSource, scan.to as BufferSource];
    const records = await this.#records();
    // The database takes an empty range for a mistake.
    if (indexedDB.cmp(from, to) >= 0) return page;
    await (scan.reverse ? readDown(records, from, to, page) : readUp(records, from, to, page));
    return page;
  }

  async commit(changes: readonly StoreChange[], durability: StoreDurability): Promise<void> {
    const opened = await this.#opened();
    await apply(opened.transaction([RECORDS], 'readwrite', durability === 'disk' ? 'strict' : 'relaxed'), changes);
  }

  async clear(): Promise<void> {
    const transaction = (await this.#opened()).transaction([RECORDS], 'readwrite');
    transaction.objectStore(RECORDS).clear();
    await completed(transaction);
  }

  /** Closes the database when the operations under way are done. */
  async close(): Promise<void> {
    (await this.#opened()).close();
  }

  #opened(): Promise<Opened> {
    this.#opening ??= open(this.#options).catch((error) => {
      // The next use tries again.
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #records(): Promise<IDBObjectStore> {
    return (await this.#opened()).transaction([RECORDS], 'readonly').objectStore(RECORDS);
  }
}

/** {@link IndexedDBStore} as release 0.1.0 made it. */
export class IndexedDBMessageStore extends IndexedDBStore {
  constructor(name?: string) {
    super(name === undefined ? {} : { name });
  }
}

async function open(options: IndexedDBStoreOptions): Promise<Opened> {
  const opened = await openDatabase({ name: NAME, ...options, version: VERSION, upgrade });
  try {
    await moveEarlier(opened, options.signal);
    return opened;
  } catch (error) {
    opened.close();
    throw error;
  }
}

/** Turns an older layout into that of this release, step by step; 0 is none. */
function upgrade(database: IDBDatabase, from: number): void {
  // Release 0.1.0 did not check the messages that it kept.
  if (from === 1) database.deleteObjectStore('messages');
  if (from === 2) database.createObjectStore(LEFT_OUT);
  if (from < 3) database.createObjectStore(RECORDS);
}

/** Fills a page from the first key on. */
async function readUp(records: IDBObjectStore, from: BufferSource, to: BufferSource, page: Page): Promise<void> {
  for (let range = IDBKeyRange.bound(from, to, false, true); ; ) {
    // One record more than there is room for tells whether there is more.
    const count = Math.min(page.room + 1, BATCH);
    const [keys, values] = await Promise.all([
      result(records.getAllKeys(range, count)),
      result<unknown[]>(records.getAll(range, count)),
    ]);
    for (const [at, key] of keys.entries()) {
      if (!page.take(new Uint8Array(key as ArrayBuffer), bytesOf(values[at]) as Uint8Array)) return;
    }
    const last = keys.at(-1);
    if (last === undefined || keys.length < count) return;
    range = IDBKeyRange.bound(last, to, true, true);
  }
}

/** Fills a page from the last key on. */
function readDown(records: IDBObjectStore, from: BufferSource, to: BufferSource, page: Page): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = records.openCursor(IDBKeyRange.bound(from, to, false, true), 'prev');
    request.onerror = () => reject(unavailableBy(request.error));
    request.onsuccess = () => {
      const cursor = request.result;
      try {
        if (cursor && page.take(new Uint8Array(cursor.key as ArrayBuffer), bytesOf(cursor.value) as Uint8Array)) {
          cursor.continue();
        } else {
          resolve();
        }
      } catch (error) {
        reject(error);
      }
    };
  });
}
