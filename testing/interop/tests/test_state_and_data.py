"""State and data entries with the published client."""

import asyncio
import time

import pytest
from reeeductio.crypto import generate_keypair
from reeeductio.exceptions import NotFoundError, ValidationError


def test_state_is_set_read_and_listed(space):
    with space.owner() as owner:
        with pytest.raises(NotFoundError):
            owner.get_plaintext_state("profiles/alice")
        owner.set_plaintext_state("profiles/alice", '{"name": "Alice"}')
        owner.set_encrypted_state("profiles/bob", "secret")
        assert owner.get_plaintext_state("profiles/alice") == '{"name": "Alice"}'
        assert owner.get_encrypted_state("profiles/bob") == "secret"
        assert "secret" not in owner.get_state_history(0, 9999999999999)[1].data
        history = owner.get_state_history(0, 9999999999999)
        assert [m.type for m in history] == ["profiles/alice", "profiles/bob"]


def test_a_removed_entry_reads_as_empty(space):
    with space.owner() as owner:
        owner.set_plaintext_state("profiles/alice", "x")
        owner.set_plaintext_state("profiles/alice", "")
        assert owner.get_plaintext_state("profiles/alice") == ""


def test_state_with_a_key_of_ones_own(space):
    with space.owner() as owner:
        owner.set_encrypted_state("a/b", "value", key=b"k" * 32)
        assert owner.get_encrypted_state("a/b", key=b"k" * 32) == "value"


def test_data_is_set_and_read(space):
    with space.owner() as owner:
        with pytest.raises(NotFoundError):
            owner.get_plaintext_data("presence/alice")
        before = int(time.time() * 1000)
        stamp = owner.set_plaintext_data("presence/alice", b"online")
        assert abs(stamp - before) < 60_000
        assert owner.get_plaintext_data("presence/alice") == b"online"
        owner.set_encrypted_data("presence/bob", b"away")
        assert owner.get_encrypted_data("presence/bob") == b"away"
        owner.set_encrypted_user_data("settings", b"dark")
        assert owner.get_encrypted_user_data("settings") == b"dark"


def test_data_rights_are_judged_on_the_data_path(space):
    """wire.md 5: upstream judged writes on the bare path."""
    member = generate_keypair()
    with space.owner() as owner:
        owner.add_user(member.to_user_id())
        owner.grant_capability_to_user(member.to_user_id(), "d", {"op": "write", "path": "data/foo/{any}"})
    with space.user(member) as client:
        client.set_plaintext_data("foo/bar", b"1")
        assert client.get_plaintext_data("foo/bar") == b"1"
        with pytest.raises(ValidationError):
            client.set_plaintext_data("other/bar", b"1")


def test_the_asynchronous_client_does_the_same(space):
    async def run():
        async with space.async_owner() as owner:
            await owner.set_plaintext_state("p/a", "1")
            await owner.set_encrypted_state("p/b", "2")
            await owner.set_plaintext_data("d/a", b"3")
            await owner.set_encrypted_data("d/b", b"4")
            await owner.set_encrypted_user_data("d", b"5")
            return (
                await owner.get_plaintext_state("p/a"),
                await owner.get_encrypted_state("p/b"),
                await owner.get_plaintext_data("d/a"),
                await owner.get_encrypted_data("d/b"),
                await owner.get_encrypted_user_data("d"),
                len(await owner.get_state_history(0, 9999999999999)),
            )

    assert asyncio.run(run()) == ("1", "2", b"3", b"4", b"5", 2)
