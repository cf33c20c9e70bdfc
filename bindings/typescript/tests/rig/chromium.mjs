/** A headless Chromium, and pages whose complaints fail the test. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { announced } from './announced.mjs';

const OPTIONS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--remote-debugging-port=0'];

/** A new folder for what a browser keeps. */
export function profile() {
  return mkdtempSync(join(tmpdir(), 'reeeductio-profile-'));
}

/**
 * Starts the browser that REEEDUCTIO_CHROMIUM names, or `chromium` on the PATH.
 *
 * @param {string} [folder] What it keeps; without one it keeps nothing.
 */
export async function launch(folder) {
  const kept = folder ?? profile();
  const program = process.env.REEEDUCTIO_CHROMIUM ?? 'chromium';
  const child = spawn(program, [...OPTIONS, `--user-data-dir=${kept}`, 'about:blank'], {
    // A group of its own, which can be killed at once.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  process.on('exit', () => child.kill());
  const ended = once(child, 'close');
  const browser = await chromium.connectOverCDP(await announced(child, /DevTools listening on (ws:\S+)/));
  return {
    browser,
    /** The one whose pages see what the folder keeps. */
    context: browser.contexts()[0],
    /** Ends it as a user does. */
    async close() {
      const session = await browser.newBrowserCDPSession();
      await Promise.all([session.send('Browser.close').catch(() => {}), ended]);
      if (!folder) rmSync(kept, { recursive: true, force: true });
    },
    /** Ends all of it without a warning. */
    async kill() {
      process.kill(-child.pid, 'SIGKILL');
      await ended;
    },
  };
}

/** Lines that Chromium itself prints about requests, which may be meant to fail. */
const REQUEST = /^(Failed to load resource|WebSocket connection to)/;

/**
 * Opens a page in a browser or a context. Collects what it loads, what requests fail, and what else there is to
 * complain about: what the page prints as an error or a warning, what it does not catch, what its policy forbids.
 */
export async function open(browser, url) {
  const page = await browser.newPage();
  const complaints = [];
  const failed = [];
  const loaded = [];
  page.on('request', (request) => loaded.push({ url: request.url(), by: request.resourceType() }));
  page.on('requestfailed', (request) => failed.push(`${request.method()} ${request.url()}: ${request.failure()?.errorText}`));
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.stack}`));
  page.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type())) return;
    (REQUEST.test(message.text()) ? failed : complaints).push(`${message.type()}: ${message.text()}`);
  });
  await page.goto(url);
  return { page, complaints, failed, loaded };
}
