"""Passwords."""

import os

import pytest
from conftest import ADMIN
from reeeductio import (
    AdminSpace,
    AuthenticationError,
    OpaqueError,
    OpaqueNotEnabledError,
    RateLimitError,
    ValidationError,
    generate_keypair,
    opaque_login,
    opaque_login_async,
)
from reeeductio.crypto import encrypt_aes_gcm
from reeeductio.opaque import opaque_register, opaque_register_async, unwrap_credentials, wrap_credentials
from rig.spaces import admin_arguments


@pytest.fixture
def login(kind, runner):
    def by_kind(space, username, password):
        arguments = (space.url, space.id, username, password)
        return opaque_login(*arguments) if kind == "sync" else runner.run(opaque_login_async(*arguments))

    return by_kind


def test_a_password_yields_the_members_keys(space, login):
    user_key = os.urandom(32)
    with space.owner(user_symmetric_key=user_key) as owner:
        assert all(owner.enable_opaque().values())
        assert not any(owner.enable_opaque().values())
        assert owner.opaque_register("alice", "correct horse") == "alice"
    found = login(space, "alice", "correct horse")
    assert (found.keypair, found.symmetric_root, found.user_symmetric_key) == (space.keys, space.root, user_key)
    assert found.public_key == space.keys.to_user_id()
    for secret in (space.keys.private_key, space.root, user_key):
        assert repr(secret)[2:-1] not in repr(found)


def test_a_member_with_the_role_registers_and_changes_its_password(space, login):
    keys = space.add_user()
    with space.owner() as owner, space.user(keys) as member:
        owner.enable_opaque()
        with pytest.raises(OpaqueError) as caught:
            member.opaque_register("bob", "correct horse")
        assert isinstance(caught.value, ValidationError)
        assert caught.value.code == "permission.denied"
        owner.assign_role_to_user(keys.to_user_id(), "opaque-user")
        member.opaque_register("bob", "correct horse")
        assert login(space, "bob", "correct horse").keypair == keys
        member.change_password("bob", "correct horse", "battery staple")
    assert login(space, "bob", "battery staple").keypair == keys
    with pytest.raises(AuthenticationError):
        login(space, "bob", "correct horse")


def test_a_user_key_is_given_to_its_own_member_only(space, login):
    keys, user_key = space.add_user(), os.urandom(32)
    with space.owner(user_symmetric_key=user_key) as owner:
        owner.enable_opaque()
        owner.opaque_register("bob", "correct horse", user_id=keys.to_user_id(), private_key=keys.private_key)
        owner.opaque_register("bob2", "correct horse", user_id=keys.to_user_id(), private_key=keys.private_key)
        owner.opaque_register("alice", "correct horse")
        owner.opaque_register(
            "alice2", "correct horse", user_id=space.keys.to_user_id(), private_key=space.keys.private_key
        )
    bob, bob2 = login(space, "bob", "correct horse"), login(space, "bob2", "correct horse")
    assert (bob.keypair, bob.symmetric_root) == (keys, space.root)
    assert len({user_key, bob.user_symmetric_key, bob2.user_symmetric_key}) == 3
    assert len(bob.user_symmetric_key) == 32
    assert login(space, "alice", "correct horse").user_symmetric_key == user_key
    assert login(space, "alice2", "correct horse").user_symmetric_key == user_key


def test_the_functions_that_take_an_http_client(space, kind, runner, login):
    user_key = os.urandom(32)
    with space.owner() as owner:
        owner.enable_opaque()
        client = owner.client if kind == "sync" else owner.get_client()
        member = (space.keys.to_user_id(), space.keys.private_key, space.root, user_key)
        arguments = (client, space.id, "carol", "correct horse", *member)
        made = opaque_register(*arguments) if kind == "sync" else runner.run(opaque_register_async(*arguments))
        assert made == "carol"
    assert login(space, "carol", "correct horse").user_symmetric_key == user_key


def test_what_is_refused(space, login):
    with space.owner() as owner:
        with pytest.raises(OpaqueNotEnabledError) as caught:
            owner.opaque_register("alice", "correct horse")
        assert caught.value.status == 501
        owner.enable_opaque()
        owner.opaque_register("alice", "correct horse")
        with pytest.raises(ValidationError) as caught:
            owner.opaque_register("alice", "battery staple")
        assert caught.value.code == "opaque.username_taken"
        with pytest.raises(OpaqueError) as caught:
            owner.opaque_register("a b", "correct horse")
        assert caught.value.code == "opaque.invalid_username"
        for weak in ("", "short", "123456789012"):
            with pytest.raises(OpaqueError) as caught:
                owner.opaque_register("bob", weak)
            assert caught.value.code == "client.weak_password"
            with pytest.raises(OpaqueError) as caught:
                owner.change_password("alice", "correct horse", weak)
            assert caught.value.code == "client.weak_password"
        with pytest.raises(ValidationError, match="does not match"):
            owner.opaque_register("bob", "correct horse", user_id=generate_keypair().to_user_id())
    for username, password in (("alice", "guess"), ("nobody", "correct horse")):
        with pytest.raises(AuthenticationError) as caught:
            login(space, username, password)
        assert isinstance(caught.value, OpaqueError)
        assert caught.value.code == "opaque.wrong_password"


def test_guessing_is_slowed_down(strict_server, kind, runner, login):
    from rig.spaces import TestSpace

    space = TestSpace(strict_server.url)
    with AdminSpace(**admin_arguments(strict_server.url, ADMIN)) as admin:
        admin.create_space(space.keys)
    with space.owner() as owner:
        owner.enable_opaque()
        owner.opaque_register("alice", "correct horse")
    with pytest.raises(AuthenticationError):
        login(space, "alice", "guess")
    with pytest.raises(RateLimitError) as caught:
        login(space, "alice", "correct horse")
    assert isinstance(caught.value, OpaqueError)
    assert (caught.value.code, caught.value.status) == ("rate.limited", 429)
    assert 0 < caught.value.details["retry_after"] <= 60


def test_secrets_are_wrapped_and_unwrapped():
    export, parts = os.urandom(64), tuple(os.urandom(32) for _ in range(3))
    wrapped = wrap_credentials(export, *parts)
    assert unwrap_credentials(export, wrapped) == parts
    assert unwrap_credentials(export, wrap_credentials(export, *parts[:2], b"")) == (*parts[:2], b"")
    with pytest.raises(OpaqueError):
        unwrap_credentials(os.urandom(64), wrapped)
    with pytest.raises(OpaqueError):
        unwrap_credentials(export, wrap_credentials(export, parts[0], b"", b""))
    with pytest.raises(OpaqueError):
        unwrap_credentials(export, encrypt_aes_gcm(b"", bytes(32)))
