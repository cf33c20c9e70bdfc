"""Messages."""

import pytest
from cryptography.exceptions import InvalidTag
from reeeductio import Ed25519KeyPair, verify_signature
from reeeductio.crypto import decode_base64, decode_urlsafe_base64, decrypt_aes_gcm
from reeeductio.exceptions import ChainError, NotFoundError, ValidationError
from reeeductio.messages import get_messages_async, post_message, post_message_async, validate_message_chain
from rig.wire import FAR_FUTURE

NOWHERE = "M" + "A" * 43


def hashes(messages) -> list[str]:
    return [message.message_hash for message in messages]


def test_sealed_messages_come_back_in_order_and_open(space):
    texts = [b"one", b"two", b"three"]
    with space.owner() as owner:
        posted = [owner.post_encrypted_message("general", "chat.text", text) for text in texts]
        messages = owner.get_messages("general")
        assert hashes(messages) == [each.message_hash for each in posted]
        assert [each.server_timestamp for each in messages] == [each.server_timestamp for each in posted]
        assert [owner.decrypt_message_data(each, "general") for each in messages] == texts
        assert b"one" not in decode_base64(messages[0].data)
        with pytest.raises(InvalidTag):
            owner.decrypt_message_data(messages[0], "another-topic")
        sealed = decode_base64(messages[0].data)
        assert decrypt_aes_gcm(sealed, owner.derive_topic_key("general")) == b"one"


def test_messages_are_chained_and_signed(space):
    with space.owner() as owner:
        for text in (b"one", b"two"):
            owner.post_message("general", "chat.text", text)
        first, second = owner.get_messages("general")
    assert (first.prev_hash, second.prev_hash) == (None, first.message_hash)
    assert (first.topic_id, first.type, first.sender) == ("general", "chat.text", space.keys.to_user_id())
    assert decode_base64(first.data) == b"one"
    assert validate_message_chain(space.id, [first, second])
    key = Ed25519KeyPair.from_typed_public_key(second.sender)
    assert verify_signature(decode_urlsafe_base64(second.message_hash), decode_base64(second.signature), key)


def test_an_empty_message_is_a_message(space):
    with space.owner() as owner:
        owner.post_message("general", "chat.text", b"")
        assert owner.get_messages("general")[0].data == ""


def test_ranges_are_inclusive_and_pages_are_cut(space):
    with space.owner() as owner:
        for number in range(7):
            owner.post_message("numbers", "n", str(number).encode())
        everything = owner.get_messages("numbers")
        stamps = [each.server_timestamp for each in everything]
        assert hashes(owner.get_messages("numbers", limit=3)) == hashes(everything[:3])
        assert hashes(owner.get_messages("numbers", from_timestamp=stamps[2])) == hashes(everything[2:])
        assert hashes(owner.get_messages("numbers", to_timestamp=stamps[2])) == hashes(everything[:3])
        between = owner.get_messages("numbers", from_timestamp=stamps[1], to_timestamp=stamps[3])
        assert hashes(between) == hashes(everything[1:4])


def test_the_newest_come_first_when_from_is_after_to(space):
    with space.owner() as owner:
        for number in range(5):
            owner.post_message("numbers", "n", str(number).encode())
        everything = hashes(owner.get_messages("numbers"))
        query = {"from_timestamp": FAR_FUTURE, "to_timestamp": 0, "limit": 2}
        # Validating sorts what was fetched, in place.
        assert hashes(owner.get_messages("numbers", **query)) == everything[-2:]
        assert hashes(owner.get_messages("numbers", **query, validate_chain=False)) == everything[:-3:-1]


def test_many_messages_in_one_millisecond_have_an_order(space):
    """wire.md 14.2.1: upstream gave equal timestamps, and the client then saw a broken chain."""
    with space.owner() as owner:
        head = None
        for _ in range(40):
            head = owner.post_message("busy", "n", b"x", prev_hash=head).message_hash
        messages = owner.get_messages("busy")
        stamps = [each.server_timestamp for each in messages]
        assert stamps == sorted(set(stamps)) and len(stamps) == 40
        assert validate_message_chain(space.id, messages)
        newest = owner.get_messages("busy", from_timestamp=FAR_FUTURE, to_timestamp=0, limit=1)
        assert hashes(newest) == [head]


def test_a_topic_nobody_has_written_to_is_empty(space):
    with space.owner() as owner:
        owner.post_message("aa", "x", b"1")
        assert owner.get_messages("bb") == []
        assert len(owner.get_messages("aa")) == 1


