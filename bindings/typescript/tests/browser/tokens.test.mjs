/** No token is in what a browser, a network or our server writes down, also while the server is gone. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';
import { generateKeyPair, Space, toSpaceId } from 'reeeductio';
import { launch, open } from '../rig/chromium.mjs';
import { Server } from '../rig/server.mjs';
import { serve } from '../rig/site.mjs';

/** Everything that Chromium tells of a page's console and of its requests: URLs, headers, errors; not what is in frames. */
async function written(page) {
  const lines = [];
  const session = await page.context().newCDPSession(page);
  const names = [
    'Log.entryAdded',
    'Network.requestWillBeSent',
    'Network.requestWillBeSentExtraInfo',
    'Network.loadingFailed',
    'Network.webSocketCreated',
    'Network.webSocketFrameError',
    'Network.webSocketHandshakeResponseReceived',
    'Network.webSocketWillSendHandshakeRequest',
    'Runtime.consoleAPICalled',
    'Runtime.exceptionThrown',
  ];
  for (const name of names) session.on(name, (event) => lines.push(`${name} ${withoutBearer(event)}`));
  for (const domain of ['Log', 'Network', 'Runtime']) await session.send(`${domain}.enable`);
  return lines;
}

/** An event without the header in which requests carry their token, which no console shows and no proxy logs. */
function withoutBearer(event) {
  return JSON.stringify(event, (name, value) => (name.toLowerCase() === 'authorization' ? undefined : value));
}

test('a stream tells its token to nobody, also while the server is gone', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reeeductio-tokens-'));
  const entryPoints = ['tokens.js'];
  await build({ absWorkingDir: import.meta.dirname, entryPoints, bundle: true, format: 'esm', outdir: folder });
  writeFileSync(join(folder, 'index.html'), '<link rel="icon" href="data:," /><script type="module" src="tokens.js"></script>');
  const site = await serve(folder);
  const server = await Server.start({ logging: { level: 'TRACE', enable_access_log: true } });
  const { browser, close } = await launch();
  const { page, complaints } = await open(browser, site.url);
  const lines = await written(page);
  const keyPair = await generateKeyPair();
  const options = { baseUrl: server.url, spaceId: toSpaceId(keyPair.publicKey) };
  const plain = ({ publicKey, privateKey }) => ({ publicKey: [...publicKey], privateKey: [...privateKey] });
  const owner = new Space({ ...options, keyPair, symmetricRoot: new Uint8Array(32) });
  const tokens = [];
  try {
    await page.waitForFunction(() => globalThis.follow);
    await page.evaluate((options) => globalThis.follow(options), { ...options, ...plain(keyPair) });
    for (const text of ['1', '2', '3']) {
      const { messageHash } = await owner.postMessage('general', 'x', text);
      await page.waitForFunction((hash) => globalThis.heard.includes(hash), messageHash);
      tokens.push(await page.evaluate(() => globalThis.token()));
      // Long enough for several attempts that find nobody.
      if (text !== '3') await server.restart(() => new Promise((resolve) => setTimeout(resolve, 400)));
    }
    const log = server.log.join('\n');
    assert.match(log, /\/stream/);
    // A browser says that it cannot connect, and to which URL.
    const failed = lines.filter((line) => /Log\.entryAdded.*ERR_CONNECTION_REFUSED/.test(line) && /\/stream/.test(line));
    assert.ok(failed.length > 0, lines.join('\n'));
    assert.ok(lines.some((line) => line.startsWith('Network.webSocketCreated')));
    for (const text of [...lines, log, ...complaints]) {
      assert.doesNotMatch(text, /[?&]token=/);
      for (const token of tokens) {
        assert.ok(!text.includes(token), text);
        assert.ok(!text.includes(Buffer.from(token).toString('hex')), text);
      }
    }
    assert.deepEqual(complaints, []);
  } finally {
    await owner.close();
    await close();
    await site.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
