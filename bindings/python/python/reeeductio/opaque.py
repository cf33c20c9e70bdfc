"""Passwords: logging in anywhere with a username, by OPAQUE (RFC 9807). The server never sees the password."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from reeeductio.crypto import Ed25519KeyPair, decrypt_aes_gcm, derive_key, encrypt_aes_gcm
from reeeductio.exceptions import DecryptionError, OpaqueError

if TYPE_CHECKING:
    import httpx

__all__ = [
    "CREDENTIAL_WRAP_INFO",
    "OPAQUE_SERVER_SETUP_PATH",
    "OPAQUE_USER_CAP_ID",
    "OPAQUE_USER_ROLE_ID",
    "OpaqueCredentials",
    "opaque_login",
    "opaque_login_async",
    "opaque_register",
    "opaque_register_async",
    "unwrap_credentials",
    "wrap_credentials",
]

#: Where `enable_opaque` stores the server setup, as data that only the owner reads.
OPAQUE_SERVER_SETUP_PATH = "opaque/server/setup"
#: The role that `enable_opaque` defines; its holders may register a password. `allow_passwords` lets other roles do so.
OPAQUE_USER_ROLE_ID = "opaque-user"
#: The name of that role's right to register.
OPAQUE_USER_CAP_ID = "cap_create_opaque_user"
#: Purpose of the key that seals the secrets, for its derivation.
CREDENTIAL_WRAP_INFO = "reeeductio-credential-wrap"

_KEY_LENGTH = 32


@dataclass(slots=True)
class OpaqueCredentials:
    """Keys that a password yields: everything a member needs."""

    keypair: Ed25519KeyPair
    """The member's."""
    symmetric_root: bytes = field(repr=False)
    """The space's, 32 bytes."""
    user_symmetric_key: bytes = field(repr=False)
    """The user's own, 32 bytes; empty if the password was registered by a client that has none."""
    public_key: str
    """The member's id."""

    @classmethod
    def from_record(cls, member: str, private_key: bytes, root: bytes, user_key: bytes | None) -> Self:
        """Make it from what the native module returns."""
        return cls(Ed25519KeyPair.from_private_key(private_key), root, user_key or b"", member)


def opaque_login(base_url: str, space_id: str, username: str, password: str) -> OpaqueCredentials:
    """Get a member's secrets by its password.

    Raises:
        AuthenticationError: the username or the password is wrong.
        OpaqueNotEnabledError: the space has no passwords.
        RateLimitError: too many attempts; it is an `OpaqueError` too.

    Example:
        credentials = opaque_login(base_url, space_id, 'alice', password)
    """
    from reeeductio._handle import entrance  # noqa: PLC0415 - it needs the class above

    return entrance().log_in(base_url, space_id, username, password).wait()


async def opaque_login_async(base_url: str, space_id: str, username: str, password: str) -> OpaqueCredentials:
    """`opaque_login` for asyncio."""
    from reeeductio._handle import entrance  # noqa: PLC0415 - it needs the class above

    return await entrance().log_in(base_url, space_id, username, password)


def opaque_register(
    client: httpx.Client,
    space_id: str,
    username: str,
    password: str,
    user_id: str,
    private_key: bytes,
    symmetric_root: bytes,
    user_symmetric_key: bytes,
) -> str:
    """Register a password that yields a member's secrets, 32 bytes each; returns the username.

    The member signs in with its key; only the address of `client` is used. `Space.opaque_register` does the same.

    Raises:
        OpaqueNotEnabledError: the space has no passwords.
        ValidationError: the username is taken, or the key is not the member's.
    """
    from reeeductio.space import Space  # noqa: PLC0415 - it needs the class above

    member = (space_id, user_id, private_key, symmetric_root, str(client.base_url))
    return Space(*member, user_symmetric_key=user_symmetric_key).opaque_register(username, password)


async def opaque_register_async(
    client: httpx.AsyncClient,
    space_id: str,
    username: str,
    password: str,
    user_id: str,
    private_key: bytes,
    symmetric_root: bytes,
    user_symmetric_key: bytes,
) -> str:
    """`opaque_register` for asyncio."""
    from reeeductio.async_space import AsyncSpace  # noqa: PLC0415 - it needs the class above

    member = (space_id, user_id, private_key, symmetric_root, str(client.base_url))
    return await AsyncSpace(*member, user_symmetric_key=user_symmetric_key).opaque_register(username, password)


def wrap_credentials(export_key: bytes, private_key: bytes, symmetric_root: bytes, user_symmetric_key: bytes) -> bytes:
    """Seal a member's secrets, 32 bytes each, with the key that a password yields."""
    key = derive_key(export_key, CREDENTIAL_WRAP_INFO)
    return encrypt_aes_gcm(private_key + symmetric_root + user_symmetric_key, key)


def unwrap_credentials(export_key: bytes, encrypted_credentials: bytes) -> tuple[bytes, bytes, bytes]:
    """Open what `wrap_credentials` sealed: private key, symmetric root, user key (empty if there is none).

    Raises:
        OpaqueError: it does not open, or is not what it must be.
    """
    try:
        plain = decrypt_aes_gcm(encrypted_credentials, derive_key(export_key, CREDENTIAL_WRAP_INFO))
    except DecryptionError as error:
        raise OpaqueError(str(error), error.code) from None
    if len(plain) not in {2 * _KEY_LENGTH, 3 * _KEY_LENGTH}:
        msg = f"encrypted_credentials: {len(plain)} bytes inside, 64 or 96 are needed"
        raise OpaqueError(msg)
    return plain[:_KEY_LENGTH], plain[_KEY_LENGTH : 2 * _KEY_LENGTH], plain[2 * _KEY_LENGTH :]
