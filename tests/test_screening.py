"""What screening says of odd sorts, and that it does not depend on their order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmethod import Grid, Notice, QData, analyse, read, screening
from qmethod.screening import screen
from qmethod.wording import counted
from tests import references
from tests.strategies import forced_sorts

GRID = Grid((-2, -1, 0, 1, 2), (1, 2, 4, 2, 1))


def study(m: int = 6, seed: int = 1) -> np.ndarray:
    """Forced sorts that differ, shape (10, m)."""
    return np.random.default_rng(seed).permuted(np.tile(GRID.slots()[:, None], (1, m)), axis=0)


def found(data: QData) -> dict[str, Notice]:
    notices = {notice.code: notice for notice in screen(data)}
    assert len(notices) == len(screen(data)) or "duplicate-sorts" in notices
    return notices


def test_sound_sorts_say_nothing() -> None:
    assert screen(QData.from_array(study())) == ()
    assert screen(read(references.HERE / "lipset" / "sorts.csv")) == ()


def test_duplicates_by_group() -> None:
    sorts = study()
    sorts[:, 4] = sorts[:, 1]
    notices = screen(QData.from_array(sorts))
    assert [(notice.code, notice.participants) for notice in notices] == [("duplicate-sorts", ("p2", "p5"))]


def test_alike_but_below_the_threshold_says_nothing() -> None:
    sorts = study()
    sorts[:, 4] = sorts[:, 1]
    at = [np.flatnonzero(sorts[:, 1] == 0)[0], np.flatnonzero(sorts[:, 1] == 1)[0]]
    sorts[at, 4] = sorts[at[::-1], 1]
    assert 0.9 < np.corrcoef(sorts.T)[1, 4] < screening.NEAR_DUPLICATE
    assert screen(QData.from_array(sorts)) == ()


def test_near_duplicates_and_mirrors_are_named_with_r() -> None:
    sorts = np.tile(study(), (4, 1)).astype(float)
    sorts[:, 3] = sorts[:, 0]
    sorts[0, 3] += 1
    sorts[:, 5] = -sorts[:, 2]
    r = np.corrcoef(sorts.T)[0, 3]
    notices = found(QData.from_array(sorts))
    assert notices["near-duplicate-sorts"].participants == ("p1", "p4")
    assert f"p1 and p4 ({r:.2f})" in notices["near-duplicate-sorts"].message
    assert notices["mirror-sorts"].participants == ("p3", "p6")
    assert "p3 and p6 (-1.00)" in notices["mirror-sorts"].message


def test_pairs_are_found_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    sorts = np.random.default_rng(3).standard_normal((40, 30)).round(2)
    sorts[:, 25] = sorts[:, 2] + 0.01 * sorts[:, 3]
    sorts[:, 17] = -sorts[:, 9] + 0.01 * sorts[:, 3]
    whole = screen(QData.from_array(sorts))
    monkeypatch.setattr(screening, "_BLOCK", 7)
    assert screen(QData.from_array(sorts)) == whole
    r = np.corrcoef(sorts.T)
    upper = np.triu(np.ones_like(r, dtype=bool), 1)
    assert {notice.code for notice in whole} >= {"near-duplicate-sorts", "mirror-sorts"}
    assert whole[0].message.startswith(f"{counted(int((upper & (r >= screening.NEAR_DUPLICATE)).sum()), 'pair')} of sorts ")
    assert whole[1].message.startswith(f"{counted(int((upper & (r <= screening.MIRROR_IMAGE)).sum()), 'pair')} of sorts ")


def test_too_many_sorts_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screening, "MOST_COMPARED", 5)
    sorts = study()
    sorts[:, 5] = -sorts[:, 2]
    notices = found(QData.from_array(sorts))
    assert "pairs-not-compared" in notices
    assert "mirror-sorts" not in notices


def test_sorts_of_few_values() -> None:
    sorts = study(7)
    sorts[:, 0] = 1
    sorts[:, 2] = [2, -2] * 5
    sorts[:, 4] = [2, -1, -1, -1, 2] * 2
    notices = found(QData.from_array(sorts, grid=GRID))
    assert notices["constant-sorts"].participants == ("p1",)
    assert notices["extreme-sorts"].participants == ("p3",)
    assert "-2 and 2" in notices["extreme-sorts"].message
    assert notices["two-value-sorts"].participants == ("p5",)


def test_a_scale_of_two_values_is_not_odd() -> None:
    sorts = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1], [1, 1, 1]])
    assert not {"extreme-sorts", "two-value-sorts"} & found(QData.from_array(sorts)).keys()


def test_off_the_grid_says_what_differs() -> None:
    sorts = study()
    sorts[np.flatnonzero(sorts[:, 3] == 2), 3] = 1
    notices = found(QData.from_array(sorts, grid=GRID))
    assert notices["off-grid"].participants == ("p4",)
    assert "p4 (1: 3 instead of 2, 2: 0 instead of 1, as if one card had slipped from 2 to 1)" in notices["off-grid"].message


def test_missing_placements_are_counted_and_not_called_off_grid() -> None:
    sorts = study().astype(float)
    sorts[[2, 7], 1] = np.nan
    sorts[2, 4] = np.nan
    notices = found(QData.from_array(sorts, grid=GRID))
    assert notices.keys() == {"missing-placements"}
    assert notices["missing-placements"].participants == ("p2", "p5")
    assert notices["missing-placements"].statements == ("s3", "s8")
    assert "p2 (2), p5 (1)" in notices["missing-placements"].message


def test_a_sort_without_any_placement() -> None:
    sorts = study().astype(float)
    sorts[:, 1] = np.nan
    assert found(QData.from_array(sorts, grid=GRID)).keys() == {"missing-placements"}


def test_unforced() -> None:
    sorts = study()
    sorts[:, 0] = np.arange(10)
    assert "2 different distributions" in found(QData.from_array(sorts))["unforced"].message
    notices = {notice.code for notice in screen(read(references.HERE / "kr_power_likert" / "sorts.csv"))}
    assert "unforced" in notices


def test_few_sorts_off_the_distribution_of_the_others_are_named_with_the_grid_to_give() -> None:
    sorts = study()
    at = np.flatnonzero(sorts[:, 2] == -1)[0]
    sorts[at, 2] = 0
    notice = found(QData.from_array(sorts))["nearly-forced"]
    assert notice.participants == ("p3",)
    assert "5 of 6 complete sorts share" in notice.message
    assert "p3 (-1: 1 instead of 2, 0: 5 instead of 4, as if one card had slipped from -1 to 0)" in notice.message
    assert f'as the grid: "{GRID}"' in notice.message
    said = found(QData.from_array(sorts, grid=GRID))
    assert "nearly-forced" not in said
    assert "p3 (-1: 1 instead of 2" in said["off-grid"].message


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-3, 3)), max_size=4), st.integers(0, 2**32 - 1))
def test_a_stray_tells_every_column_in_which_it_differs_and_a_slip_that_would_explain_it(moved: list[tuple[int, int]], seed: int) -> None:
    sorts = study(7)
    for i, value in moved:
        sorts[i, 0] = value
    data = QData.from_array(sorts, grid=GRID)
    told = screening.strays(data, GRID)
    assert [one.participant for one in told] == [data.participants[j] for j in data.off_grid()]
    for one in told:
        mine = sorts[:, data.participants.index(one.participant)].tolist()
        wanted = GRID.slots().tolist()
        assert one.columns == tuple((v, mine.count(v), wanted.count(v)) for v in sorted({*mine, *wanted}) if mine.count(v) != wanted.count(v))
        if one.slipped is not None:
            lacking, holding = one.slipped
            mine[mine.index(holding)] = lacking
            assert sorted(mine) == wanted
            assert holding in GRID.values
        else:  # no one card put from one column of the grid into another makes the sort follow it
            on_grid = [i for i, value in enumerate(mine) if value in GRID.values]
            assert not any(sorted([*mine[:i], v, *mine[i + 1 :]]) == wanted for i in on_grid for v in GRID.values)


def test_paper_sorts_show_their_grid_and_who_strays_from_it() -> None:
    """Simulated after a study on paper, in which 60 of 82 sorts follow the grid of the design and the others hold errors of entry."""
    rng = np.random.default_rng(3)
    grid = Grid.parse("-5:1,-4:2,-3:3,-2:4,-1:5,0:6,1:5,2:4,3:3,4:2,5:1")
    sorts = np.column_stack([rng.permutation(grid.slots()) for _ in range(82)])
    for j in range(60, 82):
        sorts[int(rng.integers(36)), j] += 1 if sorts[0, j] < 5 else -1
    data = QData.from_array(np.clip(sorts, -5, 5))
    assert screening.shared_by_most(data) == grid
    off = screening.strays(data, grid)
    assert {one.participant for one in off} <= set(data.participants[60:])
    assert len(off) >= 15


def test_a_sort_without_all_placements_is_not_off_the_distribution() -> None:
    sorts = study().astype(float)
    sorts[0, 2] = np.nan
    assert "nearly-forced" not in found(QData.from_array(sorts))


def test_free_sorts_have_no_distribution_to_keep() -> None:
    assert screening.nearly_forced(read(references.HERE / "kr_power_likert" / "sorts.csv")) is None
    sorts = study()
    sorts[:, :3] = np.arange(10)[:, None] * [1, 2, 3]
    assert screening.nearly_forced(QData.from_array(sorts)) is None
    assert screening.nearly_forced(QData.from_array([[0, 1], [1, 1]])) is None


def test_an_analysis_names_them_too() -> None:
    sorts = study(9)
    at = np.flatnonzero(sorts[:, 2] == -1)[0]
    sorts[at, 2] = 0
    notices = {notice.code: notice.message for notice in analyse(QData.from_array(sorts), 2).notices}
    assert f'as the grid: "{GRID}"' in notices["nearly-forced"]
    assert "do not all share one distribution" in notices["unforced"]


def test_statement_that_tells_nothing_apart() -> None:
    sorts = study()
    sorts[4] = 1
    notices = found(QData.from_array(sorts))
    assert notices["statement-without-variance"].statements == ("s5",)
    assert "statement-without-variance" not in found(QData.from_array(sorts[:, :1]))


def test_more_sorts_than_statements() -> None:
    message = found(read(references.HERE / "climate_s1" / "sorts.csv"))["more-sorts-than-statements"].message
    assert "435 sorts of 30 statements" in message
    assert "at most 29" in message


def test_names_that_look_alike() -> None:
    names = ["Anna K", "anna  k", " Anna K ", "Anna L", "ＡＮＮＡ L", "Bert"]
    notices = [notice for notice in screen(QData.from_array(study(), participants=names)) if notice.code == "similar-names"]
    assert [notice.participants for notice in notices] == [(" Anna K ", "Anna K", "anna  k"), ("Anna L", "ＡＮＮＡ L")]


@given(forced_sorts(), st.randoms(use_true_random=False), st.booleans())
def test_the_order_of_the_sorts_does_not_matter(drawn: tuple[Grid, np.ndarray], random, doubled: bool) -> None:
    grid, sorts = drawn
    if doubled:
        sorts = np.column_stack([sorts, sorts[:, 0], -sorts[:, 1], np.zeros(len(sorts), dtype=int)])
    data = QData.from_array(sorts, grid=grid)
    order = list(range(data.n_sorts))
    random.shuffle(order)
    assert screen(data.keep(order)) == screen(data)
