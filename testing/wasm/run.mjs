/**
 * Runs a program that is compiled for WASI in Node, with its arguments and with the repository to read: cargo's runner for
 * `wasm32-wasip1`. Without WASI a WebAssembly module can neither say which test failed nor tell the time.
 *
 *     node --no-warnings testing/wasm/run.mjs PROGRAM [ARGUMENT…]
 */

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { WASI } from 'node:wasi';

const [program, ...args] = process.argv.slice(2);
const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const wasi = new WASI({ version: 'preview1', args: [program, ...args], preopens: { [root]: root } });
// Behind a function of JavaScript each: called directly, by V8's fast calls, they break the process (nodejs/node#53087).
const calls = Object.entries(wasi.wasiImport).map(([name, call]) => [name, (...given) => call(...given)]);
const imports = { wasi_snapshot_preview1: Object.fromEntries(calls) };
const { instance } = await WebAssembly.instantiate(await readFile(program), imports);
process.exitCode = wasi.start(instance);
