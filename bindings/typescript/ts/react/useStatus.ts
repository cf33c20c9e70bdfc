/** The status of a space's connection. */

import { useMemo, useSyncExternalStore } from 'react';
import type { Status } from '../space.js';
import type { StatusHandle } from './handle.js';

/**
 * The status of the connection that all hooks of a space share: `idle` while none is needed, and without a space.
 *
 * @example
 * ```tsx
 * const status = useStatus(space);
 * return <p>{status === 'connecting' ? 'No connection: what you see may be old.' : ''}</p>;
 * ```
 */
export function useStatus(space: StatusHandle | undefined): Status {
  const connection = useMemo(() => connectionOf(space), [space]);
  return useSyncExternalStore(connection.subscribe, connection.snapshot, idle);
}

function connectionOf(space: StatusHandle | undefined) {
  let now: Status = 'idle';
  const subscribe = (listener: () => void): (() => void) => {
    if (!space) return () => {};
    return space.onStatus((status) => {
      now = status;
      listener();
    });
  };
  return { subscribe, snapshot: () => now };
}

const idle = (): Status => 'idle';
