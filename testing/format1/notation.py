"""The notation of `spec/crypto.md`: fields, hashes, ids, signatures, and the errors of readers."""

import base64
import hashlib
import struct
from dataclasses import dataclass
from enum import StrEnum

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ID = 33
HASH = 32
KEY = 32
SIGNATURE = 64
TAG = 16
LANE = 8
SALT = 16
VERSION = 1
SUITE = 1
ZERO = bytes(HASH)

#: Header byte of an id, by its letter (`spec/protocol.md`, base protocol).
HEADERS = {"S": 0x48, "U": 0x50, "T": 0x4C, "M": 0x30, "B": 0x04}

#: Encodings of the points of small order of edwards25519, canonical or not.
SMALL_ORDER = frozenset(
    bytes.fromhex(point + sign)
    for point, signs in (
        ("00" * 31, ("00", "80")),
        ("01" + "00" * 30, ("00", "80")),
        ("ec" + "ff" * 30, ("7f", "ff")),
        ("ed" + "ff" * 30, ("7f", "ff")),
        ("ee" + "ff" * 30, ("7f", "ff")),
        ("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc", ("05", "85")),
        ("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03", ("7a", "fa")),
    )
    for sign in signs
)


class Code(StrEnum):
    """Why bytes are refused. Codes after the blank line are named in no page yet."""

    UNKNOWN = "format.unknown"
    MALFORMED = "format.malformed"
    PAYLOAD = "payload.mismatch"
    WRONG_ROOT = "keyring.wrong_root"

    COMMITMENT = "commitment.mismatch"
    OPEN = "client.open"
    KEY_MISSING = "key.missing"
    SIGNATURE = "signature.mismatch"
    PROOF = "proof.mismatch"


@dataclass
class FormatError(Exception):
    """Bytes that a reader refuses."""

    code: Code
    why: str

    def __str__(self) -> str:
        return f"{self.code}: {self.why}"


def malformed(why: str) -> FormatError:
    """Return the error of bytes that no writer of the page would write."""
    return FormatError(Code.MALFORMED, why)


def unknown(what: str) -> FormatError:
    """Return the error of a version, suite or flag that the reader does not know."""
    return FormatError(Code.UNKNOWN, what)


def u8(number: int) -> bytes:
    """Return the number in one byte."""
    return struct.pack(">B", number)


def u16(number: int) -> bytes:
    """Return the number in two bytes."""
    return struct.pack(">H", number)


def u32(number: int) -> bytes:
    """Return the number in four bytes."""
    return struct.pack(">I", number)


def u64(number: int) -> bytes:
    """Return the number in eight bytes."""
    return struct.pack(">Q", number)


def lp(*fields: bytes | str) -> bytes:
    """Return the fields, each after its length as `u32`."""
    raw = [field.encode() if isinstance(field, str) else field for field in fields]
    return b"".join(u32(len(field)) + field for field in raw)


class Fields:
    """Reads fields one after the other; a field that is cut off is malformed."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, length: int) -> bytes:
        """Return the next bytes."""
        end = self._at + length
        if end > len(self._data):
            why = "the bytes end too early"
            raise malformed(why)
        taken, self._at = self._data[self._at : end], end
        return taken

    def number(self, width: int) -> int:
        """Return the next number, of so many bytes."""
        return int.from_bytes(self.take(width))

    def lp(self) -> bytes:
        """Return the next field that has its length before it."""
        return self.take(self.number(4))

    def rest(self) -> bytes:
        """Return all that is left."""
        return self.take(len(self._data) - self._at)

    def end(self) -> None:
        """Refuse bytes after the last field."""
        if self._at != len(self._data):
            why = "bytes follow the last field"
            raise malformed(why)


def sha256(data: bytes) -> bytes:
    """Return the hash `H`."""
    return hashlib.sha256(data).digest()


def hkdf(key: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """Return `HKDF(key, salt, info, length)`; the empty salt is no salt."""
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(key)


def aead_seal(key: bytes, nonce: bytes, plaintext: bytes, associated: bytes) -> bytes:
    """Return the ciphertext and tag of AES-256-GCM."""
    return AESGCM(key).encrypt(nonce, plaintext, associated)


def aead_open(key: bytes, nonce: bytes, ciphertext: bytes, associated: bytes) -> bytes:
    """Return the plaintext of AES-256-GCM."""
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, associated)
    except InvalidTag:
        raise FormatError(Code.OPEN, "the tag of AES-256-GCM is wrong") from None


def make_id(letter: str, data: bytes) -> str:
    """Return the text of the id of a public key or digest."""
    if len(data) != HASH:
        why = "an id names 32 bytes"
        raise malformed(why)
    return base64.urlsafe_b64encode(bytes([HEADERS[letter]]) + data).decode()


def id_bytes(text: str, letters: str) -> bytes:
    """Return the 33 bytes of an id, which must be of one of the types."""
    try:
        raw = base64.b64decode(text, altchars=b"-_", validate=True)
    except ValueError:
        raw = b""
    if base64.urlsafe_b64encode(raw).decode() != text:
        why = f"{text!r} is no id"
        raise malformed(why)
    return check_id(raw, letters)


def check_id(raw: bytes, letters: str) -> bytes:
    """Return the bytes of an id, which must be of one of the types."""
    if len(raw) != ID or raw[0] not in {HEADERS[letter] for letter in letters}:
        why = f"the id is not one of {letters}"
        raise malformed(why)
    return raw


def member_bytes(text: str) -> bytes:
    """Return the 33 bytes of the id of a user or tool."""
    return id_bytes(text, "UT")


def space_bytes(text: str) -> bytes:
    """Return the 33 bytes of the id of a space."""
    return id_bytes(text, "S")


def public_key(seed: bytes) -> bytes:
    """Return the Ed25519 public key of a seed."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def sign(seed: bytes, statement: bytes) -> bytes:
    """Return the Ed25519 signature of a statement."""
    return Ed25519PrivateKey.from_private_bytes(seed).sign(statement)


def verify(key: bytes, statement: bytes, signature: bytes) -> None:
    """Verify an Ed25519 signature; a key or commitment of small order is refused."""
    wrong = FormatError(Code.SIGNATURE, "the signature does not match")
    if len(signature) != SIGNATURE or key in SMALL_ORDER or signature[:KEY] in SMALL_ORDER:
        raise wrong
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, statement)
    except (InvalidSignature, ValueError):
        raise wrong from None


def to_base64(data: bytes) -> str:
    """Return the bytes in standard base64."""
    return base64.b64encode(data).decode()


def from_base64(text: str) -> bytes:
    """Return the bytes of standard base64 in its one canonical spelling."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        data = b""
    if to_base64(data) != text:
        why = "not canonical base64"
        raise malformed(why)
    return data
