"""A progress function uses the handle whose transfer it watches, and ends the transfer by what it raises."""

import asyncio
import os
import threading
from functools import partial

import pytest

PATIENCE = 20


def runs(call):
    """Give the result of a call that must neither raise nor wait for ever."""
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


@pytest.fixture
def transfers(sync_space, tmp_path):
    """A handle, and every transfer of a million bytes that takes a progress function."""
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(os.urandom(1_000_000))
    with sync_space.owner() as owner:
        plain, sealed = owner.upload_plaintext_file(source), owner.upload_file(source)
        yield (
            owner,
            (
                partial(owner.upload_file, source),
                partial(owner.upload_plaintext_file, source),
                partial(owner.download_plaintext_file, plain.blob_id, target),
                partial(owner.download_file, sealed.blob_id, sealed.dek, target),
            ),
        )


def test_the_progress_function_is_called_in_the_thread_that_waits(transfers):
    _, calls = transfers
    for call in calls:
        seen = []
        call(lambda *_, seen=seen: seen.append(threading.get_ident()))
        assert set(seen) == {threading.get_ident()}


def test_a_progress_function_may_run_a_further_transfer_with_one(transfers):
    _, calls = transfers
    for outer in calls:
        for inner in calls[:2]:
            seen = []

            def progress(*_, inner=inner, seen=seen):
                if not seen:
                    inner(lambda *now: seen.append(now))

            runs(partial(outer, progress))
            done, total = seen[-1]
            assert done == total


@pytest.mark.parametrize("kind_of_exception", [LookupError, KeyboardInterrupt, SystemExit, StopIteration])
def test_what_a_progress_function_raises_reaches_the_caller_unchanged(transfers, kind_of_exception):
    owner, calls = transfers
    owner.set_plaintext_state("a", "1")
    for call in calls:
        raised, count = kind_of_exception("enough"), 0

        def progress(*_, raised=raised):
            nonlocal count
            count += 1
            assert owner.get_plaintext_state("a") == "1"
            raise raised

        with pytest.raises(kind_of_exception) as caught:
            call(progress)
        assert caught.value is raised
        assert caught.value.__cause__ is None
        assert count == 1, "the first one ends the transfer"


def test_in_asyncio_a_progress_function_may_use_its_own_handle(sync_space, runner, tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(os.urandom(1_000_000))

    async def run():
        async with sync_space.async_client() as owner:
            await owner.set_plaintext_state("a", "1")
            asked = []

            def progress(_done, _total):
                asked.append(asyncio.create_task(owner.get_plaintext_state("a")))

            blob = await owner.upload_file(source, progress)
            await owner.download_file(blob.blob_id, blob.dek, target, progress)
            assert set(await asyncio.gather(*asked)) == {"1"}

    runner.run(asyncio.wait_for(run(), PATIENCE))
    assert target.read_bytes() == source.read_bytes()


def test_in_asyncio_what_a_progress_function_raises_reaches_the_caller_unchanged(sync_space, runner, tmp_path):
    source = tmp_path / "source"
    source.write_bytes(os.urandom(1_000_000))
    raised = LookupError("enough")

    def progress(_done, _total):
        raise raised

    async def run():
        async with sync_space.async_client() as owner:
            with pytest.raises(LookupError) as caught:
                await owner.upload_file(source, progress)
            assert caught.value is raised

    runner.run(asyncio.wait_for(run(), PATIENCE))
