# Generated from _async_state.py by `cargo xtask generate --python`: edit that file.
"""Reading and setting state, for programs that wait: a base of `Space`."""

from __future__ import annotations

from reeeductio._answers import text
from reeeductio._handle import Handle
from reeeductio.models import Message, MessageCreated
from reeeductio.values import Values


class SpaceState(Handle):
    """Reading and setting state."""

    @property
    def state(self) -> Values:
        """The shared state, with its history: each change of it is a message."""
        return Values(self._operations, "state")

    def get_plaintext_state(self, path: str) -> str:
        """Read the value at a state path as text; it is empty if it was deleted.

        Raises:
            NotFoundError: nothing was ever set there.
            ChainError: the entry fails verification.

        Example:
            profile = space.get_plaintext_state('profiles/alice')
        """
        return text(self._operations.state_value(path).wait())

    def get_encrypted_state(self, path: str, key: bytes | None = None) -> str:
        """Read and open the value at a state path, with the space's state key or a 32-byte key of your own.

        It is empty if it was deleted.

        Raises:
            NotFoundError: nothing was ever set there.
            DecryptionError: it does not open.
        """
        return text(self._operations.open_state(path, key).wait())

    def set_plaintext_state(self, path: str, data: str, prev_hash: str | None = None) -> MessageCreated:
        """Set text at a state path: at most 76,800 bytes in UTF-8. The server can read it.

        With `prev_hash`, the newest message of the topic `state`, it is set only if nobody wrote any state since.

        Raises:
            ChainError: it could not be appended.
            AuthorizationError: the member may not write there.

        Example:
            space.set_plaintext_state('profiles/alice', '{"name": "Alice"}')
        """
        return self._operations.set_state(path, data, prev_hash, sealed=False, key=None).wait()

    def set_encrypted_state(
        self, path: str, data: str, prev_hash: str | None = None, key: bytes | None = None
    ) -> MessageCreated:
        """Seal text and set it at a state path, with the space's state key or a 32-byte key of your own.

        At most 76,772 bytes in UTF-8. Otherwise like `set_plaintext_state`.

        Raises:
            ChainError: it could not be appended; a ConflictError if `prev_hash` is not the newest.
            AuthorizationError: the member may not write there.

        Example:
            space.set_encrypted_state('profiles/alice', '{"name": "Alice"}')
        """
        return self._operations.set_state(path, data, prev_hash, sealed=True, key=key).wait()

    def delete_state(self, path: str) -> MessageCreated:
        """Delete the value at a state path: what is read there then is empty, and the history stays.

        Raises:
            ChainError: it could not be appended.
            AuthorizationError: the member may not delete there.
        """
        return self._operations.delete_state(path).wait()

    def get_state_history(
        self, from_timestamp: int | None = None, to_timestamp: int | None = None, limit: int = 100
    ) -> list[Message]:
        """Read all changes of state, every one checked. `type` is the path, and empty data a deletion.

        Parameters are those of `get_messages`; with `from_timestamp` after `to_timestamp` the newest come first. Every
        member may read this.

        Raises:
            ChainError: an entry fails verification.
        """
        return self._operations.state_history(from_timestamp, to_timestamp, limit).wait()
