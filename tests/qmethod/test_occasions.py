"""Two occasions of the same people: chance is what trying every order gives, nothing depends on the order in files, what is missing is named."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

import qmethod
from qmethod import DataError, PolicyError, QData
from qmethod.occasions.movement import moved
from qmethod.occasions.signs import largest_sums, scaled_sums

GRID = qmethod.Grid.parse("-2:2,-1:4,0:6,1:4,2:2")


def sorts(p: int, seed: int, *, noise: float = 0.5, gaps: bool = False, shift: float = 0.0) -> tuple[QData, QData]:
    """Two sorts of each of p people that have something in common; the first statement rises by `shift` afterwards."""
    rng = np.random.default_rng(seed)
    views = rng.standard_normal((GRID.n_statements, 2))
    held = views[:, rng.integers(0, 2, p)] + rng.standard_normal((GRID.n_statements, p))
    both = []
    for later in (0.0, shift):
        latent = held + noise * rng.standard_normal(held.shape)
        latent[0] += later
        placed = np.empty(held.shape)
        placed[latent.argsort(axis=0), np.arange(p)] = GRID.slots()[:, None]
        if gaps:
            placed[rng.random(placed.shape) < 0.1] = np.nan
        both.append(QData(placed, participants=tuple(f"who{i}" for i in range(p))))
    return both[0], both[1]


def compared(before: Any, after: Any, **more: Any) -> qmethod.OccasionComparison:
    return qmethod.compare_occasions(before, after, **{"rng": 1, "n_permutations": 999, **more})


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("p", [2, 5, 8])
def test_with_few_people_p_is_the_share_of_all_orders_that_do_as_much(p: int, gaps: bool) -> None:
    """Written out with Student's t and every order of every person, the slow way."""
    before, after = sorts(p, p, gaps=gaps)
    made = compared(before, after)
    difference = after.sorts - before.sorts

    def size(values: np.ndarray) -> np.ndarray:
        found = []
        for row in values:
            known = row[~np.isnan(row)]
            found.append(abs(known.sum()) / np.sqrt((known**2).sum()) if (known != 0).any() else 0.0)
        return np.array(found)

    largest = np.array([size(difference * np.array(signs)).max() for signs in product((1, -1), repeat=p)])
    expected = [(largest >= one - 1e-9).mean() for one in size(difference)]
    assert made.exact
    assert made.statements.p_values == pytest.approx(expected)
    assert made.statements.change == pytest.approx(np.nanmean(difference, axis=1))
    assert made.statements.n_people.tolist() == (~np.isnan(difference)).sum(axis=1).tolist()


def test_many_random_orders_come_close_to_all_of_them() -> None:
    before, after = sorts(12, 3, shift=1.0)
    exact, drawn = compared(before, after, n_permutations=4096), compared(before, after, n_permutations=2000)
    assert (exact.exact, drawn.exact) == (True, False)
    assert drawn.statements.p_values == pytest.approx(exact.statements.p_values, abs=0.05)


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_an_interval_leaves_out_no_change_where_p_says_so_and_nowhere_else(seed: int, gaps: bool) -> None:
    made = compared(*sorts(15, seed, gaps=gaps, shift=1.5))
    s = made.statements
    assert ((s.low > 0) | (s.high < 0)).tolist() == made.changed_statements.tolist()
    assert made.changed_statements.any() or seed != 0


def test_occasions_that_change_places_change_nothing_but_the_direction() -> None:
    before, after = sorts(20, 4)
    one, other = compared(before, after, n_factors=2), compared(after, before, n_factors=2)
    assert other.statements.change == pytest.approx(-one.statements.change)
    assert other.statements.p_values == pytest.approx(one.statements.p_values)
    assert other.people.correlations == pytest.approx(one.people.correlations)
    assert one.viewpoints is not None
    assert other.viewpoints is not None
    assert other.viewpoints.before == pytest.approx(one.viewpoints.after)
    assert other.viewpoints.p_values == pytest.approx(one.viewpoints.p_values)


