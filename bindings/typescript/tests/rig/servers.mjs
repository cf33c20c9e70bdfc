/** The servers that scenarios are about. */

import { randomBytes } from 'node:crypto';
import { keyPairFromPrivateKey, toSpaceId } from 'reeeductio';
import { Server } from './server.mjs';

const MAX_BLOB = 64 << 20;

/** Starts both, and gives the context to run scenarios in; see `servers.d.mts`. */
export async function start() {
  const adminKey = randomBytes(32).toString('hex');
  const { publicKey } = await keyPairFromPrivateKey(Buffer.from(adminKey, 'hex'));
  const space_id = toSpaceId(publicKey);
  const [open, strict] = await Promise.all([
    Server.start({
      server: { max_blob_size: MAX_BLOB },
      admin: { space_id, auto_create_spaces: true },
      limits: { login_attempts_per_minute: 0 },
    }),
    Server.start({
      server: { max_blob_size: 1000 },
      admin: { space_id, auto_create_spaces: false },
      limits: { login_attempts_per_minute: 1 },
    }),
  ]);
  return {
    baseUrl: open.url,
    strictUrl: strict.url,
    adminKey,
    restart: (meanwhile) => open.restart(meanwhile),
    stop: async (options) => void (await Promise.all([open.stop(options), strict.stop(options)])),
  };
}
