"""An open stream of messages."""

from __future__ import annotations

from reeeductio import _native
from reeeductio._answers import same
from reeeductio._operation import Operation
from reeeductio.exceptions import StreamError
from reeeductio.models import Message

#: A message, or `None` for a ping of the server.
Frame = tuple[Message | None]


class Stream:
    """The stream of the native module, with the exceptions and models of the package."""

    def __init__(self, native: _native.Stream) -> None:
        self._native = native

    def next(self) -> Operation[Frame | None]:
        """Give the next frame, `None` after the last one."""
        return Operation(self._native.next, _frame, StreamError)

    def close(self) -> Operation[None]:
        """Close the connection."""
        return Operation(self._native.close, same)


def _frame(raw: tuple[tuple[str, str, str, str, str, str, str | None, int] | None] | None) -> Frame | None:
    if raw is None:
        return None
    return (None if raw[0] is None else Message(*raw[0]),)
