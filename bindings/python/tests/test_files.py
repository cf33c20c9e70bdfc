"""Blobs: bytes, and files in memory that stays small."""

import asyncio
import io
import os
import subprocess
import sys

import pytest
from reeeductio import BlobError, DecryptionError, NotFoundError, ValidationError
from reeeductio.blobs import compute_blob_id

SEAL = 28
NOWHERE = "B" + "A" * 43


def test_bytes_plain_and_sealed(space):
    content = os.urandom(100_000)
    with space.owner() as owner:
        plain = owner.upload_plaintext_blob(content)
        assert (plain.blob_id, plain.size) == (compute_blob_id(content), len(content))
        assert owner.upload_plaintext_blob(content) == plain, "what is there already is not refused"
        assert owner.download_plaintext_blob(plain.blob_id) == content
        sealed = owner.encrypt_and_upload_blob(content)
        assert (sealed.size, len(sealed.dek), sealed.key) == (len(content) + SEAL, 32, sealed.dek)
        assert owner.download_and_decrypt_blob(sealed.blob_id, sealed.dek) == content
        assert content[:100] not in owner.download_plaintext_blob(sealed.blob_id)
        with pytest.raises(DecryptionError):
            owner.download_and_decrypt_blob(sealed.blob_id, os.urandom(32))
        owner.delete_blob(plain.blob_id)
        for call in (owner.download_plaintext_blob, owner.delete_blob):
            with pytest.raises(NotFoundError) as caught:
                call(plain.blob_id)
            assert isinstance(caught.value, BlobError)
        with pytest.raises(ValidationError) as caught:
            owner.download_plaintext_blob("abc")
        assert caught.value.code == "blob.invalid_id"


def test_a_blob_may_be_too_large(strict_server, kind, runner, admin_spaces):
    from rig.spaces import TestSpace

    space = TestSpace(strict_server.url, runner if kind == "async" else None)
    with admin_spaces(strict_server) as admin:
        admin.create_space(space.keys)
    with space.owner() as owner, pytest.raises(BlobError) as caught:
        owner.upload_plaintext_blob(bytes(1001))
    assert (caught.value.code, caught.value.status) == ("blob.too_large", 413)


def test_missing_folders_are_made_and_a_tilde_is_the_users_own(space, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "source").write_bytes(b"content")
    with space.owner() as owner:
        sealed, plain = owner.upload_file("~/source"), owner.upload_plaintext_file("~/source")
        assert owner.download_file(sealed.blob_id, sealed.dek, "~/sealed/a/target") == 7
        assert owner.download_plaintext_file(plain.blob_id, tmp_path / "plain" / "b" / "target") == 7
        with pytest.raises(OSError, match="source"):
            owner.download_file(sealed.blob_id, sealed.dek, "~/source/target")
    for path in ("sealed/a/target", "plain/b/target"):
        assert (tmp_path / path).read_bytes() == b"content"


def test_a_file_goes_up_and_comes_down(space, tmp_path):
    content = os.urandom(3_000_000)
    source, target, seen = tmp_path / "source", tmp_path / "target", []
    source.write_bytes(content)
    with space.owner() as owner:
        sealed = owner.upload_file(source, lambda done, total: seen.append((done, total)))
        assert sealed.size == len(content) + SEAL
        assert seen[-1] == (sealed.size, sealed.size)
        assert [done for done, _ in seen] == sorted({done for done, _ in seen})
        assert owner.download_and_decrypt_blob(sealed.blob_id, sealed.dek) == content
        seen.clear()
        length = owner.download_file(sealed.blob_id, sealed.dek, target, lambda *now: seen.append(now))
        assert (length, target.read_bytes(), seen[-1]) == (len(content), content, (sealed.size, sealed.size))
        assert owner.upload_file(source).blob_id != sealed.blob_id, "every upload has a key of its own"
        assert sorted(each.name for each in tmp_path.iterdir()) == ["source", "target"]


