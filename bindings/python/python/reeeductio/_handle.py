"""The bases of the handles on a space: one for both, and one for each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from reeeductio import _native
from reeeductio._arguments import key, named, refuse, text
from reeeductio._http import AsyncHttp, Http
from reeeductio._operation import Operation
from reeeductio._operations import Entrance, Operations
from reeeductio._status import Listeners, OnStatus
from reeeductio.crypto import decode_base64, decrypt_aes_gcm
from reeeductio.exceptions import StreamError
from reeeductio.local_store import LocalMessageStore, native_store
from reeeductio.models import Message
from reeeductio.network import Network, given
from reeeductio.streams import AsyncStream, Items
from reeeductio.topics import Position

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection


def entrance(network: Network | None = None) -> Entrance:
    """Return the operations of somebody who has no handle yet."""
    return Entrance(partial(_native.enter, given(network).native()))


def _followed(follow: Mapping[str, Position | None]) -> list[tuple[str, str | None, int | None]]:
    """Return topics and their positions as the native module takes them."""
    if not isinstance(follow, Mapping):
        refuse("follow", f"a mapping of topics to positions or None, not {named(follow)}")
    for position in follow.values():
        if position is not None and not isinstance(position, tuple | list):
            refuse("follow", f"topics, each with None or the position of a message, not {named(position)}")
    return [(topic, *(position or (None, None))) for topic, position in follow.items()]


def _without_pings(frames: list[Message | None]) -> list[Message]:
    return [frame for frame in frames if frame is not None]


class _Handle:
    """The member, its space, and the methods that need no server."""

    def __init__(
        self,
        space_id: str,
        member_id: str,
        private_key: bytes,
        symmetric_root: bytes,
        base_url: str = "http://localhost:8000",
        auto_authenticate: bool = True,
        local_store: LocalMessageStore | None = None,
        user_symmetric_key: bytes | None = None,
        *,
        network: Network | None = None,
    ) -> None:
        self.space_id = space_id
        self.member_id = member_id
        self.private_key = private_key
        self.symmetric_root = symmetric_root
        self.base_url = base_url
        self.auto_authenticate = auto_authenticate
        self.local_store = local_store
        self.user_symmetric_key = user_symmetric_key
        self.network = given(network)
        self._native = _native.Space(
            self.network.native(),
            self.network.seconds("silence"),
            text("space_id", space_id),
            text("member_id", member_id),
            key("private_key", private_key),
            key("symmetric_root", symmetric_root),
            text("base_url", base_url),
            None if user_symmetric_key is None else key("user_symmetric_key", user_symmetric_key),
            None if local_store is None else native_store(local_store),
            sign_in_by_hand=not auto_authenticate,
        )
        self._operations = Operations(self._native.run)
        # Not a method: the httpx client would hold the handle that holds it.
        self._signed_in = self._operations.token
        watch_status = self._operations.watch_status
        self._listeners = Listeners(lambda: AsyncStream(watch_status))

    def __repr__(self) -> str:
        """Show the space and the member, but no secret."""
        return f"{type(self).__name__}(space_id={self.space_id!r}, member_id={self.member_id!r})"

    @property
    def message_key(self) -> bytes:
        """The 32-byte key that the topics' keys are derived from."""
        return self._native.message_key()

    @property
    def state_key(self) -> bytes:
        """The 32-byte key of sealed state."""
        return self._native.state_key()

    @property
    def data_key(self) -> bytes:
        """The 32-byte key of sealed data entries."""
        return self._native.data_key()

    def derive_topic_key(self, topic_id: str) -> bytes:
        """Derive the 32-byte key of a topic. Rarely needed: the other methods do it themselves."""
        return self._native.topic_key(text("topic_id", topic_id))

    def decrypt_message_data(self, msg: Message, topic_id: str) -> bytes:
        """Open the data of a message that was posted with `post_encrypted_message`.

        Raises:
            DecryptionError: it does not open: it belongs to another topic, or was posted unsealed.

        Example:
            plaintext = space.decrypt_message_data(msg, 'general')
        """
        return decrypt_aes_gcm(decode_base64(msg.data), self._native.topic_key(topic_id))

    def _open_frames(self, follow: Mapping[str, Position | None] | None = None) -> Operation[Items[Message | None]]:
        topics = _followed({} if follow is None else follow)
        return self._operations.open_stream(topics, None, None, None)

    def _open_messages(self, follow: Mapping[str, Position | None] | None) -> Operation[Items[Message]]:
        return self._open_frames(follow).then(lambda items: items.map(_without_pings))


class Handle(_Handle, Http):
    """The base of `Space`."""

    def on_status(self, callback: OnStatus) -> Callable[[], None]:
        """Call a function with the status of the connection, and with each new one, in a thread of its own.

        The status is `idle`, `connecting` or `connected`. Returns a function that ends this, as `close` does; one call
        may still be running then. What the function raises goes to the logger `asyncio`.

        Example:
            end = space.on_status(lambda status: print('offline' if status == 'connecting' else 'online'))
            end()
        """
        return self._listeners.add_in_thread(callback)

    def close(self) -> None:
        """End the handle's streams and `keep_sending`, also in other threads, and release its connections.

        The handle reconnects if used again.
        """
        self._listeners.end()
        self._native.close()
        super().close()


class AsyncHandle(_Handle, AsyncHttp):
    """The base of `AsyncSpace`, with the methods that release 0.1.1 has for asyncio only."""

    def on_status(self, callback: OnStatus) -> Callable[[], None]:
        """Call a function with the status of the connection, and with each new one, in the event loop.

        The status is `idle`, `connecting` or `connected`. Returns a function that ends this, as `close` does. What the
        function raises goes to the exception handler of the loop.

        Example:
            end = space.on_status(lambda status: print('offline' if status == 'connecting' else 'online'))
            end()
        """
        return self._listeners.add(callback)

    async def close(self) -> None:
        """End the handle's streams and `keep_sending`, also in other tasks, and release its connections.

        The handle reconnects if used again.
        """
        self._listeners.end()
        self._native.close()
        await super().close()

    async def stream(self, include_pings: bool = False) -> AsyncIterator[dict[str, Any]]:
        """Return the messages of `stream_messages` as dictionaries; with `include_pings`, pings as `{"type": "ping"}`.

        Raises:
            StreamError: the stream failed.
        """
        async with AsyncStream(self._open_frames, StreamError) as frames:
            async for frame in frames:
                if frame is not None:
                    yield asdict(frame)
                elif include_pings:
                    yield {"type": "ping"}

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[ClientConnection]:
        """Open the stream's WebSocket itself: nothing is checked, and pings are not answered.

        As in release 0.1.1 its URL holds the token, so whatever logs URLs logs that. `stream_messages` sends it in the
        first frame.

        Needs the package `websockets`, whose errors become a StreamError.
        """
        from websockets.asyncio.client import connect  # noqa: PLC0415 - only programs for 0.1.1 use it
        from websockets.exceptions import WebSocketException  # noqa: PLC0415

        token = await self._operations.token()
        path = f"/spaces/{self.space_id}/stream?token={token}"
        try:
            async with connect(self.base_url.rstrip("/").replace("http", "ws", 1) + path) as connection:
                yield connection
        except WebSocketException as error:
            raise StreamError(str(error), "transport.websocket") from error
