/** Key pairs and the ids that are made of them. */

import { call, load } from './native.js';

/** An Ed25519 key pair. */
export interface KeyPair {
  /** 32 secret bytes. */
  readonly privateKey: Uint8Array;
  /** 32 bytes that others may know. */
  readonly publicKey: Uint8Array;
}

/** A fresh key pair. */
export async function generateKeyPair(): Promise<KeyPair> {
  await load();
  const privateKey = call((native) => native.generate());
  return { privateKey, publicKey: call((native) => native.publicKey(privateKey)) };
}

/** The id of the space that the key pair owns: `S` and 43 characters. */
export function toSpaceId(publicKey: Uint8Array): string {
  return call((native) => native.idOf('S', publicKey));
}

/** The id of the user that the key pair is: `U` and 43 characters. */
export function toUserId(publicKey: Uint8Array): string {
  return call((native) => native.idOf('U', publicKey));
}

/** The id of the tool that the key pair is: `T` and 43 characters. */
export function toToolId(publicKey: Uint8Array): string {
  return call((native) => native.idOf('T', publicKey));
}
