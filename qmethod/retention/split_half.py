"""Whether the viewpoints of one half of the participants are found again in the other half.

Many halves are factored at once: principal components and Kaiser-normalised varimax, whatever the analysis itself uses, then the flags and
weights of the policies.
"""

from __future__ import annotations

import numpy as np

from qmethod.data import Array, FloatArray
from qmethod.matching.congruence import align_many, tucker
from qmethod.method import flagging
from qmethod.method.correlation import standardise
from qmethod.method.planar import side_by_side
from qmethod.policies import Policies

MOST = 250  # sorts in one half; more would cost time and tell no more
MAX_SWEEPS = 30
SETTLED = 1e-3  # radians, the largest angle of a sweep: a congruence then moves by far less than halves differ
NOTHING = 1e-8
SMALL = 10


def replication(sorts: Array, most_factors: int, n_splits: int, policies: Policies, rng: np.random.Generator) -> dict[int, float]:
    """How well the least replicated viewpoint of each solution is found again in another half of the participants.

    Parameters
    ----------
    sorts : ndarray of shape (n, m)
        Complete sorts, none of them constant.
    most_factors : int
        Solutions with 1 to so many factors are tried.
    n_splits : int
        How often the participants are parted at random; an odd one is left out each time.
    policies : Policies
        Flagging and the cap of weights.
    rng : numpy.random.Generator

    Returns
    -------
    dict of int to float
        For each number of factors the median over all partings of the smallest Tucker congruence between matched viewpoints. A viewpoint
        that no sort defines in one of the halves counts as 0. Numbers of factors that a half cannot hold are missing.
    """
    n, m = sorts.shape
    half = min(m // 2, MOST)
    most = min(most_factors, half - 1, n - 1)
    if most < 1:
        return {}
    found: list[list[FloatArray]] = [[], []]
    loadings: list[list[FloatArray]] = [[], []]
    for _ in range(n_splits):
        drawn = rng.permutation(m)
        for side, who in enumerate((drawn[:half], drawn[half : 2 * half])):
            units = standardise(sorts[:, who])
            found[side].append(units)
            loadings[side].append(_components(units, most))
    units, unrotated = np.array(found[0] + found[1]), np.array(loadings[0] + loadings[1])
    reached = {}
    for k in range(1, most + 1):
        profiles = _profiles(units, varimax(unrotated[:, :, :k]), policies)
        reached[k] = float(np.median(_least_matched(profiles[:n_splits], profiles[n_splits:])))
    return reached


def _least_matched(one: FloatArray, other: FloatArray) -> FloatArray:
    """The smallest congruence in the best one-to-one match of two halves, for many pairs of halves; twice (S, n, k) to (S,).

    Up to `SMALL` viewpoints the match is built up over all sets of columns, which takes less time than the import that `align_many` needs.
    """
    splits, _, k = one.shape
    if k > SMALL:
        return np.asarray(np.nan_to_num(align_many(one, other)[2]).min(axis=1))
    phi = np.abs(np.nan_to_num(tucker(one, other)))
    total, least = np.zeros((2**k, splits)), np.ones((2**k, splits))
    every = np.arange(splits)
    for taken in range(1, 2**k):
        columns = np.array([j for j in range(k) if taken >> j & 1])
        here = phi[:, len(columns) - 1, columns].T
        before = taken ^ (1 << columns)
        sums = total[before] + here
        best = sums.argmax(axis=0)
        total[taken] = sums[best, every]
        least[taken] = np.minimum(least[before[best], every], here[best, every])
    return np.asarray(least[-1])


def _components(units: FloatArray, most: int) -> FloatArray:
    """Principal components of sorts of unit length; (n, h) to loadings (h, most)."""
    if units.shape[0] <= units.shape[1]:
        return np.asarray(units.T @ np.linalg.eigh(units @ units.T)[1][:, ::-1][:, :most])
    values, vectors = np.linalg.eigh(units.T @ units)
    return np.asarray(vectors[:, ::-1][:, :most] * np.sqrt(np.maximum(values[::-1][:most], 0.0)))


def varimax(loadings: FloatArray, settled: float = SETTLED, most_sweeps: int = MAX_SWEEPS) -> FloatArray:
    """Kaiser's varimax of many solutions at once, each started from its unrotated position.

    Parameters
    ----------
    loadings : ndarray of shape (H, h, k)
    settled : float
        A solution is left alone once no angle of a sweep, in radians, is larger.
    most_sweeps : int

    Returns
    -------
    ndarray of shape (H, h, k)
    """
    k = loadings.shape[2]
    length = np.sqrt((loadings**2).sum(axis=2))
    rows = np.ascontiguousarray((loadings / np.where(length < NOTHING, 1.0, length)[:, :, None]).transpose(2, 0, 1))
    moving = np.arange(rows.shape[1])
    for _ in range(most_sweeps if k > 1 else 0):
        turning = rows[:, moving]
        largest = _sweep(turning)
        rows[:, moving] = turning
        moving = moving[largest > settled]
        if not moving.size:
            break
    return np.asarray(rows.transpose(1, 2, 0) * length[:, :, None])


def _sweep(rows: FloatArray) -> FloatArray:
    """Turn every pair of axes to its best angle, in place; (k, H, h) to the largest angle of each solution, shape (H,)."""
    largest = np.zeros(rows.shape[1])
    h = rows.shape[2]
    for p, q in side_by_side(len(rows)):
        a, b = rows[p], rows[q]
        v = 2 * a * b
        u = (a - b) * (a + b)
        sum_u, sum_v = u.sum(axis=-1), v.sum(axis=-1)
        turn = 2 * (np.einsum("...i,...i", u, v) - sum_u * sum_v / h)
        stay = np.einsum("...i,...i", u, u) - np.einsum("...i,...i", v, v) - (sum_u**2 - sum_v**2) / h
        angle = np.where(np.hypot(turn, stay) < NOTHING, 0.0, np.arctan2(turn, stay) / 4)
        cos, sin = np.cos(angle)[..., None], np.sin(angle)[..., None]
        rows[p], rows[q] = cos * a + sin * b, cos * b - sin * a
        largest = np.maximum(largest, np.abs(angle).max(axis=0))
    return largest


def _profiles(units: FloatArray, loadings: FloatArray, policies: Policies) -> FloatArray:
    """Weighted sums of the defining sorts; (H, n, h) and (H, h, k) to (H, n, k), 0 throughout where no sort defines a viewpoint."""
    halves, h, k = loadings.shape
    flags = flagging.automatic(loadings.reshape(halves * h, k), units.shape[1], policies).reshape(loadings.shape)
    cut = np.clip(loadings, -policies.weight_cap, policies.weight_cap)
    return np.asarray(units @ np.where(flags, cut / (1 - cut**2), 0.0))
