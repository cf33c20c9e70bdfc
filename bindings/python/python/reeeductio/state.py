"""State, for programs that call the server through an httpx client. `Space` does all of this and more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reeeductio._wire import accepted
from reeeductio.exceptions import ValidationError
from reeeductio.messages import _range, post_message, post_message_async, read_message, read_messages
from reeeductio.models import Message, MessageCreated

if TYPE_CHECKING:
    import httpx

__all__ = [
    "get_state",
    "get_state_async",
    "get_state_history",
    "get_state_history_async",
    "set_state",
    "set_state_async",
]


def get_state(client: httpx.Client, space_id: str, path: str) -> Message:
    """Read the newest message at a state path. `NotFoundError` if nothing was ever set there."""
    return read_message(space_id, accepted(client.get(_path(space_id, path)), ValidationError).json())


async def get_state_async(client: httpx.AsyncClient, space_id: str, path: str) -> Message:
    """`get_state` for asyncio."""
    return read_message(space_id, accepted(await client.get(_path(space_id, path)), ValidationError).json())


def get_state_history(
    client: httpx.Client,
    space_id: str,
    from_timestamp: int | None = None,
    to_timestamp: int | None = None,
    limit: int = 100,
) -> list[Message]:
    """Read all changes of state, their hashes and signatures checked."""
    params = _range(from_timestamp, to_timestamp, limit)
    return read_messages(space_id, client.get(f"/spaces/{space_id}/state", params=params))


async def get_state_history_async(
    client: httpx.AsyncClient,
    space_id: str,
    from_timestamp: int | None = None,
    to_timestamp: int | None = None,
    limit: int = 100,
) -> list[Message]:
    """`get_state_history` for asyncio."""
    params = _range(from_timestamp, to_timestamp, limit)
    return read_messages(space_id, await client.get(f"/spaces/{space_id}/state", params=params))


def set_state(
    client: httpx.Client,
    space_id: str,
    path: str,
    data: bytes,
    prev_hash: str | None,
    sender_public_key_typed: str,
    sender_private_key: bytes,
) -> MessageCreated:
    """Set bytes at a state path, after `prev_hash`, by default the newest. `ChainError` if that fails."""
    return post_message(client, space_id, "state", path, data, prev_hash, sender_public_key_typed, sender_private_key)


async def set_state_async(
    client: httpx.AsyncClient,
    space_id: str,
    path: str,
    data: bytes,
    prev_hash: str | None,
    sender_public_key_typed: str,
    sender_private_key: bytes,
) -> MessageCreated:
    """`set_state` for asyncio."""
    return await post_message_async(
        client, space_id, "state", path, data, prev_hash, sender_public_key_typed, sender_private_key
    )


def _path(space_id: str, path: str) -> str:
    return f"/spaces/{space_id}/state/{path}"
