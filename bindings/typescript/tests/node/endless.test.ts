/** An argument without an end. No server is needed. A file of its own: the module may be of no use afterwards. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateKeyPair, ready, Space, toSpaceId, ValidationError } from 'reeeductio';

test('a list within itself is refused, and the package goes on', async () => {
  await ready();
  const keyPair = await generateKeyPair();
  const spaceId = toSpaceId(keyPair.publicKey);
  const space = new Space({ spaceId, keyPair, symmetricRoot: new Uint8Array(32), baseUrl: 'http://localhost:1' });
  const endless: unknown[] = [];
  endless.push(endless);
  for (let n = 0; n < 3; n += 1) {
    await assert.rejects(space.getPlaintextData(endless as unknown as string), ValidationError);
  }
  await assert.rejects(space.getPlaintextData(42 as unknown as string), ValidationError);
});
