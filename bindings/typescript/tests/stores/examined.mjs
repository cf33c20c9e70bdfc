/** The examination of local stores, for Node. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { examine, load } from './conformance.mjs';

const FOLDER = new URL('../../build/conformance/', import.meta.url);
const WASM = await readFile(new URL('reeeductio_wasm_bg.wasm', FOLDER));

/** A test for each thing that is examined, with an empty store of `open`. */
export async function examined(open) {
  const names = (await load(FOLDER, WASM)).examinations();
  assert.ok(names.length >= 4);
  for (const name of names) {
    test(`examination: ${name}`, async (t) => await examine(await load(FOLDER, WASM), name, await open(t)));
  }
}
