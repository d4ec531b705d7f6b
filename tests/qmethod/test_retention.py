"""How many viewpoints: none in noise, those that were planted, and rules worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from qmethod.data import Grid, QData
from qmethod.errors import PolicyError
from qmethod.retention import retain
from qmethod.simulate import random_sorts

GRID = Grid.parse("-4:2,-3:4,-2:5,-1:6,0:8,1:6,2:5,3:4,4:2")


def planted(seed: int, sizes: tuple[int, ...]) -> QData:
    """Sorts of people who hold viewpoints without anything in common, closely."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(len(sizes)), sizes)
    latent = rng.standard_normal((42, len(sizes)))[:, who] * 0.75 + rng.standard_normal((42, len(who))) * np.sqrt(1 - 0.75**2)
    sorts = np.empty(latent.shape)
    np.put_along_axis(sorts, latent.argsort(axis=0), np.repeat(GRID.slots()[:, None], len(who), axis=1), axis=0)
    return QData(sorts)


@pytest.mark.parametrize("n_sorts", [20, 60])
def test_noise_is_seldom_taken_for_a_viewpoint(n_sorts: int) -> None:
    rng = np.random.default_rng(3)
    found = [retain(QData(random_sorts(GRID, n_sorts, rng)), max_factors=2, n_random=39, rng=rng).answers for _ in range(25)]
    for rule in ("nest", "parallel_95"):
        assert sum(answer[rule] != 0 for answer in found) <= 5  # 25 sets at .05: more than 5 in one case of a hundred
    assert all(answer["kaiser"] for answer in found)  # the rule that never says none


@pytest.mark.parametrize("sizes", [(10, 10, 10), (8, 8, 8, 8), (60, 40)])
def test_planted_viewpoints_are_counted(sizes: tuple[int, ...]) -> None:
    answers = retain(planted(1, sizes), n_random=99, rng=np.random.default_rng(1)).answers
    assert (answers["nest"], answers["parallel_95"]) == (len(sizes), len(sizes))


def test_the_order_and_the_names_of_participants_do_not_matter() -> None:
    data = planted(2, (9, 7))
    order = np.random.default_rng(5).permutation(data.n_sorts)
    plain, shuffled = (retain(one, n_random=39, rng=np.random.default_rng(1)) for one in (data, data.keep(order.tolist())))
    assert plain.answers == shuffled.answers
    assert plain.rows[1].eigenvalue == pytest.approx(shuffled.rows[1].eigenvalue)
    assert plain.rows[1].parallel_95 == shuffled.rows[1].parallel_95


def test_eigenvalues_and_average_partial_correlations_are_those_of_the_textbook() -> None:
    data = planted(4, (6, 6))
    rows = retain(data, max_factors=3, n_random=19, rng=np.random.default_rng(1)).rows
    r = np.corrcoef(np.asarray(data.sorts).T)
    values, vectors = np.linalg.eigh(r)
    assert [row.eigenvalue for row in rows[1:]] == pytest.approx(values[::-1][:3].tolist())
    for k, row in enumerate(rows):
        loadings = vectors[:, ::-1][:, :k] * np.sqrt(values[::-1][:k])
        rest = r - loadings @ loadings.T
        partial = rest / np.sqrt(np.outer(np.diag(rest), np.diag(rest)))
        assert row.map == pytest.approx(np.mean(partial[~np.eye(len(r), dtype=bool)] ** 2))


def test_impossible_numbers_are_refused() -> None:
    with pytest.raises(PolicyError):
        retain(planted(1, (4, 4)), n_random=3, rng=np.random.default_rng(1))
