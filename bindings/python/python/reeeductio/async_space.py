"""A member's handle on a space, for asyncio."""

from __future__ import annotations

from functools import cached_property
from typing import Self

from reeeductio._answers import only, own_key
from reeeductio._arguments import credentials as credentials_of
from reeeductio._arguments import pair
from reeeductio._async_blobs import AsyncBlobs
from reeeductio._async_data import AsyncData
from reeeductio._async_members import AsyncMembers
from reeeductio._async_messages import AsyncMessages
from reeeductio._async_passwords import AsyncPasswords
from reeeductio._async_state import AsyncState
from reeeductio._handle import entrance
from reeeductio.auth import AsyncAuthSession
from reeeductio.credentials import Credentials
from reeeductio.crypto import Ed25519KeyPair
from reeeductio.local_store import LocalMessageStore, native_store
from reeeductio.network import Network
from reeeductio.outbox import AsyncOutbox
from reeeductio.streams import AsyncStream

__all__ = ["AsyncAdminSpace", "AsyncSpace"]


class AsyncSpace(AsyncMessages, AsyncState, AsyncData, AsyncBlobs, AsyncMembers, AsyncPasswords):
    """A member's handle on a space. It signs in by itself, and may be used by several tasks of one event loop.

    Everything that is read is checked: hashes, signatures, the writer's rights, and the order. If the server or anybody
    else has changed something, the method raises an exception.

    Args:
        space_id: The space, `S` and 43 characters.
        member_id: The acting member's id: `U` or `T` and 43 characters.
        private_key: The member's 32-byte Ed25519 private key.
        symmetric_root: The 32-byte secret that all members share.
        base_url: The server.
        auto_authenticate: Sign in when needed; if not, only `authenticate` does.
        local_store: Keeps what was seen, so that a server that contradicts it is detected after a restart, too.
        user_symmetric_key: The user's own 32-byte secret, for `user_data`.
        network: How the server is reached: timeouts, a proxy, authorities to trust.

    Raises:
        ValidationError: an id or key is invalid; it is a `ValueError`.

    Example:
        async with AsyncSpace(space_id, member_id, private_key, symmetric_root, base_url) as space:
            msgs = await space.get_messages('general')
    """

    @classmethod
    async def create(
        cls,
        local_store: LocalMessageStore,
        base_url: str = "http://localhost:8000",
        *,
        network: Network | None = None,
    ) -> Self:
        """Make a space of one's own, and keep its credentials in the store: whoever has them is the owner.

        `reopen` opens it again. Nothing is sent: the space begins with the first write, on a server that takes new
        spaces from anybody, as with `--dev`. On others an administrator registers it with its key pair first.

        Args:
            local_store: Keeps the owner's keys, and what is seen: a file that only the user should read.
            base_url: The server.
            network: How the server is reached.

        Raises:
            StoreError: the credentials cannot be kept.

        Example:
            space = await AsyncSpace.create(LocalMessageStore('ann.db'), base_url)
        """
        own = await entrance(network).create(native_store(local_store), base_url)
        return await cls.open(own, local_store, network=network)

    @classmethod
    async def accept_invitation(
        cls,
        space_id: str,
        invitation: Ed25519KeyPair,
        symmetric_root: bytes,
        keypair: Ed25519KeyPair,
        base_url: str = "http://localhost:8000",
        local_store: LocalMessageStore | None = None,
        user_symmetric_key: bytes | None = None,
        *,
        network: Network | None = None,
    ) -> Self:
        """Join a space by an invitation from `create_invitation`, as the user that holds `keypair`.

        Save `keypair` before you call this: a user who joins and then loses it has used up the invitation. If a call
        was interrupted, call again with the same `keypair`; completed steps are not repeated.

        Raises:
            AuthorizationError: the invitation was used up (`tool.use_limit`), has expired or was taken back
                (`member.unknown`).
        """
        await entrance(network).accept_invitation(
            base_url,
            space_id,
            pair("invitation", invitation).private_key,
            symmetric_root,
            pair("keypair", keypair).private_key,
        )
        return cls(
            space_id,
            keypair.to_user_id(),
            keypair.private_key,
            symmetric_root,
            base_url,
            local_store=local_store,
            user_symmetric_key=user_symmetric_key,
            network=network,
        )

    @classmethod
    async def join(
        cls, link: str, local_store: LocalMessageStore, base_url: str | None = None, *, network: Network | None = None
    ) -> Self:
        """Join a space by a link from `invite_link`, as a new member, and keep its credentials in the store.

        `reopen` opens the space again. If the store has credentials for the space, they are used: a join that was cut
        short is completed, and a complete one uses the link no further.

        Args:
            link: The whole link.
            local_store: Keeps the member's keys, and what is seen: a file that only the user should read.
            base_url: The server; by default the one that the link names.
            network: How the server is reached.

        Raises:
            AuthorizationError: the link was used up, has expired or was taken back.
            ValidationError: the text is not a link of this release, or a part of it is missing.

        Example:
            space = await AsyncSpace.join(link, LocalMessageStore('todo.db'))
        """
        own = await entrance(network).join(link, native_store(local_store), base_url)
        return await cls.open(own, local_store, network=network)

    @classmethod
    async def reopen(
        cls, local_store: LocalMessageStore, space_id: str | None = None, *, network: Network | None = None
    ) -> Self:
        """Open a space with the credentials that the store keeps; by default the only one that it has.

        Raises:
            ValidationError: the store has no credentials for the space, or several and `space_id` is not given.

        Example:
            space = await AsyncSpace.reopen(LocalMessageStore('todo.db'), space_id)
        """
        if space_id is None:
            space_id = only(await entrance(network).keyring(native_store(local_store)))
        own = await entrance(network).reopen(native_store(local_store), space_id)
        return await cls.open(own, local_store, network=network)

    @classmethod
    async def open(
        cls,
        credentials: Credentials,
        local_store: LocalMessageStore | None = None,
        *,
        network: Network | None = None,
    ) -> Self:
        """Open a space with credentials, such as those of an account."""
        kept = credentials_of("credentials", credentials)
        return cls(
            kept.space_id,
            kept.member_id,
            kept.private_key,
            kept.symmetric_root,
            kept.base_url,
            local_store=local_store,
            user_symmetric_key=kept.user_symmetric_key,
            network=network,
        )

    @classmethod
    async def from_password(
        cls,
        space_id: str,
        username: str,
        password: str,
        base_url: str = "http://localhost:8000",
        local_store: LocalMessageStore | None = None,
        *,
        network: Network | None = None,
    ) -> Self:
        """Open a space with the keys that a password yields.

        Raises:
            AuthenticationError: the username or the password is wrong.
            OpaqueNotEnabledError: the space has no passwords.

        Example:
            space = await AsyncSpace.from_password(space_id, 'alice', password, base_url)
        """
        login = await entrance(network).log_in(base_url, space_id, username, password)
        return cls(
            space_id,
            login.public_key,
            login.keypair.private_key,
            login.symmetric_root,
            base_url,
            local_store=local_store,
            user_symmetric_key=login.user_symmetric_key or None,
            network=network,
        )

    async def credentials(self) -> Credentials:
        """Give everything that opens the space again as this member."""
        return await self._operations.own_credentials()

    async def keep_credentials(self, local_store: LocalMessageStore) -> None:
        """Keep everything that opens the space again as this member in a store, for `reopen`."""
        await self._operations.keep_credentials(native_store(local_store))

    @cached_property
    def auth(self) -> AsyncAuthSession:
        """The member's session, which this handle uses."""
        return AsyncAuthSession.of(self.space_id, self.member_id, self.private_key, self.base_url, self._operations)

    @property
    def outbox(self) -> AsyncOutbox:
        """Messages that are kept on this machine until the server has them; needs `local_store`."""
        return AsyncOutbox(self._operations)

    async def status(self) -> str:
        """Give the status of the connection that the live streams share: `idle`, `connecting` or `connected`."""
        return await self._operations.status()

    def statuses(self) -> AsyncStream[str]:
        """Give the status of the connection, and then each change of it."""
        return AsyncStream(self._operations.watch_status)

    async def accept_restore(self) -> None:
        """Take the server's present history for the true one: its operator has restored a backup, and says so.

        What was written since the backup is lost, which is otherwise an error for ever, as it is when a server lies.
        Messages stay in the local store as if the program had put them there; those in the outbox are sent. Streams
        that are open go on as before: open them anew.
        """
        await self._operations.accept_restore()

    async def authenticate(self) -> str:
        """Sign in now and return the new token. Usually done by itself on the first call.

        Raises:
            AuthenticationError: the member is unknown to the space or has been removed.
        """
        return await self._operations.sign_in()


class AsyncAdminSpace(AsyncSpace):
    """A handle on the server's admin space, whose members register spaces."""

    async def create_space(self, space_keypair: Ed25519KeyPair) -> str:
        """Register the space that a key pair owns, and return its id.

        Raises:
            AuthorizationError: the member may not register spaces.
        """
        return await self._operations.create_space(own_key("space_keypair", space_keypair))
