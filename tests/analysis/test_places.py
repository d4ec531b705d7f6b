"""What commands read and where they write: pipes, names of all kinds, and one rule for what is there already."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

import qmethod
from qmethod_analysis.commands.cli import main
from qmethod_studies.store import DEFAULT_URL
from tests.analysis.calls import FEW, QUICK, READ_SORTS, SWEPT, in_shape, started
from tests.analysis.conftest import LIPSET, Qmethod, hashes

# Pipes in


def from_pipe(content: bytes, *words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], input=content, catch_exceptions=False, prog_name="qmethod")


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[Callable[[bytes], Path]]:
    """A pipe that brings its content once."""
    writers = []

    def make(content: bytes) -> Path:
        path = tmp_path / f"pipe-{len(writers)}"
        os.mkfifo(path)
        writers.append(threading.Thread(target=path.write_bytes, args=(content,), daemon=True))
        writers[-1].start()
        return path

    yield make
    for writer in writers:
        writer.join(10)


@pytest.mark.parametrize("command", READ_SORTS)
def test_sorts_come_through_a_pipe_as_from_a_file(command: str, place: Qmethod, pipe: Callable[[bytes], Path]) -> None:
    content = Path("sorts.csv").read_bytes()
    more = READ_SORTS[command]

    def plain(result: Result) -> Any:
        assert result.exit_code == 0, result.output
        found = json.loads(result.stdout)
        for key in ("file", "folder", "written", "removed", "set_aside"):
            found.pop(key, None)
        found.get("solution", {}).get("data", {}).pop("source", None)
        return found

    def out(name: str) -> tuple[str, ...]:
        return ("--out", name) if command == "analyse" else ()

    wanted = plain(place(command, "sorts.csv", *more, "--json", *out("a")))
    assert plain(from_pipe(content, command, "-", *more, "--json", *out("b"))) == wanted
    assert plain(place(command, pipe(content), *more, "--json", *out("c"))) == wanted


def test_an_analysis_of_what_came_through_a_pipe_can_be_repeated(place: Qmethod, pipe: Callable[[bytes], Path]) -> None:
    ids = qmethod.read("sorts.csv").statements
    wording = b"id,text\n" + b"".join(f"{name},Text of {name}\n".encode() for name in ids)
    done = from_pipe(Path("sorts.csv").read_bytes(), "analyse", "-", "-k", 2, "--statements", pipe(wording), "--out", "piped", *QUICK)
    assert done.exit_code == 0, done.output
    assert Path("piped/input/stdin.csv").read_bytes() == Path("sorts.csv").read_bytes()
    assert str(Path().resolve()) not in Path("piped/analysis.toml").read_text()
    Path("sorts.csv").unlink()
    before = hashes(Path("piped"))
    assert place("run", "piped").exit_code == 0
    assert hashes(Path("piped")) == before
    assert f"Text of {ids[0]}" in Path("piped/report.html").read_text(encoding="utf-8")
    several = from_pipe(LIPSET.read_bytes(), "analyse", "-", "-k", "1..2", "--out", "several", *QUICK)
    assert several.exit_code == 0, several.output
    assert place("run", "several/2-factors").exit_code == 0


def test_faults_of_what_came_through_a_pipe_name_it(qmethod_command: Qmethod) -> None:
    for content, said in ((b"", "standard input: nothing came"), (b"statement,p1,p2\ns1,1,2\ns2,x,y\ns3,1,1\n", "standard input:")):
        result = from_pipe(content, "inspect", "-")
        assert said in in_shape(result)[0]
        assert "tmp" not in result.stderr
    assert "through a pipe can be read once" in from_pipe(LIPSET.read_bytes(), "analyse", "-", "-k", 2, "--stream").stderr
    assert list(Path().iterdir()) == []


@pytest.mark.skipif(not Path("/dev/stdin").exists(), reason="needs /dev/stdin")
@pytest.mark.parametrize("name", ["-", "/dev/stdin", "/dev/fd/0"])
def test_standard_input_has_its_other_names(name: str, tmp_path: Path) -> None:
    with LIPSET.open("rb") as opened:
        for given in (opened, subprocess.PIPE):
            with started("inspect", name, "--json", cwd=tmp_path, stdin=given) as running:
                out, err = running.communicate(LIPSET.read_bytes() if given == subprocess.PIPE else None, timeout=60)
            assert (running.returncode, err) == (0, b"")
            assert json.loads(out)["n_sorts"] == 9


def test_people_come_through_a_pipe_too(place: Qmethod) -> None:
    done = from_pipe(b"participant,group\nann,1\nbob,2\n", "invite", "demo", "--participants", "-", "--out", "links.csv")
    assert done.exit_code == 0, done.output
    assert "standard input: 2 participants" in done.stdout
    assert "group" in Path("links.csv").read_text().splitlines()[0]
    refused = from_pipe(b"participant\nann\n", "invite", "demo", "--participants", "-", "--out", "more.csv")
    assert "standard input: 1 of 1 participant has a personal link already" in in_shape(refused)[0]


# Names


def exported(command: Qmethod) -> None:
    assert command("simulate", "leadership", "-n", 12, "--database", DEFAULT_URL).exit_code == 0
    assert command("export", "LEADERSHIP", "--include-simulated", "--out", "data").exit_code == 0


def test_the_folder_of_an_export_is_sorts_and_a_study_for_every_command(place: Qmethod) -> None:
    exported(place)
    assert place("analyse", "data", "-k", 2, *QUICK).exit_code == 0
    assert Path("data-analysis/analysis.toml").is_file()
    for words in (
        ("inspect", "data"),
        ("retain", "data"),
        ("multiverse", "data", "-k", 2, *FEW),
        ("partition", "data", "-k", 2, *SWEPT),
        ("classify", "data", "data-analysis"),
    ):
        assert place(*words).exit_code == 0, words
    for words in (
        ("study", "check", "data"),
        ("compare", "data-analysis", "data"),
        ("classify", "data", "data"),
        ("report", "data-analysis", "--study", "data", "--formats", "md"),
        ("publish", "data-analysis", "--study", "data", "--out", "site"),
        ("publish", "data-analysis=data", "--out", "site"),
        ("simulate", "data", "--out", "drawn.csv"),
        ("invite", "data", "--links", 1, "--out", "links.csv"),
        ("export", "data", "--include-simulated", "--out", "data"),
    ):
        result = place(*words)
        assert result.exit_code == 0, (words, result.output)


def test_names_of_studies_that_ship_are_found_in_any_letters(place: Qmethod, monkeypatch: pytest.MonkeyPatch) -> None:
    server = SimpleNamespace(port=1, run=lambda: None, close=lambda: None)
    monkeypatch.setattr("qmethod_webform.listening.Listener", lambda *_arguments, **_options: server)
    assert place("analyse", "CLIMATE", "-k", 2, *QUICK).exit_code == 0
    assert 'study = "climate"' in Path("climate-analysis/analysis.toml").read_text()
    place("simulate", "Leadership", "-n", 12, "--out", "drawn.csv")
    assert place("analyse", "drawn.csv", "-k", 2, "--study", "Leadership", *QUICK).exit_code == 0
    for words in (
        *(("inspect", "Climate"), ("study", "check", "LEADERSHIP"), ("serve", "Leadership"), ("compare", "drawn-analysis", "Leadership")),
        *(("classify", "drawn.csv", "LeaderShip"), ("run", "drawn-analysis"), ("report", "drawn-analysis", "--study", "NONE", "--formats", "md")),
        ("invite", "Leadership", "--links", 1, "--out", "links.csv"),
    ):
        result = place(*words)
        assert result.exit_code == 0, (words, result.output)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("inspect", "analysis"), "this is the folder of an analysis, and sorts are wanted"),
        (("retain", "park"), "this is the folder of a study, which holds no sorts"),
        (("study", "check", "analysis"), "this is the folder of an analysis, and a study is wanted"),
        (("compare", "park", "analysis"), "has no reference viewpoints"),
        (("report", "sorts.csv"), "this is a file, and the folder of an analysis is wanted"),
        (("report", "park"), "there is no analysis in this folder"),
        (("publish", "analysis", "park", "--study", "leadership", "--out", "s"), "write ANALYSIS=STUDY"),
        (("inspect", "climat"), "Did you mean climate?"),
        (("study", "check", "leadersip"), "Did you mean leadership?"),
        (("analyse", "sorts.csv", "-k", 2, "--rotation", "varimx"), "Did you mean varimax?"),
        (("analyse", "sorts.csv", "-k", 2, "--factor", 3), "'--factors', '--reflection'?"),
        (("retian", "sorts.csv"), "Did you mean retain?"),
        (("inspect", "sorts.csv", "--layout", "statement-in-rows"), "Did you mean statements-in-rows?"),
    ],
)
def test_what_is_named_in_the_wrong_place_is_told_what_it_is(words: tuple[object, ...], said: str, place: Qmethod) -> None:
    place("study", "new", "park")
    assert said.lower() in "\n".join(in_shape(place(*words))).lower()


# Writing


WRITERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "analyse": (("sorts.csv", "-k", "2", *QUICK), ("sorts.csv", "-k", "1", *QUICK)),
    "run": (("analysis",), ("other",)),
    "multiverse": (("sorts.csv", "-k", "2", *FEW), ("sorts.csv", "-k", "1", *FEW)),
    "partition": (("sorts.csv", "-k", "2", *SWEPT), ("sorts.csv", "-k", "2", *SWEPT, "--seed", "2")),
    "publish": (("analysis",), ("other",)),
    "export": (("demo",), ("leadership", "--include-simulated")),
    "classify": (("sorts.csv", "analysis"), ("sorts.csv", "other")),
    "simulate": (("leadership", "-n", "8", "--seed", "1"), ("leadership", "-n", "8", "--seed", "2")),
    "sheet": (("analysis",), ("other",)),
}
FILES = ("classify", "simulate", "sheet")


@pytest.mark.parametrize("called", WRITERS)
def test_one_rule_for_writing_where_something_is(called: str, place: Qmethod) -> None:
    place("analyse", "sorts.csv", "-k", 1, "--out", "other", *QUICK)
    place("simulate", "leadership", "-n", 12, "--database", DEFAULT_URL)
    same, different = WRITERS[called]
    target = "x.csv" if called in FILES else "x"

    def state() -> dict[str, str]:
        whole = {name: digest for name, digest in hashes(Path()).items() if name.startswith("x")}
        return {name: digest for name, digest in whole.items() if not name.endswith(("README.txt", "study.json"))}

    for _ in range(2):
        assert (done := place(called, *same, "--out", target)).exit_code == 0, done.output
    first = state()
    lines = in_shape(place(called, *different, "--out", target))
    assert re.fullmatch(r"qmethod: \S+: an earlier [\w ]+ is here, by other choices; nothing was written", lines[0])
    assert "add --overwrite" in "\n".join(lines)
    assert state() == first
    assert (done := place(called, *different, "--out", target, "--overwrite")).exit_code == 0, done.output
    assert state() != first
    if called not in FILES:
        Path("mine").mkdir()
    mine = Path("mine.csv") if called in FILES else Path("mine/diary.txt")
    mine.write_text("dear diary")
    for more in ((), ("--overwrite",)):
        lines = in_shape(place(called, *same, "--out", "mine.csv" if called in FILES else "mine", *more))
        assert re.search(r"what is here( \(diary\.txt\))? is no earlier [\w ]+; nothing was written", lines[0])
        assert mine.read_text() == "dear diary"
        assert [path for path in Path().glob("mine*/*") if path != mine] == []


def test_a_recipe_repeated_in_its_place_keeps_the_words_of_the_author(place: Qmethod) -> None:
    Path("analysis/report.toml").write_text('title = "Whose words"\n[viewpoints.f1]\nname = "Kept <name>"\n', encoding="utf-8")
    assert place("report", "analysis", "--formats", "html").exit_code == 0
    assert place("run", "analysis").exit_code == 0
    page = Path("analysis/report.html").read_text(encoding="utf-8")
    assert "Whose words" in page
    assert "Kept &lt;name&gt;" in page


@pytest.mark.parametrize("called", [("backup", "demo"), ("invite", "demo", "--links", "2")])
def test_what_differs_each_time_is_not_said_to_be_of_other_choices(called: tuple[str, ...], place: Qmethod) -> None:
    assert place(*called, "--out", "x").exit_code == 0
    lines = in_shape(place(*called, "--out", "x"))
    assert re.fullmatch(r"qmethod: x: an earlier [\w ]+ is here; nothing was written", lines[0])
    assert "add --overwrite" in lines[-1]
