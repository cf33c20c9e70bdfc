/** Blobs of a space: files, and everything that is too long for a message. */

import { BlobCreated, EncryptedBlobCreated } from '../blob.js';
import type { Bytes } from '../encoding.js';
import type { CallOptions, TransferOptions } from '../options.js';
import { type BlobSource, inputOf } from '../source.js';
import { Data } from './data.js';

/** Uploading and downloading blobs. */
export class Blobs extends Data {
  /**
   * Seals bytes or a file with a key of their own and uploads them. Keep `blobId` and `dek`: both are needed.
   *
   * A `Blob` is read and sealed piece by piece; the sealed pieces wait in the platform's own blob storage, since
   * `fetch` does not stream what is sent.
   *
   * @throws {@link BlobError} if the server does not take it.
   *
   * @example
   * ```ts
   * const { blobId, dek } = await space.encryptAndUploadBlob(input.files[0], {
   *   progress: (bytes, total) => console.log(bytes, 'of', total),
   * });
   * ```
   */
  async encryptAndUploadBlob(data: BlobSource, options: TransferOptions = {}): Promise<EncryptedBlobCreated> {
    const { progress } = options;
    const raw =
      data instanceof Uint8Array && !progress
        ? await this.begin('UploadSealedBlob', { data }, options)
        : await this.begin('UploadSealedFile', { file: inputOf(data), progress }, options);
    return new EncryptedBlobCreated(...raw);
  }

  /** Uploads bytes or a file as they are: the server can read them. */
  async uploadPlaintextBlob(data: BlobSource, options: TransferOptions = {}): Promise<BlobCreated> {
    const { progress } = options;
    const raw =
      data instanceof Uint8Array && !progress
        ? await this.begin('UploadBlob', { data }, options)
        : await this.begin('UploadFile', { file: inputOf(data), progress }, options);
    return new BlobCreated(...raw);
  }

  /**
   * Downloads a blob, compares it with its id, and opens it.
   *
   * @param key Its `dek`.
   * @throws {@link NotFoundError} if there is no such blob in the space.
   * @throws {@link BlobError} if the bytes are not those of the id.
   * @throws {@link DecryptionError} if it does not open with this key.
   */
  async downloadAndDecryptBlob(blobId: string, key: Uint8Array, options: TransferOptions = {}): Promise<Bytes> {
    const { progress } = options;
    return await this.begin('DownloadSealedBlob', { blobId, key, progress }, options);
  }

  /** Downloads a blob as it is stored and compares it with its id. */
  async downloadPlaintextBlob(blobId: string, options: TransferOptions = {}): Promise<Bytes> {
    return await this.begin('DownloadBlob', { blobId, progress: options.progress }, options);
  }

  /**
   * Removes a blob from the space: one's own, or as the owner anyone's.
   *
   * @throws {@link AuthorizationError} if it is somebody else's.
   */
  async deleteBlob(blobId: string, options: CallOptions = {}): Promise<void> {
    await this.begin('DeleteBlob', { blobId }, options);
  }
}
