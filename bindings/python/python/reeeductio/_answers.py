"""Between the models of the package and the arguments and answers of the native module."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

from reeeductio._arguments import pair
from reeeductio.contents import decoded
from reeeductio.credentials import Credentials
from reeeductio.crypto import Ed25519KeyPair
from reeeductio.exceptions import ChainError, ValidationError, also
from reeeductio.models import (
    BlobCreated,
    Capability,
    DataEntry,
    EncryptedBlobCreated,
    Message,
    MessageCreated,
    Right,
    Status,
)
from reeeductio.opaque import OpaqueCredentials
from reeeductio.outbox import SentMessage, WaitingMessage
from reeeductio.streams import Items
from reeeductio.topics import TopicMessage
from reeeductio.values import Value

if TYPE_CHECKING:
    from reeeductio import _native

_Answer = TypeVar("_Answer")

RightsLike = Capability | Right

#: Hash, topic, type, sender, signature, data, previous hash, time.
MessageRecord = tuple[str, str, str, str, str, str, str | None, int]
#: Path, data, author, time, content.
ValueRecord = tuple[str, str, str | None, int | None, bytes | None]
#: A message, and its content.
OpenedRecord = tuple[MessageRecord, bytes | None]


def same(answer: _Answer) -> _Answer:
    """Return the answer as it is."""
    return answer


def message(record: MessageRecord) -> Message:
    """Return a message its names."""
    return Message(*record)


def messages(page: tuple[list[MessageRecord], bool]) -> list[Message]:
    """Return the messages of a page their names."""
    return [Message(*record) for record in page[0]]


def space_credentials(record: tuple[str, str, bytes, bytes, str, bytes | None, bool]) -> Credentials:
    """Return credentials their names."""
    return Credentials(*record)


def keyring(records: list[tuple[str, str, bytes, bytes, str, bytes | None, bool]]) -> list[Credentials]:
    """Return the credentials for several spaces their names."""
    return [Credentials(*record) for record in records]


def value_list(records: list[ValueRecord]) -> list[Value]:
    """Return values their names."""
    return [Value(*record) for record in records]


def changes(native: _native.Stream) -> Items[Value]:
    """Return a stream of values."""
    return Items(native, value_list)


def opened(record: OpenedRecord) -> TopicMessage:
    """Return a message and its content their names."""
    return TopicMessage(*record[0], record[1])


def opened_page(page: list[OpenedRecord]) -> list[TopicMessage]:
    """Return messages and their contents their names."""
    return [TopicMessage(*record, content) for record, content in page]


def waiting(records: list[tuple[int, str, str]]) -> list[WaitingMessage]:
    """Return messages of the outbox their names."""
    return [WaitingMessage(*record) for record in records]


def sent(records: list[tuple[int, tuple[str, int]]]) -> list[SentMessage]:
    """Return messages that were sent their names."""
    return [SentMessage(number, created(record)) for number, record in records]


def frames(native: _native.Stream) -> Items[Message | None]:
    """Return a stream of messages, and of `None` for each ping."""
    return Items(native, lambda record: [None if record is None else Message(*record)])


def history(native: _native.Stream) -> Items[TopicMessage]:
    """Return a stream of opened messages."""
    return Items(native, opened_page)


def statuses(native: _native.Stream) -> Items[Status]:
    """Return a stream of statuses."""
    return Items(native, lambda status: [status])


def created(record: tuple[str, int]) -> MessageCreated:
    """Return a stored message's id and time their names."""
    return MessageCreated(*record)


def entry(record: tuple[str, str, str, str, int]) -> DataEntry:
    """Return a data entry its names."""
    path, data, signed_by, signature, signed_at = record
    return DataEntry(data, signature, signed_by, signed_at, path)


def blob(record: tuple[str, int]) -> BlobCreated:
    """Return a blob's id and size their names."""
    return BlobCreated(*record)


def sealed_blob(record: tuple[str, int, bytes]) -> EncryptedBlobCreated:
    """Return a sealed blob's id, size and key their names."""
    return EncryptedBlobCreated(*record)


def credentials(record: tuple[str, bytes, bytes, bytes | None]) -> OpaqueCredentials:
    """Return a member's id and secrets their names."""
    return OpaqueCredentials.from_record(*record)


def ascending(page: list[Message]) -> list[Message]:
    """Return the messages of a page, the oldest first."""
    # A page that was asked for newest first is a chain backwards.
    backwards = len(page) > 1 and page[0].prev_hash == page[1].message_hash
    return page[::-1] if backwards else page


def text(value: bytes) -> str:
    """Decode a state value."""
    return decoded("value", value)


def rights(capability: RightsLike) -> str:
    """Write a capability as JSON."""
    if isinstance(capability, Capability):
        return json.dumps({"op": capability.op.value, "path": capability.path})
    return json.dumps(dict(capability) if isinstance(capability, Mapping) else capability)


def own_key(field: str, keys: Ed25519KeyPair) -> bytes:
    """Return the private key of a pair whose halves belong together."""
    keys = pair(field, keys)
    if Ed25519KeyPair.from_private_key(keys.private_key).public_key != keys.public_key:
        msg = f"{field}: the public key is not that of the private key"
        raise also(ValidationError(msg, "space.invalid_registration"), ChainError)
    return keys.private_key


def only(kept: list[Credentials]) -> str:
    """Return the only space that a store has credentials for."""
    if len(kept) == 1:
        return kept[0].space_id
    msg = "local_store: it has no credentials; join or create a space first"
    if kept:
        names = ", ".join(each.space_id for each in kept)
        msg = f"space_id: the store has credentials for {len(kept)} spaces; name one: {names}"
    raise ValidationError(msg, "client.argument")
