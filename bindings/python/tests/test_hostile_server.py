"""A server that lies is caught, whatever it says."""

import os
import socket
import threading

import pytest
from proxy import Proxy
from reeeductio import (
    AuthorizationError,
    BlobError,
    ChainError,
    DecryptionError,
    IntegrityError,
    LocalMessageStore,
    NetworkError,
    NotFoundError,
    ReeeductioError,
    ServerError,
    Space,
    StoreError,
    ValidationError,
    generate_keypair,
)
from reeeductio.crypto import decode_urlsafe_base64, encode_base64, sign_data
from reeeductio.messages import compute_message_hash


@pytest.fixture
def proxy(server):
    standing = Proxy(server.url)
    yield standing
    standing.stop()


@pytest.fixture
def keys():
    return generate_keypair()


@pytest.fixture
def root():
    return os.urandom(32)


@pytest.fixture
def owner(proxy, keys, root):
    """A handle of the owner, through the proxy."""
    with Space(keys.to_space_id(), keys.to_user_id(), keys.private_key, root, proxy.url) as space:
        yield space


@pytest.fixture
def topic(owner):
    """Three messages in `general`."""
    return [owner.post_encrypted_message("general", "chat.text", text) for text in (b"one", b"two", b"three")]


def of_messages(change):
    """Makes a change of a page from a change of its list of messages."""

    def changed(page):
        return {**page, "messages": change(page["messages"])}

    return changed


def each(**fields):
    return of_messages(lambda messages: [{**message, **fields} for message in messages])


