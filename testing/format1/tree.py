"""The event tree: leaves of events, and the Merkle tree of RFC 9162 with its proofs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from notation import LANE, ZERO, Code, FormatError, lp, sha256, space_bytes, u64


@dataclass(frozen=True)
class Event:
    """A durable change of a space."""

    n: int
    what: str
    hash: bytes
    timestamp: int
    state: bytes
    topic: str = ""
    lane: bytes = bytes(LANE)
    previous: bytes = ZERO

    def leaf(self, space: str) -> bytes:
        """Return the hash of the event's leaf."""
        fields = (self.what, self.topic, self.lane, self.hash, u64(self.timestamp), self.previous, self.state)
        return leaf_hash(lp("reeeductio/event/v1", space_bytes(space), u64(self.n), *fields))


def data_event_hash(path: str, signature: bytes, signed_at: int) -> bytes:
    """Return the hash of a data entry in its event."""
    return sha256(lp("reeeductio/data-event/v1", path, signature, u64(signed_at)))


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf (2.1.1)."""
    return sha256(b"\x00" + entry)


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (2.1.1)."""
    return sha256(b"\x01" + left + right)


def split(size: int) -> int:
    """Return the largest power of two below the size."""
    return 1 << (size - 1).bit_length() - 1


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the root of the tree over leaf hashes (2.1.1)."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    middle = split(len(leaves))
    return node_hash(root(leaves[:middle]), root(leaves[middle:]))


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the inclusion proof of a leaf (2.1.3.1)."""
    if len(leaves) == 1:
        return []
    middle = split(len(leaves))
    if index < middle:
        return [*inclusion_proof(leaves[:middle], index), root(leaves[middle:])]
    return [*inclusion_proof(leaves[middle:], index - middle), root(leaves[:middle])]


def consistency_proof(leaves: Sequence[bytes], old: int) -> list[bytes]:
    """Return the consistency proof from a size of at least 1 (2.1.4.1); it is empty for the same size."""
    return _subproof(leaves, old, whole=True)


def _subproof(leaves: Sequence[bytes], old: int, *, whole: bool) -> list[bytes]:
    if old == len(leaves):
        return [] if whole else [root(leaves)]
    middle = split(len(leaves))
    if old <= middle:
        return [*_subproof(leaves[:middle], old, whole=whole), root(leaves[middle:])]
    return [*_subproof(leaves[middle:], old - middle, whole=False), root(leaves[:middle])]


def _wrong(why: str) -> FormatError:
    return FormatError(Code.PROOF, why)


def _climb(node: int, last: int, proof: Sequence[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield each hash of a proof on the way up, and whether it is the left one."""
    for sibling in proof:
        if not last:
            why = "the proof is too long"
            raise _wrong(why)
        left = bool(node & 1) or node == last
        while left and node and not node & 1:
            node, last = node >> 1, last >> 1
        node, last = node >> 1, last >> 1
        yield sibling, left
    if last:
        why = "the proof is too short"
        raise _wrong(why)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes) -> None:
    """Verify an inclusion proof (2.1.3.2)."""
    if not 0 <= index < size:
        why = "the leaf is not in the tree"
        raise _wrong(why)
    hashed = leaf
    for sibling, left in _climb(index, size - 1, proof):
        hashed = node_hash(sibling, hashed) if left else node_hash(hashed, sibling)
    if hashed != expected:
        why = "the proof leads to another root"
        raise _wrong(why)


def verify_consistency(old: int, size: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Verify a consistency proof (2.1.4.2); that of a size with itself is empty."""
    if not 1 <= old <= size:
        why = "the sizes"
        raise _wrong(why)
    whole = old == size or old & (old - 1) == 0
    path = [old_root, *proof] if whole else list(proof)
    if not path:
        why = "the proof is empty"
        raise _wrong(why)
    node, last = (0, 0) if old == size else (old - 1, size - 1)
    while node & 1:
        node, last = node >> 1, last >> 1
    first = second = path[0]
    for sibling, left in _climb(node, last, path[1:]):
        first = node_hash(sibling, first) if left else first
        second = node_hash(sibling, second) if left else node_hash(second, sibling)
    if (first, second) != (old_root, new_root):
        why = "the proof leads to other roots"
        raise _wrong(why)
