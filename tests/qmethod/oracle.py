"""One oracle for every extraction and rotation: what any of them must do on studies whose truth is known.

A test of a new policy is three lines: parametrise, and call `finds_what_is_planted`, `keeps_its_head` and `turns_with_its_sorts`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from qmethod import Grid, QSolution
from qmethod.matching.congruence import FAIR, align
from tests.plain import analyse

CLASSIC = Grid.parse("-4:2,-3:4,-2:5,-1:6,0:8,1:6,2:5,3:4,4:2")  # 42 statements


@dataclass(frozen=True)
class Planted:
    """Sorts drawn around viewpoints that are known.

    Parameters
    ----------
    sorts : ndarray of shape (n, m)
    views : ndarray of shape (n, k)
    members : ndarray of int, shape (m,)
    """

    sorts: np.ndarray
    views: np.ndarray
    members: np.ndarray

    @property
    def k(self) -> int:
        return self.views.shape[1]


def planted(sizes: tuple[int, ...], seed: int, *, low: float = 0.6, high: float = 0.8, common: float = 0.35, grid: Grid = CLASSIC) -> Planted:
    """A study: so many people of each viewpoint, loading between `low` and `high` on it; viewpoints share a part `common` of their variance."""
    rng = np.random.default_rng(seed)
    n = grid.n_statements
    views = np.sqrt(common) * rng.standard_normal((n, 1)) + np.sqrt(1 - common) * rng.standard_normal((n, len(sizes)))
    views = (views - views.mean(axis=0)) / views.std(axis=0)
    members = np.repeat(np.arange(len(sizes)), sizes)
    loading = rng.uniform(low, high, len(members))
    latent = loading * views[:, members] + np.sqrt(1 - loading**2) * rng.standard_normal((n, len(members)))
    sorts = np.empty(latent.shape, dtype=int)
    np.put_along_axis(sorts, latent.argsort(axis=0), grid.slots().astype(int)[:, None], axis=0)
    return Planted(sorts, views, members)


def studies(count: int, **kinds: Any) -> Iterator[Planted]:
    """`count` studies of three equal viewpoints and 24, 36 or 48 people."""
    return (planted((8 * (2 + seed % 3) // 2,) * 3, seed, **kinds) for seed in range(count))


def found(solution: QSolution, views: np.ndarray) -> np.ndarray:
    """Which viewpoints a solution has found: a congruence of .85 with its z-scores, signs apart; bool, shape (k,)."""
    return np.asarray(np.nan_to_num(align(solution.scores.z_scores, views).phi) >= FAIR)


def finds_what_is_planted(some: list[Planted], slack: float = 0.02, **policies: Any) -> None:
    """All viewpoints are found about as often as by principal components, and no factor is empty."""
    mine, theirs = 0, 0
    for study in some:
        solution = analyse(study.sorts, study.k, **policies)
        assert solution.extraction.sums_of_squares.min() > 1e-3 * study.sorts.shape[1], "a factor that holds next to nothing"
        mine += found(solution, study.views).all()
        theirs += found(analyse(study.sorts, study.k), study.views).all()
    assert mine >= theirs - slack * len(some), f"all viewpoints found in {mine} of {len(some)} studies, by principal components in {theirs}"


def loses_nothing_by_precision(some: list[Planted], policy: str, values: tuple[float, ...], **policies: Any) -> None:
    """Whatever viewpoints are found with a loose tolerance are found with every tighter one."""
    for study in some:
        loose = found(analyse(study.sorts, study.k, **policies), study.views)
        for value in values:
            tight = found(analyse(study.sorts, study.k, **policies, **{policy: value}), study.views)
            assert (tight >= loose).all(), f"{policy} {value} loses what the default finds"


def keeps_its_head(study: Planted, seed: int, tolerance: float = 1e-6, **policies: Any) -> None:
    """Order of participants and a copied sort leave the viewpoints what they are."""
    rng = np.random.default_rng(seed)
    m = study.sorts.shape[1]
    plain = analyse(study.sorts, study.k, **policies)
    order = rng.permutation(m)
    shuffled = analyse(study.sorts[:, order], study.k, **policies)
    np.testing.assert_allclose(shuffled.loadings, plain.loadings[order], atol=tolerance)
    np.testing.assert_allclose(shuffled.scores.z_scores, plain.scores.z_scores, atol=tolerance)

    j = int(rng.integers(m))
    copied = analyse(np.column_stack([study.sorts, study.sorts[:, j]]), study.k, **policies)
    np.testing.assert_allclose(copied.loadings[j], copied.loadings[m], atol=tolerance)
    assert (align(copied.scores.z_scores, plain.scores.z_scores).phi > FAIR).all()


def turns_with_its_sorts(study: Planted, seed: int, tolerance: float = 1e-5, **policies: Any) -> None:
    """Sorts turned round have their loadings turned round, and the viewpoints are the same."""
    rng = np.random.default_rng(seed)
    plain = analyse(study.sorts, study.k, **policies)
    signs = np.where(rng.random(study.sorts.shape[1]) < 0.2, -1, 1)
    mirrored = analyse(study.sorts * signs, study.k, **policies)
    matched = align(mirrored.scores.z_scores, plain.scores.z_scores)
    np.testing.assert_allclose(matched.apply(mirrored.scores.z_scores), plain.scores.z_scores, atol=tolerance)
    turned = mirrored.loadings[:, matched.order] * matched.signs * signs[:, None]
    np.testing.assert_allclose(turned, plain.loadings, atol=tolerance)
