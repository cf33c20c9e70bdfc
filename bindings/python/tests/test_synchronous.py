"""The synchronous classes are written from the asynchronous ones."""

import shutil
import textwrap

import pytest

import synchronous


def test_the_classes_are_current():
    assert not synchronous.drifted(), "run `cargo xtask generate --python` and commit"


@pytest.mark.parametrize(
    ("changed", "old", "new", "drifted"),
    [
        ("_async_messages.py", "limit: int = 100", "limit: int = 50", ["_messages.py"]),
        ("_messages.py", "limit: int = 100", "limit: int = 50", ["_messages.py"]),
        ("admin.py", "async def get_space_id", "async def get_id", ["admin.py"]),
        ("auth.py", "        token = session", "        other = session", ["auth.py"]),
    ],
)
def test_a_change_of_one_class_alone_is_found(tmp_path, changed, old, new, drifted):
    folder = tmp_path / "package"
    shutil.copytree(synchronous.FOLDER, folder, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    text = (folder / changed).read_text()
    assert old in text
    (folder / changed).write_text(text.replace(old, new))
    assert synchronous.drifted(folder) == drifted


def test_every_word_is_needed():
    sources = [*synchronous.FILES.values(), *synchronous.CLASSES]
    text = "".join((synchronous.FOLDER / name).read_text() for name in sources)
    assert [word for word in synchronous.WORDS if word not in text] == []


def test_operations_are_waited_for_and_methods_called():
    source = """
        class AsyncThing(AsyncBase):
            '''A thing for asyncio.

            Example:
                async with AsyncThing() as thing:
                    await thing.begin(1)
            '''

            async def begin(self, number: int) -> AsyncIterator[int]:
                # An operation in an operation, and columns that are no bytes.
                é = await self._operations.begin(await Operation(number))
                async for each in self.begin(1):
                    yield (await self._operations.next(
                        each
                    )).number
                await self.end()

            async def end(self) -> None:
                await end()
        """
    twin = """
        class Thing(Base):
            '''A thing for programs that wait.

            Example:
                with Thing() as thing:
                    thing.begin(1)
            '''

            def begin(self, number: int) -> Iterator[int]:
                # An operation in an operation, and columns that are no bytes.
                é = self._operations.begin(Operation(number).wait()).wait()
                for each in self.begin(1):
                    yield (self._operations.next(
                        each
                    ).wait()).number
                self.end()

            def end(self) -> None:
                end().wait()
        """
    assert synchronous.synchronous(textwrap.dedent(source)) == textwrap.dedent(twin)


@pytest.mark.parametrize(
    "source",
    [
        "async def run():\n    await(operation)",
        "client.aclose()",
        "async\\\ndef run(): ...",
        "# asyncio does",
        "anext(a)",
        "# called in the event\n# loop",
    ],
)
def test_what_stays_asynchronous_is_refused(source):
    with pytest.raises(ValueError, match="not synchronous"):
        synchronous.synchronous(source)
