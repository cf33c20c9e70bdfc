"""Messages."""

import pytest
from reeeductio import ChainError, ConflictError, DecryptionError, NotFoundError, ValidationError
from reeeductio.crypto import decode_base64
from reeeductio.messages import compute_message_hash

FAR_FUTURE = 9_999_999_999_999
NOWHERE = "M" + "A" * 43


def test_a_sealed_message_is_read_by_members_only(space):
    with space.owner() as owner:
        created = owner.post_encrypted_message("general", "chat.text", b"Hello!")
        [message] = owner.get_messages("general")
        assert (message.message_hash, message.server_timestamp) == (created.message_hash, created.server_timestamp)
        assert (message.topic_id, message.type, message.sender) == ("general", "chat.text", owner.member_id)
        assert b"Hello" not in decode_base64(message.data)
        assert owner.decrypt_message_data(message, "general") == b"Hello!"
        with pytest.raises(DecryptionError):
            owner.decrypt_message_data(message, "another")


def test_a_plain_message_is_as_it_was_posted(space):
    with space.owner() as owner:
        owner.post_message("general", "x", b"\x00\xff")
        [message] = owner.get_messages("general")
        assert decode_base64(message.data) == b"\x00\xff"
        with pytest.raises(DecryptionError):
            owner.decrypt_message_data(message, "general")


def test_messages_come_oldest_first_and_are_one_chain(space):
    with space.owner() as owner:
        hashes = [owner.post_message("general", "x", bytes([n])).message_hash for n in range(5)]
        page = owner.get_messages("general")
        assert [each.message_hash for each in page] == hashes
        assert [each.prev_hash for each in page] == [None, *hashes[:-1]]
        assert [each.message_hash for each in owner.get_messages("general", limit=2)] == hashes[:2]
        newest = owner.get_messages("general", from_timestamp=FAR_FUTURE, to_timestamp=0, limit=2)
        assert [each.message_hash for each in newest] == hashes[-2:]
        as_it_comes = owner.get_messages("general", FAR_FUTURE, 0, 2, validate_chain=False)
        assert as_it_comes == newest[::-1]
        since = owner.get_messages("general", from_timestamp=page[-1].server_timestamp)
        assert since[-1] == page[-1]


def test_a_topic_that_nobody_wrote_to_is_empty(space):
    with space.owner() as owner:
        assert owner.get_messages("general") == []


def test_one_message_by_its_hash(space):
    with space.owner() as owner:
        created = owner.post_message("general", "x", b"1")
        assert owner.get_message("general", created.message_hash).server_timestamp == created.server_timestamp
        assert owner.get_message("general", created.message_hash, use_cache=False).data == "MQ=="
        for absent in (NOWHERE, "garbage"):
            with pytest.raises(NotFoundError) as caught:
                owner.get_message("general", absent)
            assert caught.value.code == "message.not_found"


def test_a_message_goes_behind_the_one_that_is_named_or_nowhere(space):
    with space.owner() as owner:
        first = owner.post_message("general", "x", b"1").message_hash
        second = owner.post_message("general", "x", b"2", prev_hash=first).message_hash
        with pytest.raises(ConflictError) as caught:
            owner.post_encrypted_message("general", "x", b"3", prev_hash=first)
        assert isinstance(caught.value, ChainError)
        assert (caught.value.code, caught.value.status) == ("chain.conflict", 409)
        assert caught.value.details == {"head": second}


@pytest.mark.parametrize(
    ("topic", "type_", "data", "code"),
    [
        ("A", "x", b"", "topic.invalid_id"),
        ("general", "x" * 1000, b"", "message.invalid_type"),
        ("general", "x", b"x" * 76_801, "message.too_large"),
    ],
)
def test_what_is_no_message_is_refused(space, topic, type_, data, code):
    with space.owner() as owner:
        with pytest.raises(ValidationError) as caught:
            owner.post_message(topic, type_, data)
        assert caught.value.code == code
        assert isinstance(caught.value, ChainError), "0.1.1 raised that for every post that failed"


def test_the_id_of_a_message_is_computed_alike(sync_space):
    with sync_space.owner() as owner:
        owner.post_message("general", "x", b"1")
        [message] = owner.get_messages("general")
    hashed = (sync_space.id, "general", "x", message.prev_hash, message.data, message.sender)
    assert compute_message_hash(*hashed) == message.message_hash
    assert not message.is_state_message()
