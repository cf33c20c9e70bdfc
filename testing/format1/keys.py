"""Encryption keys (X-Wing), and what is sealed to them by HPKE: wraps."""

import hashlib
import hmac
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from notation import (
    KEY,
    SUITE,
    TAG,
    VERSION,
    Code,
    Fields,
    FormatError,
    hkdf,
    lp,
    malformed,
    member_bytes,
    space_bytes,
    u8,
    u16,
    u32,
    unknown,
)

#: KEM, KDF and AEAD of suite 1: X-Wing, HKDF-SHA-256, AES-256-GCM.
ALGORITHMS = (0x647A, 0x0001, 0x0002)
HPKE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
ENCAPSULATED = 1_120
MLKEM_SEED = 64
MLKEM_PUBLIC = 1_184
PUBLIC = MLKEM_PUBLIC + 32


def decapsulation_key(seed: bytes, generation: int) -> bytes:
    """Return the X-Wing decapsulation key of a member's seed."""
    return hkdf(seed, b"", lp("reeeductio/kem/v1", u32(generation)), KEY)


def expand(key: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    """Return both private keys of an X-Wing decapsulation key."""
    seeds = hashlib.shake_256(key).digest(MLKEM_SEED + 32)
    return (
        MLKEM768PrivateKey.from_seed_bytes(seeds[:MLKEM_SEED]),
        X25519PrivateKey.from_private_bytes(seeds[MLKEM_SEED:]),
    )


def encapsulation_key(key: bytes) -> bytes:
    """Return the X-Wing public key of a decapsulation key."""
    mlkem, x25519 = expand(key)
    return mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()


def decode_public(public: bytes) -> hpke.MLKEM768X25519PublicKey:
    """Return the X-Wing public key in 1,216 bytes."""
    if len(public) != PUBLIC:
        why = "an encryption key has 1,216 bytes"
        raise malformed(why)
    try:
        mlkem = MLKEM768PublicKey.from_public_bytes(public[:MLKEM_PUBLIC])
    except ValueError:
        why = "a coefficient of the ML-KEM key is not reduced"
        raise malformed(why) from None
    x25519 = X25519PublicKey.from_public_bytes(public[MLKEM_PUBLIC:])
    try:
        # Any private key tells a point of small order: its shared secret is zero, and nothing can be sealed to it.
        X25519PrivateKey.from_private_bytes(bytes(32)).exchange(x25519)
    except ValueError:
        why = "the X25519 key is of small order"
        raise malformed(why) from None
    return hpke.MLKEM768X25519PublicKey(mlkem, x25519)


def key_statement(space: str, member: str, generation: int, public: bytes) -> bytes:
    """Return the statement by which a member names its encryption key."""
    decode_public(public)
    return lp(
        "reeeductio/encryption-key/v1",
        space_bytes(space),
        member_bytes(member),
        u8(SUITE),
        u32(generation),
        public,
    )


def hpke_seal(public: bytes, info: bytes, plaintext: bytes) -> bytes:
    """Return the plaintext sealed to a key, behind version and algorithms."""
    sealed = HPKE.encrypt(plaintext, decode_public(public), info)
    return frame(sealed[:ENCAPSULATED], sealed[ENCAPSULATED:])


def frame(encapsulated: bytes, ciphertext: bytes) -> bytes:
    """Return the bytes of something sealed by HPKE."""
    return u8(VERSION) + b"".join(u16(algorithm) for algorithm in ALGORITHMS) + lp(encapsulated) + ciphertext


def unframe(sealed: bytes) -> tuple[bytes, bytes]:
    """Return encapsulated key and ciphertext."""
    fields = Fields(sealed)
    if fields.number(1) != VERSION:
        what = "the version"
        raise unknown(what)
    for algorithm in ALGORITHMS:
        if fields.number(2) != algorithm:
            what = "the algorithms"
            raise unknown(what)
    encapsulated, ciphertext = fields.lp(), fields.rest()
    if len(encapsulated) != ENCAPSULATED or len(ciphertext) < TAG:
        why = "the lengths"
        raise malformed(why)
    return encapsulated, ciphertext


def hpke_open(key: bytes, info: bytes, sealed: bytes) -> bytes:
    """Return what was sealed to the public key of a decapsulation key."""
    encapsulated, ciphertext = unframe(sealed)
    mlkem, x25519 = expand(key)
    try:
        return HPKE.decrypt(encapsulated + ciphertext, hpke.MLKEM768X25519PrivateKey(mlkem, x25519), info)
    except InvalidTag:
        raise FormatError(Code.OPEN, "HPKE does not open") from None


@dataclass(frozen=True)
class Wrapping:
    """Context of the wrap of an epoch's root: whose, for whom, by whom."""

    space: str
    epoch: int
    commitment: bytes
    recipient: str
    issuer: str

    def info(self, purpose: str = "epoch") -> bytes:
        """Return the `info` of HPKE."""
        return lp(
            "reeeductio/wrap/v1",
            purpose,
            space_bytes(self.space),
            member_bytes(self.recipient),
            member_bytes(self.issuer),
            u32(self.epoch),
            self.commitment,
        )

    def wrap(self, public: bytes, root: bytes) -> bytes:
        """Return the root wrapped to the recipient's key."""
        return hpke_seal(public, self.info(), root)

    def unwrap(self, key: bytes, wrap: bytes) -> bytes:
        """Return the root; its commitment must be that of the epoch."""
        decode_wrap(wrap)
        root = hpke_open(key, self.info(), wrap)
        if not hmac.compare_digest(root_commitment(self.space, self.epoch, root), self.commitment):
            raise FormatError(Code.WRONG_ROOT, "the root has another commitment")
        return root


def decode_wrap(wrap: bytes) -> tuple[bytes, bytes]:
    """Return encapsulated key and ciphertext of the wrap of a root."""
    encapsulated, ciphertext = unframe(wrap)
    if len(ciphertext) != KEY + TAG:
        why = "the wrap of a root has 1,179 bytes"
        raise malformed(why)
    return encapsulated, ciphertext


def root_commitment(space: str, epoch: int, root: bytes) -> bytes:
    """Return the commitment of an epoch to its root."""
    return hashlib.sha256(lp("reeeductio/key-id/v1", space_bytes(space), u32(epoch), root)).digest()
