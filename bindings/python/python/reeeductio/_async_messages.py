"""Posting, reading and following messages, for asyncio: a base of `AsyncSpace`."""

from __future__ import annotations

from collections.abc import Mapping

from reeeductio._answers import ascending
from reeeductio._handle import AsyncHandle
from reeeductio.exceptions import StreamError
from reeeductio.models import Message, MessageCreated
from reeeductio.streams import AsyncStream
from reeeductio.topics import AsyncTopic, Position


class AsyncSpaceMessages(AsyncHandle):
    """Posting, reading and following messages."""

    def topic(self, topic_id: str) -> AsyncTopic:
        """Return a topic, whose messages are sealed and opened automatically.

        Raises:
            ValidationError: the name cannot be a topic's.

        Example:
            await space.topic('general').post('chat.text', 'Hello!')
        """
        # Only to check the name here, not where the topic is used.
        self.derive_topic_key(topic_id)
        return AsyncTopic(self._operations, topic_id)

    def live(self, *, follow: Mapping[str, Position | None] | None = None) -> AsyncStream[Message]:
        """Return a stream of every message stored from now on that the member may read, checked, none left out.

        It connects when the first message is asked for, and again when the connection is lost. Changes of state are
        included, in the topic `state`. It ends when it or the handle is closed. If you leave the loop early, use the
        stream in an `async with` block, which closes it.

        Args:
            follow: Topics whose stored messages are included: those after a position (hash and time of a message), or
                all of them with `None`.

        Raises:
            StreamError: the stream ended for good, such as when the member was removed.

        Example:
            async for msg in space.live(follow={'general': None}):
                if msg.topic_id == 'general':
                    print(space.decrypt_message_data(msg, msg.topic_id))
        """
        return AsyncStream(lambda: self._open_messages(follow), StreamError)

    def stream_messages(self) -> AsyncStream[Message]:
        """Return the messages of `live`, under the name of release 0.1.1.

        Raises:
            StreamError: the stream ended for good, such as when the member was removed.

        Example:
            async for msg in space.stream_messages():
                if msg.topic_id == 'general':
                    print(space.decrypt_message_data(msg, msg.topic_id))
        """
        return self.live()

    async def get_messages(
        self,
        topic_id: str,
        from_timestamp: int | None = None,
        to_timestamp: int | None = None,
        limit: int = 100,
        use_cache: bool = True,
        validate_chain: bool = True,
    ) -> list[Message]:
        """Read messages of a topic, oldest first. Everything is checked: order, hashes, signatures and rights.

        Times are Unix milliseconds, both inclusive; with `from_timestamp` after `to_timestamp` it returns the newest of
        the range. `limit` is 1 to 1000. `use_cache` and `validate_chain` are for programs for 0.1.1: the checks are
        always made, and the server always asked. Without `validate_chain` the newest of a range come newest first.

        Raises:
            AuthorizationError: the member may not read the topic.
            ChainError: a message fails verification.

        Example:
            msgs = await space.get_messages('general', limit=50)
        """
        del use_cache
        page = await self._operations.messages(topic_id, from_timestamp, to_timestamp, limit)
        return ascending(page) if validate_chain else page

    async def get_message(self, topic_id: str, message_hash: str, use_cache: bool = True) -> Message:
        """Read one message by its hash, checked; from the local store if it is there and `use_cache`.

        Raises:
            NotFoundError: there is no such message.
        """
        return await self._operations.message(topic_id, message_hash, use_cache)

    async def post_message(
        self, topic_id: str, msg_type: str, data: bytes, prev_hash: str | None = None
    ) -> MessageCreated:
        """Post bytes as they are: the server can read them. At most 76,800 bytes.

        A topic begins with its first message; its name has 2 to 64 characters of `a-z`, `0-9`, `-` and `_`, with a
        letter or digit first and last. A type has at most 512 bytes.

        Without `prev_hash` the message is appended after the newest one, and the post is repeated while others are
        faster. With it, the message is appended directly after that one or not at all.

        Raises:
            ChainError: it could not be appended; a ConflictError if `prev_hash` is not the newest.
            AuthorizationError: the member may not post to the topic.

        Example:
            result = await space.post_message('general', 'chat.text', b'for everybody')
        """
        return await self._operations.post(topic_id, msg_type, data, prev_hash, sealed=False)

    async def post_encrypted_message(
        self, topic_id: str, msg_type: str, data: bytes, prev_hash: str | None = None
    ) -> MessageCreated:
        """Seal bytes with the topic's key and post them. At most 76,772 bytes. Otherwise like `post_message`.

        Raises:
            ChainError: it could not be appended; a ConflictError if `prev_hash` is not the newest.
            AuthorizationError: the member may not post to the topic.

        Example:
            result = await space.post_encrypted_message('general', 'chat.text', b'Hello!')
        """
        return await self._operations.post(topic_id, msg_type, data, prev_hash, sealed=True)
