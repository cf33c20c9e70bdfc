"""Password login with the published client."""

import asyncio

import pytest
from reeeductio.crypto import generate_keypair
from reeeductio.exceptions import AuthenticationError, NotFoundError, OpaqueNotEnabledError, ValidationError
from reeeductio.opaque import opaque_login, opaque_login_async


def test_register_and_log_in(space, server):
    with space.owner() as owner:
        made = owner.enable_opaque()
        assert made["server_setup_created"] and made["role_created"] and made["capability_created"]
        assert not any(owner.enable_opaque().values())
        assert owner.opaque_register("alice", "correct horse") == "alice"
    found = opaque_login(server.url, space.id, "alice", "correct horse")
    assert found.keypair.private_key == space.keys.private_key
    assert found.symmetric_root == space.root
    assert found.user_symmetric_key == space.user_key
    assert found.public_key == space.keys.to_user_id()
    again = asyncio.run(opaque_login_async(server.url, space.id, "alice", "correct horse"))
    assert again.symmetric_root == space.root


def test_a_wrong_password_and_an_unknown_user_fail_alike(space, server):
    with space.owner() as owner:
        owner.enable_opaque()
        owner.opaque_register("alice", "correct horse")
    for username, password in (("alice", "battery staple"), ("nobody", "correct horse")):
        with pytest.raises(AuthenticationError):
            opaque_login(server.url, space.id, username, password)


def test_without_the_owner_enabling_it_there_is_no_password_login(space, server):
    with space.owner() as owner:
        owner.authenticate()
    with pytest.raises(OpaqueNotEnabledError):
        opaque_login(server.url, space.id, "alice", "x")


def test_a_member_with_the_role_registers_and_reads_no_secret(space, server):
    """wire.md 5 and 9: upstream let only the owner register, and let any reader have the secrets."""
    member = generate_keypair()
    with space.owner() as owner, space.user(member) as client:
        owner.enable_opaque()
        owner.add_user(member.to_user_id())
        owner.assign_role_to_user(member.to_user_id(), "opaque-user")
        owner.grant_capability_to_user(member.to_user_id(), "r", {"op": "read", "path": "data/{...}"})
        owner.opaque_register("owner", "pw")
        client.opaque_register("bob", "hunter2")
        for path in ("opaque/server/setup", "opaque/users/owner"):
            with pytest.raises((ValidationError, NotFoundError)):
                client.get_plaintext_data(path)
    found = opaque_login(server.url, space.id, "bob", "hunter2")
    assert found.keypair.private_key == member.private_key


def test_a_taken_username_is_refused(space):
    with space.owner() as owner:
        owner.enable_opaque()
        owner.opaque_register("alice", "1")
        with pytest.raises(ValidationError):
            owner.opaque_register("alice", "2")
