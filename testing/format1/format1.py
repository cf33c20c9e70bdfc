"""Sealed format 1: messages that are sealed, hashed and signed in two parts, `data` and `payload`."""

import hmac
from dataclasses import dataclass, replace

from epochs import KEY_ID, Epoch
from notation import (
    HASH,
    KEY,
    LANE,
    SALT,
    SUITE,
    TAG,
    VERSION,
    Code,
    Fields,
    FormatError,
    aead_open,
    aead_seal,
    hkdf,
    lp,
    malformed,
    member_bytes,
    sha256,
    space_bytes,
    u8,
    u32,
    u64,
    unknown,
)
from padding import LARGEST, SMALLEST, content_type, pad, unpad

EXPIRES = 0x01
EDIT = 0x02
DELETE = 0x04
CLIENT_ID = 16
INCARNATION = 8
#: Type of every sealed message outside the state.
SEALED = "sealed"
STATE = "state"


@dataclass(frozen=True)
class Place:
    """Where a message is; it enters key and associated data."""

    space: str
    topic: str
    type: str
    sender: str


@dataclass(frozen=True)
class Change:
    """An edit or a delete of another message."""

    delete: bool
    target: bytes
    revision: int


@dataclass(frozen=True)
class Data:
    """The part of a message that hash and signature cover."""

    lane: bytes
    epoch: int
    key_id: bytes
    authority: bytes
    salt: bytes
    commitment: bytes
    payload_hash: bytes
    expires: int | None = None
    change: Change | None = None

    def header(self) -> bytes:
        """Return the bytes before the hash of the payload."""
        flags = 0 if self.expires is None else EXPIRES
        tail = b"" if self.expires is None else u64(self.expires)
        if self.change:
            flags |= DELETE if self.change.delete else EDIT
            tail += self.change.target + u32(self.change.revision)
        fixed = self.lane + u32(self.epoch) + self.key_id + self.authority + self.salt + self.commitment
        return u8(VERSION) + u8(SUITE) + u8(flags) + fixed + tail

    def encode(self) -> bytes:
        """Return the bytes."""
        return self.header() + self.payload_hash


def decode_data(data: bytes) -> Data:
    """Return the fields of `data`."""
    fields = Fields(data)
    if fields.number(1) != VERSION:
        what = "the version"
        raise unknown(what)
    if fields.number(1) != SUITE:
        what = "the suite"
        raise unknown(what)
    flags = fields.number(1)
    if flags & ~(EXPIRES | EDIT | DELETE):
        what = "a flag"
        raise unknown(what)
    if flags & EDIT and flags & DELETE:
        why = "an edit is no delete"
        raise malformed(why)
    lane, epoch, key_id = fields.take(LANE), fields.number(4), fields.take(KEY_ID)
    authority, salt, commitment = fields.take(HASH), fields.take(SALT), fields.take(HASH)
    expires = fields.number(8) if flags & EXPIRES else None
    change = None
    if flags & (EDIT | DELETE):
        change = Change(bool(flags & DELETE), fields.take(HASH), fields.number(4))
        if not change.revision:
            why = "a revision is at least 1"
            raise malformed(why)
    decoded = Data(lane, epoch, key_id, authority, salt, commitment, fields.take(HASH), expires, change)
    fields.end()
    return decoded


@dataclass(frozen=True)
class Seen:
    """The checkpoint that an author had verified."""

    incarnation: bytes
    size: int
    root: bytes


@dataclass(frozen=True)
class Content:
    """Content of a message, which is sealed."""

    client_id: bytes
    body: bytes
    content_type: str = ""
    seen: Seen | None = None

    def encode(self) -> bytes:
        """Return the bytes; that they are ones a reader takes is the caller's matter."""
        seen = self.seen.incarnation + u64(self.seen.size) + self.seen.root if self.seen else b""
        return lp(seen, self.content_type, self.client_id, self.body)


def decode_content(content: bytes, change: Change | None) -> Content:
    """Return the fields of a content."""
    fields = Fields(content)
    raw_seen, kind, client_id, body = fields.lp(), content_type(fields.lp()), fields.lp(), fields.lp()
    fields.end()
    if len(client_id) != CLIENT_ID:
        why = "a client id has 16 bytes"
        raise malformed(why)
    seen = None
    if raw_seen:
        fields = Fields(raw_seen)
        seen = Seen(fields.take(INCARNATION), fields.number(8), fields.take(HASH))
        fields.end()
    if change and change.delete and (body or kind):
        why = "a delete has a body or a content type"
        raise malformed(why)
    return Content(client_id, body, kind, seen)


