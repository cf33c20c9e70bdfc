"""Signing in, handles, administration."""

import os

import httpx
import pytest
from conftest import ADMIN
from reeeductio import (
    AsyncAuthSession,
    AuthenticationError,
    AuthorizationError,
    AuthSession,
    ChainError,
    NetworkError,
    NotFoundError,
    ValidationError,
    generate_keypair,
)
from rig.spaces import TestSpace


def test_the_first_call_signs_in_and_the_session_says_so(space):
    with space.owner() as owner:
        assert not owner.auth.is_authenticated
        assert owner.auth.token is None
        owner.get_messages("general")
        assert owner.auth.is_authenticated
        token = owner.auth.token
        assert owner.auth.ensure_authenticated() == token
        assert owner.authenticate() == owner.auth.token


def test_a_session_by_itself(space, kind, runner):
    made = (space.id, space.keys.to_user_id(), space.keys.private_key, space.url)
    if kind == "sync":
        session = AuthSession(*made)
        with pytest.raises(AuthenticationError, match="No token"):
            session.refresh_token()
        token = session.ensure_authenticated()
        assert session.refresh_token()
        assert token.count(".") == 2
    else:
        session = AsyncAuthSession(*made)
        with pytest.raises(AuthenticationError, match="No token"):
            runner.run(session.refresh_token())
        assert runner.run(session.ensure_authenticated()) == session.token
        assert runner.run(session.refresh_token())
        assert runner.run(session.authenticate())


def test_signing_in_by_hand(space):
    with space.owner(auto_authenticate=False) as owner:
        with pytest.raises(ValidationError, match="Not authenticated") as caught:
            owner.get_messages("general")
        assert isinstance(caught.value, AuthenticationError)
        owner.authenticate()
        assert owner.get_messages("general") == []


def test_a_stranger_is_refused(space):
    with space.owner() as owner:
        owner.post_message("general", "x", b"1")
    with space.user(generate_keypair()) as stranger:
        for call in (stranger.authenticate, lambda: stranger.get_messages("general")):
            with pytest.raises(AuthenticationError) as caught:
                call()
            assert caught.value.code == "member.unknown"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"space_id": "abc"}, "space.invalid_id"),
        ({"member_id": "abc"}, "member.invalid_id"),
        ({"private_key": b"short"}, "client.argument"),
        ({"symmetric_root": b"short"}, "client.argument"),
        ({"user_symmetric_key": b"short"}, "client.argument"),
        ({"base_url": "nonsense"}, "client.argument"),
        ({"private_key": os.urandom(32)}, "client.argument"),
    ],
)
def test_a_handle_is_made_of_ids_and_keys(space, change, code):
    arguments = space.arguments(space.keys.to_user_id(), space.keys.private_key) | change
    with pytest.raises(ValidationError) as caught:
        space.member(arguments.pop("member_id"), arguments.pop("private_key"), **arguments)
    assert caught.value.code == code
    assert isinstance(caught.value, ValueError)


def test_a_closed_handle_opens_again(space):
    owner = space.owner()
    with owner as same:
        assert same.post_message("general", "x", b"1")
    assert len(owner.get_messages("general")) == 1
    owner.close()
    owner.close()


def test_the_http_client_is_signed_in_and_closed_with_the_handle(space, kind, runner):
    with space.owner() as owner:
        client = owner.client if kind == "sync" else owner.get_client()
        assert client.headers["Authorization"] == f"Bearer {owner.auth.token}"
        path = f"/spaces/{space.id}/topics/general/messages"
        answer = client.get(path) if kind == "sync" else runner.run(client.get(path))
        assert answer.status_code == httpx.codes.OK
        assert not client.is_closed
    assert client.is_closed


def test_nobody_listens_there(space):
    with space.owner(base_url="http://127.0.0.1:9") as owner:
        with pytest.raises(NetworkError) as caught:
            owner.get_plaintext_state("a")
        assert caught.value.code == "transport.connect"


def test_secrets_are_not_shown(space):
    secrets = [space.keys.private_key, space.root]
    key = os.urandom(32)
    with space.owner(user_symmetric_key=key) as owner:
        handle = getattr(owner, "_client", owner) if space.runner else owner
        token = owner.authenticate()
        shown = repr(handle) + str(handle) + repr(handle.auth) + repr(space.keys)
        blob = owner.encrypt_and_upload_blob(b"x")
        shown += repr(blob)
        assert space.id in shown
        assert token not in shown
        for secret in (*secrets, key, blob.dek):
            assert repr(secret)[2:-1] not in shown
            assert secret.hex() not in shown


def test_a_space_is_registered_by_the_admin_space(admin_spaces, strict_server):
    space = TestSpace(strict_server.url)
    with space.owner() as owner, pytest.raises(NotFoundError) as caught:
        owner.get_plaintext_state("a")
    assert caught.value.code == "space.unknown"
    forged = type(space.keys)(generate_keypair().private_key, space.keys.public_key)
    with admin_spaces(strict_server) as admin:
        with pytest.raises(ChainError) as caught:
            admin.create_space(forged)
        assert caught.value.code == "space.invalid_registration"
        assert admin.create_space(space.keys) == space.id
    with space.owner() as owner:
        assert owner.get_messages("general") == []


def test_an_administrator(admin_client, server, sync_space):
    with admin_client(server) as admin, sync_space.owner() as owner:
        assert (admin.token, admin.is_authenticated) == (None, False)
        assert admin.get_space_id() == ADMIN.to_space_id()
        assert admin.is_authenticated
        assert admin.token
        blob = owner.upload_plaintext_blob(os.urandom(9)).blob_id
        admin.delete_blob(blob)
        with pytest.raises(NotFoundError):
            admin.delete_blob(blob)
        with pytest.raises(NotFoundError):
            owner.download_plaintext_blob(blob)


def test_who_is_no_administrator(admin_client, server, sync_space):
    with admin_client(server, generate_keypair()) as nobody, pytest.raises(AuthenticationError):
        nobody.get_space_id()
    with admin_client(server, auto_authenticate=False) as admin:
        with pytest.raises(ValueError, match="Not authenticated"):
            admin.get_space_id()
        admin.authenticate()
        assert admin.get_space_id() == ADMIN.to_space_id()
    keys = sync_space.add_user()
    with sync_space.owner() as owner, sync_space.user(keys) as member:
        blob = owner.upload_plaintext_blob(os.urandom(9)).blob_id
        with pytest.raises(AuthorizationError):
            member.delete_blob(blob)
