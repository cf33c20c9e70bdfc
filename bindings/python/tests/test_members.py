"""Members, roles, rights, invitations."""

import json
import time
from http import HTTPStatus

import httpx
import pytest
from reeeductio import (
    AsyncSpace,
    AuthenticationError,
    AuthorizationError,
    Capability,
    CapabilityOp,
    Space,
    ValidationError,
    generate_keypair,
)

READ = {"op": "read", "path": "topics/{any}"}
POST = Capability(CapabilityOp.CREATE, "topics/{any}/messages")


def test_a_user_has_the_rights_it_was_given(space):
    keys = generate_keypair()
    user = keys.to_user_id()
    with space.owner() as owner, space.user(keys) as member:
        owner.add_user(user, "Alice")
        definition = json.loads(owner.get_plaintext_state(f"auth/users/{user}"))
        assert definition == {"user_id": user, "description": "Alice"}
        with pytest.raises(AuthorizationError):
            member.get_messages("general")
        owner.grant_capability_to_user(user, "read", READ)
        owner.grant_capability_to_user(user, "post", POST)
        member.post_encrypted_message("general", "x", b"1")
        assert len(member.get_messages("general")) == 1
        owner.revoke_capability_from_member(user, "post")
        with pytest.raises(AuthorizationError):
            member.post_encrypted_message("general", "x", b"2")


def test_a_role_gives_its_rights_until_it_is_taken_back(space):
    keys = space.add_user()
    user = keys.to_user_id()
    with space.owner() as owner, space.user(keys) as member:
        owner.create_role("member", "may read")
        owner.grant_capability_to_role("member", "read-all", READ)
        owner.assign_role_to_user(user, "member")
        assert member.get_messages("general") == []
        owner.revoke_capability_from_role("member", "read-all")
        with pytest.raises(AuthorizationError):
            member.get_messages("general")
        owner.grant_capability_to_role("member", "read-all", READ)
        owner.remove_role_from_user(user, "member")
        with pytest.raises(AuthorizationError):
            member.get_messages("general")


def test_a_role_that_has_expired_gives_nothing(space):
    keys = space.add_user()
    with space.owner() as owner, space.user(keys) as member:
        owner.create_role("member")
        owner.grant_capability_to_role("member", "read-all", READ)
        owner.assign_role_to_user(keys.to_user_id(), "member", expires_at=1)
        with pytest.raises(AuthorizationError):
            member.get_messages("general")


def test_a_tool_acts_as_often_as_it_may(space):
    keys = generate_keypair()
    with space.owner() as owner, space.tool(keys) as tool:
        owner.create_tool(keys.to_tool_id(), "alerts", use_limit=1, expires_at=(int(time.time()) + 60) * 1000)
        owner.grant_capability_to_tool(keys.to_tool_id(), "post", POST)
        tool.post_message("alerts", "x", b"1")
        with pytest.raises(AuthorizationError) as caught:
            tool.post_message("alerts", "x", b"2")
        assert caught.value.code == "tool.use_limit"


def test_members_are_listed_and_removed(space):
    user, tool = generate_keypair(), generate_keypair()
    with space.owner() as owner, space.user(user) as member:
        owner.add_user(user.to_user_id())
        owner.create_tool(tool.to_tool_id())
        assert (owner.list_users(), owner.list_tools()) == ([user.to_user_id()], [tool.to_tool_id()])
        member.authenticate()
        owner.remove_member(user.to_user_id())
        assert owner.list_users() == []
        with pytest.raises(AuthenticationError):
            member.authenticate()


def test_an_invitation_lets_as_many_in_as_it_says(space, kind, runner):
    def accept(invitation, keys):
        arguments = (space.id, invitation, space.root, keys, space.url)
        if kind == "sync":
            return Space.accept_invitation(*arguments)
        return runner.run(AsyncSpace.accept_invitation(*arguments))

    first, second = generate_keypair(), generate_keypair()
    with space.owner() as owner:
        invitation = owner.create_invitation("friends", guests=1)
        guest = accept(invitation, first)
        assert guest.member_id == first.to_user_id()
        assert owner.list_users() == [first.to_user_id()]
        with pytest.raises((AuthenticationError, AuthorizationError)) as caught:
            accept(invitation, second)
        assert "as many guests have joined" in str(caught.value)
        owner.remove_member(invitation.to_tool_id())
        with pytest.raises(
            AuthenticationError, match="the invitation has expired, was taken back or is for another space"
        ):
            accept(invitation, generate_keypair())


