"""The published client and ours in one space, each reading what the other left."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("published") / "member.py"
VERSION = "from importlib.metadata import version; print(version('reeeductio'))"


@pytest.fixture(scope="session")
def published() -> str:
    """The Python with the published client."""
    python = os.environ["REEEDUCTIO_PUBLISHED"]
    found = subprocess.run([python, "-c", VERSION], capture_output=True, text=True, check=True).stdout
    assert found == "0.1.1\n"
    return python


def run(python, space, action, name, **more):
    given = {
        "space_id": space.id,
        "member_id": space.keys.to_user_id(),
        "private_key": space.keys.private_key.hex(),
        "symmetric_root": space.root.hex(),
        "name": name,
        **more,
    }
    command = [python, str(PROGRAM), space.url, action]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def expected(name: str) -> dict:
    return {
        "sealed message": f"sealed by {name}",
        "plain message": True,
        "single message": True,
        "plain state": f"plain state by {name}",
        "sealed state": f"sealed state by {name}",
        "plain data": f"plain data by {name}",
        "sealed data": f"sealed data by {name}",
        "private data": f"private data by {name}",
        "blob": True,
        "open blob": f"open blob by {name}",
        "guest": 1,
        "password": True,
        "user key": True,
        "history": True,
    }


@pytest.mark.parametrize("writer", ["ours", "published"])
def test_one_reads_what_the_other_left(sync_space, published, writer):
    pythons = {"ours": sys.executable, "published": published}
    reader = "published" if writer == "ours" else "ours"
    left = run(pythons[writer], sync_space, "write", writer)
    assert run(pythons[reader], sync_space, "read", writer, left=left) == expected(writer)


def test_both_write_to_one_topic(sync_space, published):
    left = {}
    for name, python in (("ours", sys.executable), ("published", published)):
        left[name] = run(python, sync_space, "write", name)
    # The state of the second replaced that of the first; everything else of both is there.
    state = {"plain state": "plain state by published", "sealed state": "sealed state by published"}
    assert run(published, sync_space, "read", "ours", left=left["ours"]) == expected("ours") | state
    assert run(sys.executable, sync_space, "read", "published", left=left["published"]) == expected("published")
