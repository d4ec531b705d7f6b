"""What a hostile user types: refused alike by every option and argument of every command."""

from __future__ import annotations

import errno
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from qmethod.formats import putting
from qmethod_analysis.commands.exit_codes import ExitCode
from qmethod_analysis.commands.options import Named
from qmethod_analysis.folder import staging
from qmethod_studies import library
from qmethod_studies.store import DEFAULT_URL, Store
from tests.analysis.calls import CALLS, EVERY, FEW, in_shape, options
from tests.analysis.conftest import Qmethod

VALUED = [(called, name) for called, one in EVERY.items() for name, it in options(one).items() if not it.is_flag and not it.count]
ARGUMENTS = [(called, it) for called, one in EVERY.items() for it in one.params if isinstance(it, click.Argument)]


@pytest.mark.parametrize(("called", "name"), VALUED)
def test_an_empty_value_is_refused_by_every_option(called: str, name: str, qmethod_command: Qmethod) -> None:
    long = max(options(EVERY[called])[name].opts, key=len)
    for empty in ("", " "):
        lines = in_shape(qmethod_command(*called.split(), name, empty))
        assert lines[0] == f"qmethod: {long} is empty"
        assert lines[1].startswith("-> ")
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(("called", "argument"), ARGUMENTS, ids=lambda it: it if isinstance(it, str) else it.name)
def test_an_empty_argument_is_refused_by_every_command(called: str, argument: click.Argument, qmethod_command: Qmethod) -> None:
    before = [it for it in EVERY[called].params if isinstance(it, click.Argument)]
    words = ["x"] * before.index(argument) + [""] + ["x"] * (len(before) - before.index(argument) - 1)
    lines = in_shape(qmethod_command(*called.split(), *words))
    assert lines[0].endswith(" is empty")
    assert lines[0].removeprefix("qmethod: ").removesuffix(" is empty") in (argument.metavar or "")


@pytest.mark.parametrize(("called", "name"), VALUED)
def test_what_takes_one_value_is_given_once(called: str, name: str, qmethod_command: Qmethod) -> None:
    option = options(EVERY[called])[name]
    result = qmethod_command(*called.split(), name, "1", name, "2")
    assert result.exit_code == 2
    assert ("is given 2 times" in result.stderr) != option.multiple


@pytest.mark.parametrize("called", [called for called, it in ARGUMENTS if it.nargs == -1])
def test_nothing_is_named_twice(called: str, qmethod_command: Qmethod) -> None:
    params = EVERY[called].params
    before = ["x" for it in params if isinstance(it, click.Argument) and it.nargs == 1]
    needed = [word for it in params if isinstance(it, click.Option) and it.required for word in (it.opts[-1], "x")]
    lines = in_shape(qmethod_command(*called.split(), *before, "here", "here", *needed))
    assert lines[0].endswith(" is 'here' twice")


@pytest.mark.parametrize("called", [called for called, one in EVERY.items() if "--out" in options(one) and called != "backup"])
def test_no_file_is_called_like_standard_output(called: str, place: Qmethod) -> None:
    words = list(CALLS[called])
    if "--out" in words:
        at = words.index("--out")
        del words[at : at + 2]
    in_shape(place(*called.split(), *words, "--out", "-"))
    assert not Path("-").exists()


@pytest.mark.parametrize(
    ("words", "number"),
    [
        (("analyse", "sorts.csv", "-k", "1..1000000000"), "1000000000"),
        (("multiverse", "analysis", "--try-factors", "1..1000000000"), "1000000000"),
        (("analyse", "sorts.csv", "-k", "2..99999999999999999999"), "99999999999999999998"),
        (("analyse", "sorts.csv", "-k", "100000000", "--no-retention"), "100000000 factors asked for"),
        (("analyse", "sorts.csv", "-k", "99999999999999999999", "--no-retention"), "99999999999999999999 factors asked for"),
        (("multiverse", "sorts.csv", "-k", "100000000", *FEW), "100000000 factors asked for"),
    ],
)
def test_a_number_without_measure_is_refused_at_once_by_its_true_size(words: tuple[str, ...], number: str, place: Qmethod) -> None:
    assert number in in_shape(place(*words))[0]


