"""The programs to start from, as a user runs them."""

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from reeeductio import LocalMessageStore, Space
from reeeductio.crypto import encode_base64


@pytest.fixture
def run(repository, tmp_path):
    """Runs an example in a fresh folder, to its end."""

    def run(program, *arguments, typed="", exit_code=0):
        file = repository / "examples" / "python" / program
        done = subprocess.run(
            [sys.executable, file, *arguments], cwd=tmp_path, input=typed, capture_output=True, text=True, check=False
        )
        assert done.returncode == exit_code, done.stderr
        return done

    return run


@pytest.fixture
def ann(run, server, tmp_path):
    """The keys of somebody who has made a space."""
    run("chat.py", "new", "ann.db", "--url", server.url)
    return tmp_path / "ann.db"


def opened(file):
    return Space.reopen(LocalMessageStore(file))


def test_two_share_a_list_and_see_each_other_change_it(run, server, repository, tmp_path, monkeypatch):
    todo = repository / "examples" / "python" / "todo.py"
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "lamp.jpg").write_bytes(os.urandom(100_000))
    link = run("todo.py", "new", server.url).stdout
    assert link.startswith(server.url)
    monkeypatch.setenv("TODO_DB", "ben.db")
    run("todo.py", "join", typed=link)
    with subprocess.Popen([sys.executable, todo, "show"], cwd=tmp_path, stdout=subprocess.PIPE, text=True) as shown:
        monkeypatch.delenv("TODO_DB")
        run("todo.py", "add", "Buy a \x1b[2Jlamp", "shop/lamp.jpg")
        line = shown.stdout.readline()
        item, _, text = line.partition(" ")
        assert text == "[ ] Buy a [2Jlamp lamp.jpg\n"
        run("todo.py", "done", item)
        assert shown.stdout.readline() == line.replace("[ ]", "[x]")
        monkeypatch.setenv("TODO_DB", "ben.db")
        run("todo.py", "save", item)
        saved = tmp_path / f"todo-{item}" / "lamp.jpg"
        assert saved.read_bytes() == (tmp_path / "shop" / "lamp.jpg").read_bytes()
        run("todo.py", "add", "Hang it up")
        assert "[ ] Hang it up" in shown.stdout.readline()
        shown.send_signal(signal.SIGINT)
    assert shown.returncode == 130
    monkeypatch.setenv("TODO_DB", "eve.db")
    assert "as many guests" in run("todo.py", "join", typed=link, exit_code=1).stderr
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("*.db")} == {0o600}


def test_a_list_that_could_not_be_made_is_made_by_the_next_call(run, server, tmp_path, monkeypatch):
    assert "transport.connect" in run("todo.py", "new", "http://127.0.0.1:1", exit_code=1).stderr
    assert list(tmp_path.iterdir()) == []
    run("todo.py", "new", server.url)
    run("todo.py", "add", "Buy a lamp")
    assert "is there already" in run("todo.py", "new", server.url, exit_code=1).stderr
    run("todo.py", "add", "Hang it up")


@pytest.fixture
def todo_list(run, server, tmp_path):
    """A list of somebody, with one item: its handle and the link."""
    link = run("todo.py", "new", server.url).stdout
    with opened(tmp_path / "todo.db") as space:
        yield space, link


def test_mistakes_are_told_in_a_line(run, todo_list, tmp_path):
    space, _ = todo_list
    for words, told in {
        ("done", "nosuch"): "there is no such item",
        ("save", "nosuch"): "there is no such item",
        ("add", "Buy a lamp", "lamp.jpg"): "lamp.jpg",
        ("join",): "EOF",
        ("add",): "A to-do list for two",
    }.items():
        failed = run("todo.py", *words, exit_code=1).stderr
        assert told in failed
        assert "Traceback" not in failed
    assert space.data.list() == []


def test_what_is_not_an_item_does_not_end_the_list(run, repository, todo_list, tmp_path):
    space, _ = todo_list
    wrong = {"a": "no JSON", "b": ["a list"], "c": {"title": 1}, "d": {"title": "x", "files": [{}]}, "e": {}}
    for name, content in wrong.items():
        space.data.set(f"items/{name}", content)
    space.set_plaintext_data("items/f", b"{}")
    space.data.set("items/g", {"title": "last"})
    todo = repository / "examples" / "python" / "todo.py"
    with subprocess.Popen([sys.executable, todo, "show"], cwd=tmp_path, stdout=subprocess.PIPE, text=True) as shown:
        lines = sorted(shown.stdout.readline() for _ in range(7))
        space.data.delete("items/g")
        lines.append(shown.stdout.readline())
        shown.send_signal(signal.SIGINT)
    assert lines == [*(f"{name} (not readable)\n" for name in "abcdef"), "g [ ] last\n", "g [ ] (removed)\n"]
    assert shown.returncode == 130


def test_the_link_of_a_list_expires_within_a_day(todo_list):
    space, _ = todo_list
    (tool,) = space.list_tools()
    definition = json.loads(space.get_plaintext_state(f"auth/tools/{tool}"))
    in_hours = (definition["expires_at"] / 1000 - time.time()) / 3600
    assert 23 < in_hours <= 24.1


def test_the_list_for_two_takes_under_60_lines(repository):
    lines = (repository / "examples" / "python" / "todo.py").read_text().splitlines()
    assert len([line for line in lines if line.strip() and not line.strip().startswith("#")]) < 60


@pytest.fixture
def talk(repository, tmp_path):
    """Starts the chat of somebody; the test ends it by closing what it types."""

    def talk(file, name):
        chat = repository / "examples" / "python" / "chat.py"
        command = [sys.executable, chat, "talk", file, "--name", name]
        return subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    return talk


