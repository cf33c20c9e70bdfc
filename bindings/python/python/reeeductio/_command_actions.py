"""What the commands of `reeeductio-admin` do."""

from __future__ import annotations

import getpass
import json
import secrets
import sys
from argparse import Namespace

from reeeductio.admin import AdminClient
from reeeductio.crypto import Ed25519KeyPair, generate_keypair, get_identifier_type
from reeeductio.exceptions import ValidationError
from reeeductio.space import AdminSpace, Space

_KEY_LENGTH = 32


def key_generate(options: Namespace) -> None:
    """Make a key pair."""
    keys = generate_keypair()
    _show(
        options,
        private_key_hex=("Private Key", keys.private_key.hex()),
        public_key_hex=("Public Key", keys.public_key.hex()),
        user_id=("User ID", keys.to_user_id()),
        space_id=("Space ID", keys.to_space_id()),
        tool_id=("Tool ID", keys.to_tool_id()),
    )


def key_info(options: Namespace) -> None:
    """Say what an id is of."""
    _say(f"Type: {get_identifier_type(options.id)}", f"ID:   {options.id}")


def space_generate(options: Namespace) -> None:
    """Make the credentials of a space."""
    _show(options, **_credentials(generate_keypair(), secrets.token_bytes(_KEY_LENGTH)))


def space_create(options: Namespace) -> None:
    """Register a new space, as the owner of the admin space."""
    admin, keys = options.private_key, generate_keypair()
    root = options.symmetric_root or secrets.token_bytes(_KEY_LENGTH)
    # Registrations are not sealed: the admin space's root is not needed.
    own = (admin.to_space_id(), admin.to_user_id(), admin.private_key, bytes(_KEY_LENGTH))
    with AdminSpace(*own, base_url=options.base_url) as space:
        space.create_space(keys)
    shown = _credentials(keys, root)
    del shown["user_id"]
    _show(options, **shown, base_url=("Server", options.base_url))


def space_info(options: Namespace) -> None:
    """Say which ids a key has."""
    keys = options.private_key
    _say(f"Space ID:  {keys.to_space_id()}", f"User ID:   {keys.to_user_id()}", f"Tool ID:   {keys.to_tool_id()}")


def auth_test(options: Namespace) -> None:
    """Sign in as an administrator."""
    with AdminClient(options.private_key, options.base_url) as admin:
        admin.authenticate()
        _say("Authentication successful!", f"Admin Space ID: {admin.get_space_id()}")


def blob_delete(options: Namespace) -> None:
    """Remove a blob from all spaces."""
    with AdminClient(options.private_key, options.base_url) as admin:
        admin.delete_blob(options.id)
    _say(f"Blob deleted: {options.id}")


def member_add(options: Namespace) -> None:
    """Add a user or tool."""
    with _owned(options) as space:
        if options.id.startswith("T"):
            space.create_tool(options.id)
        else:
            space.add_user(options.id)
        _say(f"{_kind(options.id)} added: {options.id}", f"Space: {space.space_id}")


def member_remove(options: Namespace) -> None:
    """Remove a user or tool."""
    with _owned(options) as space:
        space.remove_member(options.id)
        _say(f"{_kind(options.id)} removed: {options.id}", f"Space: {space.space_id}")


def member_list(options: Namespace) -> None:
    """List users or tools."""
    with _owned(options) as space:
        found = space.list_tools() if options.kind == "tool" else space.list_users()
    if options.output_format == "json":
        _say(json.dumps({f"{options.kind}s": found}))
    else:
        _say(f"{len(found)} {options.kind}s", *(f"  {each}" for each in found))


def member_grant(options: Namespace) -> None:
    """Give a user or tool a right."""
    with _owned(options) as space:
        grant = space.grant_capability_to_tool if options.id.startswith("T") else space.grant_capability_to_user
        grant(options.id, options.cap_id, {"op": options.op, "path": options.path})
        _say(f"Granted {options.cap_id} to {options.id}: {options.op} on {options.path}", f"Space: {space.space_id}")


def assign_role(options: Namespace) -> None:
    """Give a user a role."""
    with _owned(options) as space:
        space.assign_role_to_user(options.id, options.role)
        _say(f"Role {options.role} assigned to {options.id}", f"Space: {space.space_id}")


def role_create(options: Namespace) -> None:
    """Define a role."""
    with _owned(options) as space:
        space.create_role(options.name, options.description)
        _say(f"Role created: {options.name}", f"Space: {space.space_id}")


def role_grant(options: Namespace) -> None:
    """Give a role a right."""
    with _owned(options) as space:
        space.grant_capability_to_role(options.name, options.cap_id, {"op": options.op, "path": options.path})
        _say(f"Granted {options.cap_id} to {options.name}: {options.op} on {options.path}", f"Space: {space.space_id}")


def opaque_enable(options: Namespace) -> None:
    """Let members register passwords."""
    names = {"server_setup_created": "Server setup", "role_created": "Role", "capability_created": "Capability"}
    with _owned(options) as space:
        made = space.enable_opaque()
        lines = (f"{text}: {'created' if made[name] else 'already existed'}" for name, text in names.items())
        _say(f"Passwords are enabled in {space.space_id}", *lines)


def opaque_register(options: Namespace) -> None:
    """Register a password for the owner."""
    password = options.password or _asked()
    with _owned(options) as space:
        space.opaque_register(options.username, password)
        _say(f"Password registered: {options.username}", f"Space: {space.space_id}")


def _owned(options: Namespace) -> Space:
    keys = options.private_key
    return Space(
        keys.to_space_id(), keys.to_user_id(), keys.private_key, options.symmetric_root, base_url=options.base_url
    )


def _credentials(keys: Ed25519KeyPair, root: bytes) -> dict[str, tuple[str, str]]:
    return {
        "space_id": ("Space ID", keys.to_space_id()),
        "user_id": ("User ID", keys.to_user_id()),
        "private_key_hex": ("Private Key", keys.private_key.hex()),
        "public_key_hex": ("Public Key", keys.public_key.hex()),
        "symmetric_root_hex": ("Symmetric Root", root.hex()),
    }


def _kind(member: str) -> str:
    return get_identifier_type(member).capitalize()


def _asked() -> str:
    """Ask for a password twice; from a pipe, read it twice."""
    ask = getpass.getpass if sys.stdin.isatty() else input
    password = ask("Password: ")
    if ask("Repeat: ") != password:
        msg = "the two passwords are not the same"
        raise ValidationError(msg)
    return password


def _show(options: Namespace, **fields: tuple[str, str]) -> None:
    if options.output_format == "json":
        _say(json.dumps({name: value for name, (_, value) in fields.items()}, indent=2))
    else:
        _say(*(f"{label}: {value}" for label, value in fields.values()))


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
