"""Recorded answers of the published server, and those of ours to the same requests."""

from importlib import import_module

import pytest
from conftest import ADMIN, MAX_BLOB, TOKEN_SECRET
from recordings.differences import DIFFERENCES, DOCUMENT, difference, document
from recordings.row import Row, family, recorded, request_line
from recordings.stage import Stage

GROUPS = tuple(dict.fromkeys(row.group for row in recorded()))


@pytest.fixture(scope="module")
def answers(server):
    """Plays a group when its first row is asked for."""
    import httpx

    played = {}
    with httpx.Client(base_url=server.url, timeout=10) as http:
        stage = Stage(http, TOKEN_SECRET, ADMIN, MAX_BLOB)

        def of(group: str) -> dict:
            if group not in played:
                played[group] = import_module(f"recordings.{group}").play(stage)
            return played[group]

        yield of


def test_every_recorded_row_is_known():
    assert len(recorded()) == 307
    assert len({(row.group, row.case) for row in recorded()}) == 307


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_is_played_in_its_recorded_order(answers, group):
    assert list(answers(group)) == [row.case for row in recorded() if row.group == group]


@pytest.mark.parametrize("row", recorded(), ids=str)
def test_an_answer_is_the_recorded_one_or_differs_as_the_table_says(answers, row: Row):
    ours = answers(row.group)[row.case]
    assert request_line(ours) == row.request, "another request was recorded"
    expected = difference(row)
    if expected is None:
        assert row.differences(ours) == []
        return
    content_type = family(ours.headers.get("content-type"))
    assert (ours.status_code, content_type) == (expected.status, expected.content_type), ours.text
    if expected.keys is not None:
        assert ours.json().keys() - {"details"} == expected.keys
    assert row.differences(ours) != [], "the table lists a row that does not differ"


def test_the_table_names_recorded_rows_only():
    assert DIFFERENCES.keys() <= {(row.group, row.case) for row in recorded()}


def test_the_page_about_differences_is_the_table():
    assert DOCUMENT.read_text() == document(), "run `python -m recordings.differences` in testing/interop"
