/** A handle that lives as long as a component. */

import { type DependencyList, useEffect, useMemo, useState } from 'react';
import { errorOf } from './observed.js';

/** A handle, as far as it is open. */
export interface OpenedSpace<S> {
  /** The handle; undefined until it is open. The other hooks take that, too, and wait. */
  space: S | undefined;
  /** Whether it is being opened. */
  isLoading: boolean;
  /** Why it could not be opened. */
  error: Error | undefined;
}

const OPENING: OpenedSpace<never> = { space: undefined, isLoading: true, error: undefined };
const NOTHING = { by: undefined, opened: OPENING };

/**
 * Opens a handle, and closes it when the component goes or `deps` change.
 *
 * @param open Opens it; its signal aborts when nobody waits for it any more.
 * @param deps What `open` uses, like those of `useEffect`.
 *
 * @example
 * ```tsx
 * const { space, error } = useSpace(
 *   (signal) => Space.open({ spaceId, keyPair, symmetricRoot, localStore, signal }),
 *   [spaceId, keyPair, symmetricRoot, localStore],
 * );
 * ```
 */
export function useSpace<S extends { close?(): unknown }>(
  open: (signal: AbortSignal) => S | Promise<S>,
  deps: DependencyList,
): OpenedSpace<S> {
  // Stands for the present `deps`: a space that was opened for others is closed soon, and not shown any more.
  const wanted = useMemo(() => ({}), deps);
  const [{ by, opened }, setState] = useState<{ by: unknown; opened: OpenedSpace<S> }>(NOTHING);
  useEffect(() => {
    const ending = new AbortController();
    let space: S | undefined;
    const setOpened = (opened: OpenedSpace<S>): void => setState({ by: wanted, opened });
    setState(NOTHING);
    const opening = async (): Promise<void> => {
      try {
        space = await open(ending.signal);
        if (ending.signal.aborted) close(space);
        else setOpened({ space, isLoading: false, error: undefined });
      } catch (error) {
        if (!ending.signal.aborted) setOpened({ space: undefined, isLoading: false, error: errorOf(error) });
      }
    };
    void opening();
    return () => {
      ending.abort();
      if (space) close(space);
    };
    // As with useEffect itself, the caller says what it depends on.
  }, deps);
  return by === wanted ? opened : OPENING;
}

function close(space: { close?(): unknown }): void {
  // Nobody is left to hear that it could not be closed.
  void Promise.resolve(space.close?.()).catch(() => {});
}
