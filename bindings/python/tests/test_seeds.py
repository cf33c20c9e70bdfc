"""The documents that the project was made from, run: every line of Python and every command, as it is written.

What is filled in: `Space(...)`, `U...` and `T...`, the address of the server (a test takes no fixed port), the names
that the text takes for granted (`space`, `encrypted_bytes`, a photo). Not run, and why: the TypeScript of seed 1
is for the TypeScript package.
"""

import inspect
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import reeeductio
import seeds
from reeeductio import Space, crypto, exceptions, generate_keypair
from rig.server import Server

ADDRESS = "http://localhost:8000"
FOLDER = Path(os.environ["REEEDUCTIO_SEEDS"]) if "REEEDUCTIO_SEEDS" in os.environ else seeds.folder()


@pytest.fixture(autouse=True)
def there():
    if FOLDER is None:
        pytest.skip("did not run: a clone without ../shared has no seeds")


@pytest.fixture
def guide() -> str:
    return (FOLDER / "1-create-a-space.txt").read_text()


@pytest.fixture
def reference() -> str:
    return (FOLDER / "2-python-sdk-reference.txt").read_text()


def test_the_guide_runs(guide, server, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    blocks = list(seeds.guide(guide))
    assert len(blocks) == 3
    assert len(seeds.typescript(guide)) == 4, "the TypeScript, which is not run here"
    assert guide.count("import ") - sum(block.count("import ") for block in blocks) == 4 + guide.count("Import it")
    names = {}
    for block in blocks:
        assert "\n".join(line.strip() for line in block.splitlines()) in guide
        exec(compile(block.replace(ADDRESS, server.url), "1-create-a-space.txt", "exec"), names)
    out = capsys.readouterr().out
    assert re.search(r"Space ID:  S[\w-]{43}$", out, re.MULTILINE)
    assert "Saved to space_creds.json" in out
    assert "Space ready. Messages in general: 0" in out
    assert json.loads(Path("space_creds.json").read_text())["user_id"] == names["user_id"]
    assert names["space"].get_messages("general") == [], "the space of the last block, reconnected"


# The reference opens a photo and leaves it to the interpreter to close.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_reference_runs(reference, sync_space, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("photo.jpg").write_bytes(b"\xff\xd8 a photo")
    blocks = list(seeds.reference(reference))
    assert len(blocks) == 14
    imports = [line for line in reference.splitlines() if re.match(r"(from|import) ", line)]
    assert [line for block in blocks for line in block.splitlines() if re.match(r"(from|import) ", line)] == imports
    given = {
        "space_id": sync_space.id,
        "member_id": sync_space.keys.to_user_id(),
        "private_key": sync_space.keys.private_key,
        "symmetric_root": sync_space.root,
        "base_url": sync_space.url,
    }
    space = sync_space.owner()
    # The text takes for granted: a profile, and bytes that the member sealed by itself.
    space.set_plaintext_state("profiles/alice", "{}")
    sealed = crypto.encrypt_aes_gcm(b"Hi!", space.derive_topic_key("general"))
    names = {"given": given, "encrypted_bytes": sealed}
    for block in blocks:
        exec(compile(block.replace("Space(...)", "Space(**given)"), "2-python-sdk-reference.txt", "exec"), names)
        result = names.get("result")
        if isinstance(result, reeeductio.EncryptedBlobCreated):
            names |= {"blob_id": result.blob_id, "dek": result.dek}
    out = capsys.readouterr().out
    assert re.search(r"^M[\w-]{43}$", out, re.MULTILINE)
    assert names["plaintext"] == b"Hello!"
    assert names["data"] == '{"name": "Alice"}'
    assert names["profile"] == "{}"
    assert names["token"].count(".") == 2


def test_every_signature_is_as_written(reference):
    found = seeds.signatures(reference)
    assert len(found) == 32
    for name, parameters, returned in found:
        function = getattr(Space, name, None) or getattr(crypto, name)
        there = [
            each.name if each.default is each.empty else f"{each.name}={each.default}"
            for each in inspect.signature(function).parameters.values()
            if each.name != "self"
        ]
        wanted = [each for each in parameters.split(", ") if each]
        assert there[: len(wanted)] == wanted, name
        assert all("=" in each for each in there[len(wanted) :]), name
        annotation = inspect.signature(function).return_annotation
        annotation = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
        if returned == "tuple[bytes, bytes]":
            assert issubclass(crypto.Ed25519KeyPair, tuple)
            assert [len(each) for each in function()] == [32, 32]
        else:
            assert annotation == returned, name


def test_the_constructor_is_as_written(reference):
    written = re.search(r"^Space\(\n(.*?)^\)$", reference, re.MULTILINE | re.DOTALL)[1]
    wanted = [line.strip().rstrip(",") for line in written.splitlines()]
    parameters = inspect.signature(Space).parameters.values()
    # By name only: `network`, which programs for 0.1.1 do not see.
    signature = [each for each in parameters if each.kind is not each.KEYWORD_ONLY]
    there = [str(each).replace("'", '"') for each in signature]
    assert [re.sub(r'^(\w+): "(.*?)"', r"\1: \2", each) for each in there] == wanted
    rows = seeds.rows(reference, "Parameter Type Description")
    assert [row.split()[0] for row in rows if re.match(r"\w+ (str|bytes|bool|LocalMessageStore) ", row)] == [
        each.name for each in signature
    ]


def test_every_attribute_is_there(reference, sync_space):
    rows = seeds.rows(reference, "Attribute Type Description")
    assert len(rows) == 5
    with sync_space.owner() as space:
        for row in rows:
            name, kind, _ = row.split(maxsplit=2)
            assert type(getattr(space, name)).__name__ == kind


def test_every_exception_is_there(reference):
    rows = seeds.rows(reference, "Exception When raised")
    assert len(rows) == 7
    for row in rows:
        assert issubclass(getattr(exceptions, row.split()[0]), exceptions.ReeeductioError)


def test_every_field_of_every_model_is_there(reference, sync_space):
    rows = seeds.rows(reference, "Type Fields")
    with sync_space.owner() as space:
        created = space.post_message("general", "x", b"1")
        space.set_plaintext_data("a/b", b"1")
        values = [
            created,
            space.get_message("general", created.message_hash),
            space.upload_plaintext_blob(b"1"),
            space.encrypt_and_upload_blob(b"1"),
            space.get_data_entry("a/b"),
        ]
    assert {row.split()[0] for row in rows} == {type(value).__name__ for value in values}
    for row in rows:
        name, fields = row.split(maxsplit=1)
        value = next(each for each in values if type(each).__name__ == name)
        for field in re.sub(r"\(.*?\)", "", fields).split(","):
            assert hasattr(value, field.strip()), f"{name}.{field}"


def test_every_command_runs(reference, tmp_path):
    """In a folder with the file that the guide saves; the space of that file is the server's admin space."""
    keys = generate_keypair()
    server = Server(tmp_path, admin={"space_id": keys.to_space_id(), "auto_create_spaces": True})
    saved = {"private_key_hex": keys.private_key.hex(), "symmetric_root_hex": bytes(32).hex(), "base_url": server.url}
    (tmp_path / "space_creds.json").write_text(json.dumps(saved))
    member = generate_keypair()
    commands = seeds.commands(reference)
    assert len(commands) == 9
    # The guide lists them by what they act on; a role is defined before it is given:
    # docs/adr/0009-a-role-before-what-it-is-given.md.
    defines = next(command for command in commands if " role create " in command)
    gives = next(index for index, command in enumerate(commands) if " assign-role " in command)
    commands.remove(defines)
    commands.insert(gives, defines)
    for command in commands:
        arguments = shlex.split(command.replace("U...", member.to_user_id()).replace("T...", member.to_tool_id()))
        arguments[0] = str(Path(sys.executable).with_name(arguments[0]))
        done = subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stderr}"
    with Space(keys.to_space_id(), keys.to_user_id(), keys.private_key, bytes(32), server.url) as space:
        assert (space.list_users(), space.list_tools()) == ([member.to_user_id()], [member.to_tool_id()])
        right = json.loads(space.get_plaintext_state("auth/roles/member/rights/read-all"))
        # A right to a topic is one to its messages, and is written so.
        assert right == {"op": "read", "path": "topics/{any}/messages"}
    server.stop()
