"""Values of the state, the data and the user's own data: sealed, listed, watched and changed together."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from conftest import ADMIN
from reeeductio import (
    AuthorizationError,
    ChainError,
    DecryptionError,
    LocalMessageStore,
    ReeeductioError,
    ValidationError,
    decode_base64,
    generate_keypair,
)
from rig.server import Server
from rig.spaces import TestSpace

KINDS = ["state", "data", "user_data"]


@pytest.fixture(params=KINDS)
def of(request):
    """Which values the test is about."""
    return request.param


@pytest.fixture
def user_key():
    return os.urandom(32)


@pytest.fixture
def owner(space, user_key):
    with space.owner(user_symmetric_key=user_key) as owner:
        yield owner


@pytest.fixture
def values(owner, of):
    return getattr(owner, of)


def paths(listed):
    return [each.path for each in listed]


def test_bytes_text_and_json_are_set_and_read(values, owner):
    contents = {"b/bytes": b"\x00\xff", "b/text": "Grüße", "b/json": {"done": None}}
    for path, content in contents.items():
        values.set(path, content)
    assert values.get("b/bytes").bytes == contents["b/bytes"]
    assert values.get("b/text").text == contents["b/text"]
    assert values.get("b/json").json() == contents["b/json"]
    assert values.get("b/missing") is None
    found = values.get("b/text")
    assert (found.path, found.author, found.is_removed) == ("b/text", owner.member_id, False)
    assert found.time > 0
    assert "Grüße".encode() not in decode_base64(found.data), "the server sees sealed bytes"


def test_no_content_is_refused_and_what_removes_a_value_is_named(values, owner):
    values.set("a", 1)
    with pytest.raises(ValidationError, match=r"^client\.argument: content: .* not None: delete\(\) removes a value"):
        values.set("a", None)
    assert values.get("a").json() == 1
    with pytest.raises(ValidationError, match=r"^client\.argument: content: .* not None$"):
        owner.topic("general").post("chat.text", None)
    values.set("a", [None])
    assert values.get("a").json() == [None]


def test_a_value_is_replaced_and_removed(values):
    values.set("task", 1)
    values.set("task", 2)
    assert values.get("task").json() == 2
    values.delete("task")
    assert values.get("task") is None
    assert values.list() == []
    values.delete("task")
    values.set("task", 3)
    assert values.get("task").json() == 3


def test_a_list_ends_where_the_path_does(values):
    for path in ("a", "a/b", "a/b/c", "ab", "b"):
        values.set(path, path)
    assert paths(values.list("a")) == ["a", "a/b", "a/b/c"]
    assert paths(values.list("a/b")) == ["a/b", "a/b/c"]
    assert [each.text for each in values.list("ab")] == ["ab"]
    assert values.list("c") == []
    assert {"a", "a/b", "a/b/c", "ab", "b"} <= set(paths(values.list()))


def test_a_function_changes_what_is_there(values):
    seen = []

    def change(old):
        seen.append(None if old is None else (old.path, old.json()))
        return 1 if old is None else {"after": old.json()}

    values.update("a/counter", change)
    values.update("a/counter", change)
    assert values.get("a/counter").json() == {"after": 1}
    assert seen == [None, ("a/counter", 1)]
    values.update("a/counter", lambda _: None)
    assert values.get("a/counter") is None


@pytest.mark.parametrize("first", [None, 1])
def test_a_function_that_raises_ends_the_update_and_writes_nothing(values, first):
    if first is not None:
        values.set("counter", first)
    before = values.get("counter")
    raised = KeyError("mine")

    def change(old):
        raise raised

    with pytest.raises(KeyError) as caught:
        values.update("counter", change)
    assert caught.value is raised
    with pytest.raises(ValidationError, match="content"):
        values.update("counter", lambda _: object())
    assert values.get("counter") == before


def test_two_handles_count_together(space, of, user_key, kind, runner):
    count, each = 100, 50
    if kind == "async":

        async def add(handle):
            for _ in range(each):
                await getattr(handle, of).update("counter", more)

        async def run():
            handles = [space.async_client(user_symmetric_key=user_key) for _ in range(2)]
            await asyncio.gather(*(add(handle) for handle in handles))

        runner.run(run())
    else:
        start = Barrier(2)

        def add_all():
            with space.owner(user_symmetric_key=user_key) as handle:
                start.wait()
                for _ in range(each):
                    getattr(handle, of).update("counter", more)

        with ThreadPoolExecutor() as threads:
            for done in [threads.submit(add_all) for _ in range(2)]:
                done.result()
    with space.owner(user_symmetric_key=user_key) as owner:
        assert getattr(owner, of).get("counter").json() == count


def more(old):
    return 1 if old is None else old.json() + 1


def test_a_watch_gives_what_is_there_and_then_each_change(space, of, values, user_key):
    values.set("tasks/1", "one")
    values.set("tasks/2", "two")
    values.set("tasksforce", "another place")
    with values.watch("tasks") as watch, space.owner(user_symmetric_key=user_key) as other:
        first = sorted((next(watch), next(watch)), key=lambda each: each.path)
        assert [(each.path, each.text) for each in first] == [("tasks/1", "one"), ("tasks/2", "two")]
        there = getattr(other, of)
        there.set("tasksforce", "still another place")
        there.set("tasks/1", "one more")
        changed = next(watch)
        assert (changed.path, changed.text, changed.is_removed) == ("tasks/1", "one more", False)
        there.delete("tasks/2")
        removed = next(watch)
        assert (removed.path, removed.is_removed, removed.content) == ("tasks/2", True, None)
        with pytest.raises(DecryptionError):
            _ = removed.bytes
        there.set("tasks/2", "again")
        assert next(watch).text == "again"
    assert list(watch) == []


def test_a_watch_goes_on_over_a_server_that_was_away(tmp_path, of, kind, runner, user_key):
    admin = {"space_id": ADMIN.to_space_id(), "auto_create_spaces": True}
    server = Server(tmp_path, admin=admin)
    space = TestSpace(server.url, runner if kind == "async" else None)
    with space.owner(user_symmetric_key=user_key) as owner:
        values = getattr(owner, of)
        values.set("tasks/1", "before")
        values.set("tasks/2", "before")
        with values.watch("tasks") as watch:
            assert {next(watch).path, next(watch).path} == {"tasks/1", "tasks/2"}
            server.stop()
            server = Server(tmp_path, admin=admin, server={"port": int(server.url.rpartition(":")[2])})
            with space.owner(user_symmetric_key=user_key) as other:
                getattr(other, of).delete("tasks/1")
                getattr(other, of).set("tasks/2", "after")
            changed = {each.path: each for each in (next(watch), next(watch))}
            assert changed["tasks/1"].is_removed
            assert changed["tasks/2"].text == "after"
    server.stop()


def test_what_was_seen_last_is_given_without_the_server(tmp_path, of, kind, runner, user_key):
    server = Server(tmp_path, admin={"space_id": ADMIN.to_space_id(), "auto_create_spaces": True})
    space = TestSpace(server.url, runner if kind == "async" else None)
    for stopped in (False, True):
        with space.owner(user_symmetric_key=user_key, local_store=LocalMessageStore(tmp_path / "local.db")) as owner:
            values = getattr(owner, of)
            if not stopped:
                assert values.stored("a/b") is None
                values.set("a/b", "seen")
                assert values.get("a/b").text == "seen"
                server.stop()
            assert values.stored("a/b").text == "seen"
            assert values.stored("a") is None
    with space.owner(user_symmetric_key=user_key) as owner, pytest.raises(ValidationError, match="store"):
        getattr(owner, of).stored("a/b")


def test_a_users_own_data_does_not_open_for_others(owner, space):
    owner.user_data.set("notes", "mine")
    keys = space.add_user(("read", "data/user/{...}"))
    with space.user(keys, user_symmetric_key=os.urandom(32)) as other:
        found = other.data.get(f"user/{owner.member_id}/notes")
        assert found.author == owner.member_id
        with pytest.raises(DecryptionError):
            _ = found.text
        assert other.user_data.get("notes") is None


def test_the_users_own_data_need_the_users_own_key(space):
    with space.owner() as owner:
        for attempt in (
            lambda: owner.user_data.get("notes"),
            lambda: owner.user_data.set("notes", "mine"),
            owner.user_data.list,
            lambda: owner.user_data.update("notes", more),
            lambda: next(owner.user_data.watch()),
        ):
            with pytest.raises(ValidationError, match="user_symmetric_key"):
                attempt()


def test_a_value_in_the_clear_is_there_and_has_no_opened_content(space):
    with space.owner() as owner:
        owner.set_plaintext_data("plain", b"for everybody")
        owner.set_plaintext_state("plain", "for everybody")
        for values in (owner.data, owner.state):
            (found,) = values.list("plain")
            assert found.content is None
            with pytest.raises(DecryptionError):
                _ = found.text


def test_who_may_not_read_is_told(space):
    with space.owner() as owner:
        owner.data.set("secret", 1)

    with space.user(space.add_user(), user_symmetric_key=bytes(32)) as other:
        for attempt in (
            lambda: other.data.get("secret"),
            lambda: other.data.set("secret", 2),
            lambda: other.data.update("secret", more),
            lambda: other.data.delete("secret"),
            lambda: other.state.set("secret", 2),
            lambda: other.user_data.set("secret", 2),
        ):
            with pytest.raises(AuthorizationError) as caught:
                attempt()
            assert not isinstance(caught.value, ValidationError | ChainError), "nothing is wrong with the arguments"


@pytest.mark.parametrize("of", ["state", "data"])
def test_what_a_member_may_not_read_is_left_out(space, of):
    with space.owner() as owner:
        getattr(owner, of).set("a/secret", 1)
        getattr(owner, of).set("b/open", 1)
    with space.user(space.add_user(("read", f"{of}/b/{{...}}"))) as other:
        values = getattr(other, of)
        with pytest.raises(AuthorizationError):
            values.list("a")
        assert "b/open" in paths(values.list())
        assert "a/secret" not in paths(values.list())
        with values.watch() as watch, space.owner() as owner:
            seen = [next(watch).path]
            while seen[-1] != "b/open":
                seen.append(next(watch).path)
            getattr(owner, of).set("a/secret", 2)
            getattr(owner, of).set("b/open", 2)
            seen.append(next(watch).path)
        assert "a/secret" not in seen
        assert seen[-1] == "b/open"


def test_a_removed_member_hears_why_the_watch_ends(space):
    keys = generate_keypair()
    space.add_user(("read", "data/{...}"), keys=keys)

    with space.owner() as owner, space.user(keys) as other, other.data.watch() as watch:
        owner.data.set("a", 1)
        assert next(watch).json() == 1
        owner.remove_member(keys.to_user_id())
        with pytest.raises(ReeeductioError):
            next(watch)
