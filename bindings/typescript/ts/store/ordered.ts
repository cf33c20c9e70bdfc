/** Keys in their order. */

/** The most keys of a part: moving those behind a new one stays cheap. */
const MOST = 512;

/** A set of texts in order. */
export class OrderedKeys {
  /** The keys, in parts that are not empty. */
  #parts: string[][] = [];

  /** Adds a key that is absent. */
  add(key: string): void {
    const at = Math.max(0, this.#partOf(key));
    const part = this.#parts[at];
    if (!part) {
      this.#parts.push([key]);
      return;
    }
    part.splice(firstFrom(part, key), 0, key);
    if (part.length > MOST) this.#parts.splice(at + 1, 0, part.splice(MOST / 2));
  }

  /** Removes a key that is present. */
  delete(key: string): void {
    const at = this.#partOf(key);
    const part = this.#parts[at] as string[];
    part.splice(firstFrom(part, key), 1);
    if (part.length === 0) this.#parts.splice(at, 1);
  }

  clear(): void {
    this.#parts = [];
  }

  /** The keys from `from` on and before `to`. */
  *up(from: string, to: string): Generator<string> {
    for (let part = Math.max(0, this.#partOf(from)); part < this.#parts.length; part += 1) {
      const keys = this.#parts[part] as string[];
      for (let at = firstFrom(keys, from); at < keys.length; at += 1) {
        const key = keys[at] as string;
        if (key >= to) return;
        yield key;
      }
    }
  }

  /** The keys before `to` down to `from`. */
  *down(from: string, to: string): Generator<string> {
    for (let part = this.#partOf(to); part >= 0; part -= 1) {
      const keys = this.#parts[part] as string[];
      for (let at = firstFrom(keys, to) - 1; at >= 0; at -= 1) {
        const key = keys[at] as string;
        if (key < from) return;
        yield key;
      }
    }
  }

  /** The place of the last part that begins with the key or before it; -1 if there is none. */
  #partOf(key: string): number {
    return firstWhere(this.#parts.length, (at) => (this.#parts[at] as string[])[0]! > key) - 1;
  }
}

/** The place of the first key that is not before `key`. */
function firstFrom(keys: string[], key: string): number {
  return firstWhere(keys.length, (at) => (keys[at] as string) >= key);
}

/** The first place that something holds of; it then holds of all behind it. `length` if of none. */
function firstWhere(length: number, holds: (at: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
