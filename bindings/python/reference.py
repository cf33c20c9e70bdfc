"""Writes the reference of the package, `docs/reference/python`, from its docstrings: a page for each public module."""

import ast
import dataclasses
import enum
import importlib
import inspect
import re
import typing
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import reeeductio
from reeeductio._answers import RightsLike

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference" / "python"
MODULES = (
    "space", "async_space", "admin", "auth", "opaque", "local_store", "models", "exceptions", "files", "crypto",
    "messages", "state", "kvdata", "blobs", "topics", "streams", "values", "outbox", "contents", "credentials",
)  # fmt: skip
NOTE = "<!-- Written by `cargo xtask generate --python` from the docstrings. -->"
WIDTH = 100
SECTION = re.compile(r"^(Args|Attributes|Example|Raises):$", re.MULTILINE)
TITLES = {"Args": "Parameters"}
#: Where a type is from says its page, not its name.
ORIGIN = re.compile(r"\b(?:reeeductio\.\w+|typing|collections\.abc)\.")


def pages() -> dict[str, str]:
    """Give every page by its file's name."""
    modules = {name: importlib.import_module(f"reeeductio.{name}") for name in MODULES}
    written = {f"{name}.md": page(module) for name, module in modules.items()}
    return {"README.md": index(modules), **written}


def index(modules: dict[str, ModuleType]) -> str:
    """Write the page that names everything."""
    lines = [
        "# Reference of the Python package", "", NOTE, "",
        "What `import reeeductio` gives is marked with a dot; the rest is imported from its module. The",
        "[pages for tasks](../../python/README.md) show how it is used.",
    ]  # fmt: skip
    for short, module in modules.items():
        lines += ["", f"## [reeeductio.{short}]({short}.md)", "", summary(module.__doc__), ""]
        lines += ["| | name | |", "|---|---|---|"]
        for name in public(module):
            dot = "•" if name in reeeductio.__all__ else ""
            what = summary(documentation(getattr(module, name), name, module))
            lines.append(f"| {dot} | [`{name}`]({short}.md#{name.lower()}) | {what} |")
    lines += ["", "`reeeductio.client` has all handles, as in release 0.1.1.", ""]
    return "\n".join(lines)


def page(module: ModuleType) -> str:
    """Write the page of a module."""
    parts = [f"# {module.__name__}", NOTE, described(module.__doc__ or "")]
    for name in public(module):
        thing = getattr(module, name)
        parts.append(f"## `{name}`")
        if inspect.isfunction(thing):
            parts += [code(signature(thing, name)), described(thing.__doc__ or "")]
        elif inspect.isclass(thing):
            parts += of_class(thing, module)
        else:
            parts += [code(f"{name} = {assigned(module)[name][0]}"), assigned(module)[name][1]]
    return "\n\n".join(part for part in parts if part) + "\n"


def of_class(kind: type, module: ModuleType) -> Iterator[str]:
    """Write a class: how it is made, its fields, its properties and its methods."""
    bases = [base.__name__ for base in kind.__bases__ if base is not object and not is_private(base)]
    bases = ["TypedDict"] if typing.is_typeddict(kind) else bases
    yield code(f"class {kind.__name__}({', '.join(bases)})" if bases else f"class {kind.__name__}")
    made = constructor(kind)
    if made:
        yield code(made)
    yield described(kind.__doc__ or "")
    yield fields(kind, module)
    members: dict[str, object] = {}
    for each in held(kind):
        members |= {name: member for name, member in vars(each).items() if name not in members}
    for name, member in members.items():
        function = member.__func__ if isinstance(member, classmethod) else member
        if name.startswith("_") or not getattr(kind, name).__doc__:
            continue
        if isinstance(member, property) or type(member).__name__ == "cached_property":
            getter = member.fget if isinstance(member, property) else member.func
            yield f"### `{name}`"
            yield code(f"{name}: {annotation(inspect.signature(getter).return_annotation)}")
            yield described(getter.__doc__ or "")
        elif inspect.isfunction(function):
            if "_native" in str(inspect.signature(function)):
                continue  # Only the package itself has what it takes.
            yield f"### `{name}`"
            prefix = "classmethod " if isinstance(member, classmethod) else ""
            yield code(prefix + signature(function, name))
            yield described(function.__doc__ or "")


def constructor(kind: type) -> str:
    """Give the call that makes one, nothing if programs do not make any."""
    own = any("__init__" in vars(each) for each in held(kind))
    if issubclass(kind, enum.Enum) or not own or getattr(kind, "_is_protocol", False) or kind.__bases__[0] is tuple:
        return ""
    return signature(kind.__init__, kind.__name__).removesuffix(" -> None")


def fields(kind: type, module: ModuleType) -> str:
    """Write the fields of a dataclass or named tuple, or the members of an enumeration, as a table."""
    said = {name: text for name, (_, text) in assigned(module, kind).items()}
    if issubclass(kind, enum.Enum):
        rows = [f"| `{each.name}` | `{each.value!r}` | {said.get(each.name, '')} |" for each in kind]
    elif dataclasses.is_dataclass(kind):
        rows = [
            f"| `{each.name}` | `{annotation(each.type)}` | {said.get(each.name, '')} |"
            for each in dataclasses.fields(kind)
        ]
    elif typing.is_typeddict(kind):
        types = inspect.get_annotations(kind)
        rows = [f"| `{name}` | `{annotation(each)}` | {said.get(name, '')} |" for name, each in types.items()]
    elif issubclass(kind, tuple):
        types = inspect.get_annotations(kind)
        rows = [f"| `{name}` | `{annotation(types[name])}` | {said.get(name, '')} |" for name in kind._fields]
    else:
        return ""
    rows = [row.replace(" | None", " \\| None").replace("|  |", "| |") for row in rows]
    return "\n".join(["| field | type | |", "|---|---|---|", *rows])


