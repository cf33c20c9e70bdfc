"""Joining by a link, with a store that keeps the member's keys; passwords for a role; accounts; a restored server."""

import json
import stat
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import ADMIN
from reeeductio import (
    AuthenticationError,
    AuthorizationError,
    ChainError,
    LocalMessageStore,
    NetworkError,
    Space,
    ValidationError,
    generate_keypair,
)
from rig.server import Server
from rig.spaces import TestSpace

PASSWORD = "three blue bicycles"


@pytest.fixture
def home(space):
    """A space whose guests write to `general` and keep data of their own."""
    open_to_guests(space)
    return space


def open_to_guests(space):
    with space.owner() as owner:
        owner.create_role("editor")
        for name, path in {"chat": "topics/general", "own": "data/user/{self}/{...}"}.items():
            owner.grant_capability_to_role("editor", name, {"op": "write", "path": path})


def link_to(space, **options):
    with space.owner() as owner:
        return owner.invite_link("editor", **options)


def test_a_space_that_is_made_is_its_owners_also_at_the_next_start(server, handles, tmp_path):
    file = tmp_path / "ann.db"
    with handles.create(LocalMessageStore(file), server.url) as made:
        made.state.set("title", "ours")
        made.user_data.set("notes", "mine")
        made.create_role("editor")
        made.invite_link("editor")
        credentials = made.credentials()
    with handles.reopen(LocalMessageStore(file)) as again:
        assert again.credentials() == credentials
        assert again.state.get("title").text == "ours"
        assert again.user_data.get("notes").text == "mine"
    with handles.create(LocalMessageStore(file), server.url) as other:
        assert other.space_id != credentials.space_id
        assert other.credentials().symmetric_root != credentials.symmetric_root


def test_a_guest_joins_and_the_next_start_opens_the_space_from_the_file_alone(home, handles, tmp_path):
    file = tmp_path / "todo.db"
    with handles.join(link_to(home), LocalMessageStore(file)) as guest:
        guest.topic("general").post("x", "hello")
        guest.user_data.set("notes", "mine")
        member = guest.member_id
    for named in ({}, {"space_id": home.id}):
        with handles.reopen(LocalMessageStore(file), **named) as again:
            assert (again.member_id, again.space_id, again.base_url) == (member, home.id, home.url)
            assert again.user_data.get("notes").text == "mine"
            assert [each.text for each in again.topic("general").stored()] == ["hello"]
    assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, "only the user reads the keys"


def test_a_file_with_several_spaces_asks_for_one(home, handles, tmp_path):
    other = TestSpace(home.url, home.runner)
    open_to_guests(other)
    store = LocalMessageStore(tmp_path / "local.db")
    with pytest.raises(ValidationError, match="no credentials"):
        handles.reopen(store)
    for space in (home, other):
        handles.join(link_to(space), store).close()
    with pytest.raises(ValidationError, match="2 spaces"):
        handles.reopen(store)
    with handles.reopen(store, other.id) as opened:
        opened.topic("general").post("x", 1)
    with pytest.raises(ValidationError, match="no credentials"):
        handles.reopen(store, generate_keypair().to_space_id())


def test_a_link_is_used_once_by_each_store(home, handles, tmp_path):
    link = link_to(home, uses=1)
    mine = LocalMessageStore(tmp_path / "mine.db")
    with handles.join(link, mine) as first, handles.join(link, mine) as again:
        assert again.member_id == first.member_id
    with pytest.raises(AuthorizationError) as caught:
        handles.join(link, LocalMessageStore(":memory:"))
    assert caught.value.code == "tool.use_limit"


def test_of_two_guests_at_once_on_a_link_for_one_one_is_let_in(sync_space):
    open_to_guests(sync_space)
    link = link_to(sync_space, uses=1)

    def join(_):
        try:
            with Space.join(link, LocalMessageStore(":memory:")) as guest:
                return guest.topic("general").post("x", 1)
        except AuthorizationError as error:
            return error.code

    with ThreadPoolExecutor() as threads:
        results = list(threads.map(join, range(2)))
    assert results.count("tool.use_limit") == 1, results
    with sync_space.owner() as owner:
        assert len(owner.list_users()) == 1


