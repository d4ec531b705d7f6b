"""Data frames of three libraries, in and out."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qmethod
from qmethod import DataError, Grid, PolicyError, QData, QSolution
from qmethod.simulation import random_sorts
from qmethod_analysis.tables.named import TABLES

GRID = Grid.parse("-2:1,-1:3,0:4,1:3,2:1")
TEXTS = tuple(f"Wording {i}; with signs" for i in range(12))
IDS = tuple(f"st{i}" for i in range(12))
PEOPLE = ("Ana", "Ben", "no", "Dörte", "5")
MAKERS: dict[str, Callable[[dict[str, Any]], Any]] = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.table}


def columns(seed: int = 1, people: tuple[str, ...] = PEOPLE) -> dict[str, Any]:
    sorts = random_sorts(GRID, len(people), np.random.default_rng(seed))
    return {who: sorts[:, j].tolist() for j, who in enumerate(people)}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_labels_and_wordings_are_kept(make: Callable[[dict[str, Any]], Any]):
    sorts = columns()
    data = QData.from_frame(make({"Statement ID": IDS, "Wording": TEXTS, **sorts}))
    assert (data.statements, data.texts, data.participants) == (IDS, TEXTS, PEOPLE)
    assert data.sorts.tolist() == np.column_stack(list(sorts.values())).tolist()
    assert data.sorts.dtype.kind == "i"
    assert data.grid == GRID
    named = QData.from_frame(make({"x": TEXTS, "y": IDS, **sorts}), id_column="y", text_column="x", grid=GRID)
    assert (named.statements, named.texts, named.participants) == (IDS, TEXTS, PEOPLE)


def test_an_index_names_the_statements():
    sorts = columns()
    assert QData.from_frame(pd.DataFrame(sorts, index=list(IDS))).statements == IDS
    assert QData.from_frame(pd.DataFrame(sorts)).statements[:2] == ("s1", "s2")
    assert QData.from_frame(pd.DataFrame(sorts, index=range(1, 13))).statements == tuple(map(str, range(1, 13)))
    assert QData.from_frame(pd.DataFrame(np.column_stack(list(sorts.values())))).participants == ("0", "1", "2", "3", "4")


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_missing_placements_and_text_numbers(make: Callable[[dict[str, Any]], Any]):
    sorts = columns()
    sorts["Ana"][3] = None
    sorts["Ben"] = [f"−{-v}" if v < 0 else str(v) for v in sorts["Ben"]]
    data = QData.from_frame(make(sorts))
    assert np.argwhere(data.missing).tolist() == [[3, 0]]
    assert data.sorts[:, 1].tolist() == columns()["Ben"]


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_what_is_no_placement_is_named(make: Callable[[dict[str, Any]], Any]):
    odd = {"gender": ["f"] * 12, "agreed": [True, False] * 6}
    with pytest.raises(DataError) as caught:
        QData.from_frame(make({"statement": IDS, **columns(), **odd}))
    assert "the column 'gender' holds no placements: 'f'" in str(caught.value)
    assert "the column 'agreed' holds no placements: 'True'" in str(caught.value)
    assert "Ana" not in str(caught.value)
    assert "`text_column`" in str(caught.value)
    with pytest.raises(DataError, match=r"`text_column`: the frame has no column 'words'(.|\n)*'Ana', 'Ben'"):
        QData.from_frame(make(columns()), text_column="words")


def turned(make: Callable[[dict[str, Any]], Any], sorts: np.ndarray) -> Any:
    return make({f"st{i}": row.tolist() for i, row in enumerate(sorts)})


@given(seed=st.integers(0, 2**32 - 1), n_sorts=st.integers(3, 20), told=st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_frame_that_lies_the_wrong_way_is_refused(seed: int, n_sorts: int, told: bool):
    sorts = random_sorts(GRID, n_sorts, np.random.default_rng(seed))
    for make in MAKERS.values():
        with pytest.raises(DataError, match=r"lies the wrong way(.|\n)*frame.T"):
            QData.from_frame(turned(make, sorts), grid=GRID if told else None)
        right = QData.from_frame(turned(make, sorts.T), grid=GRID if told else None)
        assert right.sorts.tolist() == sorts.tolist()


def test_a_few_sorts_off_the_grid_do_not_hide_the_way():
    sorts = random_sorts(GRID, 9, np.random.default_rng(4))
    sorts[0, :2] = 0
    with pytest.raises(DataError, match="lies the wrong way"):
        QData.from_frame(turned(pl.DataFrame, sorts))
    assert QData.from_frame(turned(pl.DataFrame, sorts.T)).n_sorts == 9


def test_free_sorts_are_taken_as_they_lie():
    free = np.random.default_rng(2).normal(size=(12, 8))
    assert QData.from_frame(pd.DataFrame(free)).sorts.shape == (12, 8)
    assert QData.from_frame(pd.DataFrame(free.T)).sorts.shape == (8, 12)


def test_people_in_rows_and_long_frames_are_told_apart():
    free = pd.DataFrame(np.random.default_rng(2).normal(size=(4, 6))).assign(participant=["a", "b", "c", "d"])
    with pytest.raises(DataError, match="its column 'participant' names people"):
        QData.from_frame(free)
    long = pd.DataFrame({"participant": ["a"] * 3, "statement": ["1", "2", "3"], "value": [0, 1, -1]})
    with pytest.raises(DataError, match=r"one placement a row(.|\n)*pivot\(index='statement', columns='participant', values='value'\)"):
        QData.from_frame(long)
    with pytest.raises(DataError, match="two columns of the frame are called 'a'"):
        QData.from_frame(pd.DataFrame([[1, 2], [2, 1]], columns=["a", "a"]))
    with pytest.raises(DataError, match="no columns with placements"):
        QData.from_frame(pd.DataFrame({"statement": ["a", "b"]}))


def test_a_lazy_frame_is_collected():
    assert QData.from_frame(pl.LazyFrame(columns())).n_sorts == 5


def test_functions_take_sorts_in_any_form(tmp_path: Path):
    data = qmethod.datasets.load("climate").keep(range(30))
    file = qmethod.write_csv(data, tmp_path / "sorts.csv")
    expected = qmethod.analyse(data, 2)
    frame = data.to_frame(backend="pandas")
    for form in (file, str(file), frame, data.to_frame(backend="polars"), frame.set_index("statement").drop(columns="text"), data.sorts):
        found = qmethod.analyse(form, 2)
        assert found.loadings.tolist() == expected.loadings.tolist()
        if form is not data.sorts:
            assert (found.data.participants, found.data.statements) == (data.participants, data.statements)
    asked = [qmethod.retain(form, max_factors=1, n_random=19, nest=False, rng=1).answers for form in (data, file, frame)]
    assert asked[0] == asked[1] == asked[2]


def test_read_takes_bytes_and_file_objects(tmp_path: Path):
    file = qmethod.write_csv(qmethod.datasets.load("climate").keep(range(5)), tmp_path / "sorts.csv")
    expected, raw = qmethod.read(file), file.read_bytes()
    with file.open("rb") as opened, file.open(encoding="utf-8", newline="") as text:
        for form in (raw, io.BytesIO(raw), io.StringIO(raw.decode()), opened, text):
            data = qmethod.read(form)
            assert data.sorts.tolist() == expected.sorts.tolist()
            assert (data.texts, data.origin().sha256) == (expected.texts, expected.origin().sha256)
    with pytest.raises(DataError, match="the file is empty"):
        qmethod.read(b" ")
    with pytest.raises(DataError, match="bytes: this is a PDF document"):
        qmethod.read(b"%PDF-1.7")
    with pytest.raises(DataError, match="Save it, and give its path"):
        qmethod.read(pa.BufferOutputStream().getvalue().to_pybytes() + b"PAR1")


@pytest.fixture(scope="module")
def results() -> dict[type, Any]:
    data = qmethod.datasets.load("climate").keep(range(40))
    solution = qmethod.analyse(data, 2)
    return {
        QData: data,
        QSolution: solution,
        qmethod.Retention: qmethod.retain(data, max_factors=2, n_random=19, nest=False),
        qmethod.Bootstrap: qmethod.bootstrap(solution, 5, rng=1),
        qmethod.Calibration: qmethod.calibrate(solution, 5, rng=1),
        qmethod.Partition: qmethod.partition(data, 2, n_sweeps=1000, rng=1),
        qmethod.Multiverse: qmethod.multiverse(solution, qmethod.choices([2], ["pca"], ["varimax"], [".05"])),
        qmethod.Comparison: qmethod.compare(solution.scores.z_scores, solution.scores.z_scores, n_permutations=9, rng=1),
        qmethod.OccasionComparison: qmethod.compare_occasions(data.keep(range(12)), data.keep(range(12)), n_factors=2, n_permutations=99, rng=1),
        qmethod.Classification: qmethod.classify(data.sorts, solution.scores.z_scores),
        qmethod.Retest: qmethod.retest(data, [data.participants[:2]]),
        qmethod.Shortening: qmethod.shorten(solution, longest=5, folds=2, rng=1),
        qmethod.Simulated: qmethod.simulate(solution.scores.z_scores, solution.scores.grid, (3, 3), rng=1),
        qmethod.StreamedSolution: qmethod.analyse_in_chunks(qmethod.ArraySorts(data, 15), 2),
    }


def test_every_table_becomes_a_frame_of_every_library(results: dict[type, Any]):
    assert set(results) == set(TABLES)
    for kind, tables in TABLES.items():
        for what, make in tables.items():
            table = make(results[kind])
            frames = {backend: results[kind].to_frame(what, backend=backend) for backend in MAKERS}
            assert isinstance(frames["pandas"], pd.DataFrame)
            assert isinstance(frames["polars"], pl.DataFrame)
            assert isinstance(frames["pyarrow"], pa.Table)
            for frame in (frames["polars"], frames["pandas"]):
                assert tuple(frame.columns) == table.header
                assert frame.shape == (len(table.rows), len(table.header))
            for expected, found in zip(table.rows, frames["polars"].rows(), strict=True):
                assert [None if cell != cell else cell for cell in found] == list(expected)
    assert results[QSolution].to_frame(backend="polars").columns[0] == "participant"


def test_every_table_with_gaps_becomes_a_frame_of_every_library(results: dict[type, Any]):
    """Viewpoints that match none, positions that are not there: whole numbers stay whole, and the kind of a column is one everywhere."""
    data = qmethod.datasets.load("climate").keep(range(60))
    holed = [
        qmethod.compare(results[QSolution], qmethod.analyse(data, 3), n_permutations=9, rng=1),
        qmethod.bootstrap(qmethod.analyse(data, 12), 5, rng=1),
        qmethod.analyse(data, 12),
        qmethod.multiverse(results[QSolution], qmethod.choices([2, 3], ["pca", "centroid"], ["varimax"], [".05"])),
        qmethod.QData(np.where(data.sorts == 4, np.nan, data.sorts), participants=data.participants),
    ]
    gaps = 0
    for result in holed:
        for what, make in TABLES[type(result)].items():
            table = make(result)
            frames = {backend: result.to_frame(what, backend=backend) for backend in MAKERS}
            for j, name in enumerate(table.header):
                cells = [row[j] for row in table.rows]
                gaps += None in cells and any(cell is not None for cell in cells)
                for backend, frame in frames.items():
                    found = frame[name].to_pylist() if backend == "pyarrow" else list(frame[name])
                    assert [None if cell is None or cell is pd.NA or cell != cell else cell for cell in found] == cells
                kinds = {type(cell) for cell in cells if cell is not None}
                if kinds == {int}:
                    assert pd.api.types.is_integer_dtype(frames["pandas"][name])
                    assert frames["polars"][name].dtype == pl.Int64
                    assert frames["pyarrow"].schema.field(name).type == pa.int64()
    assert gaps > 3


def test_what_is_not_there_is_refused(results: dict[type, Any], monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(PolicyError, match="there is no table 'loading' of a QSolution; there are loadings, z_scores, arrays"):
        results[QSolution].to_frame("loading")
    with pytest.raises(PolicyError, match="`backend` must be one of pandas, polars, pyarrow; got 'excel'"):
        results[QSolution].to_frame(backend="excel")


def test_without_any_library_the_error_says_what_to_install():
    code = """
import sys
for name in ("pandas", "polars", "pyarrow"):
    sys.modules[name] = None
import importlib.util, qmethod
found = importlib.util.find_spec
from qmethod.formats import frames
frames.find_spec = lambda name: None
for name in ("pandas", "polars", "pyarrow"):
    del sys.modules[name]
try:
    qmethod.QData.from_array([[1, 2], [2, 1]]).to_frame()
except qmethod.PolicyError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "a frame needs pandas or polars, which is not installed: pip install pandas\n"
