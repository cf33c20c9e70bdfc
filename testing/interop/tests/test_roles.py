"""Members with roles: what they may do, what they may not, and what they may hand on."""

import json

import pytest
from reeeductio import generate_keypair
from reeeductio.exceptions import ChainError, NotFoundError, ValidationError
from rig.wire import now


def test_two_members_do_what_their_roles_say(space):
    reader, writer = generate_keypair(), generate_keypair()
    with space.owner() as owner:
        owner.create_role("reader", "reads everything")
        owner.grant_capability_to_role("reader", "read", {"op": "read", "path": "topics/{any}"})
        owner.create_role("writer")
        owner.grant_capability_to_role("writer", "post", {"op": "create", "path": "topics/general/messages/{any}"})
        owner.grant_capability_to_role("writer", "read", {"op": "read", "path": "topics/general/messages"})
        owner.grant_capability_to_role("writer", "profile", {"op": "write", "path": "state/profiles/{self}"})
        owner.grant_capability_to_role("writer", "presence", {"op": "write", "path": "data/presence/{self}"})
        for keys, role in ((reader, "reader"), (writer, "writer")):
            owner.add_user(keys.to_user_id(), f"the {role}")
            owner.assign_role_to_user(keys.to_user_id(), role)
        assert json.loads(owner.get_plaintext_state("auth/roles/reader"))["description"] == "reads everything"
        assert json.loads(owner.get_plaintext_state(f"auth/users/{reader.to_user_id()}")) == {
            "user_id": reader.to_user_id(),
            "description": "the reader",
        }
        owner.post_encrypted_message("general", "chat.text", b"welcome")
        head = owner.post_message("private", "chat.text", b"owner only").message_hash

    with space.user(writer) as member:
        me = writer.to_user_id()
        member.post_encrypted_message("general", "chat.text", b"hi")
        member.set_encrypted_state(f"profiles/{me}", "writer")
        member.set_encrypted_data(f"presence/{me}", b"online")
        assert member.get_encrypted_state(f"profiles/{me}") == "writer"
        with pytest.raises(ChainError, match="permission.denied"):
            member.post_message("private", "chat.text", b"no", prev_hash=head)
        with pytest.raises(ValidationError, match="permission.denied"):
            member.get_messages("private")
        with pytest.raises(ChainError, match="permission.denied"):
            member.set_plaintext_state(f"profiles/{reader.to_user_id()}", "not mine")
        with pytest.raises(ValidationError, match="permission.denied"):
            member.set_plaintext_data(f"presence/{reader.to_user_id()}", b"not mine")

    with space.user(reader) as member:
        opened = [member.decrypt_message_data(each, "general") for each in member.get_messages("general")]
        assert opened == [b"welcome", b"hi"]
        assert len(member.get_messages("private")) == 1
        with pytest.raises(ChainError, match="permission.denied"):
            member.post_message("general", "chat.text", b"no")
        with pytest.raises(ValidationError, match="permission.denied"):
            member.get_encrypted_state(f"profiles/{writer.to_user_id()}")
        with pytest.raises(ValidationError, match="permission.denied"):
            member.get_plaintext_data(f"presence/{writer.to_user_id()}")
        with pytest.raises(ValidationError, match="permission.denied"):
            member.set_plaintext_data("x", b"no")
        for refused in (
            lambda: member.create_role("mine"),
            lambda: member.add_user(generate_keypair().to_user_id()),
            lambda: member.create_tool(generate_keypair().to_tool_id()),
            lambda: member.assign_role_to_user(reader.to_user_id(), "writer"),
            lambda: member.create_invitation(),
            lambda: member.grant_capability_to_role("reader", "all", {"op": "write", "path": "{...}"}),
            lambda: member.grant_capability_to_user(reader.to_user_id(), "all", {"op": "write", "path": "{...}"}),
        ):
            with pytest.raises(ChainError, match="permission.denied|grant.escalation"):
                refused()


@pytest.mark.parametrize(
    "path",
    [
        "topics/general",
        "topics/{any}",
        "topics/general/messages",
        "topics/general/messages/{any}",
        "topics/{...}",
        "{...}",
    ],
)
def test_the_ways_to_write_a_right_to_a_topic(space, path):
    """Seed 2's forms, `topics/{any}` and `topics/alerts/messages/{any}`, granted nothing upstream (wire.md 8.2)."""
    keys = space.add_user(("read", path))
    with space.owner() as owner, space.user(keys) as member:
        owner.post_message("general", "x", b"1")
        assert len(member.get_messages("general")) == 1
        if path.startswith("topics/general"):
            with pytest.raises(ValidationError, match="permission.denied"):
                member.get_messages("another-topic")


@pytest.mark.parametrize("path", ["topics/gener", "topics/other", "state/topics/general", "topics", "topics/general/x"])
def test_rights_to_something_else_do_not_help(space, path):
    keys = space.add_user(
        ("read", path), ("create", "topics/general"), ("read", "state/{...}"), ("write", "data/{...}")
    )
    with space.user(keys) as member, pytest.raises(ValidationError, match="permission.denied"):
        member.get_messages("general")


