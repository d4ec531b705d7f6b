"""What the columns of a data frame are: every sort comes back or is refused by name, whatever people are called."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qmethod
from qmethod import DataError, Grid, QData
from qmethod.formats.frames import make_frame
from qmethod.formats.headings import ID_HEADERS, NAMING_HEADERS, OTHER_HEADERS, PARTICIPANT_HEADERS, STATEMENT_HEADERS, TEXT_HEADERS, VALUE_HEADERS
from qmethod.formats.placements import LARGEST
from qmethod.simulation import random_sorts

BACKENDS = ("pandas", "polars", "pyarrow")
GRIDS = [Grid.parse(text) for text in ("-2:1,-1:3,0:4,1:3,2:1", "0:1,1:1,2:1,3:1,4:1,5:1", "-3:1,-2:1,-1:1,1:1,2:1,3:1", "1:2,2:3,3:2")]
GRID = GRIDS[0]
IDS = tuple(f"st{i}" for i in range(12))
NAMES = sorted(NAMING_HEADERS | OTHER_HEADERS | VALUE_HEADERS)
spelt = st.tuples(st.sampled_from(NAMES), st.sampled_from([str.lower, str.upper, str.title])).map(lambda pair: pair[1](pair[0]))


@st.composite
def named(draw: st.DrawFn) -> QData:
    """Sorts of people who are called like columns of tables."""
    people = draw(st.lists(st.one_of(spelt, st.sampled_from(["Ana", "5", "p1"])), min_size=1, max_size=6, unique=True))
    grid = draw(st.sampled_from(GRIDS))
    n = grid.n_statements
    sorts: Any = random_sorts(grid, len(people), np.random.default_rng(draw(st.integers(0, 999)))).astype(float)
    if draw(st.booleans()):
        sorts[draw(st.integers(0, n - 1)), draw(st.integers(0, len(people) - 1))] = np.nan
    if draw(st.booleans()):
        sorts[:, 0] = np.nan
    ids = draw(st.sampled_from([IDS[:n], tuple(map(str, range(1, n + 1))), tuple(f"Item {i}" for i in range(n))]))
    texts = draw(st.sampled_from([(), tuple(f"Wording {i} of many" for i in range(n)), ("only one has words", *[""] * (n - 1))]))
    return QData(sorts, ids, tuple(people), texts)


@given(named(), st.sampled_from(BACKENDS), st.booleans())
@settings(max_examples=400, deadline=None)
def test_every_sort_comes_back_or_is_refused(data: QData, backend: str, by_index: bool):
    try:
        frame = data.to_frame(backend=backend)
        frame = frame.set_index("statement") if by_index and backend == "pandas" else frame
        back = QData.from_frame(frame)
    except DataError as error:
        said = str(error)
        assert any(repr(name) in said or repr(name.lower()) in said for name in data.participants), said
        assert "->" in said
        return
    assert back.participants == data.participants
    assert back.statements == data.statements
    assert back.texts == data.texts
    np.testing.assert_array_equal(back.sorts, data.sorts)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", ["statement", "text"])
def test_a_table_with_two_columns_of_one_name_is_refused(name: str, backend: str):
    data = QData(random_sorts(GRID, 2, np.random.default_rng(1)), IDS, (name, "Ana"), tuple(f"Wording {i}" for i in range(12)))
    with pytest.raises(DataError, match=f"two columns of the table would be called '{name}'(.|\n)*another name"):
        data.to_frame(backend=backend)


@pytest.mark.parametrize("name", sorted(ID_HEADERS - STATEMENT_HEADERS))
@pytest.mark.parametrize("place", [0, 1, 3])
@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_a_column_that_numbers_the_rows_is_their_ids_wherever_it_stands(make: Any, place: int, name: str):
    sorts = random_sorts(GRID, 3, np.random.default_rng(1))
    columns: list[tuple[str, Any]] = [(f"A{j}", sorts[:, j].tolist()) for j in range(3)]
    columns.insert(place, (name, list(range(5, 17))))
    data = QData.from_frame(make(dict(columns)))
    assert (data.participants, data.statements[:2]) == (("A0", "A1", "A2"), ("5", "6"))
    with pytest.raises(DataError, match="both look like the ids"):
        QData.from_frame(make({"statement": list(IDS), **dict(columns)}))


def test_a_column_of_wordings_beside_ids_is_told_by_its_words():
    sorts = {f"A{j}": random_sorts(GRID, 3, np.random.default_rng(1))[:, j] for j in range(3)}
    words = [f"A sentence of words, number {i}" for i in range(12)]
    for columns in ({"id": range(12), "statement": words}, {"statement": words, "id": IDS}, {"statement": IDS, "item": words}):
        data = QData.from_frame(pd.DataFrame({**columns, **sorts}))
        assert data.texts == tuple(words)
        assert data.participants == tuple(sorts)


@given(name=st.sampled_from(sorted(TEXT_HEADERS)), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_placements_are_no_wordings(name: str, seed: int):
    sorts = random_sorts(GRID, 2, np.random.default_rng(seed))
    data = QData.from_frame(pd.DataFrame({"statement": IDS, name: sorts[:, 0], "Ana": sorts[:, 1]}))
    assert data.participants == (name, "Ana")


@pytest.mark.parametrize("name", sorted(OTHER_HEADERS - {"npos", "nneu", "nneg"}))
def test_a_column_of_something_else_is_no_sort(name: str):
    sorts = random_sorts(GRID, 2, np.random.default_rng(1))
    for make in (pd.DataFrame, pl.DataFrame, pa.table):
        with pytest.raises(DataError, match=f"the column '{name}' is no sort: it holds 20"):
            QData.from_frame(make({"statement": list(IDS), "Ana": sorts[:, 0], "Ben": sorts[:, 1], name: list(range(20, 32))}))
        assert QData.from_frame(make({"Ana": sorts[:, 0], name: sorts[:, 1]})).participants == ("Ana", name)


@given(
    st.lists(st.one_of(st.integers(-(10**20), 10**20), st.floats().filter(lambda x: x == 0 or not abs(x) < 1e-40)), min_size=2, max_size=8),
    st.sampled_from([pd.DataFrame, pl.DataFrame]),
)
@settings(max_examples=150, deadline=None)
def test_placements_are_taken_as_they_are_or_refused(values: list[float], make: Any):
    given_values = [float(value) for value in values]
    frame = make({"Ana": given_values, "Ben": given_values})
    if any(abs(value) > LARGEST for value in given_values):
        with pytest.raises(DataError, match="the column 'Ana' holds no placements"):
            QData.from_frame(frame)
        return
    found = QData.from_frame(frame).sorts[:, 0]
    np.testing.assert_array_equal(found, np.array(given_values))


@pytest.mark.parametrize("value", [2**31, 3_000_000_000, 10**400, float("inf")])
def test_a_number_beyond_all_grids_is_named(value: Any):
    with pytest.raises(DataError, match="the column 'Ana' holds no placements"):
        QData.from_frame(pd.DataFrame({"Ana": [value, 0, 1], "Ben": [0, 1, 2]}))


@pytest.mark.parametrize("gap", [None, np.nan, pd.NA, pd.NaT])
def test_whatever_stands_for_nothing_is_nothing(gap: Any):
    data = QData.from_frame(
        pd.DataFrame({"statement": ["a", "b", "c"], "text": ["Some words", gap, "x"], "Ana": [gap, 0, 1], "Ben": ["1", gap, "0"]})
    )
    assert data.missing.tolist() == [[True, False], [False, True], [False, False]]
    assert data.texts == ("Some words", "", "x")
    sorts = {"Ana": [0, 1, 2], "Ben": [2, 1, 0]}
    for frame in (
        pd.DataFrame({"statement": ["a", gap, "c"], **sorts}),
        pd.DataFrame(sorts, index=pd.Index(["a", gap, "c"], dtype=object)),
    ):
        with pytest.raises(DataError, match="a statement has no name"):
            QData.from_frame(frame)
    with pytest.raises(DataError, match="a participant has no name"):
        QData.from_frame(pd.DataFrame(np.eye(3), columns=pd.Index(["a", gap, "c"], dtype=object)))


def test_labels_of_rows_are_ids_or_are_refused():
    frame = pd.DataFrame({f"A{j}": column for j, column in enumerate(random_sorts(GRID, 3, np.random.default_rng(1)).T)})
    part = frame.iloc[[3, 5, 7, 0]]
    with pytest.raises(DataError, match=r"do not count its rows(.|\n)*reset_index\(drop=True\)(.|\n)*rename_axis\('statement'\)"):
        QData.from_frame(part)
    assert QData.from_frame(part.reset_index(drop=True)).statements == ("s1", "s2", "s3", "s4")
    assert QData.from_frame(part.rename_axis("statement")).statements == ("3", "5", "7", "0")
    assert QData.from_frame(frame.assign(statement=IDS).iloc[[3, 5, 7, 0]]).statements == ("st3", "st5", "st7", "st0")
    assert QData.from_frame(frame.assign(statement=IDS).set_index(pd.Index(IDS))).statements == IDS
    other = frame.assign(statement=IDS).set_index(pd.Index([f"x{i}" for i in range(12)]))
    with pytest.raises(DataError, match="the index and 'statement' both look like the ids"):
        QData.from_frame(other)
    assert QData.from_frame(other, id_column="statement").statements == IDS
    with pytest.raises(DataError, match="the index of the frame has several levels"):
        QData.from_frame(frame.set_index([list(IDS), list(IDS)]))
    with pytest.raises(DataError, match="names of several levels"):
        QData.from_frame(pd.DataFrame(np.eye(4), columns=pd.MultiIndex.from_product([["a", "b"], ["c", "d"]])))


def test_a_few_statements_of_a_frame_that_lies_the_wrong_way_are_refused():
    data = qmethod.datasets.load("climate").keep(range(20))
    frame = data.to_frame(backend="pandas").drop(columns="text").set_index("statement")
    for few in (frame.T.iloc[:, :5], frame.T.rename_axis(columns=None).iloc[:, :5], frame.T.rename_axis("participant").rename_axis(columns=None)):
        with pytest.raises(DataError, match="lies the wrong way"):
            QData.from_frame(few)
    with pytest.raises(DataError, match="lies the wrong way: its columns are called like statements, 'sta_1'"):
        QData.from_frame(pl.from_pandas(frame.T.iloc[:, :5].reset_index(drop=True)))


@pytest.mark.parametrize("value", [pd.Series([1, 2]), {"a": [1, 2]}, [[1, 2]], np.eye(3), None, "sorts.csv", 3])
def test_what_is_no_frame_is_refused(value: Any):
    with pytest.raises(DataError, match=r"a data frame of pandas, polars or pyarrow is needed, got (.|\n)*`qmethod.read` a file"):
        QData.from_frame(value)


def test_one_column_cannot_be_both():
    frame = pd.DataFrame({"x": ["a", "b"], "Ana": [0, 1]})
    with pytest.raises(DataError, match="both name 'x'"):
        QData.from_frame(frame, id_column="x", text_column="x")
    with pytest.raises(DataError, match="two columns of the frame are called 'a'"):
        QData.from_frame(pa.table([[1, 2], [2, 1]], names=["a", "a"]))


KINDS: dict[str, tuple[st.SearchStrategy[Any], str]] = {
    "whole": (st.integers(-5, 5), "i"),
    "number": (st.floats(-5, 5), "f"),
    "text": (st.sampled_from(["a", "b"]), "t"),
    "truth": (st.booleans(), "b"),
}


@given(st.data(), st.sampled_from(sorted(KINDS)), st.sampled_from(BACKENDS))
@settings(max_examples=200, deadline=None)
def test_a_gap_changes_no_cell_and_no_type(draw: st.DataObject, kind: str, backend: str):
    cells = [draw.draw(KINDS[kind][0]) for _ in range(4)]
    gaps: list[Any] = [*cells, None]
    whole, holed = (make_frame(("x",), [(cell,) for cell in column], backend) for column in (cells, gaps))
    types, found = [], []
    for frame in (whole, holed):
        column = frame["x"]
        values = column.to_pylist() if backend == "pyarrow" else list(column)
        found.append([None if value is None or value is pd.NA or value != value else value for value in values])
        types.append(str(column.type if backend == "pyarrow" else column.dtype).lower().replace("boolean", "bool"))
    assert found == [cells, gaps]
    assert types[0] == types[1]


def test_participant_headers_do_not_make_a_frame_of_sorts_long():
    for name in sorted(PARTICIPANT_HEADERS):
        data = QData(random_sorts(GRID, 2, np.random.default_rng(1)), IDS, (name, "Ana"))
        assert QData.from_frame(data.to_frame(backend="polars")).participants == (name, "Ana")
