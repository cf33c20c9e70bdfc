/** Values of the key-value store. */

import { bytes, refused } from './arguments.js';
import { bytesOf, type Content } from './encoding.js';
import { call } from './native.js';

/** A value as it was signed. The names of the protocol, such as `signed_at`, can be read as well. */
export class DataEntry {
  constructor(
    /** Where it is. */
    readonly path: string,
    /** Base64. */
    readonly data: string,
    /** The member that signed it. */
    readonly signedBy: string,
    /** Base64. */
    readonly signature: string,
    /** Unix milliseconds of the signer's clock. */
    readonly signedAt: number,
  ) {}

  /** `signedBy`. */
  get signed_by(): string {
    return this.signedBy;
  }

  /** `signedAt`. */
  get signed_at(): number {
    return this.signedAt;
  }
}

/** Where a value was set, and when it was signed. */
export class DataSet {
  constructor(
    /** Where it is. */
    readonly path: string,
    /** Unix milliseconds of this machine's clock. */
    readonly signedAt: number,
  ) {}

  /** `signedAt`. */
  get signed_at(): number {
    return this.signedAt;
  }
}

/** Signs a value for a path at a time, Unix milliseconds: 64 bytes. */
export function computeDataSignature(
  spaceId: string,
  path: string,
  data: Content,
  signedAt: number,
  privateKey: Uint8Array,
): Uint8Array {
  if (!Number.isSafeInteger(signedAt)) throw refused('signedAt', 'must be a whole number');
  return call((native) =>
    native.sign(native.signedData(spaceId, path, bytesOf(data), signedAt), bytes('privateKey', privateKey)),
  );
}
