/** The scenarios in a headless Chromium, each in a page of its own, or in a worker of that page. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { build } from 'esbuild';
import { launch, open } from '../rig/chromium.mjs';
import { start } from '../rig/servers.mjs';
import { serve } from '../rig/site.mjs';

const folder = mkdtempSync(join(tmpdir(), 'reeeductio-browser-'));
await build({
  absWorkingDir: import.meta.dirname,
  entryPoints: ['page.js', 'worker.js'],
  bundle: true,
  format: 'esm',
  outdir: folder,
  sourcemap: 'inline',
  splitting: true,
  target: 'es2022',
});
writeFileSync(
  join(folder, 'index.html'),
  '<!doctype html><link rel="icon" href="data:," /><script type="module" src="page.js"></script>',
);
const site = await serve(folder);
const servers = await start();
const { baseUrl, strictUrl, adminKey } = servers;
const context = { baseUrl, strictUrl, adminKey };
const { browser, close } = await launch();
const { page } = await open(browser, site.url);
const names = await page.evaluate(() => globalThis.names);
await page.close();

after(async () => {
  await close();
  await site.close();
  await servers.stop();
  rmSync(folder, { recursive: true, force: true });
});

/**
 * Declares a test for each scenario.
 *
 * @param {'runHere' | 'runInWorker'} run What the page does with a scenario.
 */
export function testEach(run) {
  for (const name of names) {
    test(name, async () => {
      const { page, complaints } = await open(browser, site.url);
      try {
        await page.evaluate(([run, name, context]) => globalThis[run](name, context), [run, name, context]);
      } finally {
        await page.close();
      }
      assert.deepEqual(complaints, []);
    });
  }
}
