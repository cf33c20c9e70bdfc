"""The live stream."""

import asyncio
import threading

import pytest
from reeeductio import AuthenticationError, StreamError, generate_keypair

PATIENCE = 20


def test_messages_arrive_while_they_are_posted(sync_space):
    """A stream begins with what is stored once it is open: a message that was posted before it is not in it."""
    with sync_space.owner() as owner, sync_space.owner() as poster:
        stream = owner.stream_messages()
        done = threading.Event()

        def post():
            number = 0
            while not done.is_set():
                poster.post_encrypted_message("general", "x", str(number).encode())
                number += 1

        thread = threading.Thread(target=post)
        thread.start()
        try:
            first, second = next(stream), next(stream)
        finally:
            done.set()
            thread.join()
            stream.close()
        numbers = [int(owner.decrypt_message_data(each, "general")) for each in (first, second)]
        assert numbers[1] == numbers[0] + 1
        assert second.prev_hash == first.message_hash


def test_the_asynchronous_stream_gives_the_same(sync_space, runner):
    async def run():
        async with sync_space.async_client() as owner:
            messages, frames = owner.stream_messages(), owner.stream(include_pings=True)
            waiting = asyncio.gather(anext(messages), anext(frames))
            while not waiting.done():
                await owner.post_encrypted_message("general", "x", b"hello")
                await asyncio.sleep(0)
            message, frame = await waiting
            await messages.aclose()
            await frames.aclose()
            assert owner.decrypt_message_data(message, "general") == b"hello"
            assert frame["type"] == "ping" or frame["topic_id"] == "general"

    runner.run(asyncio.wait_for(run(), PATIENCE))


def test_a_stream_that_is_closed_leaves_nothing_behind(sync_space, runner):
    async def run():
        async with sync_space.async_client() as owner:
            messages = owner.stream_messages()
            waiting = asyncio.ensure_future(anext(messages))
            while not waiting.done():
                await owner.post_encrypted_message("general", "x", b"hello")
            await messages.aclose()
            # A task that closing had left for later would begin now.
            await asyncio.sleep(0)
            assert asyncio.all_tasks() == {asyncio.current_task()}

    runner.run(run())


def test_a_stranger_has_no_stream(space, kind, runner):
    with space.owner() as owner:
        owner.post_message("general", "x", b"1")
    keys = generate_keypair()
    with space.user(keys) as stranger:
        if kind == "sync":
            with pytest.raises(AuthenticationError) as caught:
                next(stranger.stream_messages())
        else:
            with pytest.raises(AuthenticationError) as caught:
                runner.run(anext(stranger._client.stream_messages()))
    assert isinstance(caught.value, StreamError)


def test_a_removed_member_loses_its_stream(sync_space, runner):
    keys = sync_space.add_user(("read", "topics/{any}"))

    async def run():
        async with (
            sync_space.async_client(keys) as member,
            sync_space.async_client() as owner,
            member.connect() as socket,
        ):
            await owner.remove_member(keys.to_user_id())
            while True:
                await socket.recv()

    with pytest.raises(StreamError):
        runner.run(asyncio.wait_for(run(), PATIENCE))
