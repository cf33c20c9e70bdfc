/** The conformance suite of local stores, for Node. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { conforms, load } from './conformance.mjs';

const FOLDER = new URL('../../build/conformance/', import.meta.url);
const WASM = await readFile(new URL('reeeductio_wasm_bg.wasm', FOLDER));

/** A test for each part of the suite, with an empty store of `open`. */
export async function suite(open) {
  const names = (await load(FOLDER, WASM)).conformanceTests();
  assert.ok(names.length >= 19);
  for (const name of names) {
    test(`conformance: ${name}`, async (t) => await conforms(await load(FOLDER, WASM), name, await open(t)));
  }
}
