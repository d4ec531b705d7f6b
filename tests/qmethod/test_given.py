"""What callers hand in: nothing that they do to it afterwards changes a result, and what is no sort, name or grid is refused."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qmethod
from qmethod import DataError, Grid, QData
from qmethod.given import owned

GRID = Grid.parse("-2:2,-1:3,0:4,1:3,2:2")


def sorts(seed: int = 1, m: int = 16) -> np.ndarray:
    """Sorts of two viewpoints, which the caller may write to."""
    profiles = np.random.default_rng(seed).standard_normal((14, 2))
    return np.array(qmethod.simulate(profiles, GRID, (m // 2, m - m // 2), rng=seed).data.sorts, dtype=float)


def arrays(value: Any) -> Iterator[np.ndarray]:
    if isinstance(value, np.ndarray):
        yield value
    elif is_dataclass(value):
        for spec in fields(value):
            yield from arrays(getattr(value, spec.name))
    elif isinstance(value, tuple):
        for one in value:
            yield from arrays(one)


def chunked(a: np.ndarray) -> Any:
    return qmethod.analyse_in_chunks(qmethod.ArraySorts(QData.from_array(a), 5), 2)


TAKERS: dict[str, Callable[[np.ndarray], Any]] = {
    "QData": lambda a: QData(a),
    "from_array": QData.from_array,
    "from_frame": lambda a: QData.from_frame(pd.DataFrame(a)),
    "analyse": lambda a: qmethod.analyse(a, 2),
    "analyse_in_chunks": chunked,
    "retain": lambda a: qmethod.retain(a, max_factors=2, n_random=19, nest=False, rng=1),
    "bootstrap": lambda a: qmethod.bootstrap(qmethod.analyse(a, 2), 5, rng=1),
    "compare": lambda a: qmethod.compare(a, a[:, :3], rng=1, n_permutations=9),
    "compare_occasions": lambda a: qmethod.compare_occasions(a, a[::-1], n_factors=2, rng=1, n_permutations=99),
    "classify": lambda a: qmethod.classify(a, a[:, :2]),
    "shorten": lambda a: qmethod.shorten(qmethod.analyse(a, 2), longest=5, folds=2, rng=1),
    "simulate": lambda a: qmethod.simulate(a[:, :2], GRID, (3, 3), rng=1),
}


@pytest.mark.parametrize("kind", [float, np.int16, np.int64])
@pytest.mark.parametrize("take", TAKERS.values(), ids=TAKERS)
def test_what_is_done_to_an_array_afterwards_changes_no_result(take: Callable[[np.ndarray], Any], kind: Any):
    mine = sorts().astype(kind)
    result = take(mine)
    held = list(arrays(result))
    assert held or isinstance(result, qmethod.Retention)
    before = [one.tobytes() for one in held]
    mine[:] = 0
    assert [one.tobytes() for one in held] == before
    assert not any(np.shares_memory(one, mine) for one in held)
    assert not any(one.flags.writeable for one in held)


@pytest.mark.parametrize("look", [lambda a: a, lambda a: a.view(), lambda a: a.T.T, lambda a: a[:, ::2], lambda a: np.ma.masked_array(a)])
@pytest.mark.parametrize("closed", [True, False])
def test_a_view_that_cannot_be_written_to_may_look_at_what_can(look: Callable[[np.ndarray], np.ndarray], closed: bool):
    mine = sorts()
    seen = look(mine)
    if closed and seen is not mine:
        seen.flags.writeable = False
    data = QData(seen)
    mine[:] = 9
    assert not (data.sorts == 9).any()
    with pytest.raises(ValueError, match="WRITEABLE"):
        data.sorts.flags.writeable = True


def test_what_nobody_can_write_to_is_not_copied():
    data = QData(sorts())
    for other in (QData(data.sorts), QData(data.sorts[:, :4])):
        assert np.shares_memory(other.sorts, data.sorts)
    closed = sorts()
    closed.flags.writeable = False
    assert np.shares_memory(owned(closed), closed)


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_what_is_masked_is_missing(draw: st.DataObject):
    whole = sorts(m=6).astype(draw.draw(st.sampled_from([float, np.int8, np.int64])))
    mask = np.random.default_rng(draw.draw(st.integers(0, 99))).random(whole.shape) < draw.draw(st.sampled_from([0.0, 0.2]))
    masked, gaps = np.ma.masked_array(whole, mask), np.where(mask, np.nan, whole)
    np.testing.assert_array_equal(QData(masked).sorts, gaps)
    assert (QData(masked).missing == mask).all()
    first, second = qmethod.classify(masked, whole[:, :2]), qmethod.classify(gaps, whole[:, :2])
    np.testing.assert_array_equal(first.probabilities, second.probabilities)
    assert first.n_placed.tolist() == second.n_placed.tolist()


def test_names_are_texts_in_tuples():
    mine = ["a", "b", *map(str, range(12))]
    data = QData(sorts(m=4), statements=mine, participants=range(4), texts=np.array(mine))
    mine[0] = "other"
    assert data.statements[0] == data.texts[0] == "a"
    assert data.participants == ("0", "1", "2", "3")
    assert {type(name) for names in (data.statements, data.participants, data.texts) for name in names} == {str}
    assert hash(data.statements)
    assert QData(sorts(m=4), participants=pd.Index([7, 8, 9, 10])).participants == ("7", "8", "9", "10")
    for odd in ([1.5, 2, 3, 4], [None, "a", "b", "c"], [True, "a", "b", "c"], [b"a", "b", "c", "d"], [("a",), "b", "c", "d"]):
        with pytest.raises(DataError, match=r"the name of a participant must be a text, got (.|\n)*`participants` takes texts"):
            QData(sorts(m=4), participants=odd)  # type: ignore[arg-type]
    for whole in ("abcd", 4):
        with pytest.raises(DataError, match="`statements` must be a sequence of texts"):
            QData.from_array(sorts(m=4), statements=whole)  # type: ignore[arg-type]


ODD_GRIDS: dict[str, Callable[[], Any]] = {
    "texts": lambda: Grid("a", "b"),  # type: ignore[arg-type]
    "nothing": lambda: Grid(None, None),  # type: ignore[arg-type]
    "nan": lambda: Grid((0, float("nan")), (1, 1)),
    "inf": lambda: Grid((0, float("inf")), (1, 1)),
    "halves": lambda: Grid((0, 1), (1.5, 2)),  # type: ignore[arg-type]
    "truth": lambda: Grid((0, 1), (True, 2)),
    "figures": lambda: Grid((0, "1"), (1, 2)),  # type: ignore[arg-type]
    "table": lambda: Grid(np.eye(2), (1, 2)),  # type: ignore[arg-type]
    "parse": lambda: Grid.parse(None),  # type: ignore[arg-type]
    "of": lambda: Grid.of("abc"),
    "of nothing": lambda: Grid.of([]),
    "in data": lambda: QData(sorts(), grid="-1:1"),  # type: ignore[arg-type]
    "in a frame": lambda: QData.from_frame(pd.DataFrame(sorts()), grid="-1:1"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("make", ODD_GRIDS.values(), ids=ODD_GRIDS)
def test_what_is_no_grid_is_refused(make: Callable[[], Any]):
    with pytest.raises(DataError, match="grid"):
        make()


def test_a_grid_takes_arrays():
    assert Grid(np.array([-1.0, 0.5]), np.array([2, 3])) == Grid((-1, 0.5), (2, 3))  # type: ignore[arg-type]


def test_sorts_are_kept_by_position_name_or_truth():
    data = QData(sorts(m=6))
    expected = data.sorts[:, [1, 4]].tolist()
    truth = np.isin(np.arange(6), (1, 4))
    for which in ([1, 4], (1, -2), np.array([1, 4]), ["p2", "p5"], [1, "p5"], truth, truth.tolist()):
        kept = data.keep(which)
        assert (kept.participants, kept.sorts.tolist()) == (("p2", "p5"), expected)


@pytest.mark.parametrize(
    ("which", "said"),
    [
        ([99], "no sort at position 99: there are 6"),
        ([-7], "no sort at position -7"),
        (["Ana"], "no sort called 'Ana'"),
        ([1.0], "1.0 names no sort"),
        ([None], "None names no sort"),
        ([True, 1], "True names no sort"),
        ([True] * 5, "5 truth values for 6 sorts"),
        ([], "no sort is left"),
        ([False] * 6, "no sort is left"),
        ("p1", "must be a sequence, got 'p1'"),
        (3, "must be a sequence, got 3"),
        ([0, 0], "two participants are called 'p1'"),
    ],
)
def test_sorts_that_are_not_there_are_refused(which: Any, said: str):
    with pytest.raises(DataError, match=said):
        QData(sorts(m=6)).keep(which)


def test_a_part_of_a_file_says_that_it_is_one():
    data = qmethod.datasets.load("climate")
    assert data.keep(range(435)).source == data.source
    assert data.keep(range(434, -1, -1)).source == data.source
    part = data.keep(range(60))
    assert part.source is not None
    assert part.source.kind.endswith("; 60 of 435 sorts kept")
    assert part.keep([0, 1, 2]).origin().kind.endswith("; 60 of 435 sorts kept; 3 of 60 sorts kept")
    assert part.origin() != data.origin()


def test_sorts_that_the_method_leaves_out_leave_the_source_as_it_is():
    data = qmethod.datasets.load("climate").keep(range(40))
    flat = np.array(data.sorts)
    flat[:, 3] = 0
    odd = QData(flat, data.statements, data.participants, data.texts, source=data.source)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        solution = qmethod.analyse(odd, 2, constant="drop-sort")
    assert solution.data.n_sorts == 39
    assert solution.data.source == data.source
