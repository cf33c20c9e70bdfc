"""State."""

import pytest
from cryptography.exceptions import InvalidTag
from reeeductio.crypto import decode_base64
from reeeductio.exceptions import ChainError, NotFoundError, ValidationError
from reeeductio.state import get_state, get_state_async, get_state_history_async, set_state, set_state_async
from rig.spaces import fresh_key
from rig.wire import FAR_FUTURE

ALICE = "profiles/alice"


def test_plain_state_is_set_and_read(space):
    with space.owner() as owner:
        with pytest.raises(NotFoundError):
            owner.get_plaintext_state(ALICE)
        owner.set_plaintext_state(ALICE, '{"name": "Älice"}')
        assert owner.get_plaintext_state(ALICE) == '{"name": "Älice"}'
        owner.set_plaintext_state(ALICE, "new")
        assert owner.get_plaintext_state(ALICE) == "new"


def test_sealed_state_is_read_by_those_with_the_key(space):
    with space.owner() as owner:
        owner.set_encrypted_state(ALICE, "secret")
        assert owner.get_encrypted_state(ALICE) == "secret"
        [message] = owner.get_state_history()
        assert b"secret" not in decode_base64(message.data)
        key = fresh_key()
        owner.set_encrypted_state("profiles/bob", "own key", key=key)
        assert owner.get_encrypted_state("profiles/bob", key=key) == "own key"
        with pytest.raises(InvalidTag):
            owner.get_encrypted_state("profiles/bob")


def test_the_history_holds_every_change(space):
    with space.owner() as owner:
        for value in ("1", "2", "3"):
            owner.set_plaintext_state("counter", value)
        history = owner.get_state_history()
        assert [decode_base64(each.data) for each in history] == [b"1", b"2", b"3"]
        assert all(each.is_state_message() for each in history)
        assert owner.get_state_history(limit=1) == history[:1]
        assert owner.get_state_history(from_timestamp=history[1].server_timestamp) == history[1:]
        newest = owner.get_state_history(from_timestamp=FAR_FUTURE, to_timestamp=0, limit=2)
        assert newest == history[:0:-1], "newest first, as the server sends it"
        assert owner.get_messages("state") == history


def test_a_removed_entry_reads_as_empty(space):
    with space.owner() as owner:
        owner.set_plaintext_state(ALICE, "x")
        owner.set_plaintext_state(ALICE, "")
        assert owner.get_plaintext_state(ALICE) == ""
        assert owner.get_encrypted_state(ALICE) == ""
        owner.set_plaintext_state("never/was", "")
        assert owner.get_plaintext_state("never/was") == ""
        owner.set_plaintext_state(ALICE, "back")
        assert owner.get_plaintext_state(ALICE) == "back"


def test_state_is_one_chain_and_a_stale_head_a_conflict(space):
    with space.owner() as owner:
        first = owner.set_plaintext_state("aa", "1")
        second = owner.set_plaintext_state("bb", "1", prev_hash=first.message_hash)
        with pytest.raises(ChainError, match=f"chain.conflict.*{second.message_hash}"):
            owner.set_plaintext_state("cc", "1", prev_hash=first.message_hash)
        with pytest.raises(NotFoundError):
            owner.get_plaintext_state("cc")


@pytest.mark.parametrize("path", ["/a", "a/", "a//b", "a/../b", "a/.", "a b", "a@b", "{any}", "a\n", "é", "x" * 513])
def test_one_entry_has_one_path(space, path):
    """wire.md 14.2.8: upstream took `/a`, `a/` and `a` for three entries."""
    with space.owner() as owner, pytest.raises(ChainError, match="state.invalid_path"):
        owner.set_plaintext_state(path, "1")


def test_rights_to_state_are_by_operation_and_path(space):
    keys = space.add_user(
        ("create", "state/profiles/{any}"), ("read", "state/profiles/{any}"), ("modify", "state/profiles/{self}")
    )
    me = f"profiles/{keys.to_user_id()}"
    with space.owner() as owner, space.user(keys) as member:
        member.set_plaintext_state(ALICE, "made")
        assert member.get_plaintext_state(ALICE) == "made"
        with pytest.raises(ChainError, match="permission.denied"):
            member.set_plaintext_state(ALICE, "changed")
        with pytest.raises(ChainError, match="permission.denied"):
            member.set_plaintext_state(ALICE, "")
        member.set_plaintext_state(me, "made")
        member.set_plaintext_state(me, "changed")
        owner.set_plaintext_state("config/a", "1")
        with pytest.raises(ValidationError, match="permission.denied"):
            member.get_plaintext_state("config/a")
        with pytest.raises(ChainError, match="permission.denied"):
            member.set_plaintext_state("profiles/alice/deeper", "1")
        # wire.md 4.3: every member may read the history.
        assert [each.type for each in member.get_state_history()][-1] == "config/a"


def test_a_right_may_be_for_ones_own_entries_only(space):
    keys = space.add_user()
    with space.owner() as owner, space.user(keys) as member:
        own = {"op": "write", "path": "state/posts/{any}", "must_be_owner": True}
        owner.grant_capability_to_user(keys.to_user_id(), "own", own)
        member.set_plaintext_state("posts/1", "mine")
        member.set_plaintext_state("posts/1", "still mine")
        assert member.get_plaintext_state("posts/1") == "still mine"
        owner.set_plaintext_state("posts/2", "not yours")
        with pytest.raises(ChainError, match="permission.denied"):
            member.set_plaintext_state("posts/2", "mine")
        with pytest.raises(ValidationError, match="permission.denied"):
            member.get_plaintext_state("posts/2")
        member.set_plaintext_state("posts/1", "")


def test_the_functions_below_the_client(sync_space, runner):
    sender = {
        "sender_public_key_typed": sync_space.keys.to_user_id(),
        "sender_private_key": sync_space.keys.private_key,
    }
    with sync_space.owner() as owner:
        first = set_state(owner.client, sync_space.id, ALICE, b"1", None, **sender)
        assert get_state(owner.client, sync_space.id, ALICE).message_hash == first.message_hash

    async def below():
        async with sync_space.async_client() as client:
            http = await client.get_client()
            await set_state_async(http, sync_space.id, ALICE, b"2", first.message_hash, **sender)
            entry = await get_state_async(http, sync_space.id, ALICE)
            return entry, await get_state_history_async(http, sync_space.id)

    entry, history = runner.run(below())
    assert decode_base64(entry.data) == b"2"
    assert history[-1] == entry
