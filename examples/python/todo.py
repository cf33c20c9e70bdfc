"""A to-do list for two.

    python todo.py new URL            make a list, its keys in todo.db or where TODO_DB says; prints a link for one guest
    python todo.py join               join by a link, which it asks for
    python todo.py add TITLE [FILE…]  add an item, with attachments
    python todo.py done ID            tick an item off
    python todo.py save ID            fetch the attachments of an item
    python todo.py show               print the list and every change of it, until Ctrl-C

The server sees that something changes, and nothing of what it is.
"""

import os
import sys
from pathlib import Path
from uuid import uuid4

from reeeductio import LocalMessageStore, ReeeductioError, Space


def add(space: Space, title: str, *files: str) -> None:
    """Add an item with its attachments."""
    attached = []
    for file in files:
        blob = space.upload_file(file)
        attached.append({"name": Path(file).name, "blob_id": blob.blob_id, "key": blob.key.hex()})
    space.data.set(f"items/{uuid4().hex[:8]}", {"title": title, "done": False, "files": attached})


def save(space: Space, item: str) -> None:
    """Fetch the attachments of an item into this folder."""
    found = space.data.get(f"items/{item}")
    for file in found.json()["files"] if found else sys.exit(f"error: there is no item {item}"):
        # Only the last part: the name comes from somebody else.
        space.download_file(file["blob_id"], bytes.fromhex(file["key"]), Path(file["name"]).name)


def show(space: Space) -> None:
    """Print each item as it is now, and then as it changes."""
    for value in space.data.watch("items"):
        item = {} if value.is_removed else value.json()
        words = ["[x]" if item.get("done") else "[ ]", item.get("title", "(removed)")]
        words += [file["name"] for file in item.get("files", [])]
        # Texts of others must not steer the terminal.
        words = ["".join(letter for letter in word if letter.isprintable()) for word in words]
        print(value.path.removeprefix("items/"), *words, flush=True)


if __name__ == "__main__":
    try:
        store = LocalMessageStore(os.environ.get("TODO_DB", "todo.db"))
        match sys.argv[1:]:
            case ["new", url]:
                space = Space.create(store, url)
                space.create_role("editor")
                space.grant_capability_to_role("editor", "items", {"op": "write", "path": "data/items/{...}"})
                print(space.invite_link("editor", uses=1))
            case ["join"]:
                Space.join(input("link: "), store)
            case ["add", title, *files]:
                add(Space.reopen(store), title, *files)
            case ["done", item]:
                Space.reopen(store).data.update(f"items/{item}", lambda it: it.json() | {"done": True} if it else None)
            case ["save", item]:
                save(Space.reopen(store), item)
            case ["show"]:
                show(Space.reopen(store))
            case _:
                sys.exit(__doc__)
    except ReeeductioError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
