"""Invitations: a tool that adds its finder as a user. The client makes them; accepting is by hand (wire.md 8.8)."""

import json

import pytest
from reeeductio import generate_keypair
from reeeductio.exceptions import AuthenticationError, ChainError


def accept(space, invitation, keys, role="user"):
    """Do what the published documents tell an invitee to do."""
    me = keys.to_user_id()
    with space.tool(invitation) as tool:
        tool.add_user(me)
        tool.assign_role_to_user(me, role)


def test_an_invitation_is_accepted_into_a_role_with_rights(space):
    """wire.md 8.5: upstream refused as soon as the role had a right."""
    keys = generate_keypair()
    with space.owner() as owner:
        owner.create_role("user", "everybody")
        owner.grant_capability_to_role("user", "read", {"op": "read", "path": "topics/{any}"})
        owner.grant_capability_to_role("user", "post", {"op": "create", "path": "topics/general"})
        invitation = owner.create_invitation("for a friend")
        tool = json.loads(owner.get_plaintext_state(f"auth/tools/{invitation.to_tool_id()}"))
        assert tool == {"tool_id": invitation.to_tool_id(), "description": "for a friend"}
        owner.post_encrypted_message("general", "chat.text", b"welcome")
    accept(space, invitation, keys)
    with space.user(keys) as member:
        [message] = member.get_messages("general")
        assert member.decrypt_message_data(message, "general") == b"welcome"
        member.post_encrypted_message("general", "chat.text", b"thanks")


def test_a_role_without_rights_is_given_too(space):
    keys = generate_keypair()
    with space.owner() as owner:
        owner.create_role("user")
        invitation = owner.create_invitation()
    accept(space, invitation, keys)
    with space.user(keys) as member:
        member.authenticate()


def test_an_invitation_gives_its_role_and_nothing_else(space):
    keys = generate_keypair()
    me = keys.to_user_id()
    with space.owner() as owner:
        owner.create_role("user")
        owner.create_role("admin")
        owner.grant_capability_to_role("admin", "all", {"op": "write", "path": "{...}"})
        invitation = owner.create_invitation()
    accept(space, invitation, keys)
    with space.tool(invitation) as tool:
        with pytest.raises(ChainError, match="permission.denied"):
            tool.assign_role_to_user(me, "admin")
        with pytest.raises(ChainError, match="permission.denied|grant.escalation"):
            tool.grant_capability_to_user(me, "all", {"op": "write", "path": "{...}"})
        with pytest.raises(ChainError, match="permission.denied|grant.escalation"):
            tool.grant_capability_to_role("user", "all", {"op": "write", "path": "{...}"})
        with pytest.raises(ChainError, match="permission.denied"):
            tool.add_user(me, "changed")
        with pytest.raises(ChainError, match="permission.denied"):
            tool.post_message("general", "x", b"1", prev_hash="M" + "A" * 43)


def test_a_withdrawn_invitation_is_not_accepted(space):
    keys, late = generate_keypair(), generate_keypair()
    with space.owner() as owner:
        owner.create_role("user")
        invitation = owner.create_invitation()
        accept(space, invitation, keys)
        owner.set_plaintext_state(f"auth/tools/{invitation.to_tool_id()}", "")
    with space.tool(invitation) as tool, pytest.raises(AuthenticationError):
        tool.authenticate()
    with space.user(keys) as member:
        member.authenticate()
    with space.user(late) as member, pytest.raises(AuthenticationError):
        member.authenticate()


def test_a_member_makes_no_invitation_into_a_role_above_its_own(space):
    keys = space.add_user(("create", "state/auth/tools/{...}"), ("create", "state/auth/users/{...}"))
    with space.owner() as owner, space.user(keys) as member:
        owner.create_role("user")
        owner.grant_capability_to_role("user", "read", {"op": "read", "path": "topics/{any}"})
        with pytest.raises(ChainError, match="grant.escalation"):
            member.create_invitation()
        owner.grant_capability_to_user(keys.to_user_id(), "read", {"op": "read", "path": "topics/{any}"})
        invitation = member.create_invitation()
    accept(space, invitation, generate_keypair())
