"""The package's README is true."""

import re
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def test_every_snippet_runs(server, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("film.mp4").write_bytes(b"a film" * 100_000)
    snippets = re.findall(r"^```python\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)
    assert len(snippets) == 6
    names = {}
    for snippet in snippets:
        exec(compile(snippet.replace("http://localhost:8000", server.url), "README.md", "exec"), names)
    task = "tasks/1 {'title': 'Water the plants', 'done': True}"
    shown = ["Hello!", "10 messages", "1 message for the friend", task, "state.not_found"]
    assert capsys.readouterr().out.splitlines() == shown
    assert Path("copy.mp4").read_bytes() == Path("film.mp4").read_bytes()
