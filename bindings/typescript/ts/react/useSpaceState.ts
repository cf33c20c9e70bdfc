/** A value of a space's state. */

import type { MessageLike, StateHandle } from './handle.js';
import { SharedStream } from './stream.js';
import { storedBytes, type UsedValue, useValue, type ValueOptions } from './useValue.js';
import type { Access } from './value.js';

/**
 * The value at a path of a space's state. It shows at once what is set, and until the server answers what the local store
 * has. Failures that may pass are tried again. All hooks of a space share one live stream.
 *
 * @param space The handle; with undefined it waits for it.
 *
 * @example
 * ```tsx
 * const { text, set, isLoading } = useSpaceState(space, 'profiles/alice');
 * return <input value={text ?? ''} disabled={isLoading} onChange={(event) => set(event.target.value)} />;
 * ```
 */
export function useSpaceState<M extends MessageLike>(
  space: StateHandle<M> | undefined,
  path: string,
  { plaintext = false }: ValueOptions = {},
): UsedValue {
  return useValue(() => space && accessTo(space, path, plaintext), [space, path, plaintext]);
}

function accessTo<M extends MessageLike>(space: StateHandle<M>, path: string, plaintext: boolean): Access {
  return {
    of: [space, `state ${plaintext} ${path}`],
    stored: async (signal) => storedBytes(await space.state?.stored(path, { signal }), plaintext),
    read: async (signal) =>
      await (plaintext ? space.getPlaintextState(path, { signal }) : space.getEncryptedState(path, { signal })),
    set: async (data) => await (plaintext ? space.setPlaintextState(path, data) : space.setEncryptedState(path, data)),
    watch: (changed, failed, signal) => {
      // A message of the topic `state` has the path as its type.
      const message = ({ type }: M): void => void (type === path && changed());
      const leave = SharedStream.of(space).listen('state', { opened: changed, message, failed });
      signal.addEventListener('abort', leave, { once: true });
    },
  };
}
