"""Blobs."""

import os

import pytest
from conftest import MAX_BLOB
from cryptography.exceptions import InvalidTag
from reeeductio.blobs import compute_blob_id
from reeeductio.exceptions import BlobError, NotFoundError
from rig.spaces import TestSpace, fresh_key
from rig.wire import Member, Wire


def test_a_plain_blob_goes_up_and_comes_down(space):
    content = os.urandom(300_000)
    with space.owner() as owner:
        made = owner.upload_plaintext_blob(content)
        assert (made.blob_id, made.size) == (compute_blob_id(content), 300_000)
        assert owner.download_plaintext_blob(made.blob_id) == content
        assert owner.upload_plaintext_blob(content) == made, "again is no error"


def test_a_sealed_blob_is_opened_with_its_key(space):
    with space.owner() as owner:
        made = owner.encrypt_and_upload_blob(b"secret")
        assert made.size == len(b"secret") + 28
        assert owner.download_and_decrypt_blob(made.blob_id, made.key) == b"secret"
        assert b"secret" not in owner.download_plaintext_blob(made.blob_id)
        with pytest.raises(InvalidTag):
            owner.download_and_decrypt_blob(made.blob_id, fresh_key())


def test_an_empty_blob_comes_down_again(space):
    """wire.md 14.2.4: upstream took it and never gave it back."""
    with space.owner() as owner:
        assert owner.download_plaintext_blob(owner.upload_plaintext_blob(b"").blob_id) == b""


def test_json_in_a_blob_stays_bytes(space):
    """The client takes an answer with a JSON content type for directions to another server."""
    with space.owner() as owner:
        content = b'{"download_url": "http://127.0.0.1:9/"}'
        assert owner.download_plaintext_blob(owner.upload_plaintext_blob(content).blob_id) == content


def test_a_deleted_blob_is_gone(space):
    with space.owner() as owner:
        blob = owner.upload_plaintext_blob(fresh_key()).blob_id
        owner.delete_blob(blob)
        with pytest.raises(NotFoundError):
            owner.download_plaintext_blob(blob)
        with pytest.raises(BlobError, match="blob.not_found"):
            owner.delete_blob(blob)


def test_a_blob_is_deleted_by_its_uploader_or_the_owner(space):
    """wire.md 14.2.5: upstream told the owner it was done and removed nothing."""
    keys, other = space.add_user(), space.add_user()
    with space.owner() as owner, space.user(keys) as uploader, space.user(other) as member:
        content = fresh_key()
        blob = uploader.upload_plaintext_blob(content).blob_id
        assert member.download_plaintext_blob(blob) == content
        with pytest.raises(BlobError, match="permission.denied"):
            member.delete_blob(blob)
        uploader.delete_blob(blob)
        with pytest.raises(NotFoundError):
            member.download_plaintext_blob(blob)
        uploader.upload_plaintext_blob(content)
        owner.delete_blob(blob)
        with pytest.raises(NotFoundError):
            uploader.download_plaintext_blob(blob)


def test_a_blob_stays_while_another_member_refers_to_it(space):
    first, second = space.add_user(), space.add_user()
    content = fresh_key()
    with space.user(first) as one, space.user(second) as two:
        blob = one.upload_plaintext_blob(content).blob_id
        two.upload_plaintext_blob(content)
        one.delete_blob(blob)
        assert two.download_plaintext_blob(blob) == content
        two.delete_blob(blob)
        with pytest.raises(NotFoundError):
            two.download_plaintext_blob(blob)


def test_another_space_does_not_learn_that_a_blob_exists(space, server):
    """wire.md 14.1.13: upstream told by its status."""
    elsewhere = TestSpace(server.url)
    content = fresh_key()
    with space.owner() as owner, elsewhere.owner() as stranger:
        blob = owner.upload_plaintext_blob(content).blob_id
        with pytest.raises(NotFoundError):
            stranger.download_plaintext_blob(blob)
        with pytest.raises(BlobError, match="blob.not_found"):
            stranger.delete_blob(blob)
        # The same bytes in two spaces are two matters.
        stranger.upload_plaintext_blob(content)
        stranger.delete_blob(blob)
        assert owner.download_plaintext_blob(blob) == content


def test_the_largest_blob_fits_and_one_more_byte_does_not(space):
    largest = os.urandom(MAX_BLOB)
    with space.owner() as owner:
        made = owner.upload_plaintext_blob(largest)
        assert owner.download_plaintext_blob(made.blob_id) == largest
        with pytest.raises(BlobError, match="blob.too_large"):
            owner.upload_plaintext_blob(largest + b"x")


def test_what_is_refused_early_does_not_cost_the_connection(http):
    """The published client keeps its connections: an answer before the whole body has arrived must not make
    the next request fail."""
    wire = Wire(http)
    large = bytes(4 * MAX_BLOB)
    blob = compute_blob_id(large)
    for _ in range(100):
        assert wire.put_blob(wire.owner, blob, large).status_code == 413
        refused = http.put(f"/spaces/{wire.id}/blobs/{blob}", content=b"x", headers={"Authorization": "Bearer x"})
        assert refused.status_code == 401
        assert wire.get(wire.owner, "topics/general/messages").status_code == 200


def test_a_wrong_id_is_refused(http):
    wire = Wire(http)
    blob = compute_blob_id(b"this")
    refused = wire.put_blob(wire.owner, blob, b"that")
    assert (refused.status_code, refused.json()["code"]) == (400, "blob.id_mismatch")
    assert wire.get(wire.owner, f"blobs/{blob}").status_code == 404


def test_head_and_ranges(http):
    wire = Wire(http)
    content = bytes(range(256)) * 16
    blob = compute_blob_id(content)
    wire.put_blob(wire.owner, blob, content).raise_for_status()
    head = http.head(f"/spaces/{wire.id}/blobs/{blob}", headers=wire.bearer(wire.owner))
    assert (head.status_code, head.headers["content-length"], head.content) == (200, "4096", b"")
    ranges = {
        "bytes=0-4": ("bytes 0-4/4096", content[:5]),
        "bytes=4090-": ("bytes 4090-4095/4096", content[4090:]),
        "bytes=-3": ("bytes 4093-4095/4096", content[-3:]),
        "bytes=4000-9999": ("bytes 4000-4095/4096", content[4000:]),
    }
    for asked, (shown, expected) in ranges.items():
        part = wire.get(wire.owner, f"blobs/{blob}", headers={"Range": asked})
        assert (part.status_code, part.headers["content-range"], part.content) == (206, shown, expected)
    beyond = wire.get(wire.owner, f"blobs/{blob}", headers={"Range": "bytes=4096-"})
    assert beyond.status_code == 416


def test_a_member_without_rights_uploads_and_reads(http):
    wire = Wire(http)
    member = wire.add(Member.user())
    content = fresh_key()
    blob = compute_blob_id(content)
    assert wire.put_blob(member, blob, content).status_code == 201
    assert wire.get(wire.owner, f"blobs/{blob}").content == content
