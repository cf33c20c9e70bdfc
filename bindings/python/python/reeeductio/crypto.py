"""Keys, ids, encodings, and the primitives that everything else is made of."""

import base64
import hashlib
import hmac
from typing import NamedTuple, Self

from reeeductio import _native
from reeeductio.exceptions import undecryptable

__all__ = [
    "Ed25519KeyPair",
    "bytes_to_string",
    "compute_hash",
    "decode_base64",
    "decode_urlsafe_base64",
    "decrypt_aes_gcm",
    "derive_key",
    "encode_base64",
    "encode_urlsafe_base64",
    "encrypt_aes_gcm",
    "generate_keypair",
    "get_identifier_type",
    "sign_data",
    "string_to_bytes",
    "to_blob_id",
    "to_message_id",
    "to_space_id",
    "to_tool_id",
    "to_user_id",
    "verify_signature",
]

_KEY_LENGTH = 32
_ID_LENGTH = 44
# The first byte of an id holds six bits of its letter, then two bits of the hash or key.
_KINDS = {"B": "BLOB", "M": "MESSAGE", "S": "SPACE", "T": "TOOL", "U": "USER"}


class Ed25519KeyPair(NamedTuple):
    """A private and a public key of 32 bytes each: a pair, with names.

    >>> private_key, public_key = generate_keypair()
    >>> len(private_key), len(public_key)
    (32, 32)
    """

    private_key: bytes
    """32 bytes; a secret."""
    public_key: bytes
    """32 bytes; ids are made of it."""

    @classmethod
    def from_private_key(cls, private_key: bytes) -> Self:
        """Compute the public key. `ValidationError` unless there are 32 bytes."""
        return cls(private_key, _native.public_key(private_key))

    def to_user_id(self) -> str:
        """Return the id of the user with this key, `U` and 43 characters."""
        return to_user_id(self.public_key)

    def to_tool_id(self) -> str:
        """Return the id of the tool with this key, `T` and 43 characters."""
        return to_tool_id(self.public_key)

    def to_space_id(self) -> str:
        """Return the id of the space that this key owns, `S` and 43 characters."""
        return to_space_id(self.public_key)

    @classmethod
    def from_typed_public_key(cls, typed_key: str) -> bytes:
        """Return the 32-byte public key in a user, tool or space id. `ValueError` for anything else."""
        if get_identifier_type(typed_key) not in {"USER", "TOOL", "SPACE"}:
            msg = f"typed_key: {typed_key!r} is not the id of a user, tool or space"
            raise ValueError(msg)
        return decode_urlsafe_base64(typed_key)[1:]

    def __repr__(self) -> str:
        """Show the public key only."""
        return f"{type(self).__name__}(private_key=…, public_key={self.public_key!r})"


def generate_keypair() -> Ed25519KeyPair:
    """Make a new key pair. It unpacks to `(private_key, public_key)`, 32 bytes each."""
    return Ed25519KeyPair.from_private_key(_native.generate())


def to_space_id(public_key: bytes) -> str:
    """Return the id of the space that a 32-byte public key owns: `S` and 43 characters."""
    return _typed("S", public_key, "public_key")


def to_user_id(public_key: bytes) -> str:
    """Return the id of the user with a 32-byte public key: `U` and 43 characters."""
    return _typed("U", public_key, "public_key")


def to_tool_id(public_key: bytes) -> str:
    """Return the id of the tool with a 32-byte public key: `T` and 43 characters."""
    return _typed("T", public_key, "public_key")


def to_message_id(hash_bytes: bytes) -> str:
    """Return the id of the message with a 32-byte hash: `M` and 43 characters."""
    return _typed("M", hash_bytes, "hash_bytes")


def to_blob_id(hash_bytes: bytes) -> str:
    """Return the id of the blob with a 32-byte hash: `B` and 43 characters."""
    return _typed("B", hash_bytes, "hash_bytes")


