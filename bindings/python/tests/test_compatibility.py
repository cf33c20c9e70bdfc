"""The suite that the published client passes, run with our package: what differs is what DIFFERENCES.md says."""

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parent / "DIFFERENCES.md"
SUITE = Path("testing") / "interop"
ROW = re.compile(r"\| `(test_\w+)\.(test_\w+)` \| (\d+) \| (.+) \|$", re.MULTILINE)


def written() -> dict[str, int]:
    """The tests that fail on purpose, and how many of their variants."""
    return {f"{module}.{test}": int(count) for module, test, count, _ in ROW.findall(PAGE.read_text())}


def test_what_differs_from_0_1_1_is_written_down(repository):
    command = [sys.executable, "-m", "pytest", "-q", "-rf", "--tb=no", "-p", "stand_in", SUITE / "tests"]
    # The recordings are requests by hand: no client takes part in them.
    command += ["--ignore", SUITE / "tests" / "test_recordings.py"]
    environment = os.environ | {"PYTHONPATH": str(HERE / "published")}
    done = subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, check=False)
    assert re.search(r"\d{3} passed", done.stdout), done.stdout[-2000:] + done.stderr
    failed = re.findall(r"^FAILED \S*/(test_\w+)\.py::(test_\w+)", done.stdout, re.MULTILINE)
    assert dict(Counter(f"{module}.{test}" for module, test in failed)) == written(), done.stdout
    assert "error" not in done.stdout.splitlines()[-1]
