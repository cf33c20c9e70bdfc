"""wire.md 14.1.3: upstream let tombstoned members sign in, keep their rights, and use tokens for a day."""

import pytest
from reeeductio.exceptions import AuthenticationError, BlobError, ChainError, ValidationError

POST = ("create", "topics/general/messages")
READ = ("read", "topics/general/messages")


def test_a_removed_user_is_out_at_once(space):
    keys = space.add_user(POST, READ, ("read", "{...}"))
    with space.owner() as owner, space.user(keys) as member:
        member.post_message("general", "x", b"1")
        owner.set_plaintext_state(f"auth/users/{keys.to_user_id()}", "")
        with pytest.raises(ChainError, match="token.revoked"):
            member.post_message("general", "x", b"2", prev_hash="M" + "A" * 43)
        with pytest.raises(ValidationError, match="token.revoked"):
            member.get_messages("general")
        with pytest.raises(ValidationError, match="token.revoked"):
            member.get_plaintext_state("profiles/alice")
        with pytest.raises(ValidationError, match="token.revoked"):
            member.get_plaintext_data("profiles/alice")
        with pytest.raises(BlobError, match="token.revoked"):
            member.upload_plaintext_blob(b"x")
        with pytest.raises(AuthenticationError, match="token.revoked"):
            member.auth.refresh_token()
        with pytest.raises(AuthenticationError, match="not a member"):
            member.authenticate()
        assert len(owner.get_messages("general")) == 1, "what it wrote stays"


def test_a_user_who_comes_back_has_none_of_the_old_rights(space):
    keys = space.add_user(READ)
    user = keys.to_user_id()
    with space.owner() as owner, space.user(keys) as member:
        assert member.get_messages("general") == []
        owner.set_plaintext_state(f"auth/users/{user}", "")
        owner.add_user(user)
        with pytest.raises(ValidationError, match="permission.denied"):
            member.get_messages("general")
        owner.grant_capability_to_user(user, "again", {"op": "read", "path": "topics/general"})
        assert member.get_messages("general") == []


def test_a_removed_tool_is_out_at_once(space):
    keys = space.add_tool(POST, READ)
    with space.owner() as owner, space.tool(keys) as tool:
        tool.post_message("general", "x", b"1")
        owner.set_plaintext_state(f"auth/tools/{keys.to_tool_id()}", "")
        with pytest.raises(ChainError, match="token.revoked"):
            tool.post_message("general", "x", b"2", prev_hash="M" + "A" * 43)
        with pytest.raises(AuthenticationError):
            tool.authenticate()


def test_a_right_taken_back_is_gone_at_once(space):
    keys = space.add_user(READ)
    with space.owner() as owner, space.user(keys) as member:
        assert member.get_messages("general") == []
        owner.set_plaintext_state(f"auth/users/{keys.to_user_id()}/rights/r0", "")
        with pytest.raises(ValidationError, match="permission.denied"):
            member.get_messages("general")


def test_a_role_taken_back_is_gone_at_once(space):
    keys = space.add_user()
    user = keys.to_user_id()
    with space.owner() as owner, space.user(keys) as member:
        owner.create_role("reader")
        owner.grant_capability_to_role("reader", "r", {"op": "read", "path": "topics/{any}/messages"})
        owner.assign_role_to_user(user, "reader")
        assert member.get_messages("general") == []
        owner.set_plaintext_state(f"auth/users/{user}/roles/reader", "")
        with pytest.raises(ValidationError, match="permission.denied"):
            member.get_messages("general")


def test_a_right_taken_from_a_role_is_gone_for_its_holders(space):
    keys = space.add_user()
    with space.owner() as owner, space.user(keys) as member:
        owner.create_role("reader")
        owner.grant_capability_to_role("reader", "r", {"op": "read", "path": "topics/{any}/messages"})
        owner.assign_role_to_user(keys.to_user_id(), "reader")
        assert member.get_messages("general") == []
        owner.set_plaintext_state("auth/roles/reader/rights/r", "")
        with pytest.raises(ValidationError, match="permission.denied"):
            member.get_messages("general")
