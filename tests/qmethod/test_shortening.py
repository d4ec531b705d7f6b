"""Short sets of statements: those that part the viewpoints come first, and the promise is kept by people who had no part in it."""

from __future__ import annotations

import numpy as np
import pytest

import qmethod
from qmethod.classification.shortening import shorten
from qmethod.data import QData
from qmethod.errors import DataError

TELLING = range(8)


def two_camps(seed: int = 1, m: int = 30) -> QData:
    """Two viewpoints that differ in the first eight statements and share all others."""
    rng = np.random.default_rng(seed)
    common = rng.standard_normal(30)
    profiles = np.column_stack([common, common])
    profiles[list(TELLING), 0] = np.repeat([2.5, -2.5], 4)
    profiles[list(TELLING), 1] = np.tile([2.5, -2.5], 4)
    latent = profiles[:, np.arange(m) % 2] + 0.6 * rng.standard_normal((30, m))
    sorts = np.empty(latent.shape)
    slots = np.repeat(np.arange(-3.0, 4.0), [2, 4, 6, 6, 6, 4, 2])
    np.put_along_axis(sorts, latent.argsort(axis=0), np.repeat(slots[:, None], m, axis=1), axis=0)
    return QData(sorts)


def test_statements_that_part_the_viewpoints_come_first() -> None:
    found = shorten(qmethod.analyse(two_camps(), 2), longest=8, rng=np.random.default_rng(1))
    assert set(found.order[:4]) <= set(TELLING)
    assert sorted(set(found.order)) == sorted(found.order)
    assert found.accuracy[-1] > 0.9
    assert found.recommended in found.lengths


def test_the_accuracy_promised_holds_for_new_people() -> None:
    solution = qmethod.analyse(two_camps(), 2)
    found = shorten(solution, longest=6, rng=np.random.default_rng(1))
    new = two_camps(seed=1, m=400)
    kept = list(found.order[: found.recommended])
    z = solution.scores.z_scores
    from qmethod.classification.classifying import classify

    answer = classify(np.asarray(new.sorts)[kept], z[kept]).probabilities[:, :2].argmax(axis=1)
    first = answer[::2].mean() < 0.5
    right = np.mean(answer == (np.arange(400) % 2 if first else 1 - np.arange(400) % 2))
    promised = found.accuracy[found.lengths.index(found.recommended)]
    assert right > promised - 4 * found.standard_error[found.lengths.index(found.recommended)]


def test_one_viewpoint_has_nothing_to_be_told_apart_from() -> None:
    with pytest.raises(DataError, match="nothing to be told apart from"):
        shorten(qmethod.analyse(two_camps(), 1), rng=np.random.default_rng(1))
