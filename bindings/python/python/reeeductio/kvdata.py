"""The key-value store, for programs that call the server through an httpx client. `Space` does all of this and more."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from reeeductio import _native
from reeeductio._wire import accepted, field, is_signed
from reeeductio.crypto import decode_base64, encode_base64, sign_data
from reeeductio.exceptions import ValidationError, from_failure
from reeeductio.models import DataEntry

if TYPE_CHECKING:
    import httpx

__all__ = ["compute_data_signature", "get_data", "get_data_async", "set_data", "set_data_async"]


def compute_data_signature(space_id: str, path: str, data: bytes, signed_at: int, private_key: bytes) -> bytes:
    """Sign a value for a path at a time, Unix milliseconds: 64 bytes."""
    return sign_data(_native.signed_data(space_id, path, data, signed_at), private_key)


def get_data(client: httpx.Client, space_id: str, path: str) -> DataEntry:
    """Read a value, its signature checked. `NotFoundError` if nothing is there."""
    return _read(space_id, path, client.get(_path(space_id, path)))


async def get_data_async(client: httpx.AsyncClient, space_id: str, path: str) -> DataEntry:
    """`get_data` for asyncio."""
    return _read(space_id, path, await client.get(_path(space_id, path)))


def set_data(client: httpx.Client, space_id: str, path: str, data: bytes, signed_by: str, private_key: bytes) -> int:
    """Set a value and return the time it was signed with, Unix milliseconds. `ValidationError` if that fails."""
    body = _sign(space_id, path, data, signed_by, private_key)
    return _stored(client.put(_path(space_id, path), json=body))


async def set_data_async(
    client: httpx.AsyncClient, space_id: str, path: str, data: bytes, signed_by: str, private_key: bytes
) -> int:
    """`set_data` for asyncio."""
    body = _sign(space_id, path, data, signed_by, private_key)
    return _stored(await client.put(_path(space_id, path), json=body))


def _path(space_id: str, path: str) -> str:
    return f"/spaces/{space_id}/data/{path}"


def _sign(space_id: str, path: str, data: bytes, signed_by: str, private_key: bytes) -> dict[str, Any]:
    signed_at = time.time_ns() // 1_000_000
    signature = compute_data_signature(space_id, path, data, signed_at, private_key)
    return {
        "data": encode_base64(data),
        "signature": encode_base64(signature),
        "signed_by": signed_by,
        "signed_at": signed_at,
    }


def _stored(response: httpx.Response) -> int:
    signed_at: int = field(accepted(response, ValidationError).json(), "signed_at")
    return signed_at


def _read(space_id: str, path: str, response: httpx.Response) -> DataEntry:
    body = accepted(response, ValidationError).json()
    data, signature, signer, signed_at = (field(body, name) for name in ("data", "signature", "signed_by", "signed_at"))
    entry = DataEntry(data, signature, signer, signed_at, path)
    signed = _native.signed_data(space_id, path, decode_base64(entry.data), entry.signed_at)
    if not is_signed(signed, entry.signature, entry.signed_by):
        msg = f"data entry {path} is not signed by its signer"
        failure = from_failure("verify.data_signature", message=msg)
        raise failure
    return entry
