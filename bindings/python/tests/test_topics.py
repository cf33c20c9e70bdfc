"""Topics whose messages are sealed and opened by themselves, and the outbox."""

import asyncio
import queue
import threading

import pytest
from conftest import ADMIN
from reeeductio import (
    AuthorizationError,
    DecryptionError,
    LocalMessageStore,
    NetworkError,
    ValidationError,
    generate_keypair,
)
from rig.server import Server
from rig.spaces import TestSpace

PATIENCE = 60


def test_bytes_text_and_json_come_back_as_they_were(sync_space):
    with sync_space.owner() as owner:
        topic = owner.topic("general")
        contents = [b"\x00\xff", "Grüße", {"done": False, "tags": ["a"]}, 7, [None]]
        created = [topic.post("x", content) for content in contents]
        messages = topic.newest()
        assert [message.message_hash for message in messages] == [each.message_hash for each in created]
        assert messages[0].bytes == contents[0]
        assert messages[1].text == contents[1]
        assert [message.json() for message in messages[2:]] == contents[2:]
        assert list(topic.history()) == messages
        assert list(topic.history(after=messages[2].position)) == messages[3:]
        assert [message.json() for message in topic.newest(2)] == [7, [None]]
        assert topic.message(created[2].message_hash).json() == contents[2]
        with pytest.raises(ValidationError, match="not JSON"):
            messages[1].json()
        with pytest.raises(ValidationError, match="not UTF-8"):
            _ = messages[0].text
        with pytest.raises(ValidationError, match="content"):
            topic.post("x", {"when": object()})
        with pytest.raises(ValidationError, match="content"):
            topic.post("x", float("nan"))


def test_the_newest_come_from_several_pages(sync_space):
    with sync_space.owner() as owner:
        topic = owner.topic("general")
        for number in range(30):
            topic.post("x", number)
        assert [message.json() for message in topic.newest(25)] == list(range(5, 30))
        assert [message.json() for message in topic.newest(1000)] == list(range(30))
        assert topic.newest(0) == []


def test_a_message_in_the_clear_has_no_opened_content(sync_space):
    with sync_space.owner() as owner:
        owner.post_message("general", "x", b"for everybody")
        (message,) = owner.topic("general").newest()
        assert message.content is None
        with pytest.raises(DecryptionError):
            _ = message.bytes


def test_a_history_tells_why_it_cannot_be_read(sync_space):
    keys = generate_keypair()
    with sync_space.owner() as owner:
        owner.add_user(keys.to_user_id())
        owner.topic("general").post("x", 1)
    with sync_space.user(keys) as other, pytest.raises(AuthorizationError):
        next(other.topic("general").history())


def test_a_wait_that_is_cancelled_loses_nothing(sync_space, runner):
    count = 200

    async def post(topic):
        for number in range(count):
            await topic.post("x", number)

    async def run():
        async with sync_space.async_client() as owner, sync_space.async_client() as poster:
            posting = asyncio.create_task(post(poster.topic("general")))
            numbers, cancelled = [], 0
            async with owner.topic("general").live(from_start=True) as live:
                while len(numbers) < count:
                    try:
                        async with asyncio.timeout(0.002):
                            numbers.append((await anext(live)).json())
                    except TimeoutError:
                        cancelled += 1
            await posting
            assert numbers == list(range(count))
            assert cancelled > 0

    runner.run(asyncio.wait_for(run(), PATIENCE))


def test_a_stream_follows_what_was_stored(sync_space):
    with sync_space.owner() as owner:
        topic = owner.topic("general")
        first, second = topic.post("x", 1), topic.post("x", 2)
        with owner.live(follow={"general": None}) as stream:
            assert [next(stream).message_hash, next(stream).message_hash] == [first.message_hash, second.message_hash]
        after = (first.message_hash, first.server_timestamp)
        with owner.live(follow={"general": after}) as stream:
            assert next(stream).message_hash == second.message_hash
        with topic.live(after=after) as live:
            assert next(live).json() == 2
        assert list(live) == []


def test_two_tasks_do_not_take_the_same_item(sync_space, runner):
    async def run():
        async with sync_space.async_client() as owner, owner.topic("general").live(from_start=True) as live:
            waiting = asyncio.create_task(anext(live))
            await asyncio.sleep(0)
            with pytest.raises(RuntimeError, match="another task"):
                await anext(live)
            await owner.topic("general").post("x", 1)
            assert (await waiting).json() == 1

    runner.run(asyncio.wait_for(run(), PATIENCE))


