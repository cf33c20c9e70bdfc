"""The live stream. It is there in the asynchronous client only."""

import asyncio
import json

import pytest
import websockets
from reeeductio import Message, generate_keypair
from reeeductio.exceptions import AuthenticationError, StreamError
from rig.spaces import TestSpace
from rig.wire import now

PATIENCE = 10


async def receive(socket) -> dict:
    return json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))


def test_every_message_arrives_as_it_is_posted(sync_space, runner):
    async def run():
        async with sync_space.async_client() as listener, sync_space.async_client() as poster:
            async with listener.connect() as socket:
                posted = await poster.post_encrypted_message("general", "chat.text", b"live")
                await poster.set_plaintext_state("profiles/alice", "1")
                frames = [await receive(socket) for _ in range(2)]
                stored = await poster.get_messages("general")
                return listener.decrypt_message_data(Message(**frames[0]), "general"), posted, frames, stored

    opened, posted, frames, stored = runner.run(run())
    assert opened == b"live"
    assert frames[0]["message_hash"] == posted.message_hash
    assert Message(**frames[0]) == stored[0], "the stream and the list hold the same message"
    assert (frames[1]["topic_id"], frames[1]["type"]) == ("state", "profiles/alice")


def test_messages_arrive_in_the_order_of_their_chain(sync_space, runner):
    async def run():
        async with sync_space.async_client() as listener, sync_space.async_client() as poster:
            async with listener.connect() as socket:
                head = None
                for _ in range(200):
                    head = (await poster.post_message("busy", "n", b"x", prev_hash=head)).message_hash
                return [await receive(socket) for _ in range(200)]

    frames = runner.run(run())
    links = [frame["prev_hash"] for frame in frames]
    assert links == [None, *(frame["message_hash"] for frame in frames[:-1])]
    stamps = [frame["server_timestamp"] for frame in frames]
    assert stamps == sorted(set(stamps))


async def first(stream, poster):
    """The first message of a stream. It begins without a greeting: messages are posted until one is heard."""

    async def listen():
        async for message in stream:
            return message

    listening = asyncio.create_task(listen())
    while not listening.done():
        await poster.post_message("general", "chat.text", b"x")
        await asyncio.wait([listening], timeout=0.02)
    return await listening


def test_the_stream_yields_what_arrives_as_it_is(sync_space, runner):
    async def run():
        async with sync_space.async_client() as listener, sync_space.async_client() as poster:
            return await first(listener.stream(), poster), await poster.get_messages("general")

    message, stored = runner.run(run())
    assert Message(**message) in stored


def test_the_stream_yields_messages(sync_space, runner):
    async def run():
        async with sync_space.async_client() as listener, sync_space.async_client() as poster:
            return await first(listener.stream_messages(), poster), await poster.get_messages("general")

    message, stored = runner.run(run())
    assert message in stored


def test_a_member_sees_only_what_it_may_read(sync_space, runner):
    """wire.md 14.1.6: upstream sent every topic to every member."""
    keys = sync_space.add_user(("read", "topics/open"), ("create", "topics/{any}"))

    async def run():
        async with sync_space.async_client(keys) as member, sync_space.async_client() as owner:
            async with member.connect() as mine, owner.connect() as all_of_it:
                await owner.post_message("secret", "x", b"not for the member")
                await owner.post_message("open", "x", b"for all")
                await owner.set_plaintext_state("profiles/alice", "state is for all")
                owners = [(await receive(all_of_it))["topic_id"] for _ in range(3)]
                members = [(await receive(mine))["topic_id"] for _ in range(2)]
                return owners, members

    assert runner.run(run()) == (["secret", "open", "state"], ["open", "state"])


def test_a_right_given_or_taken_counts_on_an_open_stream(sync_space, runner):
    keys = sync_space.add_user()
    user = keys.to_user_id()

    async def run():
        async with sync_space.async_client(keys) as member, sync_space.async_client() as owner:
            async with member.connect() as socket:
                seen = []
                await owner.post_message("general", "x", b"before")
                await owner.grant_capability_to_user(user, "r", {"op": "read", "path": "topics/general"})
                await owner.post_message("general", "x", b"while")
                await owner.set_plaintext_state(f"auth/users/{user}/rights/r", "")
                await owner.post_message("general", "x", b"after")
                await owner.set_plaintext_state("done", "1")
                while not seen or seen[-1] != "done":
                    frame = await receive(socket)
                    seen.append(frame["data"] if frame["topic_id"] == "general" else frame["type"])
                return seen

    right = f"auth/users/{user}/rights/r"
    assert runner.run(run()) == [right, "d2hpbGU=", right, "done"]


