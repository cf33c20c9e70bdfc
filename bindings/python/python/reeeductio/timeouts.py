"""How long to wait for a server."""

from __future__ import annotations

from reeeductio import _native

__all__ = ["set_timeouts"]


def set_timeouts(*, connect: float = 10, idle: float = 30, silence: float = 120) -> None:
    """Set how long handles and streams that are made from now on wait for their server, in seconds.

    It holds for the whole process, whose handles share their connections. There is no limit on a call as a whole: files
    take as long as they take. To limit a call, use `asyncio.timeout`.

    Args:
        connect: For a connection, or for a stream to open.
        idle: For an answer to begin, for each next part of it, and for each next part of an upload to be taken. An
            upload waits longer for the last 4 MiB, which the system may hold: a second for each 16 KiB.
        silence: For a stream to hear nothing before it connects again. Servers ask every 30 seconds whether anybody is
            there.

    Raises:
        ValidationError: a time is not above 0; it is a `ValueError`.

    Example:
        set_timeouts(connect=2, idle=5)
    """
    _native.set_timeouts(connect, idle, silence)
