"""The servers and spaces the tests are given."""

import asyncio
import os

import httpx
import pytest
from reeeductio import generate_keypair
from reeeductio.client import AdminSpace, AsyncAdminSpace
from rig.blocking import Blocking
from rig.server import RUNNING, Server
from rig.spaces import TestSpace, admin_arguments
from rig.wire import forge_token, now

#: Owns the admin space of every server here.
ADMIN = generate_keypair()
#: Signs the tokens of `server`, so that tests can make expired ones.
TOKEN_SECRET = "a secret that is only used in tests"
#: Largest blob `server` takes.
MAX_BLOB = 1 << 20


def pytest_configure(config):
    if not (config.option.collectonly or os.environ.get("REEEDUCTIO_BIN")):
        raise pytest.UsageError("REEEDUCTIO_BIN must name the reeeductio binary to test")


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A space exists from its first use; the admin space is ADMIN's."""
    running = Server(
        tmp_path_factory.mktemp("open"),
        server={"jwt_secret": TOKEN_SECRET, "max_blob_size": MAX_BLOB},
        admin={"space_id": ADMIN.to_space_id(), "auto_create_spaces": True},
        limits={"login_attempts_per_minute": 0},
    )
    yield running
    running.stop()


@pytest.fixture(scope="session")
def closed_server(tmp_path_factory):
    """A space exists once it is registered in the admin space, which is ADMIN's. A password may be tried
    once a minute."""
    running = Server(
        tmp_path_factory.mktemp("closed"),
        admin={"space_id": ADMIN.to_space_id(), "auto_create_spaces": False},
        limits={"login_attempts_per_minute": 1},
    )
    yield running
    running.stop()


@pytest.fixture
def runner():
    """One event loop for the whole test: the asynchronous client keeps connections between calls."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(params=["sync", "async"])
def kind(request) -> str:
    """Which of the two clients the test acts through."""
    return request.param


@pytest.fixture
def space(server, kind, runner) -> TestSpace:
    """A fresh space, once per kind of client."""
    return TestSpace(server.url, runner if kind == "async" else None)


@pytest.fixture
def sync_space(server) -> TestSpace:
    """A fresh space, for what only the synchronous client has or what does not depend on the kind."""
    return TestSpace(server.url)


@pytest.fixture
def admin_spaces(kind, runner):
    """The admin space of a server, through the client of the kind under test; by default as its owner."""

    def make(server, keys=ADMIN):
        arguments = admin_arguments(server.url, keys, ADMIN.to_space_id())
        if kind == "sync":
            return AdminSpace(**arguments)
        return Blocking(AsyncAdminSpace(**arguments), runner)

    return make


@pytest.fixture
def expiring_token():
    """Makes a token of `server` that expires at a time of one's choice, in seconds."""

    def make(space_id: str, member_id: str, expires_at: int) -> str:
        claims = {"space_id": space_id, "id": member_id, "iat": now() // 1000, "exp": expires_at}
        return forge_token(TOKEN_SECRET, **claims)

    return make


@pytest.fixture
def http(server):
    """Plain HTTP, for what the published client does not send."""
    with httpx.Client(base_url=server.url, timeout=10) as client:
        yield client


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item, nextitem):
    item.log_positions = {server: len(server.log) for server in RUNNING}
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A failing test shows what the servers logged meanwhile."""
    report = yield
    if report.failed:
        for server in RUNNING:
            lines = server.log[item.log_positions.get(server, 0) :]
            report.sections.append((f"log of the server at {server.url}", "".join(lines[-100:])))
    return report
