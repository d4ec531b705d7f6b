"""Sorts from tables typed in: what fits is taken, any slip is told with its place and never saved; nothing typed is lost; nobody else gets in."""

from __future__ import annotations

import http.client
import json
import os
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

import qmethod
from qmethod.errors import DataError, Fault
from qmethod_analysis.commands.cli import main
from qmethod_analysis.commands.spoken import told as spoken
from qmethod_analysis.entry import drafts, keeping, people, record
from qmethod_analysis.entry.desk import BadRequest, Desk, answer
from qmethod_analysis.entry.second import Settled, corrected, differences, settle
from qmethod_analysis.entry.server import HEADERS, MOST_BYTES, Server
from qmethod_analysis.entry.typed import empty, filled, numbers_in, slips, told, told_now, typed, values
from qmethod_studies.definition import Study, column_label
from qmethod_studies.loading import find, load
from tests.analysis.conftest import Qmethod, hashes
from tests.studies.made import study

LEADERSHIP = load(find("leadership"))
GRIDS = st.dictionaries(st.integers(-6, 6), st.integers(1, 6), min_size=2, max_size=9)
SEPARATORS = st.sampled_from([" ", ",", ", ", ";", "\t", "  ", ".", "\n", "\u060c"])

Columns = list[list[int]]


@st.composite
def boards(draw: st.DrawFn) -> tuple[Study, Columns]:
    """A study and a board of it: the numbers in each column, ascending."""
    some = study(draw(GRIDS))
    order = draw(st.permutations(range(1, len(some.ids) + 1)))
    columns, at = [], 0
    for places in some.capacity.values():
        columns.append(list(order[at : at + places]))
        at += places
    return some, columns


def lines(columns: Columns) -> tuple[str, ...]:
    return tuple(" ".join(map(str, numbers)) for numbers in columns)


def sort_of(some: Study, columns: Columns) -> tuple[float, ...]:
    of = {number: value for value, numbers in zip(some.columns, columns, strict=True) for number in numbers}
    return tuple(of[n] for n in range(1, len(some.ids) + 1))


def in_order(some: Study, turn: int = 0) -> Columns:
    """A board whose cards lie by number, from another one on for each turn."""
    n = len(some.ids)
    order = [(i + turn) % n + 1 for i in range(n)]
    return [[order.pop(0) for _ in range(places)] for places in some.capacity.values()]


# The board


@given(boards(), st.data())
def test_every_board_that_fits_is_taken_however_it_is_written(made: tuple[Study, Columns], data: st.DataObject) -> None:
    some, columns = made
    board = empty(some)
    for column in data.draw(st.permutations(range(len(columns)))):
        written = data.draw(SEPARATORS)
        for number in columns[column]:
            figures = data.draw(st.sampled_from([f"{number}", f"{number:03d}", f"{number}".translate({48 + i: 0x660 + i for i in range(10)})]))
            written += figures + data.draw(SEPARATORS)
        assert slips(board)  # until the last column is in
        board = typed(board, column, written)
    assert slips(board) == ()
    assert values(board) == sort_of(some, columns)


@given(boards(), st.data(), st.sampled_from(["missing", "doubled", "unknown", "moved"]))
def test_any_single_slip_is_told_with_its_place_and_is_no_sort(made: tuple[Study, Columns], data: st.DataObject, how: str) -> None:
    some, columns = made
    column = data.draw(st.integers(0, len(columns) - 1))
    place = data.draw(st.integers(0, len(columns[column]) - 1))
    number, here = columns[column][place], column_label(some.columns[column])
    others = [n for n in range(1, len(some.ids) + 1) if n != number]
    expected = {("missing", (), str(number))}
    if how == "missing":
        del columns[column][place]
        expected |= {("under", (column,), "")}
    elif how == "doubled":
        other = data.draw(st.sampled_from(others))
        where = next(i for i, numbers in enumerate(columns) if other in numbers)
        columns[column][place] = other
        expected |= {("doubled", tuple(dict.fromkeys(sorted((where, column)))), str(other))}
    elif how == "unknown":
        wrong = data.draw(st.sampled_from([0, len(some.ids) + 1, 999999]) | st.integers(len(some.ids) + 1, 10**9))
        columns[column][place] = wrong
        expected |= {("unknown", (column,), str(wrong))}
    else:
        other = data.draw(st.sampled_from([i for i in range(len(columns)) if i != column]))
        columns[other].append(columns[column].pop(place))
        expected = {("under", (column,), ""), ("over", (other,), "")}
    board = filled(some, lines(columns))
    found = slips(board)
    assert {(slip.kind, slip.columns, slip.number) for slip in found} == expected
    for slip in found:
        for at in slip.columns:
            assert column_label(some.columns[at]) in slip.message
        assert not slip.number or slip.number[:12] in slip.message
    assert any(here in said or "in no column" in said for said in told(found))
    with pytest.raises(ValueError, match="this board is no sort"):
        values(board)


