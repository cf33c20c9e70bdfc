"""An operation of the native module, with the exceptions and models of the package."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator
from functools import partial
from typing import Any, Generic, Self, TypeVar

from reeeductio._native import Pending
from reeeductio.exceptions import ReeeductioError, also
from reeeductio.files import InLoop, Progress

Raw = TypeVar("Raw")
Result = TypeVar("Result")
Other = TypeVar("Other")


#: Whether this thread runs a program's function that changes a value.
CHANGING = threading.local()


class Operation(Generic[Result]):
    """Runs when it is waited for or awaited, once."""

    __slots__ = ("_begin", "_convert", "_kinds")

    def __init__(
        self,
        begin: Callable[[], Pending[Raw]],
        convert: Callable[[Raw], Result],
        *kinds: type[ReeeductioError],
    ) -> None:
        """`kinds` are what release 0.1.1 raised for every failure of this operation."""
        self._begin: Callable[[], Pending[Any]] = begin
        self._convert = convert
        self._kinds = kinds

    def then(self, function: Callable[[Result], Other]) -> Operation[Other]:
        """Return an operation with another result."""
        convert = self._convert
        return Operation(self._begin, lambda raw: function(convert(raw)), *self._kinds)

    def bare(self) -> Self:
        """Return the operation without the classes of release 0.1.1: for methods that it does not have."""
        self._kinds = ()
        return self

    def wait(self) -> Result:
        """Run in this thread."""
        if getattr(CHANGING, "now", False):
            msg = "a function that changes a value must not call the client: it would wait for itself"
            raise RuntimeError(msg)
        try:
            return self._convert(self._begin().wait())
        except ReeeductioError as error:
            raise self._known(error) from None

    def __await__(self) -> Generator[Any, None, Result]:
        """Run in the event loop."""
        try:
            raw = yield from self._begin().__await__()
        except ReeeductioError as error:
            raise self._known(error) from None
        return self._convert(raw)

    def _known(self, error: ReeeductioError) -> ReeeductioError:
        for kind in self._kinds:
            error = also(error, kind)
        return error


class Transfer(Operation[Result]):
    """An operation that calls `progress`: in the thread that waits, or in the event loop."""

    __slots__ = ("_progress", "_reporting")

    def __init__(
        self,
        begin: Callable[[Progress | None], Pending[Raw]],
        progress: Progress | None,
        convert: Callable[[Raw], Result],
        *kinds: type[ReeeductioError],
    ) -> None:
        """`begin` takes the function that the native module calls, from the thread that waits or from any other."""
        super().__init__(partial(begin, progress), convert, *kinds)
        self._reporting: Callable[[Progress | None], Pending[Any]] = begin
        self._progress = progress

    def __await__(self) -> Generator[Any, None, Result]:
        """Run in the event loop."""
        if self._progress is None:
            return (yield from super().__await__())
        in_loop = InLoop(self._progress)
        self._begin = partial(self._reporting, in_loop)
        result = yield from super().__await__()
        in_loop.check()
        return result


class Runner:
    """The base of the generated classes: begins operations of the native module."""

    def __init__(self, run: Callable[[str, dict[str, object]], Pending[Any]]) -> None:
        """`run` gives the operation of a name, with its arguments."""
        self._run = run
        self._process = os.getpid()

    def begin(
        self,
        name: str,
        convert: Callable[[Raw], Result],
        kinds: tuple[type[ReeeductioError], ...],
        *,
        progress: Progress | None = None,
        **arguments: object,
    ) -> Operation[Result]:
        """Return an operation that has not begun. Its connections do not come along to a forked process."""
        if os.getpid() != self._process:
            msg = "this handle was made before fork(): make a new one in the child"
            raise RuntimeError(msg)

        def start(progress: Progress | None) -> Pending[Raw]:
            return self._run(name, {**arguments, "progress": progress})

        return Transfer(start, progress, convert, *kinds)
