"""Mistakes of a new user: every refusal is a `ValidationError` that names the argument."""

import datetime as dt

import pytest
from reeeductio import (
    AdminClient,
    AsyncSpace,
    AuthSession,
    LocalMessageStore,
    Network,
    Space,
    ValidationError,
    generate_keypair,
    set_timeouts,
)

#: Nobody is there: what is refused here was refused before anything was sent.
NOWHERE = "http://127.0.0.1:1"
KEYS = generate_keypair()
RIGHT = {
    "space_id": KEYS.to_space_id(),
    "member_id": KEYS.to_user_id(),
    "private_key": KEYS.private_key,
    "symmetric_root": bytes(32),
    "base_url": NOWHERE,
}
MESSAGE = "M" + "A" * 43


@pytest.fixture
def owner(handles):
    return handles.create(LocalMessageStore(":memory:"), NOWHERE)


def refused(field, *words):
    return pytest.raises(ValidationError, match=".*".join([rf"^client\.argument: {field}: ", *words]))


@pytest.mark.parametrize("wrong", ["ann.db", None])
def test_a_path_is_not_taken_for_the_store(handles, owner, wrong):
    words = [r"LocalMessageStore\(path\)"] if wrong else ["LocalMessageStore, not None"]
    for attempt in (
        lambda: handles.create(wrong, NOWHERE),
        lambda: handles.join("https://space.example/#1", wrong),
        lambda: handles.reopen(wrong),
        lambda: handles.reopen(wrong, KEYS.to_space_id()),
        lambda: owner.keep_credentials(wrong),
    ):
        with refused("local_store", *words):
            attempt()


@pytest.mark.parametrize("face", [Space, AsyncSpace])
def test_a_wrong_argument_of_a_handle_is_named(face, tmp_path):
    with refused("local_store", r"LocalMessageStore\(path\)"):
        face(**RIGHT, local_store=tmp_path / "ann.db")
    for field in ("private_key", "symmetric_root", "user_symmetric_key"):
        with refused(field, "bytes, not str", "fromhex"):
            face(**RIGHT | {field: "ab" * 32})
        with refused(field, "31 bytes"):
            face(**RIGHT | {field: bytes(31)})
    for field in ("space_id", "member_id", "base_url"):
        with refused(field, "a string, not None"):
            face(**RIGHT | {field: None})
    with refused("private_key", "bytes, not None"):
        face(**RIGHT | {"private_key": None})
    face(**RIGHT, user_symmetric_key=None, local_store=None)


def test_keys_that_are_not_key_pairs_are_refused(handles):
    for field, arguments in {
        "invitation": (KEYS.to_space_id(), KEYS.private_key, bytes(32), KEYS),
        "keypair": (KEYS.to_space_id(), KEYS, bytes(32), KEYS.private_key),
    }.items():
        with refused(field, "Ed25519KeyPair, not bytes"):
            handles.accept_invitation(*arguments, NOWHERE)
    with refused("keypair", "Ed25519KeyPair, not str"):
        AdminClient("ann.db", NOWHERE)
    with refused("private_key", "bytes, not str"):
        AuthSession(KEYS.to_space_id(), KEYS.to_user_id(), "ab" * 32, NOWHERE)
    with refused("credentials", "Credentials, not LocalMessageStore"):
        handles.open(LocalMessageStore(":memory:"))


def test_a_topic_and_a_type_are_refused_at_once(owner):
    with refused("topic_id", "a string, not None"):
        owner.topic(None)
    with pytest.raises(ValidationError, match=r"^topic\.invalid_id: topic_id: "):
        owner.topic("General Talk")
    for attempt in (lambda: owner.topic("general").post("", "Hello!"), lambda: owner.outbox.add("general", "", "x")):
        with refused("kind", "not empty"):
            attempt()
    with refused("kind", "a string, not None"):
        owner.topic("general").post(None, "Hello!")
    assert owner.outbox.waiting() == []


@pytest.mark.parametrize("when", [1.5, "tomorrow", dt.datetime.now(tz=dt.UTC)])
def test_times_are_unix_milliseconds(owner, when):
    for attempt in (
        lambda: owner.invite_link("editor", expires_at=when),
        lambda: owner.create_invitation(expires_at=when),
        lambda: owner.assign_role_to_user(KEYS.to_user_id(), "editor", when),
        lambda: owner.create_tool(KEYS.to_tool_id(), expires_at=when),
    ):
        with refused("expires_at", "Unix milliseconds"):
            attempt()
    with refused("from_timestamp", "Unix milliseconds"):
        owner.get_messages("general", from_timestamp=when)


@pytest.mark.parametrize("after", [("abc", 1), ("abc",), (MESSAGE, "now"), (MESSAGE,), MESSAGE, 7, [MESSAGE, 1.5]])
def test_what_is_no_position_is_refused_by_its_name(owner, after):
    for stream in (owner.topic("general").history(after), owner.topic("general").live(after)):
        with refused("after", "position of a message"):
            next(stream)
    with refused("follow", "position of a message"):
        next(owner.live(follow={"general": after}))


def test_topics_to_follow_are_a_mapping(owner):
    with refused("follow", "not list"):
        next(owner.live(follow=["general"]))


@pytest.mark.parametrize("wrong", ["5", True, 0, -1, float("nan"), dt.timedelta(seconds=5)])
def test_a_time_to_wait_is_a_number_of_seconds(wrong):
    for name in ("connect", "idle", "silence"):
        with refused(name, "seconds"):
            Network(**{name: wrong})
        with refused(name, "seconds"):
            set_timeouts(**{name: wrong})


def test_a_network_that_cannot_be_is_refused_when_it_is_made(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nofile\.pem"):
        Network(ca_file=tmp_path / "nofile.pem")
    with refused("ca_file", "path"):
        Network(ca_file=5)
    with refused("proxy", "a string, not int"):
        Network(proxy=5)
    with refused("network", "a Network, not str"):
        Space(**RIGHT, network="http://proxy")
