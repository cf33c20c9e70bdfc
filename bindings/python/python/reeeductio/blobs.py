"""Blobs, for programs that call the server through an httpx client. `Space` does all of this and more."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, NoReturn

from reeeductio import _native
from reeeductio._wire import accepted
from reeeductio.crypto import encrypt_aes_gcm
from reeeductio.exceptions import BlobError, from_failure
from reeeductio.models import BlobCreated, EncryptedBlobCreated

if TYPE_CHECKING:
    import httpx

__all__ = [
    "BlobEncryption",
    "compute_blob_id",
    "delete_blob",
    "delete_blob_async",
    "download_blob",
    "download_blob_async",
    "encrypt_and_upload_blob",
    "encrypt_and_upload_blob_async",
    "upload_blob",
    "upload_blob_async",
]

_CONFLICT = 409


class BlobEncryption:
    """A placeholder of release 0.1.1: use `Space.encrypt_and_upload_blob`."""

    def __init__(self, space_key: bytes) -> None:
        self.space_key = space_key

    def encrypt(self, plaintext: bytes) -> NoReturn:
        """Raise `NotImplementedError`, as in release 0.1.1."""
        del plaintext
        raise NotImplementedError

    def decrypt(self, ciphertext: bytes) -> NoReturn:
        """Raise `NotImplementedError`, as in release 0.1.1."""
        del ciphertext
        raise NotImplementedError


def compute_blob_id(data: bytes) -> str:
    """Compute the id of bytes: `B` and 43 characters."""
    return _native.blob_id(data)


def upload_blob(client: httpx.Client, space_id: str, data: bytes) -> BlobCreated:
    """Upload bytes as they are. `BlobError` if that fails."""
    blob_id = compute_blob_id(data)
    return _created(client.put(_path(space_id, blob_id), content=data), blob_id, data)


async def upload_blob_async(client: httpx.AsyncClient, space_id: str, data: bytes) -> BlobCreated:
    """`upload_blob` for asyncio."""
    blob_id = compute_blob_id(data)
    return _created(await client.put(_path(space_id, blob_id), content=data), blob_id, data)


def encrypt_and_upload_blob(
    client: httpx.Client, space_id: str, data: bytes, associated_data: bytes | None = None
) -> EncryptedBlobCreated:
    """Seal bytes with a key of their own and upload them. `BlobError` if that fails."""
    key = secrets.token_bytes(32)
    created = upload_blob(client, space_id, encrypt_aes_gcm(data, key, associated_data))
    return EncryptedBlobCreated(created.blob_id, created.size, key)


async def encrypt_and_upload_blob_async(
    client: httpx.AsyncClient, space_id: str, data: bytes, associated_data: bytes | None = None
) -> EncryptedBlobCreated:
    """`encrypt_and_upload_blob` for asyncio."""
    key = secrets.token_bytes(32)
    created = await upload_blob_async(client, space_id, encrypt_aes_gcm(data, key, associated_data))
    return EncryptedBlobCreated(created.blob_id, created.size, key)


def download_blob(client: httpx.Client, space_id: str, blob_id: str) -> bytes:
    """Download a blob and compare it with its id. `NotFoundError` if it is not there, `BlobError` if it is another."""
    return _checked(accepted(client.get(_path(space_id, blob_id)), BlobError), blob_id)


async def download_blob_async(client: httpx.AsyncClient, space_id: str, blob_id: str) -> bytes:
    """`download_blob` for asyncio."""
    return _checked(accepted(await client.get(_path(space_id, blob_id)), BlobError), blob_id)


def delete_blob(client: httpx.Client, space_id: str, blob_id: str) -> None:
    """Remove a blob from the space. `BlobError` if that fails."""
    accepted(client.delete(_path(space_id, blob_id)), BlobError)


async def delete_blob_async(client: httpx.AsyncClient, space_id: str, blob_id: str) -> None:
    """`delete_blob` for asyncio."""
    accepted(await client.delete(_path(space_id, blob_id)), BlobError)


def _path(space_id: str, blob_id: str) -> str:
    return f"/spaces/{space_id}/blobs/{blob_id}"


def _created(response: httpx.Response, blob_id: str, data: bytes) -> BlobCreated:
    # Some servers answer so when they have the blob.
    if response.status_code != _CONFLICT:
        accepted(response, BlobError)
    return BlobCreated(blob_id, len(data))


def _checked(response: httpx.Response, blob_id: str) -> bytes:
    if compute_blob_id(response.content) != blob_id:
        msg = f"the bytes that the server gave for blob {blob_id} are not those of its id"
        failure = from_failure("verify.blob", message=msg)
        raise failure
    return response.content
