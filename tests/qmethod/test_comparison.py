"""Viewpoints side by side: the right ones are matched, chance is told from likeness, and nothing depends on order or direction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qmethod
from qmethod.errors import DataError
from qmethod.matching.comparison import compare
from tests.references import sorts


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(st.integers(0, 10_000), st.integers(1, 5))
def test_shuffled_viewpoints_find_themselves(seed: int, k: int) -> None:
    draw = rng(seed)
    reference = draw.standard_normal((30, k))
    order = draw.permutation(k)
    found = compare(reference[:, order], reference, rng=rng(), n_permutations=20)
    assert [match.found for match in found.matches] == np.argsort(order).tolist()
    assert all(match.phi == pytest.approx(1) and match.sign == 1 and not match.contradict for match in found.matches)


def test_a_mirror_image_is_a_match_only_where_it_may_be_one() -> None:
    reference = rng().standard_normal((30, 1))
    assert compare(-reference, reference, rng=rng(), n_permutations=20).matches[0].found == -1
    mirrored = compare(-reference, reference, rng=rng(), n_permutations=20, mirrored=True).matches[0]
    assert (mirrored.found, mirrored.sign, mirrored.phi) == (0, -1, pytest.approx(1))


def test_unrelated_viewpoints_look_related_as_often_as_the_p_value_says() -> None:
    draw, n = rng(5), 300
    p = [compare(draw.standard_normal((25, 3)), draw.standard_normal((25, 1)), rng=draw, n_permutations=99).matches[0].p_value for _ in range(n)]
    below = float(np.mean(np.array(p) <= 0.05))
    assert abs(below - 0.05) < 4 * np.sqrt(0.05 * 0.95 / n)


def test_congruence_of_forced_sorts_is_pearsons_correlation() -> None:
    draw = rng(2)
    slots = np.repeat(np.arange(-2.0, 3.0), [2, 3, 4, 3, 2])
    a, b = (np.column_stack([draw.permutation(slots) for _ in range(2)]) for _ in range(2))
    found = compare(a, b, rng=draw, n_permutations=9)
    assert found.congruences == pytest.approx(np.corrcoef(a.T, b.T)[:2, 2:])


def test_a_reference_that_says_little_is_compared_on_what_it_says() -> None:
    reference = np.full((10, 1), np.nan)
    reference[[0, 1, 2, 3], 0] = [4, 3, -3, -4]
    found = np.array([[1.8, 1.2, 1.1, -1.9, 0, 0, 0, 0, 0, 0]]).T
    match = compare(found, reference, rng=rng(), n_permutations=50).matches[0]
    assert match.n_shared == 4
    assert (match.agree, match.contradict) == ((0, 1, 3), (2,))
    assert match.phi == pytest.approx(np.corrcoef(found[:4, 0], reference[:4, 0])[0, 1])


def test_more_references_than_viewpoints_leave_some_unmatched() -> None:
    reference = rng().standard_normal((20, 3))
    found = compare(reference[:, [2]], reference, rng=rng(), n_permutations=50)
    assert [match.found for match in found.matches] == [-1, -1, 0]
    assert found.matches[0].p_value == 1


def test_an_undefined_viewpoint_matches_nothing() -> None:
    reference = rng().standard_normal((20, 2))
    found = compare(np.column_stack([reference[:, 0], np.full(20, np.nan)]), reference, rng=rng(), n_permutations=50)
    assert [match.found for match in found.matches] == [0, -1]


@pytest.mark.parametrize("shape", [(19, 2), (20,)])
def test_other_statements_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(DataError, match="in common"):
        compare(np.ones(shape), np.ones((20, 2)), rng=rng())


def test_a_reference_of_two_statements_is_refused() -> None:
    reference = np.full((20, 1), np.nan)
    reference[:2] = 1
    with pytest.raises(DataError, match="fewer than three"):
        compare(np.ones((20, 1)), reference, rng=rng())


def test_solutions_are_matched_by_the_ids_of_their_statements():
    data = sorts("lipset")
    solution = qmethod.analyse(data, 2)
    turned = list(range(data.n_statements))[::-1]
    other = qmethod.QData(data.sorts[turned], tuple(data.statements[i] for i in turned), data.participants)
    z = solution.scores.z_scores
    expected = qmethod.compare(z, z, rng=1)
    found = qmethod.compare(solution, qmethod.analyse(other, 2), rng=1)
    np.testing.assert_allclose(np.abs(found.congruences), np.abs(expected.congruences), atol=1e-9)
    assert [match.found for match in found.matches] == [0, 1]
    assert qmethod.classify(other, solution).answers.tolist() == qmethod.classify(data.sorts, z).answers.tolist()
    fewer = qmethod.QData(data.sorts[:20], (*data.statements[:19], "new"), data.participants)
    assert qmethod.compare(solution, qmethod.analyse(fewer, 2), rng=1).matches[0].n_shared == 19
    strange = qmethod.QData(data.sorts, tuple(f"x{i}" for i in range(data.n_statements)), data.participants)
    with pytest.raises(qmethod.DataError, match="no statements in common"):
        qmethod.compare(solution, qmethod.analyse(strange, 2))
