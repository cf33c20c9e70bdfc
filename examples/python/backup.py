"""An encrypted off-site backup of a folder.

    python backup.py save ann.db FOLDER       upload what is new or changed
    python backup.py list ann.db              say what is in the backup
    python backup.py restore ann.db FOLDER    download what is missing or different

Every file is sealed with a key of its own and uploaded in pieces; a sealed log in the topic `backup` says which blob is
which file, in order. Breaking off loses nothing: `save` goes on behind the last file that the log has, `restore` behind the
last byte that came. The server sees how many blobs there are and how large, and no name, content or time of a file.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from reeeductio import LocalMessageStore, ReeeductioError, Space
from reeeductio.crypto import decode_base64, encode_base64

TOPIC = "backup"
STORED = "backup.stored"
REMOVED = "backup.removed"


@dataclass(frozen=True)
class Stored:
    """A file in the backup."""

    path: str
    size: int
    modified_ns: int
    blob_id: str
    key: str

    def is_as(self, file: os.stat_result) -> bool:
        """Whether a file of the folder is this one, by length and time, as other tools decide it."""
        return (self.size, self.modified_ns) == (file.st_size, file.st_mtime_ns)


def contents(space: Space) -> dict[str, Stored]:
    """Read the log: the files in the backup by their paths."""
    files: dict[str, Stored] = {}
    for message in space.topic(TOPIC).history():
        entry = message.json()
        if message.type == STORED:
            files[entry["path"]] = Stored(**entry)
        elif message.type == REMOVED:
            files.pop(entry["path"], None)
    return files


def save(space: Space, folder: Path) -> None:
    """Upload what is new or changed, and log what is gone."""
    before = contents(space)
    here = {name: path for name, path in walk(folder)}
    for name, path in here.items():
        found = path.stat()
        if name in before and before[name].is_as(found):
            continue
        blob = space.upload_file(path, Bar(name))
        now = path.stat()
        if (now.st_size, now.st_mtime_ns) != (found.st_size, found.st_mtime_ns):
            note(f"{name} changed while it was read: left for the next time")
            space.delete_blob(blob.blob_id)
            continue
        stored = Stored(name, found.st_size, found.st_mtime_ns, blob.blob_id, encode_base64(blob.key))
        space.topic(TOPIC).post(STORED, asdict(stored))
        # Only now: until the log has the new one, the old one is the backup.
        if name in before:
            space.delete_blob(before[name].blob_id)
    for name in before.keys() - here.keys():
        space.topic(TOPIC).post(REMOVED, {"path": name})
        space.delete_blob(before[name].blob_id)
    note(f"{len(here)} files in {folder}, all in the backup")


def restore(space: Space, folder: Path) -> None:
    """Download what is missing or different. Other files of the folder stay."""
    files = contents(space)
    for stored in files.values():
        target = inside(folder, stored.path)
        if target.exists() and stored.is_as(target.stat()):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        space.download_file(stored.blob_id, decode_base64(stored.key), target, Bar(stored.path))
        os.utime(target, ns=(stored.modified_ns, stored.modified_ns))
    note(f"{len(files)} files in the backup, all in {folder}")


def show(space: Space) -> None:
    """Print length and path of every file."""
    for stored in sorted(contents(space).values(), key=lambda stored: stored.path):
        print(f"{stored.size:>14,}  {stored.path}")


def walk(folder: Path) -> Iterator[tuple[str, Path]]:
    """Give every file below a folder, by its path from there. Links are not followed."""
    if not folder.is_dir():
        message = f"{folder} is not a folder"
        raise SystemExit(message)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path.relative_to(folder).as_posix(), path


def inside(folder: Path, path: str) -> Path:
    """Give where a file belongs. `SystemExit` if that is not in the folder: whoever may post could have written it."""
    parts = PurePosixPath(path)
    target = folder / parts
    if parts.is_absolute() or ".." in parts.parts or not target.resolve().is_relative_to(folder.resolve()):
        message = f"the backup has a file {path!r}, which is outside the folder"
        raise SystemExit(message)
    return target


def note(text: str) -> None:
    """Tell the person."""
    print(text, file=sys.stderr)


class Bar:
    """Progress of one file: a line that fills on a terminal, one line elsewhere."""

    def __init__(self, name: str) -> None:
        """`name` is shown."""
        self.name = name
        self.live = sys.stderr.isatty()

    def __call__(self, done: int, total: int | None) -> None:
        """Show how far it is."""
        is_over = total is not None and done >= total
        if self.live:
            share = f"{done / total:4.0%}" if total else f"{done:,} bytes"
            print(f"\r{share}  {self.name}", end="\n" if is_over else "", file=sys.stderr, flush=True)
        elif is_over:
            note(self.name)


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    tasks = parser.add_subparsers(dest="task", required=True)
    for name, help_text in (("save", "upload"), ("list", "say what is there"), ("restore", "download")):
        task = tasks.add_parser(name, help=help_text)
        task.add_argument("keys", type=Path, help="the file that chat.py has made")
        if name != "list":
            task.add_argument("folder", type=Path)
    given = parser.parse_args()
    if not given.keys.exists():
        parser.error(f"{given.keys} is not there. Make a space with: chat.py new {given.keys}")
    try:
        with Space.reopen(LocalMessageStore(given.keys)) as space:
            if given.task == "save":
                save(space, given.folder)
            elif given.task == "restore":
                restore(space, given.folder)
            else:
                show(space)
    except KeyboardInterrupt:
        note("broken off; the next run goes on from here")
        sys.exit(130)
    except (ReeeductioError, OSError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
