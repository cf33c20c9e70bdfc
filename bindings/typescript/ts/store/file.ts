/** A store in a file. For Node. */

/// <reference lib="esnext.disposable" preserve="true" />

import type { DatabaseSync } from 'node:sqlite';
import type { LocalStore, StoreChange, StoreDurability, StorePage, StoreScan } from '../store.js';
import { unavailable } from './failure.js';
import { Page } from './page.js';
import { errorOf, inTransaction, openFile, prepare, type Statements } from './sqlite.js';

/**
 * A store in a SQLite file, for Node 22.13 and newer: for servers, tools and programs. Several processes and handles
 * may have it open at once, those of the Rust and Python packages among them.
 *
 * The file is for its owner only; what is in it can be read by whoever reads the file, except for what is sealed. Its
 * calls block the thread until the disk has answered, and up to five seconds while another process writes.
 *
 * @example
 * ```ts
 * import { FileStore } from 'reeeductio/node';
 *
 * const localStore = await FileStore.open('seen.db');
 * const space = new Space({ spaceId, keyPair, symmetricRoot, localStore });
 * // ...
 * await localStore.close();
 * ```
 */
export class FileStore implements LocalStore {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  /** Durability that the connection's `synchronous` is set for. */
  #durability: StoreDurability = 'process';
  #isClosed = false;

  private constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = prepare(database);
  }

  /**
   * Opens the file, making it if it is not there. Its folder must be there.
   *
   * @throws StoreError `store.damaged` if the file is no database or a broken one; `store.unavailable` if it is another
   *   program's, of another release, or cannot be read or written, or if this Node is older than 22.13.
   */
  static async open(path: string): Promise<FileStore> {
    try {
      return new FileStore(await openFile(path));
    } catch (error) {
      throw errorOf(error);
    }
  }

  async get(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return this.#run(({ get }) => {
      let values: (Uint8Array | undefined)[] = [];
      // All from one moment.
      this.#database.exec('BEGIN');
      try {
        values = keys.map((key) => get.get(key)?.['value'] as Uint8Array | undefined);
      } finally {
        this.#database.exec('COMMIT');
      }
      return values;
    });
  }

  async scan(scan: StoreScan): Promise<StorePage> {
    return this.#run((statements) => {
      const page = new Page(scan);
      const { from, to, limit, reverse } = scan;
      const statement = reverse ? statements.scanBack : statements.scan;
      // One more than asked for tells whether there is more.
      for (const { key, value } of statement.iterate(from, to, limit + 1)) {
        if (!page.take(key as Uint8Array, value as Uint8Array)) break;
      }
      return page;
    });
  }

  async commit(changes: readonly StoreChange[], durability: StoreDurability): Promise<void> {
    this.#run((statements) => {
      this.#set(durability);
      inTransaction(this.#database, () => {
        for (const change of changes) apply(statements, change);
      });
    });
  }

  async clear(): Promise<void> {
    this.#run(() => this.#database.exec('DELETE FROM records'));
  }

  /** Writes the file anew, so that what was deleted is no longer in it. */
  async compact(): Promise<void> {
    this.#run(() => this.#database.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)'));
  }

  /** Closes the file. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#database.close();
  }

  /** {@link FileStore.close}, at the end of an `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #run<T>(work: (statements: Statements) => T): T {
    if (this.#isClosed) throw unavailable('it was closed');
    try {
      return work(this.#statements);
    } catch (error) {
      throw errorOf(error);
    }
  }

  /** SQLite takes the setting between transactions only. */
  #set(durability: StoreDurability): void {
    if (this.#durability === durability) return;
    this.#database.exec(`PRAGMA synchronous = ${durability === 'disk' ? 'FULL' : 'NORMAL'}`);
    this.#durability = durability;
  }
}

function apply(statements: Statements, change: StoreChange): void {
  switch (change.type) {
    case 'insert':
      if (Number(statements.insert.run(change.key, change.value).changes) === 0) return;
      for (const [key, value] of change.with) statements.put.run(key, value);
      return;
    case 'raise':
      statements.raise.run(change.key, change.value);
      return;
    case 'put':
      statements.put.run(change.key, change.value);
      return;
    case 'delete':
      statements.delete.run(change.key);
  }
}
