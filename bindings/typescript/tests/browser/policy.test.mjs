/** Pages whose Content-Security-Policy forbids WebAssembly. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';
import { launch, open } from '../rig/chromium.mjs';
import { POLICY, serve } from '../rig/site.mjs';

test("without 'wasm-unsafe-eval' in the policy every call says what to add", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'reeeductio-policy-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const absWorkingDir = import.meta.dirname;
  await build({ absWorkingDir, entryPoints: ['policy.js'], bundle: true, format: 'esm', outdir: folder });
  writeFileSync(join(folder, 'index.html'), '<link rel="icon" href="data:," /><script type="module" src="policy.js"></script>');
  const site = await serve(folder, POLICY.replace(" 'wasm-unsafe-eval'", ''));
  t.after(() => site.close());
  const { browser, close } = await launch();
  t.after(close);
  const { page } = await open(browser, site.url);
  await page.waitForFunction(() => globalThis.told);
  const all = await page.evaluate(() => globalThis.told());
  assert.equal(all.length, 3);
  for (const [isInternal, code, message, cause] of all) {
    assert.equal(isInternal, true);
    assert.equal(code, 'client.not_loaded');
    assert.match(message, /Content-Security-Policy.*add 'wasm-unsafe-eval' to script-src/);
    assert.match(cause, /CompileError/);
  }
});
