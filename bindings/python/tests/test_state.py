"""State."""

import os

import pytest
from reeeductio import AuthorizationError, ChainError, ConflictError, DecryptionError, NotFoundError, ValidationError
from reeeductio.crypto import decode_base64

ALICE = "profiles/alice"


def test_plain_state_is_what_was_set_last(space):
    with space.owner() as owner:
        with pytest.raises(NotFoundError) as caught:
            owner.get_plaintext_state(ALICE)
        assert (caught.value.code, caught.value.status) == ("state.not_found", 404)
        owner.set_plaintext_state(ALICE, '{"name": "Älice"}')
        assert owner.get_plaintext_state(ALICE) == '{"name": "Älice"}'
        owner.set_plaintext_state(ALICE, "new")
        assert owner.get_plaintext_state(ALICE) == "new"


def test_sealed_state_opens_with_the_key_it_was_sealed_with(space):
    key = os.urandom(32)
    with space.owner() as owner:
        owner.set_encrypted_state(ALICE, "secret")
        owner.set_encrypted_state("profiles/bob", "own", key=key)
        assert owner.get_encrypted_state(ALICE) == "secret"
        assert owner.get_encrypted_state("profiles/bob", key=key) == "own"
        with pytest.raises(DecryptionError):
            owner.get_encrypted_state("profiles/bob")
        with pytest.raises(ValidationError):
            owner.get_encrypted_state("profiles/bob", key=b"short")
        assert b"secret" not in b"".join(decode_base64(each.data) for each in owner.get_state_history())


def test_the_history_holds_every_change(space):
    with space.owner() as owner:
        for value in ("1", "2", "3"):
            owner.set_plaintext_state("counter", value)
        history = owner.get_state_history()
        assert [decode_base64(each.data) for each in history] == [b"1", b"2", b"3"]
        assert all(each.is_state_message() and each.type == "counter" for each in history)
        assert owner.get_state_history(limit=1) == history[:1]


def test_state_behind_a_named_head(space):
    with space.owner() as owner:
        first = owner.set_plaintext_state("counter", "1").message_hash
        owner.set_plaintext_state("counter", "2", prev_hash=first)
        with pytest.raises(ConflictError):
            owner.set_encrypted_state("counter", "3", prev_hash=first)


def test_a_tombstone_ends_an_entry(space):
    with space.owner() as owner:
        owner.set_plaintext_state(ALICE, "x")
        owner.delete_state(ALICE)
        assert owner.get_plaintext_state(ALICE) == ""


def test_a_path_has_one_spelling(space):
    with space.owner() as owner:
        for path in ("/a", "a/", "a//b", "a/../b", "a b", "é"):
            with pytest.raises(ValidationError) as caught:
                owner.set_plaintext_state(path, "x")
            assert caught.value.code == "state.invalid_path"


def test_nobody_writes_without_a_right(space):
    keys = space.add_user()
    with space.user(keys) as member:
        with pytest.raises(AuthorizationError) as caught:
            member.set_plaintext_state(ALICE, "x")
        assert isinstance(caught.value, ChainError)
        assert (caught.value.code, caught.value.status) == ("permission.denied", 403)
