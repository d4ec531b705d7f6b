"""``qmethod analyse --stream``: the tables of an analysis in memory, from sorts that come in chunks."""

from __future__ import annotations

import csv
import json
import re
import shlex
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from qmethod import QData, QMethodError, read
from qmethod.formats import write_csv
from qmethod_studies import library
from tests.analysis.conftest import Qmethod, hashes

CLIMATE = library.path("climate")


@pytest.fixture(scope="module")
def climate() -> QData:
    return read(CLIMATE / "sorts.csv", statements=CLIMATE / "statements.csv")


@pytest.fixture
def files(climate: QData, tmp_path: Path) -> Path:
    """A folder with the same sorts as Parquet and as CSV, and the wording of the statements beside."""
    (tmp_path / "study").mkdir()
    columns = {"participant": list(climate.participants), **dict(zip(climate.statements, np.asarray(climate.sorts), strict=True))}
    table = pa.table(columns)
    parquet.write_table(table, tmp_path / "study" / "sorts.parquet", row_group_size=100)
    with (tmp_path / "study" / "sorts.csv").open("w", newline="") as opened:
        csv.writer(opened).writerows([table.column_names, *zip(*(column.to_pylist() for column in table.columns), strict=True)])
    (tmp_path / "study" / "statements.csv").write_bytes((CLIMATE / "statements.csv").read_bytes())
    return tmp_path / "study"


def cells(path: Path) -> list[list[str]]:
    with path.open(newline="") as opened:
        return list(csv.reader(opened))


def assert_near(first: Path, second: Path) -> None:
    """Two tables with the same text, and numbers that differ by rounding at most."""
    for ours, theirs in zip(cells(first), cells(second), strict=True):
        for a, b in zip(ours, theirs, strict=True):
            if a != b:
                assert float(a) == pytest.approx(float(b), abs=1e-10, rel=1e-10), first.name


NORMAL = ("--contrast-errors", "normal", "--calibration-studies", "0")


def test_tables_are_those_of_an_analysis_in_memory(files: Path, qmethod_command: Qmethod) -> None:
    for kind in ("csv", "parquet"):
        assert qmethod_command("analyse", files / f"sorts.{kind}", "-k", 3, "--stream", "--out", kind).exit_code == 0
    assert qmethod_command("analyse", files / "sorts.csv", "-k", 3, *NORMAL, "--no-retention", "--out", "memory").exit_code == 0
    memory, streamed = Path("memory"), Path("csv")
    tables = {path.name for path in memory.glob("*.csv")} - {"free_distribution.csv"}
    assert {path.name for path in streamed.glob("*.csv")} == tables
    for name in tables:
        assert_near(streamed / name, memory / name)
        if name != "loadings.csv":
            assert_near(Path("parquet") / name, memory / name)
    loadings = parquet.read_table("parquet/loadings.parquet")
    header, *rows = cells(streamed / "loadings.csv")
    assert loadings.column_names == header
    for column, ours in zip(loadings.columns, zip(*rows, strict=True), strict=True):
        if column.type == "double":
            np.testing.assert_allclose(column.to_numpy(), np.array(ours, dtype=float), atol=1e-12)
        else:
            assert column.to_pylist() == list(ours)
    values = json.loads(Path("csv/solution.json").read_text())
    assert values["data"]["n_sorts"] == 435
    assert values["data"]["texts"][0].startswith("It is important to vote")


def test_the_terminal_tells_what_was_found_and_where(files: Path, qmethod_command: Qmethod) -> None:
    result = qmethod_command("analyse", files / "sorts.parquet", "-k", 2, "--stream", "--name", "f1=Alarmed")
    memory = qmethod_command("analyse", files / "sorts.csv", "-k", 2, "--name", "f1=Alarmed", *NORMAL, "--no-retention", "--out", "memory")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "sorts.parquet: 435 sorts of 30 statements" in result.stdout
    assert "Tables  sorts-analysis\n" in result.stdout
    ours, theirs = (text[text.index("Found") : text.index("Keep in mind")] for text in (result.stdout, memory.stdout))
    assert ours == theirs


