/** How stores fail. */

import { ReeeductioError } from '../errors.js';

/** The local store is damaged or cannot be used. */
export class StoreError extends ReeeductioError {
  override readonly name = 'StoreError';
}

/** It holds what was never saved. */
export function damaged(text: string): StoreError {
  return new StoreError(text, { code: 'store.damaged' });
}

/** It cannot be read or written. */
export function unavailable(text: string, cause?: unknown): StoreError {
  const error = new StoreError(text, { code: 'store.unavailable' });
  if (cause !== undefined) error.cause = cause;
  return error;
}
