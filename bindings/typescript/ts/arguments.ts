/** Checks of arguments that JavaScript does not check and the WebAssembly module would misread. */

import { ValidationError } from './errors.js';
import type { LocalStore } from './store.js';

/** Bytes. */
export function bytes(field: string, value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw refused(field, 'must be a Uint8Array');
}

/** Bytes, or nothing. */
export function bytesOrNone(field: string, value: unknown): Uint8Array | undefined {
  return value === undefined ? undefined : bytes(field, value);
}

/** Text. */
export function text(field: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw refused(field, 'must be a string');
}

/** A whole number that is not negative, or nothing. */
export function whole(field: string, value: unknown, most: number = Number.MAX_SAFE_INTEGER): number | undefined {
  if (value === undefined) return undefined;
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most) return value as number;
  throw refused(field, `must be a whole number from 0 to ${most}`);
}

/** The largest number of 32 bits. */
export const MOST_32 = 0xffff_ffff;

/** Options that must be given. */
export function options<T extends object>(value: T): T {
  if (typeof value === 'object' && value !== null) return value;
  throw refused('options', 'must be an object');
}

/** A local store: an object with the methods of one. */
export function store(field: string, value: unknown): LocalStore {
  const methods = ['get', 'scan', 'commit', 'clear'];
  const given = (value ?? {}) as Record<string, unknown>;
  const missing = methods.find((name) => typeof given[name] !== 'function');
  if (missing === undefined) return value as LocalStore;
  const stores = 'an IndexedDBStore, a FileStore or a MemoryStore';
  throw refused(field, `must be a local store, such as ${stores}; it has no method ${missing}`);
}

/** A signal, or nothing. Another realm's counts too, such as that of a test's document. */
export function signalOrNone(value: unknown): AbortSignal | undefined {
  if (value === undefined || value === null) return undefined;
  const { aborted, addEventListener } = value as Partial<AbortSignal>;
  if (typeof aborted === 'boolean' && typeof addEventListener === 'function') return value as AbortSignal;
  throw refused('signal', 'must be an AbortSignal');
}

/** An argument is not what it must be. */
export function refused(field: string, message: string): ValidationError {
  return new ValidationError(`${field}: ${message}`, { code: 'client.argument', field });
}
