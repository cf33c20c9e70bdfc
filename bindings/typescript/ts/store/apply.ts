/** Commits in IndexedDB. */

import type { StoreChange } from '../store.js';
import { completed, result, unavailableBy } from './database.js';
import { damaged, StoreError } from './failure.js';
import { keyOf, textOf } from './key.js';
import { decisive, outcome } from './outcome.js';

/** The object store of the map. */
export const RECORDS = 'records';

/** The bytes of a value; undefined if there is none. */
export function bytesOf(value: unknown): Uint8Array | undefined {
  if (value === undefined || value instanceof Uint8Array) return value;
  throw damaged('a record holds something other than bytes');
}

/**
 * Applies changes in a transaction that may write records, does what else belongs to it, and waits for its end. If
 * anything fails, nothing was done.
 */
export async function apply(
  transaction: IDBTransaction,
  changes: readonly StoreChange[],
  more?: (transaction: IDBTransaction) => void,
): Promise<void> {
  const done = completed(transaction);
  // It may fail before anybody waits for it.
  done.catch(() => {});
  try {
    const records = transaction.objectStore(RECORDS);
    const keys = decisive(changes);
    const values = await Promise.all(keys.map((key) => result<unknown>(records.get(key as BufferSource))));
    const present = new Map(keys.map((key, at) => [textOf(key), bytesOf(values[at])]));
    for (const [key, value] of outcome(changes, (key) => present.get(key))) {
      // A copy: of a part of a buffer the browser would store the whole.
      if (value) records.put(value.slice(), keyOf(key));
      else records.delete(keyOf(key));
    }
    more?.(transaction);
  } catch (error) {
    abort(transaction);
    await done.catch(() => {});
    throw error instanceof StoreError ? error : unavailableBy(error);
  }
  await done;
}

function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort();
  } catch {
    // It has ended by itself.
  }
}
