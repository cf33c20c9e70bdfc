"""Closing what somebody waits for, functions that come back to the client, endless arguments."""

import asyncio
import gc
import queue
import subprocess
import sys
import threading

import pytest
from reeeductio import LocalMessageStore, Space

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


STREAMS = {
    "live": lambda space: space.live(follow={"general": None}),
    "topic": lambda space: space.topic("general").live(from_start=True),
    "history": lambda space: space.topic("general").history(),
    "data": lambda space: space.data.watch(),
    "state": lambda space: space.state.watch("profiles"),
    "statuses": lambda space: space.statuses(),
}


@pytest.fixture
def filled(sync_space, tmp_path):
    """A handle whose streams all have something to give."""
    with sync_space.owner(local_store=LocalMessageStore(tmp_path / "local.db")) as owner:
        owner.topic("general").post("chat.text", "1")
        owner.data.set("a", "1")
        owner.state.set("profiles/a", "1")
        yield owner


def in_thread(work):
    """Run something that should end, in a thread that does not keep the test from ending."""
    results = queue.Queue()

    def run():
        try:
            results.put(work())
        except BaseException as error:  # noqa: BLE001 - it is shown by the test
            results.put(error)

    threading.Thread(target=run, daemon=True).start()
    return results


@pytest.mark.parametrize("name", STREAMS)
def test_closing_a_handle_ends_its_streams_in_other_threads(filled, name):
    stream = STREAMS[name](filled)
    next(stream)
    began = threading.Event()

    def follow():
        began.set()
        return len([*stream])

    ended = in_thread(follow)
    began.wait()
    filled.close()
    assert isinstance(ended.get(timeout=PATIENCE), int)
    with pytest.raises(StopIteration):
        next(stream)
    again = STREAMS[name](filled)
    next(again)
    again.close()


@pytest.mark.parametrize("name", ["live", "topic", "history", "data", "state"])
def test_closing_a_handle_ends_a_stream_that_waits_for_its_server(silent, name):
    url, asked, _ = silent
    space = Space.create(LocalMessageStore(":memory:"), url)
    ended = in_thread(lambda: [*STREAMS[name](space)])
    assert asked.wait(PATIENCE)
    space.close()
    assert ended.get(timeout=PATIENCE) == []


def test_a_handle_that_was_closed_holds_no_connection_for_streams_that_nobody_reads(filled):
    stream = filled.data.watch()
    next(stream)
    assert filled.status() == "connected"
    filled.close()
    idle = in_thread(lambda: next(status for status in filled.statuses() if status == "idle"))
    assert idle.get(timeout=PATIENCE) == "idle"
    assert list(stream) == []


def test_closing_a_handle_ends_keep_sending_and_what_waits_is_kept(filled, sync_space):
    ended = in_thread(filled.outbox.keep_sending)
    filled.outbox.add("outbox", "chat.text", "sent")
    with sync_space.owner() as other, other.topic("outbox").live(from_start=True) as sent:
        assert next(sent).text == "sent"
    filled.close()
    assert ended.get(timeout=PATIENCE) is None
    filled.outbox.add("outbox", "chat.text", "not sent yet")
    again = in_thread(filled.outbox.keep_sending)
    with sync_space.owner() as other, other.topic("outbox").live(from_start=True) as sent:
        assert [next(sent).text, next(sent).text] == ["sent", "not sent yet"]
    filled.close()
    assert again.get(timeout=PATIENCE) is None
    # The end may have come before it was noted that a message is stored.
    filled.outbox.send()
    assert [message.text for message in filled.topic("outbox").newest()] == ["sent", "not sent yet"]


def test_closing_an_asynchronous_handle_ends_what_other_tasks_wait_for(sync_space, runner, tmp_path):
    async def run():
        space = sync_space.async_client(local_store=LocalMessageStore(tmp_path / "local.db"))
        await space.data.set("a", "1")
        stream = space.data.watch()
        await anext(stream)

        async def follow():
            return [each async for each in stream]

        following, sending = asyncio.create_task(follow()), asyncio.create_task(space.outbox.keep_sending())
        await asyncio.sleep(0)
        await space.close()
        assert await following == []
        assert await sending is None
        assert (await space.data.get("a")).text == "1", "a handle that was closed is used again"
        await space.close()

    runner.run(asyncio.wait_for(run(), PATIENCE))


def test_a_stream_outlives_a_handle_that_nobody_closed(sync_space):
    with sync_space.owner() as owner:
        owner.data.set("a", "1")
        values = sync_space.owner().data.watch()
        assert next(values).text == "1"
        gc.collect()
        owner.data.set("a", "2")
        assert next(values).text == "2"
        values.close()
