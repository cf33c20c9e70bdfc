/** Opening a database in IndexedDB, and how it fails. */

import { type StoreError, unavailable } from './failure.js';

/** Which database, and how to make it. */
export interface DatabaseOptions {
  name: string;
  version: number;
  /** Makes this version's layout of an older one's; 0 is none. */
  upgrade: (database: IDBDatabase, from: number) => void;
  signal?: AbortSignal;
  /** Called if another page is in the way; without it, opening fails then. */
  onBlocked?: () => void;
}

/** An open database. It closes when another page wants to change its layout. */
export interface Opened {
  /** The names of its object stores. */
  readonly names: readonly string[];
  /** Begins a transaction. By default what it writes is on the disk when it completes. */
  transaction(names: string[], mode: IDBTransactionMode, durability?: IDBTransactionDurability): IDBTransaction;
  /** Closes it when what is under way is done. */
  close(): void;
}

/** Opens a database. */
export async function openDatabase(options: DatabaseOptions): Promise<Opened> {
  const { signal } = options;
  signal?.throwIfAborted();
  if (typeof indexedDB === 'undefined') throw unavailable('there is no IndexedDB here');
  const database = await request(options);
  let closed: StoreError | undefined;
  const close = (why: string): void => {
    closed ??= unavailable(why);
    database.close();
  };
  // Otherwise the other page would wait for this one.
  database.onversionchange = () => close('another page has a newer release or deletes the database: reload this page');
  database.onclose = () => close('the browser has closed the database: reload the page');
  return {
    names: [...database.objectStoreNames],
    close: () => close('it was closed'),
    transaction(names, mode, durability = 'strict') {
      if (closed) throw closed;
      try {
        return database.transaction(names, mode, { durability });
      } catch (error) {
        throw unavailableBy(error);
      }
    },
  };
}

function request({ name, version, upgrade, signal, onBlocked }: DatabaseOptions): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = open(name, version);
    let isGivenUp = false;
    const giveUp = (reason: unknown): void => {
      isGivenUp = true;
      reject(reason);
    };
    const abort = (): void => giveUp(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    opening.onupgradeneeded = (event) => {
      if (isGivenUp) opening.transaction?.abort();
      else upgrade(opening.result, event.oldVersion);
    };
    // Otherwise the program would wait without knowing why.
    opening.onblocked = () => {
      if (onBlocked) onBlocked();
      else giveUp(unavailable('another page uses an older layout of it: close or reload that page'));
    };
    opening.onerror = () => {
      signal?.removeEventListener('abort', abort);
      reject(unavailableBy(opening.error));
    };
    opening.onsuccess = () => {
      signal?.removeEventListener('abort', abort);
      // Nobody waits for it any more.
      if (isGivenUp) opening.result.close();
      else resolve(opening.result);
    };
  });
}

function open(name: string, version: number): IDBOpenDBRequest {
  try {
    return indexedDB.open(name, version);
  } catch (error) {
    throw unavailableBy(error);
  }
}

/** Result of a request. */
export function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(unavailableBy(request.error));
  });
}

/** Waits until what a transaction wrote is on the disk. */
export function completed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(unavailableBy(transaction.error));
  });
}

/** Error of a database, with text that says what to do. */
export function unavailableBy(error: unknown): StoreError {
  const { name, message } = (error ?? {}) as Partial<Error>;
  return unavailable(TEXTS[name ?? ''] ?? message ?? 'the browser does not say why', error ?? undefined);
}

const TEXTS: Record<string, string> = {
  InvalidStateError: 'the browser has closed the database: reload the page',
  QuotaExceededError: 'the browser gives it no more room: delete old messages, or ask the user to free some',
  SecurityError: 'the browser does not let this page store anything',
  VersionError: 'its layout is of a later release: use that one',
};
