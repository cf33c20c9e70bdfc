"""Writes the synchronous classes of the package from the asynchronous ones.

`async` goes away, and `await operation` becomes `operation.wait()`. Only the call of a method that is an `async def` of
the same text, such as `await self.authenticate()`, stays a call.

All other differences are written by hand, in the bases of the classes: `_handle.py` and `_http.py`.
"""

import ast
import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "python" / "reeeductio"
COMMAND = "cargo xtask generate --python"
#: Files that are written as a whole, and those that they are written from.
FILES = {
    "_blobs.py": "_async_blobs.py",
    "_data.py": "_async_data.py",
    "_members.py": "_async_members.py",
    "_messages.py": "_async_messages.py",
    "_passwords.py": "_async_passwords.py",
    "_state.py": "_async_state.py",
    "space.py": "async_space.py",
}
#: Classes that are written from the one of the same file that has `Async` before its name.
CLASSES = {
    "admin.py": "AdminClient",
    "auth.py": "AuthSession",
    "credentials.py": "Account",
    "outbox.py": "Outbox",
    "topics.py": "Topic",
    "values.py": "Values",
}
#: Words of code, comments and docstrings that differ. `async`, `await` and the prefix `Async` are left out.
WORDS = {
    "_async_": "_",
    "by several tasks of one event loop": "from several threads",
    "for asyncio": "for programs that wait",
    "in the event loop": "in the thread that waits",
    "a task of its own": "a thread of its own",
    "an `async with`": "a `with`",
}
_WORD = re.compile(rf"\b(?:{'|'.join(WORDS)}|Async(?=[A-Z])|(?:async|await) )")
_LEFT = re.compile(
    r".*(?:async|await|event(?:\s|#)+loop|\baclose|__a(?:enter|exit|iter|next)__|\ba(?:iter|next)\b).*", re.IGNORECASE
)


def drifted(folder: Path = FOLDER) -> list[str]:
    """Name the files that are not what they are written to be."""
    return [name for name, text in written(folder).items() if (folder / name).read_text(encoding="utf-8") != text]


def written(folder: Path = FOLDER) -> dict[str, str]:
    """Give every file by its name."""
    whole = {name: from_file(folder, source) for name, source in FILES.items()}
    parts = {name: with_class(folder, name, kind) for name, kind in CLASSES.items()}
    return {name: formatted(text, FOLDER / name) for name, text in {**whole, **parts}.items()}


def from_file(folder: Path, source: str) -> str:
    """Write a file from another one."""
    note = f"# Generated from {source} by `{COMMAND}`: edit that file.\n"
    return note + synchronous((folder / source).read_text(encoding="utf-8"))


def with_class(folder: Path, name: str, kind: str) -> str:
    """Write a class of a file from another one in it."""
    text = (folder / name).read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    places = {node.name: node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)}
    old, source = places[kind], places[f"Async{kind}"]
    note = f"# Generated from {source.name} by `{COMMAND}`: edit that class.\n"
    first = old.lineno - 1
    if lines[first - 1].startswith("# Generated from "):
        first -= 1
    lines[first : old.end_lineno] = note, synchronous("".join(lines[source.lineno - 1 : source.end_lineno]))
    return "".join(lines)


def synchronous(text: str) -> str:
    """Give the synchronous twin of a source text."""
    twin = _WORD.sub(lambda found: WORDS.get(found[0], ""), waited(text))
    left = _LEFT.search(twin)
    if left:
        message = f"not synchronous, WORDS may help: {left[0].strip()}"
        raise ValueError(message)
    return twin


def waited(text: str) -> str:
    """Put a `.wait()` behind every operation that is awaited."""
    tree = ast.parse(text)
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)}
    awaits = [node for node in ast.walk(tree) if isinstance(node, ast.Await) and method(node.value) not in own]
    # Columns count bytes. From the end, so that the places before stay where they are.
    lines = text.encode().splitlines(keepends=True)
    for line, column in sorted(((node.end_lineno, node.end_col_offset) for node in awaits), reverse=True):
        whole = lines[line - 1]
        lines[line - 1] = whole[:column] + b".wait()" + whole[column:]
    return b"".join(lines).decode()


def method(node: ast.expr) -> str | None:
    """Give the method's name if the expression is a call of one's own method."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name)):
            return name
    return None


def formatted(text: str, path: Path) -> str:
    """Format a source text as the file that it becomes."""
    for command in (["check", "--quiet", "--fix-only", "--select", "I,RUF022"], ["format"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", "--stdin-filename", str(path), "-"]
        done = subprocess.run(ruff, input=text, capture_output=True, text=True, check=False)  # noqa: S603 - ruff
        if done.returncode != 0:
            message = f"{path.name}: {done.stderr}"
            raise ValueError(message)
        text = done.stdout
    return text


def main() -> None:
    """Write every file."""
    for name, text in written().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
