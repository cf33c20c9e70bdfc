/** Effect of a commit on a store. */

import type { StoreChange } from '../store.js';
import { textOf } from './key.js';

/** Values to write, by the texts of their keys; undefined deletes. */
export type Writes = Map<string, Uint8Array | undefined>;

/** The keys whose values decide what a commit does. */
export function decisive(changes: readonly StoreChange[]): Uint8Array[] {
  return changes.filter(({ type }) => type === 'insert' || type === 'raise').map(({ key }) => key);
}

/** Effects of changes, each after those before it; `present` gives the values of the {@link decisive} keys. */
export function outcome(
  changes: readonly StoreChange[],
  present: (key: string) => Uint8Array | undefined,
): Writes {
  const writes: Writes = new Map();
  const now = (key: string): Uint8Array | undefined => (writes.has(key) ? writes.get(key) : present(key));
  for (const change of changes) {
    const key = textOf(change.key);
    switch (change.type) {
      case 'insert':
        if (now(key)) break;
        writes.set(key, change.value);
        for (const [other, value] of change.with) writes.set(textOf(other), value);
        break;
      case 'raise': {
        const old = now(key);
        if (!old || isGreater(change.value, old)) writes.set(key, change.value);
        break;
      }
      case 'put':
        writes.set(key, change.value);
        break;
      case 'delete':
        writes.set(key, undefined);
        break;
    }
  }
  return writes;
}

/** Whether one value is greater than another, as unsigned bytes; a value is greater than its own beginning. */
function isGreater(one: Uint8Array, other: Uint8Array): boolean {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at += 1) {
    if (one[at] !== other[at]) return (one[at] as number) > (other[at] as number);
  }
  return one.length > other.length;
}
