"""Epochs: their keys, the root before, shards of wraps, rosters."""

import bisect
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from keys import root_commitment
from notation import (
    KEY,
    TAG,
    VERSION,
    Code,
    Fields,
    FormatError,
    aead_open,
    aead_seal,
    check_id,
    hkdf,
    lp,
    malformed,
    member_bytes,
    sha256,
    space_bytes,
    u8,
    u32,
    unknown,
)

KEY_ID = 8
RECORDS = 48


@dataclass(frozen=True)
class Epoch:
    """An epoch of a space, with its root."""

    space: str
    number: int
    root: bytes

    @property
    def commitment(self) -> bytes:
        """Commitment to the root."""
        return root_commitment(self.space, self.number, self.root)

    @property
    def key_id(self) -> bytes:
        """Beginning of the commitment."""
        return self.commitment[:KEY_ID]

    @property
    def message_key(self) -> bytes:
        """Key that the topic keys derive from."""
        return hkdf(self.root, b"", f"message key | {self.space}".encode(), KEY)

    @property
    def signal_key(self) -> bytes:
        """Key that the keys of signals derive from."""
        return hkdf(self.root, b"", lp("reeeductio/signal-key/v1", space_bytes(self.space)), KEY)

    def topic_key(self, topic: str) -> bytes:
        """Return the key that the keys of a topic's messages derive from."""
        return hkdf(self.message_key, b"", f"topic key | {topic}".encode(), KEY)

    def previous_keys(self, commitment_before: bytes) -> tuple[bytes, bytes, bytes]:
        """Return key, nonce and associated data of the root before."""
        if self.number == 0:
            why = "there is no epoch before the first"
            raise malformed(why)
        space, number = space_bytes(self.space), u32(self.number)
        keys = hkdf(self.root, b"", lp("reeeductio/previous/v1", space, number), KEY + 12)
        return keys[:KEY], keys[KEY:], lp(space, number, self.commitment, commitment_before)

    def seal_previous(self, before: "Epoch") -> bytes:
        """Return the root of the epoch before, sealed under this one."""
        key, nonce, associated = self.previous_keys(before.commitment)
        return aead_seal(key, nonce, before.root, associated)

    def open_previous(self, previous: bytes, commitment_before: bytes) -> "Epoch":
        """Return the epoch before; its commitment must be the one that is given."""
        if len(previous) != KEY + TAG:
            why = "`previous` has 48 bytes"
            raise malformed(why)
        key, nonce, associated = self.previous_keys(commitment_before)
        before = Epoch(self.space, self.number - 1, aead_open(key, nonce, previous, associated))
        if not hmac.compare_digest(before.commitment, commitment_before):
            raise FormatError(Code.WRONG_ROOT, "the root before has another commitment")
        return before


@dataclass(frozen=True)
class Record:
    """A wrap in a shard, and whose it is."""

    member: bytes
    wrap: bytes


def encode_shard(records: Sequence[Record]) -> bytes:
    """Return the bytes of a shard; what its records hold is not checked."""
    return u8(VERSION) + u8(len(records)) + b"".join(record.member + lp(record.wrap) for record in records)


def decode_shard(shard: bytes, after: bytes = b"") -> list[Record]:
    """Return the records of a shard; they must follow the member `after`, the last of the shard before."""
    fields = Fields(shard)
    if fields.number(1) != VERSION:
        what = "the version"
        raise unknown(what)
    count = fields.number(1)
    if not 1 <= count <= RECORDS:
        why = "a shard has 1 to 48 records"
        raise malformed(why)
    records = []
    for _ in range(count):
        record = Record(check_id(fields.take(33), "UT"), fields.lp())
        if record.member <= after:
            why = "the members do not ascend"
            raise malformed(why)
        after = record.member
        records.append(record)
    fields.end()
    return records


def shard_of(firsts: Sequence[str], member: str) -> int | None:
    """Return the index of the shard where a member looks for itself."""
    index = bisect.bisect_right([member_bytes(first) for first in firsts], member_bytes(member))
    return index - 1 if index else None


def roster_hash(space: str, epoch: int, members: Sequence[str]) -> bytes:
    """Return the hash of the recipients of an epoch, in any order given."""
    roster = b"".join(sorted(member_bytes(member) for member in members))
    return sha256(lp("reeeductio/roster/v1", space_bytes(space), u32(epoch), roster))
