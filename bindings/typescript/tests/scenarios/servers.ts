import {
  AdminClient,
  type AdminOptions,
  AdminSpace,
  AuthenticationError,
  generateKeyPair,
  keyPairFromPrivateKey,
  NotFoundError,
  type SpaceOptions,
  toSpaceId,
} from 'reeeductio';
import { type Scenario, TestSpace } from './context.js';
import { random, rejects, same } from './expect.js';

/** Arguments of a handle on the admin space, for its owner. */
export async function adminOptions(baseUrl: string, adminKey: string): Promise<SpaceOptions & AdminOptions> {
  const keyPair = await keyPairFromPrivateKey(
    Uint8Array.from(adminKey.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16)),
  );
  return { baseUrl, keyPair, spaceId: toSpaceId(keyPair.publicKey), symmetricRoot: new Uint8Array(32) };
}

export const servers: Record<string, Scenario> = {
  async 'servers-registration'({ strictUrl, adminKey }) {
    const space = await TestSpace.on(strictUrl);
    await using owner = space.owner();
    await rejects(owner.getPlaintextState('a'), NotFoundError, 'space.unknown');
    await using admin = new AdminSpace(await adminOptions(strictUrl, adminKey));
    same(await admin.createSpace(space.keys), space.id);
    same((await owner.getMessages('general')).messages, []);
  },

  async 'servers-administration'({ baseUrl, adminKey }) {
    const options = await adminOptions(baseUrl, adminKey);
    await using admin = new AdminClient(options);
    same(await admin.auth.isAuthenticated(), false);
    same(await admin.getSpaceId(), options.spaceId);
    same(await admin.auth.isAuthenticated(), true);
    const space = await TestSpace.on(baseUrl);
    await using owner = space.owner();
    const { blobId } = await owner.uploadPlaintextBlob(random(9));
    await admin.deleteBlob(blobId);
    await rejects(admin.deleteBlob(blobId), NotFoundError);
    await rejects(owner.downloadPlaintextBlob(blobId), NotFoundError);
    await using nobody = new AdminClient({ baseUrl, keyPair: await generateKeyPair() });
    await rejects(nobody.getSpaceId(), AuthenticationError);
    await using byHand = new AdminClient({ ...options, autoAuthenticate: false });
    await rejects(byHand.getSpaceId(), AuthenticationError, 'client.not_signed_in');
    await byHand.authenticate();
    same(await byHand.getSpaceId(), options.spaceId);
  },
};
