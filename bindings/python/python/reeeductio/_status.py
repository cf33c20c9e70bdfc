"""Functions of a program that are told of the status of the connection."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from reeeductio.models import Status
from reeeductio.streams import AsyncStream

__all__ = ["Listeners", "OnStatus"]

#: Is called with each status.
OnStatus = Callable[[Status], object]


class Listeners:
    """The functions that one handle tells."""

    def __init__(self, statuses: Callable[[], AsyncStream[Status]]) -> None:
        """`statuses` gives a stream of the status and its changes."""
        self._statuses = statuses
        self._tasks: dict[asyncio.Task[None], asyncio.AbstractEventLoop] = {}

    def add(self, call: OnStatus) -> Callable[[], None]:
        """Have a function called in the event loop that runs now; the function that is returned ends it."""
        return partial(self._end, self._begin(asyncio.get_running_loop(), call))

    def add_in_thread(self, call: OnStatus) -> Callable[[], None]:
        """Have a function called in a thread of its own; the function that is returned ends it."""
        loop = asyncio.new_event_loop()
        task = self._begin(loop, call)

        def run() -> None:
            with suppress(asyncio.CancelledError):
                loop.run_until_complete(task)
            loop.close()

        threading.Thread(target=run, name="reeeductio status", daemon=True).start()
        return partial(self._end, task)

    def end(self) -> None:
        """End all."""
        for task in list(self._tasks):
            self._end(task)

    def _begin(self, loop: asyncio.AbstractEventLoop, call: OnStatus) -> asyncio.Task[None]:
        task = loop.create_task(self._tell(call))
        self._tasks[task] = loop
        return task

    def _end(self, task: asyncio.Task[None]) -> None:
        loop = self._tasks.pop(task, None)
        # A loop that was closed has ended its tasks.
        with suppress(RuntimeError):
            if loop is not None:
                loop.call_soon_threadsafe(task.cancel)

    async def _tell(self, call: OnStatus) -> None:
        task = asyncio.current_task()
        async with self._statuses() as statuses:
            async for status in statuses:
                # It may have been ended since the status came.
                if task not in self._tasks:
                    return
                try:
                    call(status)
                except Exception as error:  # noqa: BLE001 - the next status is told, too
                    context = {"message": "a function that was given to on_status raised", "exception": error}
                    asyncio.get_running_loop().call_exception_handler(context)
