"""The servers and spaces the tests are given."""

import asyncio
import os
import socket
import threading
from pathlib import Path

import pytest
from reeeductio import (
    AdminClient,
    AdminSpace,
    AsyncAdminClient,
    AsyncAdminSpace,
    AsyncSpace,
    Space,
    generate_keypair,
)
from rig.blocking import Blocking
from rig.server import RUNNING, Server
from rig.spaces import TestSpace, admin_arguments

#: Owns the admin space of every server here.
ADMIN = generate_keypair()
#: Largest blob `server` takes.
MAX_BLOB = 2 << 30


def pytest_addoption(parser):
    parser.addoption("--blob", type=int, default=48, metavar="MIB", help="size of the blob that is streamed")
    parser.addoption("--starts", type=int, default=5, metavar="N", help="starts of the chat while others talk")


def pytest_configure(config):
    if not (config.option.collectonly or os.environ.get("REEEDUCTIO_BIN")):
        message = "REEEDUCTIO_BIN must name the reeeductio binary to test"
        raise pytest.UsageError(message)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A space exists from its first use; the admin space is ADMIN's."""
    running = Server(
        tmp_path_factory.mktemp("open"),
        server={"max_blob_size": MAX_BLOB},
        admin={"space_id": ADMIN.to_space_id(), "auto_create_spaces": True},
        limits={"login_attempts_per_minute": 0},
    )
    yield running
    running.stop()


@pytest.fixture(scope="session")
def strict_server(tmp_path_factory):
    """A space exists once it is registered. A password may be tried once a minute, a blob have 1,000 bytes."""
    running = Server(
        tmp_path_factory.mktemp("closed"),
        server={"max_blob_size": 1000},
        admin={"space_id": ADMIN.to_space_id(), "auto_create_spaces": False},
        limits={"login_attempts_per_minute": 1},
    )
    yield running
    running.stop()


@pytest.fixture
def runner():
    """One event loop for the whole test."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(params=["sync", "async"])
def kind(request) -> str:
    """Which of the two handles the test acts through."""
    return request.param


@pytest.fixture
def space(server, kind, runner) -> TestSpace:
    """A fresh space, once per kind of handle."""
    return TestSpace(server.url, runner if kind == "async" else None)


@pytest.fixture
def handles(kind, runner):
    """The class of handles under test: for `join`, `reopen` and their like."""
    return Space if kind == "sync" else Blocking(AsyncSpace, runner)


@pytest.fixture
def sync_space(server) -> TestSpace:
    """A fresh space, for what does not depend on the kind."""
    return TestSpace(server.url)


@pytest.fixture
def admin_spaces(kind, runner):
    """The admin space of a server, through the handle of the kind under test; by default as its owner."""

    def make(server, keys=ADMIN):
        arguments = admin_arguments(server.url, keys, ADMIN.to_space_id())
        return AdminSpace(**arguments) if kind == "sync" else Blocking(AsyncAdminSpace(**arguments), runner)

    return make


@pytest.fixture
def admin_client(kind, runner):
    """An administrator's handle of the kind under test."""

    def make(server, keys=ADMIN, **more):
        arguments = {"keypair": keys, "base_url": server.url, **more}
        return AdminClient(**arguments) if kind == "sync" else Blocking(AsyncAdminClient(**arguments), runner)

    return make


@pytest.fixture
def silent():
    """A server that accepts connections and says nothing; tells when one has asked."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        asked = threading.Event()
        connections = []

        def accept():
            try:
                while True:
                    connection, _ = listener.accept()
                    connections.append(connection)
                    connection.recv(1)
                    asked.set()
            except OSError:
                return

        thread = threading.Thread(target=accept)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked, connections
        listener.shutdown(socket.SHUT_RDWR)
        for connection in connections:
            connection.close()
        thread.join()


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return Path(__file__).resolve().parents[3]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A failing test shows what the servers logged last."""
    report = yield
    if report.failed:
        for server in RUNNING:
            report.sections.append((f"log of the server at {server.url}", "".join(server.log[-40:])))
    return report