@dataclass(frozen=True)
class Keys:
    """Key and nonce of one message; who has them can open it, and it alone."""

    key: bytes
    nonce: bytes

    def commitment(self) -> bytes:
        """Return what a message says about its key."""
        return sha256(lp("reeeductio/message-key/v1", self.key, self.nonce))


def split_keys(raw: bytes) -> Keys:
    """Return key and nonce, which derive in one piece."""
    return Keys(raw[:KEY], raw[KEY:])


def message_keys(place: Place, epoch: Epoch, lane: bytes, salt: bytes) -> Keys:
    """Return key and nonce of a message."""
    info = lp("reeeductio/message/v1", space_bytes(place.space), place.topic, member_bytes(place.sender), lane)
    return split_keys(hkdf(epoch.topic_key(place.topic), salt, info, KEY + 12))


def associated_data(place: Place, data: Data) -> bytes:
    """Return what the payload is bound to."""
    return data.header() + lp(space_bytes(place.space), place.topic, place.type, member_bytes(place.sender))


@dataclass(frozen=True)
class Envelope:
    """Choices of the author of a message beside its content."""

    lane: bytes
    authority: bytes
    salt: bytes
    expires: int | None = None
    change: Change | None = None


def seal(place: Place, epoch: Epoch, envelope: Envelope, content: Content) -> tuple[bytes, bytes]:
    """Return `data` and `payload` of a message."""
    decode_content(content.encode(), envelope.change)
    data, payload = seal_plaintext(place, epoch, envelope, pad(content.encode()))
    check_place(place, decode_data(data))
    return data, payload


def seal_plaintext(place: Place, epoch: Epoch, envelope: Envelope, plaintext: bytes) -> tuple[bytes, bytes]:
    """Return `data` and `payload` of any plaintext, one that readers refuse too."""
    keys = message_keys(place, epoch, envelope.lane, envelope.salt)
    data = Data(
        envelope.lane,
        epoch.number,
        epoch.key_id,
        envelope.authority,
        envelope.salt,
        keys.commitment(),
        bytes(HASH),
        envelope.expires,
        envelope.change,
    )
    payload = aead_seal(keys.key, keys.nonce, plaintext, associated_data(place, data))
    return replace(data, payload_hash=sha256(payload)).encode(), payload


def check_place(place: Place, data: Data) -> None:
    """Refuse a type or lane that does not fit the topic."""
    zero = not any(data.lane)
    if place.topic == STATE and not zero:
        why = "a lane in the state"
        raise malformed(why)
    if place.topic != STATE and (zero or place.type != SEALED):
        why = "a topic's message has a lane, and the type `sealed`"
        raise malformed(why)


def check_payload(data: Data, payload: bytes) -> None:
    """Refuse a payload that is not the one `data` names, as the server does too."""
    if sha256(payload) != data.payload_hash:
        raise FormatError(Code.PAYLOAD, "the payload has another hash")
    if not SMALLEST + TAG <= len(payload) <= LARGEST + TAG:
        why = "the length of the payload"
        raise malformed(why)


def open_message(place: Place, epoch: Epoch, data: bytes, payload: bytes) -> Content:
    """Return the content of a message that is sealed under an epoch."""
    decoded = decode_data(data)
    check_place(place, decoded)
    if (decoded.epoch, decoded.key_id) != (epoch.number, epoch.key_id):
        raise FormatError(Code.KEY_MISSING, "the message is of another epoch")
    return open_revealed(place, message_keys(place, epoch, decoded.lane, decoded.salt), data, payload)


def open_revealed(place: Place, keys: Keys, data: bytes, payload: bytes) -> Content:
    """Return the content of a message by its own key, which somebody gave away."""
    decoded = decode_data(data)
    check_place(place, decoded)
    check_payload(decoded, payload)
    if not hmac.compare_digest(keys.commitment(), decoded.commitment):
        raise FormatError(Code.COMMITMENT, "the key is not the one that the message commits to")
    plaintext = aead_open(keys.key, keys.nonce, payload, associated_data(place, decoded))
    return decode_content(unpad(plaintext), decoded.change)