@given(boards())
def test_while_a_sheet_without_a_slip_is_typed_nothing_is_said_to_be_wrong(made: tuple[Study, Columns]) -> None:
    some, columns = made
    board = empty(some)
    for column, numbers in enumerate(columns):
        for n in range(len(numbers)):
            board = typed(board, column, " ".join(map(str, numbers[: n + 1])))
            assert not [slip for slip in slips(board) if told_now(board, slip)]


@given(boards(), st.data())
def test_a_column_that_is_left_too_early_is_told_with_the_next_card(made: tuple[Study, Columns], data: st.DataObject) -> None:
    some, columns = made
    column = data.draw(st.integers(0, len(columns) - 2))
    later = data.draw(st.integers(column + 1, len(columns) - 1))
    board = filled(some, [lines(columns)[i] if i < column else "" for i in range(len(columns))])
    board = typed(board, column, " ".join(map(str, columns[column][:-1])))
    assert not [slip for slip in slips(board) if told_now(board, slip)]
    board = typed(board, later, str(columns[later][0]))
    told_of = [slip.columns for slip in slips(board) if told_now(board, slip) and slip.kind == "under"]
    assert told_of == ([(column,)] if len(columns[column]) > 1 else [])  # one that is empty was not begun


@given(st.text(max_size=200))
def test_whatever_is_typed_is_judged_and_never_a_crash(text: str) -> None:
    board = typed(empty(study()), 2, text)
    assert (not numbers_in(text)) == (slips(board) == slips(empty(study())))
    assert told(slips(board))


def test_numbers_longer_than_any_machine_takes_are_unknown() -> None:
    board = typed(empty(study()), 0, "9" * 1900)
    assert slips(board)[0].kind == "unknown"
    assert len(slips(board)[0].message) < 100


def test_a_free_distribution_wants_every_card_once_and_counts_no_column() -> None:
    free = study(distribution="free")
    board = filled(free, ("1 2 3 4 5 6 7 8", "", "", "", ""))
    assert told(slips(board)) == ["card 9 is in no column"]
    assert values(typed(board, 4, "9")) == (-2.0,) * 8 + (2.0,)


# The second typing


@given(boards(), st.data())
def test_two_typings_differ_where_they_do_and_what_is_settled_follows_the_grid(made: tuple[Study, Columns], data: st.DataObject) -> None:
    some, columns = made
    first = sort_of(some, columns)
    second = tuple(data.draw(st.permutations(first)))
    found = differences(some, first, second)
    assert {one.card - 1 for one in found} == {i for i in range(len(first)) if first[i] != second[i]}
    for take, expected in (("first", first), ("second", second)):
        choices = {one.card: (getattr(one, take), "seen on the sheet") for one in found}
        assert corrected(some, first, settle(some, found, choices)) == expected
    some_choices = {one.card: (data.draw(st.sampled_from([one.first, one.second])), "so") for one in found}
    try:
        sort = corrected(some, first, settle(some, found, some_choices))
    except DataError:
        return
    assert sorted(sort) == sorted(first)


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({}, "card 2: say which column it is"),
        ({2: (-1.0, " ")}, "card 2: give the reason"),
        ({2: (7.0, "so")}, "card 2: say which column it is"),
        ({2: (float("nan"), "so")}, "card 2: say which column it is"),
    ],
)
def test_nothing_is_settled_without_a_column_and_a_reason(choices: dict[int, tuple[float, str]], said: str) -> None:
    some = study()
    first = sort_of(some, in_order(some))
    second = (first[0], first[3], first[2], first[1], *first[4:])
    with pytest.raises(DataError, match=said):
        settle(some, differences(some, first, second), choices)


