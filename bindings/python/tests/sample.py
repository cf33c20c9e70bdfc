"""A program as users write it; `test_typing.py` has it checked, and nobody runs it."""

import asyncio
import io
from collections.abc import Callable
from pathlib import Path
from typing import assert_type

from reeeductio import (
    AdminClient,
    AdminSpace,
    AsyncSpace,
    AuthSession,
    Capability,
    CapabilityOp,
    ConflictError,
    Credentials,
    Ed25519KeyPair,
    LocalMessageStore,
    Message,
    Network,
    NotFoundError,
    OpaqueCredentials,
    Space,
    TopicMessage,
    Value,
    generate_keypair,
    opaque_login,
)
from reeeductio.crypto import to_space_id, to_user_id
from reeeductio.messages import get_messages_async, post_message
from reeeductio.models import BlobCreated, DataEntry, EncryptedBlobCreated, MessageCreated


def waiting(root: bytes) -> None:
    """Use everything of a handle that waits."""
    private_key, public_key = generate_keypair()
    assert_type(private_key, bytes)
    store = LocalMessageStore(Path("seen.db"))
    with Space(to_space_id(public_key), to_user_id(public_key), private_key, root, local_store=store) as space:
        assert_type(space, Space)
        assert_type(space.authenticate(), str)
        assert_type(space.get_messages("general", limit=50), list[Message])
        created = space.post_encrypted_message("general", "chat.text", b"Hello!")
        assert_type(created, MessageCreated)
        assert_type(created.server_timestamp, int)
        try:
            space.post_message("general", "x", b"", prev_hash=created.message_hash)
            assert_type(space.get_plaintext_state("profiles/alice"), str)
        except ConflictError as error:
            assert_type(error.code, str | None)
        except NotFoundError:
            pass
        assert_type(space.encrypt_and_upload_blob(b"1"), EncryptedBlobCreated)
        assert_type(space.upload_plaintext_blob(b"1"), BlobCreated)
        sealed = space.upload_file(io.BytesIO(b"1"), print)
        with Path("film.mp4").open("rb") as film:
            space.upload_plaintext_file(film)
        assert_type(sealed.dek, bytes)
        assert_type(space.download_file(sealed.blob_id, sealed.dek, Path("film.mp4")), int)
        assert_type(space.set_encrypted_data("a/b", b"1"), int)
        assert_type(space.get_data_entry("a/b"), DataEntry)
        space.grant_capability_to_role("member", "read", {"op": "read", "path": "topics/{any}"})
        space.grant_capability_to_user("U", "post", Capability(CapabilityOp.CREATE, "topics/{any}/messages"))
        assert_type(space.create_invitation(guests=1), Ed25519KeyPair)
        assert_type(space.enable_opaque(), dict[str, bool])
        for message in space.stream_messages():
            assert_type(space.decrypt_message_data(message, message.topic_id), bytes)
        post_message(space.client, space.space_id, "general", "x", b"", None, space.member_id, private_key)
        assert_type(space.auth, AuthSession)
    assert_type(opaque_login("http://localhost:8000", "S", "alice", "secret"), OpaqueCredentials)
    with AdminClient(generate_keypair()) as admin:
        assert_type(admin.get_space_id(), str)
    with AdminSpace("S", "U", private_key, root) as admin_space:
        assert_type(admin_space.create_space(generate_keypair()), str)


def topics_and_values(space: Space, store: LocalMessageStore) -> None:
    """Use what seals and opens by itself, and the ways in."""
    for said in space.topic("general").history():
        assert_type(said, TopicMessage)
        assert_type(said.text, str)
    assert_type(space.data.list("tasks"), list[Value])
    space.data.update("counter", lambda old: old.json() + 1 if old else 1)
    space.data.update("tasks/1", lambda old: None)
    space.state.set("profiles/alice", {"name": "Alice", "tags": ["a", 1, None]})
    assert_type(space.on_status(print), Callable[[], None])
    assert_type(space.outbox.add("general", "chat.text", "Hello!"), int)
    assert_type(space.invite_link("editor", uses=1), str)
    joined = Space.join("link", store, network=Network(connect=2, ca_file=Path("ours.pem")))
    assert_type(joined, Space)
    assert_type(joined.account.spaces(), list[Credentials])


async def awaiting(keys: Ed25519KeyPair, root: bytes) -> None:
    """Use a handle for asyncio."""
    async with AsyncSpace(keys.to_space_id(), keys.to_user_id(), keys.private_key, root) as space:
        assert_type(space, AsyncSpace)
        assert_type(await space.get_messages("general"), list[Message])
        results = await asyncio.gather(*(space.post_message("general", "x", b"") for _ in range(3)))
        assert_type(results, list[MessageCreated])
        assert_type(await space.upload_file("film.mp4"), EncryptedBlobCreated)
        async for message in space.stream_messages():
            assert_type(message, Message)
        async with space.data.watch("tasks") as watch:
            async for value in watch:
                assert_type(value, Value)
        assert_type(await space.topic("general").post("chat.text", {"a": 1}), MessageCreated)
        assert_type(await AsyncSpace.reopen(LocalMessageStore("ann.db")), AsyncSpace)
        async for frame in space.stream(include_pings=True):
            print(frame["type"])
        async with space.connect() as socket:
            print(await socket.recv())
        assert_type(await get_messages_async(await space.get_client(), space.space_id, "general"), list[Message])