def test_one_message_by_its_hash(sync_space):
    with sync_space.owner() as owner:
        posted = owner.post_message("general", "x", b"1")
        found = owner.get_message("general", posted.message_hash)
        assert (found.server_timestamp, found.data) == (posted.server_timestamp, "MQ==")
        for absent in (NOWHERE, "garbage"):
            with pytest.raises(NotFoundError):
                owner.get_message("general", absent)
        with pytest.raises(NotFoundError):
            owner.get_message("another-topic", posted.message_hash)


def test_a_member_fetches_one_state_message(sync_space):
    """wire.md 3.6: upstream let members list state but not fetch one message, which filling gaps needs."""
    keys = sync_space.add_user()
    with sync_space.user(keys) as member:
        listed = member.get_messages("state")
        assert member.get_message("state", listed[0].message_hash) == listed[0]


def test_a_stale_head_is_a_conflict_that_names_the_head(space):
    with space.owner() as owner:
        first = owner.post_message("general", "x", b"1")
        second = owner.post_message("general", "x", b"2")
        with pytest.raises(ChainError, match=f"chain.conflict.*{second.message_hash}"):
            owner.post_message("general", "x", b"3", prev_hash=first.message_hash)
        assert len(owner.get_messages("general")) == 2


def test_a_conflict_is_a_conflict_whatever_the_topic_is_called(space, kind):
    """wire.md 11: upstream chose the status by words in the text, and the text holds the topic's name."""
    with space.owner() as owner:
        owner.post_message("permissions", "x", b"1")
        with pytest.raises(ChainError, match="chain.conflict"):
            owner.post_message("permissions", "x", b"2", prev_hash=NOWHERE)


def test_two_members_write_one_chain(space):
    keys = space.add_user(("create", "topics/general/messages"), ("read", "topics/general/messages"))
    with space.owner() as owner, space.user(keys) as member:
        for number in range(3):
            owner.post_encrypted_message("general", "chat.text", b"owner %d" % number)
            member.post_encrypted_message("general", "chat.text", b"member %d" % number)
        messages = member.get_messages("general")
        opened = [member.decrypt_message_data(each, "general") for each in messages]
    assert opened == [b"owner 0", b"member 0", b"owner 1", b"member 1", b"owner 2", b"member 2"]
    assert {each.sender for each in messages} == {space.keys.to_user_id(), keys.to_user_id()}
    assert validate_message_chain(space.id, messages)


def test_the_largest_message_fits_and_one_more_byte_does_not(space):
    with space.owner() as owner:
        owner.post_message("general", "x", b"a" * 76_800)
        with pytest.raises(ChainError, match="message.too_large"):
            owner.post_message("general", "x", b"a" * 76_801)
        assert len(owner.get_messages("general")) == 1


@pytest.mark.parametrize("topic", ["A", "a", "-a", "a" * 65])
def test_a_topic_has_a_proper_name(space, topic):
    with space.owner() as owner:
        with pytest.raises(ValidationError, match="topic.invalid_id"):
            owner.get_messages(topic)
        with pytest.raises(ChainError, match="topic.invalid_id"):
            owner.post_message(topic, "x", b"1", prev_hash=NOWHERE)


@pytest.mark.parametrize("kind_of_message", ["a|b", "a\nb"])
def test_a_type_cannot_make_one_hash_stand_for_two_messages(space, kind_of_message):
    """wire.md 14.1.14: the fields of the preimage are joined by bars."""
    with space.owner() as owner, pytest.raises(ChainError, match="message.invalid_type"):
        owner.post_message("general", kind_of_message, b"1")


def test_the_functions_below_the_client(sync_space, runner):
    keys = sync_space.keys
    arguments = {
        "space_id": sync_space.id,
        "topic_id": "general",
        "msg_type": "chat.text",
        "sender_public_key_typed": keys.to_user_id(),
        "sender_private_key": keys.private_key,
    }
    with sync_space.owner() as owner:
        first = post_message(owner.client, data=b"1", prev_hash=None, **arguments)

    async def below():
        async with sync_space.async_client() as client:
            http = await client.get_client()
            second = await post_message_async(http, data=b"2", prev_hash=first.message_hash, **arguments)
            return second, await get_messages_async(http, sync_space.id, "general", limit=10)

    second, messages = runner.run(below())
    assert hashes(messages) == [first.message_hash, second.message_hash]
