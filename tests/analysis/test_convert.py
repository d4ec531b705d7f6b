"""``qmethod convert``: what it writes, says and refuses."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import qmethod
from qmethod.formats import writers
from qmethod.formats.writer import SortsWriter
from qmethod_analysis.commands.exit_codes import ExitCode
from tests.analysis.calls import in_shape
from tests.analysis.conftest import Qmethod

SORTS = [each for each in writers() if isinstance(each, SortsWriter)]


@pytest.fixture
def sorts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return qmethod.write_csv(qmethod.datasets.load("climate").keep(range(6)), "sorts.csv")


@pytest.mark.parametrize("writer", SORTS, ids=lambda writer: writer.key)
def test_every_format_is_written_and_says_what_is_lost(writer: SortsWriter, sorts: Path, qmethod_command: Qmethod) -> None:
    done = qmethod_command("convert", sorts, f"new{writer.endings[0]}", "--to", writer.key)
    assert done.exit_code == ExitCode.OK, done.output
    made = writer.make(qmethod.read(sorts), "new")
    for notice in made.notices:
        assert f"  - {notice.message}" in done.stdout.splitlines()
    (written,) = re.findall("^Written: (.*)$", done.stdout, re.MULTILINE)
    assert {path.name for path in sorts.parent.iterdir()} == {sorts.name, *written.split(", ")}
    told = json.loads(qmethod_command("convert", sorts, f"new{writer.endings[0]}", "--to", writer.key, "--json").stdout)  # the same again
    assert told["format"] == writer.key
    assert ", ".join(told["written"]) == written
    assert [one["message"] for one in told["notices"]] == [notice.message for notice in made.notices]
    following = re.findall("^Next  qmethod (.*)$", done.stdout, re.MULTILINE)
    if following:
        assert qmethod_command(*following[0].split()).exit_code == ExitCode.OK


@pytest.mark.parametrize("writer", SORTS, ids=lambda writer: writer.key)
def test_what_is_there_is_replaced_on_purpose_or_never(writer: SortsWriter, sorts: Path, qmethod_command: Qmethod) -> None:
    def held() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorts.parent.iterdir() if path.name != sorts.name}

    out = f"new{writer.endings[0]}"
    call = ("convert", sorts, out, "--to", writer.key)
    Path(out).write_bytes(b"precious")
    for more in ((), ("--overwrite",)):
        lines = in_shape(qmethod_command(*call, *more))
        assert "nothing was written" in lines[0]
        assert "OUT" in lines[1]
    assert Path(out).read_bytes() == b"precious"
    assert {path.name for path in sorts.parent.iterdir()} == {sorts.name, out}
    Path(out).unlink()
    assert qmethod_command(*call).exit_code == ExitCode.OK
    before = held()
    qmethod.write_csv(qmethod.datasets.load("climate").keep(range(6, 12)), sorts)
    in_shape(qmethod_command(*call))
    assert held() == before
    done = qmethod_command(*call, "--overwrite")
    assert done.exit_code == (ExitCode.BAD_INPUT if writer.ours is None else ExitCode.OK)
    assert (held() == before) == (writer.ours is None)


def test_a_file_beside_it_that_others_wrote_stays(sorts: Path, qmethod_command: Qmethod) -> None:
    Path("new.sta").write_text("precious")
    lines = in_shape(qmethod_command("convert", sorts, "new.dat", "--overwrite"))
    assert lines[0].startswith("qmethod: new.sta: ")
    assert Path("new.sta").read_text() == "precious"
    assert not Path("new.dat").exists()


@pytest.mark.parametrize(
    ("out", "said"),
    [
        (".", "this is a folder"),
        ("/dev/full", "this is no ordinary file"),
        ("new.xyz", "the name does not tell which format is meant"),
        ("new.lis", "holds a solution"),
        ("-", "standard output"),
        ("sorts.csv/new.csv", ""),
    ],
)
def test_places_that_cannot_be_meant(out: str, said: str, sorts: Path, qmethod_command: Qmethod) -> None:
    content = sorts.read_bytes()
    more = ("--to", "csv-long") if out in (".", "/dev/full") else ()
    done = qmethod_command("convert", sorts, out, *more)
    assert said in in_shape(done, ExitCode(done.exit_code))[0]
    assert done.exit_code in (ExitCode.BAD_INPUT, ExitCode.ENVIRONMENT)
    assert sorts.read_bytes() == content
    assert list(sorts.parent.iterdir()) == [sorts.parent / sorts.name]


def test_what_a_format_cannot_hold_is_refused_with_its_place(sorts: Path, qmethod_command: Qmethod) -> None:
    sorts.write_text("statement,anna,ben\ns1,1,0.5\ns2,,0\ns3,0,1\n")
    lines = in_shape(qmethod_command("convert", sorts, "new.dat"))
    assert "participant anna, statement s2" in lines[0] + lines[1]
    assert not Path("new.dat").exists()


def test_a_listing_holds_the_figures_of_the_solution(sorts: Path, qmethod_command: Qmethod) -> None:
    solution = qmethod.save(qmethod.analyse(qmethod.datasets.load("climate").keep(range(30)), 2), "analysis").solution
    done = qmethod_command("convert", "analysis", "analysis.lis")
    assert done.exit_code == ExitCode.OK, done.output
    assert "Figures of a listing are rounded" in done.stdout
    text = Path("analysis.lis").read_text(encoding="utf-8")

    def table(heading: str) -> list[str]:
        return text[text.index(f"\n{heading}\n") + len(heading) + 2 :].strip("\n").split("\n\n")[0].splitlines()

    rows = [row for row in table("Factor Matrix with an X Indicating a Defining Sort") if re.match(r" *\d+ \S", row)]
    found = [re.findall(r"(-?\d\.\d{4})(X?)", row) for row in rows]
    assert np.allclose([[float(a) for a, _ in row] for row in found], solution.loadings, atol=5.1e-5)
    assert np.array_equal([[x == "X" for _, x in row] for row in found], solution.flags)
    arrays = [[int(value) for value in row[69:].split()] for row in table("Factor Q-Sort Values for Each Statement")[1:]]
    assert np.array_equal(arrays, solution.scores.arrays)
    scores = table("Factor Scores -- For Factor    1")[1:]
    z = {int(row[:3]): float(row[69:]) for row in scores}
    assert np.allclose([z[i + 1] for i in range(30)], solution.scores.z_scores[:, 0], atol=5.1e-4)
    assert list(z.values()) == sorted(z.values(), reverse=True)
    pairs = solution.contrasts.p_values[:, 0]
    distinguishing = {int(row[:3]): row.count("*") == 1 for row in table("Distinguishing Statements for Factor  1")[4:]}
    assert distinguishing == {i + 1: bool(p < 0.01) for i, p in enumerate(pairs) if p < 0.05}
    consensus = table("Consensus Statements  --  Those That Do Not Distinguish Between ANY Pair of Factors.")[2:]
    assert {int(row[:3]): row[3] == "*" for row in consensus} == {i + 1: bool(p > 0.05) for i, p in enumerate(pairs) if p > 0.01}
    correlations = [[int(r) for r in row[12:].split()] for row in table("Correlation Matrix Between Sorts")[1:]]
    assert np.allclose(correlations, 100 * np.corrcoef(solution.data.sorts.T), atol=0.51)
    assert qmethod_command("convert", "analysis", "sorts-again.json").exit_code == ExitCode.OK
    assert qmethod.read("sorts-again.json").sorts.tolist() == solution.data.sorts.tolist()


@pytest.mark.parametrize("k", [1, 3])
def test_a_listing_of_any_number_of_factors(k: int, tmp_path: Path) -> None:
    written = qmethod.write(qmethod.analyse(qmethod.datasets.load("climate").keep(range(12)), k, bipolar="split"), tmp_path / "a.lis")
    assert written.files[0].read_text(encoding="utf-8").startswith("qmethod ")
