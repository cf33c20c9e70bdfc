"""Signing in."""

import base64
import json

import pytest
from reeeductio import AsyncAuthSession, AuthSession, encode_base64, generate_keypair, sign_data
from reeeductio.exceptions import AuthenticationError, ValidationError
from rig.blocking import Blocking
from rig.spaces import TestSpace
from rig.wire import now

DAY = 24 * 3600 * 1000


def claims(token: str) -> dict:
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_the_owner_signs_in_for_a_day(space):
    with space.owner() as owner:
        assert not owner.auth.is_authenticated
        found = claims(owner.authenticate())
        assert owner.auth.is_authenticated
    assert (found["space_id"], found["id"]) == (space.id, space.keys.to_user_id())
    assert found["exp"] - found["iat"] == DAY // 1000


def test_the_first_call_signs_in(space):
    with space.owner() as owner:
        assert owner.get_messages("general") == []
        assert owner.auth.is_authenticated


def test_the_owner_may_also_sign_in_by_the_id_of_the_space(space):
    with space.member(space.id, space.keys.private_key) as owner:
        owner.post_message("general", "x", b"1")
        assert owner.get_messages("general")[0].sender == space.id


def test_a_token_is_refreshed_without_signing_in_again(space):
    """wire.md 14.2.2: refreshing failed upstream, always."""
    with space.owner() as owner:
        owner.authenticate()
        # Without the key there is nothing to sign in with.
        session = owner.auth
        real = session._client if isinstance(session, Blocking) else session
        real.private_key = generate_keypair().private_key
        refreshed = session.refresh_token()
        assert claims(refreshed)["id"] == space.keys.to_user_id()
        assert real.token == refreshed
        # The client asks for a new token a minute before the old one expires.
        real._token_expires_at = now() + 30_000
        assert owner.get_messages("general") == []
        assert real._token_expires_at > now() + DAY - 60_000


def test_a_token_that_cannot_be_refreshed_is_replaced_by_signing_in(space):
    with space.owner() as owner:
        session = owner.auth
        real = session._client if isinstance(session, Blocking) else session
        real._token, real._token_expires_at = "garbage", 1
        assert claims(session.ensure_authenticated())["space_id"] == space.id


def test_there_is_nothing_to_refresh_before_signing_in(space):
    with space.owner() as owner, pytest.raises(AuthenticationError, match="No token"):
        owner.auth.refresh_token()


def test_a_session_alone_signs_in(space, kind, runner):
    made = {"space_id": space.id, "public_key_typed": space.keys.to_user_id(), "private_key": space.keys.private_key}
    session = AuthSession(**made, base_url=space.url)
    if kind == "async":
        session = Blocking(AsyncAuthSession(**made, base_url=space.url), runner)
    assert session.token is None
    token = session.ensure_authenticated()
    assert session.ensure_authenticated() == token, "a valid token is kept"


def test_without_auto_authentication_nothing_happens_before_signing_in(space):
    with space.owner(auto_authenticate=False) as owner:
        with pytest.raises(ValueError, match="Not authenticated"):
            owner.get_plaintext_state("profiles/alice")
        owner.authenticate()
        assert owner.get_messages("general") == []


def test_a_closed_client_opens_again(space):
    owner = space.owner()
    with owner:
        owner.post_message("general", "x", b"1")
    assert len(owner.get_messages("general")) == 1
    owner.close()


def test_the_http_client_carries_the_token(space, kind):
    with space.owner() as owner:
        client = owner.client if kind == "sync" else owner.get_client()
        assert client.headers["Authorization"] == f"Bearer {owner.auth.token}"


def test_a_stranger_is_refused(space, kind):
    with space.owner() as owner:
        owner.post_message("general", "x", b"1")
    with space.user(generate_keypair()) as stranger:
        with pytest.raises(AuthenticationError, match="not a member"):
            stranger.authenticate()
        with pytest.raises(AuthenticationError):
            stranger.get_plaintext_state("profiles/alice")
        # The synchronous client makes every failure of a list one kind of error.
        with pytest.raises(ValidationError if kind == "sync" else AuthenticationError):
            stranger.get_messages("general")


def test_another_key_does_not_sign_in_as_the_owner(space):
    with space.member(space.keys.to_user_id(), generate_keypair().private_key) as impostor:
        with pytest.raises(AuthenticationError, match="challenge.bad_signature"):
            impostor.authenticate()


def test_a_tool_is_never_the_owner(space):
    with space.tool(space.keys) as tool, pytest.raises(AuthenticationError, match="not a member"):
        tool.authenticate()


def test_what_is_no_space_id_is_no_space(space):
    client = space.owner()
    session = client.auth._client if isinstance(client, Blocking) else client.auth
    session.space_id = "abc"
    with client, pytest.raises(AuthenticationError, match="space.invalid_id"):
        client.authenticate()


def test_a_token_is_for_one_space(space, server):
    other = TestSpace(server.url)
    with other.owner() as elsewhere, space.owner() as owner:
        token = elsewhere.authenticate()
        session = owner.auth._client if isinstance(owner.auth, Blocking) else owner.auth
        session._token, session._token_expires_at = token, now() + DAY
        with pytest.raises(ValidationError, match="token.wrong_space"):
            owner.get_messages("general")


def test_another_challenge_does_not_end_one_in_use(sync_space, http):
    """wire.md 14.1.11: upstream kept one per id, so that anybody could keep anybody from signing in."""
    public_key = sync_space.keys.to_user_id()
    base = f"/spaces/{sync_space.id}/auth"
    asked = [http.post(f"{base}/challenge", json={"public_key": public_key}).json()["challenge"] for _ in range(2)]
    for challenge in asked:
        signature = encode_base64(sign_data(challenge.encode(), sync_space.keys.private_key))
        answer = {"public_key": public_key, "challenge": challenge, "signature": signature}
        assert http.post(f"{base}/verify", json=answer).status_code == 200
        assert http.post(f"{base}/verify", json=answer).status_code == 401, "a challenge is answered once"
