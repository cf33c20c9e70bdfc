/** A page with a React component, as Vite builds it. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { launch, open } from '../rig/chromium.mjs';
import { Server } from '../rig/server.mjs';
import { serve } from '../rig/site.mjs';
import { project } from './rig/project.mjs';

/**
 * The fields are empty at first: nothing is found there. And hooks give up reading what they no longer need, such as
 * for a stream that is opened anew for one more topic.
 */
function isUnexpected(line) {
  const isGivenUp = line.startsWith('GET ') && line.endsWith('net::ERR_ABORTED');
  return !isGivenUp && !line.includes('status of 404');
}

describe('React', () => {
  let server;
  let chromium;
  let site;

  before(async () => {
    server = await Server.start();
    chromium = await launch();
    const { root, node } = await project('react');
    await node('node_modules/vite/bin/vite.js', 'build');
    site = await serve(join(root, 'dist'));
  });

  after(async () => {
    await site?.close();
    await chromium?.close();
    await server?.stop();
  });

  test('a component shows what comes, and posts', async () => {
    const query = new URLSearchParams({ server: server.url });
    const { page, complaints, failed } = await open(chromium.browser, `${site.url}?${query}`);
    const said = page.getByRole('listitem');
    // It can be pressed when the topic was read.
    const greet = page.getByRole('button', { name: 'Greet', disabled: false });
    await greet.or(page.getByRole('alert')).waitFor();
    assert.deepEqual(await page.getByRole('alert').allTextContents(), []);
    assert.deepEqual(await said.allTextContents(), []);
    await greet.click();
    await said.waitFor();
    assert.deepEqual(await said.allTextContents(), ['hello from here']);
    await page.close();
    assert.deepEqual([...complaints, ...failed.filter(isUnexpected)], []);
  });

  for (const kind of ['data', 'state']) {
    test(`a text field bound to ${kind} keeps what is typed and the cursor, with a server far away`, async () => {
      const query = new URLSearchParams({ server: server.url, latency: 80 });
      const { page, complaints, failed } = await open(chromium.browser, `${site.url}?${query}`);
      await page.getByRole('button', { name: 'Greet', disabled: false }).waitFor();
      const field = page.getByLabel(kind, { exact: true });
      const stored = (text) => page.getByLabel(`stored ${kind}`).and(page.getByText(text, { exact: true })).waitFor();
      await field.focus();
      await page.keyboard.type('Holidays', { delay: 30 });
      assert.equal(await field.inputValue(), 'Holidays');
      await stored('Holidays');
      assert.equal(await field.inputValue(), 'Holidays');
      await page.keyboard.press('Home');
      await page.keyboard.type('XYZ', { delay: 30 });
      assert.equal(await field.inputValue(), 'XYZHolidays');
      await stored('XYZHolidays');
      await page.keyboard.type('!');
      await stored('XYZ!Holidays');
      assert.equal(await field.inputValue(), 'XYZ!Holidays');
      await page.close();
      assert.deepEqual([...complaints, ...failed.filter(isUnexpected)], []);
    });
  }
});
