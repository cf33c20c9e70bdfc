"""Files and file objects as sources of blobs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

__all__ = ["FileLike", "Progress", "Readable"]

#: Is called with the bytes transferred so far, 28 for the seal included, and the bytes in all if that is known.
Progress = Callable[[int, int | None], Any]


class Readable(Protocol):
    """A binary file object that can go back to its beginning."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, at most `size`; none at the end."""

    def seek(self, offset: int, whence: int, /) -> int:
        """Go to a position and return it."""


#: A path, or a binary file object that can seek.
FileLike = str | os.PathLike[str] | Readable


@contextmanager
def opened(file: FileLike) -> Iterator[Readable]:
    """Return a file object, open while it is needed. `OSError` if a path cannot be opened."""
    if isinstance(file, str | os.PathLike):
        with Path(file).expanduser().open("rb") as source:
            yield source
    else:
        yield file


def made(path: str | os.PathLike[str]) -> Path:
    """Return the path of a file that is to be written, in a folder that exists; `~` is the user's own."""
    expanded = Path(path).expanduser()
    expanded.parent.mkdir(parents=True, exist_ok=True)
    return expanded


class InLoop:
    """Calls a program's function in its event loop, from any thread. An exception ends the transfer."""

    def __init__(self, call: Progress) -> None:
        """`call` is called in the loop that runs now."""
        self._call = call
        self._loop = asyncio.get_running_loop()
        self._raised: BaseException | None = None

    def __call__(self, done: int, total: int | None) -> None:
        """Have the function called soon."""
        self.check()
        self._loop.call_soon_threadsafe(self._run, done, total)

    def check(self) -> None:
        """Raise what the function raised."""
        if self._raised is not None:
            raise self._raised

    def _run(self, done: int, total: int | None) -> None:
        if self._raised is None:
            try:
                self._call(done, total)
            except BaseException as raised:  # noqa: BLE001 - it is raised where the transfer is awaited
                self._raised = raised
