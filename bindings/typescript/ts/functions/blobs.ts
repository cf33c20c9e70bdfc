/** Blobs for programs that send requests themselves, as with release 0.1.0. */

import { BlobCreated, computeBlobId } from '../blob.js';
import type { Bytes } from '../encoding.js';
import { found } from '../failure.js';
import { load } from '../native.js';
import type { CallOptions } from '../options.js';
import { type FetchFunction, request } from './request.js';

/** Uploads bytes as they are. */
export async function uploadBlob(
  fetchFn: FetchFunction,
  baseUrl: string,
  token: string,
  spaceId: string,
  data: Uint8Array,
  options: CallOptions = {},
): Promise<BlobCreated> {
  await load();
  const blobId = computeBlobId(data);
  await request([fetchFn, baseUrl, token, spaceId], 'PUT', ['blobs', blobId], data, options);
  return new BlobCreated(blobId, data.length);
}

/** Downloads a blob and compares it with its id. */
export async function downloadBlob(
  fetchFn: FetchFunction,
  baseUrl: string,
  token: string,
  spaceId: string,
  blobId: string,
  options: CallOptions = {},
): Promise<Bytes> {
  const answer = await request([fetchFn, baseUrl, token, spaceId], 'GET', ['blobs', blobId], undefined, options);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  await load();
  if (computeBlobId(bytes) === blobId) return bytes;
  throw found('verify.blob', `the bytes that the server gave for blob ${blobId} are not those of its id`);
}

/** Removes a blob from the space. */
export async function deleteBlob(
  fetchFn: FetchFunction,
  baseUrl: string,
  token: string,
  spaceId: string,
  blobId: string,
  options: CallOptions = {},
): Promise<void> {
  await request([fetchFn, baseUrl, token, spaceId], 'DELETE', ['blobs', blobId], undefined, options);
}
