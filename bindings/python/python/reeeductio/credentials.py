"""Everything that a member needs to open a space again, and the account that keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reeeductio._operations import Operations

__all__ = ["Account", "AsyncAccount", "Credentials"]


@dataclass(slots=True)
class Credentials:
    """Everything that a member needs to open a space: anybody who has it is the member."""

    space_id: str
    """The space."""
    member_id: str
    """The member."""
    private_key: bytes = field(repr=False)
    """The member's Ed25519 private key, 32 bytes."""
    symmetric_root: bytes = field(repr=False)
    """The secret that all members share, 32 bytes."""
    base_url: str
    """The server."""
    user_symmetric_key: bytes | None = field(repr=False)
    """The user's own secret, 32 bytes, if there is one."""
    is_joined: bool = True
    """Whether the member has joined. If not, `reopen` completes the interrupted join."""


class _Account:
    """The base of both accounts."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations


# Generated from AsyncAccount by `cargo xtask generate --python`: edit that class.
class Account(_Account):
    """The account whose home is a space: the spaces that one login opens, sealed with the user's own key.

    Example:
        home = Space.from_password(space_id, 'alice', password, base_url)
        for credentials in home.account.spaces():
            print(credentials.space_id)
    """

    def spaces(self) -> list[Credentials]:
        """Return the credentials for the spaces of the account, without the home space.

        Raises:
            ValidationError: the space was opened without the user's own key.
        """
        return self._operations.account_spaces().wait()

    def add(self, credentials: Credentials) -> None:
        """Add a space to the account; an entry for the same space is replaced.

        Raises:
            AuthorizationError: the member may not keep an account: the owner calls `allow_passwords` for its role.
        """
        self._operations.add_to_account(
            credentials.base_url,
            credentials.space_id,
            credentials.member_id,
            credentials.private_key,
            credentials.symmetric_root,
            credentials.user_symmetric_key,
        ).wait()

    def remove(self, space_id: str) -> None:
        """Remove a space from the account; nothing happens if it is not there."""
        self._operations.remove_from_account(space_id).wait()


class AsyncAccount(_Account):
    """The account whose home is a space: the spaces that one login opens, sealed with the user's own key.

    Example:
        home = await AsyncSpace.from_password(space_id, 'alice', password, base_url)
        for credentials in await home.account.spaces():
            print(credentials.space_id)
    """

    async def spaces(self) -> list[Credentials]:
        """Return the credentials for the spaces of the account, without the home space.

        Raises:
            ValidationError: the space was opened without the user's own key.
        """
        return await self._operations.account_spaces()

    async def add(self, credentials: Credentials) -> None:
        """Add a space to the account; an entry for the same space is replaced.

        Raises:
            AuthorizationError: the member may not keep an account: the owner calls `allow_passwords` for its role.
        """
        await self._operations.add_to_account(
            credentials.base_url,
            credentials.space_id,
            credentials.member_id,
            credentials.private_key,
            credentials.symmetric_root,
            credentials.user_symmetric_key,
        )

    async def remove(self, space_id: str) -> None:
        """Remove a space from the account; nothing happens if it is not there."""
        await self._operations.remove_from_account(space_id)