def test_a_guest_joins_and_both_hear_each_other(run, ann, talk):
    link = run("chat.py", "invite", "ann.db").stdout
    run("chat.py", "join", "bob.db", typed=link)
    with talk("ann.db", "Ann") as listening:
        run("chat.py", "talk", "bob.db", "--name", "Bob", typed="hello\n")
        assert listening.stdout.readline().endswith(": hello\n")
        listening.stdin.write("hi Bob\n")
        listening.stdin.close()
        listening.stdout.read()
    assert listening.returncode == 0
    again = run("chat.py", "talk", "bob.db").stdout
    assert [line.split(": ")[-1] for line in again.splitlines()] == ["hello", "hi Bob"]


def test_a_chat_that_starts_while_others_talk_loses_nothing(run, ann, talk, pytestconfig):
    starts = pytestconfig.getoption("starts")
    stopped = threading.Event()

    def write():
        with opened(ann) as space:
            topic, number = space.topic("chat"), 0
            while not stopped.is_set():
                topic.post("chat.text", {"from": "writer", "text": f"{number}"})
                number += 1
            topic.post("chat.text", {"from": "writer", "text": "end"})
        return number

    run("chat.py", "join", "bob.db", typed=run("chat.py", "invite", "ann.db").stdout)
    with ThreadPoolExecutor() as threads:
        writing = threads.submit(write)
        shown = []
        try:
            for _ in range(starts):
                with talk("bob.db", "Bob") as chat:
                    # The messages at the start, and those that come afterwards.
                    shown.append([number_of(chat.stdout.readline()) for _ in range(100)])
                    chat.stdin.close()
                    chat.stdout.read()
        finally:
            stopped.set()
        with talk("bob.db", "Bob") as last:
            shown.append([])
            while (number := number_of(last.stdout.readline())) != "end":
                shown[-1].append(number)
            last.stdin.close()
        last_number = writing.result() - 1
    for numbers in shown:
        assert numbers == [f"{number}" for number in range(int(numbers[0]), int(numbers[0]) + len(numbers))]
    assert shown[-1][-1] == f"{last_number}"


def number_of(line):
    assert line.endswith("\n"), "the chat has ended"
    return line.rstrip().rpartition(": ")[2]


def test_an_invitation_lets_one_guest_in(run, ann):
    link = run("chat.py", "invite", "ann.db").stdout
    run("chat.py", "join", "bob.db", typed=link)
    refused = run("chat.py", "join", "eve.db", typed=link, exit_code=1)
    assert refused.stderr.startswith("error: ")


def test_keys_are_for_this_user_only_and_never_replaced(run, ann):
    assert stat.S_IMODE(ann.stat().st_mode) == 0o600
    with opened(ann) as before:
        assert "is there already" in run("chat.py", "new", "ann.db", exit_code=1).stderr
        with opened(ann) as after:
            assert after.space_id == before.space_id


def test_keys_that_are_missing_are_asked_for_and_no_file_is_made(run, tmp_path):
    assert "Make a space" in run("chat.py", "talk", "ann.db", exit_code=1).stderr
    assert "Make a space" in run("backup.py", "list", "ann.db", exit_code=2).stderr
    assert list(tmp_path.iterdir()) == []


def test_what_others_say_does_not_steer_the_terminal(run, ann):
    with opened(ann) as space:
        space.post_encrypted_message("chat", "chat.text", json.dumps({"from": "x", "text": "\x1b[2J"}).encode())
        space.post_message("chat", "chat.text", b"not sealed")
    shown = run("chat.py", "talk", "ann.db").stdout
    assert "\x1b" not in shown
    assert len(shown.splitlines()) == 2


def test_a_folder_is_saved_and_restored(run, ann, tmp_path):
    folder = tmp_path / "folder"
    (folder / "below").mkdir(parents=True)
    (folder / "large").write_bytes(os.urandom(3 << 20))
    (folder / "below" / "ä b.txt").write_text("text")
    assert run("backup.py", "save", "ann.db", "folder").stderr.count("\n") == 3
    (folder / "below" / "ä b.txt").write_text("another text")
    (folder / "empty").touch()
    again = run("backup.py", "save", "ann.db", "folder").stderr
    assert "large" not in again, "what has not changed is not uploaded again"
    (folder / "large").unlink()
    run("backup.py", "save", "ann.db", "folder")
    run("backup.py", "restore", "ann.db", "restored")
    names = {path.relative_to(tmp_path / "restored").as_posix() for path in (tmp_path / "restored").rglob("*.*")}
    assert names == {"below/ä b.txt"}
    restored = tmp_path / "restored" / "below" / "ä b.txt"
    assert restored.read_text() == "another text"
    assert restored.stat().st_mtime_ns == (folder / "below" / "ä b.txt").stat().st_mtime_ns
    assert run("backup.py", "list", "ann.db").stdout.split() == ["12", "below/ä", "b.txt", "0", "empty"]


@pytest.mark.parametrize("path", ["../outside", "/tmp/outside", "below/../../outside"])
def test_a_restored_file_stays_in_its_folder(run, ann, path):
    entry = {"path": path, "size": 1, "modified_ns": 0, "blob_id": "B", "key": encode_base64(bytes(32))}
    with opened(ann) as space:
        space.post_encrypted_message("backup", "backup.stored", json.dumps(entry).encode())
    assert "outside the folder" in run("backup.py", "restore", "ann.db", "restored", exit_code=1).stderr
