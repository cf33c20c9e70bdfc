"""The asynchronous clients, called like the synchronous ones."""

import asyncio
import inspect


class Blocking:
    """Runs every coroutine of a client to its end, so that one test holds for both kinds of client."""

    def __init__(self, client, runner: asyncio.Runner):
        self._client = client
        self._runner = runner

    def __getattr__(self, name):
        value = getattr(self._client, name)
        if inspect.iscoroutinefunction(value):
            return lambda *arguments, **named: self._wrapped(self._runner.run(value(*arguments, **named)))
        if inspect.ismethod(value):
            return lambda *arguments, **named: self._wrapped(value(*arguments, **named))
        return self._wrapped(value)

    def _wrapped(self, value):
        """Wrap values of the client whose classes have coroutines, too."""
        kind = type(value)
        is_asynchronous = kind.__module__.startswith("reeeductio.") and kind.__name__.startswith("Async")
        return Blocking(value, self._runner) if is_asynchronous else value

    def __enter__(self):
        self._runner.run(self._client.__aenter__())
        return self

    def __exit__(self, *raised):
        self._runner.run(self._client.__aexit__(*raised))

    def __iter__(self):
        return self

    def __next__(self):
        try:
            return self._runner.run(anext(self._client))
        except StopAsyncIteration:
            raise StopIteration from None
