/** Programs for Node. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Server } from '../rig/server.mjs';
import { project } from './rig/project.mjs';

describe('Node', () => {
  let server;
  let app;

  before(async () => {
    server = await Server.start();
    app = await project('node');
  });

  after(() => server?.stop());

  for (const file of ['plain.mjs', 'own.mjs', 'plain.cjs']) {
    test(`${file} posts and reads`, async () => {
      assert.equal(await app.node(file, server.url), 'hello from here, hello from here');
    });
  }

  for (const file of ['store.mjs', 'store.cjs']) {
    test(`${file} remembers, in a file where Node has SQLite, and fails as the main entry does`, async () => {
      const printed = await app.node(file, server.url, join(app.root, `${file}.db`));
      assert.deepEqual(JSON.parse(printed), {
        texts: ['hello from here'],
        remembered: 1,
        refusal: 'store.unavailable',
        isOurs: true,
      });
    });
  }

  test('own.cjs loads the WebAssembly from the package', async () => {
    assert.match(await app.node('own.cjs'), /^U[\w-]{43}$/);
  });
});
