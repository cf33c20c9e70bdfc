"""Streams that are closed while somebody waits, functions that come back to the client, endless arguments."""

import asyncio
import subprocess
import sys
import threading

import pytest

PATIENCE = 20


def test_closing_an_asynchronous_stream_ends_the_loop_of_another_task(sync_space, runner):
    async def run():
        async with sync_space.async_client() as owner:
            values = owner.data.watch("a")
            await owner.data.set("a", "1")

            async def follow():
                async for _value in values:
                    began.set()
                return "ended"

            began = asyncio.Event()
            following = asyncio.create_task(follow())
            await began.wait()
            await values.aclose()
            done, _ = await asyncio.wait([following], timeout=PATIENCE)
            assert done
            assert not following.cancelled(), "nobody has cancelled the task"
            assert following.result() == "ended"

    runner.run(asyncio.wait_for(run(), PATIENCE))


def test_closing_a_stream_ends_the_loop_of_another_thread(sync_space):
    with sync_space.owner() as owner:
        owner.data.set("a", "1")
        values = owner.data.watch("a")
        next(values)
        following = threading.Thread(target=lambda: list(values), daemon=True)
        following.start()
        closing = threading.Thread(target=values.close, daemon=True)
        closing.start()
        closing.join(5)
        hangs = closing.is_alive()
        # Only a further change lets both go on.
        owner.data.set("a", "2")
        closing.join(PATIENCE)
        following.join(PATIENCE)
        assert not hangs, "close() waited for the next item"


def test_a_function_that_changes_a_value_does_not_call_the_client(sync_space):
    with sync_space.owner() as owner:

        def change(_old):
            owner.data.set("a", "inner")
            return "outer"

        with pytest.raises(RuntimeError, match="wait for itself"):
            owner.data.update("a", change)
        assert owner.data.get("a") is None


def test_a_list_within_itself_is_refused(sync_space):
    program = """
import sys
from reeeductio import Space, generate_keypair
keys = generate_keypair()
space = Space(keys.to_space_id(), keys.to_user_id(), keys.private_key, bytes(32), base_url="http://127.0.0.1:1")
endless = []
endless.append(endless)
try:
    space.get_plaintext_data(endless)
except Exception as error:
    print(type(error).__name__)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, f"the interpreter ended with {ran.returncode}: {ran.stderr[-300:]}"
    assert ran.stdout.strip() in {"ValidationError", "RecursionError", "TypeError"}
