"""Spaces with an owner and members, as the published client knows them."""

import asyncio
import json
import os
from dataclasses import dataclass, field

from reeeductio import AsyncSpace, Space, generate_keypair
from reeeductio.crypto import Ed25519KeyPair

from rig.blocking import Blocking


def fresh_key() -> bytes:
    """32 random bytes."""
    return os.urandom(32)


def admin_arguments(url: str, keys: Ed25519KeyPair, space_id: str | None = None) -> dict:
    """Give the arguments for a client of the admin space, by default for its owner."""
    return {
        "space_id": space_id or keys.to_space_id(),
        "member_id": keys.to_user_id(),
        "private_key": keys.private_key,
        "symmetric_root": bytes(32),
        "base_url": url,
    }


@dataclass
class TestSpace:
    """A fresh space; `runner` is set where members act through the asynchronous client."""

    __test__ = False

    url: str
    runner: asyncio.Runner | None = None
    keys: Ed25519KeyPair = field(default_factory=generate_keypair)
    root: bytes = field(default_factory=fresh_key)

    @property
    def id(self) -> str:
        return self.keys.to_space_id()

    def arguments(self, member: str, private_key: bytes, **more) -> dict:
        """Give the arguments for a client."""
        return {
            "space_id": self.id,
            "member_id": member,
            "private_key": private_key,
            "symmetric_root": self.root,
            "base_url": self.url,
            **more,
        }

    def member(self, member: str, private_key: bytes, **more):
        """A client of the kind under test."""
        arguments = self.arguments(member, private_key, **more)
        if self.runner is None:
            return Space(**arguments)
        return Blocking(AsyncSpace(**arguments), self.runner)

    def owner(self, **more):
        return self.member(self.keys.to_user_id(), self.keys.private_key, **more)

    def user(self, keys: Ed25519KeyPair, **more):
        return self.member(keys.to_user_id(), keys.private_key, **more)

    def tool(self, keys: Ed25519KeyPair, **more):
        return self.member(keys.to_tool_id(), keys.private_key, **more)

    def async_client(self, keys: Ed25519KeyPair | None = None, **more) -> AsyncSpace:
        """The asynchronous client as it is: of a user, or of the owner."""
        keys = keys or self.keys
        return AsyncSpace(**self.arguments(keys.to_user_id(), keys.private_key, **more))

    def add_user(self, *rights: tuple[str, str], keys: Ed25519KeyPair | None = None) -> Ed25519KeyPair:
        """The owner adds a user with these rights: pairs of operation and path."""
        keys = keys or generate_keypair()
        with self.owner() as owner:
            owner.add_user(keys.to_user_id())
            for number, (op, path) in enumerate(rights):
                owner.grant_capability_to_user(keys.to_user_id(), f"r{number}", {"op": op, "path": path})
        return keys

    def add_tool(self, *rights: tuple[str, str], **definition) -> Ed25519KeyPair:
        """The owner adds a tool with these rights, and limits in its definition."""
        keys = generate_keypair()
        tool = keys.to_tool_id()
        with self.owner() as owner:
            owner.set_plaintext_state(f"auth/tools/{tool}", json.dumps({"tool_id": tool, **definition}))
            for number, (op, path) in enumerate(rights):
                owner.grant_capability_to_tool(tool, f"r{number}", {"op": op, "path": path})
        return keys