def test_a_recipe_repeats_it_byte_for_byte(files: Path, qmethod_command: Qmethod) -> None:
    qmethod_command("analyse", files / "sorts.parquet", "-k", 2, "--stream", "--out", "first", "--correlation", "spearman")
    assert qmethod_command("run", "first/analysis.toml", "--out", "again").exit_code == 0
    assert hashes(Path("first")) == hashes(Path("again"))
    before = hashes(Path("first"))
    assert qmethod_command("run", "first/analysis.toml").exit_code == 0
    assert hashes(Path("first")) == before
    table = parquet.read_table(files / "sorts.parquet")
    parquet.write_table(table.slice(0, 300), files / "sorts.parquet")
    result = qmethod_command("run", "first/analysis.toml")
    assert result.exit_code == 2
    assert "the input has changed" in result.stderr
    assert hashes(Path("first")) == before
    assert qmethod_command("run", "first/analysis.toml", "--accept-changed-input").exit_code == 0
    assert json.loads(Path("first/solution.json").read_text())["data"]["n_sorts"] == 300


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--rotate", "1,2,10", "--bootstrap", "100"), "--rotate, --bootstrap cannot be used with --stream"),
        (("--language", "es"), "--language cannot be used with --stream"),
        (("--wave", "after"), "--wave cannot be used with --stream"),
        (("--extraction", "centroid"), "extraction 'centroid' (what can be: pca)"),
        (("--layout", "long"), "not one with long"),
        (("--grid", "-1:1,0:1,1:1"), "the study has 30"),
        (("--dask", "tcp://127.0.0.1:1"), "no dask scheduler answers at 'tcp://127.0.0.1:1'"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(
    files: Path, qmethod_command: Qmethod, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], message: str
) -> None:
    def nobody(*_: object, **__: object) -> None:
        raise OSError("refused")

    monkeypatch.setattr("distributed.Client", nobody)
    result = qmethod_command("analyse", files / "sorts.csv", "-k", 2, "--stream", *options)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not list(Path().glob("sorts-analysis/*"))


def test_the_command_that_a_refusal_names_opens_the_way(qmethod_command: Qmethod) -> None:
    rows = ["R_1,3,C3,C2,C1,C2", "R_2,4,C2,C1,C3,C2", "R_3,5,C3,C1,-9,C1", "R_4,5,C3,C2,C2,C1", "R_5,6,C1,C2,C3,C2", "R_6,6,C3,C2,C1,C2"]
    Path("an export.csv").write_text("\n".join(["Of 2026", "Response,age,Q1,Q2,Q3,Q4", ",,a,b,c,d", *rows]) + "\n", encoding="utf-8")
    options = (
        "--columns",
        "Q*",
        "--id",
        "Response",
        "--skip",
        1,
        "--codes",
        "C1=-1,C2=0,C3=1",
        "--missing-code",
        -9,
        "--exclude-participant",
        "R_2=of a trial",
    )
    refused = qmethod_command("analyse", "an export.csv", "-k", 1, "--stream", *options)
    assert refused.exit_code == 2
    told = re.search(r"needs no such option: qmethod (.*); then analyse (\S.*) with --stream", refused.stderr)
    assert told is not None
    made = qmethod_command(*shlex.split(told[1]))
    assert "1 left out, as you asked: R_2 (of a trial)" in made.stdout
    assert qmethod_command("analyse", told[2], "-k", 1, "--stream", "--missing", "drop-sort", "--out", "streamed").exit_code == 0
    assert qmethod_command("analyse", "an export.csv", "-k", 1, *options, "--missing", "drop-sort", "--no-retention", "--out", "whole").exit_code == 0
    one, other = (json.loads(Path(folder, "solution.json").read_text())["characteristics"] for folder in ("streamed", "whole"))
    assert one["n_defining"] == other["n_defining"]
    assert one["explained_variance"] == pytest.approx(other["explained_variance"])


def test_a_sort_at_fault_leaves_no_half_table(files: Path, qmethod_command: Qmethod) -> None:
    text = (files / "sorts.csv").read_text().splitlines()
    text[100] = text[100].partition(",")[0] + ",1" * 30
    (files / "sorts.csv").write_text("\n".join(text))
    result = qmethod_command("analyse", files / "sorts.csv", "-k", 2, "--stream")
    assert result.exit_code == 2
    assert "sorts.csv:101: all placements are the same (participant p100)" in result.stderr
    assert not list(Path().glob("sorts-analysis/*"))


def test_names_of_viewpoints_that_do_not_exist(files: Path, qmethod_command: Qmethod) -> None:
    result = qmethod_command("analyse", files / "sorts.csv", "-k", 2, "--stream", "--name", "f7=Nobody")
    assert result.exit_code == 2
    assert "there is no factor 'f7'" in result.stderr
    assert not list(Path().glob("sorts-analysis/*"))


def test_every_command_reads_parquet(files: Path, climate: QData, qmethod_command: Qmethod) -> None:
    write_csv(climate, "plain.csv")
    for words in (("inspect",), ("retain", "--random", 19)):
        result, plain = (qmethod_command(words[0], path, *words[1:], "--json") for path in (files / "sorts.parquet", "plain.csv"))
        assert result.exit_code == 0
        ours, theirs = json.loads(result.stdout), json.loads(plain.stdout)
        assert {key for key in theirs if ours[key] != theirs[key]} <= {"source", "file", "sha256", "format", "n_texts"}


def test_without_dask_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from qmethod_analysis.commands.streaming import cluster

    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(QMethodError, match=r'pip install "qmethod\[cluster\]"'), cluster("tcp://127.0.0.1:1"):
        pass
