"""Starts our server as a process, once per configuration, and makes spaces and members on it."""

import os
import re
import subprocess
import threading
from dataclasses import dataclass, field

import httpx
import pytest
from reeeductio import Space
from reeeductio.client import AsyncSpace
from reeeductio.crypto import Ed25519KeyPair, generate_keypair

ADMIN = generate_keypair()


@dataclass
class Server:
    """A server process; `url` is where it listens."""

    process: subprocess.Popen
    url: str
    log: list[str] = field(default_factory=list)


def start(folder, **settings) -> Server:
    binary = os.environ.get("REEEDUCTIO_BIN")
    if not binary:
        pytest.exit("REEEDUCTIO_BIN must name the reeeductio binary to test", returncode=2)
    environment = {"PATH": os.environ.get("PATH", ""), "SERVER__PORT": "0", "SERVER__HOST": "127.0.0.1"}
    environment |= {name: str(value) for name, value in settings.items()}
    process = subprocess.Popen(
        [binary, "serve", "--data", str(folder)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    server = Server(process, "")
    for line in process.stdout:
        server.log.append(line)
        if found := re.search(r"listening on (http://127\.0\.0\.1:\d+)", line):
            server.url = found[1]
            break
    assert server.url, "the server did not start:\n" + "".join(server.log)
    # The pipe must be read or the server would block on its log.
    threading.Thread(target=lambda: server.log.extend(process.stdout), daemon=True).start()
    return server


def stop(server: Server) -> None:
    server.process.terminate()
    try:
        server.process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        server.process.kill()
        raise
    assert server.process.returncode == 0, "".join(server.log)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """Spaces exist from their first use; the admin space belongs to ADMIN."""
    running = start(
        tmp_path_factory.mktemp("open"),
        ADMIN__AUTO_CREATE_SPACES="true",
        ADMIN__SPACE_ID=ADMIN.to_space_id(),
        SERVER__MAX_BLOB_SIZE=1 << 20,
        LIMITS__LOGIN_ATTEMPTS_PER_MINUTE=0,
    )
    yield running
    stop(running)


@pytest.fixture(scope="session")
def closed_server(tmp_path_factory):
    """Spaces must be registered in the admin space, which belongs to ADMIN."""
    running = start(tmp_path_factory.mktemp("closed"), ADMIN__SPACE_ID=ADMIN.to_space_id())
    yield running
    stop(running)


@dataclass
class Owned:
    """A fresh space with its owner's keys, and members made on demand."""

    url: str
    keys: Ed25519KeyPair = field(default_factory=generate_keypair)
    root: bytes = field(default_factory=lambda: os.urandom(32))
    user_key: bytes = field(default_factory=lambda: os.urandom(32))

    @property
    def id(self) -> str:
        return self.keys.to_space_id()

    def arguments(self, member: str, private_key: bytes, **more) -> dict:
        return {
            "space_id": self.id,
            "member_id": member,
            "private_key": private_key,
            "symmetric_root": self.root,
            "base_url": self.url,
            "user_symmetric_key": self.user_key,
            **more,
        }

    def owner(self, **more) -> Space:
        return Space(**self.arguments(self.keys.to_user_id(), self.keys.private_key, **more))

    def async_owner(self, **more) -> AsyncSpace:
        return AsyncSpace(**self.arguments(self.keys.to_user_id(), self.keys.private_key, **more))

    def user(self, keys: Ed25519KeyPair, **more) -> Space:
        return Space(**self.arguments(keys.to_user_id(), keys.private_key, **more))

    def tool(self, keys: Ed25519KeyPair, **more) -> Space:
        return Space(**self.arguments(keys.to_tool_id(), keys.private_key, **more))

    def token(self, keys: Ed25519KeyPair | None = None) -> str:
        space = self.user(keys) if keys else self.owner()
        with space:
            return space.authenticate()


@pytest.fixture
def space(server) -> Owned:
    return Owned(server.url)


@pytest.fixture
def http(server):
    """Plain HTTP, for what the published client does not do."""
    with httpx.Client(base_url=server.url, timeout=10) as client:
        yield client
