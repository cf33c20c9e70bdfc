"""Signals: what members say to each other through the server, and nobody keeps."""

import hmac
from dataclasses import dataclass

from epochs import KEY_ID, Epoch
from format1 import Keys, split_keys
from notation import (
    HASH,
    KEY,
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
    space_bytes,
    u8,
    u32,
    u64,
    unknown,
)
from padding import SMALLEST, pad, unpad

#: Most bytes of a plaintext.
LARGEST_SIGNAL = 16_384


@dataclass(frozen=True)
class Signal:
    """Context of a signal."""

    space: str
    subject: str
    to: str | None
    sender: str
    session: bytes
    counter: int

    def _to(self) -> bytes:
        return member_bytes(self.to) if self.to else b""

    def context(self) -> bytes:
        """Return what the key of the signal is bound to."""
        return lp(
            "reeeductio/signal-message/v1",
            space_bytes(self.space),
            self.subject,
            self._to(),
            member_bytes(self.sender),
            self.session,
            u64(self.counter),
        )

    def keys(self, epoch: Epoch, salt: bytes) -> Keys:
        """Return key and nonce."""
        return split_keys(hkdf(epoch.signal_key, salt, self.context(), KEY + 12))

    def statement(self, sealed: bytes) -> bytes:
        """Return what the sender signs."""
        space = space_bytes(self.space)
        return lp("reeeductio/signal/v1", space, self.subject, self._to(), self.session, u64(self.counter), sealed)

    def seal(self, epoch: Epoch, salt: bytes, body: bytes) -> bytes:
        """Return the sealed signal."""
        return self.seal_plaintext(epoch, salt, pad(body))

    def seal_plaintext(self, epoch: Epoch, salt: bytes, plaintext: bytes) -> bytes:
        """Return any plaintext sealed as a signal, one that readers refuse too."""
        keys = self.keys(epoch, salt)
        header = u8(VERSION) + u8(SUITE) + u32(epoch.number) + epoch.key_id + salt + keys.commitment()
        return header + aead_seal(keys.key, keys.nonce, plaintext, header)

    def open(self, epoch: Epoch, sealed: bytes) -> bytes:
        """Return the body of a sealed signal."""
        number, key_id, salt, commitment, ciphertext = decode_signal(sealed)
        if (number, key_id) != (epoch.number, epoch.key_id):
            raise FormatError(Code.KEY_MISSING, "the signal is of another epoch")
        keys = self.keys(epoch, salt)
        if not hmac.compare_digest(keys.commitment(), commitment):
            raise FormatError(Code.COMMITMENT, "the key is not the one that the signal commits to")
        return unpad(aead_open(keys.key, keys.nonce, ciphertext, sealed[: -len(ciphertext)]))


def decode_signal(sealed: bytes) -> tuple[int, bytes, bytes, bytes, bytes]:
    """Return epoch, key id, salt, commitment and ciphertext."""
    fields = Fields(sealed)
    if fields.number(1) != VERSION:
        what = "the version"
        raise unknown(what)
    if fields.number(1) != SUITE:
        what = "the suite"
        raise unknown(what)
    number, key_id, salt, commitment = fields.number(4), fields.take(KEY_ID), fields.take(SALT), fields.take(HASH)
    ciphertext = fields.rest()
    if not SMALLEST <= len(ciphertext) - TAG <= LARGEST_SIGNAL:
        why = "the length of the signal"
        raise malformed(why)
    return number, key_id, salt, commitment, ciphertext
