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

/** Opens a page in a browser or a context; collects what it complains about and what it loads. */
export async function open(browser, url) {
  const page = await browser.newPage();
  const complaints = [];
  const loaded = [];
  page.on('request', (request) => loaded.push({ url: request.url(), by: request.resourceType() }));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.stack}`));
  page.on('requestfailed', (request) => {
    complaints.push(`request failed: ${request.url()} ${request.failure()?.errorText}`);
  });
  await page.goto(url);
  return { page, complaints, loaded };
}