def test_a_file_object_is_read_from_its_beginning(space, tmp_path):
    content = os.urandom(700_000)
    target = tmp_path / "target"
    with space.owner() as owner:
        memory = io.BytesIO(content)
        memory.read(10)
        plain = owner.upload_plaintext_file(memory)
        assert (plain.blob_id, plain.size) == (compute_blob_id(content), len(content))
        assert owner.download_plaintext_file(plain.blob_id, str(target)) == len(content)
        assert target.read_bytes() == content
        assert owner.upload_plaintext_file(str(target)) == plain
        assert owner.upload_plaintext_file(io.BytesIO()).size == 0


def test_what_the_programs_function_raises_ends_the_transfer(space, kind, tmp_path):
    def stop(done, total):
        message = "enough"
        raise LookupError(message)

    with space.owner() as owner:
        for upload in (owner.upload_file, owner.upload_plaintext_file):
            with pytest.raises(LookupError, match="enough"):
                upload(io.BytesIO(os.urandom(2_000_000)), stop)
        blob = owner.upload_plaintext_blob(os.urandom(2_000_000)).blob_id
        with pytest.raises(LookupError, match="enough"):
            owner.download_plaintext_file(blob, tmp_path / "target", stop)
        # An event loop calls the function soon: the transfer may be over by then.
        assert kind == "async" or not (tmp_path / "target").exists()


def test_what_cannot_be_read_or_written(space, tmp_path):
    class Broken(io.BytesIO):
        def read(self, size=-1, /):
            message = "the disk is on fire"
            raise OSError(message)

    with space.owner() as owner:
        with pytest.raises(FileNotFoundError):
            owner.upload_file(tmp_path / "absent")
        with pytest.raises(BlobError, match="on fire"):
            owner.upload_file(Broken(b"x"))
        with pytest.raises(BlobError, match="read"):
            owner.upload_file(object())
        blob = owner.upload_file(io.BytesIO(b"x"))
        with pytest.raises(ValidationError, match="path"):
            owner.download_file(blob.blob_id, blob.dek, tmp_path)
        with pytest.raises(NotFoundError):
            owner.download_file(NOWHERE, blob.dek, tmp_path / "target")
        with pytest.raises(DecryptionError):
            owner.download_file(blob.blob_id, os.urandom(32), tmp_path / "target")
        assert not (tmp_path / "target").exists()


def test_a_transfer_is_cancelled(sync_space, tmp_path, runner):
    async def run():
        async with sync_space.async_client() as owner:
            begun = asyncio.Event()
            content = io.BytesIO(os.urandom(8_000_000))
            upload = asyncio.create_task(owner.upload_file(content, lambda *_: begun.set()))
            await begun.wait()
            upload.cancel()
            with pytest.raises(asyncio.CancelledError):
                await upload

    runner.run(asyncio.wait_for(run(), 20))


STREAMING = """
import hashlib, os, resource, sys
from pathlib import Path
from reeeductio import Space, generate_keypair

url, folder, size = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
piece = os.urandom(1 << 20)
with (folder / "source").open("wb") as file:
    for number in range(size):
        file.write(number.to_bytes(4, "big") + piece[4:])
def peak():
    # Linux counts a parent's memory into ru_maxrss.
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
keys = generate_keypair()
with Space(keys.to_space_id(), keys.to_user_id(), keys.private_key, os.urandom(32), url) as space:
    # The first transfer is small: what it takes is not the content.
    (folder / "warm").write_bytes(piece)
    small = space.upload_file(folder / "warm")
    space.download_file(small.blob_id, small.dek, folder / "warmed")
    before = peak()
    sealed = space.upload_file(folder / "source")
    space.download_file(sealed.blob_id, sealed.dek, folder / "target")
    after = peak()
def digest(name):
    with (folder / name).open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
assert digest("source") == digest("target")
print(before, after)
"""


def test_memory_stays_flat(server, tmp_path, request):
    """A process of its own: its greatest memory, in KiB, before and after. `--blob 1024` streams a GiB."""
    size = request.config.option.blob
    command = [sys.executable, "-c", STREAMING, server.url, str(tmp_path), str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    before, after = (int(each) / 1024 for each in done.stdout.split())
    print(f"{size} MiB: {before:.1f} MiB of memory before, {after:.1f} MiB after")
    assert after - before < 16, f"{before} MiB, then {after} MiB"
