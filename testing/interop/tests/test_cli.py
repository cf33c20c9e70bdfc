"""The published command `reeeductio-admin`: every command, as a process."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ADMIN
from reeeductio import generate_keypair, opaque_login
from reeeductio.cli.utils import parse_private_key
from reeeductio.crypto import encode_urlsafe_base64
from reeeductio.exceptions import AuthenticationError, NotFoundError
from rig.spaces import TestSpace, fresh_key

COMMAND = Path(sys.executable).with_name("reeeductio-admin")


@pytest.fixture
def run(server):
    """Runs a command and gives what it printed; `code` is the expected exit code."""

    def run(*arguments, code=0, url=server.url, typed=None):
        done = subprocess.run(
            [str(COMMAND), "-u", url, *arguments], capture_output=True, text=True, timeout=60, input=typed
        )
        assert done.returncode == code, f"{arguments}: {done.stdout}{done.stderr}"
        return done.stdout if code == 0 else done.stderr

    return run


@pytest.fixture
def owner(sync_space) -> list[str]:
    """The options by which the owner of a space is named."""
    return ["-k", sync_space.keys.private_key.hex(), "-s", sync_space.root.hex()]


def test_key_generate_and_info(run):
    made = json.loads(run("key", "generate", "--output-format", "json"))
    assert made.keys() == {"private_key_hex", "public_key_hex", "user_id", "space_id", "tool_id"}
    assert "Private Key:" in run("key", "generate")
    for name, shown in (("user_id", "USER"), ("space_id", "SPACE"), ("tool_id", "TOOL")):
        assert run("key", "info", made[name]) == f"Type: {shown}\nID:   {made[name]}\n"
    run("key", "info", "abc", code=2)


def test_space_generate_and_info(run):
    made = json.loads(run("space", "generate", "--output-format", "json"))
    assert made.keys() == {"space_id", "user_id", "private_key_hex", "public_key_hex", "symmetric_root_hex"}
    assert "Symmetric Root:" in run("space", "generate")
    shown = run("space", "info", "-k", made["private_key_hex"])
    assert f"Space ID:  {made['space_id']}" in shown and f"User ID:   {made['user_id']}" in shown


def test_space_create_registers_a_space(run, closed_server):
    admin = ADMIN.private_key.hex()
    shown = run("space", "create", "-k", admin, url=closed_server.url)
    lines = dict(line.split(":", 1) for line in shown.splitlines() if ": " in line)
    keys, root = parse_private_key(lines["Private Key"].strip()), bytes.fromhex(lines["Symmetric Root"].strip())
    space = TestSpace(closed_server.url, keys=keys, root=root)
    assert space.id == lines["Space ID"].strip()
    with space.owner() as owner:
        owner.post_encrypted_message("general", "chat.text", b"the first of many")
    json_too = ["-s", root.hex(), "--output-format", "json"]
    made = json.loads(run("space", "create", "-k", admin, *json_too, url=closed_server.url))
    assert made.keys() == {"space_id", "private_key_hex", "public_key_hex", "symmetric_root_hex", "base_url"}
    assert made["base_url"] == closed_server.url


def test_a_key_may_be_given_in_base64(run, sync_space):
    shown = run("space", "info", "-k", encode_urlsafe_base64(sync_space.keys.private_key))
    assert sync_space.id in shown
    assert "Private key must be" in run("space", "info", "-k", "abc", code=2)


def test_auth_test_names_the_admin_space(run):
    shown = run("auth", "test", "-k", ADMIN.private_key.hex())
    assert "Authentication successful!" in shown
    assert f"Admin Space ID: {ADMIN.to_space_id()}" in shown
    refused = run("auth", "test", "-k", generate_keypair().private_key.hex(), code=1)
    assert refused.startswith("Authentication failed:") and "not a member" in refused


def test_blob_delete(run, sync_space):
    admin = ADMIN.private_key.hex()
    with sync_space.owner() as client:
        blob = client.upload_plaintext_blob(fresh_key()).blob_id
        assert run("blob", "delete", blob, "-k", admin) == f"Blob deleted: {blob}\n"
        with pytest.raises(NotFoundError):
            client.download_plaintext_blob(blob)
    assert run("blob", "delete", blob, "-k", admin, code=1).startswith("Not found:")


def test_users_are_added_listed_granted_given_roles_and_removed(run, sync_space, owner):
    keys = generate_keypair()
    user = keys.to_user_id()
    assert run("user", "add", user, *owner) == f"User added: {user}\nSpace: {sync_space.id}\n"
    assert f"  {user}\n" in run("user", "list", *owner)
    assert json.loads(run("user", "list", *owner, "--output-format", "json")) == {"users": [user]}
    right = ["-c", "c1", "--op", "create", "--path", "topics/general/messages"]
    assert user in run("user", "grant", user, *owner, *right)
    assert "Role created: reader" in run("role", "create", "reader", *owner, "-d", "reads")
    shown = run("role", "grant", "reader", *owner, "-c", "c1", "--op", "read", "--path", "topics/{any}")
    assert "read on topics/{any}" in shown
    assert "reader" in run("user", "assign-role", user, *owner, "-r", "reader")
    with sync_space.user(keys) as member:
        member.post_message("general", "x", b"1")
        assert len(member.get_messages("general")) == 1
        assert run("user", "remove", user, *owner) == f"User removed: {user}\nSpace: {sync_space.id}\n"
        with pytest.raises(AuthenticationError):
            member.authenticate()
    listed = json.loads(run("user", "list", *owner, "--output-format", "json"))["users"]
    assert user not in listed


def test_tools_are_added_listed_granted_and_removed(run, sync_space, owner):
    keys = generate_keypair()
    tool = keys.to_tool_id()
    assert run("tool", "add", tool, *owner) == f"Tool added: {tool}\nSpace: {sync_space.id}\n"
    assert f"  {tool}\n" in run("tool", "list", *owner)
    assert json.loads(run("tool", "list", *owner, "--output-format", "json")) == {"tools": [tool]}
    run("tool", "grant", tool, *owner, "-c", "c1", "--op", "write", "--path", "topics/alerts/messages/{any}")
    with sync_space.tool(keys) as client:
        client.post_message("alerts", "x", b"1")
        assert run("tool", "remove", tool, *owner) == f"Tool removed: {tool}\nSpace: {sync_space.id}\n"
        with pytest.raises(AuthenticationError):
            client.authenticate()


@pytest.mark.parametrize("op", ["read", "create", "modify", "delete", "write"])
def test_every_operation_is_granted(run, sync_space, owner, op):
    user = generate_keypair().to_user_id()
    run("user", "add", user, *owner)
    run("user", "grant", user, *owner, "-c", "c1", "--op", op, "--path", "state/notes/{any}")
    with sync_space.owner() as client:
        right = json.loads(client.get_plaintext_state(f"auth/users/{user}/rights/c1"))
    assert right == {"op": op, "path": "state/notes/{any}"}


def test_opaque_enable_and_register(run, sync_space, owner):
    assert run("opaque", "enable", *owner).count("created") == 3
    assert run("opaque", "enable", *owner).count("already existed") == 3
    assert "alice" in run("opaque", "register", *owner, "-n", "alice", "-p", "correct horse")
    run("opaque", "register", *owner, "-n", "bob", typed="battery staple\nbattery staple\n")
    for name, password in (("alice", "correct horse"), ("bob", "battery staple")):
        assert opaque_login(sync_space.url, sync_space.id, name, password).keypair == sync_space.keys
    taken = run("opaque", "register", *owner, "-n", "alice", "-p", "correct horse", code=1)
    assert taken.startswith("Validation error:") and "already registered" in taken


def test_failures_are_told_in_a_line(run, owner, closed_server):
    user = generate_keypair().to_user_id()
    # This space is not registered there.
    refused = run("user", "add", user, *owner, url=closed_server.url, code=1)
    assert "space.unknown" in refused and refused.count("\n") == 1
    refused = run("user", "grant", user, *owner, "-c", "c1", "--op", "read", "--path", "nonsense/x", code=1)
    assert refused.startswith("Error:") and "auth.invalid_entry" in refused
    run("user", "add", "abc", *owner, code=2)
    run("user", "grant", user, *owner, "-c", "c1", "--op", "look", "--path", "topics/x", code=2)
