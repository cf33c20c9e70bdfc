"""Attachments of the to-do list, whose names come from other members."""

import importlib.util
from pathlib import Path
from types import SimpleNamespace


def todo(repository):
    spec = importlib.util.spec_from_file_location("todo", repository / "examples" / "python" / "todo.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_two_attachments_of_one_name_are_both_attached(repository):
    stored = []
    space = SimpleNamespace(
        upload_file=lambda file: SimpleNamespace(blob_id=file, key=b"k"),
        data=SimpleNamespace(set=lambda _path, item: stored.append(item)),
    )
    todo(repository).add(space, "Pay", "may/bill.pdf", "june/bill.pdf")
    assert [file["blob_id"] for file in stored[0]["files"]] == ["may/bill.pdf", "june/bill.pdf"]


def test_an_attachment_of_another_member_does_not_replace_the_keys_or_the_program(repository, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "todo.db").write_bytes(b"keys")
    replaced = []
    files = [{"name": name, "blob_id": "B", "key": "00"} for name in ("todo.db", "todo.py")]
    space = SimpleNamespace(
        data=SimpleNamespace(get=lambda _path: SimpleNamespace(json=lambda: {"files": files})),
        # As `download_file`: it replaces a file that exists.
        download_file=lambda _blob_id, _key, path: replaced.append(path),
    )
    todo(repository).save(space, "x")
    assert len(replaced) == 2
    assert not {Path(path).resolve() for path in replaced} & {tmp_path / "todo.db", tmp_path / "todo.py"}
