/** Credentials of a member: a space, a server and keys. An invitation has them, too, and a link. */

import {
  decodeUrlSafeBase64,
  encodeUrlSafeBase64,
  generateKeyPair,
  type KeyPair,
  keyPairFromPrivateKey,
  toSpaceId,
} from 'reeeductio';

/** Arguments of `new Space`. */
export interface Credentials {
  spaceId: string;
  baseUrl: string;
  symmetricRoot: Uint8Array;
  keyPair: KeyPair;
}

/** Credentials of the owner of a space that does not exist yet. */
export async function fresh(baseUrl: string): Promise<Credentials> {
  const keyPair = await generateKeyPair();
  const symmetricRoot = crypto.getRandomValues(new Uint8Array(32));
  return { spaceId: toSpaceId(keyPair.publicKey), baseUrl, symmetricRoot, keyPair };
}

/** A link that lets somebody in. The part after the # is not sent to the server that the page comes from. */
export function linkOf(invitation: Credentials): string {
  const { spaceId, ...rest } = invitation;
  const link = new URL(location.href);
  link.hash = `space=${spaceId}&${written(rest)}`;
  return link.href;
}

/** Request in the address: one's own space, or an invitation to one. */
export async function asked(): Promise<{ spaceId?: string; invitation?: Credentials }> {
  const hash = location.hash.slice(1);
  const spaceId = new URLSearchParams(hash).get('space') ?? undefined;
  if (spaceId === undefined) return {};
  return hash.includes('key=') ? { spaceId, invitation: await read(spaceId, hash) } : { spaceId };
}

function written({ baseUrl, symmetricRoot, keyPair }: Omit<Credentials, 'spaceId'>): string {
  return new URLSearchParams({
    server: baseUrl,
    root: encodeUrlSafeBase64(symmetricRoot),
    key: encodeUrlSafeBase64(keyPair.privateKey),
  }).toString();
}

async function read(spaceId: string, text: string): Promise<Credentials> {
  const fields = new URLSearchParams(text);
  const field = (name: string): string => {
    const value = fields.get(name);
    if (!value) throw new Error(`The link is not whole: it has no ${name}.`);
    return value;
  };
  return {
    spaceId,
    baseUrl: field('server'),
    symmetricRoot: decodeUrlSafeBase64(field('root')),
    keyPair: await keyPairFromPrivateKey(decodeUrlSafeBase64(field('key'))),
  };
}
