"""Signing in."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from typing import TYPE_CHECKING, Self

from reeeductio import _native
from reeeductio._arguments import key, text
from reeeductio._operation import Operation
from reeeductio._operations import Operations
from reeeductio.exceptions import AuthenticationError
from reeeductio.network import Network

if TYPE_CHECKING:
    import httpx

__all__ = ["AsyncAuthSession", "AuthSession"]

# Signing in needs no symmetric root; nothing that does is reachable from here.
_NO_ROOT = bytes(32)


class _Session:
    """The base of both sessions."""

    def __init__(
        self, space_id: str, public_key_typed: str, private_key: bytes, base_url: str = "http://localhost:8000"
    ) -> None:
        self.space_id = space_id
        self.public_key_typed = public_key_typed
        self.private_key = private_key
        self.base_url = base_url
        network = Network()
        native = _native.Space(
            network.native(),
            network.seconds("silence"),
            text("space_id", space_id),
            text("public_key_typed", public_key_typed),
            key("private_key", private_key),
            _NO_ROOT,
            text("base_url", base_url),
            None,
            None,
            sign_in_by_hand=False,
        )
        self._operations = Operations(native.run)

    @classmethod
    def of(
        cls, space_id: str, public_key_typed: str, private_key: bytes, base_url: str, operations: Operations
    ) -> Self:
        """Return the session of a handle on a space."""
        session = cls.__new__(cls)
        session.space_id = space_id
        session.public_key_typed = public_key_typed
        session.private_key = private_key
        session.base_url = base_url
        session._operations = operations  # noqa: SLF001 - its own
        return session

    def __repr__(self) -> str:
        """Show the space and the member, but no secret."""
        return f"{type(self).__name__}(space_id={self.space_id!r}, public_key_typed={self.public_key_typed!r})"

    @property
    def token(self) -> str | None:
        """The current token; `None` unless there is one that is valid for at least another minute."""
        return self._operations.held_token().wait()

    @property
    def is_authenticated(self) -> bool:
        """Whether `token` is not `None`."""
        return self.token is not None


# Generated from AsyncAuthSession by `cargo xtask generate --python`: edit that class.
class AuthSession(_Session):
    """A member's session: a token that is renewed when it is about to expire.

    Args:
        space_id: The space.
        public_key_typed: The id of the user or tool that signs in.
        private_key: The member's 32-byte Ed25519 private key.
        base_url: The server.

    Example:
        session = AuthSession(space_id, user_id, private_key, base_url)
        token = session.ensure_authenticated()
    """

    def authenticate(self) -> str:
        """Sign in and return a new token. `AuthenticationError` if the server refuses."""
        return self._operations.sign_in().wait()

    def refresh_token(self) -> str:
        """Return a newer token than the current one. `AuthenticationError` if there is none."""
        _renewable(self.token)
        return self.authenticate()

    def ensure_authenticated(self) -> str:
        """Return a valid token, signing in only if there is none."""
        return self._operations.token().wait()


class AsyncAuthSession(_Session):
    """A member's session: a token that is renewed when it is about to expire.

    Args:
        space_id: The space.
        public_key_typed: The id of the user or tool that signs in.
        private_key: The member's 32-byte Ed25519 private key.
        base_url: The server.

    Example:
        session = AsyncAuthSession(space_id, user_id, private_key, base_url)
        token = await session.ensure_authenticated()
    """

    async def authenticate(self) -> str:
        """Sign in and return a new token. `AuthenticationError` if the server refuses."""
        return await self._operations.sign_in()

    async def refresh_token(self) -> str:
        """Return a newer token than the current one. `AuthenticationError` if there is none."""
        _renewable(self.token)
        return await self.authenticate()

    async def ensure_authenticated(self) -> str:
        """Return a valid token, signing in only if there is none."""
        return await self._operations.token()


def _renewable(token: str | None) -> None:
    if token is None:
        msg = "No token to refresh: call authenticate() first"
        raise AuthenticationError(msg, "client.not_signed_in")


class Bearer:
    """Signs an httpx client's requests in; an `httpx.Auth` by its methods."""

    requires_request_body = False
    requires_response_body = False

    def __init__(self, token: Callable[[], Operation[str]]) -> None:
        """`token` gives one that is valid."""
        self._token = token

    def __call__(self, request: httpx.Request) -> httpx.Request:
        """Sign one request of an `httpx.Client` in."""
        request.headers["Authorization"] = f"Bearer {self._token().wait()}"
        return request

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign requests of an `httpx.Client` in."""
        yield self(request)

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Sign requests of an `httpx.AsyncClient` in."""
        request.headers["Authorization"] = f"Bearer {await self._token()}"
        yield request
