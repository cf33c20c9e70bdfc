"""Roles, tools and invitations with the published client."""

import json

import pytest
from reeeductio.crypto import generate_keypair
from reeeductio.exceptions import ChainError, ValidationError


def test_two_members_with_roles_do_what_their_roles_say(space):
    reader, writer = generate_keypair(), generate_keypair()
    with space.owner() as owner:
        owner.create_role("reader", "may read")
        owner.grant_capability_to_role("reader", "read-all", {"op": "read", "path": "topics/{any}"})
        owner.create_role("writer")
        owner.grant_capability_to_role("writer", "post", {"op": "create", "path": "topics/general/messages/{any}"})
        owner.grant_capability_to_role("writer", "read", {"op": "read", "path": "topics/{any}/messages"})
        for keys, role in ((reader, "reader"), (writer, "writer")):
            owner.add_user(keys.to_user_id(), "a member")
            owner.assign_role_to_user(keys.to_user_id(), role)
        owner.post_encrypted_message("general", "chat.text", b"welcome")
    with space.user(writer) as client:
        client.post_encrypted_message("general", "chat.text", b"hi")
        with pytest.raises(ChainError, match="permission"):
            client.post_message("private", "chat.text", b"no", prev_hash="M" + "A" * 43)
    with space.user(reader) as client:
        assert [client.decrypt_message_data(m, "general") for m in client.get_messages("general")] == [b"welcome", b"hi"]
        with pytest.raises(ChainError, match="permission"):
            client.post_message("general", "chat.text", b"no")
        with pytest.raises(ChainError):
            client.create_role("mine")


def test_a_role_taken_back_is_gone_at_once(space):
    member = generate_keypair()
    with space.owner() as owner, space.user(member) as client:
        owner.create_role("reader")
        owner.grant_capability_to_role("reader", "r", {"op": "read", "path": "topics/{...}"})
        owner.add_user(member.to_user_id())
        owner.assign_role_to_user(member.to_user_id(), "reader")
        assert client.get_messages("general") == []
        owner.set_plaintext_state(f"auth/users/{member.to_user_id()}/roles/reader", "")
        with pytest.raises(ValidationError):
            client.get_messages("general")


def test_a_tool_stops_at_its_limit(space):
    tool = generate_keypair()
    with space.owner() as owner:
        definition = {"tool_id": tool.to_tool_id(), "use_limit": 2}
        owner.set_plaintext_state(f"auth/tools/{tool.to_tool_id()}", json.dumps(definition))
        owner.grant_capability_to_tool(tool.to_tool_id(), "post", {"op": "create", "path": "topics/alerts/messages/{any}"})
        owner.grant_capability_to_tool(tool.to_tool_id(), "read", {"op": "read", "path": "topics/alerts"})
    with space.tool(tool) as client:
        client.post_message("alerts", "alert", b"1")
        client.post_message("alerts", "alert", b"2")
        with pytest.raises(ChainError, match="use_limit"):
            client.post_message("alerts", "alert", b"3")


def test_an_expired_tool_does_not_sign_in(space):
    tool = generate_keypair()
    with space.owner() as owner:
        definition = {"tool_id": tool.to_tool_id(), "expires_at": 1}
        owner.set_plaintext_state(f"auth/tools/{tool.to_tool_id()}", json.dumps(definition))
    with space.tool(tool) as client, pytest.raises(Exception, match="not a member|403"):
        client.authenticate()


def test_create_tool_and_direct_rights(space):
    tool, member = generate_keypair(), generate_keypair()
    with space.owner() as owner:
        owner.create_tool(tool.to_tool_id(), "a tool")
        owner.grant_capability_to_tool(tool.to_tool_id(), "w", {"op": "write", "path": "data/box/{any}"})
        owner.add_user(member.to_user_id())
        owner.grant_capability_to_user(member.to_user_id(), "r", {"op": "read", "path": "data/box/{any}"})
    with space.tool(tool) as client:
        client.set_plaintext_data("box/1", b"x")
    with space.user(member) as client:
        assert client.get_plaintext_data("box/1") == b"x"
        with pytest.raises(ValidationError):
            client.set_plaintext_data("box/1", b"y")


def test_an_invitation_is_accepted_into_a_role_with_rights(space):
    """wire.md 8.5: upstream refused as soon as the role had a right."""
    newcomer = generate_keypair()
    with space.owner() as owner:
        owner.create_role("user")
        owner.grant_capability_to_role("user", "read", {"op": "read", "path": "topics/{any}"})
        invitation = owner.create_invitation("for a friend")
        owner.post_message("general", "x", b"1")
    me = newcomer.to_user_id()
    with space.tool(invitation) as link:
        link.set_plaintext_state(f"auth/users/{me}", json.dumps({"user_id": me}))
        link.set_plaintext_state(f"auth/users/{me}/roles/user", json.dumps({"user_id": me, "role_id": "user"}))
        with pytest.raises(ChainError):
            link.set_plaintext_state(f"auth/users/{me}/roles/admin", json.dumps({"user_id": me, "role_id": "admin"}))
    with space.user(newcomer) as client:
        assert len(client.get_messages("general")) == 1


def test_nobody_grants_what_they_do_not_hold(space):
    member = generate_keypair()
    me = member.to_user_id()
    with space.owner() as owner:
        owner.add_user(me)
        owner.grant_capability_to_user(me, "g", {"op": "create", "path": "state/auth/users/{any}/rights/{any}"})
        owner.grant_capability_to_user(me, "r", {"op": "read", "path": "topics/general"})
    with space.user(member) as client:
        client.grant_capability_to_user(me, "again", {"op": "read", "path": "topics/general"})
        with pytest.raises(ChainError, match="grant"):
            client.grant_capability_to_user(me, "all", {"op": "write", "path": "{...}"})


def test_a_path_that_only_begins_like_rights_grants_nothing(space):
    """wire.md 14.1.2: upstream loaded it as a right, which was full control."""
    member = generate_keypair()
    me = member.to_user_id()
    with space.owner() as owner:
        owner.add_user(me)
        owner.grant_capability_to_user(me, "own", {"op": "create", "path": "state/auth/users/{self}/{any}"})
    with space.user(member) as client:
        client.set_plaintext_state(f"auth/users/{me}/rightsx", json.dumps({"op": "write", "path": "{...}"}))
        with pytest.raises(ValidationError):
            client.get_messages("general")
