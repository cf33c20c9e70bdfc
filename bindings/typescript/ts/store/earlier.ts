/**
 * Layout 2 of the store in IndexedDB: an object store for each kind of record.
 *
 * The step from it to layout 3 keeps those object stores, because what is in them is verified and written anew by the
 * WebAssembly module, for which that transaction would not wait. They are emptied when the database is opened, a few
 * rows at a time: each transaction writes their records and deletes them. So it may be interrupted, and several pages
 * may do it at once.
 */

import { load, type Native } from '../native.js';
import type { StoreChange } from '../store.js';
import { apply, RECORDS } from './apply.js';
import { type Opened, result } from './database.js';
import { damaged } from './failure.js';

/** Rows that are moved together. */
const PAGE = 256;
/** Where messages with a wrong hash or signature are kept as they were. Nothing reads it. */
export const LEFT_OUT = 'leftOutMessages';

/** A row of any kind, unless it was damaged. */
interface Row {
  space?: unknown;
  topic?: unknown;
  hash?: unknown;
  path?: unknown;
  time?: unknown;
  record?: unknown;
}

type ChangesOf = (native: Native, row: Row) => StoreChange[] | undefined;

const MESSAGES = 'messages';
/** Heads and times first: they are what must not be lost, and if one is damaged, nothing else was moved. */
const KINDS: readonly (readonly [name: string, changes: ChangesOf])[] = [
  ['heads', (native, { space, topic, hash, time }) => native.changesOfHead(space, topic, hash, time)],
  ['signedTimes', (native, { space, path, time }) => native.changesOfSignedTime(space, path, time)],
  [MESSAGES, (native, { space, record }) => native.changesOfMessage(space, record)],
];

/** Moves what is still there of layout 2. */
export async function moveEarlier(opened: Opened, signal: AbortSignal | undefined): Promise<void> {
  for (const [name, changesOf] of KINDS) {
    if (!opened.names.includes(name)) continue;
    while (await movePage(opened, name, changesOf)) signal?.throwIfAborted();
  }
}

/** Moves a few rows; false if there were none. */
async function movePage(opened: Opened, name: string, changesOf: ChangesOf): Promise<boolean> {
  const rows = opened.transaction([name], 'readonly').objectStore(name);
  const [keys, found] = await Promise.all([
    result(rows.getAllKeys(undefined, PAGE)),
    result<unknown[]>(rows.getAll(undefined, PAGE)),
  ]);
  if (keys.length === 0) return false;
  const native = await load();
  const changes: StoreChange[] = [native.formatChange() as StoreChange];
  const leftOut: [IDBValidKey, unknown][] = [];
  for (const [at, row] of found.entries()) {
    const made = changesOf(native, (row ?? {}) as Row);
    if (made) changes.push(...made);
    else if (name === MESSAGES) leftOut.push([keys[at] as IDBValidKey, row]);
    else throw damaged('a head or a signed time of the earlier layout cannot be read');
  }
  await apply(opened.transaction([name, RECORDS, LEFT_OUT], 'readwrite'), changes, (transaction) => {
    for (const [key, row] of leftOut) transaction.objectStore(LEFT_OUT).put(row, key);
    for (const key of keys) transaction.objectStore(name).delete(key);
  });
  return true;
}
