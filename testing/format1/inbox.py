"""Inbox items, which one member stores for another, and the requests to join that travel as such."""

from dataclasses import dataclass

from keys import hpke_open, hpke_seal, unframe
from notation import SIGNATURE, SUITE, TAG, Fields, lp, malformed, member_bytes, sha256, space_bytes, u8, u32, u64
from padding import SMALLEST, content_type, pad, unpad

#: An item has at most 64 KiB (`spec/protocol.md`, inboxes).
LARGEST_ITEM = 65_536


@dataclass(frozen=True)
class Item:
    """Context of an inbox item."""

    space: str
    recipient: str
    sender: str
    item: bytes
    generation: int
    expires: int = 0

    def info(self) -> bytes:
        """Return the `info` of HPKE."""
        return lp(
            "reeeductio/inbox/v1",
            space_bytes(self.space),
            member_bytes(self.recipient),
            member_bytes(self.sender),
            self.item,
            u32(self.generation),
        )

    def statement(self, sealed: bytes) -> bytes:
        """Return what the sender signs."""
        return lp(
            "reeeductio/inbox-item/v1",
            space_bytes(self.space),
            member_bytes(self.recipient),
            self.item,
            u64(self.expires),
            sha256(sealed),
        )

    def seal(self, public: bytes, kind: str, body: bytes) -> bytes:
        """Return the item sealed to the recipient's key."""
        return self.seal_plaintext(public, pad(lp(content_type(kind.encode()), body)))

    def seal_plaintext(self, public: bytes, plaintext: bytes) -> bytes:
        """Return any plaintext sealed as an item, one that readers refuse too."""
        return hpke_seal(public, self.info(), plaintext)

    def open(self, key: bytes, sealed: bytes) -> tuple[str, bytes]:
        """Return content type and body."""
        decode_item(sealed)
        fields = Fields(unpad(hpke_open(key, self.info(), sealed)))
        kind, body = content_type(fields.lp()), fields.lp()
        fields.end()
        return kind, body


def decode_item(sealed: bytes) -> tuple[bytes, bytes]:
    """Return encapsulated key and ciphertext of an item."""
    encapsulated, ciphertext = unframe(sealed)
    if len(ciphertext) < SMALLEST + TAG or len(sealed) > LARGEST_ITEM:
        why = "the length of the item"
        raise malformed(why)
    return encapsulated, ciphertext


def join_statement(space: str, member: str, key_hash: bytes, time: int, nonce: bytes) -> bytes:
    """Return the statement by which somebody asks to join; `key_hash` is of the statement of its encryption key."""
    return lp("reeeductio/join/v1", space_bytes(space), member_bytes(member), key_hash, u64(time), nonce)


def join_body(
    member: str, generation: int, public: bytes, key_signature: bytes, time: int, nonce: bytes, signature: bytes
) -> bytes:
    """Return the body of the inbox item by which somebody asks to join."""
    fields = (u8(SUITE), u32(generation), public, key_signature, u64(time), nonce, signature)
    return lp(member_bytes(member), *fields)


def join_hash(statement: bytes, signature: bytes) -> bytes:
    """Return the hash of a join request."""
    if len(signature) != SIGNATURE:
        why = "a signature has 64 bytes"
        raise malformed(why)
    return sha256(statement + signature)
