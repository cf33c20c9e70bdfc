"""Password login."""

import json

import pytest
from conftest import ADMIN
from opaque_snake import CredentialResponse, OpaqueClient
from reeeductio import generate_keypair, opaque_login, opaque_login_async
from reeeductio.client import AdminSpace
from reeeductio.crypto import decode_base64
from reeeductio.exceptions import (
    AuthenticationError,
    NotFoundError,
    OpaqueError,
    OpaqueNotEnabledError,
    ValidationError,
)
from reeeductio.opaque import opaque_register_async
from rig.spaces import TestSpace, admin_arguments, fresh_key
from rig.wire import b64


@pytest.fixture
def login(kind, runner):
    """Logging in, with the function of the kind under test."""

    def by_kind(space, username, password):
        arguments = (space.url, space.id, username, password)
        return opaque_login(*arguments) if kind == "sync" else runner.run(opaque_login_async(*arguments))

    return by_kind


@pytest.fixture
def register(kind, runner):
    """Registering. `AsyncSpace.opaque_register` of 0.1.1 cannot be called without error (wire.md 14.2.10), so the
    asynchronous kind goes by the function below it."""

    def by_kind(space, keys, username, password, user_key):
        if kind == "sync":
            with space.user(keys, user_symmetric_key=user_key) as member:
                return member.opaque_register(username, password)

        async def below():
            async with space.async_client(keys) as client:
                return await opaque_register_async(
                    client=await client.get_client(),
                    space_id=space.id,
                    username=username,
                    password=password,
                    user_id=keys.to_user_id(),
                    private_key=keys.private_key,
                    symmetric_root=space.root,
                    user_symmetric_key=user_key,
                )

        return runner.run(below())

    return by_kind


@pytest.fixture
def enabled(space) -> TestSpace:
    """A space whose owner has enabled password login."""
    with space.owner() as owner:
        owner.enable_opaque()
    return space


def test_enabling_makes_setup_role_and_right_once(space):
    with space.owner() as owner:
        made = owner.enable_opaque()
        assert made == {"server_setup_created": True, "role_created": True, "capability_created": True}
        again = owner.enable_opaque()
        assert again == {"server_setup_created": False, "role_created": False, "capability_created": False}
        right = json.loads(owner.get_plaintext_state("auth/roles/opaque-user/rights/cap_create_opaque_user"))
        assert right == {"op": "create", "path": "data/opaque/users/{any}"}


def test_the_owner_registers_and_logs_in(enabled, register, login):
    user_key = fresh_key()
    assert register(enabled, enabled.keys, "alice@example.org", "correct horse", user_key) == "alice@example.org"
    found = login(enabled, "alice@example.org", "correct horse")
    assert found.keypair == enabled.keys
    assert (found.symmetric_root, found.user_symmetric_key) == (enabled.root, user_key)
    assert found.public_key == enabled.keys.to_user_id()
    with enabled.member(found.public_key, found.keypair.private_key) as owner:
        owner.post_message("general", "x", b"from another device")


def test_a_member_with_the_role_registers_and_logs_in(enabled, register, login):
    """wire.md 5 and 9: upstream let only the owner register."""
    keys, user_key = enabled.add_user(), fresh_key()
    with pytest.raises(ValidationError, match="permission.denied"):
        register(enabled, keys, "bob", "battery staple", user_key)
    with enabled.owner() as owner:
        owner.assign_role_to_user(keys.to_user_id(), "opaque-user")
    assert register(enabled, keys, "bob", "battery staple", user_key) == "bob"
    found = login(enabled, "bob", "battery staple")
    assert found.keypair == keys
    with enabled.user(found.keypair) as member:
        member.authenticate()


def test_a_wrong_password_and_an_unknown_user_fail_alike(enabled, register, login):
    """wire.md 14.1.12: upstream told which names are registered."""
    register(enabled, enabled.keys, "alice", "correct horse", fresh_key())
    told = set()
    for username, password in (("alice", "battery staple"), ("nobody", "correct horse")):
        with pytest.raises(AuthenticationError) as caught:
            login(enabled, username, password)
        told.add(str(caught.value))
    assert len(told) == 1, told
    assert login(enabled, "alice", "correct horse").keypair == enabled.keys


