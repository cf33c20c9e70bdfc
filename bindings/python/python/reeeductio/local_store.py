"""The local store: credentials, what a client has seen, and its outbox, kept on this machine."""

from __future__ import annotations

import os
from dataclasses import astuple
from pathlib import Path

from reeeductio import _native
from reeeductio._answers import same
from reeeductio._arguments import named, refuse
from reeeductio._operation import Operation
from reeeductio.files import made
from reeeductio.models import Message

__all__ = ["LocalMessageStore"]

_FAR_FUTURE = 9_999_999_999_999
_PAGE = 1000


class LocalMessageStore:
    """An SQLite file with credentials, messages, the outbox, and what a `Space` has seen of its server.

    The credentials that `create`, `join` and `keep_credentials` keep in it are private keys and the symmetric root, in
    the clear: anybody who can read the file is the member. A new file can only be read by this user of the machine.
    Treat copies and backups of it like passwords, and do not share one between users.

    With it a `Space` detects a server that goes back in time, shows two histories or withholds what it showed before,
    also after a restart. Sealed content stays sealed in it.

    Messages that a program puts here are kept apart from those that a `Space` has verified: the methods here return
    both, a `Space` relies on its own only. A file of release 0.1.1 is taken over when it is opened; its messages count
    as put by a program.

    Example:
        >>> store = LocalMessageStore(":memory:")
        >>> store.count_messages()
        0
    """

    def __init__(self, db_path: str | Path) -> None:
        """Open or create the file and its folders; `~` is the home folder, and `:memory:` keeps nothing.

        `StoreError` if the file cannot be opened, `OSError` if a folder cannot be created.
        """
        self.db_path = made(db_path)
        self.native = _native.Store(self.db_path)

    def put_message(self, space_id: str, message: Message) -> None:
        """Keep a message, unverified; one that is there already stays as it is."""
        self.put_messages(space_id, [message])

    def put_messages(self, space_id: str, messages: list[Message]) -> None:
        """Keep messages, unverified, all or none."""
        records = [astuple(message)[:8] for message in messages]
        Operation(lambda: self.native.put(space_id, records), same).wait()

    def get_message(self, space_id: str, topic_id: str, message_hash: str) -> Message | None:
        """Return one message, `None` if it is not in the store."""
        found = Operation(lambda: self.native.message(space_id, topic_id, message_hash), same).wait()
        return None if found is None else Message(*found)

    def get_messages(
        self,
        space_id: str,
        topic_id: str,
        from_timestamp: int | None = None,
        to_timestamp: int | None = None,
        limit: int = 100,
    ) -> list[Message]:
        """Return messages by time (Unix milliseconds, both inclusive); newest first if `from` is after `to`.

        At most `limit`, 100 by default.
        """
        found = Operation(
            lambda: self.native.messages(space_id, topic_id, from_timestamp, to_timestamp, limit), same
        ).wait()
        return [Message(*each) for each in found]

    def get_latest_message(self, space_id: str, topic_id: str, msg_type: str | None = None) -> Message | None:
        """Return the newest message, of a type or any; `None` if there is none."""
        newest = _FAR_FUTURE
        while True:
            page = self.get_messages(space_id, topic_id, newest, 0, _PAGE)
            for each in page:
                if msg_type is None or each.type == msg_type:
                    return each
            if len(page) < _PAGE or page[-1].server_timestamp == 0:
                return None
            newest = page[-1].server_timestamp - 1

    def get_latest_timestamp(self, space_id: str, topic_id: str) -> int | None:
        """Return the time of the newest message, Unix milliseconds; `None` if there is none."""
        newest = self.get_latest_message(space_id, topic_id)
        return None if newest is None else newest.server_timestamp

    def delete_messages(self, space_id: str, topic_id: str | None = None, before_timestamp: int | None = None) -> int:
        """Forget messages of one topic or all, before a time (Unix milliseconds) or all; returns how many."""
        return Operation(lambda: self.native.delete_messages(space_id, topic_id, before_timestamp), same).wait()

    def clear(self) -> None:
        """Forget all messages and what was seen: a server can then show an older past undetected.

        Credentials and the outbox stay. `Space.forget` removes those of a space.
        """
        Operation(self.native.clear, same).wait()

    def count_messages(self, space_id: str | None = None) -> int:
        """Count the messages of one space or all."""
        return Operation(lambda: self.native.count(space_id), same).wait()


def native_store(store: LocalMessageStore) -> _native.Store:
    """Return the native store of an argument.

    Raises:
        ValidationError: it is not a `LocalMessageStore`; most likely it is the path of one.
    """
    if not isinstance(store, LocalMessageStore):
        hint = ": LocalMessageStore(path) opens the file" if isinstance(store, str | os.PathLike) else ""
        refuse("local_store", f"a LocalMessageStore, not {named(store)}{hint}")
    return store.native
