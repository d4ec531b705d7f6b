"""Exports of studies in which people give several sorts, and their analysis by occasion."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import qmethod
from qmethod_analysis.commands.cli import main
from qmethod_studies.store import Store
from tests.studies.store.acting import SLOTS, begin, new_key
from tests.studies.store.test_occasions import sort, study_of

ODD, CALLED = "=odd\tid", "p005"
"""An id that no table holds as it is, and what the fifth who sorted is called there."""
ASKED = ("age", "job.before", "crop.before", "job.after", "crop.after")
OCCASIONS = [("now", "before"), ("ideal", "before"), ("now", "after"), ("ideal", "after")]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[tuple[str, str, str], tuple[float, ...]]]:
    """An export of nine people, one of whom came to the first wave only; and what each meant."""
    folder = tmp_path_factory.mktemp("occasions")
    study, draw, meant = study_of(study="twice"), random.Random(3), {}
    with Store.open(f"sqlite:///{folder}/a.sqlite3") as store:
        store.register(study)
        for i in range(9):
            name = ODD if i == 4 else f"p{i}"
            begun = begin(store, study, participant=name)
            response = begun.response
            while response is not None:
                slots = tuple(draw.sample(SLOTS, len(SLOTS)))
                meant[name, response.condition, response.wave] = slots
                following = sort(store, study, response, slots).following
                response = following or (None if i == 7 else store.begin_wave("twice", begun.code))
        begin(store, study, participant="half")
        store.decline(study, participant="no", key=new_key())
    out = folder / "data"
    run("export", "twice", "--database", f"sqlite:///{folder}/a.sqlite3", "--out", str(out))
    return out, meant


def run(*words: str, fails: bool = False) -> str:
    result = CliRunner().invoke(main, list(words))
    assert (result.exit_code != 0) is fails, result.output
    return result.output


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as opened:
        return list(csv.DictReader(opened))


def test_each_sort_is_one_row_with_its_condition_and_wave(exported: Any) -> None:
    folder, meant = exported
    found = rows(folder / "occasions.csv")
    assert len(found) == len(meant) == 34
    ids = [f"s{i}" for i in range(1, 10)]
    plain = {CALLED: ODD}
    assert {r["sort"] for r in found} == set(qmethod.read(folder / "sorts.csv").participants)
    placed = {(plain.get(r["participant"], r["participant"]), r["condition"], r["wave"]): tuple(float(r[name]) for name in ids) for r in found}
    assert placed == {key: tuple(map(float, value)) for key, value in meant.items()}
    for name in ("placements.csv", "responses.csv", "answers.csv", "events.csv"):
        assert list(rows(folder / name)[0])[:3] == ["participant", "condition", "wave"]
    whole = json.loads((folder / "study.json").read_text())
    assert {(r["condition"], r["wave"]) for r in whole["responses"] if r["status"] != "declined"} == set(OCCASIONS)


def test_everybody_has_one_name_in_all_tables(exported: Any) -> None:
    """Of whom names.csv says which id it is."""
    folder, meant = exported
    there = {who for who, *_ in meant} - {ODD} | {CALLED}
    for name in ("occasions", "participants", "placements", "responses", "consent", "events"):
        assert {row["participant"] for row in rows(folder / f"{name}.csv")} - there <= {"half", ""}, name  # nothing names who declined
    told = {row["participant"].removeprefix("'"): row["sorts_csv"] for row in rows(folder / "names.csv")}
    assert {told[f"{ODD}.{condition}.{wave}"] for condition, wave in OCCASIONS} == {f"{CALLED}.{condition}.{wave}" for condition, wave in OCCASIONS}


def test_participants_stand_in_a_table_of_their_own(exported: Any) -> None:
    folder, _meant = exported
    found = {row["participant"]: row for row in rows(folder / "participants.csv")}
    assert set(found) == {*(f"p{i}" for i in range(9) if i != 4), CALLED, "half"}
    assert [found[name]["sorts"] for name in ("p0", "p7", "half")] == ["4", "2", "0"]
    assert (found["p0"]["conditions"], found["p0"]["age"]) == ("now ideal", "44")
    assert list(found["p0"]) == ["participant", "conditions", "sorts", "simulated", "marks", *ASKED]
    assert found["p0"]["marks"].startswith("now.before: fast")
    assert len(rows(folder / "answers.csv")) == 9  # each answer once, although later sorts read it too


def test_the_sorts_of_each_occasion_bear_the_same_names(exported: Any) -> None:
    folder, meant = exported
    whole = qmethod.read(folder / "sorts.csv")
    names = set()
    for condition, wave in OCCASIONS:
        data = qmethod.read(folder / f"sorts.{condition}.{wave}.csv")
        assert data.n_sorts == (9 if wave == "before" else 8)
        names |= set(data.participants)
        for name, column in zip(data.participants, data.sorts.T, strict=True):
            assert column.tolist() == list(meant[ODD if name == CALLED else name, condition, wave])
            assert column.tolist() == whole.sorts[:, whole.participants.index(f"{name}.{condition}.{wave}")].tolist()
    assert len(names) == 9


def test_every_file_and_column_is_explained(exported: Any) -> None:
    folder, _meant = exported
    explained = {(row["file"], row["column"]) for row in rows(folder / "codebook.csv")}
    readme = (folder / "README.txt").read_text()
    assert "People: 1 declined, 0 withdrew." in readme
    for file in folder.iterdir():
        assert (file.name, "") in explained
        assert f"{file.name} " in readme
        if file.suffix == ".csv" and file.name not in ("occasions.csv", "participants.csv", "codebook.csv") and not file.name.startswith("sorts"):
            columns = {name for name in next(csv.reader([file.read_text(encoding="utf-8").splitlines()[0]])) if not name.startswith("text_")}
            assert columns <= {column for name, column in explained if name == file.name}, file.name


def test_commands_take_the_sorts_of_one_occasion(exported: Any, tmp_path: Path) -> None:
    folder, meant = exported
    said = json.loads(run("inspect", str(folder), "--condition", "ideal", "--wave", "after", "--json"))
    assert said["n_sorts"] == 8
    out = tmp_path / "an"
    run("analyse", str(folder), "--condition", "ideal", "--wave", "before", "--factors", "1", "--no-retention", "--out", str(out))
    assert "sorts.ideal.before.csv" in (out / "analysis.toml").read_text()
    report = (out / "report.html").read_text()
    assert "As it ideal" in report
    assert "As it now" not in report
    run("run", str(out / "analysis.toml"), "--out", str(tmp_path / "again"))
    assert (tmp_path / "again" / "loadings.csv").read_bytes() == (out / "loadings.csv").read_bytes()
    solution = json.loads((out / "solution.json").read_text())
    assert CALLED in json.dumps(solution)
    assert len(meant) == 34


def test_a_report_of_all_sorts_shows_each_condition(exported: Any, tmp_path: Path) -> None:
    folder, _meant = exported
    out = tmp_path / "an"
    run("analyse", str(folder), "--factors", "1", "--no-retention", "--out", str(out))
    run("report", str(out), "--formats", "md,sheet")
    report = (out / "report.md").read_text(encoding="utf-8")
    told = report.partition("The conditions of instruction were:")[2]
    quotes = [line.removeprefix("> ") for line in told.splitlines() if line.startswith("> ")][:2]
    assert [quote.partition(": ")[2] for quote in quotes] == ["As it now”", "As it ideal”"]
    run("report", str(out), "--formats", "md", "--language", "es")
    assert "Las condiciones de instrucción eran:" in (out / "report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--condition", "now"], "Add --wave: after, before."),
        (["--wave", "before"], "Add --condition: ideal, now."),
        (["--condition", "nov", "--wave", "before"], "the study 'twice' has no condition 'nov'"),
        (["--condition", "now", "--wave", "x"], "It has before, after."),
    ],
)
def test_what_does_not_name_one_occasion_is_told_what_there_is(exported: Any, options: list[str], said: str) -> None:
    assert said in run("inspect", str(exported[0]), *options, fails=True)


def test_other_sorts_know_no_occasions() -> None:
    assert "there are no sorts of several occasions here" in run("inspect", "climate", "--wave", "x", fails=True)


def test_an_export_replaces_an_earlier_one_with_all_its_files(exported: Any, tmp_path: Path) -> None:
    folder, _meant = exported
    database = f"sqlite:///{folder.parent}/a.sqlite3"
    run("export", "twice", "--database", database, "--out", str(tmp_path / "x"))
    run("export", "twice", "--database", database, "--out", str(tmp_path / "x"))
    assert {file.name for file in (tmp_path / "x").iterdir()} == {file.name for file in folder.iterdir()}


def test_waves_and_conditions_of_the_same_people_are_compared(exported: Any) -> None:
    folder, meant = exported
    for column, other, value, labels in (("wave", "condition", "ideal", ("before", "after")), ("condition", "wave", "before", ("now", "ideal"))):
        found = json.loads(run("compare", str(folder), "--occasion", column, f"--{other}", value, "--between", ",".join(labels), "--json"))
        assert found["occasions"] == list(labels)
        there = {who for who, *_ in meant} - {*(["p7"] if column == "wave" else [])}
        assert {row["participant"] for row in found["people"]} == there - {ODD} | {CALLED}
        assert [one["participant"] for one in found["left_out"]] == (["p7"] if column == "wave" else [])
        for i, row in enumerate(found["statements"]):
            keys = [{column: label, other: value} for label in labels]
            means = [sum(meant[who, key["condition"], key["wave"]][i] for who in there) / len(there) for key in keys]
            assert (row["mean_before"], row["mean_after"]) == pytest.approx(means)
        assert {"no-occasion", "no-such-sort"} & {one["code"] for one in found["notices"]} == set()
    refused = run("compare", str(folder), "--occasion", "wave", fails=True)
    assert "made two sorts wave before" in refused
    assert "--condition" in refused