# The files


def desk(out: Path, some: Study | None = None, *, overwrite: bool = False) -> Desk:
    return Desk(some or study(), out, "en", overwrite, spoken)


def sent(columns: Columns, name: str = "ana", by: str = "AB", revision: int = 0, **more: Any) -> dict[str, Any]:
    return {"participant": name, "check": False, "by": by, "lines": list(lines(columns)), "answers": {}, "revision": revision, **more}


def test_a_board_that_is_not_whole_is_a_draft_and_no_sort(tmp_path: Path) -> None:
    here, some = desk(tmp_path / "sorts.csv"), study()
    columns = in_order(some)
    columns[1].pop()
    kept = answer(here, "type", sent(columns))
    assert kept["revision"] == 1
    assert not kept["whole"]
    refused = answer(here, "save", sent(columns, revision=1))
    assert "−1 has 1 card instead of 2" in refused["refused"]
    assert not here.out.exists()
    assert answer(here, "begin", {"participant": "ana", "by": "AB", "check": False})["lines"] == list(lines(columns))
    assert answer(here, "look", {})["drafts"] == [{"participant": "ana", "check": False, "by": "AB", "cards": 8}]
    saved = answer(here, "save", sent(in_order(some), revision=refused["revision"]))
    assert saved["saved"] == "Saved: ana, 9 cards."
    assert saved["drafts"] == []
    assert [path.name for path in tmp_path.iterdir()] != []
    assert {path.name for path in tmp_path.iterdir()} == {"sorts.csv", "sorts-entry.json"}
    data = qmethod.read(here.out)
    assert data.sorts[:, 0].tolist() == list(sort_of(some, in_order(some)))
    assert data.forced


def test_a_participant_twice_is_refused_before_and_after_typing(tmp_path: Path) -> None:
    here, some = desk(tmp_path / "sorts.csv"), study()
    answer(here, "save", sent(in_order(some)))
    before = hashes(tmp_path)
    assert "a sort of this participant is here" in answer(here, "begin", {"participant": " ana ", "by": "AB", "check": False})["refused"]
    refused = answer(here, "save", sent(in_order(some, 1)))["refused"]
    assert "--overwrite" in refused
    drafts.drop(here.out, "ana", check=False)
    assert hashes(tmp_path) == before
    answer(desk(here.out, overwrite=True), "save", sent(in_order(some, 1)))
    assert qmethod.read(here.out).sorts[:, 0].tolist() == list(sort_of(some, in_order(some, 1)))


def test_sorts_are_added_to_those_of_photographs_and_what_is_recorded_of_another_sort_counts_for_nothing(tmp_path: Path) -> None:
    from qmethod_analysis.tabletop.collecting import added, as_csv

    some, out = study(), tmp_path / "sorts.csv"
    out.write_bytes(as_csv(added(some, out, None, {"photo": sort_of(some, in_order(some, 2))}, overwrite=False)))
    here = desk(out)
    answer(here, "save", sent(in_order(some)))
    assert qmethod.read(out).participants == ("photo", "ana")
    kept = keeping.read(some, out)
    assert set(kept.lines) == {"ana"}
    out.write_bytes(as_csv(added(some, out, kept.data, {"ana": sort_of(some, in_order(some, 3))}, overwrite=True)))
    assert keeping.read(some, out).lines == {}
    assert answer(here, "look", {})["sorts"] == [{"participant": name, "typed": "", "checked": ""} for name in ("photo", "ana")]


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\nb", "a\0b", "a\u200bb"])
def test_names_that_no_file_of_sorts_can_hold_are_refused_before_anything_is_typed(name: str, tmp_path: Path) -> None:
    refused = answer(desk(tmp_path / "sorts.csv"), "begin", {"participant": name, "by": "AB", "check": False})["refused"]
    assert "participant id" in refused
    assert "--participant" not in refused
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_would_not_be_read_again_is_refused_before_anything_is_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> bytes:
        raise DataError([Fault("not read as it is meant", advice="Give other names with --participant.")])

    monkeypatch.setattr(keeping, "as_csv", refuse)
    refused = answer(desk(tmp_path / "sorts.csv"), "begin", {"participant": "ana", "by": "AB", "check": False})["refused"]
    assert "taken for something else" in refused
    assert "--participant" not in refused


