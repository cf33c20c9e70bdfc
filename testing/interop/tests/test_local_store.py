"""The published client's message store on disk, where it works with the published server."""

import pytest
from reeeductio import LocalMessageStore
from rig.server import Server
from rig.spaces import TestSpace


@pytest.fixture
def store(tmp_path):
    return LocalMessageStore(tmp_path / "messages.db")


def test_what_was_read_is_kept(space, store):
    with space.owner() as poster, space.owner(local_store=store) as reader:
        first = poster.post_encrypted_message("general", "chat.text", b"one")
        poster.post_encrypted_message("general", "chat.text", b"two")
        messages = reader.get_messages("general")
        assert store.count_messages(space.id) == 2
        assert store.get_message(space.id, "general", first.message_hash) == messages[0]
        assert store.get_latest_timestamp(space.id, "general") == messages[1].server_timestamp
        assert store.get_latest_message(space.id, "general") == messages[1]
        # Later messages are fetched and linked to what is kept.
        poster.post_encrypted_message("general", "chat.text", b"three")
        messages = reader.get_messages("general")
        assert [reader.decrypt_message_data(each, "general") for each in messages] == [b"one", b"two", b"three"]
        assert store.count_messages(space.id) == 3


def test_what_is_kept_is_read_without_the_server(tmp_path, store):
    server = Server(tmp_path, admin={"auto_create_spaces": True})
    space = TestSpace(server.url)
    with space.owner(local_store=store) as reader:
        reader.post_message("general", "x", b"1")
        [message] = reader.get_messages("general")
        server.stop()
        assert reader.get_messages("general", to_timestamp=message.server_timestamp) == [message]
        assert reader.get_message("general", message.message_hash) == message


def test_two_posts_in_a_row_and_a_read(space, store):
    """The third fails in the client: it takes its kept head for the server's (wire.md 12.4)."""
    with space.owner(local_store=store) as owner:
        owner.post_message("general", "x", b"1")
        owner.post_message("general", "x", b"2")
        assert len(owner.get_messages("general")) == 2


def test_a_store_is_emptied_by_topic_by_age_and_whole(space, store):
    with space.owner(local_store=store) as owner:
        for topic in ("aa", "bb"):
            owner.post_message(topic, "x", b"1")
            owner.get_messages(topic)
        assert store.delete_messages(space.id, "aa") == 1
        assert store.get_messages(space.id, "aa") == []
        [kept] = store.get_messages(space.id, "bb")
        assert store.delete_messages(space.id, before_timestamp=kept.server_timestamp) == 0
        # The server still has what was forgotten here.
        assert len(owner.get_messages("aa")) == 1
        store.clear()
        assert store.count_messages() == 0
        store.put_message(space.id, kept)
        store.put_messages(space.id, [kept])
        assert store.count_messages() == 1
