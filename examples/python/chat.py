"""An encrypted chat for the terminal.

    python chat.py new ann.json                 make a space, and credentials for it
    python chat.py talk ann.json --name Ann     talk; a line is a message, Ctrl-D leaves
    python chat.py invite ann.json guest.json   write what lets one guest in, for an hour
    python chat.py join guest.json bob.json     become a member; then talk with bob.json

The server sees who posts how much and when, and nothing of what is said.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path

from credentials import DEFAULT_URL, Credentials
from reeeductio import AsyncSpace, Message, ReeeductioError, Space, generate_keypair
from reeeductio.crypto import Ed25519KeyPair
from reeeductio.exceptions import DecryptionError

TOPIC = "chat"
KIND = "chat.text"
HOUR = 60 * 60 * 1000
FAR_FUTURE = 9_999_999_999_999
# Rights of a guest, beside reading the state of the space.
RIGHTS = {
    "chat-read": {"op": "read", "path": f"topics/{TOPIC}/messages/{{any}}"},
    "chat-post": {"op": "create", "path": f"topics/{TOPIC}/messages/{{any}}"},
}


def new(file: Path, url: str) -> None:
    """Make a space and say what guests may do in it."""
    credentials = Credentials.new(url)
    with Space(**credentials.arguments()) as space:
        space.create_role("user", "Talks")
        for name, right in RIGHTS.items():
            space.grant_capability_to_role("user", name, right)
    credentials.write(file)
    print(f"made space {credentials.space_id}; the keys are in {file}: keep it safe")


def invite(file: Path, invitation: Path) -> None:
    """Write an invitation for one guest."""
    credentials = Credentials.read(file)
    with Space(**credentials.arguments()) as space:
        key = space.create_invitation("for one guest", guests=1, expires_at=int(time.time() * 1000) + HOUR)
    made = Credentials(
        credentials.space_id, key.to_tool_id(), key.private_key, credentials.symmetric_root, credentials.base_url
    )
    made.write(invitation)
    print(f"whoever has {invitation} can join within an hour: hand it over in confidence")


def join(invitation: Path, file: Path) -> None:
    """Become a member by an invitation."""
    given = Credentials.read(invitation)
    mine = generate_keypair()
    member = Credentials(given.space_id, mine.to_user_id(), mine.private_key, given.symmetric_root, given.base_url)
    # Before joining: whoever joined and lost the key would have used the invitation up.
    member.write(file)
    key = Ed25519KeyPair.from_private_key(given.private_key)
    Space.accept_invitation(given.space_id, key, given.symmetric_root, mine, given.base_url).close()
    print(f"joined as {member.user_id}; the keys are in {file}")


async def talk(file: Path, name: str) -> None:
    """Show what was said lately and what is being said, and say what is typed."""
    credentials = Credentials.read(file)
    async with AsyncSpace(**credentials.arguments()) as space:
        # The stream first: what is said while the past is read is in one of the two.
        live = asyncio.create_task(listen(space))
        past = await space.get_messages(TOPIC, FAR_FUTURE, 0, limit=20)
        for message in sorted(past, key=lambda message: message.server_timestamp):
            show(space, message)
        typing = asyncio.create_task(say(space, name))
        done, _ = await asyncio.wait({live, typing}, return_when=asyncio.FIRST_COMPLETED)
        live.cancel()
        for task in done:
            task.result()


async def listen(space: AsyncSpace) -> None:
    """Show what others and oneself say."""
    async for message in space.stream_messages():
        if message.topic_id == TOPIC:
            show(space, message)


async def say(space: AsyncSpace, name: str) -> None:
    """Post every line that is typed."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        if text := line.strip():
            said = json.dumps({"from": name, "text": text}, ensure_ascii=False)
            await space.post_encrypted_message(TOPIC, KIND, said.encode())


def show(space: AsyncSpace, message: Message) -> None:
    """Print a message. The name is what its sender says; the id behind it is proven."""
    try:
        said = json.loads(space.decrypt_message_data(message, TOPIC))
        who, text = str(said["from"]), str(said["text"])
    except (DecryptionError, ValueError, KeyError, TypeError):
        who, text = "?", "(something that is not chat)"
    at = time.strftime("%H:%M", time.localtime(message.server_timestamp / 1000))
    # Text of others must not steer the terminal.
    line = f"{at} {who} ({message.sender[:6]}): {text}"
    print(
        "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in line), flush=True
    )


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    tasks = parser.add_subparsers(dest="task", required=True)
    task = tasks.add_parser("new", help="make a space")
    task.add_argument("file", type=Path)
    task.add_argument("--url", default=DEFAULT_URL)
    task = tasks.add_parser("talk", help="talk")
    task.add_argument("file", type=Path)
    task.add_argument("--name", default="somebody")
    task = tasks.add_parser("invite", help="let a guest in")
    task.add_argument("file", type=Path)
    task.add_argument("invitation", type=Path)
    task = tasks.add_parser("join", help="become a member")
    task.add_argument("invitation", type=Path)
    task.add_argument("file", type=Path)
    given = parser.parse_args()
    try:
        if given.task == "new":
            new(given.file, given.url)
        elif given.task == "invite":
            invite(given.file, given.invitation)
        elif given.task == "join":
            join(given.invitation, given.file)
        else:
            asyncio.run(talk(given.file, given.name))
    except KeyboardInterrupt:
        sys.exit(130)
    except ReeeductioError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
