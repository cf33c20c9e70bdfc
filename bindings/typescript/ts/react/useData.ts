/** A value of a space's data. */

import type { DataHandle } from './handle.js';
import { storedBytes, type UsedValue, useValue, type ValueOptions } from './useValue.js';
import type { Access } from './value.js';

/** How a value of data is stored, and how often it is read from a server that cannot be followed. */
export interface UseDataOptions extends ValueOptions {
  /** Milliseconds between two reads with a server that does not report changes of data; by default it is read once there. */
  interval?: number | undefined;
}

/**
 * The value at a path of a space's data. It shows at once what is set, and until the server answers what the local store
 * has. Failures that may pass are tried again. All hooks of a space share one connection.
 *
 * @param space The handle; with undefined it waits for it.
 *
 * @example
 * ```tsx
 * const { text, set } = useData(space, `presence/${userId}`);
 * return <input value={text ?? ''} onChange={(event) => set(event.target.value)} />;
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
    of: [space, `data ${plaintext} ${interval} ${path}`],
    stored: async (signal) => storedBytes(await space.data.stored?.(path, { signal }), plaintext),
    read: async (signal) =>
      await (plaintext ? space.getPlaintextData(path, { signal }) : space.getEncryptedData(path, { signal })),
    set: async (data) => await (plaintext ? space.setPlaintextData(path, data) : space.setEncryptedData(path, data)),
    watch: (changed, failed, signal) => {
      follow(space, path, changed, signal).catch((error: unknown) => {
        if (signal.aborted) return;
        if ((error as { code?: unknown } | undefined)?.code === 'client.unsupported') poll(changed, interval, signal);
        else failed(error);
      });
    },
  };
}

/** Has the value read when nothing can be missed any more, and at each change. */
async function follow(space: DataHandle, path: string, changed: () => void, signal: AbortSignal): Promise<void> {
  const values = space.data.watch(path, { signal });
  await values.open?.();
  if (signal.aborted) return;
  changed();
  for await (const value of values) if (value.path === path) changed();
  if (!signal.aborted) throw new Error('the values are not followed any more');
}

/** Has the value read now, and again and again if there is an interval. */
function poll(changed: () => void, interval: number | undefined, signal: AbortSignal): void {
  changed();
  if (interval === undefined) return;
  const timer = setInterval(changed, interval);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}
