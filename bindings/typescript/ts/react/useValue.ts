/** A value, as a hook gives it. */

import { useCallback, useMemo, useSyncExternalStore } from 'react';
import { type Read, Value, type ValueSnapshot, type Watch } from './value.js';

/** How a value is stored. */
export interface ValueOptions {
  /** Whether it is stored in the clear, so that the server can read it. By default it is sealed. */
  plaintext?: boolean | undefined;
}

/** A value, as far as it is known. */
export interface UsedValue extends ValueSnapshot {
  /** The value as text. */
  text: string | undefined;
  /** Sets it: to bytes, or to text as UTF-8. Rejects if that fails. */
  set: (data: Uint8Array | string) => Promise<void>;
  /** Reads it again, and goes on after an error. */
  reload: () => void;
}

/** How a value is read, watched and set; undefined while there is no space. */
export interface Access {
  read: Read;
  watch: Watch;
  set: (data: Uint8Array | string) => Promise<unknown>;
}

/** The value that `make` gives access to; `deps` say when that is another one. */
export function useValue(make: () => Access | undefined, deps: readonly unknown[]): UsedValue {
  const access = useMemo(make, deps);
  const value = useMemo(() => access && new Value(access.read, access.watch), [access]);
  const snapshot = useSyncExternalStore(value?.subscribe ?? never, value?.snapshot ?? empty, empty);
  const text = useMemo(() => snapshot.value && new TextDecoder().decode(snapshot.value), [snapshot.value]);
  const set = useCallback(
    async (data: Uint8Array | string) => {
      if (!access) throw new Error('there is no space yet to set it in');
      await access.set(data);
      value?.refresh();
    },
    [access, value],
  );
  return { ...snapshot, text, set, reload: value?.reload ?? nothing };
}

const nothing = (): void => {};
const never = (): (() => void) => nothing;
const empty = (): ValueSnapshot => Value.EMPTY;
