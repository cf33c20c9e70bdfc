/** Pages that the usual tools build, opened in a browser. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { announced } from '../rig/announced.mjs';
import { launch, open } from '../rig/chromium.mjs';
import { Server } from '../rig/server.mjs';
import { serve } from '../rig/site.mjs';
import { project } from './rig/project.mjs';

/** How each tool builds the project; what it builds is in `dist`, or is served by the tool itself. */
const TOOLS = {
  async 'vite build'() {
    const { root, node } = await project('vite');
    await node('node_modules/vite/bin/vite.js', 'build');
    return await serve(join(root, 'dist'));
  },
  async 'vite dev server'() {
    const { root } = await project('vite');
    return await develop(root);
  },
  async webpack() {
    const { root, node } = await project('webpack');
    await node('node_modules/webpack/bin/webpack.js', '--mode=production', '--entry=./main.js');
    copyFileSync(join(root, 'index.html'), join(root, 'dist', 'index.html'));
    return await serve(join(root, 'dist'));
  },
  async esbuild() {
    const { root, node } = await project('esbuild');
    await node('build.mjs');
    copyFileSync(join(root, 'index.html'), join(root, 'dist', 'index.html'));
    return await serve(join(root, 'dist'));
  },
};

/** Vite's own server, which prepares packages in a way of its own. */
async function develop(root) {
  const vite = spawn(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), '--host=127.0.0.1', '--port=0'], {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => vite.on('close', resolve));
  const url = await announced(vite, /Local:\s+(\S+)/);
  return {
    url,
    async close() {
      vite.kill();
      await ended;
    },
  };
}

let server;
let chromium;

before(async () => {
  server = await Server.start();
  chromium = await launch();
});

after(async () => {
  await chromium?.close();
  await server?.stop();
});

for (const [name, build] of Object.entries(TOOLS)) {
  describe(name, () => {
    let site;

    before(async () => {
      site = await build();
    });

    after(() => site?.close());

    /** Opens the page and gives what it loaded. */
    async function look(way) {
      const query = new URLSearchParams({ way, server: server.url });
      const { page, complaints, failed, loaded } = await open(chromium.browser, `${site.url}?${query}`);
      const shown = await page.locator('output').textContent();
      await page.close();
      assert.equal(shown, 'hello from here, hello from here');
      assert.deepEqual([...complaints, ...failed], []);
      return loaded;
    }

    test('a page posts and reads, and needs no file beside its scripts', async () => {
      const loaded = await look('plain');
      assert.deepEqual(loaded.filter(isWasm), []);
    });

    test('a page may bring the WebAssembly itself, and then loads it once', async () => {
      const loaded = await look('own');
      assert.equal(loaded.filter(isWasm).length, 1);
      assert.deepEqual(loaded.filter(({ url }) => url.includes('embedded')), []);
    });

    test('a module worker posts and reads', async () => {
      await look('worker');
    });
  });
}

/** Vite's own server also has a script of that name, which says where the file is. */
function isWasm({ url, by }) {
  return by === 'fetch' && new URL(url).pathname.endsWith('.wasm');
}
