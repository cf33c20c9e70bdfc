"""`with`, `close` and the httpx client of a handle: once for programs that wait, once for asyncio."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Self

from reeeductio._operation import Operation
from reeeductio.auth import Bearer

if TYPE_CHECKING:
    import httpx


class _Signed:
    """The attributes that every handle has."""

    base_url: str
    #: Begins to fetch a valid token.
    _signed_in: Callable[[], Operation[str]]


class Http(_Signed):
    """The base of handles for programs that wait."""

    _client: httpx.Client | None = None

    def __enter__(self) -> Self:
        """Return the handle itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the handle."""
        self.close()

    def close(self) -> None:
        """Release connections; the handle reconnects if used again."""
        if self._client is not None:
            self._client.close()
            self._client = None

    @property
    def client(self) -> httpx.Client:
        """An httpx client that is signed in, for the functions of `reeeductio.messages` and their like."""
        if self._client is None:
            import httpx  # noqa: PLC0415 - only programs for 0.1.1 use it

            self._client = httpx.Client(base_url=self.base_url, auth=Bearer(self._signed_in))
        # Programs for 0.1.1 read it there; `Bearer` renews it.
        self._client.headers["Authorization"] = f"Bearer {self._signed_in().wait()}"
        return self._client


class AsyncHttp(_Signed):
    """The base of handles for asyncio."""

    _client: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        """Return the handle itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the handle."""
        await self.close()

    async def close(self) -> None:
        """Release connections; the handle reconnects if used again."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def get_client(self) -> httpx.AsyncClient:
        """Return an httpx client that is signed in, for the functions of `reeeductio.messages` and their like."""
        if self._client is None:
            import httpx  # noqa: PLC0415 - only programs for 0.1.1 use it

            self._client = httpx.AsyncClient(base_url=self.base_url, auth=Bearer(self._signed_in))
        # Programs for 0.1.1 read it there; `Bearer` renews it.
        self._client.headers["Authorization"] = f"Bearer {await self._signed_in()}"
        return self._client