def test_a_link_that_has_expired_or_was_taken_back_lets_nobody_in(home, handles):
    hour = 3_600_000
    now = int(time.time() * 1000)
    late, taken = link_to(home), link_to(home, expires_at=now + hour, description="mine")
    with home.owner() as owner:
        for tool in owner.list_tools():
            definition = json.loads(owner.get_plaintext_state(f"auth/tools/{tool}"))
            if definition.get("description") == "mine":
                owner.remove_member(tool)
            else:
                owner.set_plaintext_state(f"auth/tools/{tool}", json.dumps({**definition, "expires_at": now - hour}))
        for link in (late, taken):
            with pytest.raises(AuthorizationError, match="expired") as caught:
                handles.join(link, LocalMessageStore(":memory:"))
            assert caught.value.code == "member.unknown"
        assert owner.list_users() == []


def test_a_link_is_read_before_anything_is_sent_or_kept(home, handles, silent):
    link = link_to(home)
    store = LocalMessageStore(":memory:")
    assert home.root.hex() not in link
    cut = {
        "client.link_damaged": [link[:-1], link[:-5], link[:-1] + ("A" if link[-1] != "A" else "B")],
        "client.link_invalid": ["", "hello", home.url, link.partition("#")[0]],
    }
    for code, texts in cut.items():
        for text in texts:
            with pytest.raises(ValidationError) as caught:
                handles.join(text, store, silent[0])
            assert caught.value.code == code, text
    with pytest.raises(ValidationError, match="no credentials"):
        handles.reopen(store)
    assert not silent[1].is_set()


def test_a_link_names_a_page_and_a_role_that_is_there(home, handles):
    link = link_to(home, page="https://app.example/join")
    assert link.startswith("https://app.example/join#")
    with handles.join(link, LocalMessageStore(":memory:")) as guest:
        assert guest.base_url == home.url
    with home.owner() as owner:
        for role in ("boss", None):
            with pytest.raises(ValidationError, match="there is no role"):
                owner.invite_link(role)
        with pytest.raises(ValidationError, match="page"):
            owner.invite_link("editor", page="https://app.example/#x")
        assert len(owner.list_tools()) == 1


def test_credentials_are_given_kept_and_opened(home, handles, tmp_path):
    with home.owner(user_symmetric_key=bytes(range(32))) as owner:
        credentials = owner.credentials()
        assert (credentials.space_id, credentials.member_id) == (home.id, owner.member_id)
        assert (credentials.private_key, credentials.symmetric_root) == (home.keys.private_key, home.root)
        assert (credentials.user_symmetric_key, credentials.base_url) == (bytes(range(32)), home.url)
        assert credentials.is_joined
        assert repr(home.root) not in repr(credentials)
        assert repr(home.keys.private_key) not in repr(credentials)
        owner.keep_credentials(LocalMessageStore(tmp_path / "kept.db"))
        owner.topic("general").post("x", 1)
    with (
        handles.reopen(LocalMessageStore(tmp_path / "kept.db")) as reopened,
        handles.open(credentials) as opened,
    ):
        for each in (reopened, opened):
            assert each.topic("general").newest()[0].json() == 1
            assert each.credentials() == credentials


def test_one_password_opens_several_spaces_on_a_second_device(home, handles):
    second = TestSpace(home.url, home.runner)
    store = LocalMessageStore(":memory:")
    for space in (home, second):
        if space is second:
            open_to_guests(space)
        with space.owner() as owner:
            owner.enable_opaque()
            owner.allow_passwords("editor")
    with handles.join(link_to(home), store) as first, handles.join(link_to(second), store) as other:
        first.opaque_register("ann", PASSWORD)
        first.account.add(other.credentials())
        other.user_data.set("notes", "from the first device")
        members = first.member_id, other.member_id
    with pytest.raises(AuthenticationError):
        handles.from_password(home.id, "ann", "three red bicycles", home.url)
    with handles.from_password(home.id, "ann", PASSWORD, home.url) as first:
        (credentials,) = first.account.spaces()
        with handles.open(credentials) as other:
            assert (first.member_id, other.member_id) == members
            assert (other.space_id, other.base_url) == (second.id, second.url)
            assert other.user_data.get("notes").text == "from the first device"
        first.account.remove(second.id)
        first.account.remove(second.id)
        assert first.account.spaces() == []


