"""The outbox: messages that are kept on this machine until the server has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reeeductio._arguments import word
from reeeductio.contents import Content, encoded
from reeeductio.models import MessageCreated

if TYPE_CHECKING:
    from reeeductio._operations import Operations

__all__ = ["AsyncOutbox", "Outbox", "SentMessage", "WaitingMessage"]

_PAGE = 100


@dataclass(slots=True)
class WaitingMessage:
    """A message that waits to be sent."""

    number: int
    """Its number in the outbox."""
    topic_id: str
    """Its topic."""
    type: str
    """A word of the program."""


@dataclass(slots=True)
class SentMessage:
    """A message that was sent."""

    number: int
    """Its number in the outbox."""
    created: MessageCreated
    """Its hash and its time on the server."""


class _Outbox:
    """The base of both outboxes."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations


# Generated from AsyncOutbox by `cargo xtask generate --python`: edit that class.
class Outbox(_Outbox):
    """The outbox of a space that was opened with `local_store`: each message is stored once, also after a crash.

    Nothing is sent until you call `send`, or while `keep_sending` runs.

    Example:
        space.outbox.add('general', 'chat.text', 'Hello!')
        space.outbox.send()
    """

    def add(self, topic_id: str, kind: str, content: Content) -> int:
        """Seal bytes, text or a value of JSON with the topic's key and keep it; returns its number.

        When this returns, the message survives a loss of power.

        Raises:
            ValidationError: the space was opened without `local_store`, or `kind` is empty.
        """
        return self._operations.add_to_outbox(topic_id, word("kind", kind), encoded(content), sealed=True).wait()

    def waiting(self, limit: int = _PAGE) -> list[WaitingMessage]:
        """Return the messages that wait, oldest first: at most `limit`, 100 by default."""
        return self._operations.outbox(limit).wait()

    def discard(self, number: int) -> None:
        """Remove a message without sending it. If sending had begun, it may have been stored."""
        self._operations.discard_from_outbox(number).wait()

    def send(self) -> list[SentMessage]:
        """Send all messages that wait, each topic in order. After an exception those that were not sent still wait.

        A message that the server refuses for good holds up its own topic only. The exception names it, in
        `details["number"]`: `discard` it to go on.

        Raises:
            NetworkError: the server cannot be reached.
            AuthorizationError: the member may not post a message.
        """
        return self._operations.send_outbox().wait()

    def keep_sending(self) -> None:
        """Send messages that wait and messages that are added, and try again when the network fails.

        It returns when the handle is closed. Run it in a thread of its own.

        Raises:
            ReeeductioError: the server refuses a message for good, such as an AuthorizationError; see `send`.
        """
        self._operations.keep_sending().wait()


class AsyncOutbox(_Outbox):
    """The outbox of a space that was opened with `local_store`: each message is stored once, also after a crash.

    Nothing is sent until you call `send`, or while `keep_sending` runs.

    Example:
        await space.outbox.add('general', 'chat.text', 'Hello!')
        await space.outbox.send()
    """

    async def add(self, topic_id: str, kind: str, content: Content) -> int:
        """Seal bytes, text or a value of JSON with the topic's key and keep it; returns its number.

        When this returns, the message survives a loss of power.

        Raises:
            ValidationError: the space was opened without `local_store`, or `kind` is empty.
        """
        return await self._operations.add_to_outbox(topic_id, word("kind", kind), encoded(content), sealed=True)

    async def waiting(self, limit: int = _PAGE) -> list[WaitingMessage]:
        """Return the messages that wait, oldest first: at most `limit`, 100 by default."""
        return await self._operations.outbox(limit)

    async def discard(self, number: int) -> None:
        """Remove a message without sending it. If sending had begun, it may have been stored."""
        await self._operations.discard_from_outbox(number)

    async def send(self) -> list[SentMessage]:
        """Send all messages that wait, each topic in order. After an exception those that were not sent still wait.

        A message that the server refuses for good holds up its own topic only. The exception names it, in
        `details["number"]`: `discard` it to go on.

        Raises:
            NetworkError: the server cannot be reached.
            AuthorizationError: the member may not post a message.
        """
        return await self._operations.send_outbox()

    async def keep_sending(self) -> None:
        """Send messages that wait and messages that are added, and try again when the network fails.

        It returns when the handle is closed. Run it in a task of its own.

        Raises:
            ReeeductioError: the server refuses a message for good, such as an AuthorizationError; see `send`.
        """
        await self._operations.keep_sending()
