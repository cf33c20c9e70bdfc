"""A store keeps what a program gives apart from what the client has verified."""

import dataclasses
import sqlite3

import pytest
from reeeductio import LocalMessageStore, NotFoundError, Space, StoreError, generate_keypair

#: The table of release 0.1.1.
PUBLISHED = """CREATE TABLE messages (
    message_hash TEXT PRIMARY KEY, space_id TEXT NOT NULL, topic_id TEXT NOT NULL, type TEXT NOT NULL, prev_hash TEXT,
    data TEXT NOT NULL, sender TEXT NOT NULL, signature TEXT NOT NULL, server_timestamp INTEGER NOT NULL)"""


@pytest.fixture
def keys():
    return generate_keypair()


@pytest.fixture
def opened(server, keys):
    """A handle on the space of `keys`, with a store or without."""

    def make(store=None) -> Space:
        arguments = (keys.to_space_id(), keys.to_user_id(), keys.private_key, bytes(32), server.url)
        return Space(*arguments, local_store=store)

    return make


@pytest.fixture
def topic(opened):
    """Four messages as they are on the server."""
    with opened() as space:
        for text in (b"one", b"two", b"three", b"four"):
            space.post_encrypted_message("general", "chat.text" if text != b"two" else "chat.other", text)
        return space.get_messages("general")


def test_messages_that_were_put_are_listed_counted_and_deleted(tmp_path, keys, topic):
    store, space = LocalMessageStore(tmp_path / "seen.db"), keys.to_space_id()
    times = [each.server_timestamp for each in topic]
    store.put_message(space, topic[2])
    store.put_messages(space, [topic[0], topic[1], topic[2]])
    store.put_message(space, dataclasses.replace(topic[0], server_timestamp=1))
    assert store.get_messages(space, "general") == topic[:3]
    assert store.get_messages(space, "general", times[1], times[2]) == topic[1:3]
    assert store.get_messages(space, "general", times[2], times[1], 1) == [topic[2]]
    assert store.get_message(space, "general", topic[1].message_hash) == topic[1]
    assert store.get_message(space, "other", topic[1].message_hash) is None
    assert store.get_latest_message(space, "general") == topic[2]
    assert store.get_latest_message(space, "general", "chat.other") == topic[1]
    assert store.get_latest_timestamp(space, "general") == times[2]
    assert store.count_messages() == store.count_messages(space) == 3
    assert store.delete_messages(space, "general", times[1]) == 1
    assert store.delete_messages(space) == 2
    assert store.count_messages() == 0
    assert store.get_latest_timestamp(space, "general") is None


def test_messages_that_were_put_are_not_trusted_by_the_client(tmp_path, keys, opened, topic):
    store, space_id = LocalMessageStore(tmp_path / "seen.db"), keys.to_space_id()
    # The server has no such message, and would be accused of having withheld it.
    unknown = topic[0].message_hash[:-4] + "AAAA"
    given = dataclasses.replace(topic[3], message_hash=unknown, server_timestamp=topic[3].server_timestamp + 1)
    store.put_messages(space_id, [topic[1], given])
    with opened(store) as space:
        assert space.get_messages("general") == topic
        with pytest.raises(NotFoundError):
            space.get_message("general", unknown)
        space.post_encrypted_message("general", "chat.text", b"five")
    assert store.get_message(space_id, "general", unknown) == given
    assert store.count_messages() == 6
    # The client's own are deleted too, and a head is not.
    assert store.delete_messages(space_id) == 6
    with opened(store) as space:
        assert len(space.get_messages("general")) == 5


def test_a_file_of_the_published_client_is_taken_over(tmp_path, keys, opened, topic):
    path, space_id = tmp_path / "seen.db", keys.to_space_id()
    with sqlite3.connect(path) as file:
        file.execute(PUBLISHED)
        names = "message_hash, topic_id, type, sender, signature, data, prev_hash, server_timestamp, space_id"
        forged = dataclasses.replace(topic[3], data="AAAA")
        for each in [*topic[:3], forged]:
            row = (*dataclasses.astuple(each)[:8], space_id)
            file.execute(f"INSERT INTO messages ({names}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    file.close()
    store = LocalMessageStore(path)
    assert store.get_messages(space_id, "general") == topic[:3]
    with opened(store) as space:
        assert space.get_messages("general") == topic
    assert store.get_messages(space_id, "general") == topic


def test_a_file_of_another_program_is_refused(tmp_path):
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE messages (id, text)")
    file.close()
    with pytest.raises(StoreError, match="another program"):
        LocalMessageStore(path)


def test_missing_folders_are_made_and_a_tilde_is_the_users_own(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    store = LocalMessageStore("~/notes/here/seen.db")
    assert store.db_path == tmp_path / "notes" / "here" / "seen.db"
    assert store.db_path.exists()
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        LocalMessageStore(tmp_path / "file" / "seen.db")
