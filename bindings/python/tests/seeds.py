"""The code in the seeds: the documents that the project was made from."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

BEGINS = re.compile(r"(import \w+|from [\w.]+ import .+)$")
SIGNATURE = re.compile(r"(\w+)\((.*)\) → (.+)$")


def indented(lines: list[str]) -> str:
    """Lines that lost their indentation: the line below a colon is the body, as everywhere in the guides."""
    found, below = [], False
    for line in lines:
        found.append("    " + line if below else line)
        below = re.match(r"(with|for|if|try|except|else)\b.*:$", line) is not None
    return "\n".join(found)


def compiles(code: str) -> bool:
    try:
        ast.parse(code)
    except SyntaxError:
        return False
    return True


def guide(text: str) -> Iterator[str]:
    """The Python of a guide that lost its indentation: from each import on, as far as it is Python."""
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        ends = [end for end in range(at + 1, len(lines) + 1) if compiles(indented(lines[at:end]))]
        if BEGINS.match(lines[at]) and ends:
            yield indented(lines[at : ends[-1]])
            at = ends[-1]
        else:
            at += 1


def typescript(text: str) -> list[str]:
    """Where TypeScript begins in a guide."""
    return [line for line in text.splitlines() if re.match(r"import \{.*\} from '[\w:]+';$", line)]


def reference(text: str) -> Iterator[str]:
    """The Python of the reference, whose indentation is there. It may follow a table without a line between."""
    for paragraph in re.split(r"\n\s*\n", text):
        lines = paragraph.strip("\n").splitlines()
        begins = next((number for number, line in enumerate(lines) if BEGINS.match(line)), 0)
        code = "\n".join(lines[begins:])
        if compiles(code) and not heading(code) and not commands(code):
            yield code


def heading(code: str) -> bool:
    """Whether text that could be Python is a single word."""
    return re.fullmatch(r"\s*\w*\s*", code) is not None


def signatures(text: str) -> list[tuple[str, str, str]]:
    """Headings such as `name(parameters) → what it returns`."""
    return [found.groups() for line in text.splitlines() if (found := SIGNATURE.match(line))]


def commands(text: str) -> list[str]:
    """Lines that are typed into a shell."""
    return [line.partition("  #")[0].strip() for line in text.splitlines() if line.startswith("reeeductio-admin ")]


def rows(text: str, heading: str) -> list[str]:
    """The rows of the table whose first row begins with `heading`."""
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(heading)) + 1
    ends = (number for number in range(start, len(lines)) if not lines[number].strip() or BEGINS.match(lines[number]))
    return lines[start : next(ends)]


def folder() -> Path | None:
    """Where the seeds are, beside the repository; nowhere in a clone by itself."""
    there = Path(__file__).resolve().parents[4] / "shared" / "seeds"
    return there if there.is_dir() else None
