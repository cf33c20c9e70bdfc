"""The command `reeeductio-admin`: keys, spaces, members, roles and passwords from a shell.

Exit codes: 0; 1 if something failed, said in one line on standard error; 2 if the arguments are wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from reeeductio import __version__
from reeeductio import _command_actions as actions
from reeeductio.crypto import Ed25519KeyPair, decode_urlsafe_base64, get_identifier_type
from reeeductio.exceptions import (
    AuthenticationError,
    AuthorizationError,
    NotFoundError,
    ReeeductioError,
    ValidationError,
)
from reeeductio.models import CapabilityOp

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse names it so

__all__ = ["main", "parse_private_key"]

_KEY_LENGTH = 32
_BASE_URL = "http://localhost:8000"
#: Where the guides save the credentials of a space.
_CREDENTIALS = "space_creds.json"
_NEEDED = {"private_key": {"key", "owner"}, "symmetric_root": {"root"}}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and give its exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        _complete(options)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    run: Callable[[argparse.Namespace], None] = options.run
    try:
        run(options)
    except ReeeductioError as error:
        sys.stderr.write(f"{_kind(error)}: {error}\n")
        return 1
    return 0


def parse_private_key(text: str) -> Ed25519KeyPair:
    """Read a private key: 64 hexadecimal digits, or base64 of 32 bytes. `ValueError` for anything else."""
    for decode in (bytes.fromhex, decode_urlsafe_base64):
        try:
            key = decode(text)
        except ValueError:
            continue
        if len(key) == _KEY_LENGTH:
            return Ed25519KeyPair.from_private_key(key)
    msg = "Private key must be 32 bytes, in hexadecimal or base64"
    raise ValueError(msg)


def _complete(options: argparse.Namespace) -> None:
    """Take what was not given from the file with credentials."""
    file = options.credentials_file
    if file is None and Path(_CREDENTIALS).exists():
        file = _CREDENTIALS
    saved: dict[str, str] = {} if file is None else json.loads(Path(file).read_text())
    options.base_url = options.base_url or saved.get("base_url", _BASE_URL)
    for name, read in (("private_key", parse_private_key), ("symmetric_root", _root)):
        if name not in options.needed or getattr(options, name) is not None:
            continue
        if f"{name}_hex" in saved:
            setattr(options, name, read(saved[f"{name}_hex"]))
        else:
            msg = f"--{name.replace('_', '-')} is needed, here or in {file or _CREDENTIALS}"
            raise ValueError(msg)


def _kind(error: ReeeductioError) -> str:
    kinds: tuple[tuple[type[ReeeductioError], str], ...] = (
        (AuthenticationError, "Authentication failed"),
        (AuthorizationError, "Permission denied"),
        (NotFoundError, "Not found"),
        (ValidationError, "Validation error"),
    )
    return next((text for kind, text in kinds if isinstance(error, kind)), "Error")


def _checked(check: Callable[[str], object]) -> Callable[[str], object]:
    """Make a check an argument's type, whose text argparse shows."""

    def read(text: str) -> object:
        try:
            return check(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


def _root(text: str) -> bytes:
    root = bytes.fromhex(text)
    if len(root) != _KEY_LENGTH:
        msg = f"Symmetric root must be 64 hexadecimal digits, not {len(text)}"
        raise ValueError(msg)
    return root


def _id_of(*kinds: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if get_identifier_type(text) not in kinds:
            msg = f"{text} is not the id of a {' or '.join(kinds).lower()}"
            raise ValueError(msg)
        return text

    return read


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="reeeductio-admin", description="Administer rEEEductio spaces.")
    parser.add_argument("-u", "--base-url", help=f"the server (default: {_BASE_URL})")
    parser.add_argument(
        "-f", "--credentials-file", help=f"JSON with private_key_hex, symmetric_root_hex and base_url ({_CREDENTIALS})"
    )
    parser.add_argument("-o", "--output", choices=["text", "json"], help="taken from scripts for 0.1.1, without effect")
    parser.add_argument("--version", action="version", version=__version__)
    groups = parser.add_subparsers(metavar="COMMAND", required=True)

    keys = _group(groups, "key", "key pairs and ids")
    _add(keys, "generate", "make a key pair", actions.key_generate, "format")
    _add(keys, "info", "say what an id is of", actions.key_info, "id")

    spaces = _group(groups, "space", "spaces")
    _add(spaces, "generate", "make the credentials of a space", actions.space_generate, "format")
    what = "register a space, as the owner of the admin space"
    _add(spaces, "create", what, actions.space_create, "key", "new-root", "format")
    _add(spaces, "info", "say which ids a key has", actions.space_info, "key")

    _add(_group(groups, "auth", "signing in"), "test", "sign in as an administrator", actions.auth_test, "key")
    _add(_group(groups, "blob", "blobs"), "delete", "remove a blob from all spaces", actions.blob_delete, "blob", "key")

    for name in ("user", "tool"):
        members = _group(groups, name, f"{name}s of a space")
        _add(members, "add", f"add a {name}", actions.member_add, name, "owner", "root")
        _add(members, "remove", f"remove a {name} and all it was given", actions.member_remove, name, "owner", "root")
        listing = _add(members, "list", f"list the {name}s", actions.member_list, "owner", "root", "format")
        listing.set_defaults(kind=name)
        _add(members, "grant", f"give a {name} a right", actions.member_grant, name, "owner", "root", "right")
        if name == "user":
            _add(members, "assign-role", "give a user a role", actions.assign_role, name, "owner", "root", "role")

    roles = _group(groups, "role", "roles of a space")
    _add(roles, "create", "define a role", actions.role_create, "name", "owner", "root", "description")
    _add(roles, "grant", "give a role a right", actions.role_grant, "name", "owner", "root", "right")

    opaque = _group(groups, "opaque", "passwords")
    _add(opaque, "enable", "let members register passwords", actions.opaque_enable, "owner", "root")
    _add(opaque, "register", "register a password for the owner", actions.opaque_register, "owner", "root", "password")
    return parser


def _group(groups: Subparsers, name: str, what: str) -> Subparsers:
    return groups.add_parser(name, help=what, description=what).add_subparsers(metavar="COMMAND", required=True)


def _add(
    group: Subparsers, name: str, what: str, run: Callable[[argparse.Namespace], None], *arguments: str
) -> argparse.ArgumentParser:
    parser = group.add_parser(name, help=what, description=what)
    for argument in arguments:
        _ARGUMENTS[argument](parser)
    needed = [name for name, by in _NEEDED.items() if not by.isdisjoint(arguments)]
    parser.set_defaults(run=run, needed=needed)
    return parser


def _right(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-c", "--cap-id", required=True, help="what the right is called")
    parser.add_argument("--op", required=True, choices=[op.value for op in CapabilityOp], help="what it permits")
    parser.add_argument("--path", required=True, help="on what: a path, in which {any} is one segment")


def _password(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-n", "--username", required=True)
    parser.add_argument("-p", "--password", help="asked for if it is not given")


def _named(name: str, *kinds: str) -> Callable[[argparse.ArgumentParser], object]:
    return lambda parser: parser.add_argument("id", metavar=name, type=_checked(_id_of(*kinds)))


_ARGUMENTS: dict[str, Callable[[argparse.ArgumentParser], object]] = {
    "id": _named("ID", "USER", "TOOL", "SPACE", "MESSAGE", "BLOB"),
    "user": _named("USER_ID", "USER"),
    "tool": _named("TOOL_ID", "TOOL"),
    "blob": _named("BLOB_ID", "BLOB"),
    "name": lambda parser: parser.add_argument("name"),
    "format": lambda parser: parser.add_argument("--output-format", choices=["text", "json"], default="text"),
    "key": lambda parser: parser.add_argument("-k", "--private-key", type=_checked(parse_private_key)),
    "owner": lambda parser: parser.add_argument(
        "-k",
        "--space-key",
        dest="private_key",
        type=_checked(parse_private_key),
        help="the private key of the space",
    ),
    "root": lambda parser: parser.add_argument("-s", "--symmetric-root", type=_checked(_root)),
    "new-root": lambda parser: parser.add_argument("-s", "--symmetric-root", type=_checked(_root)),
    "role": lambda parser: parser.add_argument("-r", "--role", required=True),
    "description": lambda parser: parser.add_argument("-d", "--description"),
    "right": _right,
    "password": _password,
}
