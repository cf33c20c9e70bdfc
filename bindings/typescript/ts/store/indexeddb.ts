/** A store in IndexedDB. For browsers. */

import type { HeadRecord, LocalStore, MessageRecord, SignedTimeRecord } from '../store.js';
import type { Head } from './contents.js';
import { type Opened, completed, openDatabase, result, unavailableBy } from './database.js';
import { checkTimes, endOf } from './times.js';

/** The layout that `upgrade` makes. Releases that change it add a step there. */
const VERSION = 2;
/** The name of the database unless another is given. That of release 0.1.0, `reeeductio-messages`, is left alone. */
const NAME = 'reeeductio-store';

type Name = 'messages' | 'heads' | 'signedTimes';

interface MessageRow {
  space: string;
  topic: string;
  hash: string;
  time: number;
  record: MessageRecord;
}

/** How to open it. */
export interface IndexedDBStoreOptions {
  /** The name of the database. Give each user of a page a name of their own. */
  name?: string;
  /** Ends waiting for other pages. */
  signal?: AbortSignal;
  /** Called if a page with an older layout is in the way: the user must close or reload it. */
  onBlocked?: () => void;
}

/**
 * A store in IndexedDB: for browsers, and workers in them. Several pages may have it open at once.
 *
 * What was saved is on the disk when `save` resolves, as far as the browser keeps its word. A browser may delete what a
 * page stores when it needs room, all of it at once; ask it not to with `navigator.storage.persist()`.
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

  /** A store whose database is opened when it is first used; {@link IndexedDBStore.open} says whether that works. */
  constructor(options: IndexedDBStoreOptions = {}) {
    this.#options = options;
  }

  /**
   * Opens the database, making it if it is not there.
   *
   * @throws StoreError `store.unavailable` if there is no IndexedDB, as in some private windows, no room, or a layout
   *   of a later release.
   */
  static async open(options: IndexedDBStoreOptions = {}): Promise<IndexedDBStore> {
    const store = new IndexedDBStore(options);
    await store.#opened();
    return store;
  }

  async save(
    space: string,
    messages: readonly MessageRecord[],
    heads: readonly HeadRecord[],
    signedTimes: readonly SignedTimeRecord[],
  ): Promise<void> {
    checkTimes({ messages, heads, signedTimes });
    await this.#write(['messages', 'heads', 'signedTimes'], (store) => {
      for (const record of messages) {
        const [hash, topic] = record;
        const row: MessageRow = { space, topic, hash, time: record[7], record };
        unlessThere(store('messages').add(row));
      }
      for (const [topic, hash, time] of heads) {
        replace(store('heads'), [space, topic], { space, topic, hash, time }, (old) => time >= old);
      }
      for (const [path, time] of signedTimes) {
        replace(store('signedTimes'), [space, path], { space, path, time }, (old) => time > old);
      }
    });
  }

  async message(space: string, topic: string, hash: string): Promise<MessageRecord | undefined> {
    const rows = (await this.#store('messages')).index('byHash');
    const row: MessageRow | undefined = await result(rows.get([space, topic, hash]));
    return row?.record;
  }

  async messages(
    space: string,
    topic: string,
    lowest = -Infinity,
    highest = Infinity,
    limit: number,
    newestFirst: boolean,
  ): Promise<MessageRecord[]> {
    // The database takes a limit of none for no limit, and an empty range for a mistake.
    if (limit <= 0 || lowest > highest) return [];
    const rows = (await this.#store('messages')).index('byTime');
    const range = IDBKeyRange.bound([space, topic, lowest], [space, topic, highest]);
    if (newestFirst) return await last(rows, range, limit);
    const found: MessageRow[] = await result(rows.getAll(range, Math.min(limit, 0xffffffff)));
    return found.map(({ record }) => record);
  }

  async head(space: string, topic: string): Promise<Head | undefined> {
    const row: { hash: string; time: number } | undefined = await result(
      (await this.#store('heads')).get([space, topic]),
    );
    return row && [row.hash, row.time];
  }

  async signedTime(space: string, path: string): Promise<number | undefined> {
    const row: { time: number } | undefined = await result((await this.#store('signedTimes')).get([space, path]));
    return row?.time;
  }

  async deleteMessages(space: string, topic?: string, before?: number): Promise<number> {
    const end = endOf(before) ?? Infinity;
    let deleted = 0;
    await this.#write(['messages'], (store) => {
      // Arrays come after all texts and numbers.
      const begin = topic === undefined ? [space] : [space, topic];
      const rows = store('messages').index('byTime').openKeyCursor(IDBKeyRange.bound(begin, [...begin, []]));
      rows.onsuccess = () => {
        const cursor = rows.result;
        if (!cursor) return;
        const [, , time] = cursor.key as [string, string, number];
        if (time < end) {
          store('messages').delete(cursor.primaryKey);
          deleted += 1;
        }
        cursor.continue();
      };
    });
    return deleted;
  }

  async count(space?: string): Promise<number> {
    const rows = (await this.#store('messages')).index('byTime');
    return await result(rows.count(space === undefined ? undefined : IDBKeyRange.bound([space], [space, []])));
  }

  async clear(): Promise<void> {
    const all: Name[] = ['messages', 'heads', 'signedTimes'];
    await this.#write(all, (store) => {
      for (const name of all) store(name).clear();
    });
  }

  /** Closes it when what is under way is done. */
  async close(): Promise<void> {
    (await this.#opened()).close();
  }

  #opened(): Promise<Opened> {
    const options = { name: NAME, ...this.#options, version: VERSION, upgrade };
    this.#opening ??= openDatabase(options).catch((error) => {
      // The next use tries again.
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #store(name: Name): Promise<IDBObjectStore> {
    return (await this.#opened()).transaction([name], 'readonly').objectStore(name);
  }

  /** Runs writes that are done together or not at all, and waits until they are on the disk. */
  async #write(names: Name[], work: (store: (name: Name) => IDBObjectStore) => void): Promise<void> {
    const transaction = (await this.#opened()).transaction(names, 'readwrite');
    const done = completed(transaction);
    try {
      work((name) => transaction.objectStore(name));
    } catch (error) {
      transaction.abort();
      await done.catch(() => {});
      throw unavailableBy(error);
    }
    await done;
  }
}

/** {@link IndexedDBStore} as release 0.1.0 made it. */
export class IndexedDBMessageStore extends IndexedDBStore {
  constructor(name?: string) {
    super(name === undefined ? {} : { name });
  }
}

/** Makes the layout of this release of an older one, step by step; 0 is none. */
function upgrade(database: IDBDatabase, from: number): void {
  // That of release 0.1.0, which did not check what it kept.
  if (from === 1) database.deleteObjectStore('messages');
  if (from < 2) {
    // Those of one time are in the order of their keys, which count up.
    const messages = database.createObjectStore('messages', { autoIncrement: true });
    messages.createIndex('byHash', ['space', 'topic', 'hash'], { unique: true });
    messages.createIndex('byTime', ['space', 'topic', 'time']);
    database.createObjectStore('heads', { keyPath: ['space', 'topic'] });
    database.createObjectStore('signedTimes', { keyPath: ['space', 'path'] });
  }
}

/** Leaves the row that is there, and does not let the whole transaction fail for it. */
function unlessThere(request: IDBRequest): void {
  request.onerror = (event) => {
    if (request.error?.name !== 'ConstraintError') return;
    event.preventDefault();
    event.stopPropagation();
  };
}

/** Puts a row where none is, or where the time of the one there allows it: other pages may have been faster. */
function replace(store: IDBObjectStore, key: string[], row: unknown, allowed: (old: number) => boolean): void {
  const there = store.get(key);
  there.onsuccess = () => {
    const old = there.result as { time: number } | undefined;
    if (!old || allowed(old.time)) store.put(row);
  };
}

/** The last messages of a range, the newest first. */
function last(rows: IDBIndex, range: IDBKeyRange, limit: number): Promise<MessageRecord[]> {
  return new Promise((resolve, reject) => {
    const found: MessageRecord[] = [];
    const request = rows.openCursor(range, 'prev');
    request.onerror = () => reject(unavailableBy(request.error));
    request.onsuccess = () => {
      const cursor = request.result;
      if (cursor) found.push((cursor.value as MessageRow).record);
      if (cursor && found.length < limit) cursor.continue();
      else resolve(found);
    };
  });
}
