"""Which mixture of viewpoints describes a sort best: not how sure one is of a single one, but how much of each.

A sort is regressed on the viewpoints with weights that are not negative [1]_. Found viewpoints hold error, which would flatten and mix the weights;
so their correlations with the sort and with one another are first divided by the roots of their reliabilities [2]_.

References
----------
.. [1] Lawson, C. L., & Hanson, R. J. (1995). Solving Least Squares Problems. SIAM. Chapter 23.
.. [2] Spearman, C. (1904). The proof and measurement of association between two things. American Journal of Psychology, 15(1), 72-101.
"""

from __future__ import annotations

import numpy as np

from qmethod.blocks import run_over_blocks
from qmethod.classification.likelihood import correlate_partial
from qmethod.data import Array, FloatArray

CLOSEST = 0.95
"""Two viewpoints are taken to correlate no higher, so that a mixture of both can be told."""
_APART = 0.05
_SWEEPS, _STILL = 2000, 1e-10


def mixtures(sorts: Array, profiles: FloatArray, correlations: FloatArray, kept: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Shares of the viewpoints in each sort, and how well they describe it.

    Parameters
    ----------
    sorts : ndarray of shape (n, m)
        NaN for a statement that was not placed.
    profiles : ndarray of shape (n, k)
        A statement of which a viewpoint says nothing, NaN, counts as its middle.
    correlations : ndarray of shape (m, k)
        Of the sorts with the viewpoints; NaN counts as none.
    kept : ndarray of shape (k,)
        The root of the reliability of each viewpoint.

    Returns
    -------
    shares : ndarray of shape (m, k)
        Adding up to 1; all 0 where a sort is described best by nothing of any viewpoint, NaN where it can be compared with none.
    fit : ndarray of shape (m,)
        Correlation of the sort with the viewpoints mixed so, over the statements it places; 0 or NaN in the same cases.
    """
    m, k = correlations.shape
    v = _standard(profiles)
    with np.errstate(invalid="ignore"):
        between = np.nan_to_num(correlate_partial(profiles, profiles)[0]) / np.outer(kept, kept)
    between = np.clip((between + between.T) / 2, -CLOSEST, CLOSEST)
    np.fill_diagonal(between, 1.0)
    least = float(np.linalg.eigvalsh(between)[0])
    if least < _APART:  # more alike than viewpoints can be, by the error of what was divided: drawn apart just so far that weights exist
        between += (_APART - least) / (1 - least) * (np.eye(k) - between)
    shares, fit = np.empty((m, k)), np.empty(m)

    def work(where: slice) -> None:
        silent: Array = np.asarray(np.isnan(correlations[where]).all(axis=1))
        weights = _not_negative(between, np.nan_to_num(correlations[where]) / kept)
        total = weights.sum(axis=1)
        found = np.where(total[:, None] > 0, weights / np.where(total > 0, total, 1.0)[:, None], 0.0)
        described = _correlate_each(sorts[:, where].astype(float), v @ weights.T)
        shares[where] = np.where(silent[:, None], np.nan, found)
        fit[where] = np.where(silent, np.nan, np.where(total > 0, described, 0.0))

    run_over_blocks(work, m, 4 * max(len(sorts), 1))
    return shares, fit


def _standard(profiles: FloatArray) -> FloatArray:
    known = ~np.isnan(profiles)
    count = np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, profiles - np.where(known, profiles, 0.0).sum(axis=0) / count, 0.0)
    length = np.sqrt((centred**2).sum(axis=0))
    return np.asarray(centred / np.where(length > 0, length, 1.0))


def _not_negative(between: FloatArray, with_sorts: FloatArray) -> FloatArray:
    """Least squares with weights from 0 up, one viewpoint after the other until nothing moves; (k, k) and (m, k) to (m, k)."""
    weights = np.zeros(with_sorts.shape)
    for _ in range(_SWEEPS):
        moved = 0.0
        for j in range(len(between)):
            new = np.maximum(with_sorts[:, j] - weights @ between[:, j] + weights[:, j], 0.0)
            moved = max(moved, float(np.abs(new - weights[:, j]).max(initial=0.0)))
            weights[:, j] = new
        if moved < _STILL:
            break
    return weights


def _correlate_each(sorts: FloatArray, mixed: FloatArray) -> FloatArray:
    """Correlation of each sort with its own mixture over the statements it places; 0 where one of them is the same throughout."""
    there = ~np.isnan(sorts)
    count = np.maximum(there.sum(axis=0), 1)
    x, y = (np.where(there, part, 0.0) for part in (sorts, mixed))
    x, y = (np.where(there, part - part.sum(axis=0) / count, 0.0) for part in (x, y))
    size = np.sqrt((x**2).sum(axis=0) * (y**2).sum(axis=0))
    return np.asarray(np.where(size > 1e-12, (x * y).sum(axis=0) / np.where(size > 1e-12, size, 1.0), 0.0))
