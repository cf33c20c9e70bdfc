"""The class of every exception, against the table of codes in `spec/errors.md`, which is printed from Rust."""

import re
from pathlib import Path

import pytest
from reeeductio import (
    AuthenticationError,
    AuthorizationError,
    BlobError,
    ChainError,
    ConflictError,
    IntegrityError,
    NetworkError,
    NotFoundError,
    OpaqueError,
    RateLimitError,
    ReeeductioError,
    ServerError,
    StoreError,
    StreamError,
    ValidationError,
    exceptions,
)
from reeeductio.exceptions import also, from_failure
from rig.spaces import TestSpace

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "spec" / "errors.md").read_text()
SERVER = re.findall(r"^\| `([a-z_.]+)` \| (\d+) \| (\w+) \|", PAGE, re.MULTILINE)
CLIENT = re.findall(r"^\| `([a-z_0-9.]+)` \| ([A-Z]\w+) \|", PAGE, re.MULTILINE)
ACCUSING = (IntegrityError, ChainError, BlobError, StoreError, NetworkError, exceptions.DecryptionError)


def named(kind: str) -> type[ReeeductioError]:
    return ReeeductioError if kind in {"Interrupted", "Other"} else getattr(exceptions, f"{kind}Error")


def test_the_table_is_whole():
    assert (len(SERVER), len(CLIENT)) == tuple(
        sum(line.startswith("| `") for line in part.splitlines()) for part in PAGE.split("## What a client finds")
    )
    assert len(SERVER) > 60
    assert len(CLIENT) > 35


@pytest.mark.parametrize(("code", "status", "kind"), SERVER)
def test_a_code_of_the_server_has_the_class_of_the_table(code, status, kind):
    # Whatever the status, and also where the client refuses before it asks.
    for said in (int(status), 418, None):
        error = from_failure(code, said, "no")
        assert isinstance(error, named(kind))
        assert (error.code, error.status) == (code, said)
        assert type(error).__name__ == named(kind).__name__


@pytest.mark.parametrize(("code", "kind"), CLIENT)
def test_a_code_of_the_client_has_the_class_of_the_table(code, kind):
    error = from_failure(code, None, "no")
    assert type(error).__name__ == named(kind).__name__
    assert isinstance(error, IntegrityError) == (kind == "Integrity")


@pytest.mark.parametrize("code", [code for code, _ in CLIENT] + ["verify.new", "new.code"])
@pytest.mark.parametrize(
    ("status", "kind"), [(400, ValidationError), (403, exceptions.AuthorizationError), (404, NotFoundError),
                         (500, ServerError), (503, ServerError), (418, ReeeductioError)],
)  # fmt: skip
def test_a_server_does_not_choose_the_class_of_what_is_found_here(code, status, kind):
    error = from_failure(code, status, "no")
    assert type(error) is kind
    assert not isinstance(error, ACCUSING)


def test_what_fails_verification_is_still_what_release_0_1_1_raised():
    assert isinstance(from_failure("verify.fork"), ChainError)
    assert isinstance(from_failure("verify.blob"), BlobError)
    assert not isinstance(from_failure("verify.blob"), ChainError)
    assert isinstance(from_failure("member.unknown", 403), (AuthenticationError, exceptions.AuthorizationError))
    assert isinstance(from_failure("member.unknown", 403), exceptions.AuthorizationError)
    assert isinstance(from_failure("data.stale", 400), ConflictError)
    assert isinstance(from_failure("data.stale", 400), ValidationError)


@pytest.mark.parametrize(
    "error",
    [from_failure("storage.full", 503), from_failure("", 502), from_failure("transport.connect"),
     from_failure("rate.limited", 429), from_failure("store.damaged"), from_failure("verify.fork")],
)  # fmt: skip
def test_what_the_caller_did_not_do_is_no_validation_error(error):
    assert not isinstance(also(error, ValidationError), ValidationError)
    assert not isinstance(also(error, AuthenticationError), AuthenticationError)
    assert isinstance(also(error, ChainError), ChainError) == (error.code == "verify.fork")
    for kind in (BlobError, OpaqueError, StreamError):
        # The operation that failed may be named.
        assert isinstance(also(error, kind), kind)
        assert isinstance(also(error, kind), type(error))


def test_an_exception_says_its_code_and_holds_its_details():
    error = from_failure("rate.limited", 429, "too many", {"retry_after": 3})
    assert isinstance(error, RateLimitError)
    assert str(error) == "rate.limited: too many"
    assert error.details == {"retry_after": 3}


def test_every_code_in_the_package_is_in_the_table():
    known = {code for code, *_ in SERVER} | {code for code, _ in CLIENT}
    used = set()
    for file in (ROOT / "bindings" / "python" / "python").rglob("*.py"):
        used |= set(re.findall(r'"((?:client|store|transport|verify)\.[a-z_0-9]+)"', file.read_text()))
    assert used
    assert used <= known


def test_the_classes_at_once_are_those_of_the_page(space):
    with space.owner() as owner:
        owner.data.set("a", 1)
    no_right = {
        lambda member: member.post_encrypted_message("general", "x", b"x"): ChainError,
        lambda member: member.create_role("x"): ChainError,
        lambda member: member.set_encrypted_data("a", b"2"): ValidationError,
        lambda member: member.set_plaintext_data("a", b"2"): ValidationError,
        lambda member: member.delete_data("a"): ValidationError,
    }
    keys = space.add_user()
    with space.user(keys) as member:
        for attempt, also_raised in no_right.items():
            with pytest.raises(AuthorizationError) as caught:
                attempt(member)
            assert isinstance(caught.value, also_raised)
            assert not isinstance(caught.value, AuthenticationError)
        with space.owner() as owner:
            owner.remove_member(keys.to_user_id())
        for attempt, also_raised in {
            **no_right,
            lambda member: member.encrypt_and_upload_blob(b"x"): BlobError,
        }.items():
            with pytest.raises(AuthenticationError) as caught:
                attempt(member)
            assert caught.value.code == "member.unknown"
            assert isinstance(caught.value, AuthorizationError)
            assert isinstance(caught.value, also_raised)


def test_an_unknown_space_is_not_taken_for_a_missing_value(strict_server):
    with TestSpace(strict_server.url).owner() as owner:
        for attempt in (
            lambda: owner.data.get("a"),
            lambda: owner.state.get("a"),
            lambda: owner.get_encrypted_data("a"),
        ):
            with pytest.raises(NotFoundError) as caught:
                attempt()
            assert caught.value.code == "space.unknown"
            assert isinstance(caught.value, AuthenticationError)
