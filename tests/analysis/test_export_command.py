"""``qmethod export``: a folder, whole or not at all."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

import qmethod
from qmethod_studies.definition import Study
from qmethod_studies.store import DEFAULT_URL, Store
from tests.analysis.conftest import Qmethod
from tests.studies.store.acting import SLOTS, begin, make_study, submitted


@pytest.fixture
def study() -> Study:
    return make_study()


@pytest.fixture
def store(qmethod_command: Qmethod, study: Study) -> Iterator[Store]:
    """The default database of the folder in which the command runs, with one sort in it."""
    with Store.open(DEFAULT_URL) as store:
        store.register(study)
        submitted(store, study, {"s1": "why, so"}, participant="ann")
        yield store


def test_responses_become_files_that_can_be_analysed(store: Store, qmethod_command: Qmethod) -> None:
    result = qmethod_command("export", "demo", "--out", "data")
    assert result.exit_code == 0, result.output
    assert "1 submitted response to version 1 of demo, 1 in all." in result.output
    assert qmethod.read("data/sorts.csv").sorts[:, 0].tolist() == list(SLOTS)
    assert json.loads(Path("data/study.json").read_text(encoding="utf-8"))["responses"][0]["comments"] == {"s1": "why, so"}
    assert stat.S_IMODE(Path("data").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in Path("data").iterdir()} == {0o600}


def test_the_database_is_taken_from_option_or_environment(store: Store, qmethod_command: Qmethod, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("elsewhere").mkdir()
    with Store.open("sqlite:///elsewhere/b.sqlite3") as other:
        other.register(make_study(study="other"))
        submitted(other, make_study(study="other"))
    assert qmethod_command("export", "other", "--out", "a").exit_code == 2
    assert qmethod_command("export", "other", "--out", "a", "--database", "sqlite:///elsewhere/b.sqlite3").exit_code == 0
    monkeypatch.setenv("QMETHOD_DATABASE", "sqlite:///elsewhere/b.sqlite3")
    assert qmethod_command("export", "other", "--out", "b").exit_code == 0
    assert DEFAULT_URL in " ".join(qmethod_command("export", "--help").output.split())


def test_no_database_is_made_by_looking_for_one(qmethod_command: Qmethod, tmp_path: Path) -> None:
    result = qmethod_command("export", "demo", "--out", "data")
    assert result.exit_code == 2
    assert "there is no database of responses here" in result.output
    assert list(tmp_path.iterdir()) == []


def test_other_files_are_not_written_over(store: Store, qmethod_command: Qmethod) -> None:
    Path("data").mkdir()
    Path("data/thesis.txt").write_text("ten years of work")
    for arguments in ([], ["--overwrite"]):
        result = qmethod_command("export", "demo", "--out", "data", *arguments)
        assert result.exit_code == 2
        assert "thesis.txt" in result.output
    assert [path.name for path in Path("data").iterdir()] == ["thesis.txt"]
    result = qmethod_command("export", "demo", "--out", "data/thesis.txt")
    assert result.exit_code == 2
    assert "this is a file" in result.output


def test_an_earlier_export_is_replaced_only_when_asked(store: Store, study: Study, qmethod_command: Qmethod) -> None:
    qmethod_command("export", "demo", "--out", "data")
    first = Path("data/study.json").read_bytes()
    submitted(store, study, participant="bob", slots=tuple(reversed(SLOTS)))
    result = qmethod_command("export", "demo", "--out", "data")
    assert (result.exit_code, "--overwrite" in result.output) == (2, True)
    assert Path("data/study.json").read_bytes() == first
    assert qmethod_command("export", "demo", "--out", "data", "--overwrite").exit_code == 0
    assert qmethod.read("data/sorts.csv").participants == ("ann", "bob")


@pytest.mark.parametrize("where", ["qmethod_studies.export_tables.CsvTable.add", "qmethod_analysis.folder.staging.settle"])
def test_a_folder_is_never_half_written(where: str, store: Store, qmethod_command: Qmethod, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither while the files are made, nor while they are moved."""
    qmethod_command("export", "demo", "--out", "data")
    before = {path.name: path.read_bytes() for path in Path("data").iterdir()}
    left = Path("data", ".qmethod-stream-of-one-that-was-killed")
    left.mkdir()
    (left / "events.csv").write_text("acts of people")
    os.utime(left, (0, 0))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "events.csv")

    monkeypatch.setattr(where, full)
    for out in ("data", "new"):
        result = qmethod_command("export", "demo", "--out", out, "--overwrite")
        assert result.exit_code == 3
        assert "No space left" in result.output
    assert {path.name: path.read_bytes() for path in Path("data").iterdir()} == before
    assert sorted(path.name for path in tmp_path.iterdir() if "sqlite3" not in path.name) == ["data"]


def test_an_export_is_of_one_moment_while_people_sort(store: Store, qmethod_command: Qmethod, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who begins, sends or withdraws while the files are made is in all of them as before, or in none."""
    wholes = Store.wholes

    def meanwhile(self: Store, *given: object, **named: object) -> object:
        begun = begin(store, make_study(), participant="late")
        submitted(store, make_study(), participant="later")
        store.withdraw("demo", begun.code)
        return wholes(self, *given, **named)  # type: ignore[arg-type]

    assert qmethod_command("export", "demo", "--out", "before").exit_code == 0
    monkeypatch.setattr(Store, "wholes", meanwhile)
    assert qmethod_command("export", "demo", "--out", "during").exit_code == 0
    for name in ("sorts.csv", "responses.csv", "events.csv", "consent.csv"):
        assert Path("during", name).read_bytes() == Path("before", name).read_bytes(), name
    monkeypatch.undo()


def test_a_study_may_be_named_by_its_folder(store: Store, qmethod_command: Qmethod) -> None:
    from qmethod_studies.writing import write

    Path("my-study").mkdir()
    write(make_study(), Path("my-study"))
    assert qmethod_command("export", "my-study", "--out", "data").exit_code == 0


def test_what_cannot_be_exported_is_told(store: Store, qmethod_command: Qmethod) -> None:
    result = qmethod_command("export", "dmeo", "--out", "data")
    assert (result.exit_code, "demo (version 1)" in result.output) == (2, True)
    result = qmethod_command("export", "demo", "--study-version", "4", "--out", "data")
    assert (result.exit_code, "version 4" in result.output) == (2, True)
    assert not Path("data").exists()
