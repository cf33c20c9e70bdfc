"""A server that falls silent is given up in time, whatever it said before; and who waits for it can stop waiting."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time

import proxy as silence
import pytest
from proxy import Proxy
from reeeductio import (
    AsyncSpace,
    Network,
    NetworkError,
    Space,
    StreamError,
    ValidationError,
    generate_keypair,
    set_timeouts,
)
from rig.blocking import Blocking

PATIENCE = 20
#: Seconds: little to wait for.
BRIEF = 0.3
SILENCES = {
    "not a word": silence.NOTHING,
    "the head and no body": silence.HEAD,
    "the beginning of a body": silence.SOME,
}


@pytest.fixture
def proxy(server):
    between = Proxy(server.url)
    yield between
    between.stop()


@pytest.fixture
def arguments(proxy):
    keys = generate_keypair()
    return keys.to_space_id(), keys.to_user_id(), keys.private_key, os.urandom(32), proxy.url


@pytest.fixture
def handle(arguments, kind, runner):
    """Makes a handle of the kind under test."""
    return lambda: Space(*arguments) if kind == "sync" else Blocking(AsyncSpace(*arguments), runner)


@pytest.fixture
def timeouts():
    """Sets them for one test."""
    yield set_timeouts
    set_timeouts()


@pytest.mark.parametrize("said", SILENCES.values(), ids=SILENCES)
def test_a_call_is_given_up(proxy, handle, said, timeouts):
    timeouts(idle=BRIEF)
    proxy.silence = ("/topics/general/", said)
    with handle() as space, pytest.raises(NetworkError) as caught:
        space.get_messages("general")
    assert caught.value.code == "transport.timeout"


@pytest.mark.parametrize("said", SILENCES.values(), ids=SILENCES)
def test_signing_in_is_given_up(proxy, handle, said, timeouts):
    timeouts(idle=BRIEF)
    proxy.silence = ("/auth/", said)
    with handle() as space, pytest.raises(NetworkError) as caught:
        space.authenticate()
    assert caught.value.code == "transport.timeout"


@pytest.mark.parametrize("said", SILENCES.values(), ids=SILENCES)
def test_a_download_is_given_up(proxy, handle, said, timeouts, tmp_path):
    timeouts(idle=BRIEF)
    with handle() as space:
        blob = space.upload_plaintext_blob(b"content")
        proxy.silence = (blob.blob_id, said)
        for download in (space.download_plaintext_blob, lambda blob: space.download_file(blob, None, tmp_path / "f")):
            with pytest.raises(NetworkError) as caught:
                download(blob.blob_id)
            assert caught.value.code == "transport.timeout"
    assert not (tmp_path / "f").exists()


def test_an_upload_that_is_not_answered_is_given_up(proxy, handle, timeouts):
    timeouts(idle=BRIEF)
    proxy.silence = ("/blobs/", silence.NOTHING)
    with handle() as space, pytest.raises(NetworkError) as caught:
        space.upload_plaintext_blob(b"content")
    assert caught.value.code == "transport.timeout"


def test_a_stream_that_does_not_open_is_given_up(proxy, arguments, timeouts):
    timeouts(connect=BRIEF)
    proxy.silence = ("/stream", silence.NOTHING)
    with Space(*arguments) as space, pytest.raises(StreamError) as caught:
        next(iter(space.stream_messages()))
    assert caught.value.code == "transport.timeout"


@pytest.mark.parametrize(
    "opened",
    [
        lambda space: space.stream_messages(),
        lambda space: space.topic("state").live(),
        lambda space: space.state.watch(),
        lambda space: space.data.watch(),
    ],
    ids=["messages", "topic", "state", "data"],
)
def test_a_stream_that_falls_silent_is_opened_again_and_loses_nothing(proxy, server, arguments, opened):
    """Whatever stream it opens is silent; what was missed it reads."""
    proxy.silence = ("/stream", silence.OPENED)
    hurried = Network(silence=BRIEF)
    with Space(*arguments, network=hurried) as space, Space(*arguments[:-1], server.url) as other:

        def write():
            if proxy.waited_for.wait(PATIENCE):
                other.data.set("a", "missed")
                other.state.set("a", "missed")

        writer = threading.Thread(target=write)
        writer.start()
        began = time.monotonic()
        with opened(space) as stream:
            missed = next(stream)
        assert time.monotonic() - began < PATIENCE
        assert getattr(missed, "path", None) or missed.type == "a"
        writer.join(PATIENCE)


@pytest.mark.parametrize("said", SILENCES.values(), ids=SILENCES)
def test_an_await_is_cancelled_meanwhile(proxy, arguments, said, runner):
    proxy.silence = ("/topics/general/", said)

    async def run():
        space = AsyncSpace(*arguments)
        waiting = asyncio.create_task(space.get_messages("general"))
        await asyncio.to_thread(proxy.waited_for.wait, PATIENCE)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        # The handle is as good as before.
        proxy.silence = None
        assert await space.get_messages("general") == []

    runner.run(asyncio.wait_for(run(), PATIENCE))


WAITING = """
import sys
from reeeductio import Space, generate_keypair
keys = generate_keypair()
space = Space(keys.to_space_id(), keys.to_user_id(), keys.private_key, bytes(32), sys.argv[1])
try:
    if sys.argv[2] == "/stream":
        next(iter(space.stream_messages()))
    else:
        space.get_messages("general")
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.parametrize(
    ("path", "said"),
    [*(("/topics/general/", said) for said in SILENCES.values()), ("/stream", silence.OPENED)],
    ids=[*SILENCES, "an open stream"],
)
def test_ctrl_c_ends_a_wait(proxy, path, said):
    proxy.silence = (path, said)
    command = [sys.executable, "-c", WAITING, proxy.url, path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert proxy.waited_for.wait(PATIENCE)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=PATIENCE)
    assert out == "interrupted\n"


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), 1e300])
@pytest.mark.parametrize("name", ["connect", "idle", "silence"])
def test_only_times_are_taken(name, seconds):
    with pytest.raises(ValidationError, match=name):
        set_timeouts(**{name: seconds})
