"""Our Python package against release 0.1.1, on one server, in turns.

    python bench/python/compare.py SERVER_BINARY OUR_PYTHON PUBLISHED_PYTHON [TURNS]

Both Pythons are of virtual environments, one with each package. Prints the medians, and each round as JSON.
"""

import json
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

LISTENING = re.compile(r"listening on (http://127\.0\.0\.1:\d+)")
MEASURE = Path(__file__).with_name("measure.py")


def main() -> None:
    server_binary, *pythons = sys.argv[1:4]
    turns = int(sys.argv[4]) if len(sys.argv) > 4 else 3
    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "server": {"host": "127.0.0.1", "port": 0},
            "admin": {"auto_create_spaces": True},
            "logging": {"enable_access_log": False},
        }
        file = Path(folder) / "config.yaml"
        file.write_text(json.dumps(settings))
        command = [server_binary, "serve", "--config", file, "--data", Path(folder) / "data"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
            try:
                url = next(found[1] for line in server.stdout if (found := LISTENING.search(line)))
                found = {}
                for _ in range(turns):
                    for python in pythons:
                        done = subprocess.run([python, MEASURE, url], capture_output=True, text=True, check=True)
                        result = json.loads(done.stdout)
                        found.setdefault(result["version"], []).append(result["figures"])
            finally:
                server.terminate()
    for version, rounds in found.items():
        medians = {name: round(statistics.median(each[name] for each in rounds), 2) for name in rounds[0]}
        print(version, json.dumps(medians))
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
