/** A store in a file. For Node. */

/// <reference lib="esnext.disposable" preserve="true" />

import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { HeadRecord, LocalStore, MessageRecord, SignedTimeRecord } from '../store.js';
import { type Batch, Contents, type Head } from './contents.js';
import { StoreError, unavailable } from './failure.js';
import { Lock } from './lock.js';
import { Log, NotWritten } from './log.js';
import { checkTimes, endOf } from './times.js';

/** Bytes below which a file is not worth to be written anew. */
const SMALL = 64 * 1024;
/** How many changes share a line, and with it the wait for the disk. */
const GROUP = 64;
/** How many messages share a line of a file that is written anew. */
const SNAPSHOT = 256;

/** What a line holds, several of them; or `compact`, which is not written. */
type Change =
  | ['save', string, readonly MessageRecord[], readonly HeadRecord[], readonly SignedTimeRecord[]]
  | ['delete', string, string | null, number | null]
  | ['clear']
  | ['compact'];

interface Waiting {
  change: Change;
  done: (deleted: number) => void;
  failed: (error: unknown) => void;
}

/**
 * A store in a file, for Node: for servers, tools and programs of one process.
 *
 * What was saved is on the disk when `save` resolves, and survives the end of the process and of the machine. What was
 * changed since is noticed when the file is opened, with the code `store.damaged`. The file is for its owner only; what
 * is in it can be read by whoever reads the file, except for what is sealed. All of it is held in memory while it is
 * open: for more than a few hundred thousand messages, forget old ones with `deleteMessages`.
 *
 * One process at a time may have it open. It is written anew without what was forgotten when that is more than half of
 * it, or by {@link FileStore.compact}; until then what was forgotten is still in the file.
 *
 * @example
 * ```ts
 * import { FileStore } from 'reeeductio/node';
 *
 * const localStore = await FileStore.open('seen.log');
 * const space = new Space({ spaceId, keyPair, symmetricRoot, localStore });
 * // ...
 * await localStore.close();
 * ```
 */
export class FileStore implements LocalStore {
  readonly #path: string;
  readonly #contents = new Contents();
  readonly #waiting: Waiting[] = [];
  #lock!: Lock;
  #log!: Log;
  /** The length up to which the file is not written anew. */
  #worthwhile = SMALL;
  #working: Promise<void> | undefined;
  #broken: StoreError | undefined;
  #closing: Promise<void> | undefined;

  private constructor(path: string) {
    this.#path = path;
  }

