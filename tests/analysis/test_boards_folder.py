"""A folder with a file for each person, wherever a command takes a file of sorts."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import qmethod
from qmethod_analysis.commands.exit_codes import ExitCode
from qmethod_analysis.recipe.recipe import Input
from qmethod_analysis.recipe.sources import place_input
from tests.analysis.calls import READ_SORTS
from tests.analysis.conftest import Qmethod

IDS = tuple(f"c{i:02d}" for i in range(1, 10))
VALUES = (-2, -1, -1, 0, 0, 0, 1, 1, 2)
PEOPLE = ("ann", "ben", "cem", "dov", "eve", "fay")
SORTS = np.array([np.random.default_rng(seed).permutation(VALUES) for seed in range(len(PEOPLE))]).T


def board(sort: np.ndarray) -> str:
    """Cards piled up from below, each in the column of its value."""
    columns = [[name for name, value in zip(IDS, sort.tolist(), strict=True) if value == at] for at in range(-2, 3)]
    rows = [[column[k - 3 + len(column)] if k >= 3 - len(column) else "" for column in columns] for k in range(3)]
    return "\n".join(",".join(row) for row in [*rows, ["-2", "-1", "0", "1", "2"]]) + "\n"


@pytest.fixture
def boards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = Path("boards")
    folder.mkdir()
    for name, sort in zip(PEOPLE, SORTS.T, strict=True):
        (folder / f"{name}.csv").write_text(board(sort))
    return folder


@pytest.mark.parametrize("command", READ_SORTS)
def test_every_command_takes_the_folder(command: str, boards: Path, qmethod_command: Qmethod) -> None:
    Path("new").mkdir()
    if command == "classify":
        assert qmethod_command("analyse", boards, "-k", "2", "--out", "analysis", "--no-retention").exit_code == ExitCode.OK
    done = qmethod_command(command, boards, *READ_SORTS[command])
    assert done.exit_code == ExitCode.OK, done.output
    if command == "convert":
        assert qmethod.read("new/written.json").sorts.tolist() == SORTS.tolist()


def test_the_recipe_repeats_the_analysis_and_notices_what_changed(boards: Path, qmethod_command: Qmethod) -> None:
    """Hidden files and what lies in folders are no part of it; every other name and byte is."""
    assert qmethod_command("analyse", boards, "-k", "2", "--out", "mine", "--no-retention").exit_code == ExitCode.OK
    was = {path.name: path.read_bytes() for path in Path("mine").iterdir() if path.is_file()}
    (boards / ".DS_Store").write_bytes(b"\x00")
    (boards / "older").mkdir()
    assert qmethod_command("run", "mine").exit_code == ExitCode.OK
    assert {path.name: path.read_bytes() for path in Path("mine").iterdir() if path.is_file()} == was
    for spoil in (
        lambda: (boards / "ann.csv").rename(boards / "anna.csv"),
        lambda: (boards / "ann.csv").write_text(board(SORTS[::-1, 0])),
        lambda: (boards / "ann.csv").unlink(),
        lambda: (boards / "gil.csv").write_text(board(SORTS[:, 1])),
        lambda: (boards / "notes.txt").write_text("Ben was ill."),
    ):
        shutil.copytree(boards, "kept")
        spoil()
        refused = qmethod_command("run", "mine")
        assert refused.exit_code == ExitCode.BAD_INPUT
        assert "the input has changed since the recipe was made" in refused.stderr
        shutil.rmtree(boards)
        Path("kept").rename(boards)
    assert qmethod_command("run", "mine").exit_code == ExitCode.OK


@pytest.mark.parametrize("name", [".", "../boards", "sub/..", "./"])
def test_however_the_folder_is_named(name: str, boards: Path, qmethod_command: Qmethod, monkeypatch: pytest.MonkeyPatch) -> None:
    (boards / "sub").mkdir()
    monkeypatch.chdir(boards)
    done = qmethod_command("analyse", name, "-k", "2", "--no-retention", "--out", "../mine")
    assert done.exit_code == ExitCode.OK, done.output
    assert "boards: 6 sorts" in done.output
    assert json.loads(Path("../mine/solution.json").read_text())["data"]["source"]["name"] == "boards"
    assert qmethod_command("run", "../mine").exit_code == ExitCode.OK


def test_wordings_lie_beside_the_folder(boards: Path, qmethod_command: Qmethod) -> None:
    Path("statements.csv").write_text("id,text\n" + "".join(f"{name},Card {name} of nine.\n" for name in IDS))
    done = qmethod_command("analyse", boards, "-k", "2", "--no-retention", "--out", "mine")
    assert "Statement texts were taken from statements.csv" in done.output


def test_wordings_lie_in_the_folder_and_before_those_beside_it(boards: Path, qmethod_command: Qmethod) -> None:
    inside = "id,text\n" + "".join(f"{name},Card {name} of nine.\n" for name in reversed(IDS))
    (boards / "statements.csv").write_text(inside)
    Path("statements.csv").write_text("id,text\n" + "".join(f"{name},Another.\n" for name in IDS))
    data = qmethod.read(boards)
    assert (data.participants, data.sorts.tolist()) == (PEOPLE, SORTS.tolist())
    assert data.texts == tuple(f"Card {name} of nine." for name in IDS)
    assert [notice.code for notice in data.notices] == ["wordings-inside"]
    assert qmethod.read(boards, statements="statements.csv").texts == ("Another.",) * 9
    assert qmethod_command("analyse", boards, "-k", "2", "--no-retention", "--out", "mine").exit_code == ExitCode.OK
    assert "Card c04 of nine." in Path("mine/report.html").read_text()
    (boards / "statements.csv").write_text(inside.replace("Card c04", "Card c-four"))
    assert "the input has changed" in qmethod_command("run", "mine").output


def test_wordings_in_the_folder_that_do_not_fit_are_refused_and_a_person_may_be_called_so(boards: Path) -> None:
    (boards / "statements.csv").write_text("id,text\n" + "".join(f"{name},Card.\n" for name in IDS[:7]))
    with pytest.raises(qmethod.DataError, match=r"statements\.csv.*c08"):
        qmethod.read(boards)
    (boards / "statements.csv").write_text(board(SORTS[:, 0]))
    assert qmethod.read(boards).participants == (*PEOPLE, "statements")


def test_a_folder_of_boards_that_is_far_away_is_copied(boards: Path, tmp_path: Path) -> None:
    """Where no path leads from one place to the other that would mean anything elsewhere."""
    placed, copies = place_input(Input(path="boards"), tmp_path, tmp_path / "mine", passing={"path"})
    assert placed.path == "input/boards"
    for name, content in copies.items():
        (tmp_path / "mine" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mine" / name).write_bytes(content)
    there = qmethod.read(tmp_path / "mine" / placed.path)
    assert (there.participants, there.source, there.sorts.tolist()) == (PEOPLE, qmethod.read(boards).source, SORTS.tolist())


@pytest.mark.parametrize("command", sorted(READ_SORTS.keys() - {"classify", "multiverse"}))
def test_a_folder_that_is_none_of_boards_is_told_with_what_is_in_it(command: str, boards: Path, qmethod_command: Qmethod) -> None:
    for name in PEOPLE[:4]:
        (boards / f"{name}.csv").write_text("statement,p1,p2\ns1,1,0\ns2,0,1\n")
    (boards / "old").mkdir()
    (boards / ".hidden").write_text("x")
    refused = qmethod_command(command, boards, *READ_SORTS[command])
    assert refused.exit_code == ExitCode.BAD_INPUT
    said = refused.stderr
    assert "this is a folder, and not one of boards with a file for each person" in said
    assert "it holds 6 files ('ann.csv', 'ben.csv', 'cem.csv', 'dov.csv', 'eve.csv', 'fay.csv') and 1 folder ('old')" in said
    assert "Name the file with the sorts inside it." in said


def test_folders_of_boards_are_named(boards: Path, qmethod_command: Qmethod) -> None:
    Path("before").mkdir()
    boards.rename("before/first")
    refused = qmethod_command("inspect", "before")
    assert "the sorts are in folders of this one: first" in refused.stderr


def test_a_folder_of_boards_comes_before_a_study_that_ships(boards: Path, qmethod_command: Qmethod) -> None:
    boards.rename("climate")
    assert "folder of 6 boards" in qmethod_command("inspect", "climate").output
