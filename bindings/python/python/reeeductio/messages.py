"""Messages, for programs that call the server through an httpx client. `Space` does all of this and more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from reeeductio import _native
from reeeductio._wire import FAR_FUTURE, accepted, field, is_signed
from reeeductio.crypto import decode_base64, decode_urlsafe_base64, decrypt_aes_gcm, encode_base64, sign_data
from reeeductio.exceptions import ChainError, ValidationError, from_failure
from reeeductio.models import Message, MessageCreated

if TYPE_CHECKING:
    import httpx

__all__ = [
    "MessageEncryption",
    "compute_message_hash",
    "decrypt_message_data",
    "get_messages_async",
    "post_message",
    "post_message_async",
    "validate_message_chain",
    "validate_message_chain_with_anchor",
    "verify_message_hash",
]


class MessageEncryption:
    """A placeholder of release 0.1.1: use `Space.post_encrypted_message`."""

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


def compute_message_hash(
    space_id: str, topic_id: str, msg_type: str, prev_hash: str | None, data_b64: str, sender: str
) -> str:
    """Compute the id of a message: `M` and 43 characters. `ValidationError` if an id is none."""
    return _native.hash_message(space_id, topic_id, msg_type, prev_hash, data_b64, sender)


def verify_message_hash(space_id: str, msg: Message) -> bool:
    """Whether a message has the hash that it claims to have."""
    try:
        computed = compute_message_hash(space_id, msg.topic_id, msg.type, msg.prev_hash, msg.data, msg.sender)
    except ValidationError:
        return False
    return computed == msg.message_hash


def validate_message_chain(space_id: str, messages: list[Message]) -> bool:
    """Whether messages, in any order, are a chain from the topic's first message on."""
    return validate_message_chain_with_anchor(space_id, messages, None)


def validate_message_chain_with_anchor(space_id: str, messages: list[Message], anchor_hash: str | None) -> bool:
    """Whether messages, in any order, are a chain after the message `anchor_hash`, or the first ones of a topic."""
    expected = anchor_hash
    for msg in sorted(messages, key=lambda msg: msg.server_timestamp):
        if msg.prev_hash != expected or not verify_message_hash(space_id, msg):
            return False
        expected = msg.message_hash
    return True


def decrypt_message_data(msg: Message, key: bytes) -> bytes:
    """Open the data of a message with a topic's key. `DecryptionError` if it does not open."""
    return decrypt_aes_gcm(decode_base64(msg.data), key)


async def get_messages_async(
    client: httpx.AsyncClient,
    space_id: str,
    topic_id: str,
    from_timestamp: int | None = None,
    to_timestamp: int | None = None,
    limit: int = 100,
) -> list[Message]:
    """Read messages of a topic; their hashes and signatures are checked."""
    response = await client.get(_path(space_id, topic_id), params=_range(from_timestamp, to_timestamp, limit))
    return read_messages(space_id, response)


def post_message(
    client: httpx.Client,
    space_id: str,
    topic_id: str,
    msg_type: str,
    data: bytes,
    prev_hash: str | None,
    sender_public_key_typed: str,
    sender_private_key: bytes,
) -> MessageCreated:
    """Post bytes as they are after `prev_hash`, by default the newest message. `ChainError` if that fails."""
    if prev_hash is None:
        newest = client.get(_path(space_id, topic_id), params=_range(FAR_FUTURE, 0, 1))
        prev_hash = _head(newest)
    body = _sign(space_id, topic_id, msg_type, data, prev_hash, sender_public_key_typed, sender_private_key)
    return _created(client.post(_path(space_id, topic_id), json=body))


async def post_message_async(
    client: httpx.AsyncClient,
    space_id: str,
    topic_id: str,
    msg_type: str,
    data: bytes,
    prev_hash: str | None,
    sender_public_key_typed: str,
    sender_private_key: bytes,
) -> MessageCreated:
    """`post_message` for asyncio."""
    if prev_hash is None:
        newest = await client.get(_path(space_id, topic_id), params=_range(FAR_FUTURE, 0, 1))
        prev_hash = _head(newest)
    body = _sign(space_id, topic_id, msg_type, data, prev_hash, sender_public_key_typed, sender_private_key)
    return _created(await client.post(_path(space_id, topic_id), json=body))


def read_messages(space_id: str, response: httpx.Response) -> list[Message]:
    """Read a page of messages, checked one by one. `IntegrityError` if one is not what it claims to be."""
    return [read_message(space_id, each) for each in field(accepted(response, ValidationError).json(), "messages")]


def read_message(space_id: str, body: Any) -> Message:
    """Read one message, checked. `IntegrityError` if it is not what it claims to be."""
    names = ("message_hash", "topic_id", "type", "sender", "signature", "data", "prev_hash", "server_timestamp")
    msg = Message(*(field(body, name) for name in names))
    if not verify_message_hash(space_id, msg):
        text = f"message {msg.message_hash} does not have the hash it claims to have"
        failure = from_failure("verify.message_hash", message=text)
        raise failure
    if not is_signed(decode_urlsafe_base64(msg.message_hash), msg.signature, msg.sender):
        text = f"message {msg.message_hash} is not signed by its sender"
        failure = from_failure("verify.message_signature", message=text)
        raise failure
    return msg


def _path(space_id: str, topic_id: str) -> str:
    return f"/spaces/{space_id}/topics/{topic_id}/messages"


def _range(from_timestamp: int | None, to_timestamp: int | None, limit: int) -> dict[str, int]:
    named = {"from": from_timestamp, "to": to_timestamp, "limit": limit}
    return {name: value for name, value in named.items() if value is not None}


def _head(response: httpx.Response) -> str | None:
    newest = field(accepted(response, ChainError).json(), "messages")
    return field(newest[0], "message_hash") if newest else None


def _sign(
    space_id: str,
    topic_id: str,
    msg_type: str,
    data: bytes,
    prev_hash: str | None,
    sender: str,
    private_key: bytes,
) -> dict[str, Any]:
    encoded = encode_base64(data)
    message_hash = compute_message_hash(space_id, topic_id, msg_type, prev_hash, encoded, sender)
    return {
        "type": msg_type,
        "prev_hash": prev_hash,
        "data": encoded,
        "message_hash": message_hash,
        "signature": encode_base64(sign_data(decode_urlsafe_base64(message_hash), private_key)),
    }


def _created(response: httpx.Response) -> MessageCreated:
    body = accepted(response, ChainError).json()
    return MessageCreated(field(body, "message_hash"), field(body, "server_timestamp"))
