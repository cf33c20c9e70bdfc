"""Topics, with their messages opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reeeductio._arguments import word
from reeeductio.contents import Content, Opened, encoded
from reeeductio.exceptions import StreamError
from reeeductio.models import Message, MessageCreated
from reeeductio.streams import AsyncStream, Stream

if TYPE_CHECKING:
    from reeeductio._operations import Operations

__all__ = ["AsyncTopic", "Position", "Topic", "TopicMessage"]

#: The place of a message in its topic: its hash and its time.
Position = tuple[str, int]

_NEWEST = 50
_PAGE = 100


@dataclass(slots=True)
class TopicMessage(Message, Opened):
    """A message with its content: `content` (bytes or `None`), `bytes`, `text` and `json()`."""

    content: bytes | None
    """The opened content; `None` if it was not sealed with the topic's key, or does not open."""

    @property
    def position(self) -> Position:
        """Its place: pass it to `history` or `live` to continue after this message."""
        return self.message_hash, self.server_timestamp


class _Topic:
    """The base of both topics."""

    def __init__(self, operations: Operations, topic_id: str) -> None:
        self._operations = operations
        self.topic_id = topic_id

    def __repr__(self) -> str:
        """Show the topic."""
        return f"{type(self).__name__}({self.topic_id!r})"


# Generated from AsyncTopic by `cargo xtask generate --python`: edit that class.
class Topic(_Topic):
    """A topic of a space, from `space.topic(...)`. Its messages are sealed with the topic's key.

    Example:
        topic = space.topic('general')
        topic.post('chat.text', 'Hello!')
        for msg in topic.history():
            print(msg.sender, msg.text)
    """

    def post(self, kind: str, content: Content, *, prev_hash: str | None = None) -> MessageCreated:
        """Seal bytes, text or a value of JSON with the topic's key and post it. At most 76,772 bytes.

        `kind` is the message's type, a word of your program that the server can read. With `prev_hash` the message is
        appended directly after that one or not at all.

        Raises:
            ValidationError: `kind` is empty, or the content cannot be used or is too long.
            ChainError: it could not be appended; a ConflictError if `prev_hash` is not the newest.
            AuthorizationError: the member may not post to the topic.

        Example:
            space.topic('tasks').post('task.new', {'title': 'Water the plants'})
        """
        return self._operations.post(self.topic_id, word("kind", kind), encoded(content), prev_hash, sealed=True).wait()

    def history(self, after: Position | None = None) -> Stream[TopicMessage]:
        """Return a stream of the topic's messages, oldest first, every one checked: all, or those after a `position`.

        Raises:
            AuthorizationError: the member may not read the topic.
            ChainError: a message fails verification.
        """
        return Stream(lambda: self._operations.history(self.topic_id, after))

    def newest(self, count: int = _NEWEST) -> list[TopicMessage]:
        """Read the newest `count` messages, 50 by default, oldest first, every one checked.

        Raises:
            AuthorizationError: the member may not read the topic.
            ChainError: a message fails verification.
        """
        return self._operations.newest(self.topic_id, count).wait()

    def live(self, after: Position | None = None, *, from_start: bool = False) -> Stream[TopicMessage]:
        """Return a stream of the topic's messages as they are stored, none left out, also over lost connections.

        It begins now, or after the message of a `position`, or with the topic's first message. It ends when it or the
        handle is closed.

        Raises:
            StreamError: the stream ended for good, such as when the member was removed.

        Example:
            for msg in space.topic('general').live(from_start=True):
                print(msg.text)
        """
        return Stream(lambda: self._operations.live(self.topic_id, from_start, after), StreamError)

    def message(self, message_hash: str) -> TopicMessage:
        """Read one message by its hash, checked; from the local store if it is there.

        Raises:
            NotFoundError: there is no such message.
        """
        return self._operations.open_message(self.topic_id, message_hash).wait()

    def stored(self, limit: int = _PAGE) -> list[TopicMessage]:
        """Return the newest messages in the local store, oldest first, without asking the server.

        At most `limit`, 100 by default. The topic may have others. Their signatures are checked again.

        Raises:
            ValidationError: the space was opened without `local_store`.
        """
        newest_first = self._operations.stored_messages(self.topic_id, _FAR_FUTURE, 0, limit).wait()
        return newest_first[::-1]


class AsyncTopic(_Topic):
    """A topic of a space, from `space.topic(...)`. Its messages are sealed with the topic's key.

    Example:
        topic = space.topic('general')
        await topic.post('chat.text', 'Hello!')
        async for msg in topic.history():
            print(msg.sender, msg.text)
    """

    async def post(self, kind: str, content: Content, *, prev_hash: str | None = None) -> MessageCreated:
        """Seal bytes, text or a value of JSON with the topic's key and post it. At most 76,772 bytes.

        `kind` is the message's type, a word of your program that the server can read. With `prev_hash` the message is
        appended directly after that one or not at all.

        Raises:
            ValidationError: `kind` is empty, or the content cannot be used or is too long.
            ChainError: it could not be appended; a ConflictError if `prev_hash` is not the newest.
            AuthorizationError: the member may not post to the topic.

        Example:
            await space.topic('tasks').post('task.new', {'title': 'Water the plants'})
        """
        return await self._operations.post(self.topic_id, word("kind", kind), encoded(content), prev_hash, sealed=True)

    def history(self, after: Position | None = None) -> AsyncStream[TopicMessage]:
        """Return a stream of the topic's messages, oldest first, every one checked: all, or those after a `position`.

        Raises:
            AuthorizationError: the member may not read the topic.
            ChainError: a message fails verification.
        """
        return AsyncStream(lambda: self._operations.history(self.topic_id, after))

    async def newest(self, count: int = _NEWEST) -> list[TopicMessage]:
        """Read the newest `count` messages, 50 by default, oldest first, every one checked.

        Raises:
            AuthorizationError: the member may not read the topic.
            ChainError: a message fails verification.
        """
        return await self._operations.newest(self.topic_id, count)

    def live(self, after: Position | None = None, *, from_start: bool = False) -> AsyncStream[TopicMessage]:
        """Return a stream of the topic's messages as they are stored, none left out, also over lost connections.

        It begins now, or after the message of a `position`, or with the topic's first message. It ends when it or the
        handle is closed.

        Raises:
            StreamError: the stream ended for good, such as when the member was removed.

        Example:
            async for msg in space.topic('general').live(from_start=True):
                print(msg.text)
        """
        return AsyncStream(lambda: self._operations.live(self.topic_id, from_start, after), StreamError)

    async def message(self, message_hash: str) -> TopicMessage:
        """Read one message by its hash, checked; from the local store if it is there.

        Raises:
            NotFoundError: there is no such message.
        """
        return await self._operations.open_message(self.topic_id, message_hash)

    async def stored(self, limit: int = _PAGE) -> list[TopicMessage]:
        """Return the newest messages in the local store, oldest first, without asking the server.

        At most `limit`, 100 by default. The topic may have others. Their signatures are checked again.

        Raises:
            ValidationError: the space was opened without `local_store`.
        """
        newest_first = await self._operations.stored_messages(self.topic_id, _FAR_FUTURE, 0, limit)
        return newest_first[::-1]


_FAR_FUTURE = 9_999_999_999_999
