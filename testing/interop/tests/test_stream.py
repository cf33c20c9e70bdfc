"""The live stream with the published client."""

import asyncio

from reeeductio.client import AsyncSpace
from reeeductio.crypto import generate_keypair


async def first(stream, count):
    found = []
    async for message in stream:
        found.append(message)
        if len(found) == count:
            return found


def test_messages_arrive_as_they_are_posted(space):
    async def run():
        async with space.async_owner() as owner, space.async_owner() as poster:
            await owner.authenticate()
            await poster.authenticate()
            async with owner.connect() as socket:
                await poster.post_encrypted_message("general", "chat.text", b"live")
                await poster.set_plaintext_state("a/b", "1")
                frames = [await asyncio.wait_for(socket.recv(), 10) for _ in range(2)]
                await socket.send("ping")
                pong = await asyncio.wait_for(socket.recv(), 10)
                return frames, pong

    frames, pong = asyncio.run(run())
    assert '"topic_id":"general"' in frames[0] and '"topic_id":"state"' in frames[1]
    assert pong == "pong"


def test_a_member_sees_only_what_it_may_read(space):
    """wire.md 14.1.6: upstream sent every topic to every member."""
    member = generate_keypair()
    with space.owner() as owner:
        owner.add_user(member.to_user_id())
        owner.grant_capability_to_user(member.to_user_id(), "r", {"op": "read", "path": "topics/open"})

    async def run():
        listener = AsyncSpace(**space.arguments(member.to_user_id(), member.private_key))
        async with listener, space.async_owner() as poster:
            await listener.authenticate()
            async with listener.connect() as socket:
                await poster.post_message("secret", "x", b"not for you")
                await poster.post_message("open", "x", b"for all")
                return await asyncio.wait_for(socket.recv(), 10)

    assert '"topic_id":"open"' in asyncio.run(run())


def test_stream_messages_yields_messages(space):
    async def run():
        async with space.async_owner() as owner, space.async_owner() as poster:
            await owner.authenticate()
            listening = asyncio.create_task(first(owner.stream_messages(), 1))
            # The stream has no greeting: post until it has heard one.
            while not listening.done():
                await poster.post_message("general", "chat.text", b"x")
                await asyncio.wait([listening], timeout=0.05)
            return (await listening)[0]

    assert asyncio.run(run()).topic_id == "general"


def test_a_removed_members_stream_ends(space):
    member = generate_keypair()
    path = f"auth/users/{member.to_user_id()}"
    with space.owner() as owner:
        owner.add_user(member.to_user_id())

    async def run():
        from websockets.exceptions import ConnectionClosed

        listener = AsyncSpace(**space.arguments(member.to_user_id(), member.private_key))
        async with listener, space.async_owner() as owner:
            await listener.authenticate()
            try:
                async with listener.connect() as socket:
                    await owner.set_plaintext_state(path, "")
                    while True:
                        await asyncio.wait_for(socket.recv(), 10)
            except ConnectionClosed as closed:
                return closed.rcvd.code
            except Exception as error:  # the client wraps what ends its context
                return error.__cause__.rcvd.code

    assert asyncio.run(run()) == 1008


def test_without_a_token_there_is_no_stream(space, server):
    import websockets

    async def run():
        url = server.url.replace("http", "ws")
        try:
            async with websockets.connect(f"{url}/spaces/{space.id}/stream?token=nonsense"):
                return None
        except websockets.exceptions.InvalidStatus as refused:
            return refused.response.status_code, refused.response.body

    assert asyncio.run(run()) == (403, b"")
