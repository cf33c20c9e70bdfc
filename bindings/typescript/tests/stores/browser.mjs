/** A headless Chromium, with a web server for pages of one origin. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const PACKAGE = join(import.meta.dirname, '..', '..');
const TYPES = { '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };
const PAGE = '<!doctype html><link rel="icon" href="data:," />';

/** Serves the package's files, and an empty page at `/`. */
export async function serve() {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, 'http://site').pathname);
    try {
      const content = path === '/' ? PAGE : await readFile(join(PACKAGE, path));
      response.writeHead(200, { 'Content-Type': TYPES[extname(path)] ?? 'text/html' });
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}/`;
  const close = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return { url, close };
}

/** A new folder for what a browser keeps. */
export async function profile(t) {
  const folder = await mkdtemp(join(tmpdir(), 'reeeductio-profile-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts the Chromium that REEEDUCTIO_CHROMIUM names, or `chromium`. Its processes can be killed at once. */
export async function launch(folder) {
  const program = process.env.REEEDUCTIO_CHROMIUM ?? 'chromium';
  const options = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--remote-debugging-port=0'];
  const child = spawn(program, [...options, `--user-data-dir=${folder}`, 'about:blank'], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stderr });
  const address = await new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      const found = /DevTools listening on (ws:\S+)/.exec(line);
      if (found) resolve(found[1]);
    });
    lines.on('close', () => reject(new Error(`${program} did not start`)));
    child.on('error', reject);
  });
  const browser = await chromium.connectOverCDP(address);
  const [context] = browser.contexts();
  return {
    context,
    /** Ends it as a user does. */
    async close() {
      const session = await browser.newBrowserCDPSession();
      await Promise.all([session.send('Browser.close').catch(() => {}), exited]);
    },
    /** Ends all of it without a warning. */
    async kill() {
      process.kill(-child.pid, 'SIGKILL');
      await exited;
    },
  };
}

/** A page in which the package is `api`, and what the tests need beside it. */
export async function open(context, url) {
  const page = await context.newPage();
  await page.goto(url);
  await page.evaluate(async () => {
    globalThis.api = await import('/dist/esm/index.js');
    globalThis.records = await import('/tests/stores/records.mjs');
    /** What a promise rejects with. */
    globalThis.refusal = async (promise) => {
      try {
        await promise;
      } catch (error) {
        return { code: error.code, message: error.message, known: error instanceof api.ReeeductioError };
      }
      return undefined;
    };
    /** What a request gives. */
    globalThis.given = (request) =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
  });
  return page;
}
