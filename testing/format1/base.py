"""Hash and signature of a message in the base protocol, which cover `data` as base64."""

from dataclasses import dataclass

from notation import id_bytes, make_id, sha256, sign, to_base64, verify


@dataclass(frozen=True)
class Message:
    """A message as the server stores it, without its time."""

    space: str
    topic: str
    type: str
    prev_hash: str | None
    data: bytes
    sender: str

    def hash(self) -> str:
        """Return the id of the message."""
        prev = self.prev_hash or "null"
        preimage = "|".join((self.space, self.topic, self.type, prev, to_base64(self.data), self.sender))
        return make_id("M", sha256(preimage.encode()))

    def sign(self, seed: bytes) -> bytes:
        """Return the signature: over the 33 bytes of the id."""
        return sign(seed, id_bytes(self.hash(), "M"))

    def verify(self, signature: bytes) -> None:
        """Verify the signature of the sender."""
        key = id_bytes(self.sender, "UT")[1:]
        verify(key, id_bytes(self.hash(), "M"), signature)


def digest(message: str) -> bytes:
    """Return the digest of a message id."""
    return id_bytes(message, "M")[1:]
