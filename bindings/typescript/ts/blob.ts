/** Stored blobs. */

import { bytes } from './arguments.js';
import { conceal } from './conceal.js';
import { call } from './native.js';

/** A stored blob. */
export class BlobCreated {
  constructor(
    /** Its id: `B` and 43 characters. */
    readonly blobId: string,
    /** How many bytes are stored. */
    readonly size: number,
  ) {}

  /** `blobId`. */
  get blob_id(): string {
    return this.blobId;
  }
}

/**
 * A stored sealed blob: both `blobId` and `dek` are needed to read it. `dek` is not shown in JSON, nor by `console.log` in
 * Node; the developer tools of browsers show it.
 */
export class EncryptedBlobCreated extends BlobCreated {
  constructor(
    blobId: string,
    size: number,
    /** The 32-byte key of this blob. */
    readonly dek: Uint8Array,
  ) {
    super(blobId, size);
    conceal<EncryptedBlobCreated>(this, 'dek');
  }

  /** `dek`. */
  get key(): Uint8Array {
    return this.dek;
  }
}

/** The id of bytes: `B` and 43 characters. */
export function computeBlobId(data: Uint8Array): string {
  return call((native) => native.blobId(bytes('data', data)));
}
