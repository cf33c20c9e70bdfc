"""Uploading and downloading blobs, for asyncio: a base of `AsyncSpace`."""

from __future__ import annotations

import os

from reeeductio._handle import AsyncHandle
from reeeductio.files import FileLike, Progress, made, opened
from reeeductio.models import BlobCreated, EncryptedBlobCreated


class AsyncSpaceBlobs(AsyncHandle):
    """Uploading and downloading blobs."""

    async def encrypt_and_upload_blob(self, data: bytes) -> EncryptedBlobCreated:
        """Seal bytes with a key of their own and upload them. Keep `blob_id` and `key`: both are needed.

        Raises:
            BlobError: the server refuses it; `blob.too_large` if the sealed bytes, 28 more than `data`, exceed its
                `max_blob_size`.

        Example:
            result = await space.encrypt_and_upload_blob(b'any bytes')
        """
        return await self._operations.upload_sealed_blob(data)

    async def download_and_decrypt_blob(self, blob_id: str, key: bytes) -> bytes:
        """Download a blob, compare it with its id, and open it.

        Raises:
            NotFoundError: there is no such blob in the space.
            BlobError: the bytes are not those of the id.
            DecryptionError: it does not open with this key.

        Example:
            data = await space.download_and_decrypt_blob(result.blob_id, result.key)
        """
        return await self._operations.download_sealed_blob(blob_id, key, None)

    async def upload_plaintext_blob(self, data: bytes) -> BlobCreated:
        """Upload bytes as they are: the server can read them.

        Raises:
            BlobError: the server refuses it; `blob.too_large` if it is too long.
        """
        return await self._operations.upload_blob(data)

    async def download_plaintext_blob(self, blob_id: str) -> bytes:
        """Download a blob as it is stored and compare it with its id.

        Raises:
            NotFoundError: there is no such blob in the space.
            BlobError: the bytes are not those of the id.
        """
        return await self._operations.download_blob(blob_id, None)

    async def upload_file(self, file: FileLike, progress: Progress | None = None) -> EncryptedBlobCreated:
        """Seal a file with a key of its own and upload it. Keep `blob_id` and `key`: both are needed.

        `file` is a path, or a binary file object that can seek, which is read from its beginning. Memory use stays
        small whatever the length.

        `progress` is called in the event loop, with the bytes sent so far and the bytes in all. An exception
        that it raises ends the upload.

        Raises:
            OSError: the path cannot be opened.
            BlobError: the server refuses it; `blob.too_large` if it is too long.

        Example:
            result = await space.upload_file('film.mp4', lambda done, total: print(done, total))
        """
        with opened(file) as source:
            return await self._operations.upload_sealed_file(source, progress)

    async def download_file(
        self, blob_id: str, key: bytes, path: str | os.PathLike[str], progress: Progress | None = None
    ) -> int:
        """Download a blob that `upload_file` stored to a file, opened; returns its length in bytes.

        The file appears, or replaces an existing one, only after all of it was received and checked. Bytes received
        before a failure are kept beside it, with `.part` at the end of the name; the next call continues. Missing
        folders are created, and `~` is the home folder. Memory use stays small whatever the length.

        `progress` is called in the event loop, with the bytes received so far and the bytes in all.

        Raises:
            NotFoundError: there is no such blob in the space.
            BlobError: the bytes are not those of the id.
            ValidationError: the file cannot be written.
            OSError: its folder cannot be made.
            DecryptionError: it does not open with this key.

        Example:
            await space.download_file(result.blob_id, result.key, 'film.mp4')
        """
        return await self._operations.download_file(blob_id, key, made(path), progress)

    async def upload_plaintext_file(self, file: FileLike, progress: Progress | None = None) -> BlobCreated:
        """Upload a file as it is: the server can read it.

        `file` is a path, or a binary file object that can seek, which is read from its beginning. Memory use stays
        small whatever the length.

        `progress` is called in the event loop, with the bytes sent so far and the bytes in all. An exception
        that it raises ends the upload.

        Raises:
            OSError: the path cannot be opened.
            BlobError: the server refuses it; `blob.too_large` if it is too long.

        Example:
            result = await space.upload_plaintext_file('film.mp4')
        """
        with opened(file) as source:
            return await self._operations.upload_file(source, progress)

    async def download_plaintext_file(
        self, blob_id: str, path: str | os.PathLike[str], progress: Progress | None = None
    ) -> int:
        """Download a blob that `upload_plaintext_file` stored to a file; returns its length in bytes.

        The file appears, or replaces an existing one, only after all of it was received and checked. Bytes received
        before a failure are kept beside it, with `.part` at the end of the name; the next call continues. Missing
        folders are created, and `~` is the home folder. Memory use stays small whatever the length.

        `progress` is called in the event loop, with the bytes received so far and the bytes in all.

        Raises:
            NotFoundError: there is no such blob in the space.
            BlobError: the bytes are not those of the id.
            ValidationError: the file cannot be written.
            OSError: its folder cannot be made.

        Example:
            await space.download_plaintext_file(result.blob_id, 'film.mp4')
        """
        return await self._operations.download_file(blob_id, None, made(path), progress)

    async def delete_blob(self, blob_id: str) -> None:
        """Remove a blob from the space: one's own, or as the owner anyone's.

        Raises:
            NotFoundError: there is no such blob in the space.
            AuthorizationError: it is somebody else's.
        """
        await self._operations.delete_blob(blob_id)
