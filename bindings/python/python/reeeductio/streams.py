"""Streams: items that come one by one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from reeeductio._operation import Operation
from reeeductio.exceptions import ReeeductioError

if TYPE_CHECKING:
    from reeeductio import _native

Item = TypeVar("Item")
Other = TypeVar("Other")

__all__ = ["AsyncStream", "Stream"]


class Items(Generic[Item]):
    """A stream of the native module that is open."""

    def __init__(self, native: _native.Stream, convert: Callable[[Any], list[Item]]) -> None:
        """`convert` gives the items of an answer."""
        self._native = native
        self._convert = convert

    def next(self, kinds: tuple[type[ReeeductioError], ...]) -> Operation[list[Item] | None]:
        """Return the next items, `None` after the last ones."""

        def converted(answer: tuple[Any] | None) -> list[Item] | None:
            return None if answer is None else self._convert(answer[0])

        return Operation(self._native.next, converted, *kinds)

    def close(self) -> Operation[None]:
        """Close the stream."""
        return Operation(self._native.close, lambda none: none)

    def map(self, function: Callable[[list[Item]], list[Other]]) -> Items[Other]:
        """Return the stream with other items."""
        convert = self._convert
        return Items(self._native, lambda answer: function(convert(answer)))


class _Stream(Generic[Item]):
    """The base of both streams."""

    def __init__(self, opening: Callable[[], Operation[Items[Item]]], *kinds: type[ReeeductioError]) -> None:
        """Take the function that opens the stream, and the kinds of its errors."""
        self._opening = opening
        self._kinds = kinds
        self._items: Items[Item] | None = None
        self._ready: deque[Item] = deque()
        self._closed = False


class AsyncStream(_Stream[Item]):
    """Items as they come, for asyncio; an asynchronous iterator. It opens when its first item is asked for.

    If the wait for an item is cancelled, as by `asyncio.timeout`, nothing is lost: the next wait continues. Close the
    stream with `aclose`, or use it in an `async with` block.

    Example:
        async with space.topic('general').live() as stream:
            async for msg in stream:
                print(msg.sender, msg.text)
    """

    _waiting: asyncio.Task[list[Item] | None] | None = None
    _taken = False

    def __aiter__(self) -> Self:
        """Return the stream itself."""
        return self

    async def __anext__(self) -> Item:
        """Return the next item."""
        if self._taken:
            msg = "another task waits for the next item of this stream"
            raise RuntimeError(msg)
        self._taken = True
        try:
            while not self._ready:
                items = None if self._closed else await self._next()
                if items is None:
                    raise StopAsyncIteration
                self._ready.extend(items)
            return self._ready.popleft()
        finally:
            self._taken = False

    async def _next(self) -> list[Item] | None:
        task = self._waiting
        if task is None:
            task = self._waiting = asyncio.create_task(self._step())
        try:
            items = await asyncio.shield(task)
        except BaseException as error:
            # If only this wait was cancelled, the next one takes what the task brings, even if it has ended by now.
            if task.cancelled() or not isinstance(error, asyncio.CancelledError):
                self._waiting = None
            if self._closed and task.cancelled():
                # Another task has closed the stream.
                return None
            raise
        self._waiting = None
        return items

    async def _step(self) -> list[Item] | None:
        if self._items is None:
            self._items = await self._opening()
        return await self._items.next(self._kinds)

    async def aclose(self) -> None:
        """Close the stream: a loop over it ends."""
        self._closed = True
        self._ready.clear()
        if self._waiting is not None:
            self._waiting.cancel()
            await asyncio.wait([self._waiting])
            self._waiting = None
        if self._items is not None:
            await self._items.close()
            self._items = None

    async def __aenter__(self) -> Self:
        """Return the stream itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the stream."""
        await self.aclose()


class Stream(_Stream[Item]):
    """Items as they come; an iterator that waits for each. It opens when its first item is asked for.

    Close it with `close`, or use it in a `with` block. An exception such as that of Ctrl-C loses no item.

    Example:
        with space.topic('general').live() as stream:
            for msg in stream:
                print(msg.sender, msg.text)
    """

    def __iter__(self) -> Self:
        """Return the stream itself."""
        return self

    def __next__(self) -> Item:
        """Wait for the next item."""
        while not self._ready:
            if self._closed:
                raise StopIteration
            if self._items is None:
                self._items = self._opening().wait()
            items = self._items.next(self._kinds).wait()
            if items is None:
                raise StopIteration
            self._ready.extend(items)
        return self._ready.popleft()

    def close(self) -> None:
        """Close the stream: a loop over it ends."""
        self._closed = True
        self._ready.clear()
        if self._items is not None:
            self._items.close().wait()
            self._items = None

    def __enter__(self) -> Self:
        """Return the stream itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the stream."""
        self.close()
