"""Invite links, version 1 (`spec/invite-link.md`): their secrets and their text."""

import base64

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from notation import KEY, SALT, hkdf, id_bytes, lp, malformed, sha256, space_bytes, u8, u32

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


def link_url(page: str, space: str, secret: bytes, epoch: int, head: str, server: str, *, needs_password: bool) -> str:
    """Return the text of a link; `head` is the newest message of the topic `state`."""
    anchor = u32(epoch) + id_bytes(head, "M")[1:17]
    rest = u8(1 if needs_password else 0) + server.encode()
    checksum = sha256(b"reeeductio invite link\0" + b"1" + space_bytes(space) + secret + anchor + rest)[:8]
    return f"{page}#1.{space}." + ".".join(unpadded(part) for part in (secret, anchor, rest + checksum))


def unpadded(raw: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
