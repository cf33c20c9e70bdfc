/** A store that lasts as long as the page or program. */

import type { HeadRecord, LocalStore, MessageRecord, SignedTimeRecord } from '../store.js';
import { Contents, type Head } from './contents.js';
import { checkTimes, endOf } from './times.js';

/**
 * A store that lasts as long as the page or program. It catches a server that changes its mind while that runs, and
 * nothing beyond.
 *
 * @example
 * ```ts
 * const space = new Space({ spaceId, keyPair, symmetricRoot, localStore: new MemoryStore() });
 * ```
 */
export class MemoryStore implements LocalStore {
  readonly #contents = new Contents();

  async save(
    space: string,
    messages: readonly MessageRecord[],
    heads: readonly HeadRecord[],
    signedTimes: readonly SignedTimeRecord[],
  ): Promise<void> {
    const batch = { space, messages, heads, signedTimes };
    checkTimes(batch);
    this.#contents.save(batch);
  }

  async message(space: string, topic: string, hash: string): Promise<MessageRecord | undefined> {
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
    return this.#contents.messages(space, topic, lowest, highest, limit, newestFirst);
  }

  async head(space: string, topic: string): Promise<Head | undefined> {
    return this.#contents.head(space, topic);
  }

  async signedTime(space: string, path: string): Promise<number | undefined> {
    return this.#contents.signedTime(space, path);
  }

  async deleteMessages(space: string, topic?: string, before?: number): Promise<number> {
    return this.#contents.deleteMessages(space, topic, endOf(before));
  }

  async count(space?: string): Promise<number> {
    return this.#contents.count(space);
  }

  async clear(): Promise<void> {
    this.#contents.clear();
  }
}

/** {@link MemoryStore} under its name of release 0.1.0. */
export const InMemoryMessageStore = MemoryStore;
/** {@link MemoryStore} under its name of release 0.1.0. */
export type InMemoryMessageStore = MemoryStore;