@pytest.mark.skipif(sys.platform == "win32", reason="a shell that closes streams")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
@pytest.mark.parametrize("words", ["--version", "inspect climate", "inspect climate --json", "study schema", "frobnicate"])
def test_a_closed_stream_is_no_fault(words: str, closed: str, tmp_path: Path) -> None:
    done = subprocess.run(f'"{sys.executable}" -m qmethod {words} {closed}', shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == (2 if words == "frobnicate" else 0), done.stderr
    assert "Traceback" not in done.stderr


TO_A_DATABASE = {
    "invite": ("leadership", "--links", "1", "--out", "links.csv"),
    "simulate": ("leadership", "-n", "3"),
    "status": ("demo",),
    "responses list": ("demo",),
    "responses show": ("demo", "ann"),
    "responses withdraw": ("demo", "ann", "--yes"),
    "responses erase": ("demo", "ann", "--yes"),
    "export": ("demo", "--out", "export"),
    "backup": ("--out", "links.csv"),
    "serve": ("leadership", "--port", "0"),
}
assert {*TO_A_DATABASE} == {called for called, one in EVERY.items() if "--database" in options(one)}


@pytest.mark.parametrize("called", TO_A_DATABASE)
@pytest.mark.parametrize("why", ["no server", "read-only", "full"])
def test_a_database_that_the_machine_refuses_is_no_bad_input(
    called: str, why: str, qmethod_command: Qmethod, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full" if why == "full" else "attempt to write a readonly database")

    Store.open("sqlite:///kept.sqlite3").close()
    url = "postgresql://me@127.0.0.1:1/x" if why == "no server" else "sqlite:///kept.sqlite3"
    monkeypatch.setattr("qmethod_studies.store.schema.use_wal", refuse)
    monkeypatch.setattr("qmethod_studies.store.backing_up.snapshot", refuse)
    lines = in_shape(qmethod_command(*called.split(), *TO_A_DATABASE[called], "--database", url), ExitCode.ENVIRONMENT)
    assert {"no server": "that the server runs", "read-only": "must be writable", "full": "Make room"}[why] in lines[-1]
    assert not Path("export").exists()
    assert not Path("links.csv").exists()


WRITING = sorted(
    called for called in CALLS if called == "report" or ("--out" in options(EVERY[called]) and called not in ("invite", "enter", "backup"))
)
"""Those that leave nothing where the disk is full. What is typed is kept as far as it goes, which `test_enter` looks at."""


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() if path.is_file() else b"" for path in folder.rglob("*")}


class Disk:
    """A disk on which so many more files of a command have room; of the next one it keeps as much as nothing.

    Parameters
    ----------
    monkeypatch : pytest.MonkeyPatch
    left : int
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, left: int) -> None:
        self.left = left
        for room in (putting, staging):
            monkeypatch.setattr(room, "write_through", self._written(room.write_through))

    def _written(self, write: Any) -> Any:
        def full(path: Path, content: Any, *more: Any) -> Any:
            if {"new", "analysis", "park"} & {*path.parts} or Path("drawn") in path.parents:
                self.left -= 1
                if self.left < 0:
                    open(path, "wb").close()
                    raise OSError(errno.ENOSPC, "No space left on device", str(path))
            return write(path, content, *more)

        return full


@pytest.mark.parametrize("called", WRITING)
def test_a_full_disk_leaves_nothing_behind_and_the_same_call_goes_well_later(called: str, place: Qmethod, monkeypatch: pytest.MonkeyPatch) -> None:
    there = _tree(Path())
    with monkeypatch.context() as full:
        disk = Disk(full, 1)
        result = place(*called.split(), *CALLS[called])
        if result.exit_code == 0:  # what is written in one file
            disk.left = 0
            for name in {*_tree(Path())} - {*there}:
                if Path(name).is_file():
                    Path(name).unlink()
            result = place(*called.split(), *CALLS[called])
        lines = in_shape(result, ExitCode.ENVIRONMENT)
    names_the_file(lines)
    assert {name for name in _tree(Path()) if Path(name).is_file()} == {name for name in there if Path(name).is_file()}
    assert place(*called.split(), *CALLS[called]).exit_code == 0


def names_the_file(lines: list[str]) -> None:
    """The one that was asked for, and not a passing one."""
    assert re.fullmatch(r"qmethod: (new|analysis|park)/([\w-]+/)*[\w-]+\.\w+: No space left on device", lines[0])
    assert lines[-1].startswith("-> Make room")


@pytest.mark.parametrize("called", [called for called in WRITING if not called.startswith("study ") or called == "study schema"])
@pytest.mark.parametrize("left", [0, 1])
def test_a_full_disk_leaves_what_was_there_whole(called: str, left: int, place: Qmethod, monkeypatch: pytest.MonkeyPatch) -> None:
    words = [*called.split(), *CALLS[called], *(["--overwrite"] if "--overwrite" in options(EVERY[called]) else [])]
    assert place(*words).exit_code == 0
    there = _tree(Path())
    with monkeypatch.context() as full:
        Disk(full, left)
        result = place(*words)
    if left and result.exit_code == 0:
        return  # what is written in one file had room
    names_the_file(in_shape(result, ExitCode.ENVIRONMENT))
    assert _tree(Path()) == there


@pytest.mark.parametrize("earlier", [False, True])
@pytest.mark.parametrize("fails", ["write", "fsync"])
def test_a_full_disk_makes_no_invitations(earlier: bool, fails: str, place: Qmethod, monkeypatch: pytest.MonkeyPatch) -> None:
    """Links that cannot be written are not known to the database either."""
    words = ("invite", "demo", "--links", "2", "--out", "new/links.csv", "--overwrite")
    if earlier:
        assert place(*words).exit_code == 0
    before = _tree(Path("new"))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    known = len(invited())
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full) if fails == "fsync" else patched.setattr("qmethod_analysis.commands.invite.table", full)
        names_the_file(in_shape(place(*words), ExitCode.ENVIRONMENT))
    assert _tree(Path("new")) == before
    assert len(invited()) == known
    assert place(*words).exit_code == 0
    assert len(invited()) == known + 2


def invited() -> list[Any]:
    """What the database knows of invitations."""
    with sqlite3.connect(DEFAULT_URL.removeprefix("sqlite:///")) as database:
        return database.execute("SELECT * FROM invitation").fetchall()


@pytest.mark.parametrize("called", ["study new", "study import"])
def test_a_study_is_begun_only_where_nothing_lies(called: str, qmethod_command: Qmethod) -> None:
    words = [word for word in CALLS[called] if word not in ("--out", "new/study")]
    Path("theirs").mkdir()
    Path("theirs/diary.txt").write_text("Monday")
    Path("file.txt").write_text("Tuesday")
    for place in ("theirs", "file.txt"):
        lines = in_shape(qmethod_command(*called.split(), *words, "--out", place))
        assert lines[0].startswith(f"qmethod: {place}: this ")
        assert lines[-1].startswith("-> Name another place with --out") or lines[-1].startswith("-> Name another place with `--out")
    assert sorted(map(str, Path("theirs").iterdir())) == ["theirs/diary.txt"]
    assert Path("file.txt").read_text() == "Tuesday"
    Path("empty").mkdir()
    assert qmethod_command(*called.split(), *words, "--out", "empty").exit_code == 0


def test_texts_of_viewpoints_that_are_gone_are_told_and_left(qmethod_command: Qmethod) -> None:
    call = ("analyse", "climate", "--no-retention", "--out", "a", "--overwrite", "-k")
    assert qmethod_command(*call, "3").exit_code == 0
    own = '[viewpoints.f3]\nname = "Third way"\n'
    Path("a/report.toml").write_text(own)
    told = "report.toml writes of f3, which this analysis does not have"
    for words in ((*call, "2"), ("report", "a", "--formats", "md"), ("sheet", "a"), ("publish", "a", "--out", "site"), ("run", "a")):
        done = qmethod_command(*words)
        assert done.exit_code == 0, done.output
        assert done.stdout.count(told) == 1, words
        assert Path("a/report.toml").read_text() == own
    assert "Third way" not in Path("a/report.md").read_text()
    assert qmethod_command(*call, "3").exit_code == 0
    assert told not in qmethod_command("report", "a", "--formats", "md").stdout
    assert "Third way" in Path("a/report.md").read_text()
    Path("a/report.toml").write_text('[viewpoints.f_3]\nname = "Third way"\n')
    assert "'f_3' means nothing here" in in_shape(qmethod_command("report", "a", "--formats", "md"))[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("classify", "sorts.csv", "analysis", "--sure", "2"), "--sure"),
        (("classify", "sorts.csv", "analysis", "--none", "1"), "--none"),
        (("classify", "sorts.csv", "analysis", "--shares", "1"), "--shares"),
        (("analyse", "sorts.csv", "-k", "2", "--flag-level", "2"), "--flag-level"),
        (("analyse", "sorts.csv", "-k", "2", "--consensus-level", "0.3"), "--consensus-level"),
    ],
)
def test_what_is_wrong_with_an_option_names_it_as_it_is_typed(words: tuple[str, ...], said: str, place: Qmethod) -> None:
    lines = in_shape(place(*words))
    assert said in lines[0]
    assert "_" not in lines[0]
    assert lines[-1] == f"-> Help: qmethod {words[0]} --help"


def test_a_stream_takes_a_file(qmethod_command: Qmethod) -> None:
    assert "reads a file, and Climate is the name of a study" in in_shape(qmethod_command("analyse", "Climate", "-k", "3", "--stream"))[0]


def test_the_same_studies_are_named_in_the_same_words_everywhere(qmethod_command: Qmethod) -> None:
    sorts, definitions = (
        f"that ships? with {what}: {', '.join(names)}\\." for what, names in (("sorts", library.names()), ("a definition", library.definitions()))
    )
    for called in ("inspect", "retain"):
        for name in ("nowhere", "leadership"):
            assert re.search(sorts, qmethod_command(called, name).stderr), (called, name)
    for words in (("study", "check"), ("serve",), ("simulate", "--out", "x.csv"), ("classify", "climate")):
        for name in ("nowhere", "climate"):
            assert re.search(definitions, qmethod_command(*words, name).stderr), (words, name)


STUDIES = [(called, it) for called, one in EVERY.items() for it in one.params if isinstance(it.type, Named) and "STUDY" in it.type.name]


@pytest.mark.parametrize(("called", "parameter"), STUDIES, ids=lambda it: it if isinstance(it, str) else it.name)
def test_of_an_export_the_folder_is_named(called: str, parameter: click.Parameter, qmethod_command: Qmethod) -> None:
    Path("exp").mkdir()
    Path("exp/study.json").write_text("{}")
    file = "exp/study.json"
    before = [it for it in EVERY[called].params if isinstance(it, click.Argument)]
    words = [file if it is parameter else "climate" for it in before]
    words += [] if parameter in before else ["--study", file]
    assert "name its folder, exp" in in_shape(qmethod_command(*called.split(), *words, *(("-k", "3") if called == "analyse" else ())))[0]


def test_a_broken_recipe_leads_out_of_the_circle(place: Qmethod) -> None:
    with Path("analysis/analysis.toml").open("a") as file:
        file.write("x = = 1\n")
    for words in (("report", "analysis"), ("sheet", "analysis")):
        assert re.search(r"analysis.toml:\d+: not TOML: .*`qmethod analyse SORTS", in_shape(place(*words))[-1])
    assert "qmethod analyse" in in_shape(place("run", "analysis"))[-1]


def test_a_site_that_was_stopped_halfway_is_known_and_made_whole(place: Qmethod, monkeypatch: pytest.MonkeyPatch) -> None:
    replace, left = Path.replace, [4]

    def stopped(path: Path, target: Path) -> Path:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return replace(path, target)

    with monkeypatch.context() as halfway:
        halfway.setattr(Path, "replace", stopped)
        assert place("publish", "analysis", "--out", "site").exit_code == ExitCode.STOPPED
    assert not Path("site/data/study-data.zip").exists() or not Path("site/index.html").exists()
    assert (again := place("publish", "analysis", "--out", "site")).exit_code == 0, again.output
    assert Path("site/index.html").exists()
