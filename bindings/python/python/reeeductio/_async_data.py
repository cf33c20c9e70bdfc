"""Reading and setting data, for asyncio: a base of `AsyncSpace`."""

from __future__ import annotations

from reeeductio._handle import AsyncHandle
from reeeductio.models import DataEntry
from reeeductio.values import AsyncValues


class AsyncSpaceData(AsyncHandle):
    """Reading and setting data."""

    @property
    def data(self) -> AsyncValues:
        """The shared data: the newest value at each path."""
        return AsyncValues(self._operations, "data")

    @property
    def user_data(self) -> AsyncValues:
        """The user's own data, which other members cannot open; needs `user_symmetric_key`."""
        return AsyncValues(self._operations, "user_data")

    async def get_plaintext_data(self, path: str) -> bytes:
        """Read a value of the key-value store, its signature and its signer's right checked.

        Raises:
            NotFoundError: nothing is there.
            ChainError: the value fails verification, or is older than one seen before.
        """
        return await self._operations.data_value(path)

    async def get_encrypted_data(self, path: str, key: bytes | None = None) -> bytes:
        """Read and open a value, with the space's data key or a 32-byte key of your own.

        Raises:
            NotFoundError: nothing is there.
            DecryptionError: it does not open.
        """
        return await self._operations.open_data(path, key)

    async def set_plaintext_data(self, path: str, data: bytes) -> int:
        """Set a value and return the time it was signed with, Unix milliseconds. The server can read it.

        At most 1,050,000 bytes. Of two writers the one with the later time wins.

        Raises:
            AuthorizationError: the member may not write there.
            ValidationError: this machine's clock is more than a minute off, or there is an entry with a later time.
        """
        return await self._operations.set_data(path, data, sealed=False, key=None)

    async def set_encrypted_data(self, path: str, data: bytes, key: bytes | None = None) -> int:
        """Seal and set a value, and return the time it was signed with, Unix milliseconds.

        With the space's data key or a 32-byte key of your own. At most 1,049,972 bytes. Otherwise like
        `set_plaintext_data`.

        Raises:
            AuthorizationError: the member may not write there.

        Example:
            await space.set_encrypted_data('presence/alice', b'online')
        """
        return await self._operations.set_data(path, data, sealed=True, key=key)

    async def get_data_entry(self, path: str) -> DataEntry:
        """Read a value as it was signed: who wrote it and when. Sealed data stays sealed.

        Raises:
            NotFoundError: nothing is there.
            ChainError: the value fails verification, or is older than one seen before.
        """
        return await self._operations.data_entry(path)

    async def delete_data(self, path: str) -> None:
        """Remove a value; removing what is not there succeeds.

        Raises:
            AuthorizationError: the member may not delete there.
        """
        await self._operations.delete_data(path)

    async def get_encrypted_user_data(self, path: str) -> bytes:
        """Read and open a value that only this user can open. It is stored at `user/{member_id}/{path}`.

        Raises:
            ValidationError: the space was opened without `user_symmetric_key`.
            NotFoundError: nothing is there.
        """
        return await self._operations.open_user_data(path)

    async def set_encrypted_user_data(self, path: str, data: bytes) -> int:
        """Seal a value so that only this user can open it, and return the time it was signed with, Unix milliseconds.

        It is stored at `user/{member_id}/{path}`, where the user needs the right to write.

        Raises:
            ValidationError: the space was opened without `user_symmetric_key`.
        """
        return await self._operations.set_user_data(path, data)
