/** Where the keys are kept: in this browser, sealed with a key that it does not give out. */

import { generateKeyPair } from 'reeeductio';
import { KeyVault } from 'reeeductio/vault';
import type { Credentials } from './credentials.js';

const OWN = 'space:';
const JOINING = 'joining:';

let opening: Promise<KeyVault> | undefined;

/** The vault. If it failed to open, that is tried again when it is needed again. */
async function vault(): Promise<KeyVault> {
  opening ??= KeyVault.open();
  try {
    return await opening;
  } catch (error) {
    opening = undefined;
    throw error;
  }
}

/** The spaces that this browser is a member of. */
export async function known(): Promise<string[]> {
  const names = await (await vault()).list();
  return names.filter((name) => name.startsWith(OWN)).map((name) => name.slice(OWN.length)).sort();
}

/** Keeps a member's credentials. Any script in this page can load them: let no others in. */
export async function keep(credentials: Credentials): Promise<void> {
  const keys = await vault();
  await keys.save(OWN + credentials.spaceId, credentials);
  await keys.remove(JOINING + credentials.spaceId);
}

/** The credentials that were kept for a space. */
export async function kept(spaceId: string): Promise<Credentials | undefined> {
  return await stored(OWN, spaceId);
}

/** Credentials of the person about to join: the same keys each time, or an attempt that was cut short would use up the invitation. */
export async function joining(invitation: Credentials): Promise<Credentials> {
  const { spaceId } = invitation;
  const begun = await stored(JOINING, spaceId);
  if (begun) return begun;
  const member = { ...invitation, keyPair: await generateKeyPair() };
  await (await vault()).save(JOINING + spaceId, member);
  return member;
}

async function stored(prefix: string, spaceId: string): Promise<Credentials | undefined> {
  // A vault also takes credentials without an address; none were put into this one.
  return (await (await vault()).load(prefix + spaceId)) as Credentials | undefined;
}