def test_the_status_is_told_as_it_changes(sync_space, runner):
    async def run():
        async with sync_space.async_client() as owner:
            assert await owner.status() == "idle"
            async with owner.statuses() as statuses:
                seen = [await anext(statuses)]
                async with owner.topic("general").live(from_start=True) as live:
                    await owner.topic("general").post("x", 1)
                    await anext(live)
                    while seen[-1] != "connected":
                        seen.append(await anext(statuses))
                while seen[-1] != "idle":
                    seen.append(await anext(statuses))
            assert seen[0] == "idle"
            assert set(seen) <= {"idle", "connecting", "connected"}

    runner.run(asyncio.wait_for(run(), PATIENCE))


def test_a_function_is_told_of_the_status_until_that_is_ended(sync_space):
    seen, others = queue.Queue(), queue.Queue()

    def until(there, wanted):
        while there.get(timeout=PATIENCE) != wanted:
            pass

    def raising(status):
        others.put(status)
        message = "mine"
        raise ValueError(message)

    with sync_space.owner() as owner:
        end = owner.on_status(seen.put)
        owner.on_status(raising)
        assert seen.get(timeout=PATIENCE) == "idle"
        topic = owner.topic("general")
        topic.post("x", 1)
        with topic.live(from_start=True) as live:
            next(live)
            until(seen, "connected")
            until(others, "connected")
        until(seen, "idle")
        until(others, "idle")
        end()
        end()
        with topic.live(from_start=True) as live:
            next(live)
            until(others, "connected")
        until(others, "idle")
        assert seen.empty()
    # The threads end with the handle.
    for thread in threading.enumerate():
        if thread.name == "reeeductio status":
            thread.join(PATIENCE)
            assert not thread.is_alive()


def test_a_function_is_told_of_the_status_in_the_event_loop(sync_space, runner):
    async def run():
        before, raised, seen = asyncio.all_tasks(), [], asyncio.Queue()
        asyncio.get_running_loop().set_exception_handler(lambda _, context: raised.append(context["exception"]))

        def told(status):
            seen.put_nowait((status, threading.current_thread()))
            raise ValueError(status)

        async def until(wanted):
            while await seen.get() != (wanted, threading.current_thread()):
                pass

        async with sync_space.async_client() as owner:
            end = owner.on_status(told)
            topic = owner.topic("general")
            await topic.post("x", 1)
            async with topic.live(from_start=True) as live:
                await anext(live)
                await until("connected")
                end()
            kept = asyncio.Queue()
            owner.on_status(kept.put_nowait)
            assert await kept.get() in {"idle", "connected"}
        assert {type(each) for each in raised} == {ValueError}
        assert seen.empty()
        left = asyncio.all_tasks() - before
        await asyncio.gather(*left, return_exceptions=True)
        assert all(task.cancelled() for task in left)

    runner.run(asyncio.wait_for(run(), PATIENCE))


def test_messages_wait_in_the_outbox_while_the_server_is_down(tmp_path):
    folder = tmp_path / "server"
    folder.mkdir()
    registered = {"space_id": ADMIN.to_space_id(), "auto_create_spaces": True}
    server = Server(folder, admin=registered)
    space = TestSpace(server.url)
    path = tmp_path / "local.db"
    with space.owner(local_store=LocalMessageStore(path)) as owner:
        owner.topic("general").post("x", "before")
        server.stop()
        number = owner.outbox.add("general", "x", {"while": "down"})
        with pytest.raises(NetworkError):
            owner.outbox.send()
        assert [(each.number, each.topic_id, each.type) for each in owner.outbox.waiting()] == [
            (number, "general", "x")
        ]
        assert [message.text for message in owner.topic("general").stored()] == ["before"]
    # A program that starts again sends them.
    server = Server(folder, admin=registered, server={"port": int(server.url.rpartition(":")[2])})
    with space.owner(local_store=LocalMessageStore(path)) as owner:
        (sent,) = owner.outbox.send()
        assert sent.number == number
        assert owner.outbox.waiting() == []
        newest = owner.topic("general").newest()[-1]
        assert newest.json() == {"while": "down"}
        assert newest.message_hash == sent.created.message_hash
        discarded = owner.outbox.add("general", "x", "never")
        owner.outbox.discard(discarded)
        assert owner.outbox.send() == []
    server.stop()


def test_a_space_without_a_store_has_no_outbox(sync_space):
    with sync_space.owner() as owner:
        with pytest.raises(ValidationError, match="store"):
            owner.outbox.add("general", "x", "1")
        with pytest.raises(ValidationError, match="store"):
            owner.topic("general").stored()
