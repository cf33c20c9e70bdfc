"""Messages with the published client."""

import asyncio

import pytest
from reeeductio import LocalMessageStore
from reeeductio.exceptions import ChainError, NotFoundError, ValidationError


def test_messages_come_back_in_order_and_open(space):
    with space.owner() as owner:
        for text in (b"one", b"two", b"three"):
            owner.post_encrypted_message("general", "chat.text", text)
        messages = owner.get_messages("general")
        assert [owner.decrypt_message_data(m, "general") for m in messages] == [b"one", b"two", b"three"]
        assert messages[0].prev_hash is None
        assert messages[1].prev_hash == messages[0].message_hash
        stamps = [m.server_timestamp for m in messages]
        assert stamps == sorted(set(stamps)), "timestamps strictly increase"


def test_plain_messages_ranges_and_pages(space):
    with space.owner() as owner:
        for number in range(7):
            owner.post_message("numbers", "n", str(number).encode())
        everything = owner.get_messages("numbers")
        assert len(everything) == 7
        assert len(owner.get_messages("numbers", limit=3)) == 3
        third = everything[2].server_timestamp
        assert [m.message_hash for m in owner.get_messages("numbers", from_timestamp=third)] == [
            m.message_hash for m in everything[2:]
        ]
        newest = owner.get_messages("numbers", from_timestamp=9999999999999, to_timestamp=0, limit=2)
        assert [m.message_hash for m in newest] == [m.message_hash for m in everything[-2:]]


def test_one_message_by_its_hash(space):
    with space.owner() as owner:
        posted = owner.post_message("general", "x", b"1")
        assert owner.get_message("general", posted.message_hash).server_timestamp == posted.server_timestamp
        with pytest.raises((NotFoundError, ValidationError)):
            owner.get_message("general", "M" + "A" * 43)


def test_a_stale_head_is_a_conflict_that_names_the_head(space, http):
    with space.owner() as owner:
        first = owner.post_message("general", "x", b"1")
        second = owner.post_message("general", "x", b"2")
        with pytest.raises(ChainError) as caught:
            owner.post_message("general", "x", b"3", prev_hash=first.message_hash)
        assert second.message_hash in str(caught.value)


def test_two_topics_do_not_mix(space):
    with space.owner() as owner:
        owner.post_message("aa", "x", b"1")
        owner.post_message("bb", "x", b"2")
        assert len(owner.get_messages("aa")) == 1
        assert owner.get_messages("empty-topic") == []


def test_a_local_store_reads_what_was_posted(space, tmp_path):
    store = LocalMessageStore(tmp_path / "messages.db")
    with space.owner(local_store=store) as owner:
        owner.post_message("general", "x", b"1")
        assert len(owner.get_messages("general")) == 1
        assert store.count_messages() == 1
        assert len(owner.get_messages("general")) == 1


def test_the_asynchronous_client_posts_and_reads(space):
    async def run():
        async with space.async_owner() as owner:
            await owner.post_encrypted_message("general", "chat.text", b"hello")
            await owner.post_message("general", "chat.text", b"plain")
            messages = await owner.get_messages("general")
            return owner.decrypt_message_data(messages[0], "general"), len(messages)

    assert asyncio.run(run()) == (b"hello", 2)


def test_the_largest_message_fits_and_one_more_byte_does_not(space):
    with space.owner() as owner:
        owner.post_message("general", "x", b"a" * 76_800)
        with pytest.raises(ChainError):
            owner.post_message("general", "x", b"a" * 76_801)
