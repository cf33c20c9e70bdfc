/** Sources of uploads. */

import { refused } from './arguments.js';

/**
 * Bytes that are read piece by piece, so that memory stays small: a file on a disk, for example.
 *
 * @example
 * ```ts
 * const file = await open('film.mp4'); // node:fs/promises
 * const { size } = await file.stat();
 * const input: Input = {
 *   size,
 *   read: async (at, length) => {
 *     const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, at);
 *     return buffer.subarray(0, bytesRead);
 *   },
 * };
 * ```
 */
export interface Input {
  /** How many bytes there are. */
  readonly size: number;
  /** Up to `length` bytes from `at` on; none at the end. */
  read(at: number, length: number): Promise<Uint8Array>;
}

/** Bytes, a `Blob` or `File` (in Node of `fs.openAsBlob`, too), or your own {@link Input}. */
export type BlobSource = Uint8Array | Blob | Input;

/** A source that is read piece by piece. */
export function inputOf(source: BlobSource): Input {
  if (source instanceof Uint8Array) return new BytesInput(source);
  if (source instanceof Blob) return new BlobInput(source);
  if (typeof source?.read === 'function' && typeof source.size === 'number') return source;
  throw refused('data', 'must be a Uint8Array, a Blob, or have a size and a method read');
}

class BytesInput implements Input {
  readonly size: number;

  constructor(readonly bytes: Uint8Array) {
    this.size = bytes.length;
  }

  async read(at: number, length: number): Promise<Uint8Array> {
    return this.bytes.subarray(at, at + length);
  }
}

class BlobInput implements Input {
  readonly size: number;

  constructor(readonly blob: Blob) {
    this.size = blob.size;
  }

  async read(at: number, length: number): Promise<Uint8Array> {
    return new Uint8Array(await this.blob.slice(at, at + length).arrayBuffer());
  }
}
