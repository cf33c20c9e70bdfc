import {
  AdminSpace,
  AuthorizationError,
  BlobError,
  computeBlobId,
  DecryptionError,
  NotFoundError,
  ValidationError,
} from 'reeeductio';
import { type Scenario, TestSpace } from './context.js';
import { ok, random, rejects, same } from './expect.js';
import { adminOptions } from './servers.js';

/** Bytes that sealing adds. */
const SEAL = 28;

export const blobs: Record<string, Scenario> = {
  async 'blobs-bytes'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    await using owner = space.owner();
    const content = random(100_000);
    const plain = await owner.uploadPlaintextBlob(content);
    same([plain.blobId, plain.size], [computeBlobId(content), content.length]);
    same(await owner.uploadPlaintextBlob(content), plain);
    same(await owner.downloadPlaintextBlob(plain.blobId), content);
    const { blobId, size, dek } = await owner.encryptAndUploadBlob(content);
    same([size, dek.length], [content.length + SEAL, 32]);
    same(await owner.downloadAndDecryptBlob(blobId, dek), content);
    await rejects(owner.downloadAndDecryptBlob(blobId, random(32)), DecryptionError);
    await owner.deleteBlob(plain.blobId);
    await rejects(owner.downloadPlaintextBlob(plain.blobId), NotFoundError);
    await rejects(owner.deleteBlob(plain.blobId), NotFoundError);
    await rejects(owner.downloadPlaintextBlob('abc'), ValidationError, 'blob.invalid_id');
  },

  async 'blobs-files'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    await using owner = space.owner();
    const content = random(1_500_000);
    const seen: [number, number | undefined][] = [];
    const progress = (bytes: number, total: number | undefined) => void seen.push([bytes, total]);
    const { blobId, size, dek } = await owner.encryptAndUploadBlob(new Blob([content]), { progress });
    same([size, seen.at(-1)], [content.length + SEAL, [size, size]]);
    ok(seen.every(([bytes], at) => at === 0 || bytes > (seen[at - 1]?.[0] ?? 0)));
    seen.length = 0;
    same(computeBlobId(await owner.downloadAndDecryptBlob(blobId, dek, { progress })), computeBlobId(content));
    same(seen.at(-1), [size, size]);
    const plain = await owner.uploadPlaintextBlob(new Blob([content]));
    same([plain.blobId, plain.size], [computeBlobId(content), content.length]);
    same((await owner.uploadPlaintextBlob(new Blob([]))).size, 0);
  },

  async 'blobs-limits'({ baseUrl, strictUrl, adminKey }) {
    const strict = await TestSpace.on(strictUrl);
    await using admin = new AdminSpace(await adminOptions(strictUrl, adminKey));
    await admin.createSpace(strict.keys);
    await using limited = strict.owner();
    const error = await rejects(limited.uploadPlaintextBlob(random(1001)), BlobError, 'blob.too_large');
    same(error.statusCode, 413);
    const space = await TestSpace.on(baseUrl);
    await using owner = space.owner();
    const { blobId } = await owner.uploadPlaintextBlob(random(9));
    await using member = space.user(await space.addUser());
    await rejects(member.deleteBlob(blobId), AuthorizationError);
  },
};
