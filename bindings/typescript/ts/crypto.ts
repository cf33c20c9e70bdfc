/**
 * Cryptographic primitives. They return at once, and need the WebAssembly module: await
 * {@link ready}, or anything else that returns a promise, before.
 */

import { bytes, refused } from './arguments.js';
import { type Bytes, bytesOf, concatBytes, type Content, stringToBytes } from './encoding.js';
import { extractFromTypedId } from './ids.js';
import { call, callForBytes } from './native.js';

const HASH_LENGTH = 32;
const BLOCK_LENGTH = 64;
const NOTHING = new Uint8Array(0);

/** Signs bytes with a 32-byte Ed25519 private key: 64 bytes. */
export function signData(data: Uint8Array, privateKey: Uint8Array): Bytes {
  return callForBytes((native) => native.sign(bytes('data', data), bytes('privateKey', privateKey)));
}

/** Whether a signature over bytes was made with the private key of a public key. Strict, as RFC 8032 allows. */
export function verifySignature(data: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  const given = [bytes('data', data), bytes('signature', signature), bytes('publicKey', publicKey)] as const;
  return call((native) => native.verify(...given));
}

/**
 * Seals bytes with a 32-byte key by AES-256-GCM: 12 random bytes, the ciphertext, and 16 bytes that prove it.
 *
 * @param context Is not in the result; opening needs the same. Empty by default.
 */
export function encryptAesGcm(plaintext: Content, key: Uint8Array, context: Uint8Array = NOTHING): Bytes {
  return callForBytes((native) => native.seal(bytesOf(plaintext), bytes('key', key), bytes('context', context)));
}

/** Opens what {@link encryptAesGcm} sealed. Throws a {@link DecryptionError} if it does not open. */
export function decryptAesGcm(sealed: Uint8Array, key: Uint8Array, context: Uint8Array = NOTHING): Bytes {
  return callForBytes((native) => native.unseal(bytes('sealed', sealed), bytes('key', key), bytes('context', context)));
}

/** SHA-256: 32 bytes. */
export function computeHash(data: Uint8Array): Bytes {
  // The id of a blob is made of its hash.
  return extractFromTypedId(call((native) => native.blobId(bytes('data', data))));
}

/**
 * Derives a key by HKDF-SHA256 (RFC 5869) without salt.
 *
 * @param info Names what the key is for.
 * @param length Bytes, 32 by default and at most 8160.
 */
export function deriveKey(rootKey: Uint8Array, info: string, length: number = HASH_LENGTH): Bytes {
  if (!(Number.isInteger(length) && length > 0 && length <= 255 * HASH_LENGTH)) {
    throw refused('length', '1 to 8160 bytes can be derived');
  }
  const secret = hmac(new Uint8Array(HASH_LENGTH), bytes('rootKey', rootKey));
  const purpose = stringToBytes(info);
  let block: Uint8Array = NOTHING;
  const derived = new Uint8Array(Math.ceil(length / HASH_LENGTH) * HASH_LENGTH);
  for (let at = 0; at < length; at += HASH_LENGTH) {
    block = hmac(secret, concatBytes(block, purpose, Uint8Array.of(at / HASH_LENGTH + 1)));
    derived.set(block, at);
  }
  return derived.slice(0, length);
}

/** HMAC-SHA256 with a key that is no longer than a block. */
function hmac(key: Uint8Array, data: Uint8Array): Bytes {
  const [inner, outer] = [new Uint8Array(BLOCK_LENGTH).fill(0x36), new Uint8Array(BLOCK_LENGTH).fill(0x5c)];
  key.forEach((byte, at) => {
    inner[at] = byte ^ 0x36;
    outer[at] = byte ^ 0x5c;
  });
  return computeHash(concatBytes(outer, computeHash(concatBytes(inner, data))));
}
