"""Our server as a process."""

import json
import os
import re
import subprocess
import threading
from pathlib import Path

LISTENING = re.compile(r"listening on (http://127\.0\.0\.1:\d+)")

#: Servers that are running, for showing their logs when a test fails.
RUNNING: list["Server"] = []


class NotStarted(Exception):
    """The server ended before it listened; the message is what it printed."""


class Server:
    """A server on a free port, with its data in `folder`."""

    def __init__(self, folder: Path, **configuration: dict):
        configuration["server"] = {"host": "127.0.0.1", "port": 0} | configuration.get("server", {})
        # Every JSON document is a YAML document.
        file = folder / "config.yaml"
        file.write_text(json.dumps(configuration))
        self.log: list[str] = []
        self.process = subprocess.Popen(
            [os.environ["REEEDUCTIO_BIN"], "serve", "--config", str(file), "--data", str(folder / "data")],
            # Nothing of the developer's environment may configure the server under test.
            env={"PATH": os.environ.get("PATH", "")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.url = self._wait()
        # The pipe must be read, or the server would stop when it is full.
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        RUNNING.append(self)

    def _wait(self) -> str:
        for line in self.process.stdout:
            self.log.append(line)
            if found := LISTENING.search(line):
                return found[1]
        raise NotStarted(f"exit code {self.process.wait()}:\n{''.join(self.log)}")

    def _read(self) -> None:
        for line in self.process.stdout:
            self.log.append(line)

    def stop(self) -> None:
        """Asks the server to stop and checks that it does so in order."""
        RUNNING.remove(self)
        self.process.terminate()
        try:
            code = self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        self._reader.join(timeout=5)
        self.process.stdout.close()
        assert code == 0, f"exit code {code}:\n{''.join(self.log[-50:])}"
        panics = [line for line in self.log if "panicked" in line]
        assert not panics, panics
