"""A plug-in for the published client's suite when it runs with our package.

That suite takes one function from the inside of the published command, which is none of the names of release 0.1.1
that programs use; ours has no such inside.
"""

import sys
from types import ModuleType

from reeeductio import Ed25519KeyPair


def parse_private_key(text: str) -> Ed25519KeyPair:
    """Read a private key as the commands print it."""
    return Ed25519KeyPair.from_private_key(bytes.fromhex(text))


for name in ("reeeductio.cli", "reeeductio.cli.utils"):
    sys.modules[name] = ModuleType(name)
sys.modules["reeeductio.cli.utils"].parse_private_key = parse_private_key
