/** How stores fail. */

import { StoreError } from '../errors.js';

export { StoreError };

/** It holds what was never saved. */
export function damaged(text: string, cause?: unknown): StoreError {
  return failure('store.damaged', text, cause);
}

/** It cannot be read or written. */
export function unavailable(text: string, cause?: unknown): StoreError {
  return failure('store.unavailable', text, cause);
}

function failure(code: string, text: string, cause: unknown): StoreError {
  const error = new StoreError(text, { code });
  if (cause !== undefined) error.cause = cause;
  return error;
}
