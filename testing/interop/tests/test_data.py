"""Data entries."""

import pytest
from cryptography.exceptions import InvalidTag
from reeeductio import Ed25519KeyPair, verify_signature
from reeeductio.crypto import decode_base64
from reeeductio.exceptions import NotFoundError, ValidationError
from reeeductio.kvdata import get_data, get_data_async, set_data, set_data_async
from rig.spaces import fresh_key
from rig.wire import Wire, b64, now


def test_plain_data_is_set_and_read(space):
    with space.owner() as owner:
        with pytest.raises(NotFoundError):
            owner.get_plaintext_data("presence/alice")
        before = now()
        assert before <= owner.set_plaintext_data("presence/alice", b"online") <= now(), "the signed time"
        assert owner.get_plaintext_data("presence/alice") == b"online"
        owner.set_plaintext_data("presence/alice", b"")
        assert owner.get_plaintext_data("presence/alice") == b""


def test_sealed_data_is_read_by_those_with_the_key(space):
    with space.owner() as owner:
        owner.set_encrypted_data("presence/bob", b"away")
        assert owner.get_encrypted_data("presence/bob") == b"away"
        assert b"away" not in owner.get_plaintext_data("presence/bob")
        key = fresh_key()
        owner.set_encrypted_data("presence/carol", b"own key", key=key)
        assert owner.get_encrypted_data("presence/carol", key=key) == b"own key"
        with pytest.raises(InvalidTag):
            owner.get_encrypted_data("presence/carol")


def test_a_users_private_data_is_nobody_elses(space):
    keys = space.add_user(("write", "data/user/{self}/{...}"), ("read", "data/{...}"))
    other = space.add_user(("read", "data/{...}"))
    path = f"user/{keys.to_user_id()}/notes"
    with space.user(keys, user_symmetric_key=fresh_key()) as member, space.user(other) as reader:
        member.set_encrypted_user_data("notes", b"dear diary")
        assert member.get_encrypted_user_data("notes") == b"dear diary"
        with pytest.raises(InvalidTag):
            reader.get_encrypted_data(path)
        with pytest.raises(ValidationError, match="permission.denied"):
            reader.set_plaintext_data(path, b"mine now")
        with pytest.raises(ValueError, match="user_symmetric_key"):
            reader.set_encrypted_user_data("notes", b"x")
        with pytest.raises(ValueError, match="user_symmetric_key"):
            reader.get_encrypted_user_data("notes")


def test_rights_to_data_are_judged_on_the_data_path(space):
    """wire.md 14.1.5: upstream judged writes on the bare path, so that this right allowed none and others too many."""
    keys = space.add_user(("write", "data/foo/{any}"), ("write", "state/kk/{any}"), ("write", "{any}"))
    with space.user(keys) as member:
        member.set_plaintext_data("foo/bar", b"1")
        assert member.get_plaintext_data("foo/bar") == b"1"
        for other in ("other/bar", "data/foo/bar", "state/kk/1", "oneseg", "foo"):
            with pytest.raises(ValidationError, match="permission.denied"):
                member.set_plaintext_data(other, b"1")


def test_an_entry_carries_its_signature(sync_space, runner):
    keys = sync_space.keys
    signer = {"signed_by": keys.to_user_id(), "private_key": keys.private_key}
    with sync_space.owner() as owner:
        signed_at = set_data(owner.client, sync_space.id, "a/b", b"1", **signer)
        entry = get_data(owner.client, sync_space.id, "a/b")
    assert (entry.signed_by, entry.signed_at) == (keys.to_user_id(), signed_at)
    signed = f"{sync_space.id}|a/b|{entry.data}|{entry.signed_at}".encode()
    assert verify_signature(
        signed, decode_base64(entry.signature), Ed25519KeyPair.from_typed_public_key(entry.signed_by)
    )

    async def below():
        async with sync_space.async_client() as client:
            http = await client.get_client()
            await set_data_async(http, sync_space.id, "a/c", b"2", **signer)
            return await get_data_async(http, sync_space.id, "a/c")

    assert decode_base64(runner.run(below()).data) == b"2"


def test_the_later_entry_stays_and_the_same_one_may_come_twice(http):
    """wire.md 14.2.7: upstream let an entry of the same time replace another, and forgot the time at a removal."""
    wire = Wire(http)
    start = now()
    first = wire.entry(wire.owner, "a/b", b64("1"), start)
    assert wire.put_data(wire.owner, "a/b", first).json() == {"path": "a/b", "signed_at": start}
    assert wire.put_data(wire.owner, "a/b", first).status_code == 200, "a retry whose answer was lost"
    for signed_at in (start, start - 1):
        stale = wire.put_data(wire.owner, "a/b", wire.entry(wire.owner, "a/b", b64("2"), signed_at))
        assert (stale.status_code, stale.json()["code"]) == (400, "data.stale")
    assert wire.delete(wire.owner, "data/a/b").status_code == 204
    assert wire.get(wire.owner, "data/a/b").status_code == 404
    assert wire.put_data(wire.owner, "a/b", first).status_code == 400, "a removed entry does not come back"
    assert wire.put_data(wire.owner, "a/b", wire.entry(wire.owner, "a/b", b64("3"), start + 1)).status_code == 200


def test_paths_may_hold_what_names_hold(space):
    with space.owner() as owner:
        owner.set_plaintext_data("contacts/alice+work@example.org", b"1")
        assert owner.get_plaintext_data("contacts/alice+work@example.org") == b"1"