def test_an_unknown_user_is_answered_with_the_shape_of_a_known_one(enabled, register, http):
    register(enabled, enabled.keys, "alice", "correct horse", fresh_key())
    request, _ = OpaqueClient().start_login("correct horse")
    sizes = set()
    for username in ("alice", "nobody"):
        body = {"username": username, "credential_request": b64(request.to_bytes())}
        answer = http.post(f"/spaces/{enabled.id}/opaque/login/init", json=body)
        response = decode_base64(answer.raise_for_status().json()["credential_response"])
        CredentialResponse.from_bytes(response)
        sizes.add(len(response))
    assert sizes == {320}
    finish = {"username": "nobody", "credential_finalization": b64(bytes(64))}
    answers = [
        http.post(f"/spaces/{enabled.id}/opaque/login/finish", json=finish | {"username": name})
        for name in ("alice", "nobody")
    ]
    assert [each.status_code for each in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()


def test_a_strangers_attempt_does_not_end_a_login(enabled, register, http):
    """wire.md 14.1.12: upstream kept one login per name, so that anybody could keep anybody from logging in."""
    register(enabled, enabled.keys, "alice", "correct horse", fresh_key())
    base = f"/spaces/{enabled.id}/opaque/login"
    client = OpaqueClient()
    request, state = client.start_login("correct horse")
    body = {"username": "alice", "credential_request": b64(request.to_bytes())}
    mine = http.post(f"{base}/init", json=body).raise_for_status().json()
    other, _ = client.start_login("guess")
    http.post(f"{base}/init", json=body | {"credential_request": b64(other.to_bytes())}).raise_for_status()
    guess = {"username": "alice", "credential_finalization": b64(bytes(64))}
    assert http.post(f"{base}/finish", json=guess).status_code == 401
    response = CredentialResponse.from_bytes(decode_base64(mine["credential_response"]))
    finished = client.finish_login(response, state, "correct horse")
    proof = guess | {"credential_finalization": b64(finished.finalization.to_bytes())}
    answer = http.post(f"{base}/finish", json=proof)
    assert (answer.status_code, answer.json()["public_key"]) == (200, enabled.keys.to_user_id())


def test_without_enabling_there_is_no_password_login(space, login, register):
    with space.owner() as owner:
        owner.authenticate()
    with pytest.raises(OpaqueNotEnabledError):
        login(space, "alice", "x")
    with pytest.raises(OpaqueNotEnabledError):
        register(space, space.keys, "alice", "correct horse", fresh_key())


def test_a_taken_name_is_refused(enabled, register, login):
    keys = enabled.add_user(("create", "data/opaque/users/{any}"))
    register(enabled, enabled.keys, "alice", "correct horse", fresh_key())
    for member in (enabled.keys, keys):
        with pytest.raises(ValidationError, match="already registered"):
            register(enabled, member, "alice", "battery staple", fresh_key())
    assert login(enabled, "alice", "correct horse").keypair == enabled.keys


def test_a_bad_name_is_refused(enabled, register):
    for name in ("a b", "a/b", "é", "a" * 256):
        with pytest.raises(OpaqueError, match="opaque.invalid_username"):
            register(enabled, enabled.keys, name, "correct horse", fresh_key())


def test_nobody_but_the_owner_reads_the_secrets(enabled, register):
    """wire.md 9: whoever has the setup or a record can try passwords without asking the server."""
    keys = enabled.add_user(("write", "data/{...}"))
    register(enabled, enabled.keys, "alice", "correct horse", fresh_key())
    with enabled.owner() as owner, enabled.user(keys) as member:
        assert len(owner.get_plaintext_data("opaque/server/setup")) == 128
        for path in ("opaque/server/setup", "opaque/users/alice"):
            with pytest.raises(ValidationError, match="permission.denied"):
                member.get_plaintext_data(path)
        with pytest.raises(ValidationError, match="permission.denied"):
            member.set_plaintext_data("opaque/server/setup", bytes(128))


def test_a_member_may_take_its_own_keys_only(sync_space):
    with sync_space.owner() as owner:
        owner.enable_opaque()
        with pytest.raises(ValidationError, match="does not match"):
            owner.opaque_register("alice", "correct horse", user_id=generate_keypair().to_user_id())
        other = generate_keypair()
        with pytest.raises(ValidationError, match="data.signer_mismatch"):
            owner.opaque_register("alice", "correct horse", user_id=other.to_user_id(), private_key=other.private_key)
        with pytest.raises(NotFoundError):
            owner.get_plaintext_data("opaque/users/alice")


def test_guessing_is_slowed_down(closed_server):
    """wire.md 14.1.12: the published documents promise it; upstream did not."""
    space = TestSpace(closed_server.url)
    with AdminSpace(**admin_arguments(closed_server.url, ADMIN)) as admin:
        admin.create_space(space.keys)
    with space.owner() as owner:
        owner.enable_opaque()
        owner.opaque_register("alice", "correct horse")
    with pytest.raises(AuthenticationError):
        opaque_login(space.url, space.id, "alice", "guess")
    with pytest.raises(OpaqueError, match="Too many.*retry_after"):
        opaque_login(space.url, space.id, "alice", "correct horse")
