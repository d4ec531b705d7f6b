"""The command for the Bayesian model: its figures are those of `qmethod.partition`, and what it cannot use it says."""

from __future__ import annotations

import csv
import inspect
import json
import re
from pathlib import Path

import click.testing
import numpy as np
import pytest
from click.testing import CliRunner

import qmethod
from qmethod.bayesian.partitioning import SETTLED, SURE, WARM_UP
from qmethod.formats import write_csv
from qmethod_analysis.commands.cli import main
from qmethod_analysis.commands.partition import differences, reasons, unclassified
from qmethod_analysis.tables.csv_output import to_csv
from qmethod_analysis.tables.named import TABLES, table_of
from tests.analysis.calls import EVERY, in_shape, options
from tests.analysis.conftest import UNFORCED, Qmethod, hashes

GRID = qmethod.Grid.parse("-2:2,-1:4,0:8,1:4,2:2")
WORDS = ("--factors", "2", "--sweeps", str(2 * WARM_UP), "--seed", "5")
NAMES = tuple(TABLES[qmethod.Partition])


def drawn() -> qmethod.QData:
    """24 sorts of 20 statements: two viewpoints held closely, and eight sorts of people who hold neither."""
    rng = np.random.default_rng(4)
    views = rng.standard_normal((GRID.n_statements, 2))
    held = qmethod.simulate(views, GRID, (9, 7), rng=4, loadings=(0.7, 0.9)).data.sorts
    loose = np.column_stack([rng.permutation(GRID.slots()) for _ in range(8)])
    return qmethod.QData.from_array(np.column_stack([held, loose]), participants=tuple(f"who{i}" for i in range(24)), texts=("A text",) * 20)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sorts in a file."""
    folder = tmp_path_factory.mktemp("sorts")
    write_csv(drawn(), folder / "sorts.csv")
    return folder


def call(*words: object) -> str:
    done = CliRunner().invoke(main, ["partition", *map(str, words)], catch_exceptions=False, prog_name="qmethod")
    assert (done.exit_code, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(scope="module")
def found(home: Path) -> qmethod.Partition:
    """What the library makes of the file."""
    return qmethod.partition(home / "sorts.csv", 2, n_sweeps=2 * WARM_UP, rng=5)


@pytest.fixture(scope="module")
def said(home: Path) -> str:
    """What the command prints, its tables written into `out`."""
    return call(home / "sorts.csv", *WORDS, "--out", home / "out")


def test_tables_are_those_of_the_library(home: Path, found: qmethod.Partition, said: str) -> None:
    assert {path.name for path in (home / "out").iterdir()} == {*(f"partition-{name}.csv" for name in NAMES), "analysis-files.txt"}
    for name in NAMES:
        assert (home / "out" / f"partition-{name}.csv").read_text(encoding="utf-8") == to_csv(table_of(found, name))
    assert f"Written: {home / 'out'} (4 tables)" in said
    with (home / "out" / "partition-z_scores.csv").open(encoding="utf-8", newline="") as file:
        np.testing.assert_array_equal([[float(row["f1"]), float(row["f2"])] for row in csv.DictReader(file)], found.z_scores)


def test_figures_on_screen_are_those_of_the_library(found: qmethod.Partition, said: str) -> None:
    lines = [line.replace("−", "-") for line in said.splitlines()]
    assert lines[0].lower() == f"{found.verdict()}."
    assert found.found.all()
    for j, label in enumerate(found.labels):
        held = int((found.holds[:, j] >= SURE).sum())
        assert f"{label}: surely held in {held} of 24 sorts; chains agree (R-hat {found.r_hat[j]:.2f})" in lines
    shown = [match.groups() for line in lines if (match := re.fullmatch(r"(highest|lowest) +(\S+) +(\S+) to (\S+) +(s\d+) A text", line))]
    assert len(shown) == 12
    for at, (end, *figures, statement) in enumerate(shown):
        i, j = found.statements.index(statement), at // 6
        assert [float(figure) for figure in figures] == pytest.approx([found.z_scores[i, j], found.low[i, j], found.high[i, j]], abs=0.0051)
        assert ((found.z_scores[:, j] > found.z_scores[i, j]).sum() < 3) == (end == "highest")
        assert ((found.z_scores[:, j] < found.z_scores[i, j]).sum() < 3) == (end == "lowest")
    left = int((found.holds.max(axis=1) < SURE).sum())
    assert left > 0
    assert f"{left} of 24 sorts are unclassified. Surely a mixture of several: {(found.several >= SURE).sum()}, " in said
    assert f"nothing of any: {(found.none >= SURE).sum()}, the opposite of one: {(found.opposes >= SURE).sum()}, nothing sure: " in said
    assert f"{found.claimed.sum()} of 20 differences between viewpoints are claimed, {found.expected_false:.1f} of them expected" in said
    assert f"{found.n_draws:,} draws, seed 5." in said


def test_the_kinds_of_those_unclassified_add_up(said: str) -> None:
    line = next(line for line in said.splitlines() if "unclassified" in line)
    left, _, *kinds = map(int, re.findall(r"\d+", line))
    assert sum(kinds) == left


def test_json_is_the_result_itself_and_the_seed_makes_it(home: Path, found: qmethod.Partition) -> None:
    made = json.loads(call(home / "sorts.csv", *WORDS, "--json"))
    assert made["verdict"] == found.verdict()
    assert {key: made[key] for key in found.to_dict()} == found.to_dict()
    assert "written" not in made
    other = json.loads(call(home / "sorts.csv", *WORDS[:-1], 6, "--json"))
    assert other["seed"] == 6
    assert other["z_scores"] != made["z_scores"]


def test_the_second_run_gives_the_same_bytes_and_another_needs_a_word(home: Path, said: str) -> None:
    before = hashes(home / "out")
    assert call(home / "sorts.csv", *WORDS, "--out", home / "out") == said
    assert hashes(home / "out") == before
    for more in (
        ("--sweeps", "1001", "--factors", "2"),
        ("--sweeps", "1000", "--factors", "1"),
        ("--sweeps", "1000", "--factors", "2", "--seed", "6"),
    ):
        done = CliRunner().invoke(main, ["partition", str(home / "sorts.csv"), *more, "--out", str(home / "out")], prog_name="qmethod")
        assert "an earlier analysis is here, by other choices; nothing was written" in in_shape(done)[0]
    assert hashes(home / "out") == before


def test_the_same_sorts_by_another_name_are_the_same_choice(home: Path, said: str, qmethod_command: Qmethod) -> None:
    Path("copy.csv").write_bytes((home / "sorts.csv").read_bytes())
    assert qmethod_command("partition", "copy.csv", *WORDS, "--out", home / "out").exit_code == 0
    lines = (home / "sorts.csv").read_text(encoding="utf-8").splitlines()
    Path("worded.csv").write_text("\n".join(lines).replace("A text", "Another") + "\n", encoding="utf-8")
    assert qmethod_command("partition", "worded.csv", *WORDS, "--out", home / "out").exit_code == 0
    Path("fewer.csv").write_text("\n".join(line.rpartition(",")[0] for line in lines) + "\n", encoding="utf-8")
    assert "by other choices" in in_shape(qmethod_command("partition", "fewer.csv", *WORDS, "--out", home / "out"))[0]
    assert said


def test_what_others_wrote_is_left_alone_and_nothing_is_computed(home: Path, qmethod_command: Qmethod, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr("qmethod.bayesian.partitioning.partition", never)
    Path("mine").mkdir()
    Path("mine/partition-members.csv").write_text("participant,holds\n")  # of the name, and not of this program
    Path("file").write_text("text")
    for out, words in (("mine", "what is here (partition-members.csv) is no earlier analysis"), ("file", "this is a file")):
        for more in ((), ("--overwrite",)):
            assert words in in_shape(qmethod_command("partition", home / "sorts.csv", *WORDS, "--out", out, *more))[0]
    assert hashes(Path()).keys() == {"mine/partition-members.csv", "file"}


def rows(home: Path) -> list[list[str]]:
    return [line.split(",") for line in (home / "sorts.csv").read_text(encoding="utf-8").splitlines()]


def test_what_it_cannot_use_it_says(home: Path, qmethod_command: Qmethod) -> None:
    table = rows(home)
    files = {
        "whole.csv": table,
        "hole.csv": [*table[:3], [*table[3][:5], "", *table[3][6:]], *table[4:]],
        "one.csv": [row[:3] for row in table],
        "nothing.csv": [],
        "no-sorts.csv": [["a", "b"], ["some", "words"]],
    }
    for name, content in files.items():
        Path(name).write_text("".join(",".join(row) + "\n" for row in content), encoding="utf-8")
    cases = {
        ("whole.csv", "25"): ("25 factors asked for, 24 sorts hold at most", "Choose between 1 and"),
        ("hole.csv", "2"): ("not whole: who3", "`qmethod analyse` takes such sorts with --missing pairwise"),
        (UNFORCED, "2"): ("this model takes forced sorts, all with one distribution", "`qmethod analyse` takes such sorts"),
        ("one.csv", "1"): ("at least two sorts are needed, there is 1", ""),
        ("nothing.csv", "2"): ("nothing.csv", ""),
        ("no-sorts.csv", "2"): ("no-sorts.csv", ""),
        ("nowhere.csv", "2"): ("nowhere.csv: there is no such file", ""),
    }
    for (name, k), (wrong, advice) in cases.items():
        said = "\n".join(in_shape(qmethod_command("partition", name, "-k", k, "--out", "new")))
        assert wrong in said, said
        assert advice in said, said
        assert not Path("new").exists()


@pytest.mark.parametrize(
    "words", [("-k", "0"), ("-k", "two"), (), ("-k", "2", "--sweeps", "999"), ("-k", "2", "--seed", "-1"), ("-k", "2", "--out", "-")]
)
def test_a_call_that_cannot_be_meant_is_refused_by_name(home: Path, words: tuple[str, ...], qmethod_command: Qmethod) -> None:
    lines = in_shape(qmethod_command("partition", home / "sorts.csv", *words))
    assert (words[-2] if words else "--factors") in lines[0]
    assert lines[-1] == "-> Help: qmethod partition --help"


def test_what_is_odd_about_the_sorts_is_said(qmethod_command: Qmethod) -> None:
    assert qmethod_command("simulate", "leadership", "-n", 8, "--out", "sorts.csv").exit_code == 0
    words = ("partition", "sorts.csv", "-k", 1, *WORDS[2:])
    assert "These sorts are simulated: they were drawn by a computer" in qmethod_command(*words).stdout
    assert "simulated-sorts" in {notice["code"] for notice in json.loads(qmethod_command(*words, "--json").stdout)["notices"]}


def test_it_does_by_default_what_the_library_does() -> None:
    option, library = options(EVERY["partition"])["--sweeps"], inspect.signature(qmethod.partition).parameters["n_sweeps"]
    assert option.default == library.default
    assert f"the first {WARM_UP} are left out" in (option.help or "")


def test_the_folder_is_no_analysis(home: Path, said: str, qmethod_command: Qmethod) -> None:
    assert said
    assert "there is no analysis in this folder" in in_shape(qmethod_command("report", home / "out"))[0]


# More than was there


@pytest.fixture(scope="module")
def too_many(home: Path) -> qmethod.Partition:
    return qmethod.partition(home / "sorts.csv", 4, n_sweeps=2 * WARM_UP, rng=5)


def test_a_refusal_says_why_of_every_viewpoint(home: Path, too_many: qmethod.Partition) -> None:
    said = call(home / "sorts.csv", "-k", 4, *WORDS[2:])
    assert not too_many.found.all()
    assert said.startswith("The sorts do not bear 4 viewpoints")
    assert f"Next  qmethod retain {home / 'sorts.csv'}\n" in said
    assert "This is no proof that there are fewer" in said
    told = "\n".join(reasons(too_many))
    for j, label in enumerate(too_many.labels):
        held = int((too_many.holds[:, j] >= SURE).sum())
        assert (f"{label} is surely held in {held} " in told) == (held < 2)
        assert (f"disagree on {label}: R-hat is {too_many.r_hat[j]:.2f}" in told) == (too_many.r_hat[j] > SETTLED)
        assert ((label in told) or f"\n{label}: surely held" in said) == (too_many.found[j] == (label not in told))
        assert (f"\n{label}, not found: " in said) == (not too_many.found[j])
    assert all(f"- {sentence}\n" in said for sentence in reasons(too_many))
    fine = [j for j in range(4) if too_many.found[j]]
    kept = sum(int(too_many.claimed[:, a, b].sum()) for a in fine for b in fine)
    some = "None of the claims is" if not kept else "1 of the claims is" if kept == 1 else f"{kept} of the claims are"
    assert f"{some} between viewpoints that were found." in said
    least = min(float(p) for p in too_many.higher[too_many.claimed])
    assert f"the least sure has a probability of {least:.2f}. " in said


def test_one_viewpoint_has_no_differences(home: Path) -> None:
    said = call(home / "sorts.csv", "-k", 1, *WORDS[2:])
    assert "differences" not in said
    assert "f1: surely held in" in said


def changed(found: qmethod.Partition, **values: object) -> qmethod.Partition:
    return qmethod.Partition.from_dict({**found.to_dict(), **values})


def test_sentences_hold_for_none_one_and_many(found: qmethod.Partition) -> None:
    nothing = changed(found, claimed=np.zeros((20, 2, 2), dtype=bool), expected_false=0.0)
    assert differences(nothing) == "None of the 20 differences between viewpoints is sure enough to be claimed."
    one = np.zeros((20, 2, 2), dtype=bool)
    one[3, 0, 1] = True
    assert differences(changed(found, claimed=one, expected_false=0.01)).startswith(
        "1 of 20 differences between viewpoints is claimed, fewer than 0.1"
    )
    holds = np.tile([0.9, 0.05], (24, 1))
    assert unclassified(changed(found, holds=holds)) == "None of the 24 sorts is unclassified."
    holds[0] = 0.1
    assert unclassified(changed(found, holds=holds)).startswith("1 of 24 sorts is unclassified. ")


def test_at_forty_columns_every_figure_stays_whole(home: Path, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(click.testing._NamedTextIOWrapper, "isatty", lambda _self: True, raising=False)
    monkeypatch.chdir(home)
    done = CliRunner().invoke(main, ["partition", "sorts.csv", *WORDS], catch_exceptions=False, prog_name="qmethod")
    assert done.exit_code == 0, done.output
    lines = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", done.stdout).splitlines()
    assert all(len(line) <= 40 for line in lines if not re.match(r"sorts\.csv: |Next |Every ", line))
    assert set(re.findall(r"−?\d+\.\d\d to −?\d+\.\d\d", " ".join(lines))) == set(re.findall(r"−?\d+\.\d\d to −?\d+\.\d\d", said))