  /**
   * Opens the file, making it if it is not there. Its folder must be there.
   *
   * @throws StoreError `store.damaged` if the file is not what was written; `store.unavailable` if another process has
   *   it open, or it cannot be read or written.
   */
  static async open(path: string): Promise<FileStore> {
    const store = new FileStore(await real(path).catch(fail));
    store.#lock = await Lock.take(`${store.#path}.lock`).catch(fail);
    try {
      store.#log = await Log.open(store.#path, (line) => {
        for (const change of line as Change[]) store.#apply(change);
      });
    } catch (error) {
      await store.#lock.release();
      return fail(error);
    }
    return store;
  }

  async save(
    space: string,
    messages: readonly MessageRecord[],
    heads: readonly HeadRecord[],
    signedTimes: readonly SignedTimeRecord[],
  ): Promise<void> {
    checkTimes({ messages, heads, signedTimes });
    await this.#change(['save', space, messages, heads, signedTimes]);
  }

  async message(space: string, topic: string, hash: string): Promise<MessageRecord | undefined> {
    this.#check();
    return this.#contents.message(space, topic, hash);
  }

  async messages(
    space: string,
    topic: string,
    lowest: number | undefined,
    highest: number | undefined,
    limit: number,
    newestFirst: boolean,
  ): Promise<MessageRecord[]> {
    this.#check();
    return this.#contents.messages(space, topic, lowest, highest, limit, newestFirst);
  }

  async head(space: string, topic: string): Promise<Head | undefined> {
    this.#check();
    return this.#contents.head(space, topic);
  }

  async signedTime(space: string, path: string): Promise<number | undefined> {
    this.#check();
    return this.#contents.signedTime(space, path);
  }

  async deleteMessages(space: string, topic?: string, before?: number): Promise<number> {
    return await this.#change(['delete', space, topic ?? null, endOf(before) ?? null]);
  }

  async count(space?: string): Promise<number> {
    this.#check();
    return this.#contents.count(space);
  }

  async clear(): Promise<void> {
    await this.#change(['clear']);
    await this.compact();
  }

  /** Writes the file anew, so that what was forgotten is no longer in it. */
  async compact(): Promise<void> {
    await this.#change(['compact']);
  }

  /** Waits for what is under way, and lets others open the file. */
  async close(): Promise<void> {
    this.#closing ??= this.#end();
    await this.#closing;
  }

  /** {@link FileStore.close}, at the end of an `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #end(): Promise<void> {
    while (this.#working) await this.#working;
    try {
      await this.#log.close();
    } finally {
      await this.#lock.release();
    }
  }

  #check(): void {
    if (this.#broken) throw this.#broken;
    if (this.#closing) throw unavailable('it was closed');
  }

  /** Has a change written with those that wait. */
  #change(change: Change): Promise<number> {
    return new Promise((done, failed) => {
      this.#check();
      this.#waiting.push({ change, done, failed });
      if (!this.#working) this.#next();
    });
  }

  /** Begins with what waits. */
  #next(): void {
    this.#working = this.#waiting.length > 0 ? this.#work().then(() => this.#next()) : undefined;
  }

  async #work(): Promise<void> {
    const group = this.#take();
    try {
      await this.#checkHeld();
      if (group[0]?.change[0] === 'compact') await this.#rewrite();
      else await this.#append(group);
    } catch (error) {
      const failure = storeErrorOf(error);
      for (const { failed } of group) failed(failure);
      return;
    }
    // From here on it can be read.
    for (const { change, done } of group) done(this.#apply(change));
    const { size } = this.#log;
    if (size > this.#worthwhile && size > this.#contents.weight * 2) {
      // If it cannot be done now, it is tried again when it is larger; what was saved is saved.
      await this.#rewrite().catch(() => {});
    }
  }

  /** What is written together: what is new in a batch depends on deletions before it, so these go alone. */
  #take(): Waiting[] {
    const alone = this.#waiting.findIndex(({ change }) => change[0] !== 'save');
    return this.#waiting.splice(0, alone < 0 ? GROUP : Math.min(GROUP, Math.max(1, alone)));
  }

  /** Whether the file is still this store's to write. */
  async #checkHeld(): Promise<void> {
    if (this.#broken) throw this.#broken;
    if ((await this.#lock.isHeld()) && (await this.#log.isUntouched())) return;
    this.#broken = unavailable(`another program changed ${this.#path}: open it again`);
    throw this.#broken;
  }

  async #append(group: Waiting[]): Promise<void> {
    const line = group.map(({ change }) => this.#news(change)).filter((change) => change !== undefined);
    if (line.length === 0) return;
    try {
      await this.#log.append(line);
    } catch (error) {
      if (!(error instanceof NotWritten)) this.#broken = storeErrorOf(error);
      throw error;
    }
  }

  async #rewrite(): Promise<void> {
    try {
      await this.#log.replace(snapshot(this.#contents));
    } catch (error) {
      if (!(error instanceof NotWritten)) this.#broken = storeErrorOf(error);
      throw error;
    } finally {
      this.#worthwhile = Math.max(SMALL, this.#log.size * 2);
    }
  }

  /** What of a change is to be written. */
  #news(change: Change): Change | undefined {
    if (change[0] !== 'save') return change;
    const { space, messages, heads, signedTimes } = this.#contents.news(batchOf(change));
    if (messages.length + heads.length + signedTimes.length === 0) return undefined;
    return ['save', space, messages, heads, signedTimes];
  }

  /** Takes a change in that is in the file; how many messages it deletes. */
  #apply(change: Change): number {
    if (change[0] === 'delete') {
      return this.#contents.deleteMessages(change[1], change[2] ?? undefined, change[3] ?? undefined);
    }
    if (change[0] === 'save') this.#contents.save(batchOf(change));
    else if (change[0] === 'clear') this.#contents.clear();
    else if (change[0] !== 'compact') throw unavailable(`${this.#path} is of a later release: use that one`);
    return 0;
  }
}

function batchOf([, space, messages, heads, signedTimes]: Change & ['save', ...unknown[]]): Batch {
  return { space, messages, heads, signedTimes };
}

function* snapshot(contents: Contents): Generator<Change[]> {
  for (const { space, messages, heads, signedTimes } of contents.batches(SNAPSHOT)) {
    yield [['save', space, messages, heads, signedTimes]];
  }
}

/** Where the file is, or is to be, without symbolic links: it is replaced when it is written anew. */
async function real(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return join(await realpath(dirname(resolve(path))), basename(path));
  }
}

function storeErrorOf(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  return unavailable(error instanceof Error ? error.message : String(error), error);
}

function fail(error: unknown): never {
  throw storeErrorOf(error);
}
