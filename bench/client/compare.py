"""The client before and after a change, on one server, in turns.

    python bench/client/compare.py SERVER [--rust BEFORE AFTER] [--python BEFORE AFTER PUBLISHED]
                                   [--wasm BEFORE AFTER] [--turns N] [--divisor N]

SERVER is the program of the server, built with `cargo build --release -p reeeductio-cli`. Only the parts that are named
are measured:

--rust    the program `measure` of both, built with
          `cargo build --release -p reeeductio-store-sqlite --example measure`; a tree from before the client's handles
          gets the file as it was at commit f4e463a, and `serde_json` among the crate's `dev-dependencies`
--python  the Python of a virtual environment with the release wheel of each (`maturin build --release`), and of one
          with release 0.1.1 (`testing/interop/requirements.txt`)
--wasm    the folder `bindings/typescript/dist` of both, made by `cargo xtask typescript`; before that, `npm install` in
          `bench/typescript`

In each turn all of them run once; in every second turn in the opposite order. Prints JSON: medians, ratios, and what
each turn gave. A ratio is the figure after the change, divided by the one that its name gives. `--divisor` makes the counts of the Rust half
smaller, to try it out. The data of the server and the local store are below TMPDIR: on a disk, a post is mostly a wait
for it.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LISTENING = re.compile(r"^listening on (http://127\.0\.0\.1:\d+)")
WASM = re.compile(r"^(seal and sign|verify and open) +wasm ([\d.]+) µs", re.MULTILINE)
BENCH = Path(__file__).parent.parent
PYTHON = BENCH / "python" / "measure.py"
TYPESCRIPT = BENCH / "typescript" / "compare.mjs"
# As the build of the package does it: other libraries make it a little smaller.
PACKED = "zlib.gzipSync(fs.readFileSync(process.argv[1]), { level: 9 }).length"


def main() -> None:
    """Measure the parts that the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server", type=Path)
    parser.add_argument("--rust", nargs=2, metavar=("BEFORE", "AFTER"))
    parser.add_argument("--python", nargs=3, metavar=("BEFORE", "AFTER", "PUBLISHED"))
    parser.add_argument("--wasm", nargs=2, metavar=("BEFORE", "AFTER"))
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--divisor", type=int, default=1)
    arguments = parser.parse_args()
    with serving(arguments.server) as url:
        works = {
            "rust": (arguments.rust, lambda program: json.loads(output(program, url, arguments.divisor))),
            "python": (arguments.python, lambda python: json.loads(output(python, PYTHON, url))["figures"]),
            "wasm": (arguments.wasm, wasm),
        }
        turns = {part: [] for part, (given, _) in works.items() if given}
        for turn in range(arguments.turns):
            for part, found in turns.items():
                given, work = works[part]
                sides = list(zip(("before", "after", "published"), given, strict=False))
                if turn % 2:
                    sides.reverse()
                found.append({side: work(program) for side, program in sides})
    print(json.dumps({part: summary(found) | {"turns": found} for part, found in turns.items()}, indent=2))


@contextmanager
def serving(program: Path) -> Iterator[str]:
    """The address of a server that sets no limits, makes spaces by itself, and begins with nothing."""
    with tempfile.TemporaryDirectory() as folder:
        settings = os.environ | {"SERVER__PORT": "0", "LOGGING__LEVEL": "WARN"}
        command = [program, "serve", "--dev", "--data", folder]
        with subprocess.Popen(command, env=settings, stdout=subprocess.PIPE, text=True) as server:
            try:
                yield next(found[1] for line in server.stdout if (found := LISTENING.search(line)))
            finally:
                server.terminate()


def output(*command: object) -> str:
    """Give the output of a program."""
    return subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True, check=True).stdout


def wasm(dist: str) -> dict[str, float]:
    """Microseconds per message of 256 bytes, and KiB of the module, gzipped."""
    times = dict(WASM.findall(output("node", TYPESCRIPT, 25, dist)))
    packed = output("node", "--print", PACKED, Path(dist) / "reeeductio.wasm")
    return {
        "seal_and_sign_us": float(times["seal and sign"]),
        "verify_and_open_us": float(times["verify and open"]),
        "gzipped_kib": int(packed) / 1024,
    }


def summary(turns: list[dict]) -> dict[str, dict]:
    """The median of each figure on each side, and the ratio of the one after the change to the others."""
    figures = {}
    for name in turns[0]["after"]:
        medians = {side: statistics.median(turn[side][name] for turn in turns) for side in turns[0]}
        ratios = {side: medians["after"] / value for side, value in medians.items() if side != "after" and value}
        figures[name] = {
            **{side: round(value, 3) for side, value in sorted(medians.items())},
            **{f"after_by_{side}": round(value, 3) for side, value in sorted(ratios.items())},
        }
    return figures


if __name__ == "__main__":
    main()