def assigned(module: ModuleType, kind: type | None = None) -> dict[str, tuple[str, str]]:
    """Give what names are set to in a module, or in a class of it and its bases there, and what is said about them."""
    source = inspect.getsource(module)
    lines = source.splitlines()
    names = {None} if kind is None else {each.__name__ for each in kind.__mro__}
    found = {}
    bodies = [ast.parse(source).body]
    if kind is not None:
        bodies = [node.body for node in bodies[0] if isinstance(node, ast.ClassDef) and node.name in names]
    for body in bodies:
        for node, behind in zip(body, [*body[1:], None], strict=True):
            target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
            if not isinstance(target, ast.Name):
                continue
            above = lines[node.lineno - 2].strip()
            said = above.removeprefix("#: ") if above.startswith("#: ") else ""
            if isinstance(behind, ast.Expr) and isinstance(behind.value, ast.Constant):
                said = " ".join(inspect.cleandoc(str(behind.value.value)).split())
            found[target.id] = (ast.unparse(node.value) if node.value else "", said)
    return found


def documentation(thing: object, name: str, module: ModuleType) -> str | None:
    """Give what is said about a public name."""
    if inspect.isclass(thing) or inspect.isfunction(thing):
        return thing.__doc__
    return assigned(module)[name][1]


def signature(function: object, name: str) -> str:
    """Write a signature, on several lines if it is long."""
    there = inspect.signature(function)
    given = []
    for each in there.parameters.values():
        if each.name in {"self", "cls"}:
            continue
        text = each.name if each.annotation is each.empty else f"{each.name}: {annotation(each.annotation)}"
        default = "…" if repr(each.default).startswith("<") else repr(each.default)
        given.append(text if each.default is each.empty else f"{text} = {default}")
    if any(each.kind is each.POSITIONAL_ONLY for each in there.parameters.values()):
        given.append("/")
    returned = "" if there.return_annotation is there.empty else f" -> {annotation(there.return_annotation)}"
    is_async = inspect.iscoroutinefunction(function)
    whole = f"{'async ' if is_async else ''}{name}({', '.join(given)}){returned}"
    if len(whole) <= WIDTH:
        return whole
    inside = "".join(f"    {each},\n" for each in given)
    return f"{'async ' if is_async else ''}{name}(\n{inside}){returned}"


def annotation(there: object) -> str:
    """Write a type as in the source."""
    text = there if isinstance(there, str) else inspect.formatannotation(there)
    text = text.replace("RightsLike", inspect.formatannotation(RightsLike))
    return ORIGIN.sub("", text)


def described(doc: str) -> str:
    """Write a docstring: its sections become lists and code."""
    first, *rest = SECTION.split(inspect.cleandoc(doc))
    parts = [examples(first.strip())]
    for title, body in zip(rest[::2], rest[1::2], strict=True):
        text = inspect.cleandoc(body)
        if title == "Example":
            parts.append(f"Example:\n\n{examples(text) if text.startswith('>>>') else code(text)}")
        else:
            # Lines that are indented go on with the item before.
            items = re.sub(r"\n\s+", " ", text).splitlines()
            listed = "\n".join(re.sub(r"^([\w.]+): ", r"- `\1`: ", item) for item in items)
            parts.append(f"{TITLES.get(title, title)}:\n\n{listed}")
    return "\n\n".join(parts)


def examples(text: str) -> str:
    """Put interactive examples into code blocks."""
    return "\n\n".join(f"```pycon\n{part}\n```" if part.startswith(">>>") else part for part in re.split(r"\n\n", text))


def summary(doc: str | None) -> str:
    """Give the first sentence of a docstring."""
    paragraph = " ".join(inspect.cleandoc(doc or "").split("\n\n")[0].split())
    return re.split(r"(?<=\.)\s", paragraph)[0].replace("|", "\\|")


def code(text: str) -> str:
    """Write a code block."""
    return f"```python\n{text}\n```"


def public(module: ModuleType) -> list[str]:
    """Give the public names of a module in the order of its source."""
    places = {}
    for place, node in enumerate(ast.parse(inspect.getsource(module)).body):
        named = getattr(node, "name", None) or getattr(node, "targets", [None])[0]
        places[named.id if isinstance(named, ast.Name) else named] = place
    return sorted(module.__all__, key=lambda name: places[name])


def held(kind: type) -> list[type]:
    """Give a class and those private bases that no public base has: what they hold is the class's, for readers."""
    shown = {each for base in kind.__bases__ if not is_private(base) for each in base.__mro__}
    return [kind, *(base for base in kind.__mro__[1:] if is_private(base) and base not in shown)]


def is_private(kind: type) -> bool:
    """Whether a class is only there for others to be made of."""
    module = kind.__module__
    return module.startswith("reeeductio") and (kind.__name__.startswith("_") or "._" in module)


def main() -> None:
    """Write every page, and nothing else into the folder."""
    written = pages()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for stale in {path.name for path in FOLDER.glob("*.md")} - written.keys():
        (FOLDER / stale).unlink()
    for name, text in written.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
