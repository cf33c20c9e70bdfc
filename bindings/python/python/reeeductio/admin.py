"""Administering a server."""

from __future__ import annotations

from reeeductio import _native
from reeeductio._arguments import pair, text
from reeeductio._http import AsyncHttp, Http
from reeeductio._operation import Operation
from reeeductio._operations import Administration
from reeeductio.crypto import Ed25519KeyPair
from reeeductio.exceptions import from_failure
from reeeductio.network import Network, given

__all__ = ["AdminClient", "AsyncAdminClient"]


class _Admin:
    """The base of both clients."""

    def __init__(
        self,
        keypair: Ed25519KeyPair,
        base_url: str = "http://localhost:8000",
        auto_authenticate: bool = True,
        *,
        network: Network | None = None,
    ) -> None:
        """`keypair` is of a member of the admin space."""
        key = pair("keypair", keypair).private_key
        self.keypair = keypair
        self.base_url = base_url
        self.auto_authenticate = auto_authenticate
        self._operations = Administration(_native.Admin(given(network).native(), key, text("base_url", base_url)).run)

    @property
    def token(self) -> str | None:
        """The current token; `None` unless there is one that is valid for at least another minute."""
        return self._operations.held_token().wait()

    @property
    def is_authenticated(self) -> bool:
        """Whether `token` is not `None`."""
        return self.token is not None

    def __repr__(self) -> str:
        """Show the user and the server, but no secret."""
        return f"{type(self).__name__}(user_id={self.keypair.to_user_id()!r}, base_url={self.base_url!r})"

    def _authenticate(self) -> Operation[str]:
        return self._operations.sign_in()

    def _signed_in(self) -> Operation[str]:
        self._check()
        return self._operations.token()

    def _check(self) -> None:
        if not self.auto_authenticate and not self.is_authenticated:
            failure = from_failure("client.not_signed_in")
            raise failure

    def _space_id(self) -> Operation[str]:
        self._check()
        return self._operations.space_id()

    def _delete_blob(self, blob_id: str) -> Operation[None]:
        self._check()
        return self._operations.delete_blob(blob_id)


# Generated from AsyncAdminClient by `cargo xtask generate --python`: edit that class.
class AdminClient(_Admin, Http):
    """An administrator's handle on a server.

    Args:
        keypair: The key pair of a member of the server's admin space.
        base_url: The server.
        auto_authenticate: Sign in when needed; if not, only `authenticate` does.

    Example:
        with AdminClient(keypair, base_url) as admin:
            admin.delete_blob(blob_id)
    """

    def authenticate(self) -> str:
        """Sign in and return a new token. `AuthenticationError` if the server refuses."""
        return self._authenticate().wait()

    def get_space_id(self) -> str:
        """Return the id of the server's admin space."""
        return self._space_id().wait()

    def delete_blob(self, blob_id: str) -> None:
        """Remove a blob from all spaces.

        Raises:
            NotFoundError: there is no such blob.
            AuthorizationError: the member is not an administrator.
        """
        self._delete_blob(blob_id).wait()


class AsyncAdminClient(_Admin, AsyncHttp):
    """An administrator's handle on a server.

    Args:
        keypair: The key pair of a member of the server's admin space.
        base_url: The server.
        auto_authenticate: Sign in when needed; if not, only `authenticate` does.

    Example:
        async with AsyncAdminClient(keypair, base_url) as admin:
            await admin.delete_blob(blob_id)
    """

    async def authenticate(self) -> str:
        """Sign in and return a new token. `AuthenticationError` if the server refuses."""
        return await self._authenticate()

    async def get_space_id(self) -> str:
        """Return the id of the server's admin space."""
        return await self._space_id()

    async def delete_blob(self, blob_id: str) -> None:
        """Remove a blob from all spaces.

        Raises:
            NotFoundError: there is no such blob.
            AuthorizationError: the member is not an administrator.
        """
        await self._delete_blob(blob_id)
