"""Inputs of the vectors: keys, ids, roots and times that never change; and what HPKE made, kept."""

import contextlib
import json
from dataclasses import dataclass, field
from typing import Any

from epochs import Epoch
from format1 import Place
from keys import encapsulation_key, hpke_open, hpke_seal
from notation import FormatError, make_id, public_key

#: A case of the vectors, as JSON.
Case = dict[str, Any]


def fill(byte: int, length: int = 32) -> bytes:
    """Return bytes that are all the same."""
    return bytes([byte]) * length


OWNER_SEED = fill(0x01)
ALICE_SEED = fill(0x02)
BOB_SEED = fill(0x03)
TOOL_SEED = fill(0x04)
SERVER_SEED = fill(0x05)
OPERATOR_SEED = fill(0x06)
SPACE = make_id("S", public_key(OWNER_SEED))
OTHER_SPACE = make_id("S", public_key(fill(0x07)))
OWNER = make_id("U", public_key(OWNER_SEED))
ALICE = make_id("U", public_key(ALICE_SEED))
BOB = make_id("U", public_key(BOB_SEED))
TOOL = make_id("T", public_key(TOOL_SEED))
SEEDS = {OWNER: OWNER_SEED, ALICE: ALICE_SEED, BOB: BOB_SEED, TOOL: TOOL_SEED}
HOST = "spaces.example"
INCARNATION = fill(0x0A, 8)
TIME = 1_800_000_000_000

EPOCHS = [Epoch(SPACE, number, fill(0x10 + number)) for number in range(3)]
EPOCH = EPOCHS[1]
GENERAL = Place(SPACE, "general", "sealed", ALICE)
LANE = fill(0x21, 8)
AUTHORITY = fill(0x22)
TARGET = fill(0x23)
CLIENT_ID = fill(0x24, 16)


def salt(number: int) -> bytes:
    """Return the salt of the case with this number."""
    return fill(0x40 + number % 0x80, 16)


@dataclass(frozen=True)
class Recipient:
    """To whom HPKE seals, and in which context."""

    key: bytes
    info: bytes


@dataclass
class Kept:
    """The vectors as they were written before: what is made at random is taken from them while it opens."""

    before: Case = field(default_factory=dict)

    def sealed(self, section: str, name: str, to: Recipient, plaintext: bytes) -> bytes:
        """Return a plaintext sealed by HPKE: as the case has it, or anew if that does not open."""
        parts = self.before.get(section, {})
        for case in [*parts.get("valid", []), *parts.get("invalid", [])]:
            if case["name"] == name:
                sealed = bytes.fromhex(case["sealed_hex"])
                with contextlib.suppress(FormatError):
                    if hpke_open(to.key, to.info, sealed) == plaintext:
                        return sealed
        return hpke_seal(encapsulation_key(to.key), to.info, plaintext)


def render(vectors: Case) -> str:
    """Return the text of the file: a line for each field."""
    return json.dumps(vectors, indent=1, ensure_ascii=False) + "\n"
