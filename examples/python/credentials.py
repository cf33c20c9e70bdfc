"""Credentials in a file, as `reeeductio-admin space generate` and the guide "Create a space" write them."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from reeeductio.crypto import generate_keypair

DEFAULT_URL = "http://localhost:8000"


@dataclass
class Credentials:
    """The keys of a member, and the server."""

    space_id: str
    user_id: str
    private_key: bytes = field(repr=False)
    symmetric_root: bytes = field(repr=False)
    base_url: str = DEFAULT_URL

    @classmethod
    def new(cls, base_url: str) -> Self:
        """Make a space of one's own."""
        private_key, public_key = pair = generate_keypair()
        del public_key
        return cls(pair.to_space_id(), pair.to_user_id(), private_key, os.urandom(32), base_url)

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read a file. `SystemExit` with the reason if that fails."""
        try:
            saved: dict[str, Any] = json.loads(file.read_text())
            return cls(
                saved["space_id"],
                saved["user_id"],
                bytes.fromhex(saved["private_key_hex"]),
                bytes.fromhex(saved["symmetric_root_hex"]),
                saved.get("base_url", DEFAULT_URL),
            )
        except OSError as error:
            message = f"{file}: {error.strerror}. Make credentials with: chat.py new {file}"
        except (ValueError, KeyError) as error:
            message = f"{file}: not a credentials file: {error}"
        raise SystemExit(message)

    def write(self, file: Path) -> None:
        """Write a new file that only this user of the machine may read. `SystemExit` if there is one."""
        saved = {
            "space_id": self.space_id,
            "user_id": self.user_id,
            "private_key_hex": self.private_key.hex(),
            "symmetric_root_hex": self.symmetric_root.hex(),
            "base_url": self.base_url,
        }
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            message = f"{file} is there already, and is not replaced"
            raise SystemExit(message) from None
        with os.fdopen(descriptor, "w") as opened:
            json.dump(saved, opened, indent=2)

    def arguments(self) -> dict[str, Any]:
        """Give what `Space` and `AsyncSpace` take."""
        return {
            "space_id": self.space_id,
            "member_id": self.user_id,
            "private_key": self.private_key,
            "symmetric_root": self.symmetric_root,
            "base_url": self.base_url,
        }
