"""Blobs with the published client."""

import asyncio
import os

import pytest
from reeeductio.crypto import generate_keypair
from reeeductio.exceptions import BlobError, NotFoundError


def test_blobs_go_up_and_come_down(space):
    with space.owner() as owner:
        content = os.urandom(300_000)
        plain = owner.upload_plaintext_blob(content)
        assert owner.download_plaintext_blob(plain.blob_id) == content
        assert owner.upload_plaintext_blob(content).blob_id == plain.blob_id
        sealed = owner.encrypt_and_upload_blob(content)
        assert owner.download_and_decrypt_blob(sealed.blob_id, sealed.key) == content
        assert owner.download_plaintext_blob(sealed.blob_id) != content


def test_an_empty_blob_comes_down_again(space):
    with space.owner() as owner:
        assert owner.download_plaintext_blob(owner.upload_plaintext_blob(b"").blob_id) == b""


def test_a_deleted_blob_is_gone(space):
    with space.owner() as owner:
        blob = owner.upload_plaintext_blob(b"short lived").blob_id
        owner.delete_blob(blob)
        with pytest.raises(NotFoundError):
            owner.download_plaintext_blob(blob)
        with pytest.raises(BlobError):
            owner.delete_blob(blob)


def test_the_owner_removes_what_a_member_uploaded(space):
    """wire.md 14.2.5: upstream said 204 and removed nothing."""
    member, other = generate_keypair(), generate_keypair()
    with space.owner() as owner, space.user(member) as client, space.user(other) as third:
        owner.add_user(member.to_user_id())
        owner.add_user(other.to_user_id())
        blob = client.upload_plaintext_blob(b"by a member").blob_id
        with pytest.raises(BlobError):
            third.delete_blob(blob)
        owner.delete_blob(blob)
        with pytest.raises(NotFoundError):
            client.download_plaintext_blob(blob)


def test_another_space_does_not_learn_that_a_blob_exists(space, server):
    from conftest import Owned

    elsewhere = Owned(server.url)
    with space.owner() as owner, elsewhere.owner() as stranger:
        blob = owner.upload_plaintext_blob(b"only here").blob_id
        with pytest.raises(NotFoundError):
            stranger.download_plaintext_blob(blob)


def test_a_blob_over_the_limit_is_refused(space):
    with space.owner() as owner:
        owner.upload_plaintext_blob(b"x" * (1 << 20))
        with pytest.raises(BlobError):
            owner.upload_plaintext_blob(b"x" * ((1 << 20) + 1))


def test_a_range_is_served(space, http):
    with space.owner() as owner:
        blob = owner.upload_plaintext_blob(bytes(range(256))).blob_id
    headers = {"Authorization": f"Bearer {space.token()}", "Range": "bytes=10-19"}
    answer = http.get(f"/spaces/{space.id}/blobs/{blob}", headers=headers)
    assert (answer.status_code, answer.content) == (206, bytes(range(10, 20)))
    assert answer.headers["content-range"] == "bytes 10-19/256"


def test_the_asynchronous_client_does_the_same(space):
    async def run():
        async with space.async_owner() as owner:
            sealed = await owner.encrypt_and_upload_blob(b"content")
            opened = await owner.download_and_decrypt_blob(sealed.blob_id, sealed.key)
            plain = await owner.upload_plaintext_blob(b"plain")
            read = await owner.download_plaintext_blob(plain.blob_id)
            await owner.delete_blob(plain.blob_id)
            return opened, read

    assert asyncio.run(run()) == (b"content", b"plain")
