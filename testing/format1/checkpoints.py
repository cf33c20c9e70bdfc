"""Checkpoints: the size and root of an event tree as a signed note; and the statement of a restore."""

import hmac
import re
from dataclasses import dataclass

from notation import (
    HASH,
    Code,
    FormatError,
    from_base64,
    lp,
    malformed,
    public_key,
    sha256,
    sign,
    space_bytes,
    to_base64,
    u64,
    verify,
)

KEY_ID = 4
SIGNATURES = 16
LARGEST_SIZE = (1 << 64) - 1
LINES = 3
SIGNATURE_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/=]+)")
CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True)
class Checkpoint:
    """An event tree at a size."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the text that is signed."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"

    def sign(self, seed: bytes) -> bytes:
        """Return the signed note."""
        return sign_note(self.text(), self.origin, seed)


def make_origin(host: str, space: str, incarnation: bytes) -> str:
    """Return the origin of the checkpoints of a space."""
    return f"{host}/{space}/{incarnation.hex()}"


def key_id(name: str, public: bytes) -> bytes:
    """Return the id of a note's key."""
    return sha256(name.encode() + b"\x0a\x01" + public)[:KEY_ID]


def signature_line(text: str, name: str, seed: bytes) -> str:
    """Return the line of one signature."""
    return f"— {name} {to_base64(key_id(name, public_key(seed)) + sign(seed, text.encode()))}\n"


def sign_note(text: str, name: str, seed: bytes) -> bytes:
    """Return any text as a signed note."""
    return f"{text}\n{signature_line(text, name, seed)}".encode()


def read_checkpoint(note: bytes, origin: str, public: bytes) -> Checkpoint:
    """Return the checkpoint in a note; it must be of the origin and signed by the key."""
    text, signatures = split_note(note)
    lines = text.removesuffix("\n").split("\n")
    if len(lines) != LINES:
        why = "a checkpoint has three lines"
        raise malformed(why)
    if not re.fullmatch("0|[1-9][0-9]{0,19}", lines[1]) or int(lines[1]) > LARGEST_SIZE:
        why = "the size"
        raise malformed(why)
    root = from_base64(lines[2])
    if len(root) != HASH:
        why = "the root"
        raise malformed(why)
    ours = (origin, key_id(origin, public))
    found = False
    for name, raw in signatures:
        if hmac.compare_digest(raw[:KEY_ID], ours[1]) and name == origin:
            verify(public, text.encode(), raw[KEY_ID:])
            found = True
    if not found:
        raise FormatError(Code.SIGNATURE, "no signature is by the key")
    if lines[0] != origin:
        why = "the origin is not the name of the key"
        raise malformed(why)
    return Checkpoint(origin, int(lines[1]), root)


def split_note(note: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """Return the text of a note and its signatures: names, and key ids with what follows them."""
    if CONTROL.search(note):
        why = "a control character"
        raise malformed(why)
    try:
        whole = note.decode()
    except UnicodeDecodeError:
        why = "a note is UTF-8"
        raise malformed(why) from None
    text, blank, tail = whole.rpartition("\n\n")
    if not text or not blank or not tail.endswith("\n"):
        why = "a note ends with its signatures"
        raise malformed(why)
    lines = tail[:-1].split("\n")
    if len(lines) > SIGNATURES:
        why = "too many signatures"
        raise malformed(why)
    return text + "\n", [parse_signature(line) for line in lines]


def parse_signature(line: str) -> tuple[str, bytes]:
    """Return name and bytes of a signature."""
    match = SIGNATURE_LINE.fullmatch(line)
    if not match:
        why = "a line of a signature"
        raise malformed(why)
    raw = from_base64(match[2])
    if len(raw) <= KEY_ID:
        why = "a signature is too short"
        raise malformed(why)
    return match[1], raw


def restore_statement(host: str, space: str, old: tuple[bytes, int, bytes], new: bytes) -> bytes:
    """Return what the operator signs; `old` is incarnation, size and root of the tree that was restored."""
    incarnation, size, root = old
    return lp("reeeductio/restore/v1", host, space_bytes(space), incarnation, u64(size), root, new)
