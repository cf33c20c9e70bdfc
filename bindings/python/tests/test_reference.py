"""The reference pages are what the docstrings say, and the examples in the docstrings run."""

import ast
import inspect
import os
import queue
import re
import textwrap
import threading
from pathlib import Path

import pytest
import reeeductio
from conftest import ADMIN
from reeeductio import LocalMessageStore, generate_keypair

import reference

EXAMPLE = re.compile(r"^Example:\n(.*?)(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
PATIENCE = 20
#: Examples that go on for ever.
ENDLESS = {"AsyncStream", "Stream", "live", "stream_messages", "watch"}


def examples(thing, endless=()):
    """The examples of a class and its methods, top to bottom, by name; `endless` are wanted too."""
    there = {thing.__name__: thing}
    if inspect.isclass(thing):
        there |= {name: member for kind in reversed(thing.__mro__) for name, member in vars(kind).items()}
    for name, each in there.items():
        doc = inspect.cleandoc(getattr(each, "__doc__", None) or "")
        for found in EXAMPLE.findall(doc) if name not in ENDLESS - set(endless) else ():
            yield name, textwrap.dedent(found)


def test_the_pages_are_current():
    committed = {path.name: path.read_text() for path in reference.FOLDER.iterdir()}
    drifted = [name for name, text in reference.pages().items() if committed.pop(name, None) != text]
    assert not [*drifted, *committed], "run `cargo xtask generate --python` and commit"


def test_what_is_public_and_where_it_is_from():
    pages = reference.pages()
    assert "## `Space`" in pages["space.md"]
    assert "### `derive_topic_key`" in pages["space.md"], "what a private base holds is the class's"
    assert "_native" not in "".join(pages.values())
    assert re.search(r"\| `server_timestamp` \| `int` \| \S", pages["models.md"]), "fields are described"


def test_sections_become_lists_and_code():
    doc = """Do a thing.

    Args:
        one: A number,
            of any kind.

    Raises:
        ValueError: it is none.

    Example:
        thing(1)
    """
    assert reference.described(doc) == (
        "Do a thing.\n\nParameters:\n\n- `one`: A number, of any kind.\n\n"
        "Raises:\n\n- `ValueError`: it is none.\n\nExample:\n\n```python\nthing(1)\n```"
    )


@pytest.fixture
def names(sync_space):
    """Give the names that the examples take for granted."""
    member = sync_space.keys.to_user_id()
    with sync_space.owner() as owner:
        owner.post_encrypted_message("general", "chat.text", b"Hello!")
        owner.set_plaintext_state("profiles/alice", "{}")
        owner.create_role("guest")
        owner.enable_opaque()
        owner.opaque_register("alice", "correct horse")
        yield {
            **vars(reeeductio),
            "base_url": sync_space.url,
            "blob_id": owner.upload_plaintext_blob(b"1").blob_id,
            "keypair": ADMIN,
            "link": owner.invite_link("guest"),
            "member_id": member,
            "msg": owner.get_messages("general")[0],
            "password": "correct horse",
            "private_key": sync_space.keys.private_key,
            "space": owner,
            "space_id": sync_space.id,
            "symmetric_root": sync_space.root,
        }


async def in_loop(program, names):
    awaited = eval(program, names)
    if awaited is not None:
        await awaited


@pytest.mark.parametrize(
    "name",
    [
        "Account",
        "AdminClient",
        "AsyncAccount",
        "AsyncAdminClient",
        "AsyncAuthSession",
        "AsyncOutbox",
        "AsyncSpace",
        "AsyncTopic",
        "AsyncValues",
        "AuthSession",
        "Network",
        "Outbox",
        "Space",
        "Topic",
        "Values",
        "opaque_login",
    ],
)
def test_every_example_runs(name, names, sync_space, tmp_path, monkeypatch, runner):
    monkeypatch.chdir(tmp_path)
    Path("film.mp4").write_bytes(os.urandom(1000))
    if name in {"AsyncOutbox", "AsyncSpace", "AsyncTopic", "AsyncValues", "Outbox"}:
        store = LocalMessageStore("local.db")
        handle = sync_space.owner if name == "Outbox" else sync_space.async_client
        names["space"] = handle(local_store=store)
    ran = 0
    # One signs in as the user, others add it.
    names["user_id"] = names["member_id"] if name.endswith("AuthSession") else generate_keypair().to_user_id()
    for place, text in examples(names[name]):
        program = compile(text, place, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        if name.startswith("Async"):
            runner.run(in_loop(program, names))
        else:
            awaited = eval(program, names)
            if awaited is not None:
                runner.run(awaited)
        ran += 1
    assert ran > 0


@pytest.mark.parametrize("name", ["Space", "Stream", "Topic"])
def test_an_example_that_goes_on_for_ever_survives_a_change_below_auth(name, names, sync_space):
    found = [text for place, text in examples(names[name], ENDLESS) if place in ENDLESS]
    assert found
    for number, text in enumerate(found):
        printed = queue.Queue()

        def show(*words, printed=printed):
            printed.put(words)
            if "the last" in str(words):
                raise StopIteration

        program = {**names, "print": show}
        running = threading.Thread(target=swallow, args=(text, program, printed), daemon=True)
        running.start()
        with sync_space.owner() as owner:
            # A stream begins when it is open: messages before that are not in it.
            while printed.empty():
                owner.post_encrypted_message("general", "chat.text", b"Hello!")
            owner.create_role(f"role-{number}")
            owner.post_encrypted_message("general", "chat.text", b"the last")
        running.join(PATIENCE)
        assert not running.is_alive()
        shown = [printed.get() for _ in range(printed.qsize())]
        assert "the last" in str(shown[-1]), shown


def swallow(text, program, printed):
    """Run an example until it has shown the last message."""
    try:
        exec(text, program)
    except StopIteration:
        pass
    except Exception as error:  # noqa: BLE001 - it is shown by the test
        printed.put(error)
