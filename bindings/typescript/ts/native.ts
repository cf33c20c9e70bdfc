/** The WebAssembly module: loading it, running its operations, and what happens if it breaks. */

import * as glue from '../build/reeeductio_wasm.js';
import { signalOrNone } from './arguments.js';
import { checked } from './checked.js';
import type { Bytes } from './encoding.js';
import { AbortedError, InternalError } from './errors.js';
import { errorOf } from './failure.js';
import type { Wasm } from './ready.js';

/** The WebAssembly module, as wasm-bindgen shows it. */
export type Native = typeof glue;

let loading: Promise<Native> | undefined;
let loaded: Native | undefined;
let broken: InternalError | undefined;
const waiting = new Set<(reason: unknown) => void>();

/** Loads it, once. */
export async function load(wasm?: Wasm | Promise<Wasm>): Promise<Native> {
  loading ??= begin(wasm);
  try {
    return await loading;
  } catch (error) {
    // It may have been the network: the next call tries again.
    loading = undefined;
    throw error;
  }
}

async function begin(wasm?: Wasm | Promise<Wasm>): Promise<Native> {
  try {
    const given = wasm ?? (await import('#embedded')).module();
    await glue.default({ module_or_path: given as Promise<Wasm> });
  } catch (error) {
    throw notLoaded(error);
  }
  glue.onPanic(fail);
  loaded = checked(glue);
  return loaded;
}

/** Every engine has its own error for a module that a policy blocks, and its own text. */
function notLoaded(reason: unknown): InternalError {
  const text = String(reason);
  const why = /content security policy|\bCSP\b/i.test(text)
    ? "the page's Content-Security-Policy blocks it; add 'wasm-unsafe-eval' to script-src"
    : text;
  const error = new InternalError(`the WebAssembly module cannot be loaded: ${why}`, { code: 'client.not_loaded' });
  error.cause = reason;
  return error;
}

/** The WebAssembly module, for functions that return at once. */
export function native(): Native {
  if (broken) throw broken;
  if (!loaded) {
    throw new InternalError('not loaded yet: await ready() first', { code: 'client.not_ready' });
  }
  return loaded;
}

/** Calls what returns at once. */
export function call<T>(work: (native: Native) => T): T {
  try {
    return work(native());
  } catch (thrown) {
    throw reasonOf(thrown);
  }
}

/** Calls what gives bytes at once: always copies, in memory of JavaScript's own. */
export function callForBytes(work: (native: Native) => Uint8Array): Bytes {
  return call(work) as Bytes;
}

/** Runs an operation. If `signal` aborts first, what is under way is dropped. */
export async function run<T>(work: (native: Native) => glue.Pending, signal?: AbortSignal): Promise<T> {
  check(signal);
  // A module that is loaded begins at once: before the program goes on, and may close what it called.
  if (!loaded) await load();
  if (broken) throw broken;
  check(signal);
  return await new Promise<T>((resolve, reject) => {
    const ending = signal && endingOf(signal);
    const settle = (then: () => void) => {
      waiting.delete(reject);
      ending?.release();
      then();
    };
    waiting.add(reject);
    try {
      work(loaded as Native)
        .run(ending?.promise)
        .then(
          (value) => settle(() => resolve(value as T)),
          (thrown) => settle(() => reject(reasonOf(thrown))),
        );
    } catch (thrown) {
      settle(() => reject(reasonOf(thrown)));
    }
  });
}

function check(signal: AbortSignal | undefined): void {
  if (signalOrNone(signal)?.aborted) throw new AbortedError(signal?.reason);
}

/** A promise that rejects when the signal aborts, and resolves when it does not matter any more. */
function endingOf(signal: AbortSignal): { promise: Promise<void>; release: () => void } {
  let release = () => {};
  const promise = new Promise<void>((resolve, reject) => {
    const abort = () => reject(new AbortedError(signal.reason));
    signal.addEventListener('abort', abort, { once: true });
    release = () => {
      signal.removeEventListener('abort', abort);
      resolve();
    };
  });
  return { promise, release };
}

/** Returns the error of a failed call. Never throws itself: a caller waits. */
function reasonOf(thrown: unknown): unknown {
  // It ended in the middle of something, as with a panic.
  if (!broken && thrown instanceof WebAssembly.RuntimeError) fail(thrown.message);
  if (broken) return broken;
  try {
    return errorOf(thrown);
  } catch {
    return thrown;
  }
}

/** After a panic the WebAssembly module cannot be relied on: calls that wait fail, and so do later ones. */
function fail(text: string): void {
  broken = new InternalError(`a bug in reeeductio, please report it: ${text}`, { code: 'client.panic' });
  for (const reject of waiting) reject(broken);
  waiting.clear();
}
