/** Expectations of scenarios. */

import type { Bytes, ReeeductioError } from 'reeeductio';

/** Fails unless it holds. */
export function ok(holds: unknown, what = 'it does not hold'): asserts holds {
  if (!holds) throw new Error(what);
}

/** Fails unless both are the same: values, or arrays and objects of such. */
export function same(found: unknown, expected: unknown): void {
  const [one, other] = [shown(found), shown(expected)];
  if (one !== other) throw new Error(`expected ${other}, found ${one}`);
}

/** Fails unless the promise rejects with an error of this class and, if given, this code. */
export async function rejects<T extends ReeeductioError>(
  promise: Promise<unknown>,
  kind: abstract new (...parameters: never[]) => T,
  code?: string | RegExp,
): Promise<T> {
  let error: unknown;
  try {
    await promise;
  } catch (thrown) {
    error = thrown;
  }
  ok(error !== undefined, `expected ${kind.name}, nothing went wrong`);
  ok(
    error instanceof kind,
    `expected ${kind.name}, found ${String(error)} ${error instanceof Error ? error.stack : ''}`,
  );
  if (code !== undefined) {
    const fits = typeof code === 'string' ? error.code === code : code.test(error.code);
    ok(fits, `expected the code ${String(code)}, found ${error.code}`);
  }
  return error;
}

/** Fails unless the function throws an error of this class. */
export async function throws<T extends ReeeductioError>(
  work: () => unknown,
  kind: abstract new (...parameters: never[]) => T,
  code?: string | RegExp,
): Promise<T> {
  return await rejects((async () => work())(), kind, code);
}

/** Random bytes. */
export function random(length: number): Bytes {
  const bytes = new Uint8Array(length);
  // Platforms give 64 KiB at a time.
  for (let at = 0; at < length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
}

function shown(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (each === undefined) return 'undefined';
    return each instanceof Uint8Array ? `bytes ${[...each].join(' ')}` : each;
  });
}
