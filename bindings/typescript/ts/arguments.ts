/** Checks of arguments that JavaScript does not check and the WebAssembly module would misread. */

import { ValidationError } from './errors.js';

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

/** An argument is not what it must be. */
export function refused(field: string, message: string): ValidationError {
  return new ValidationError(`${field}: ${message}`, { code: 'client.argument', field });
}