def test_two_members_hear_each_other(sync_space, runner):
    rights = ("read", "topics/general"), ("create", "topics/general")
    first, second = sync_space.add_user(*rights), sync_space.add_user(*rights)

    async def run():
        async with sync_space.async_client(first) as one, sync_space.async_client(second) as two:
            async with one.connect() as ears_of_one, two.connect() as ears_of_two:
                await one.post_message("general", "x", b"ping")
                await receive(ears_of_two)
                await two.post_message("general", "x", b"pong")
                return [(await receive(ears_of_one))["sender"] for _ in range(2)], (await receive(ears_of_two))[
                    "sender"
                ]

    one, two = first.to_user_id(), second.to_user_id()
    assert runner.run(run()) == ([one, two], two)


def test_a_ping_is_answered(sync_space, runner):
    async def run():
        async with sync_space.async_client() as owner, owner.connect() as socket:
            await socket.send("something else")
            await socket.send("ping")
            answer = await asyncio.wait_for(socket.recv(), PATIENCE)
            # And the ping of the WebSocket itself.
            await asyncio.wait_for(await socket.ping(), PATIENCE)
            return answer

    assert runner.run(run()) == "pong"


async def close_code(socket) -> int:
    """Reads until the server closes."""
    try:
        while True:
            await asyncio.wait_for(socket.recv(), PATIENCE)
    except websockets.ConnectionClosed as closed:
        return closed.rcvd.code


def test_a_removed_members_stream_ends(sync_space, runner):
    keys = sync_space.add_user()

    async def run():
        async with sync_space.async_client(keys) as member, sync_space.async_client() as owner:
            async with member.connect() as socket:
                await owner.set_plaintext_state(f"auth/users/{keys.to_user_id()}", "")
                return await close_code(socket)

    assert runner.run(run()) == 1008


def test_the_stream_ends_with_its_token(sync_space, runner, expiring_token):
    """wire.md 10: upstream did not look at the token again."""

    async def run():
        token = expiring_token(sync_space.id, sync_space.keys.to_user_id(), now() // 1000 + 2)
        url = f"{sync_space.url.replace('http', 'ws')}/spaces/{sync_space.id}/stream?token={token}"
        async with websockets.connect(url) as socket:
            return await close_code(socket)

    assert runner.run(run()) == 1008


def test_a_stream_that_ends_is_an_error_of_the_client(sync_space, runner):
    keys = sync_space.add_user()

    async def run():
        async with sync_space.async_client(keys) as member, sync_space.async_client() as owner:
            async with member.connect() as socket:
                await owner.set_plaintext_state(f"auth/users/{keys.to_user_id()}", "")
                while True:
                    await asyncio.wait_for(socket.recv(), PATIENCE)

    with pytest.raises(StreamError):
        runner.run(run())


def test_a_stranger_has_no_stream(sync_space, runner):
    async def run():
        async with sync_space.async_client(generate_keypair()) as stranger, stranger.connect():
            pass

    with pytest.raises(AuthenticationError):
        runner.run(run())


@pytest.mark.parametrize("query", ["", "?token=", "?token=garbage"])
def test_without_a_token_the_handshake_is_refused(sync_space, runner, query):
    async def run():
        url = f"{sync_space.url.replace('http', 'ws')}/spaces/{sync_space.id}/stream{query}"
        async with websockets.connect(url):
            pass

    with pytest.raises(websockets.InvalidStatus) as caught:
        runner.run(run())
    assert (caught.value.response.status_code, caught.value.response.body) == (403, b"")


def test_an_unknown_space_has_no_stream(closed_server, runner):
    space = TestSpace(closed_server.url)

    async def run():
        url = f"{space.url.replace('http', 'ws')}/spaces/{space.id}/stream?token=x"
        async with websockets.connect(url):
            pass

    with pytest.raises(websockets.InvalidStatus) as caught:
        runner.run(run())
    assert caught.value.response.status_code == 404
