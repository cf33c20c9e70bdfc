"""Tools: rights of their own, limits, and no way around either."""

import json

import pytest
from reeeductio import generate_keypair
from reeeductio.exceptions import AuthenticationError, BlobError, ChainError, ValidationError
from rig.wire import now

POST = ("create", "topics/alerts/messages/{any}")
READ = ("read", "topics/alerts")


def test_a_tool_does_what_it_has_rights_for(space):
    tool = generate_keypair()
    with space.owner() as owner:
        owner.create_tool(tool.to_tool_id(), "an alarm")
        owner.grant_capability_to_tool(tool.to_tool_id(), "post", {"op": POST[0], "path": POST[1]})
        owner.grant_capability_to_tool(tool.to_tool_id(), "read", {"op": READ[0], "path": READ[1]})
        owner.grant_capability_to_tool(tool.to_tool_id(), "data", {"op": "write", "path": "data/alarm/{self}"})
    with space.tool(tool) as client, space.owner() as owner:
        client.post_encrypted_message("alerts", "alert", b"smoke")
        client.set_encrypted_data(f"alarm/{tool.to_tool_id()}", b"armed")
        [message] = owner.get_messages("alerts")
        assert message.sender == tool.to_tool_id()
        assert owner.decrypt_message_data(message, "alerts") == b"smoke"
        assert owner.get_encrypted_data(f"alarm/{tool.to_tool_id()}") == b"armed"
        with pytest.raises(ValidationError, match="permission.denied"):
            client.get_messages("general")
        with pytest.raises(ChainError, match="permission.denied"):
            client.set_plaintext_state("profiles/x", "1")


def test_a_tool_stops_at_its_limit(space):
    keys = space.add_tool(POST, READ, ("write", "data/alarm"), use_limit=2)
    with space.tool(keys) as tool:
        tool.post_message("alerts", "alert", b"1")
        head = tool.post_message("alerts", "alert", b"2").message_hash
        with pytest.raises(ChainError, match="tool.use_limit"):
            tool.post_message("alerts", "alert", b"3")
        with pytest.raises(BlobError, match="tool.use_limit"):
            tool.upload_plaintext_blob(b"x")
        # Reading and data entries are free.
        assert [each.message_hash for each in tool.get_messages("alerts")][-1] == head
        tool.set_plaintext_data("alarm", b"spent")


def test_only_what_succeeds_is_counted(space):
    """wire.md 14.2.6: upstream began to count before it judged."""
    keys = space.add_tool(POST, READ, use_limit=2)
    with space.tool(keys) as tool:
        with pytest.raises(ChainError, match="permission.denied"):
            tool.post_message("general", "x", b"1", prev_hash="M" + "A" * 43)
        with pytest.raises(ChainError, match="chain.conflict"):
            tool.post_message("alerts", "x", b"1", prev_hash="M" + "A" * 43)
        with pytest.raises(ChainError, match="permission.denied"):
            tool.set_plaintext_state("profiles/x", "1")
        tool.upload_plaintext_blob(b"counts")
        tool.post_message("alerts", "alert", b"counts")
        with pytest.raises(ChainError, match="tool.use_limit"):
            tool.post_message("alerts", "alert", b"too many")


def test_state_counts_as_a_use(space):
    keys = space.add_tool(("create", "state/log/{any}"), use_limit=1)
    with space.tool(keys) as tool:
        tool.set_plaintext_state("log/1", "x")
        with pytest.raises(ChainError, match="tool.use_limit"):
            tool.set_plaintext_state("log/2", "x")


def test_a_limit_of_none_is_no_limit(space):
    keys = space.add_tool(POST, READ, use_limit=0)
    with space.tool(keys) as tool:
        for number in range(3):
            tool.post_message("alerts", "alert", str(number).encode())
        assert len(tool.get_messages("alerts")) == 3


def test_an_expired_tool_does_not_sign_in(space):
    """wire.md 8.7: upstream had no expiry of tools."""
    keys = space.add_tool(POST, READ, expires_at=now() - 1000)
    with space.tool(keys) as tool, pytest.raises(AuthenticationError, match="not a member"):
        tool.authenticate()


def test_a_tool_whose_time_is_cut_short_is_out_with_the_token_it_has(space):
    keys = space.add_tool(POST, READ, expires_at=now() + 3_600_000)
    with space.owner() as owner, space.tool(keys) as tool:
        tool.post_message("alerts", "alert", b"1")
        body = {"tool_id": keys.to_tool_id(), "expires_at": now() - 1000}
        owner.set_plaintext_state(f"auth/tools/{keys.to_tool_id()}", json.dumps(body))
        with pytest.raises(ValidationError, match="token.revoked"):
            tool.get_messages("alerts")


def test_a_tool_hands_on_no_more_than_it_holds(space):
    """wire.md 14.1.8: upstream let it hand out anything."""
    user = space.add_user().to_user_id()
    keys = space.add_tool(("create", "state/auth/users/{any}/rights/{any}"), READ)
    with space.tool(keys) as tool:
        tool.grant_capability_to_user(user, "less", {"op": "read", "path": "topics/alerts"})
        with pytest.raises(ChainError, match="grant.escalation"):
            tool.grant_capability_to_user(user, "all", {"op": "write", "path": "{...}"})
        with pytest.raises(ChainError, match="permission.denied|grant.escalation"):
            tool.grant_capability_to_tool(keys.to_tool_id(), "own", {"op": "read", "path": "topics/alerts"})


@pytest.mark.parametrize(
    "definition", [{"use_limit": "many"}, {"use_limit": -1}, {"expires_at": "soon"}, {"tool_id": "x"}]
)
def test_what_is_no_tool_is_refused_when_it_is_written(space, definition):
    """wire.md 8.7: upstream stored it, and failed when the tool was used."""
    tool = generate_keypair().to_tool_id()
    with space.owner() as owner, pytest.raises(ChainError, match="auth.invalid_entry"):
        owner.set_plaintext_state(f"auth/tools/{tool}", json.dumps({"tool_id": tool, **definition}))
