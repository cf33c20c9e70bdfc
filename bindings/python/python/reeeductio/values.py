"""Values of the state, the data and the user's own data, opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reeeductio._operation import CHANGING
from reeeductio.contents import Content, Opened, encoded
from reeeductio.streams import AsyncStream, Stream

if TYPE_CHECKING:
    from reeeductio._operations import Operations

__all__ = ["AsyncValues", "Value", "Values"]

_REMOVES = ": delete() removes a value"


@dataclass(slots=True)
class Value(Opened):
    """A value with its path: `content` (bytes or `None`), `bytes`, `text` and `json()`."""

    path: str
    """Its path."""
    data: str
    """The value as it is stored, in base64; empty if it was removed."""
    author: str | None
    """The id of the member that wrote it; `None` if only the server claims the removal, which is unsigned."""
    time: int | None
    """When it was written, Unix milliseconds; `None` if only the server claims the removal, which is unsigned."""
    content: bytes | None
    """The opened content; `None` if the value was removed, or does not open with the key for its place."""

    @property
    def is_removed(self) -> bool:
        """Whether nothing is there any more."""
        return not self.data


class _Values:
    """The base of both."""

    def __init__(self, operations: Operations, kind: str) -> None:
        self._operations = operations
        self._kind = kind

    def __repr__(self) -> str:
        """Show which values they are."""
        return f"{type(self).__name__}({self._kind!r})"


# Generated from AsyncValues by `cargo xtask generate --python`: edit that class.
class Values(_Values):
    """Values at paths, from `space.state`, `space.data` or `space.user_data`. They are sealed and opened automatically.

    State keeps its history, and each change of it is a message; data and the user's own data keep the newest value.

    Example:
        space.data.set('tasks/1', {'title': 'Water the plants', 'done': False})
        for task in space.data.list('tasks'):
            print(task.path, task.json())
    """

    def get(self, path: str) -> Value | None:
        """Read the value at a path, checked; `None` if nothing is there.

        Raises:
            AuthorizationError: the member may not read it.
            IntegrityError: it fails verification.
        """
        return first(self._operations.value(self._kind, path).wait())

    def set(self, path: str, content: Content) -> None:
        """Seal bytes, text or a value of JSON and set it. Of concurrent writes the last one stays.

        `None` is refused, because it means no value: `delete` removes one. Within a list or an object it is JSON's
        null.

        Raises:
            AuthorizationError: the member may not write there.
            ValidationError: the content or the path cannot be used; it is too long, or `None`.

        Example:
            space.state.set('profiles/alice', {'name': 'Alice'})
        """
        if self._kind == "state":
            self._operations.set_state(path, encoded(content, _REMOVES), None, sealed=True, key=None).bare().wait()
        elif self._kind == "data":
            self._operations.set_data(path, encoded(content, _REMOVES), sealed=True, key=None).bare().wait()
        else:
            self._operations.set_user_data(path, encoded(content, _REMOVES)).bare().wait()

    def delete(self, path: str) -> None:
        """Remove the value at a path; nothing happens if there is none.

        Raises:
            AuthorizationError: the member may not delete there.
        """
        if self._kind == "state":
            self._operations.delete_state(path).bare().wait()
        elif self._kind == "data":
            self._operations.delete_data(path).bare().wait()
        else:
            self._operations.delete_user_data(path).bare().wait()

    def list(self, prefix: str = "") -> list[Value]:
        """Return the values at a path and below it, sorted by path, every one checked. Below `a` is `a/b`, not `ab`.

        Values that the member may not read are left out.

        Raises:
            AuthorizationError: the member may read nothing there.
            IntegrityError: a value fails verification.
            ReeeductioError: `client.unsupported`: a published server has no listing of data.
        """
        return self._operations.list_values(self._kind, prefix).wait()

    def watch(self, prefix: str = "") -> Stream[Value]:
        """Return a stream of the values at a path and below it, and then of each change.

        A value that was removed has `is_removed`. You may miss intermediate values, but always get the latest. Values
        that the member may not read are left out.

        The stream reconnects when the connection is lost or the server is busy. It ends when it or the handle is
        closed, or with any error but an IntegrityError.

        Raises:
            IntegrityError: a value fails verification; the stream goes on with the next one.
            NetworkError: the server cannot be reached when the stream opens; the next attempt opens it again.
            AuthorizationError: the member may read nothing there.
            AuthenticationError: the member was removed; the stream has ended.
            ReeeductioError: `client.unsupported`: a published server does not tell changes of data.

        Example:
            for task in space.data.watch('tasks'):
                print(task.path, 'removed' if task.is_removed else task.json())
        """
        return Stream(lambda: self._operations.watch_values(self._kind, prefix))

    def update(self, path: str, change: Callable[[Value | None], Content | None]) -> None:
        """Set the value at a path to what a function returns for the current one.

        `None` stands for no value: the function gets it where nothing is, and returns it to delete the value. If
        somebody else writes the same path meanwhile, the function is called again with the new value. It must return
        soon and have no side effects; it may be called in another thread. An exception that it raises ends the
        update.

        Raises:
            ConflictError: others were faster again and again.
            AuthorizationError: the member may not write there.

        Example:
            space.data.update('counter', lambda old: 1 if old is None else old.json() + 1)
        """
        self._operations.update_value(self._kind, path, changing(path, change)).wait()

    def stored(self, path: str) -> Value | None:
        """Return the value at a path as it was seen last, without asking the server; `None` if none was seen.

        Raises:
            ValidationError: the space was opened without `local_store`.
        """
        return first(self._operations.stored_value(self._kind, path).wait())


class AsyncValues(_Values):
    """Values at paths, from `space.state`, `space.data` or `space.user_data`. They are sealed and opened automatically.

    State keeps its history, and each change of it is a message; data and the user's own data keep the newest value.

    Example:
        await space.data.set('tasks/1', {'title': 'Water the plants', 'done': False})
        for task in await space.data.list('tasks'):
            print(task.path, task.json())
    """

    async def get(self, path: str) -> Value | None:
        """Read the value at a path, checked; `None` if nothing is there.

        Raises:
            AuthorizationError: the member may not read it.
            IntegrityError: it fails verification.
        """
        return first(await self._operations.value(self._kind, path))

    async def set(self, path: str, content: Content) -> None:
        """Seal bytes, text or a value of JSON and set it. Of concurrent writes the last one stays.

        `None` is refused, because it means no value: `delete` removes one. Within a list or an object it is JSON's
        null.

        Raises:
            AuthorizationError: the member may not write there.
            ValidationError: the content or the path cannot be used; it is too long, or `None`.

        Example:
            await space.state.set('profiles/alice', {'name': 'Alice'})
        """
        if self._kind == "state":
            await self._operations.set_state(path, encoded(content, _REMOVES), None, sealed=True, key=None).bare()
        elif self._kind == "data":
            await self._operations.set_data(path, encoded(content, _REMOVES), sealed=True, key=None).bare()
        else:
            await self._operations.set_user_data(path, encoded(content, _REMOVES)).bare()

    async def delete(self, path: str) -> None:
        """Remove the value at a path; nothing happens if there is none.

        Raises:
            AuthorizationError: the member may not delete there.
        """
        if self._kind == "state":
            await self._operations.delete_state(path).bare()
        elif self._kind == "data":
            await self._operations.delete_data(path).bare()
        else:
            await self._operations.delete_user_data(path).bare()

    async def list(self, prefix: str = "") -> list[Value]:
        """Return the values at a path and below it, sorted by path, every one checked. Below `a` is `a/b`, not `ab`.

        Values that the member may not read are left out.

        Raises:
            AuthorizationError: the member may read nothing there.
            IntegrityError: a value fails verification.
            ReeeductioError: `client.unsupported`: a published server has no listing of data.
        """
        return await self._operations.list_values(self._kind, prefix)

    def watch(self, prefix: str = "") -> AsyncStream[Value]:
        """Return a stream of the values at a path and below it, and then of each change.

        A value that was removed has `is_removed`. You may miss intermediate values, but always get the latest. Values
        that the member may not read are left out.

        The stream reconnects when the connection is lost or the server is busy. It ends when it or the handle is
        closed, or with any error but an IntegrityError.

        Raises:
            IntegrityError: a value fails verification; the stream goes on with the next one.
            NetworkError: the server cannot be reached when the stream opens; the next attempt opens it again.
            AuthorizationError: the member may read nothing there.
            AuthenticationError: the member was removed; the stream has ended.
            ReeeductioError: `client.unsupported`: a published server does not tell changes of data.

        Example:
            async for task in space.data.watch('tasks'):
                print(task.path, 'removed' if task.is_removed else task.json())
        """
        return AsyncStream(lambda: self._operations.watch_values(self._kind, prefix))

    async def update(self, path: str, change: Callable[[Value | None], Content | None]) -> None:
        """Set the value at a path to what a function returns for the current one.

        `None` stands for no value: the function gets it where nothing is, and returns it to delete the value. If
        somebody else writes the same path meanwhile, the function is called again with the new value. It must return
        soon and have no side effects; it may be called in another thread. An exception that it raises ends the
        update.

        Raises:
            ConflictError: others were faster again and again.
            AuthorizationError: the member may not write there.

        Example:
            await space.data.update('counter', lambda old: 1 if old is None else old.json() + 1)
        """
        await self._operations.update_value(self._kind, path, changing(path, change))

    async def stored(self, path: str) -> Value | None:
        """Return the value at a path as it was seen last, without asking the server; `None` if none was seen.

        Raises:
            ValidationError: the space was opened without `local_store`.
        """
        return first(await self._operations.stored_value(self._kind, path))


def first(values: list[Value]) -> Value | None:
    """Return the only value, if there is one."""
    return values[0] if values else None


def changing(
    path: str, change: Callable[[Value | None], Content | None]
) -> Callable[[bytes | None], bytes | str | None]:
    """Return the function of bytes for a function of values."""

    def changed(old: bytes | None) -> bytes | str | None:
        CHANGING.now = True
        try:
            new = change(None if old is None else Value(path, "", None, None, old))
        finally:
            CHANGING.now = False
        return None if new is None else encoded(new)

    return changed