def get_identifier_type(typed_key: str) -> str:
    """Say what an id is of: `USER`, `TOOL`, `SPACE`, `MESSAGE` or `BLOB`. `ValueError` if it is no id."""
    kind = _KINDS.get(typed_key[:1])
    if kind is None or len(typed_key) != _ID_LENGTH:
        msg = f"typed_key: {typed_key!r} is not an id: a letter of BMSTU and 43 characters"
        raise ValueError(msg)
    return kind


def string_to_bytes(text: str) -> bytes:
    """Encode text as UTF-8."""
    return text.encode()


def bytes_to_string(data: bytes) -> str:
    """Decode UTF-8. `UnicodeDecodeError` if it is none."""
    return data.decode()


def encode_base64(data: bytes | str) -> str:
    """Encode bytes, or text as UTF-8, in standard base64 with padding."""
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def decode_base64(data: str) -> bytes:
    """Decode standard base64. `ValueError` if it is none."""
    return base64.b64decode(data, validate=True)


def encode_urlsafe_base64(data: bytes | str) -> str:
    """Encode bytes, or text in UTF-8, in URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(data.encode() if isinstance(data, str) else data).rstrip(b"=").decode()


def decode_urlsafe_base64(data: str) -> bytes:
    """Decode URL-safe base64, padded or not. `ValueError` if it is none."""
    return base64.b64decode(data + "=" * (-len(data) % 4), altchars=b"-_", validate=True)


def compute_hash(data: bytes) -> bytes:
    """Compute SHA-256: 32 bytes."""
    return hashlib.sha256(data).digest()


def derive_key(root_key: bytes, info: str, length: int = 32) -> bytes:
    """Derive a key by HKDF-SHA256 (RFC 5869) without salt; `info` names what it is for.

    `ValueError` for more than 8,160 bytes.
    """
    if not 0 < length <= 255 * _KEY_LENGTH:
        msg = f"length: {length} bytes; 1 to 8160 can be derived"
        raise ValueError(msg)
    secret = hmac.digest(bytes(_KEY_LENGTH), root_key, "sha256")
    block, derived = b"", b""
    while len(derived) < length:
        number = bytes([len(derived) // _KEY_LENGTH + 1])
        block = hmac.digest(secret, block + info.encode() + number, "sha256")
        derived += block
    return derived[:length]


def sign_data(data: bytes, private_key: bytes) -> bytes:
    """Sign with Ed25519: 64 bytes. `ValidationError` unless the key has 32 bytes."""
    return _native.sign(data, private_key)


def verify_signature(data: bytes, signature: bytes, public_key: bytes) -> bool:
    """Whether an Ed25519 signature is right."""
    return _native.verify(data, signature, public_key)


def encrypt_aes_gcm(plaintext: bytes, key: bytes, associated_data: bytes | None = None) -> bytes:
    """Seal with AES-256-GCM and a random nonce: nonce (12 bytes), ciphertext, tag (16 bytes)."""
    return _native.seal(plaintext, key, associated_data or b"")


def decrypt_aes_gcm(encrypted: bytes, key: bytes, associated_data: bytes | None = None) -> bytes:
    """Open what `encrypt_aes_gcm` sealed. `DecryptionError` if it does not open."""
    plain = _native.unseal(encrypted, key, associated_data or b"")
    if plain is None:
        msg = "encrypted: does not open with this key and associated data"
        raise undecryptable(msg)
    return plain


def _typed(letter: str, content: bytes, field: str) -> str:
    if len(content) != _KEY_LENGTH:
        msg = f"{field}: {len(content)} bytes, 32 are needed"
        raise ValueError(msg)
    # The letter is the first base64 digit; 33 bytes make 44 digits.
    digit = "ABCDEFGHIJKLMNOPQRSTUVWXYZ".index(letter)
    return encode_urlsafe_base64(bytes([digit << 2]) + content)
