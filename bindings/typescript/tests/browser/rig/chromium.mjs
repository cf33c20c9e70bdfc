/** A headless Chromium, and pages whose complaints fail the test. */

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';

/** Starts the browser that REEEDUCTIO_CHROMIUM names, or `chromium` on the PATH. */
export async function launch() {
  return await chromium.launch({ executablePath: program(), args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

function program() {
  if (process.env.REEEDUCTIO_CHROMIUM) return process.env.REEEDUCTIO_CHROMIUM;
  const found = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'chromium'))
    .find(executable);
  if (!found) throw new Error('REEEDUCTIO_CHROMIUM must name a Chromium: there is none on the PATH');
  return found;
}

function executable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What Chromium itself prints about requests: they may be meant to fail. */
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
  page.on('requestfailed', (request) => failed.push(`${request.url()}: ${request.failure()?.errorText}`));
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.stack}`));
  page.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type())) return;
    (REQUEST.test(message.text()) ? failed : complaints).push(`${message.type()}: ${message.text()}`);
  });
  await page.goto(url);
  return { page, complaints, failed, loaded };
}
