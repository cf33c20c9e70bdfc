/** A value of a space's data. */

import type { DataHandle } from './handle.js';
import { type Access, type UsedValue, useValue, type ValueOptions } from './useValue.js';

/** How a value of data is stored, and how often it is read. */
export interface UseDataOptions extends ValueOptions {
  /** Milliseconds between two readings. Without it, it is read when it is first shown, when it is set, and by `reload`. */
  interval?: number | undefined;
}

/**
 * The value at a path of a space's data. Servers do not tell when data changes: with `interval` it is read again and
 * again.
 *
 * @param space The handle; with undefined it waits for it.
 *
 * @example
 * ```tsx
 * const { text, set } = useData(space, `presence/${userId}`, { interval: 10_000 });
 * useEffect(() => void set('here').catch(console.error), [set]);
 * return <span>{text}</span>;
 * ```
 */
export function useData(
  space: DataHandle | undefined,
  path: string,
  { plaintext = false, interval }: UseDataOptions = {},
): UsedValue {
  return useValue(() => space && accessTo(space, path, plaintext, interval), [space, path, plaintext, interval]);
}

function accessTo(space: DataHandle, path: string, plaintext: boolean, interval: number | undefined): Access {
  return {
    read: async (signal) =>
      await (plaintext ? space.getPlaintextData(path, { signal }) : space.getEncryptedData(path, { signal })),
    set: async (data) => await (plaintext ? space.setPlaintextData(path, data) : space.setEncryptedData(path, data)),
    watch: (changed, _, signal) => {
      changed();
      if (interval === undefined) return;
      const timer = setInterval(changed, interval);
      signal.addEventListener('abort', () => clearInterval(timer), { once: true });
    },
  };
}
