/** Key pairs. */

import { bytes } from './arguments.js';
import { conceal } from './conceal.js';
import { call, load } from './native.js';

/**
 * An Ed25519 key pair. The private key of those made here is not shown in JSON, nor by `console.log` in Node; the
 * developer tools of browsers show it.
 */
export interface KeyPair {
  /** 32 secret bytes. */
  readonly privateKey: Uint8Array;
  /** 32 bytes that others may know. */
  readonly publicKey: Uint8Array;
}

/**
 * A fresh key pair.
 *
 * @example
 * ```ts
 * const keyPair = await generateKeyPair();
 * const spaceId = toSpaceId(keyPair.publicKey);
 * ```
 */
export async function generateKeyPair(): Promise<KeyPair> {
  await load();
  return pairOf(call((native) => native.generate()));
}

/** The key pair of 32 secret bytes. Throws a {@link ValidationError} if they are more or fewer. */
export async function keyPairFromPrivateKey(privateKey: Uint8Array): Promise<KeyPair> {
  await load();
  return pairOf(bytes('privateKey', privateKey).slice());
}

/** The pair that a private key is part of. */
export function pairOf(privateKey: Uint8Array): KeyPair {
  return conceal({ privateKey, publicKey: call((native) => native.publicKey(privateKey)) }, 'privateKey');
}
