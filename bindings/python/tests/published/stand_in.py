"""A plug-in for the published client's suite when it runs with our package.

That suite takes one function from the inside of the published command; ours has it elsewhere.
"""

import sys
from types import ModuleType

from reeeductio._command import parse_private_key

for name in ("reeeductio.cli", "reeeductio.cli.utils"):
    sys.modules[name] = ModuleType(name)
sys.modules["reeeductio.cli.utils"].parse_private_key = parse_private_key
