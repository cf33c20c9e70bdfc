"""Arguments that are checked before the native module takes them: it would not name the one that is wrong."""

from __future__ import annotations

from typing import NoReturn

from reeeductio.credentials import Credentials
from reeeductio.crypto import Ed25519KeyPair
from reeeductio.exceptions import ValidationError


def refuse(field: str, needed: str) -> NoReturn:
    """Raise that an argument is not what is needed."""
    msg = f"{field}: must be {needed}"
    raise ValidationError(msg, "client.argument")


def text(field: str, value: object) -> str:
    """Return an argument that is a string."""
    if not isinstance(value, str):
        refuse(field, f"a string, not {named(value)}")
    return value


def key(field: str, value: object) -> bytes:
    """Return an argument that is the bytes of a key. The native module checks how many they are."""
    if not isinstance(value, bytes):
        hint = "; bytes.fromhex() makes them of hex digits" if isinstance(value, str) else ""
        refuse(field, f"bytes, not {named(value)}{hint}")
    return value


def pair(field: str, value: object) -> Ed25519KeyPair:
    """Return an argument that is a key pair."""
    if not isinstance(value, Ed25519KeyPair):
        refuse(field, f"an Ed25519KeyPair, not {named(value)}")
    return value


def credentials(field: str, value: object) -> Credentials:
    """Return an argument that is credentials."""
    if not isinstance(value, Credentials):
        refuse(field, f"Credentials, not {named(value)}")
    return value


def word(field: str, value: object) -> str:
    """Return an argument that is the type of a message."""
    kind = text(field, value)
    if not kind:
        refuse(field, "a word of your program such as 'chat.text', not empty")
    return kind


def named(value: object) -> str:
    """Name the type of a value, for the text of an error."""
    return "None" if value is None else type(value).__name__
