"""The admin space, the admin client and the admin commands of the published client."""

import asyncio
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ADMIN, Owned
from reeeductio import AdminClient
from reeeductio.client import AdminSpace, AsyncAdminClient
from reeeductio.crypto import generate_keypair
from reeeductio.exceptions import AuthorizationError, NotFoundError

COMMAND = Path(sys.executable).with_name("reeeductio-admin")


def admin_space(url, kind=AdminSpace):
    return kind(
        space_id=ADMIN.to_space_id(),
        member_id=ADMIN.to_user_id(),
        private_key=ADMIN.private_key,
        symmetric_root=bytes(32),
        base_url=url,
    )


def test_a_space_exists_once_it_is_registered(closed_server):
    space = Owned(closed_server.url)
    with space.owner() as owner, pytest.raises(Exception, match="404|space"):
        owner.authenticate()
    with admin_space(closed_server.url) as admin:
        assert admin.create_space(space.keys) == space.id
    with space.owner() as owner:
        owner.post_message("general", "x", b"1")


def test_an_unregistered_space_is_gone(closed_server):
    space = Owned(closed_server.url)
    with admin_space(closed_server.url) as admin:
        admin.create_space(space.keys)
        with space.owner() as owner:
            owner.authenticate()
            admin.set_plaintext_state(f"spaces/{space.id}", "")
            with pytest.raises(Exception, match="404|space"):
                owner.set_plaintext_state("a/b", "1")


def test_the_admin_client_deletes_blobs_and_members_do_not(server, space):
    """wire.md 14.1.4: upstream let any member of the admin space delete any blob."""
    member = generate_keypair()
    with space.owner() as owner:
        blob = owner.upload_plaintext_blob(b"to be removed").blob_id
        with admin_space(server.url) as admin:
            admin.add_user(member.to_user_id())
        with AdminClient(member, base_url=server.url) as client, pytest.raises(AuthorizationError):
            client.delete_blob(blob)
        with AdminClient(ADMIN, base_url=server.url) as client:
            assert client.get_space_id() == ADMIN.to_space_id()
            client.delete_blob(blob)
            with pytest.raises(NotFoundError):
                client.delete_blob(blob)
        with pytest.raises(NotFoundError):
            owner.download_plaintext_blob(blob)


def test_the_asynchronous_admin_client(server):
    async def run():
        async with AsyncAdminClient(ADMIN, base_url=server.url) as client:
            return await client.get_space_id()

    assert asyncio.run(run()) == ADMIN.to_space_id()


def command(server, *arguments):
    assert COMMAND.exists() or shutil.which("reeeductio-admin")
    done = subprocess.run(
        [str(COMMAND), "-u", server.url, *arguments], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_admin_commands(server, space):
    key, root = space.keys.private_key.hex(), space.root.hex()
    owner = ["-k", key, "-s", root]
    user, tool = generate_keypair(), generate_keypair()
    generated = json.loads(command(server, "key", "generate", "--output-format", "json"))
    assert generated["user_id"].startswith("U")
    assert "USER" in command(server, "key", "info", generated["user_id"])
    json.loads(command(server, "space", "generate", "--output-format", "json"))
    admin = ADMIN.private_key.hex()
    created = json.loads(command(server, "space", "create", "-k", admin, "--output-format", "json"))
    assert created["space_id"].startswith("S")
    assert ADMIN.to_space_id() in command(server, "auth", "test", "-k", admin)
    assert space.id in command(server, "space", "info", "-k", key)
    command(server, "user", "add", user.to_user_id(), *owner)
    assert user.to_user_id() in command(server, "user", "list", *owner)
    command(server, "user", "grant", user.to_user_id(), *owner, "-c", "c1", "--op", "read", "--path", "topics/{any}")
    command(server, "role", "create", "member", *owner, "-d", "a role")
    command(server, "role", "grant", "member", *owner, "-c", "c1", "--op", "read", "--path", "data/{any}")
    command(server, "user", "assign-role", user.to_user_id(), *owner, "-r", "member")
    command(server, "tool", "add", tool.to_tool_id(), *owner)
    command(server, "tool", "grant", tool.to_tool_id(), *owner, "-c", "c1", "--op", "create", "--path", "topics/alerts/messages/{any}")
    assert tool.to_tool_id() in command(server, "tool", "list", *owner)
    command(server, "opaque", "enable", *owner)
    command(server, "opaque", "register", *owner, "-n", "alice", "-p", "password")
    with space.user(user) as client:
        assert client.get_messages("general") == []
    with space.owner() as client:
        blob = client.upload_plaintext_blob(b"admin deletes").blob_id
    command(server, "blob", "delete", blob, "-k", admin)
    command(server, "tool", "remove", tool.to_tool_id(), *owner)
    command(server, "user", "remove", user.to_user_id(), *owner)
    with space.user(user) as client, pytest.raises(Exception):
        client.authenticate()
