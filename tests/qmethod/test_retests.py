"""Sorts made twice: their agreement against plain computations, and what is said to users who name them wrongly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import t

import qmethod
from qmethod import DataError, PolicyError, QData, retest
from qmethod.formats.pairs import read_pairs

N = 24


def twice(p: int, seed: int, agreement: float = 0.8) -> tuple[QData, list[tuple[str, str]]]:
    """Sorts of p people, each made twice, and of three who sorted once."""
    rng = np.random.default_rng(seed)
    own = rng.standard_normal((N, p + 3))
    again = agreement * own[:, :p] + np.sqrt(1 - agreement**2) * rng.standard_normal((N, p))
    places = np.hstack([own, again]).argsort(axis=0).argsort(axis=0) // 4
    names = (*(f"p{i}" for i in range(p + 3)), *(f"p{i} again" for i in range(p)))
    return QData(places, tuple(f"s{i}" for i in range(N)), names), [(f"p{i}", f"p{i} again") for i in range(p)]


@given(st.integers(2, 9), st.integers(0, 1000), st.floats(0.5, 0.99))
@settings(max_examples=30)
def test_the_pooled_correlation_is_the_mean_of_fishers_z(p: int, seed: int, level: float) -> None:
    data, pairs = twice(p, seed)
    found = retest(data, pairs, level=level)
    r = np.array([np.corrcoef(data.sorts[:, i], data.sorts[:, p + 3 + i])[0, 1] for i in range(p)])
    z = np.arctanh(r)
    half = t.ppf(0.5 + level / 2, p - 1) * z.std(ddof=1) / np.sqrt(p)
    np.testing.assert_allclose(found.correlations, r)
    assert (found.pooled, found.low, found.high) == pytest.approx((np.tanh(z.mean()), np.tanh(z.mean() - half), np.tanh(z.mean() + half)))
    assert found.coefficient == pytest.approx(found.pooled, abs=5e-5)
    assert retest(data, [pair[::-1] for pair in pairs][::-1], level=level).pooled == pytest.approx(found.pooled)


def test_one_pair_is_allowed_and_told() -> None:
    data, pairs = twice(1, 3)
    found = retest(data, pairs)
    assert np.arctanh(found.high) - np.arctanh(found.pooled) == pytest.approx(1.959964 / np.sqrt(N - 3), abs=1e-4)
    assert "one person's statements: others may differ" in repr(found)
    assert found.to_frame(backend="polars").rows()[0][:2] == ("p0", "p0 again")


def test_the_interval_covers_what_people_have_on_average() -> None:
    rng, covered = np.random.default_rng(4), 0
    for seed in range(200):
        agreement = np.tanh(rng.normal(1.0, 0.3, 5))
        data, pairs = twice(5, seed, agreement)  # type: ignore[arg-type]
        found = retest(data, pairs)
        covered += found.low < np.tanh(0.97) < found.high  # 1.0, less what seven places lose of it
    assert covered > 170


def test_exactly_alike_and_gaps() -> None:
    data, pairs = twice(2, 5)
    sorts = data.sorts.astype(float)
    sorts[:, 5] = sorts[:, 0]
    sorts[3:8, 6] = np.nan
    found = retest(QData(sorts, data.statements, data.participants), pairs)
    assert found.correlations[0] == pytest.approx(1)
    assert np.isfinite([found.pooled, found.low, found.high]).all()
    assert found.shared.tolist() == [N, N - 5]
    alike = retest(QData(sorts, data.statements, data.participants), pairs[:1])
    assert alike.coefficient == 0.99


def test_people_who_do_not_agree_with_themselves_give_no_reliability() -> None:
    data, _ = twice(1, 6)
    turned = QData(np.column_stack([data.sorts[:, 0], 5 - data.sorts[:, 0]]), data.statements, ("a", "b"))
    with pytest.raises(DataError, match="do not agree with themselves"):
        _ = retest(turned, [("a", "b")]).coefficient


WRONG = {
    "p0,nobody": "there is no sort 'nobody'",
    "p1,p1": "p1 is paired with itself",
    "p0,": "names 1 sort",
    "p2,p0 again": "p0 again stands in line 2 already",
    "p0,p3": "p0 stands in line 2 already",
}


@pytest.mark.parametrize(("row", "said"), WRONG.items())
def test_every_fault_of_a_file_names_its_line(row: str, said: str, tmp_path: Path) -> None:
    data, _ = twice(3, 7)
    file = tmp_path / "pairs.csv"
    file.write_text(f"first,second\np0,p0 again\n{row}\n")
    with pytest.raises(DataError, match=rf"pairs\.csv:3: .*{said}"):
        retest(data, file)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    data, _ = twice(3, 7)
    file = tmp_path / "pairs.csv"
    file.write_text("\n".join(["first,second", "p0,p0 again", *WRONG]) + "\n")
    with pytest.raises(DataError) as raised:
        retest(data, file)
    assert len(raised.value.faults) >= len(WRONG)
    assert {fault.line for fault in raised.value.faults} == {3, 4, 5, 6, 7}


@pytest.mark.parametrize("content", ["first,second\n", "first\np0\n", "a,b\np0,p0 again\n", "first,second,third\np0,p0 again,x\n", ""])
def test_other_tables_are_refused_with_their_columns(content: str, tmp_path: Path) -> None:
    data, _ = twice(3, 7)
    file = tmp_path / "pairs.csv"
    file.write_text(content)
    with pytest.raises(DataError, match=r"pairs\.csv"):
        retest(data, file)


@given(
    delimiter=st.sampled_from([",", ";", "\t"]),
    swapped=st.booleans(),
    header=st.sampled_from(["first,second", "First sort,Second sort", "T1,T2", "test,retest"]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_columns_stand_in_any_order_and_are_read_by_the_reader_of_tables(delimiter: str, swapped: bool, header: str, tmp_path: Path) -> None:
    rows = [header.split(","), ["p0", "p0 again"], ["p1", "p1 again"]]
    file = tmp_path / "pairs.csv"
    file.write_text("\n".join(delimiter.join(row[::-1] if swapped else row) for row in rows) + "\n")
    read = read_pairs(file)
    assert read.pairs == (("p0", "p0 again"), ("p1", "p1 again"))
    assert read.lines == (2, 3)


def test_sorts_that_cannot_be_compared_are_named() -> None:
    data, pairs = twice(2, 8)
    sorts = data.sorts.astype(float)
    sorts[:, 5] = 1
    sorts[3:, 6] = np.nan
    with pytest.raises(DataError, match="p0 again puts all statements in the same place") as raised:
        retest(QData(sorts, data.statements, data.participants), pairs)
    assert "p1 and p1 again both place 3 statements" in str(raised.value)


@pytest.mark.parametrize("pairs", [3, None, [("a",)], [("a", "b", "c")], ["ab"], [(1, 2)]])
def test_what_is_no_pairs_is_refused(pairs: object) -> None:
    with pytest.raises(PolicyError, match="pairs"):
        retest(twice(2, 9)[0], pairs)


def test_no_pairs_are_none() -> None:
    with pytest.raises(PolicyError, match="`pairs` must hold one pair"):
        retest(twice(2, 9)[0], [])
    with pytest.raises(PolicyError, match="level"):
        retest(*twice(2, 9), level=1.5)


def test_the_policies_take_it() -> None:
    data, pairs = twice(4, 10)
    found = retest(data, pairs)
    solution = qmethod.analyse(data.keep(range(7)), 1, reliability="fixed", reliability_coefficient=found.coefficient)
    p = solution.characteristics.n_defining
    r = found.coefficient
    np.testing.assert_allclose(solution.characteristics.reliability, p * r / (1 + (p - 1) * r))