@given(st.text(min_size=1, max_size=30))
def test_any_other_name_reaches_the_file_as_it_is(name: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        here, some = desk(Path(folder) / "sorts.csv"), study()
        begun = answer(here, "begin", {"participant": name, "by": "AB", "check": False})
        if "refused" in begun:
            assert list(Path(folder).iterdir()) == []
            return
        kept = answer(here, "type", sent(in_order(some), begun["participant"]))
        assert answer(here, "save", sent(in_order(some), begun["participant"], revision=kept["revision"]))["saved"]
        assert qmethod.read(here.out).participants == (name.strip(),)
        assert set(keeping.read(some, here.out).lines) == {name.strip()}
        assert all(path.parent == Path(folder) for path in Path(folder).rglob("*"))


def test_names_that_differ_in_capitals_or_signs_alone_have_drafts_of_their_own(tmp_path: Path) -> None:
    here, some = desk(tmp_path / "sorts.csv"), study()
    names = ["ana", "Ana", "ana!", "../ana", "Ána", "ana-check"]
    for turn, name in enumerate(names):
        answer(here, "type", sent(in_order(some, turn), name))
    for turn, name in enumerate(names):
        assert answer(here, "begin", {"participant": name, "by": "AB", "check": False})["lines"] == list(lines(in_order(some, turn)))
    files = list((tmp_path / "sorts-drafts").iterdir())
    assert len({path.name.lower() for path in files}) == len(names)


def test_two_windows_do_not_type_over_one_another(tmp_path: Path) -> None:
    here, some = desk(tmp_path / "sorts.csv"), study()
    answer(here, "type", sent(in_order(some)))
    answer(here, "type", sent(in_order(some, 1), revision=1))
    late = answer(here, "type", sent(in_order(some, 2), revision=1))
    assert "in another window too" in late["refused"]
    assert answer(here, "begin", {"participant": "ana", "by": "AB", "check": False})["lines"] == list(lines(in_order(some, 1)))
    assert "in another window too" in answer(here, "save", sent(in_order(some, 2), revision=1))["refused"]
    assert not here.out.exists()


@pytest.mark.parametrize("step", range(1, 12))
def test_whenever_the_machine_stops_there_is_the_sort_or_its_draft(step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step that changes the disk while a sort is saved fails once; what was there before is whole, and saving again ends well."""
    here, some = desk(tmp_path / "sorts.csv"), study()
    answer(here, "save", sent(in_order(some, 1), "ben"))
    answer(here, "type", sent(in_order(some)))
    n = 0

    def failing(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*words: Any, **more: Any) -> Any:
            nonlocal n
            n += 1
            if n == step:
                raise OSError(28, "No space left on device")
            return real(*words, **more)

        return call

    with monkeypatch.context() as patched:
        for name in ("fsync", "replace"):
            patched.setattr(os, name, failing(getattr(os, name)))
        said = answer(here, "save", sent(in_order(some), revision=1))
    data = qmethod.read(here.out)
    assert ("saved" in said) == ("ana" in data.participants and not drafts.folder_of(here.out).exists())
    assert "ben" in data.participants
    assert not list(tmp_path.rglob(".qmethod-*"))
    if "ana" not in data.participants:
        draft = drafts.find(some, here.out, "ana", check=False)
        assert draft is not None
        assert draft.lines == lines(in_order(some))
        answer(here, "save", sent(in_order(some), revision=draft.revision))
    keeping.clear(some, here.out)
    assert qmethod.read(here.out).participants == ("ben", "ana")
    assert set(keeping.read(some, here.out).lines) == {"ana", "ben"}
    assert not drafts.folder_of(here.out).exists()


FOREIGN = {
    "sorts.csv": ("statement,cy\nx1,0\nx2,1\nx3,-1\n", "their statements are others"),
    "sorts-entry.json": ("[1]", "no earlier record of typed sorts"),
    "sorts-drafts/x.json": ("{}", "damaged"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_files_of_others_are_left_alone(name: str, qmethod_command: Qmethod, tmp_path: Path) -> None:
    content, said = FOREIGN[name]
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text(content, encoding="utf-8")
    before = hashes(tmp_path)
    done = qmethod_command("enter", "leadership", "--terminal", "--overwrite")
    assert done.exit_code == 2
    assert said in done.stderr
    assert hashes(tmp_path) == before


def test_a_table_of_people_of_another_kind_is_left_alone(tmp_path: Path) -> None:
    here = desk(tmp_path / "sorts.csv", LEADERSHIP)
    people.file_of(here.out).write_text("participant,age\nana,44\n", encoding="utf-8")
    said = answer(here, "save", sent(in_order(LEADERSHIP), answers={"experience": "several"}))
    assert "no earlier table of people" in said["refused"]
    assert not here.out.exists()


def test_answers_are_those_the_study_takes(tmp_path: Path) -> None:
    questions = {
        "before": [{"id": "job", "type": "text", "label": "Job?"}, {"id": "age", "type": "number", "label": "Age?", "minimum": 16}],
        "after": [{"id": "why", "type": "text", "label": "Why?", "show_if": {"question": "age", "is": ["20"]}}],
    }
    some = study(questions=questions)
    here = desk(tmp_path / "sorts.csv", some)
    said = answer(here, "save", sent(in_order(some), answers={"age": "3"}))
    assert "Age?: this is less than 16" in said["refused"]
    assert not here.out.exists()
    given = {"age": "21", "job": "=1+1", "why": "unseen", "stranger": "x"}
    assert answer(here, "save", sent(in_order(some), revision=said["revision"], answers=given))["saved"]
    assert people.file_of(here.out).read_text(encoding="utf-8") == "participant,job,age,why\nana,'=1+1,21,\n"
    answer(here, "save", sent(in_order(some), "ben", answers={"job": 'a "b", c\nd'}))
    answer(here, "save", sent(in_order(some), "cy"))
    assert people.file_of(here.out).read_text(encoding="utf-8") == 'participant,job,age,why\nana,\'=1+1,21,\nben,"a ""b"", c\nd",,\n'


# The check


def test_a_second_person_finds_what_was_mistyped_and_the_record_says_so(tmp_path: Path) -> None:
    here, some = desk(tmp_path / "sorts.csv"), study()
    right, wrong = in_order(some), in_order(some)
    wrong[1][0], wrong[2][0] = right[2][0], right[1][0]
    answer(here, "save", sent(wrong))
    answer(here, "save", sent(right, "ben"))
    assert "typed this sort first" in answer(here, "begin", {"participant": "ana", "by": "ab", "check": True})["refused"]
    assert "no sort of this participant" in answer(here, "begin", {"participant": "cy", "by": "CD", "check": True})["refused"]
    begun = answer(here, "begin", {"participant": "ana", "by": "CD", "check": True})
    assert begun["lines"] == [""] * 5
    assert not any(column["cards"] for column in begun["columns"])
    found = answer(here, "save", sent(right, by="CD", check=True))
    assert [one["card"] for one in found["differences"]] == sorted([right[1][0], right[2][0]])
    assert keeping.read(some, here.out).lines["ana"].checked_by == ""
    choices = {str(one["card"]): {"kept": one["second"], "reason": "misread"} for one in found["differences"]}
    done = answer(here, "save", sent(right, by="CD", check=True, revision=found["revision"], settled=choices))
    assert done["saved"] == "Checked: ana, 2 differences settled, 2 of them wrong in the first typing."
    assert done["rate"].endswith("9 cards: 2 differences, 2 of them wrong in the first typing, an error rate of 22.2 %.")
    assert qmethod.read(here.out).sorts[:, 0].tolist() == list(sort_of(some, right))
    agreed = answer(here, "save", sent(right, "ben", by="CD", check=True))
    assert agreed["saved"] == "Checked: ben, both typings agree."
    assert "an error rate of 11.1 %" in agreed["rate"]
    filed = json.loads(record.file_of(here.out).read_text(encoding="utf-8"))
    assert filed["checked"] == {"sorts": 2, "cards": 18, "differences": 2, "first_typing_wrong": 2}
    assert [(one["typed_by"], one["checked_by"], len(one["differences"])) for one in filed["sorts"]] == [("AB", "CD", 2), ("AB", "CD", 0)]
    assert "has checked this sort already" in answer(here, "begin", {"participant": "ana", "by": "EF", "check": True})["refused"]


def test_where_the_first_typing_was_right_the_sort_stays(tmp_path: Path) -> None:
    here, some = desk(tmp_path / "sorts.csv"), study()
    answer(here, "save", sent(in_order(some)))
    before = here.out.read_bytes()
    found = answer(here, "save", sent(in_order(some, 1), by="CD", check=True))
    choices = {str(one["card"]): {"kept": one["first"], "reason": "slipped a line"} for one in found["differences"]}
    done = answer(here, "save", sent(in_order(some, 1), by="CD", check=True, revision=1, settled=choices))
    assert "0 of them wrong" in done["saved"]
    assert here.out.read_bytes() == before
    assert isinstance(keeping.read(some, here.out).lines["ana"].differences[0], Settled)


# The program behind the page


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(desk(tmp_path / "sorts.csv"), "AB")
    thread = threading.Thread(target=made.run)
    thread.start()
    yield made
    made.ended.set()
    thread.join(10)
    assert not thread.is_alive()


def request(server: Server, path: str, body: bytes | None = b"{}", method: str = "POST", **headers: str | None) -> tuple[int, bytes, dict[str, str]]:
    host = f"127.0.0.1:{server.server_port}"
    whole: dict[str, str | None] = {"Host": host, "Origin": f"http://{host}", "Content-Type": "application/json"}
    whole |= {name.replace("_", "-"): value for name, value in headers.items()}
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in whole.items():
            if value is not None:
                connection.putheader(name, value)
        if body is not None and "Content-Length" not in whole:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        reply = connection.getresponse()
        return reply.status, reply.read(), dict(reply.getheaders())
    finally:
        connection.close()


def test_the_page_keeps_to_itself(server: Server) -> None:
    assert server.server_address[0] == "127.0.0.1"
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{32}/", server.address)
    for name in ("", "enter.css", "enter.js"):
        status, content, headers = request(server, f"/{server.secret}/{name}", None, "GET")
        assert status == 200
        assert content
        assert HEADERS.items() <= headers.items()
        assert "http" not in content.decode().replace("qmethod", "")
    page = request(server, f"/{server.secret}/", None, "GET")[1].decode()
    assert not re.search(r"<script>|<style|style=|onclick|javascript:", page)


REFUSED: dict[str, tuple[dict[str, Any], int]] = {
    "no secret": ({"path": "/look"}, 404),
    "another secret": ({"path": "/" + "x" * 32 + "/look"}, 404),
    "a secret that is no ASCII": ({"path": "/%C3%A4/look"}, 404),
    "another name of this machine": ({"Host": "evil.example:80"}, 403),
    "another port": ({"Host": "127.0.0.1:1"}, 403),
    "no host": ({"Host": None}, 403),
    "a page of another site": ({"Origin": "https://evil.example"}, 403),
    "a page that hides where it is from": ({"Origin": "null"}, 403),
    "no page": ({"Origin": None}, 403),
    "a page of another port": ({"Origin": "http://127.0.0.1:1"}, 403),
    "a foreign page in the browser's own words": ({"Sec_Fetch_Site": "cross-site"}, 403),
    "a form": ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
    "text": ({"Content_Type": "text/plain"}, 415),
    "no JSON": ({"body": b"{"}, 400),
    "no object": ({"body": b"[]"}, 400),
    "deep nesting": ({"body": b"[" * 200_000}, 400),
    "no text": ({"body": b'{"participant": "\xff"}'}, 400),
    "too much": ({"Content_Length": str(MOST_BYTES + 1)}, 413),
    "endless": ({"Content_Length": "9" * 30}, 413),
    "of unknown length": ({"Content_Length": "-1"}, 411),
    "an unknown act": ({"path": "/{secret}/rm"}, 400),
    "a file elsewhere": ({"path": "/{secret}/../../etc/passwd", "method": "GET", "body": None}, 404),
}


@pytest.mark.parametrize("case", REFUSED)
def test_nobody_else_gets_in(case: str, server: Server, tmp_path: Path) -> None:
    how, expected = REFUSED[case]
    how = {"path": "/{secret}/look", **how}
    how["path"] = how["path"].replace("{secret}", server.secret)
    status, content, headers = request(server, **how)
    assert status == expected
    assert server.secret.encode() not in content
    assert HEADERS.items() <= headers.items()
    assert list(tmp_path.iterdir()) == []
    assert request(server, f"/{server.secret}/look")[0] == 200


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8), lambda it: st.lists(it, max_size=6))


@given(st.sampled_from(["look", "begin", "type", "save", "discard", "x"]), st.data())
def test_odd_requests_are_refused_without_a_crash(act: str, data: st.DataObject) -> None:
    import tempfile

    whole: dict[str, Any] = sent(in_order(study()))
    for key in data.draw(st.lists(st.sampled_from([*whole, "settled"]), min_size=1, max_size=3)):
        whole[key] = data.draw(JSON | st.dictionaries(st.text(max_size=4), JSON, max_size=3))
    with tempfile.TemporaryDirectory() as folder:
        here = desk(Path(folder) / "sorts.csv")
        try:
            said = answer(here, act, whole)
        except BadRequest:
            return
        json.dumps(said)
        if here.out.exists():
            assert qmethod.read(here.out).sorts.shape == (9, 1)


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_whoever_stops_the_program_loses_nothing_that_was_kept(how: signal.Signals, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "qmethod", "enter", "leadership", "--no-browser"]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        assert select.select([running.stderr], [], [], 60)[0]
        found = re.search(r"http://127\.0\.0\.1:(\d+)/([\w-]+)/", running.stderr.readline())
        assert found is not None
        host = f"127.0.0.1:{found[1]}"
        connection = http.client.HTTPConnection(host, timeout=20)
        body = json.dumps(sent(in_order(LEADERSHIP)))
        connection.request("POST", f"/{found[2]}/type", body, {"Origin": f"http://{host}", "Content-Type": "application/json"})
        assert json.loads(connection.getresponse().read())["whole"]
        began = time.monotonic()
        running.send_signal(how)
        out, _ = running.communicate(timeout=30)
    if how != signal.SIGKILL:
        assert time.monotonic() - began < 10
        assert running.returncode == 0
        assert "No sort was saved.\nBegun and not saved: ana. What was typed is kept in sorts-drafts." in out
    draft = drafts.find(LEADERSHIP, tmp_path / "sorts.csv", "ana", check=False)
    assert draft is not None
    assert draft.lines == lines(in_order(LEADERSHIP))


# The terminal


def piped(*typed_lines: str, words: tuple[str, ...] = ()) -> Result:
    given = "".join(f"{line}\n" for line in typed_lines)
    return CliRunner().invoke(main, ["enter", "leadership", "--terminal", *words], input=given, catch_exceptions=False, prog_name="qmethod")


def test_sorts_come_from_a_pipe_and_are_analysed(qmethod_command: Qmethod) -> None:
    for turn in range(0, 42, 6):
        done = piped("AB", f"p{turn}", *lines(in_order(LEADERSHIP, turn)))
        assert done.exit_code == 0, done.output
    data = qmethod.read("sorts.csv")
    assert data.sorts.T.tolist() == [list(sort_of(LEADERSHIP, in_order(LEADERSHIP, turn))) for turn in range(0, 42, 6)]
    made = qmethod_command("analyse", "sorts.csv", "-k", 2, "--no-retention", "--out", "made")
    assert made.exit_code == 0, made.output
    told = json.loads(piped("p0", *lines(in_order(LEADERSHIP)), "", words=("--by", "CD", "--check", "--json")).stdout.split("\n", 0)[0])
    assert told["participants"] == ["p0"]
    assert told["checked"]["sorts"] == 1


@pytest.mark.parametrize(
    ("at", "line", "said"),
    [
        (0, "1 2 3", "standard input:3: −4 has 3 cards instead of 2"),
        (0, "1", "standard input:3: −4 has 1 card instead of 2"),
        (2, "1 8 9 10 11", "standard input:5: card 1 is typed twice: in −4 and in −2"),
        (8, "41 43", "standard input:11: '43' in +4 is no number of a card"),
    ],
)
def test_a_wrong_line_of_a_pipe_is_named_and_the_sorts_before_it_are_kept(at: int, line: str, said: str, qmethod_command: Qmethod) -> None:
    assert piped("AB", "first", *lines(in_order(LEADERSHIP, 1))).exit_code == 0
    wrong = list(lines(in_order(LEADERSHIP)))
    wrong[at] = line
    done = piped("AB", "ana", *wrong)
    assert done.exit_code == 2
    assert said in done.stderr
    assert qmethod.read("sorts.csv").participants == ("first",)
    assert drafts.find(LEADERSHIP, Path("sorts.csv"), "ana", check=False) is not None
    assert piped("AB", "ana", *lines(in_order(LEADERSHIP))).exit_code == 0
    assert qmethod.read("sorts.csv").participants == ("first", "ana")


def test_the_same_pipe_again_changes_nothing_and_another_sort_is_refused(qmethod_command: Qmethod, tmp_path: Path) -> None:
    assert piped("AB", "ana", *lines(in_order(LEADERSHIP))).exit_code == 0
    before = hashes(tmp_path)
    assert piped("AB", "ana", *lines(in_order(LEADERSHIP))).exit_code == 0
    assert hashes(tmp_path) == before
    refused = piped("AB", "ana", *lines(in_order(LEADERSHIP, 1)))
    assert refused.exit_code == 2
    assert "a sort of this participant is here" in refused.stderr
    assert hashes(tmp_path).items() > before.items()  # the new one is a draft
    assert piped("AB", "ana", *lines(in_order(LEADERSHIP, 1)), words=("--overwrite",)).exit_code == 0
    assert qmethod.read("sorts.csv").sorts[:, 0].tolist() == list(sort_of(LEADERSHIP, in_order(LEADERSHIP, 1)))


def test_an_input_that_ends_within_a_sort_gives_none(qmethod_command: Qmethod) -> None:
    done = piped("AB", "ana", *lines(in_order(LEADERSHIP))[:5])
    assert done.exit_code == 2
    assert "ends within this sort" in done.stderr
    assert not Path("sorts.csv").exists()


def test_answers_are_asked_for_in_the_terminal_where_that_is_wanted(qmethod_command: Qmethod) -> None:
    n = sum(question.answerable for question in LEADERSHIP.questions)
    done = piped("AB", "ana", *lines(in_order(LEADERSHIP)), "1", *[""] * n, words=("--answers",))
    assert done.exit_code == 0, done.stderr
    _, row = people.file_of(Path("sorts.csv")).read_text(encoding="utf-8").splitlines()
    [experience] = [question for question in LEADERSHIP.questions if question.id == "experience"]
    assert next(iter(experience.option_texts("en").values())) in row


@pytest.mark.skipif(os.name == "nt", reason="terminals of Unix")
def test_at_a_terminal_a_slip_is_asked_again_and_one_can_go_back(tmp_path: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "qmethod", "enter", "leadership", "--terminal", "--by", "AB"]
    right = lines(in_order(LEADERSHIP))
    with subprocess.Popen(words, cwd=tmp_path, stdin=theirs, stdout=theirs, stderr=theirs) as running:
        os.close(theirs)
        seen = ""

        def until(what: str) -> None:
            nonlocal seen
            end = time.monotonic() + 60
            while what not in seen:
                assert time.monotonic() < end, seen
                if select.select([ours], [], [], 1)[0]:
                    seen += os.read(ours, 65536).decode()
            seen = seen.partition(what)[2]

        def say(line: str) -> None:
            os.write(ours, f"{line}\n".encode())

        until("Participant")
        say("ana")
        until("−4 (2 cards)")
        say("1 3")  # 3 is a slip that shows only when it comes again
        until("3 ")
        until("−3 (4 cards)")
        say(right[1])
        until("card 3 is typed twice: in −4 and in −3")
        until("−3 (4 cards)")
        say("b")
        until("−4 (2 cards) [1 3]")
        say(right[0])
        until("−3 (4 cards)")
        say(right[1])
        for line in right[2:]:
            until(" card")
            until("]: " if "[" in seen else ": ")
            say(line)
        until("Saved: ana, 42 cards.")
        until("Participant")
        say("")
        until("Written")
        running.wait(30)
    os.close(ours)
    assert running.returncode == 0
    assert qmethod.read(tmp_path / "sorts.csv").sorts[:, 0].tolist() == list(sort_of(LEADERSHIP, in_order(LEADERSHIP)))
