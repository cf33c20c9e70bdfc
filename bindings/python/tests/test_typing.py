"""The types, from the package's and from a user's point of view; the style of the code."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PACKAGE = HERE.parent / "python"
MISTAKE = """
from reeeductio import Space
def wrong(space: Space) -> None:
    space.post_message("general", "x", "text")
    length: str = space.download_file("B", b"", "film.mp4")
    space.on_status(lambda status: status == "online")
    online = space.status() == "online"
    space.grant_capability_to_role("a", "b", {"op": "post", "path": 3})
    space.grant_capability_to_role("a", "b", {"op": "read", "path": "topics/{any}", "expires": 3})
    space.topic("general").post("x", None)
    space.data.update("a", lambda old: object())
"""


def check(*command) -> str:
    done = subprocess.run([sys.executable, "-m", *map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_mypy_finds_nothing_in_the_package_and_a_program(tmp_path):
    check("mypy", "--strict", "--cache-dir", tmp_path, PACKAGE)
    check("mypy", "--strict", "--cache-dir", tmp_path / "user", HERE / "sample.py")


def test_mypy_finds_a_users_mistakes(tmp_path):
    program = tmp_path / "wrong.py"
    program.write_text(MISTAKE)
    with pytest.raises(AssertionError) as caught:
        check("mypy", "--strict", "--cache-dir", tmp_path / "cache", program)
    found = str(caught.value)
    assert {int(line.split(":")[1]) for line in found.splitlines() if ": error:" in line} == set(range(4, 12))
    assert "None | None" not in found
    assert '"SpaceMessages"' in found, "what the methods are of is named for the class that a user knows"


def test_pyright_finds_nothing_in_the_package_and_a_program(tmp_path):
    settings = tmp_path / "pyrightconfig.json"
    settings.write_text(f'{{"typeCheckingMode": "standard", "include": ["{PACKAGE}", "{HERE / "sample.py"}"]}}')
    check("pyright", "--pythonpath", sys.executable, "--project", settings)


def test_the_style_is_kept():
    check("ruff", "check", "--no-cache", HERE.parent)
    check("ruff", "format", "--no-cache", "--check", HERE.parent)
