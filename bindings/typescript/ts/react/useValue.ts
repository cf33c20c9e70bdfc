/** A value, as a hook gives it. */

import { useCallback, useMemo, useSyncExternalStore } from 'react';
import { type AnyContent, encoded, Opened } from '../content.js';
import { type Bytes, decodeBase64, stringToBytes } from '../encoding.js';
import type { StoredValueLike } from './handle.js';
import { type Access, Value, type ValueSnapshot } from './value.js';

/** How a value is stored. */
export interface ValueOptions {
  /** Whether it is stored in the clear, so that the server can read it. By default it is sealed. */
  plaintext?: boolean | undefined;
}

/** A value, as far as it is known. */
export interface UsedValue extends ValueSnapshot {
  /** The value as text. */
  text: string | undefined;
  /**
   * Returns the value, parsed as JSON; undefined if there is none, or it was removed. Throws a {@link ValidationError} if
   * it is not JSON.
   */
  json: <Content = unknown>() => Content | undefined;
  /**
   * Sets it to bytes, text as UTF-8, or a value of JSON, and shows that at once. Writes go one after the other; of those
   * that wait only the newest is sent. The promise resolves when the value, or a newer one that replaced it, is stored. If
   * the write fails, it rejects, `error` says why, and the stored value is shown again.
   */
  set: (content: AnyContent) => Promise<void>;
  /** Reads it again, and forgets an error. */
  reload: () => void;
}

/** The value that `make` gives access to, undefined while there is no space; `deps` say when that is another one. */
export function useValue(make: () => Access | undefined, deps: readonly unknown[]): UsedValue {
  const value = useMemo(() => {
    const access = make();
    return access && Value.of(access);
  }, deps);
  const snapshot = useSyncExternalStore(value?.subscribe ?? never, value?.snapshot ?? empty, empty);
  const text = useMemo(() => snapshot.value && new TextDecoder().decode(snapshot.value), [snapshot.value]);
  const json = useCallback(
    <Content>() => (snapshot.value?.length ? new Opened(snapshot.value).json<Content>() : undefined),
    [snapshot.value],
  );
  // Not async: a text field shows what is typed only if the value changes before the event ends.
  const set = useCallback(
    (content: AnyContent): Promise<void> => {
      try {
        if (!value) throw new Error('there is no space yet to set it in');
        return value.set(bytesOf(content));
      } catch (error) {
        return Promise.reject(error);
      }
    },
    [value],
  );
  return { ...snapshot, text, json, set, reload: value?.reload ?? nothing };
}

/** The bytes of a content: always a copy, as the caller may change its own while they wait. */
function bytesOf(content: AnyContent): Bytes {
  const data = encoded(content);
  return typeof data === 'string' ? stringToBytes(data) : Uint8Array.from(data);
}

/** The bytes of a stored value, as the server would give them. */
export function storedBytes(value: StoredValueLike | undefined, plaintext: boolean): Bytes | undefined {
  if (value === undefined) return undefined;
  return plaintext || value.data === '' ? decodeBase64(value.data) : value.bytes;
}

const nothing = (): void => {};
const never = (): (() => void) => nothing;
const empty = (): ValueSnapshot => Value.EMPTY;
