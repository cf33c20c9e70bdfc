"""A progress function uses the handle whose transfer it watches."""

import os
import threading
from functools import partial

import pytest

PATIENCE = 20


def runs(call):
    """What a call returns that must neither raise nor wait for ever."""
    outcome = []

    def run():
        try:
            outcome.append((call(), None))
        except BaseException as error:  # noqa: BLE001 - a panic is none other
            outcome.append((None, error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert outcome, "it waits for itself"
    result, error = outcome[0]
    assert error is None, repr(error)
    return result


@pytest.mark.parametrize("method", ["upload_file", "upload_plaintext_file"])
def test_the_progress_function_of_an_upload_may_use_its_own_handle(sync_space, tmp_path, method):
    source, seen = tmp_path / "source", []
    source.write_bytes(os.urandom(1_000_000))
    with sync_space.owner() as owner:
        owner.set_plaintext_state("a", "1")

        def progress(_done, _total):
            seen.append(owner.get_plaintext_state("a"))

        stored = runs(partial(getattr(owner, method), source, progress))
        assert set(seen) == {"1"}
        assert stored.size >= source.stat().st_size


def test_the_progress_function_of_a_download_may_use_its_own_handle(sync_space, tmp_path):
    content, target, seen = os.urandom(1_000_000), tmp_path / "target", []
    with sync_space.owner() as owner:
        owner.set_plaintext_state("a", "1")
        blob = owner.upload_plaintext_blob(content)

        def progress(_done, _total):
            seen.append(owner.get_plaintext_state("a"))

        runs(partial(owner.download_plaintext_file, blob.blob_id, target, progress))
        assert set(seen) == {"1"}
        assert target.read_bytes() == content
