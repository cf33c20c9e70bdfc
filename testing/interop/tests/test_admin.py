"""The admin space and the admin client."""

import json

import pytest
from conftest import ADMIN
from reeeductio import AdminClient, AsyncAdminClient, generate_keypair
from reeeductio.exceptions import (
    AuthenticationError,
    AuthorizationError,
    ChainError,
    NotFoundError,
    ValidationError,
)
from rig.blocking import Blocking
from rig.spaces import TestSpace, fresh_key


@pytest.fixture
def admin_client(kind, runner):
    """An admin client of the kind under test."""

    def make(server, keys=ADMIN, **more):
        if kind == "sync":
            return AdminClient(keys, base_url=server.url, **more)
        return Blocking(AsyncAdminClient(keys, base_url=server.url, **more), runner)

    return make


def test_a_space_exists_once_it_is_registered(closed_server, admin_spaces):
    space = TestSpace(closed_server.url)
    with space.owner() as owner:
        with pytest.raises(AuthenticationError, match="space.unknown"):
            owner.authenticate()
        with admin_spaces(closed_server) as admin:
            assert admin.create_space(space.keys) == space.id
            registration = json.loads(admin.get_plaintext_state(f"spaces/{space.id}"))
            assert (registration["space_id"], registration["created_by"]) == (space.id, ADMIN.to_user_id())
            index = admin.get_plaintext_state(f"users/{ADMIN.to_user_id()}/spaces/{space.id}")
            assert json.loads(index) == {"space_id": space.id}
        owner.post_message("general", "x", b"1")
        assert len(owner.get_messages("general")) == 1


def test_an_unregistered_space_is_gone_and_comes_back(closed_server, admin_spaces):
    space = TestSpace(closed_server.url)
    with admin_spaces(closed_server) as admin, space.owner() as owner:
        admin.create_space(space.keys)
        posted = owner.post_message("general", "x", b"1")
        admin.set_plaintext_state(f"spaces/{space.id}", "")
        # The published client takes 404 for an empty list.
        assert owner.get_messages("general") == []
        with pytest.raises(ChainError, match="space.unknown"):
            owner.post_message("general", "x", b"2", prev_hash=posted.message_hash)
        admin.create_space(space.keys)
        # Sign-ins from before the space was withdrawn do not count any more (ADR 15).
        with pytest.raises(ValidationError, match="token.revoked"):
            owner.get_messages("general")
        owner.authenticate()
        assert len(owner.get_messages("general")) == 1


def test_a_member_with_the_right_registers_spaces(closed_server, admin_spaces, kind):
    """The role that the published documents describe."""
    keys = generate_keypair()
    user = keys.to_user_id()
    with admin_spaces(closed_server) as admin, admin_spaces(closed_server, keys) as member:
        role = f"space-creator-{kind}"
        admin.create_role(role)
        admin.grant_capability_to_role(role, "cap_000", {"op": "create", "path": "state/spaces/{any}"})
        admin.grant_capability_to_role(role, "cap_001", {"op": "create", "path": "state/users/{self}/spaces/{any}"})
        admin.add_user(user)
        space = TestSpace(closed_server.url)
        with pytest.raises(ChainError, match="permission.denied"):
            member.create_space(space.keys)
        admin.assign_role_to_user(user, role)
        assert member.create_space(space.keys) == space.id
        with space.owner() as owner:
            owner.authenticate()
        with pytest.raises(ChainError, match="permission.denied"):
            member.create_space(space.keys)
        with pytest.raises(ChainError, match="permission.denied"):
            member.set_plaintext_state(f"spaces/{space.id}", "")


def test_nobody_registers_a_space_without_its_key(closed_server, admin_spaces):
    space, other = TestSpace(closed_server.url), generate_keypair()
    forged = type(other)(private_key=other.private_key, public_key=space.keys.public_key)
    with admin_spaces(closed_server) as admin, pytest.raises(ChainError, match="space.invalid_registration"):
        admin.create_space(forged)


def test_the_admin_client_finds_the_admin_space(closed_server, admin_client):
    with admin_client(closed_server) as client:
        assert not client.is_authenticated
        assert client.get_space_id() == ADMIN.to_space_id()
        assert client.is_authenticated and client.token


def test_the_admin_client_asks_before_it_signs_in(closed_server, admin_client, kind):
    with admin_client(closed_server, auto_authenticate=False) as client:
        with pytest.raises(ValueError, match="Not authenticated"):
            client.get_space_id()
        client.authenticate()
        assert client.get_space_id() == ADMIN.to_space_id()
        http = client.client if kind == "sync" else client.get_client()
        assert http.headers["Authorization"] == f"Bearer {client.token}"


def test_a_stranger_is_no_administrator(closed_server, admin_client):
    with (
        admin_client(closed_server, generate_keypair()) as client,
        pytest.raises(AuthenticationError, match="not a member"),
    ):
        client.get_space_id()


def test_the_administrator_deletes_any_blob(server, space, admin_client):
    other = TestSpace(server.url)
    content = fresh_key()
    with space.owner() as owner, other.owner() as elsewhere, admin_client(server) as client:
        blob = owner.upload_plaintext_blob(content).blob_id
        elsewhere.upload_plaintext_blob(content)
        client.delete_blob(blob)
        for member in (owner, elsewhere):
            with pytest.raises(NotFoundError):
                member.download_plaintext_blob(blob)
        with pytest.raises(NotFoundError):
            client.delete_blob(blob)
        with pytest.raises(ValidationError, match="blob.invalid_id"):
            client.delete_blob("zzz")


def test_a_member_of_the_admin_space_deletes_blobs_only_by_right(server, space, admin_spaces, admin_client):
    """wire.md 14.1.4: upstream let any of them."""
    keys = generate_keypair()
    content = fresh_key()
    with space.owner() as owner, admin_spaces(server) as admin, admin_client(server, keys) as client:
        blob = owner.upload_plaintext_blob(content).blob_id
        admin.add_user(keys.to_user_id())
        with pytest.raises(AuthorizationError, match="permission.denied"):
            client.delete_blob(blob)
        assert owner.download_plaintext_blob(blob) == content
        admin.grant_capability_to_user(keys.to_user_id(), "blobs", {"op": "delete", "path": "blobs/{any}"})
        client.delete_blob(blob)
        with pytest.raises(NotFoundError):
            owner.download_plaintext_blob(blob)
