/** A web server for the files of a folder, as strict as a careful app's. */

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

/** Only our own files may run, WebAssembly may be compiled, and the server under test be reached. */
export const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  'img-src data:',
  "connect-src 'self' http://127.0.0.1:* ws://127.0.0.1:*",
].join('; ');

const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** Serves the folder on a free port with a Content-Security-Policy, and notes what it is asked for. */
export async function serve(folder, policy = POLICY) {
  const asked = [];
  const server = createServer(async (request, response) => {
    asked.push(`${request.url} ${JSON.stringify(request.headers)}`);
    const path = normalize(new URL(request.url, 'http://site').pathname);
    const file = join(folder, path.endsWith('/') ? `${path}index.html` : path);
    try {
      const content = await readFile(file);
      response.writeHead(200, { 'Content-Security-Policy': policy, 'Content-Type': TYPES[extname(file)] });
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    asked,
    url: `http://127.0.0.1:${server.address().port}/`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