def test_pooled_viewpoints_stay_the_same_whichever_sort_of_a_person_came_first() -> None:
    """What makes turning the order round a test of them; with the viewpoints of one occasion nothing is tested."""
    before, after = sorts(20, 5)
    turned = np.random.default_rng(6).random(20) < 0.5
    first = replace(before, sorts=np.where(turned, after.sorts, before.sorts))
    second = replace(after, sorts=np.where(turned, before.sorts, after.sorts))
    made = {
        basis: (compared(before, after, n_factors=2, basis=basis), compared(first, second, n_factors=2, basis=basis)) for basis in ("pooled", "first")
    }
    z = {basis: [one.viewpoints.z_scores for one in both if one.viewpoints is not None] for basis, both in made.items()}
    assert z["pooled"][0] == pytest.approx(z["pooled"][1])
    assert not np.allclose(z["first"][0], z["first"][1])
    untested = made["first"][0].viewpoints
    assert untested is not None
    assert np.isnan(untested.p_values).all()
    assert np.isnan(untested.moved).all()
    assert not made["first"][0].moved_people.any()


def test_movement_is_held_against_every_way_the_changes_could_have_gone() -> None:
    rng = np.random.default_rng(7)
    before, after = rng.permutation(10.0 - np.arange(10))[:, None], rng.permutation(np.arange(10.0))[:, None]
    z = rng.standard_normal((10, 2))
    found, p = moved(before, after, z, 6000, rng)
    unit = [(one - one.mean()) / np.linalg.norm(one - one.mean()) for one in (before[:, 0], after[:, 0], *z.T)]
    parts = (unit[1] - unit[0])[:, None] * np.column_stack(unit[2:])
    parts = parts[(parts != 0).any(axis=1)]
    inverse = np.linalg.inv(parts.T @ parts)
    sums = np.array([np.array(signs) @ parts for signs in product((1, -1), repeat=len(parts))])
    every = np.einsum("ij,jk,ik->i", sums, inverse, sums)
    assert found[0] == pytest.approx(every[0])
    assert p[0] == pytest.approx((every >= every[0] - 1e-9).mean(), abs=0.03)


def test_order_of_people_and_statements_in_the_files_changes_nothing() -> None:
    before, after = sorts(14, 8)
    rng = np.random.default_rng(9)
    rows, columns = rng.permutation(after.n_statements), rng.permutation(after.n_sorts)
    mixed = QData(after.sorts[np.ix_(rows, columns)], tuple(after.statements[i] for i in rows), tuple(after.participants[j] for j in columns))
    one, other = compared(before, after, n_factors=2), compared(before, mixed, n_factors=2)
    assert other.participants == before.participants
    assert other.statements.p_values.tolist() == one.statements.p_values.tolist()
    assert one.viewpoints is not None
    assert other.viewpoints is not None
    assert other.viewpoints.moved.tolist() == one.viewpoints.moved.tolist()


@pytest.mark.parametrize("p", [7, 30])
def test_where_nothing_changes_about_one_study_in_twenty_is_told_of_something(p: int) -> None:
    rng, told, n = np.random.default_rng(p), 0, 400
    for _ in range(n):
        difference = rng.standard_normal((p, 15)) * rng.uniform(0.2, 3, (p, 1)) + rng.standard_normal((p, 1))
        difference *= rng.choice([-1, 1], (p, 1))
        told += bool((largest_sums(difference, 199, rng).p_values(np.abs(scaled_sums(difference))) <= 0.05).any())
    assert 0.015 * n <= told <= 0.085 * n


def test_nothing_moves_where_nothing_differs() -> None:
    before, _ = sorts(6, 1)
    made = compared(before, before, n_factors=2)
    assert (made.statements.p_values == 1).all()
    assert (made.people.correlations > 1 - 1e-9).all()
    assert made.viewpoints is not None
    assert (made.viewpoints.moved == 1).all()