def test_write_is_every_operation(space):
    keys = space.add_user(("write", "topics/general"), ("write", "state/notes/{any}"))
    with space.user(keys) as member:
        member.post_message("general", "x", b"1")
        assert len(member.get_messages("general")) == 1
        member.set_plaintext_state("notes/a", "1")
        member.set_plaintext_state("notes/a", "2")
        member.set_plaintext_state("notes/a", "")
        assert member.get_plaintext_state("notes/a") == ""


def test_a_role_that_is_filled_later_counts_at_once(space):
    keys = space.add_user()
    with space.owner() as owner, space.user(keys) as member:
        owner.create_role("reader")
        owner.assign_role_to_user(keys.to_user_id(), "reader")
        with pytest.raises(ValidationError, match="permission.denied"):
            member.get_messages("general")
        owner.grant_capability_to_role("reader", "r", {"op": "read", "path": "topics/general"})
        assert member.get_messages("general") == []


def test_a_role_and_a_right_lapse(space):
    """wire.md 14.1.7: upstream ignored `expires_at` of rights."""
    keys = space.add_user()
    user = keys.to_user_id()
    with space.owner() as owner, space.user(keys) as member:
        owner.create_role("reader")
        owner.grant_capability_to_role("reader", "r", {"op": "read", "path": "topics/aa"})
        for expires_at, allowed in ((now() - 1000, False), (now() + 3_600_000, True)):
            grant = {"user_id": user, "role_id": "reader", "expires_at": expires_at}
            owner.set_plaintext_state(f"auth/users/{user}/roles/reader", json.dumps(grant))
            right = {"op": "read", "path": "topics/bb", "expires_at": expires_at}
            owner.grant_capability_to_user(user, "b", right)
            for topic in ("aa", "bb"):
                if allowed:
                    assert member.get_messages(topic) == []
                else:
                    with pytest.raises(ValidationError, match="permission.denied"):
                        member.get_messages(topic)


def test_nobody_hands_on_what_they_do_not_hold(space):
    other = generate_keypair().to_user_id()
    keys = space.add_user(
        ("create", "state/auth/users/{any}/rights/{any}"),
        ("create", "state/auth/users/{any}/roles/{any}"),
        ("create", "state/auth/users/{any}"),
        ("read", "topics/{any}"),
    )
    with space.owner() as owner, space.user(keys) as member:
        owner.create_role("reader")
        owner.grant_capability_to_role("reader", "r", {"op": "read", "path": "topics/general"})
        owner.create_role("writer")
        owner.grant_capability_to_role("writer", "w", {"op": "create", "path": "topics/general"})
        member.add_user(other)
        member.grant_capability_to_user(other, "less", {"op": "read", "path": "topics/general"})
        member.assign_role_to_user(other, "reader")
        for capability in (
            {"op": "create", "path": "topics/general"},
            {"op": "write", "path": "topics/general"},
            {"op": "read", "path": "topics/{...}"},
            {"op": "read", "path": "{...}"},
            {"op": "read", "path": "state/x"},
        ):
            for user in (other, keys.to_user_id()):
                with pytest.raises(ChainError, match="grant.escalation"):
                    member.grant_capability_to_user(user, "more", capability)
        with pytest.raises(ChainError, match="grant.escalation"):
            member.assign_role_to_user(other, "writer")
        with pytest.raises(ChainError, match="permission.denied"):
            member.add_user(other, "again, which is a change")


def test_a_path_that_only_begins_like_rights_grants_nothing(space):
    """wire.md 14.1.2: upstream loaded it as a right, which was full control."""
    keys = space.add_user(("create", "state/auth/users/{self}/{any}"))
    me = keys.to_user_id()
    with space.user(keys) as member:
        member.set_plaintext_state(f"auth/users/{me}/rightsx", json.dumps({"op": "write", "path": "{...}"}))
        with pytest.raises(ValidationError, match="permission.denied"):
            member.get_messages("general")


def test_two_members_cannot_vouch_for_each_other(space):
    """wire.md 14.1.9: upstream accepted the circle, and could not load the space again."""
    first = space.add_user(("modify", "state/auth/users/{any}"))
    second = space.add_user(("modify", "state/auth/users/{any}"))
    with space.user(first) as one, space.user(second) as two:
        one.add_user(second.to_user_id(), "vouched for")
        two.add_user(first.to_user_id(), "vouched for")
        with pytest.raises(ChainError, match="auth.self_definition"):
            one.add_user(first.to_user_id(), "by myself")
        one.authenticate()
        two.authenticate()


@pytest.mark.parametrize(
    "capability",
    [{"op": "look", "path": "{...}"}, {"path": "{...}"}, {"op": "read"}, {"op": "read", "path": 1}, [], "x"],
    ids=json.dumps,
)
def test_what_is_no_right_is_refused_when_it_is_written(space, capability):
    """wire.md 14.1.7: upstream stored it, and failed at everything its holder asked for."""
    keys = space.add_user(("read", "topics/general"))
    with space.owner() as owner, space.user(keys) as member:
        with pytest.raises(ChainError, match="auth.invalid_entry"):
            owner.grant_capability_to_user(keys.to_user_id(), "bad", capability)
        with pytest.raises(NotFoundError):
            owner.get_plaintext_state(f"auth/users/{keys.to_user_id()}/rights/bad")
        assert member.get_messages("general") == []
