/** A file of the layout that all languages share: `spec/local-store.md`, "In SQLite". For Node. */

import { open } from 'node:fs/promises';
import type { DatabaseSync, Statement } from 'node:sqlite';
import { damaged, StoreError, unavailable } from './failure.js';

/** `user_version` of a file with the table `records`. */
const VERSION = 2;
/** Milliseconds to wait while another program writes. */
const PATIENCE = 5000;
/** How a file of the first layout in Node began, a journal. */
const JOURNAL = /^[0-9a-f]{32} \{"format":"reeeductio-store"/;

const TABLE = 'CREATE TABLE records (key BLOB PRIMARY KEY NOT NULL, value BLOB NOT NULL) STRICT, WITHOUT ROWID';

// Node gives an empty array to SQLite as NULL.
const RANGE = "FROM records WHERE key >= coalesce(?, x'') AND key < coalesce(?, x'') ORDER BY key";
const ROW = "INSERT INTO records VALUES (?, coalesce(?, x''))";
const STATEMENTS = {
  get: 'SELECT value FROM records WHERE key = ?',
  scan: `SELECT key, value ${RANGE} LIMIT ?`,
  scanBack: `SELECT key, value ${RANGE} DESC LIMIT ?`,
  insert: `${ROW} ON CONFLICT DO NOTHING`,
  put: `${ROW} ON CONFLICT DO UPDATE SET value = excluded.value`,
  raise: `${ROW} ON CONFLICT DO UPDATE SET value = excluded.value WHERE excluded.value > records.value`,
  delete: 'DELETE FROM records WHERE key = ?',
};

/** The statements of a store's daily work. */
export type Statements = Record<keyof typeof STATEMENTS, Statement>;

/** Opens the file, making it if it is not there. One of another program or another release is not changed. */
export async function openFile(path: string): Promise<DatabaseSync> {
  const { DatabaseSync } = await import('node:sqlite').catch(fail);
  await begin(path);
  const database = new DatabaseSync(path);
  try {
    database.exec(`PRAGMA busy_timeout = ${PATIENCE}`);
    // Before the journal is set, which changes the file.
    isReady(database);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF');
    inTransaction(database, () => {
      // Once more: another program may have come first.
      if (!isReady(database)) database.exec(`${TABLE}; PRAGMA user_version = ${VERSION}`);
    });
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Prepares the statements. */
export function prepare(database: DatabaseSync): Statements {
  const prepared = Object.entries(STATEMENTS).map(([name, sql]) => [name, database.prepare(sql)]);
  return Object.fromEntries(prepared) as Statements;
}

/** Does all of it or nothing. */
export function inTransaction(database: DatabaseSync, work: () => void): void {
  // Immediate: a transaction that began by reading could not wait for another program's.
  database.exec('BEGIN IMMEDIATE');
  try {
    work();
    database.exec('COMMIT');
  } catch (error) {
    rollBack(database);
    throw error;
  }
}

function rollBack(database: DatabaseSync): void {
  try {
    database.exec('ROLLBACK');
  } catch {
    // SQLite has done so by itself, as it does when the disk is full.
  }
}

/** Makes the file for its owner only, if it is not there, and refuses a journal. */
async function begin(path: string): Promise<void> {
  const file = await open(path, 'a+', 0o600);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(128), 0, 128, 0);
    if (!JOURNAL.test(buffer.toString('latin1', 0, bytesRead))) return;
    throw unavailable(`${path} is a journal of an earlier release, which this one does not read: begin with another file`);
  } finally {
    await file.close();
  }
}

/** Whether the table is there; false in an empty file. */
function isReady(database: DatabaseSync): boolean {
  const version = database.prepare('PRAGMA user_version').get()?.['user_version'];
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    .all()
    .map(({ name }) => name);
  if (version === VERSION && tables.includes('records')) return true;
  if (version === 0 && tables.length === 0) return false;
  if (typeof version === 'number' && version >= 0 && version <= VERSION) {
    throw unavailable(
      "the file is another program's, or of an earlier release and to be opened once with the Rust or Python package",
    );
  }
  throw unavailable(`its layout is ${version}, and this release knows ${VERSION} only; use a newer release`);
}

function fail(cause: unknown): never {
  const here = `this is Node ${process.versions.node}`;
  throw unavailable(
    `FileStore needs Node 22.13 or newer, which has SQLite, and ${here}: use that, a MemoryStore or a LocalStore of your own`,
    cause,
  );
}

/** SQLite's errors as those of a store. */
export function errorOf(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const { message, errcode } = error as { message?: string; errcode?: number };
  const text = message ?? String(error);
  const [CORRUPT, NO_DATABASE] = [11, 26];
  const primary = (errcode ?? 0) & 0xff;
  return primary === CORRUPT || primary === NO_DATABASE ? damaged(text, error) : unavailable(text, error);
}
