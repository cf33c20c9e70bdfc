/**
 * The conformance suite of local stores, in the WebAssembly module with its feature `conformance`. Runs in Node and in
 * browsers.
 */

/** Loads it anew: after a panic nothing in it can be used. */
export async function load(folder, wasm) {
  const glue = await import(new URL(`reeeductio_wasm.js?${Math.random()}`, folder));
  await glue.default({ module_or_path: wasm ?? new URL('reeeductio_wasm_bg.wasm', folder) });
  return glue;
}

/** Tests an empty store; rejects with the first rule that it breaks. */
export async function conforms(glue, name, store) {
  await new Promise((resolve, reject) => {
    glue.onPanic((text) => reject(new Error(text)));
    glue.testConformance(name, store).run(undefined).then(resolve, reject);
  });
}
