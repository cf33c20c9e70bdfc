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
 * Loads the WebAssembly module. Methods that return a promise load it themselves. Call this before functions that are not
 * asynchronous, such as `signData`, or to say where the WebAssembly comes from.
 *
 * By default it is part of the package and needs no network. `wasm` is for pages that serve `reeeductio/reeeductio.wasm`
 * themselves: a URL, a response, bytes or a module. Only the first call counts.
 *
 * @throws {@link InternalError} `client.not_loaded` if it cannot be loaded, as in a page whose Content-Security-Policy does not
 *   have `'wasm-unsafe-eval'` in `script-src`.
 */
export async function ready(options: { wasm?: Wasm | Promise<Wasm> } = {}): Promise<void> {
  await load(options.wasm);
}
