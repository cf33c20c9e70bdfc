/** Blobs of a space: files, and everything that is too long for a message. */

import { BlobCreated, EncryptedBlobCreated } from '../blob.js';
import type { Bytes } from '../encoding.js';
import { run } from '../native.js';
import type { CallOptions, DownloadOptions, TransferOptions } from '../options.js';
import { type BlobSource, inputOf } from '../source.js';
import { Data } from './data.js';

/** Bytes of a sealed blob that are not content. */
const SEAL = 28;

/** Uploading and downloading blobs. */
export class Blobs extends Data {
  /**
   * Seals bytes or a file with a key of their own and uploads them. Keep `blobId` and `dek`: both are needed.
   *
   * A `Blob` is read and sealed piece by piece; the sealed pieces wait in the platform's own blob storage, since
   * `fetch` does not stream what is sent.
   *
   * @throws {@link BlobError} if it is too large for the server.
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

  /**
   * Downloads a blob of any size into a stream, and opens it with `key` if there is one. After a lost connection it
   * goes on where it was. Returns the number of bytes written.
   *
   * The bytes are verified only when the promise resolves; then the stream is closed. After any error it is aborted, and you
   * must discard the bytes that were written. The stream of `createWritable()` discards them itself: its file changes only
   * when the stream is closed. In Node, write to a file under another name, and rename it.
   *
   * @throws {@link NotFoundError} if there is no such blob in the space.
   * @throws {@link BlobError} if the bytes are not those of the id.
   * @throws {@link DecryptionError} if it does not open with this key.
   *
   * @example
   * ```ts
   * const file = await (await navigator.storage.getDirectory()).getFileHandle('film.mp4', { create: true });
   * await space.downloadTo(blobId, await file.createWritable(), { key: dek });
   * ```
   */
  async downloadTo(blobId: string, target: WritableStream<Uint8Array>, options: DownloadOptions = {}): Promise<number> {
    const { key, progress, signal } = options;
    const writer = target.getWriter();
    let written = 0;
    try {
      await this.#pieces(blobId, key, signal, async (piece, taken, total) => {
        await writer.write(piece);
        written += piece.length;
        progress?.(taken, total);
      });
      await writer.close();
      return written;
    } catch (error) {
      // Whatever the stream says to that, the reason is known.
      await writer.abort(error).catch(() => {});
      throw error;
    }
  }

  /** Hands over each piece, and how many bytes of the sealed blob came with it. */
  async #pieces(
    blobId: string,
    key: Uint8Array | undefined,
    signal: AbortSignal | undefined,
    take: (piece: Bytes, taken: number, total: number | undefined) => Promise<void>,
  ): Promise<void> {
    const stream = await this.begin('DownloadPieces', { blobId, key }, { signal });
    try {
      let [taken, total]: [number, number | undefined] = [key ? SEAL : 0, undefined];
      for (;;) {
        const next = await run<[Bytes | number] | undefined>(() => stream.next(), signal);
        if (next === undefined) return;
        const [piece] = next;
        if (typeof piece === 'number') total = piece;
        else await take(piece, (taken += piece.length), total);
      }
    } finally {
      await run(() => stream.close());
      stream.free();
    }
  }

  /** Downloads a blob as it is stored and compares it with its id. */
  async downloadPlaintextBlob(blobId: string, options: TransferOptions = {}): Promise<Bytes> {
    return await this.begin('DownloadBlob', { blobId, progress: options.progress }, options);
  }

  /**
   * Removes a blob from the space: your own, or any as the owner.
   *
   * @throws {@link AuthorizationError} if it is another member's.
   */
  async deleteBlob(blobId: string, options: CallOptions = {}): Promise<void> {
    await this.begin('DeleteBlob', { blobId }, options);
  }
}
