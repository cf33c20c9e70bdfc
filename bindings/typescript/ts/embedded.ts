/** The WebAssembly, within the package: compressed, so that it is no longer on the way than as a file. */

import { WASM } from '../build/embedded.js';

/** Unpacks it. */
export async function module(): Promise<Uint8Array> {
  const packed = Uint8Array.from(atob(WASM), (character) => character.charCodeAt(0));
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(unpacked).arrayBuffer());
}
