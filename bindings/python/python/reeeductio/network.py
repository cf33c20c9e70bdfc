"""How servers are reached: how long to wait, over which proxy, and whom to trust."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from reeeductio import _native
from reeeductio._arguments import named, refuse, text
from reeeductio.exceptions import ValidationError

__all__ = ["Network", "set_timeouts"]

#: Most seconds that may be waited: as many milliseconds as 32 bits hold.
_LONGEST = 4_294_967
#: Networks that are kept for the next handle with the same settings.
_KEPT = 8
_HASHED_NAME = re.compile(r"[0-9a-f]{8}\.[0-9]+")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
#: Seconds that handles wait whose network does not say it.
_usual: dict[str, float] = {"connect": 10, "idle": 30, "silence": 120}


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How a handle reaches its server. Handles with the same settings share their connections.

    Without settings it is as programs of Python expect: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` name
    proxies, `SSL_CERT_FILE` or `SSL_CERT_DIR` the authorities to trust instead of those of the web. They are read when
    a handle is made.

    Raises:
        ValidationError: a time is not a number above 0; it is a `ValueError`.
        OSError: `ca_file` cannot be read.

    Example:
        network = Network(connect=2, idle=5)
        space = Space(space_id, member_id, private_key, symmetric_root, base_url, network=network)
    """

    connect: float | None = None
    """Seconds for a connection, or for a stream to open; 10 if not said here or by `set_timeouts`."""
    idle: float | None = None
    """Seconds for an answer to begin, and for each next part of it or of an upload; 30 if not said."""
    silence: float | None = None
    """Seconds for which a stream hears nothing before it connects again; 120 if not said. Servers ask every 30."""
    proxy: str | None = field(default=None, repr=False)
    """An HTTP proxy for every server, `http://host:port` or `http://user:password@host:port`; empty for none."""
    ca_file: str | os.PathLike[str] | None = None
    """A PEM file of authorities to trust as well."""

    def __post_init__(self) -> None:
        """Check the settings."""
        for name in _usual:
            _check(name, getattr(self, name))
        if self.proxy is not None:
            text("proxy", self.proxy)
        if self.ca_file is not None:
            self._authorities()

    def seconds(self, name: str) -> float:
        """Return one of the times."""
        said: float | None = getattr(self, name)
        return _usual[name] if said is None else said

    def _authorities(self) -> bytes:
        if not isinstance(self.ca_file, str | os.PathLike):
            refuse("ca_file", f"the path of a PEM file, not {named(self.ca_file)}")
        return Path(self.ca_file).expanduser().read_bytes()

    def native(self) -> _native.Network:
        """Open it, or give the one that is open.

        Raises:
            NetworkError: a proxy or an authority cannot be used.
            OSError: a file of authorities cannot be read.
        """
        trusted = tuple(_trusted())
        more = () if self.ca_file is None else (self._authorities(),)
        environment = tuple(os.environ.get(name) for upper in _PROXIES for name in (upper.lower(), upper))
        # A fork does not have the threads of its parent's network.
        return _open(
            os.getpid(),
            None if self.proxy is not None else environment,
            self.seconds("connect"),
            self.seconds("idle"),
            self.proxy,
            trusted + more,
            only_these_roots=bool(trusted),
        )


@lru_cache(maxsize=_KEPT)
def _open(
    _process: int,
    _environment: tuple[str | None, ...] | None,
    connect: float,
    idle: float,
    proxy: str | None,
    roots: tuple[bytes, ...],
    *,
    only_these_roots: bool,
) -> _native.Network:
    return _native.Network(connect, idle, proxy, list(roots), only_these_roots)


def _trusted() -> Iterator[bytes]:
    """Return the authorities that the environment names, as OpenSSL finds them."""
    if file := os.environ.get("SSL_CERT_FILE"):
        yield Path(file).read_bytes()
        return
    folders = os.environ.get("SSL_CERT_DIR")
    if not folders:
        return
    there = (Path(folder) for folder in folders.split(os.pathsep) if folder)
    names = (path for folder in there if folder.is_dir() for path in sorted(folder.iterdir()))
    found = [path.read_bytes() for path in names if _HASHED_NAME.fullmatch(path.name)]
    if not found:
        msg = f"SSL_CERT_DIR: {folders} has no authorities, in files named by their hash such as 5ed36f99.0"
        raise ValidationError(msg, "client.argument")
    yield from found


def _check(name: str, seconds: float | None) -> None:
    if seconds is None:
        return
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not (is_number and 0 < seconds <= _LONGEST):
        refuse(name, f"a number of seconds above 0, at most {_LONGEST}")


def given(network: Network | None) -> Network:
    """Return the network of an argument, by default the usual one."""
    if network is None:
        return Network()
    if not isinstance(network, Network):
        refuse("network", f"a Network, not {named(network)}")
    return network


def set_timeouts(*, connect: float = 10, idle: float = 30, silence: float = 120) -> None:
    """Set how long handles that are made from now on wait for their server, in seconds, unless their `Network` says it.

    There is no limit on a call as a whole: files take as long as they take. To limit a call, use `asyncio.timeout`.

    Args:
        connect: For a connection, or for a stream to open.
        idle: For an answer to begin, for each next part of it, and for each next part of an upload to be taken. An
            upload waits longer for the last 4 MiB, which the system may hold: a second for each 16 KiB.
        silence: For a stream to hear nothing before it connects again. Servers ask every 30 seconds whether anybody is
            there.

    Raises:
        ValidationError: a time is not above 0; it is a `ValueError`.

    Example:
        set_timeouts(connect=2, idle=5)
    """
    said = {"connect": connect, "idle": idle, "silence": silence}
    for name, seconds in said.items():
        _check(name, seconds)
    _usual.update(said)
