"""How a server is reached: timeouts of each handle, proxies, and authorities to trust."""

import asyncio
import contextlib
import gc
import shutil
import ssl
import subprocess
import threading

import pytest
from reeeductio import LocalMessageStore, Network, NetworkError, ValidationError
from rig.spaces import TestSpace

BRIEF = 0.2
# asyncio leaves the connections of clients that do not trust the certificate.
LEFT = pytest.mark.filterwarnings("ignore::ResourceWarning")
VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"]


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch):
    """Whatever this machine needs to reach the web."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


class Forward:
    """Passes everything on to a server: over TLS with a certificate, or as an HTTP proxy for whatever is asked for."""

    def __init__(self, url, certificate=None):
        self.target = url.removeprefix("http://").split(":")
        self.heads = []
        self._context = None
        if certificate:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(certificate)
        self._loop = asyncio.new_event_loop()
        # Clients that do not trust the certificate leave.
        self._loop.set_exception_handler(lambda *_: None)
        self._thread = threading.Thread(target=self._run)
        self._started = threading.Event()

    def __enter__(self):
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join()
        del self._loop, self._thread
        gc.collect()

    def _run(self):
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._listen())

    async def _listen(self):
        self._stopped = asyncio.Event()
        listener = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        self.port = listener.sockets[0].getsockname()[1]
        self._started.set()
        await self._stopped.wait()
        listener.close()

    async def _serve(self, reader, writer):
        # Also of a client that has not said anything yet when this ends.
        with contextlib.closing(writer), contextlib.suppress(OSError, asyncio.IncompleteReadError):
            first = b"" if self._context else await self._first(reader, writer)
            upstream, server = await asyncio.open_connection(*self.target)
            with contextlib.closing(server):
                server.write(first)
                await asyncio.gather(pump(reader, server), pump(upstream, writer))

    async def _first(self, reader, writer):
        """The request for the proxy, if it is to be passed on."""
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head.decode(errors="replace"))
        if not head.startswith(b"CONNECT"):
            return head
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        return b""


async def pump(reader, writer):
    with contextlib.closing(writer):
        while part := await reader.read(65536):
            writer.write(part)


@pytest.fixture
def proxy(server):
    with Forward(server.url) as proxy:
        yield proxy


@pytest.fixture
def authority(tmp_path):
    """The PEM files of an authority, and of a server that it vouches for with its key."""

    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=tmp_path, check=True, capture_output=True)

    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    openssl("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Ours")
    extensions = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext", "basicConstraints=CA:FALSE"]
    openssl(
        "req",
        "-x509",
        *curve,
        *extensions,
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-keyout",
        "key.pem",
        "-out",
        "certificate.pem",
        "-subj",
        "/CN=localhost",
    )
    both = tmp_path / "server.pem"
    both.write_bytes((tmp_path / "certificate.pem").read_bytes() + (tmp_path / "key.pem").read_bytes())
    return tmp_path / "ca.pem", both


@pytest.fixture
def secure(server, authority):
    with Forward(server.url, authority[1]) as forward:
        yield f"https://localhost:{forward.port}"


def use(url, kind, runner, **more):
    """Post, and hear of it over a stream."""
    with TestSpace(url, runner if kind == "async" else None).owner(**more) as owner:
        owner.topic("general").post("x", "hello")
        with owner.topic("general").live(from_start=True) as live:
            assert next(live).text == "hello"


def test_a_proxy_carries_requests_and_streams(proxy, server, kind, runner):
    use("http://space.example", kind, runner, network=Network(proxy=f"http://ann:secret@127.0.0.1:{proxy.port}"))
    first = [head.split(" ")[0] for head in proxy.heads]
    assert {"POST", "CONNECT"} <= set(first)
    assert all("proxy-authorization: basic" in head.lower() for head in proxy.heads)


def test_the_environment_names_proxies_and_exceptions(proxy, server, kind, runner, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
    use("http://space.example", kind, runner)
    seen = len(proxy.heads)
    assert seen > 0
    # An empty proxy is none.
    use(server.url, kind, runner, network=Network(proxy=""))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    use(server.url, kind, runner)
    assert len(proxy.heads) == seen
    monkeypatch.delenv("HTTP_PROXY")
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("all_proxy", f"http://127.0.0.1:{proxy.port}")
    use("http://space.example", kind, runner)
    assert len(proxy.heads) > seen


def test_a_proxy_that_cannot_be_used_is_named(monkeypatch):
    space = TestSpace("http://space.example")
    for name in ("ALL_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, "socks5://ann:secret@127.0.0.1:1")
        with pytest.raises(NetworkError, match=name) as caught:
            space.owner()
        assert "secret" not in str(caught.value)
        monkeypatch.delenv(name)
    assert "secret" not in repr(Network(proxy="http://ann:secret@127.0.0.1:1"))


@LEFT
def test_a_private_authority_is_trusted_if_a_handle_says_so(secure, authority, kind, runner, monkeypatch):
    with pytest.raises(NetworkError) as caught:
        use(secure, kind, runner)
    assert caught.value.code == "transport.tls"
    use(secure, kind, runner, network=Network(ca_file=authority[0]))
    monkeypatch.setenv("HOME", str(authority[0].parent))
    use(secure, kind, runner, network=Network(ca_file="~/ca.pem"))
    with pytest.raises(FileNotFoundError):
        TestSpace(secure).owner(network=Network(ca_file="~/missing.pem"))


@LEFT
def test_the_environment_names_authorities(secure, authority, kind, runner, monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority[0]))
    use(secure, kind, runner)
    monkeypatch.delenv("SSL_CERT_FILE")
    folder = tmp_path / "authorities"
    folder.mkdir()
    (folder / "README").write_text("not a certificate")
    monkeypatch.setenv("SSL_CERT_DIR", f"{tmp_path / 'missing'}:{folder}")
    with pytest.raises(ValidationError, match="SSL_CERT_DIR"):
        TestSpace(secure).owner()
    shutil.copy(authority[0], folder / "0123abcd.0")
    use(secure, kind, runner)
    monkeypatch.delenv("SSL_CERT_DIR")
    with pytest.raises(NetworkError):
        use(secure, kind, runner)


def test_every_way_in_goes_over_the_network_that_is_said(proxy, handles, server, tmp_path):
    network = Network(proxy=f"http://127.0.0.1:{proxy.port}")
    url = "http://space.example"
    with handles.create(LocalMessageStore(tmp_path / "ann.db"), url, network=network) as owner:
        owner.create_role("user")
        owner.enable_opaque()
        owner.opaque_register("ann", "three blue bicycles")
        invitation = owner.create_invitation()
        link = owner.invite_link()
        credentials = owner.credentials()
    keys, root = invitation, credentials.symmetric_root
    space_id = credentials.space_id
    store = LocalMessageStore(tmp_path / "ben.db")
    from reeeductio import generate_keypair

    for opened in (
        handles.open(credentials, network=network),
        handles.reopen(LocalMessageStore(tmp_path / "ann.db"), network=network),
        handles.from_password(space_id, "ann", "three blue bicycles", url, network=network),
        handles.accept_invitation(space_id, keys, root, generate_keypair(), url, network=network),
        handles.join(link, store, network=network),
        handles.reopen(store, network=network),
    ):
        with opened:
            assert opened.authenticate()
    assert proxy.heads


def test_an_administrator_goes_over_the_network_that_is_said(proxy, admin_client, server):
    class Elsewhere:
        url = "http://space.example"

    with admin_client(Elsewhere, network=Network(proxy=f"http://127.0.0.1:{proxy.port}")) as admin:
        assert admin.get_space_id().startswith("S")
    assert proxy.heads


def test_each_handle_has_its_own_timeouts(server, silent):
    space = TestSpace(silent[0])
    with space.owner(network=Network(idle=BRIEF)) as owner, pytest.raises(NetworkError) as caught:
        owner.get_messages("general")
    assert caught.value.code == "transport.timeout"
    with TestSpace(server.url).owner() as owner:
        assert owner.network.seconds("idle") == 30
        assert owner.get_messages("general") == []


@pytest.mark.parametrize("name", ["connect", "idle", "silence"])
@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), 1e10])
def test_a_time_that_is_none_is_refused(name, seconds):
    with pytest.raises(ValidationError, match=name):
        Network(**{name: seconds})


def test_handles_with_the_same_settings_share_their_connections():
    assert Network().native() is Network().native()
    assert Network(idle=5).native() is Network(idle=5, silence=1).native()
    assert Network(idle=5).native() is not Network().native()
