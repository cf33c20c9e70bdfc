"""A member's handle on a space, for asyncio."""

from __future__ import annotations

from functools import cached_property
from typing import Self, cast

from reeeductio._answers import only, own_key
from reeeductio._arguments import credentials as credentials_of
from reeeductio._arguments import pair
from reeeductio._async_blobs import AsyncSpaceBlobs
from reeeductio._async_data import AsyncSpaceData
from reeeductio._async_members import AsyncSpaceMembers
from reeeductio._async_messages import AsyncSpaceMessages
from reeeductio._async_passwords import AsyncSpacePasswords
from reeeductio._async_state import AsyncSpaceState
from reeeductio._handle import entrance
from reeeductio.auth import AsyncAuthSession
from reeeductio.credentials import Credentials
from reeeductio.crypto import Ed25519KeyPair
from reeeductio.local_store import LocalMessageStore, native_store
from reeeductio.models import Status
from reeeductio.network import Network
from reeeductio.outbox import AsyncOutbox
from reeeductio.streams import AsyncStream

__all__ = ["AsyncAdminSpace", "AsyncSpace"]


class AsyncSpace(
    AsyncSpaceMessages, AsyncSpaceState, AsyncSpaceData, AsyncSpaceBlobs, AsyncSpaceMembers, AsyncSpacePasswords
):
    """A member's handle on a space. It signs in automatically and may be used by several tasks of one event loop.

    Everything that is read is checked: hashes, signatures, the writer's rights, and the order. If the server or anybody
    else has changed something, the method raises an IntegrityError.

    Args:
        space_id: The space, `S` and 43 characters.
        member_id: The acting member's id: `U` or `T` and 43 characters.
        private_key: The member's 32-byte Ed25519 private key.
        symmetric_root: The 32-byte secret that all members share.
        base_url: The server.
        auto_authenticate: Sign in when needed; if not, only `authenticate` does.
        local_store: Keeps what was seen: a server that contradicts it is detected also after a restart.
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
        """Create a space with fresh keys, and keep its credentials in the store: anybody who has them is the owner.

        `reopen` opens it again. Nothing is sent: the space begins with the first write, on a server that accepts new
        spaces from anybody, as with `--dev`. On other servers an administrator must register it first.

        Args:
            local_store: Keeps the owner's keys, and what the handle has seen. Protect the file like a password.
            base_url: The server.
            network: How the server is reached.

        Raises:
            StoreError: the credentials cannot be kept.
            ValidationError: `local_store` is not a `LocalMessageStore`.

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
            AuthorizationError: the invitation is used up (`tool.use_limit`), has expired or was revoked
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

        `reopen` opens the space again. Credentials that the store already has for the space are used: an interrupted
        join is completed, and a completed one does not use the link again.

        Args:
            link: The whole link.
            local_store: Keeps the member's keys, and what the handle has seen. Protect the file like a password.
            base_url: The server; by default the one that the link names.
            network: How the server is reached.

        Raises:
            AuthorizationError: the link is used up (`tool.use_limit`), has expired or was revoked (`member.unknown`).
            ValidationError: the text is not an invite link, or a part of it is missing.

        Example:
            space = await AsyncSpace.join(link, LocalMessageStore('todo.db'))
        """
        own = await entrance(network).join(link, native_store(local_store), base_url)
        return await cls.open(own, local_store, network=network)

    @classmethod
    async def reopen(
        cls,
        local_store: LocalMessageStore,
        space_id: str | None = None,
        base_url: str | None = None,
        *,
        network: Network | None = None,
    ) -> Self:
        """Open a space with the credentials that the store keeps; by default the only space that it has.

        Args:
            local_store: The store of `create`, `join` or `keep_credentials`.
            space_id: The space.
            base_url: The server's new address, which the store keeps from now on; by default the address that it has.
            network: How the server is reached.

        Raises:
            ValidationError: the store has no credentials for the space, or several and `space_id` is not given.

        Example:
            space = await AsyncSpace.reopen(LocalMessageStore('todo.db'), space_id)
        """
        store = native_store(local_store)
        if space_id is None:
            space_id = only(await entrance(network).keyring(store))
        own = await entrance(network).reopen(store, space_id, base_url)
        return await cls.open(own, local_store, network=network)

    @classmethod
    async def forget(cls, local_store: LocalMessageStore, space_id: str) -> None:
        """Remove the credentials for a space from the store, for good; nothing happens if it has none.

        The member stays in the space, but nobody can act as it without another copy of its keys. After a removal this
        makes room for another `join`, as a new member.

        Example:
            await AsyncSpace.forget(LocalMessageStore('todo.db'), space_id)
        """
        await entrance().forget_credentials(native_store(local_store), space_id)

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
        """Return everything that is needed to open the space again as this member."""
        return await self._operations.own_credentials()

    async def keep_credentials(self, local_store: LocalMessageStore) -> None:
        """Keep the credentials of this member in a store, for `reopen`."""
        await self._operations.keep_credentials(native_store(local_store))

    @cached_property
    def auth(self) -> AsyncAuthSession:
        """The member's session, which this handle uses."""
        return AsyncAuthSession.of(self.space_id, self.member_id, self.private_key, self.base_url, self._operations)

    @property
    def outbox(self) -> AsyncOutbox:
        """Messages that are kept on this machine until the server has them; needs `local_store`."""
        return AsyncOutbox(self._operations)

    async def status(self) -> Status:
        """Return the status of the connection that the live streams share: `idle`, `connecting` or `connected`."""
        return cast("Status", await self._operations.status())

    def statuses(self) -> AsyncStream[Status]:
        """Return the status of the connection, and then each change of it."""
        return AsyncStream(self._operations.watch_status)

    async def accept_restore(self) -> None:
        """Accept the server's current history after its operator confirmed a restore.

        What was written since the backup is lost. Without this call every read keeps failing, as with a dishonest
        server. Messages stay in the local store as if the program had put them there; those in the
        outbox are still sent. Open streams are not affected: open them again.
        """
        await self._operations.accept_restore()

    async def authenticate(self) -> str:
        """Sign in now and return the new token. The first call that needs it does this automatically.

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
