"""Sorts from tables typed in: nothing typed is lost, a slip is never saved, and nobody else gets in."""

from __future__ import annotations

import contextlib
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
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qmethod
from qmethod.errors import DataError, Fault
from qmethod_analysis.entry import drafts, keeping, people, record
from qmethod_analysis.entry.desk import BadRequest, answer
from qmethod_analysis.entry.second import Settled
from qmethod_analysis.entry.server import HEADERS, MOST_BYTES, Server
from tests.analysis.conftest import Qmethod, hashes
from tests.analysis.entering import LEADERSHIP, desk, in_order, lines, sent, sort_of
from tests.studies.made import study

# The files


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


def at_once(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, acts: list[Callable[[], Any]]) -> list[Any]:
    """What comes of two acts that both look at what is there before either writes, if nothing keeps them apart."""
    both, look = threading.Barrier(2), getattr(module, name)

    def looking(*given: Any, **named: Any) -> Any:
        found = look(*given, **named)
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(timeout=0.3)
        return found

    monkeypatch.setattr(module, name, looking)
    with ThreadPoolExecutor(2) as hands:
        return [one.result() for one in [hands.submit(act) for act in acts]]


def test_two_programs_that_save_at_once_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither sorts, nor records, nor answers."""
    here, some = desk(tmp_path / "new" / "sorts.csv", LEADERSHIP), LEADERSHIP
    question = next(one.id for one in some.questions if one.answerable and keeping.people.cleaned(some, {one.id: 40})[0])
    boards = {name: in_order(some, turn) for turn, name in enumerate(("ana", "ben"))}
    asked = [sent(board, name, answers={question: 40}) for name, board in boards.items()]
    made = at_once(monkeypatch, keeping, "read", [lambda one=one: answer(here, "save", one) for one in asked])  # type: ignore[misc]
    assert all("saved" in one for one in made)
    kept = keeping.read(some, here.out)
    assert {name: kept.sort_of(name) for name in kept.participants} == {name: sort_of(some, board) for name, board in boards.items()}
    assert set(kept.lines) == set(boards)
    assert people.file_of(here.out).read_text(encoding="utf-8").count("40") == 2


def test_of_two_windows_that_type_at_once_one_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, some = desk(tmp_path / "sorts.csv"), study()
    asked = [sent(in_order(some, turn)) for turn in (0, 1)]
    made = at_once(monkeypatch, drafts, "find", [lambda one=one: answer(here, "type", one) for one in asked])  # type: ignore[misc]
    assert sorted("refused" in one for one in made) == [False, True]


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
