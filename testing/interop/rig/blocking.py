"""The asynchronous clients, called like the synchronous ones."""

import asyncio
import inspect

from reeeductio import AsyncAuthSession


class Blocking:
    """Runs every coroutine of a client to its end, so that one test holds for both kinds of client."""

    def __init__(self, client, runner: asyncio.Runner):
        self._client = client
        self._runner = runner

    def __getattr__(self, name):
        value = getattr(self._client, name)
        if inspect.iscoroutinefunction(value):
            return lambda *arguments, **named: self._runner.run(value(*arguments, **named))
        if isinstance(value, AsyncAuthSession):
            return Blocking(value, self._runner)
        return value

    def __enter__(self):
        self._runner.run(self._client.__aenter__())
        return self

    def __exit__(self, *raised):
        self._runner.run(self._client.__aexit__(*raised))
