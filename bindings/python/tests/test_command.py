"""The command that the package brings is the program of the crate `reeeductio-admin`."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import reeeductio
from reeeductio import generate_keypair

COMMAND = Path(sys.executable).with_name("reeeductio-admin")
PATIENCE = 20
#: Variables of this machine must not matter.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("REEEDUCTIO_")}


@pytest.fixture
def run(tmp_path):
    """Runs the command in a folder of its own, and gives what it printed where that is expected."""

    def run(*words, code=0, environment=()):
        done = subprocess.run(
            [COMMAND, *words],
            cwd=tmp_path,
            env=ENVIRONMENT | dict(environment),
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout if code == 0 else done.stderr

    return run


@pytest.fixture
def page(repository) -> str:
    return (repository / "docs" / "reference" / "admin.md").read_text()


def test_it_prints_the_reference_page(run, page):
    assert run("print-reference") == page


def test_its_help_is_what_the_page_says(run, page):
    shown = page.split("## `reeeductio-admin`\n\n```text\n")[1].split("\n```\n")[0]
    assert [line.rstrip() for line in run("--help").strip().splitlines()] == shown.splitlines()


def test_its_version_is_the_packages(run):
    assert run("--version") == f"reeeductio-admin {reeeductio.__version__}\n"


def test_exit_codes_and_json_are_those_of_the_crate(run, server):
    keys = generate_keypair()
    own = {"REEEDUCTIO_PRIVATE_KEY": keys.private_key.hex(), "REEEDUCTIO_BASE_URL": server.url}
    assert json.loads(run("--output", "json", "user", "list", environment=own)) == {"users": []}
    other = ("user", "list", "--space-id", generate_keypair().to_space_id())
    failed = json.loads(run("--output", "json", *other, environment=own, code=1))
    assert failed.keys() == {"error", "code", "fix"}
    assert failed["code"] == "member.unknown"
    assert "Usage: reeeductio-admin" in run(code=2)
    assert "the private key is missing" in run("user", "list", code=2)


def test_nothing_is_removed_unasked(run, server):
    keys, user = generate_keypair(), generate_keypair().to_user_id()
    own = {"REEEDUCTIO_PRIVATE_KEY": keys.private_key.hex(), "REEEDUCTIO_BASE_URL": server.url}
    run("user", "add", user, environment=own)
    assert "--yes is missing" in run("user", "remove", user, environment=own, code=2)
    assert run("user", "list", environment=own).splitlines()[1:] == [f"  {user}"]
    run("user", "remove", user, "--yes", environment=own)


def test_words_that_are_no_text_are_refused_and_are_no_crash(run):
    assert "Usage: reeeductio-admin" in run("user", b"\xff\xfe", code=2)


def test_ctrl_c_ends_it_while_it_waits(silent):
    url, asked, _ = silent
    own = {"REEEDUCTIO_PRIVATE_KEY": generate_keypair().private_key.hex(), "REEEDUCTIO_BASE_URL": url}
    command = [COMMAND, "user", "list"]
    with subprocess.Popen(command, env=ENVIRONMENT | own, stderr=subprocess.PIPE, text=True) as process:
        assert asked.wait(PATIENCE)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == -signal.SIGINT
    assert "Traceback" not in told
