"""Signing in with the published client."""

import asyncio

import pytest
from reeeductio.crypto import generate_keypair
from reeeductio.exceptions import AuthenticationError, ValidationError


def test_the_owner_signs_in(space):
    with space.owner() as owner:
        assert owner.authenticate().count(".") == 2
        assert owner.auth.is_authenticated


def test_a_token_is_refreshed_without_a_new_login(space):
    with space.owner() as owner:
        first = owner.authenticate()
        second = owner.auth.refresh_token()
        assert second.count(".") == 2
        assert owner.get_messages("general") == []
        assert first.count(".") == 2


def test_the_owner_signs_in_asynchronously(space):
    async def run():
        async with space.async_owner() as owner:
            await owner.authenticate()
            return await owner.get_messages("general")

    assert asyncio.run(run()) == []


def test_a_stranger_is_refused(space):
    stranger = generate_keypair()
    with space.user(stranger) as client:
        with pytest.raises(AuthenticationError):
            client.authenticate()
        with pytest.raises(ValidationError):
            client.get_messages("general")


def test_without_auto_authentication_nothing_happens_before_a_login(space):
    with space.owner(auto_authenticate=False) as owner:
        with pytest.raises(Exception, match="authenticate"):
            owner.get_plaintext_state("profiles/alice")
        owner.authenticate()
        assert owner.get_messages("general") == []


def test_a_removed_member_is_out_at_once_with_the_token_it_has(space, http):
    member = generate_keypair()
    with space.owner() as owner:
        owner.add_user(member.to_user_id())
        owner.grant_capability_to_user(member.to_user_id(), "read", {"op": "read", "path": "topics/{any}"})
        token = space.token(member)
        headers = {"Authorization": f"Bearer {token}"}
        url = f"/spaces/{space.id}/topics/general/messages"
        assert http.get(url, headers=headers).status_code == 200
        owner.set_plaintext_state(f"auth/users/{member.to_user_id()}", "")
        refused = http.get(url, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (401, "token.revoked")
        with space.user(member) as client, pytest.raises(AuthenticationError):
            client.authenticate()


def test_another_challenge_does_not_invalidate_one_in_use(space, http):
    from reeeductio.crypto import encode_base64, sign_data

    public_key = space.keys.to_user_id()
    base = f"/spaces/{space.id}/auth"
    first = http.post(f"{base}/challenge", json={"public_key": public_key}).json()["challenge"]
    http.post(f"{base}/challenge", json={"public_key": public_key})
    signature = encode_base64(sign_data(first.encode(), space.keys.private_key))
    answer = {"public_key": public_key, "challenge": first, "signature": signature}
    assert http.post(f"{base}/verify", json=answer).status_code == 200
    assert http.post(f"{base}/verify", json=answer).status_code == 401