STRANGER = generate_keypair().to_user_id()
LIES = {
    "another sender": each(sender=STRANGER),
    "another signature": each(signature=encode_base64(bytes(64))),
    "another text": each(data=encode_base64(b"something else")),
    "another type": each(type="chat.other"),
    "another topic": each(topic_id="another"),
    "another order": of_messages(lambda messages: messages[::-1]),
    "one left out": of_messages(lambda messages: [messages[0], messages[2]]),
    "the first left out": of_messages(lambda messages: messages[1:]),
    "one twice": of_messages(lambda messages: [messages[0], *messages]),
    "times that run back": of_messages(
        lambda messages: [{**message, "server_timestamp": 9 - place} for place, message in enumerate(messages)]
    ),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_changed_messages_are_caught(owner, proxy, topic, lie):
    assert len(owner.get_messages("general")) == len(topic)
    proxy.lie_about("/topics/general/messages", lie)
    with pytest.raises(ChainError) as caught:
        owner.get_messages("general")
    assert caught.value.code.startswith("verify.")


def test_a_stranger_with_a_right_signature_is_left_out(owner, proxy, topic):
    """The server can make a key pair and sign with it, and cannot make it a member."""
    stranger = generate_keypair()
    assert len(owner.get_messages("general")) == len(topic)
    forged = {}

    def forge(messages):
        last = messages[-1]
        data = encode_base64(b"forged")
        identity = compute_message_hash(
            owner.space_id, "general", "chat.text", last["message_hash"], data, stranger.to_user_id()
        )
        signature = encode_base64(sign_data(decode_urlsafe_base64(identity), stranger.private_key))
        forged.update(
            last,
            message_hash=identity,
            prev_hash=last["message_hash"],
            data=data,
            sender=stranger.to_user_id(),
            signature=signature,
            server_timestamp=last["server_timestamp"] + 1,
        )
        return [*messages, forged]

    proxy.lie_about("/topics/general/messages", of_messages(forge))
    assert [message.message_hash for message in owner.get_messages("general")] == [
        posted.message_hash for posted in topic
    ]
    assert forged


def test_values_that_changed_places_are_caught(owner, proxy):
    for path in ("first", "second"):
        owner.set_encrypted_state(f"settings/{path}", path)
        owner.set_encrypted_data(f"settings/{path}", path.encode())
    answers = {}

    def swap(path, body):
        if "/settings/" in path:
            answers[path] = body
            return answers.get(path.replace("second", "first"), body)
        return body

    proxy.lie = swap
    # The newest entry at a path follows from the chain of the state.
    assert owner.get_encrypted_state("settings/first") == "first"
    assert owner.get_encrypted_state("settings/second") == "second"
    assert owner.get_encrypted_data("settings/first") == b"first"
    with pytest.raises(ChainError):
        owner.get_encrypted_data("settings/second")


def test_an_old_value_is_caught(owner, proxy):
    owner.set_encrypted_data("counter", b"1")
    old = {}
    proxy.lie_about("/data/counter", lambda entry: old.setdefault("entry", entry))
    assert owner.get_encrypted_data("counter") == b"1"
    owner.set_encrypted_data("counter", b"2")
    with pytest.raises(ChainError):
        owner.get_encrypted_data("counter")


def test_other_bytes_of_a_blob_are_caught(owner, proxy):
    blob = owner.encrypt_and_upload_blob(b"content")
    proxy.lie = lambda path, body: bytes(len(body)) if "/blobs/" in path else body
    with pytest.raises(BlobError) as caught:
        owner.download_and_decrypt_blob(blob.blob_id, blob.dek)
    assert isinstance(caught.value, IntegrityError)
    assert caught.value.code == "verify.blob"


@pytest.mark.parametrize("kept", [1, 2])
def test_going_back_in_time_is_caught_after_a_restart(owner, proxy, topic, keys, root, tmp_path, kept):
    def reopened():
        store = LocalMessageStore(tmp_path / "seen.db")
        arguments = (keys.to_space_id(), keys.to_user_id(), keys.private_key, root, proxy.url)
        return Space(*arguments, local_store=store)

    with reopened() as before:
        assert len(before.get_messages("general")) == len(topic)
    proxy.lie_about("/topics/general/messages", of_messages(lambda messages: messages[:kept]))
    with reopened() as after, pytest.raises(IntegrityError) as caught:
        after.get_messages("general")
    assert caught.value.code in {"verify.rolled_back", "verify.withheld", "verify.fork"}


@pytest.mark.parametrize(
    "garbage", [b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"messages": 1}', b'{"messages": [{}]}', b"[" * 100_000]
)
def test_garbage_is_an_error_and_not_a_crash(owner, proxy, topic, garbage):
    proxy.lie = lambda path, body: garbage if "general" in path else body
    with pytest.raises(ReeeductioError):
        owner.get_messages("general")
    proxy.lie = lambda _path, body: body
    assert len(owner.get_messages("general")) == len(topic)


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("verify.fork", 404, NotFoundError),
        ("store.damaged", 500, ReeeductioError),
        ("client.open", 403, AuthorizationError),
        ("transport.timeout", 400, ValidationError),
    ],
)
def test_a_server_cannot_choose_an_exception_that_accuses(owner, proxy, code, status, kind):
    proxy.refusal = ("/data/", status, code)
    with pytest.raises(ReeeductioError) as caught:
        owner.get_plaintext_data("any")
    assert isinstance(caught.value, kind)
    assert not isinstance(caught.value, (ChainError, StoreError, DecryptionError, NetworkError))
    assert (caught.value.code, caught.value.status) == (code, status)


@pytest.mark.parametrize(("code", "status"), [("storage.full", 503), ("internal", 500), ("", 502)])
def test_a_server_that_failed_is_told_from_a_refusal(owner, proxy, code, status):
    proxy.refusal = ("/topics/", status, code)
    for call in (lambda: owner.post_message("general", "x", b"1"), lambda: owner.get_messages("general")):
        with pytest.raises(ServerError) as caught:
            call()
        assert not isinstance(caught.value, (ChainError, ValidationError))
        assert caught.value.status == status


def test_a_server_that_is_not_there_is_a_network_error(keys, root):
    with socket.socket() as taken:
        # The port is taken, and nobody listens.
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with (
            Space(keys.to_space_id(), keys.to_user_id(), keys.private_key, root, url) as owner,
            pytest.raises(NetworkError),
        ):
            owner.get_messages("general")


def test_a_server_that_hangs_up_is_a_network_error(keys, root):
    """It accepts, reads the request, and closes without an answer, every time."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)

        thread = threading.Thread(target=hang_up)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with (
            Space(keys.to_space_id(), keys.to_user_id(), keys.private_key, root, url) as owner,
            pytest.raises(NetworkError),
        ):
            owner.get_messages("general")
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
