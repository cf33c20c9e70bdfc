"""An encrypted chat for the terminal.

    python chat.py new ann.db                 make a space, with its keys in a file
    python chat.py talk ann.db --name Ann     talk; a line is a message, Ctrl-D leaves
    python chat.py invite ann.db              print a link that lets one guest in, for an hour
    python chat.py join bob.db                join by a link, which it asks for; then talk with bob.db

The server sees who posts how much and when, and nothing of what is said.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path

from reeeductio import AsyncSpace, AsyncTopic, LocalMessageStore, ReeeductioError, Space, TopicMessage

TOPIC = "chat"
KIND = "chat.text"
HOUR = 60 * 60 * 1000
# Messages that are shown at the start.
LATEST = 20
# Rights of a guest, beside reading the state of the space.
RIGHTS = {
    "chat-read": {"op": "read", "path": f"topics/{TOPIC}/messages/{{any}}"},
    "chat-post": {"op": "create", "path": f"topics/{TOPIC}/messages/{{any}}"},
}


def new(file: Path, url: str) -> None:
    """Make a space and say what guests may do in it."""
    with Space.create(fresh(file), url) as space:
        space.create_role("guest", "Talks")
        for name, right in RIGHTS.items():
            space.grant_capability_to_role("guest", name, right)
        print(f"made space {space.space_id}; the keys are in {file}: keep it safe")


def invite(file: Path) -> None:
    """Print an invitation for one guest."""
    with Space.reopen(kept(file)) as space:
        print(space.invite_link("guest", uses=1, expires_at=int(time.time() * 1000) + HOUR))
    print("whoever has the link can join within an hour: hand it over in confidence", file=sys.stderr)


def join(file: Path) -> None:
    """Become a member by an invitation. If that is cut short, the next call with the same file completes it."""
    with Space.join(input("link: "), LocalMessageStore(file)) as space:
        print(f"joined as {space.member_id}; the keys are in {file}")


def fresh(file: Path) -> LocalMessageStore:
    """Make the file for the keys of a member. `SystemExit` if it is there."""
    if file.exists():
        message = f"{file} is there already, and is not replaced"
        raise SystemExit(message)
    return LocalMessageStore(file)


def kept(file: Path) -> LocalMessageStore:
    """Open the file with the keys of a member. `SystemExit` if it is not there."""
    if not file.exists():
        message = f"{file} is not there. Make a space with: chat.py new {file}"
        raise SystemExit(message)
    return LocalMessageStore(file)


async def talk(file: Path, name: str) -> None:
    """Show what was said lately and what is being said, and say what is typed."""
    async with await AsyncSpace.reopen(kept(file)) as space:
        topic = space.topic(TOPIC)
        past = await topic.newest(LATEST)
        for message in past:
            show(message)
        listening = asyncio.create_task(listen(topic, past))
        typing = asyncio.create_task(say(topic, name))
        done, _ = await asyncio.wait({listening, typing}, return_when=asyncio.FIRST_COMPLETED)
        listening.cancel()
        for task in done:
            task.result()


async def listen(topic: AsyncTopic, past: list[TopicMessage]) -> None:
    """Show what others and oneself say after the past, none left out."""
    live = topic.live(past[-1].position) if past else topic.live(from_start=True)
    async with live:
        async for message in live:
            show(message)


async def say(topic: AsyncTopic, name: str) -> None:
    """Post every line that is typed."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        if text := line.strip():
            await topic.post(KIND, {"from": name, "text": text})


def show(message: TopicMessage) -> None:
    """Print a message. The name is what its sender says; the id behind it is proven."""
    try:
        said = message.json()
        who, text = str(said["from"]), str(said["text"])
    except (ReeeductioError, KeyError, TypeError):
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
    task.add_argument("--url", default="http://localhost:8000")
    task = tasks.add_parser("talk", help="talk")
    task.add_argument("file", type=Path)
    task.add_argument("--name", default="somebody")
    task = tasks.add_parser("invite", help="let a guest in")
    task.add_argument("file", type=Path)
    task = tasks.add_parser("join", help="become a member")
    task.add_argument("file", type=Path)
    given = parser.parse_args()
    try:
        if given.task == "new":
            new(given.file, given.url)
        elif given.task == "invite":
            invite(given.file)
        elif given.task == "join":
            join(given.file)
        else:
            asyncio.run(talk(given.file, given.name))
    except KeyboardInterrupt:
        sys.exit(130)
    except ReeeductioError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
