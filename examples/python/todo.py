"""A to-do list for two. The server sees that something changes, and nothing of what it is.

    python todo.py new URL            make a list, its keys in todo.db or where TODO_DB says; print a link for one guest
    python todo.py join               join by a link, which it asks for
    python todo.py add TITLE [FILE…]  add an item, with attachments
    python todo.py done|save ID       tick an item off, or fetch its attachments into the folder todo-ID
    python todo.py show               print the list and every change of it, until Ctrl-C
"""

import os
import sys
import time

from reeeductio import LocalMessageStore, ReeeductioError, Space, Value


# The keys are kept last: a call that fails leaves nothing behind and can be repeated.
def new(file: str, url: str) -> None:
    if os.path.exists(file):
        sys.exit(f"error: {file} is there already; let TODO_DB name another file")
    space = Space.create(LocalMessageStore(":memory:"), url)
    space.create_role("editor")
    space.grant_capability_to_role("editor", "items", {"op": "write", "path": "data/items/{...}"})
    link = space.invite_link("editor", uses=1, expires_at=int(time.time() * 1000) + 24 * 3_600_000)
    space.keep_credentials(LocalMessageStore(file))
    print(link)


def add(space: Space, title: str, *files: str) -> None:
    blobs = [(os.path.basename(file), space.upload_file(file)) for file in files]
    attached = [{"name": name, "blob_id": blob.blob_id, "key": blob.key.hex()} for name, blob in blobs]
    space.data.set(f"items/{os.urandom(4).hex()}", {"title": title, "done": False, "files": attached})


def read(found: Value | None) -> dict:
    return found.json() if found else sys.exit("error: there is no such item")


def save(space: Space, item: str) -> None:
    for file in read(space.data.get(f"items/{item}"))["files"]:
        # The name comes from somebody else: only its last part, in a new folder.
        space.download_file(file["blob_id"], bytes.fromhex(file["key"]), f"todo-{item}/{os.path.basename(file['name'])}")


# Others may write anything: what cannot be read is skipped, and their texts do not steer the terminal.
def words(value: Value) -> list[str]:
    try:
        item = {"title": "(removed)"} if value.is_removed else value.json()
        texts = ["[x]" if item.get("done") else "[ ]", item["title"], *(file["name"] for file in item.get("files", []))]
        return ["".join(filter(str.isprintable, text)) for text in texts]
    except (ReeeductioError, AttributeError, KeyError, TypeError):
        return ["(not readable)"]


if __name__ == "__main__":
    file = os.environ.get("TODO_DB", "todo.db")
    try:
        match sys.argv[1:]:
            case ["new", url]:
                new(file, url)
            case ["join"]:
                Space.join(input("link: "), LocalMessageStore(file))
            case ["add", title, *files]:
                add(Space.reopen(LocalMessageStore(file)), title, *files)
            case ["done", item]:
                Space.reopen(LocalMessageStore(file)).data.update(f"items/{item}", lambda it: read(it) | {"done": True})
            case ["save", item]:
                save(Space.reopen(LocalMessageStore(file)), item)
            case ["show"]:
                for value in Space.reopen(LocalMessageStore(file)).data.watch("items"):
                    print(value.path.removeprefix("items/"), *words(value), flush=True)
            case _:
                sys.exit(__doc__)
    except (ReeeductioError, OSError, EOFError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
