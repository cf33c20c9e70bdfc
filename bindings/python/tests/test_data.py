"""The key-value store."""

import os

import pytest
from reeeductio import AuthorizationError, DecryptionError, NotFoundError, ValidationError
from reeeductio.crypto import decode_base64


def test_values_plain_and_sealed(space):
    key = os.urandom(32)
    with space.owner() as owner:
        signed_at = owner.set_plaintext_data("a/plain", b"\x00\xff")
        assert owner.get_plaintext_data("a/plain") == b"\x00\xff"
        assert isinstance(owner.set_encrypted_data("a/sealed", b"secret"), int)
        owner.set_encrypted_data("a/own", b"secret", key=key)
        assert owner.get_encrypted_data("a/sealed") == owner.get_encrypted_data("a/own", key=key) == b"secret"
        assert b"secret" not in owner.get_plaintext_data("a/sealed")
        with pytest.raises(DecryptionError):
            owner.get_encrypted_data("a/own")
        entry = owner.get_data_entry("a/plain")
        assert (entry.path, decode_base64(entry.data), entry.signed_by) == ("a/plain", b"\x00\xff", owner.member_id)
        assert entry.timestamp == entry.signed_at == signed_at


def test_a_value_that_is_not_there_and_one_that_is_gone(space):
    with space.owner() as owner:
        owner.delete_data("a/b")
        owner.set_plaintext_data("a/b", b"1")
        owner.delete_data("a/b")
        for read in (owner.get_plaintext_data, owner.get_encrypted_data, owner.get_data_entry):
            with pytest.raises(NotFoundError) as caught:
                read("a/b")
            assert caught.value.code == "data.not_found"


def test_a_users_own_values_are_sealed_for_nobody_else(space):
    key = os.urandom(32)
    with space.owner(user_symmetric_key=key) as owner:
        owner.set_encrypted_user_data("notes", b"mine")
        assert owner.get_encrypted_user_data("notes") == b"mine"
    with space.owner(user_symmetric_key=os.urandom(32)) as other, pytest.raises(DecryptionError):
        other.get_encrypted_user_data("notes")
    with space.owner() as without:
        for call in (
            lambda: without.get_encrypted_user_data("notes"),
            lambda: without.set_encrypted_user_data("n", b""),
        ):
            with pytest.raises(ValueError, match="user_symmetric_key"):
                call()


def test_rights_are_asked_for_and_paths_checked(space):
    keys = space.add_user(("read", "data/open/{any}"))
    with space.owner() as owner, space.user(keys) as member:
        owner.set_plaintext_data("open/a", b"1")
        assert member.get_plaintext_data("open/a") == b"1"
        with pytest.raises(AuthorizationError):
            member.set_plaintext_data("open/a", b"2")
        with pytest.raises(ValidationError) as caught:
            owner.set_plaintext_data("/a", b"")
        assert caught.value.code == "data.invalid_path"
