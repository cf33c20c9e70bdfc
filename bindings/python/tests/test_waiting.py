"""Waiting: other threads run, Ctrl-C works, an await can be cancelled."""

import asyncio
import contextlib
import io
import os
import signal
import subprocess
import sys
import threading

import pytest
from reeeductio import AsyncAdminClient, AsyncSpace, NetworkError, ReeeductioError, Space, generate_keypair

PATIENCE = 20


def test_other_threads_run_while_one_waits(sync_space, silent):
    """The answer is sent by a thread of this interpreter: it must run while the call waits."""
    url, asked, connections = silent
    arguments = sync_space.arguments(sync_space.keys.to_user_id(), sync_space.keys.private_key, base_url=url)
    failed = []

    def call():
        try:
            Space(**arguments).authenticate()
        except NetworkError as error:
            failed.append(error)

    caller = threading.Thread(target=call)
    caller.start()
    assert asked.wait(PATIENCE)
    assert caller.is_alive(), "it waits, and this thread runs"
    connections[0].close()
    connections[0].detach()
    caller.join(PATIENCE)
    assert not caller.is_alive()
    assert len(failed) == 1


def test_an_await_is_cancelled(sync_space, silent, runner):
    url, asked, _ = silent
    arguments = sync_space.arguments(sync_space.keys.to_user_id(), sync_space.keys.private_key, base_url=url)

    async def run():
        waiting = asyncio.create_task(AsyncSpace(**arguments).authenticate())
        await asyncio.to_thread(asked.wait, PATIENCE)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await AsyncSpace(**arguments).get_plaintext_state("a")

    runner.run(asyncio.wait_for(run(), PATIENCE))


@pytest.mark.parametrize("raised", [StopIteration("enough"), type("Enough", (StopIteration,), {})("enough")])
def test_a_stop_iteration_ends_an_await(sync_space, runner, raised):
    """A future cannot have one: it comes as the cause of another exception."""

    class Reading(io.BytesIO):
        def read(self, _size=-1):
            raise raised

    def progress(_sent, _total):
        raise raised

    async def run():
        async with sync_space.async_client() as owner:
            with pytest.raises(RuntimeError) as caught:
                await owner.upload_file(io.BytesIO(b"1"), progress=progress)
            assert caught.value.__cause__ is raised
            with pytest.raises(ReeeductioError):
                await owner.upload_file(Reading(b"1"))

    runner.run(asyncio.wait_for(run(), PATIENCE))


def test_what_a_future_does_not_take_is_its_exception(monkeypatch, runner):
    class Picky(asyncio.Future):
        def set_result(self, _result):
            raise LookupError

    async def run():
        admin = AsyncAdminClient(generate_keypair(), "http://127.0.0.1:9")
        loop = asyncio.get_running_loop()
        with monkeypatch.context() as patch:
            patch.setattr(loop, "create_future", lambda: Picky(loop=loop), raising=False)
            waiting = admin._operations.held_token().__await__()
            future = next(waiting)
        await asyncio.sleep(1)
        assert isinstance(future.exception(), LookupError)

    runner.run(run())


def test_the_loop_runs_while_many_wait(sync_space, runner):
    async def run():
        async with sync_space.async_client() as owner:
            turns = 0

            async def count():
                nonlocal turns
                while True:
                    turns += 1
                    await asyncio.sleep(0)

            counting = asyncio.create_task(count())
            posts = (owner.post_encrypted_message("general", "x", b"1") for _ in range(20))
            created = await asyncio.gather(*posts)
            counting.cancel()
            assert len({each.message_hash for each in created}) == 20
            assert turns > 20

    runner.run(asyncio.wait_for(run(), 3 * PATIENCE))


WAITING = """
import sys
from reeeductio import AsyncSpace, NetworkError, Space, generate_keypair
import asyncio
keys = generate_keypair()
arguments = (keys.to_space_id(), keys.to_user_id(), keys.private_key, bytes(32), sys.argv[1])
try:
    if sys.argv[2] == "sync":
        Space(*arguments).get_messages("general")
    else:
        asyncio.run(AsyncSpace(*arguments).get_messages("general"))
except KeyboardInterrupt:
    print("interrupted")
"""


def test_ctrl_c_ends_a_wait(silent, kind):
    url, asked, _ = silent
    command = [sys.executable, "-c", WAITING, url, kind]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert asked.wait(PATIENCE)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=PATIENCE)
    assert out == "interrupted\n"


def test_a_handle_is_used_from_several_threads(sync_space):
    with sync_space.owner() as owner:
        threads = [threading.Thread(target=owner.post_message, args=("general", "x", b"1")) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        assert len(owner.get_messages("general")) == 8


ENDING = """
import asyncio, atexit, os, sys, threading
from reeeductio import AsyncSpace, generate_keypair

gate = threading.Event()
# Runs before what the package has registered: the interpreter ends while a thread of the package's is in Python.
atexit.register(gate.set)

class Loop(asyncio.SelectorEventLoop):
    def call_soon_threadsafe(self, *arguments, **more):
        handle = super().call_soon_threadsafe(*arguments, **more)
        if threading.current_thread() is not threading.main_thread():
            gate.wait()
        return handle

async def main():
    keys = generate_keypair()
    member = (keys.to_user_id(), keys.private_key, os.urandom(32))
    async with AsyncSpace(keys.to_space_id(), *member, sys.argv[1]) as space:
        print(len(await space.get_messages("general")))

with asyncio.Runner(loop_factory=Loop) as runner:
    runner.run(main())
"""


def test_a_program_ends_while_a_thread_wakes_its_event_loop(server):
    command = [sys.executable, "-c", ENDING, server.url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "0\n"), done.stderr


FORKING = """
import os, sys
from reeeductio import Space, generate_keypair

def made():
    keys = generate_keypair()
    return Space(keys.to_space_id(), keys.to_user_id(), keys.private_key, os.urandom(32), sys.argv[1])

before = made()
assert before.get_messages("general") == []
child = os.fork()
if child == 0:
    try:
        before.get_messages("general")
    except RuntimeError as error:
        assert "before fork()" in str(error), error
    else:
        raise AssertionError
    assert len(before.message_key) == 32
    assert made().get_messages("general") == []
    print("child", flush=True)
    sys.exit()
_, status = os.waitpid(child, 0)
assert before.get_messages("general") == []
sys.exit(os.waitstatus_to_exitcode(status))
"""


def test_a_forked_process_makes_calls(server):
    command = [sys.executable, "-c", FORKING, server.url]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as process:
        try:
            out, _ = process.communicate(timeout=PATIENCE)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    assert (process.returncode, out) == (0, "child\n"), out