RIGHT = {"op": "read", "path": "topics/x"}


@pytest.mark.parametrize(
    "right",
    [{"op": "look", "path": "topics/x"}, {"op": "read"}, {"op": "read", "path": "x"}, RIGHT | {"must_be_ownr": True},
     RIGHT | {"expires_at": int(time.time())}],
)  # fmt: skip
def test_what_is_no_right_is_refused(space, right):
    user = generate_keypair().to_user_id()
    with space.owner() as owner:
        owner.add_user(user)
        with pytest.raises(ValidationError) as caught:
            owner.grant_capability_to_user(user, "c1", right)
        assert caught.value.code == "auth.invalid_entry"


def test_nobody_gives_what_it_does_not_have(space):
    keys, other = space.add_user(("write", "state/auth/{...}")), space.add_user()
    with space.user(keys) as member, pytest.raises(AuthorizationError) as caught:
        member.grant_capability_to_user(other.to_user_id(), "all", {"op": "write", "path": "{...}"})
    assert caught.value.code in {"grant.escalation", "permission.denied"}


def test_a_right_to_what_is_ones_own_is_no_wider(space):
    own = {"op": "modify", "path": "state/notes/{any}", "must_be_owner": True}
    over = {"op": "write", "path": "state/notes/{any}", "expires_at": 1}
    first, second = (space.add_user(("create", "state/notes/{any}")) for _ in range(2))
    with space.owner() as owner, space.user(first) as one, space.user(second) as other:
        for keys in (first, second):
            owner.grant_capability_to_user(keys.to_user_id(), "own", own)
        one.set_plaintext_state("notes/one", "1")
        one.set_plaintext_state("notes/one", "2")
        with pytest.raises(AuthorizationError):
            other.set_plaintext_state("notes/one", "3")
        owner.grant_capability_to_user(second.to_user_id(), "over", over)
        with pytest.raises(AuthorizationError):
            other.set_plaintext_state("notes/one", "3")
        over["expires_at"] = (int(time.time()) + 60) * 1000
        owner.grant_capability_to_user(second.to_user_id(), "over", over)
        other.set_plaintext_state("notes/one", "3")


def test_a_role_that_is_not_there_is_refused(space):
    user = generate_keypair().to_user_id()
    with space.owner() as owner:
        owner.add_user(user)
        for call in (
            lambda: owner.assign_role_to_user(user, "reeder"),
            lambda: owner.grant_capability_to_role("reeder", "all", RIGHT),
        ):
            with pytest.raises(ValidationError, match='role: there is no role "reeder" in this space') as caught:
                call()
            assert caught.value.status is None, "the server was not asked"


def test_times_in_seconds_are_refused(space):
    now = int(time.time())
    with space.owner() as owner:
        for call in (
            lambda: owner.create_tool(generate_keypair().to_tool_id(), expires_at=now),
            lambda: owner.create_invitation(expires_at=now),
            lambda: owner.get_messages("general", from_timestamp=now),
            lambda: owner.get_messages("general", to_timestamp=now),
            lambda: owner.get_state_history(from_timestamp=now),
        ):
            with pytest.raises(ValidationError, match=f"{now} is a time in seconds") as caught:
                call()
            assert caught.value.status is None, "the server was not asked"


def test_sessions_are_ended(space):
    keys = space.add_user(("read", "topics/{any}"))
    with space.owner() as owner, space.user(keys) as user:
        owner.post_message("general", "x", b"1")
        for whom in (keys.to_user_id(), None):
            old = {"Authorization": f"Bearer {user.authenticate()}"}
            url = f"{user.base_url}/spaces/{space.id}/topics/general/messages"
            assert httpx.get(url, headers=old).status_code == HTTPStatus.OK
            owner.revoke_tokens(whom)
            assert httpx.get(url, headers=old).status_code == HTTPStatus.UNAUTHORIZED
            assert len(user.get_messages("general")) == 1, "it signs in again"