def test_who_sorts_anew_is_told_from_those_who_repeat_themselves() -> None:
    before, after = sorts(20, 11, noise=0.4)
    again = sorts(20, 11, noise=0.4)[1].sorts[:, :8]  # the same people, with nothing between
    changed = after.sorts.copy()
    changed[:, 15] = -before.sorts[:, 15]
    first = QData(np.column_stack([before.sorts, again]), participants=(*before.participants, *(f"again{i}" for i in range(8))))
    pairs = [(f"who{i}", f"again{i}") for i in range(8)]
    made = compared(first, replace(after, sorts=changed), pairs=pairs)
    assert (made.people.noise, made.people.n_pairs) == ("retest", 8)
    assert np.flatnonzero(made.changed_people).tolist() == [15]
    assert made.people.reliability == pytest.approx(qmethod.retest(first, pairs).pooled)
    assert not made.left_out  # second sorts are no people
    assumed = compared(before, replace(after, sorts=changed), reliability=0.8)
    assert assumed.people.noise == "assumed"
    assert assumed.changed_people[15]
    unknown = compared(before, replace(after, sorts=changed))
    assert unknown.people.noise == "none known"
    assert np.isnan(unknown.people.p_values).all()
    assert not unknown.changed_people.any()


def test_people_without_a_counterpart_are_named_with_the_reason_and_close_names_proposed() -> None:
    before, after = sorts(8, 12)
    flat = after.sorts.copy()
    flat[:, 2] = 0
    gaps = flat.astype(float)
    gaps[3:, 4] = np.nan
    names = ("WHO 0", "who1", "who2", "who3", "who4", "who5", "new", "who7")
    made = compared(before, QData(gaps, participants=names))
    assert made.participants == ("who1", "who3", "who5", "who7")
    assert dict(made.left_out) == {
        "who0": "no sort after",
        "who6": "no sort after",
        "WHO 0": "no sort before",
        "new": "no sort before",
        "who2": "all statements in one place after",
        "who4": "only 3 statements placed on both occasions",
    }
    told = {notice.code: notice.message for notice in made.notices}
    assert all(name in told["not-compared"] for name in dict(made.left_out))
    assert "'who0' before and 'WHO 0' after" in told["perhaps-the-same"]


def test_two_scales_and_two_wordings_are_told() -> None:
    before, after = sorts(5, 13)
    texts = tuple(f"text {i}" for i in range(before.n_statements))
    other = ("another", *texts[1:])
    made = compared(replace(before, texts=texts), replace(after, sorts=2 * after.sorts, texts=other))
    told = {notice.code: notice.message for notice in made.notices}
    assert told["two-scales"].startswith("Placements go from -2 to 2 before and from -4 to 4 after.")
    assert "s1." in told["two-wordings"]


@pytest.mark.parametrize(
    ("more", "error", "words"),
    [
        ({"after": sorts(3, 1)[0].keep([0])}, DataError, "1 person can be compared, and at least 2 are needed"),
        ({"after": QData(np.tile(np.arange(18.0)[:, None], 2), participants=("x", "y"))}, DataError, "nobody can be compared"),
        (
            {"after": QData(sorts(3, 1)[1].sorts[1:], tuple(f"s{i}" for i in range(2, 19)), ("who0", "who1", "who2"))},
            DataError,
            "s1 stands in the sorts before only",
        ),
        ({"labels": ("a", "a")}, PolicyError, "`labels` must be two different names"),
        ({"labels": "ab"}, PolicyError, "`labels` must be"),
        ({"basis": "last"}, PolicyError, "`basis` must be one of pooled, first, second"),
        ({"alpha": 5}, PolicyError, "`alpha` must be a number between 0 and 1"),
        ({"reliability": 1.2}, PolicyError, "`reliability` must be a number from 0.01 to 0.99"),
        ({"reliability": 0.8, "pairs": [("who0", "who1")]}, PolicyError, "either `pairs` or `reliability`"),
        ({"pairs": [("who0", "who1")]}, DataError, "1 pair of repeated sorts cannot show how far people differ; at least 3"),
        ({"policies": qmethod.Policies()}, PolicyError, "for which `n_factors` says how many"),
        ({"n_permutations": 10}, PolicyError, "`n_permutations` must be a whole number, at least 99"),
    ],
)
def test_what_cannot_be_compared_is_refused_by_name(more: dict[str, Any], error: type[Exception], words: str) -> None:
    before, after = sorts(3, 1)
    with pytest.raises(error) as caught:
        compared(**{"before": before, "after": after, **more})
    assert words in str(caught.value)


def test_with_too_few_people_no_statement_can_be_told() -> None:
    made = compared(*sorts(5, 2, shift=9.0))
    assert made.smallest_p > made.alpha
    assert not made.changed_statements.any()
    assert compared(*sorts(6, 2, shift=9.0)).smallest_p <= 0.05
