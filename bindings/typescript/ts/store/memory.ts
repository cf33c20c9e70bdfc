/** A store that lasts as long as the page or program. */

import type { LocalStore, StoreChange, StorePage, StoreScan } from '../store.js';
import { keyOf, textOf } from './key.js';
import { OrderedKeys } from './ordered.js';
import { outcome } from './outcome.js';
import { Page } from './page.js';

/**
 * A store that lasts as long as the page or program. It detects a server that changes its mind while that runs, and
 * nothing beyond.
 *
 * @example
 * ```ts
 * const space = new Space({ spaceId, keyPair, symmetricRoot, localStore: new MemoryStore() });
 * ```
 */
export class MemoryStore implements LocalStore {
  readonly #values = new Map<string, Uint8Array>();
  readonly #keys = new OrderedKeys();

  async get(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return keys.map((key) => this.#values.get(textOf(key))?.slice());
  }

  async scan(scan: StoreScan): Promise<StorePage> {
    const page = new Page(scan);
    const [from, to] = [textOf(scan.from), textOf(scan.to)];
    if (from >= to) return page;
    for (const key of scan.reverse ? this.#keys.down(from, to) : this.#keys.up(from, to)) {
      if (!page.take(keyOf(key), (this.#values.get(key) as Uint8Array).slice())) break;
    }
    return page;
  }

  async commit(changes: readonly StoreChange[]): Promise<void> {
    for (const [key, value] of outcome(changes, (key) => this.#values.get(key))) {
      const isPresent = this.#values.has(key);
      if (value) {
        this.#values.set(key, value.slice());
        if (!isPresent) this.#keys.add(key);
      } else if (isPresent) {
        this.#values.delete(key);
        this.#keys.delete(key);
      }
    }
  }

  async clear(): Promise<void> {
    this.#values.clear();
    this.#keys.clear();
  }
}

/** {@link MemoryStore} under its name of release 0.1.0. */
export const InMemoryMessageStore = MemoryStore;
/** {@link MemoryStore} under its name of release 0.1.0. */
export type InMemoryMessageStore = MemoryStore;
