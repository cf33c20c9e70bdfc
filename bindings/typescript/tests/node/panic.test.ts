/** A panic of the WebAssembly module, which stands in for it here: the real one has none that could be caused. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InternalError } from '../../ts/errors.js';
import { call, run } from '../../ts/native.js';
import { ready } from '../../ts/ready.js';
import { panic } from './panicking_glue.js';

type Work = Parameters<typeof run>[0];
const never = (() => ({ run: () => new Promise(() => {}) })) as unknown as Work;

test('after a panic whoever waits is told, and whoever comes', async () => {
  await ready({ wasm: new Uint8Array(0) });
  assert.equal(
    call(() => 1),
    1,
  );
  const waiting = [run(never), run(never)];
  // The operations that wait have begun by then.
  await new Promise((resolve) => setTimeout(resolve, 10));
  panic('index out of bounds');
  const isReport = (error: unknown) =>
    error instanceof InternalError &&
    error.code === 'client.panic' &&
    /please report.*index out of/.test(error.message);
  for (const each of [...waiting, run(never)]) await assert.rejects(each, isReport);
  assert.throws(() => call(() => 1), isReport);
});
