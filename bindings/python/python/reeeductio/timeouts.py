"""How long to wait for a server."""

from __future__ import annotations

from reeeductio import _native
from reeeductio.exceptions import ValidationError

__all__ = ["set_timeouts"]

_SECOND = 1000
#: Seconds that a silence may last: as many milliseconds as 32 bits hold.
_LONGEST = 4_294_967
#: Seconds for which new streams hear nothing before they connect again.
_silence: float = 120


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
    global _silence  # noqa: PLW0603 - of the process, as the native module's
    if not 0 < silence <= _LONGEST:
        msg = f"silence: must be a number of seconds above 0, at most {_LONGEST}"
        raise ValidationError(msg, "client.argument")
    _native.set_timeouts(connect, idle)
    _silence = silence


def silence() -> int:
    """Give the milliseconds for which a new stream hears nothing before it connects again."""
    return max(1, round(_silence * _SECOND))
