"""The command `reeeductio-admin`: the same program as the one that is installed with Rust."""

from __future__ import annotations

import signal
import sys

from reeeductio import _native

__all__ = ["main"]


def main() -> int:
    """Run the command with the words of the command line and give its exit code."""
    # While the command runs nothing asks Python whether there was a Ctrl-C.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _native.administer(["reeeductio-admin", *sys.argv[1:]])
