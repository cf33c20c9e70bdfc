"""The secrets of invite links, version 1."""

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from notation import KEY, SALT, hkdf, lp, malformed, space_bytes

MEMORY_KIB = 19 * 1024
PASSES = 2
LANES = 1


def stretch(secret: bytes, password: str) -> bytes:
    """Return what Argon2id makes of a password."""
    argon2 = Argon2id(salt=secret[:SALT], length=KEY, iterations=PASSES, lanes=LANES, memory_cost=MEMORY_KIB)
    return argon2.derive(password.encode())


def link_secret(space: str, secret: bytes, password: str | None) -> bytes:
    """Return the secret that takes the place of the link's if there is a password."""
    if len(secret) != KEY:
        why = "the secret of a link has 32 bytes"
        raise malformed(why)
    if password is None:
        return secret
    info = lp("reeeductio/link-password/v1", space_bytes(space))
    return hkdf(secret + stretch(secret, password), b"", info, KEY)


def link_seed(space: str, secret: bytes, password: str | None) -> bytes:
    """Return the seed of the link's tool."""
    info = lp("reeeductio/link/v1", space_bytes(space), "sign")
    return hkdf(link_secret(space, secret, password), b"", info, KEY)
