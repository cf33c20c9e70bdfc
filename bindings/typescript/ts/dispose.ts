/** How `await using` finds what ends an object. */

/// <reference lib="esnext.disposable" preserve="true" />

/** Where engines do not have the symbol yet, what compilers of `await using` take for it. */
export const ASYNC_DISPOSE: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? (Symbol.for('Symbol.asyncDispose') as typeof Symbol.asyncDispose);