def test_only_holders_of_a_role_that_may_register_passwords(home, handles):
    with home.owner() as owner:
        owner.enable_opaque()
        with pytest.raises(ValidationError, match="there is no role"):
            owner.allow_passwords("boss")
        with handles.join(link_to(home), LocalMessageStore(":memory:")) as guest:
            with pytest.raises(AuthorizationError):
                guest.opaque_register("ann", PASSWORD)
            with pytest.raises(AuthorizationError):
                guest.allow_passwords("editor")
            owner.allow_passwords("editor")
            owner.allow_passwords("editor")
            for weak in ("short", "aaaaaaaaaaaaaaaa", "0123456789012345"):
                with pytest.raises(ValidationError) as caught:
                    guest.opaque_register("ann", weak)
                assert caught.value.code == "client.weak_password"
            guest.opaque_register("ann", PASSWORD)
            with pytest.raises(ValidationError) as caught:
                guest.change_password("ann", PASSWORD, "short")
            assert caught.value.code == "client.weak_password"
            guest.change_password("ann", PASSWORD, "four green bicycles")
        handles.from_password(home.id, "ann", "four green bicycles", home.url).close()


def test_an_account_needs_the_users_own_key(home):
    with home.owner() as owner, pytest.raises(ValidationError, match="user_symmetric_key"):
        owner.account.spaces()


def test_a_restored_server_is_believed_once_the_program_says_so(kind, runner, tmp_path):
    admin = {"space_id": ADMIN.to_space_id(), "auto_create_spaces": True}
    folders = [tmp_path / name for name in ("before", "after")]
    for folder in folders:
        folder.mkdir()
    server = Server(folders[0], admin=admin)
    space = TestSpace(server.url, runner if kind == "async" else None)
    file = tmp_path / "local.db"
    with space.owner(local_store=LocalMessageStore(file)) as owner:
        owner.topic("general").post("x", "lost")
    server.stop()
    # Its backup is older than the space.
    server = Server(folders[1], admin=admin, server={"port": int(server.url.rpartition(":")[2])})
    with space.owner() as other:
        other.topic("general").post("x", "new")
    with space.owner(local_store=LocalMessageStore(file)) as owner:
        for _ in range(2):
            with pytest.raises(ChainError):
                list(owner.topic("general").history())
        owner.accept_restore()
        assert [each.text for each in owner.topic("general").history()] == ["new"]
    with space.owner(local_store=LocalMessageStore(file)) as owner:
        assert owner.topic("general").post("x", "newer")
        assert [each.text for each in owner.topic("general").newest()] == ["new", "newer"]
    server.stop()


def test_a_guest_that_was_removed_joins_again_once_its_store_has_forgotten(home, handles):
    store = LocalMessageStore(":memory:")
    with handles.join(link_to(home), store) as guest:
        member = guest.member_id
    with home.owner() as owner:
        owner.remove_member(member)
    link = link_to(home)
    with pytest.raises(AuthenticationError, match="forget") as caught:
        handles.join(link, store)
    assert caught.value.code == "member.unknown"
    handles.forget(store, home.id)
    with pytest.raises(ValidationError, match="no credentials"):
        handles.reopen(store)
    handles.forget(store, home.id)
    with handles.join(link, store) as again:
        assert again.member_id != member
        again.topic("general").post("chat.text", "I am back.")


def test_a_space_that_moved_is_reopened_at_its_new_address(home, handles, server):
    store = LocalMessageStore(":memory:")
    handles.create(store, "http://127.0.0.1:1").close()
    with handles.reopen(store) as before, pytest.raises(NetworkError):
        before.topic("general").post("chat.text", "Hello!")
    with handles.reopen(store, base_url=server.url) as moved:
        moved.topic("general").post("chat.text", "Hello!")
    with handles.reopen(store) as after:
        assert after.base_url == server.url
        assert [message.text for message in after.topic("general").newest()] == ["Hello!"]


def test_a_store_of_several_spaces_names_them(handles, server):
    store = LocalMessageStore(":memory:")
    spaces = [handles.create(store, server.url) for _ in range(2)]
    with pytest.raises(ValidationError, match="space_id: the store has credentials for 2 spaces") as caught:
        handles.reopen(store)
    assert all(space.space_id in str(caught.value) for space in spaces)
