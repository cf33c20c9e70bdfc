"""Passwords and accounts, for asyncio: a base of `AsyncSpace`."""

from __future__ import annotations

from reeeductio._handle import AsyncHandle
from reeeductio.credentials import AsyncAccount


class AsyncSpacePasswords(AsyncHandle):
    """Passwords and accounts."""

    async def allow_passwords(self, role: str) -> None:
        """Let the holders of a role register a password each, change it, and keep an account.

        Call `enable_opaque` once before.

        Raises:
            AuthorizationError: the member is not the owner.
            ValidationError: there is no such role.
        """
        await self._operations.allow_passwords(role)

    async def enable_opaque(self) -> dict[str, bool]:
        """Enable passwords in the space, as its owner, and define the role `opaque-user`, whose holders may register.

        `allow_passwords` gives the same right to another role. Returns what had to be created: `server_setup_created`,
        `role_created`, `capability_created`.

        Raises:
            AuthorizationError: the member is not the owner.
        """
        made = await self._operations.enable_passwords()
        return dict(zip(("server_setup_created", "role_created", "capability_created"), made, strict=True))

    async def opaque_register(
        self, username: str, password: str, user_id: str | None = None, private_key: bytes | None = None
    ) -> str:
        """Register a password that yields the member's keys, by default your own; returns the username.

        A username has 1 to 255 characters of `a-z`, `A-Z`, `0-9` and `. _ @ + -`. Only the owner registers for others,
        whose `private_key` it must hold.

        Raises:
            OpaqueNotEnabledError: call `enable_opaque` first.
            AuthorizationError: no role of the member may register: see `allow_passwords`.
            ValidationError: the username is taken or not allowed, or the password is too weak.
        """
        await self._operations.register_password(username, password, user_id or self.member_id, private_key, None)
        return username

    async def change_password(self, username: str, old_password: str, new_password: str) -> None:
        """Change the password of a username. The keys that it yields stay the same.

        Raises:
            AuthenticationError: the old password is wrong.
        """
        await self._operations.change_password(username, old_password, new_password)

    @property
    def account(self) -> AsyncAccount:
        """The spaces that one login opens, if this space is their home."""
        return AsyncAccount(self._operations)
