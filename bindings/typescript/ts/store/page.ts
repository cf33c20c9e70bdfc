/** A page of a range while it is filled. */

import type { StorePage, StorePair, StoreScan } from '../store.js';

/** Takes pairs in the order of a scan until its limits are reached. */
export class Page implements StorePage {
  readonly pairs: StorePair[] = [];
  hasMore = false;
  readonly #limit: number;
  /** Bytes that may still be taken. */
  #left: number;

  constructor({ limit, bytes }: StoreScan) {
    this.#limit = limit;
    this.#left = bytes;
  }

  /** How many pairs it may still take. */
  get room(): number {
    return this.#limit - this.pairs.length;
  }

  /** Takes the next pair of the range; false if there is no room for it. */
  take(key: Uint8Array, value: Uint8Array): boolean {
    const size = key.length + value.length;
    if (this.room <= 0 || (size > this.#left && this.pairs.length > 0)) {
      this.hasMore = true;
      return false;
    }
    this.#left -= size;
    this.pairs.push([key, value]);
    return true;
  }
}
