/** Loading the WebAssembly module. */

import { load } from './native.js';

// A program for Node may not have the types of browsers.
declare global {
  namespace WebAssembly {
    interface Module {}
  }
}

/** Sources that the WebAssembly module can be loaded from. */
export type Wasm = WebAssembly.Module | ArrayBuffer | ArrayBufferView | Response | URL | string;

/**
 * Loads the WebAssembly module. Everything that returns a promise does it by itself; call it to do it early, before
 * functions that return at once (like `signData`), or to say where the WebAssembly comes from.
 *
 * By default it is in the package itself and needs no network. `wasm` is for pages that serve
 * `reeeductio/reeeductio.wasm` themselves: a URL, a response, bytes or a module. Only the first call counts.
 */
export async function ready(options: { wasm?: Wasm | Promise<Wasm> } = {}): Promise<void> {
  await load(options.wasm);
}
