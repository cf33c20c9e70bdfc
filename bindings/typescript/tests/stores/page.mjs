/** Pages in which the package can be used step by step. */

import { join } from 'node:path';
import { serve as serveFolder } from '../rig/site.mjs';

/** Serves the package's files; its address is that of an empty page. */
export async function serve() {
  const { url, close } = await serveFolder(join(import.meta.dirname, '..', '..'));
  return { url: `${url}tests/stores/`, close };
}

/** A page in which the package is `api`, and what the tests need beside it. */
export async function open(context, url) {
  const page = await context.newPage();
  await page.goto(url);
  await page.evaluate(async () => {
    globalThis.api = { ...(await import('/dist/esm/index.js')), ...(await import('/dist/esm/vault.js')) };
    globalThis.short = await import('/tests/stores/bytes.mjs');
    /** The reason that a promise rejects with. */
    globalThis.refusal = async (promise) => {
      try {
        await promise;
      } catch (error) {
        return { code: error.code, message: error.message, known: error instanceof api.ReeeductioError };
      }
      return undefined;
    };
    /** The result of a request. */
    globalThis.given = (request) =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
  });
  return page;
}
