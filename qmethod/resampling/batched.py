"""Principal components and orthomax rotation of many resamples at once.

A resample is a vector of counts c over the m sorts, and copies of a sort have the same loadings. So nothing is ever copied: with the standardised
sorts in Z, the factors of a resample are eigenvectors of Z diag(c) Z', or, where the distinct sorts are fewer than the statements, of the products
of these sorts with one another, each multiplied by the roots of both counts. One call of LAPACK's loop then serves hundreds of resamples.

References
----------
.. [1] Kaiser, H. F. (1959). Computer program for varimax rotation in factor analysis. Educational and Psychological Measurement, 19(3), 413-420.
.. [2] Schönemann, P. H. (1966). A generalized solution of the orthogonal Procrustes problem. Psychometrika, 31(1), 1-10.
"""

from __future__ import annotations

import numpy as np

from qmethod.data import Array, FloatArray
from qmethod.method.planar import FLAT, MAX_SWEEPS, Schedule, one_by_one, side_by_side
from qmethod.method.rotation import NOTHING, ROUGH, SAME_OPTIMUM, gamma
from qmethod.method.tie_breaking import TIE
from qmethod.policies import ORTHOMAX, Policies


def suits(policies: Policies, *, missing: bool) -> bool:
    """Whether resamples under these policies can be worked out together.

    Parameters
    ----------
    policies : Policies
    missing : bool
        Whether any placement is missing.
    """
    rotation = policies.rotation == "none" or (policies.rotation in ORTHOMAX and policies.rotation_stop == "converged")
    return policies.extraction == "pca" and policies.correlation in ("pearson", "spearman") and rotation and not missing


def rotated_axes(unit: FloatArray, counts: Array, reference: FloatArray, policies: Policies) -> tuple[FloatArray, Array]:
    """Rotated loadings of all sorts on the factors of each resample.

    Parameters
    ----------
    unit : ndarray of shape (n, m)
        Z, each sort centred and of unit length.
    counts : ndarray of int, shape (b, m)
        How often each resample holds each sort.
    reference : ndarray of shape (m, k)
        Loadings of the full sample. The position nearest to them is one of two starts of the rotation.
    policies : Policies

    Returns
    -------
    loadings : ndarray of shape (b, m, k)
        In no particular order and direction.
    plain : ndarray of bool, shape (b,)
        False where the resample holds fewer than k factors, or ties leave a choice, which the caller has to have settled by the whole method.
    """
    loadings, plain = _components(unit, counts, reference.shape[1])
    return _rotated(loadings, plain, counts, reference, policies)


def axes_of_studies(units: FloatArray, reference: FloatArray, policies: Policies) -> tuple[FloatArray, Array]:
    """Rotated loadings of all sorts on the factors of each of b studies by the same people, whose sorts differ from study to study.

    Parameters
    ----------
    units : ndarray of shape (b, n, m)
        Each sort centred and of unit length.
    reference : ndarray of shape (m, k)
        As for `rotated_axes`.
    policies : Policies

    Returns
    -------
    loadings : ndarray of shape (b, m, k)
        In no particular order and direction.
    plain : ndarray of bool, shape (b,)
        False where ties leave a choice, or there are fewer than k factors.
    """
    b, n, m = units.shape
    k = reference.shape[1]
    turned = units.swapaxes(1, 2)
    if n <= m:
        values, vectors = _leading(units @ turned, k)
        loadings = turned @ vectors
    else:
        values, vectors = _leading(turned @ units, k)
        loadings = vectors * np.sqrt(np.maximum(values[:, None, :k], 0.0))
    return _rotated(loadings, _apart(values, k), np.ones((b, m), dtype=int), reference, policies)


def _rotated(loadings: FloatArray, plain: Array, counts: Array, reference: FloatArray, policies: Policies) -> tuple[FloatArray, Array]:
    """Loadings in the position that the policies ask for, and whether nothing about them is left open."""
    k = reference.shape[1]
    if k == 1 or policies.rotation == "none":
        return loadings, plain
    lengths = np.sqrt(np.einsum("bmk,bmk->bm", loadings, loadings))
    rows = loadings / np.where(lengths < NOTHING, 1.0, lengths)[:, :, None] if policies.kaiser else loadings
    shares = counts / counts.sum(axis=1, keepdims=True)
    starts = [np.broadcast_to(np.eye(k), (len(counts), k, k))]
    if policies.rotation_starts > 1:
        left, _, right = np.linalg.svd(loadings.swapaxes(1, 2) @ (counts[:, :, None] * reference))  # nearest position by Procrustes [2]_
        starts.append(left @ right)
    held = np.argsort(counts == 0, axis=1, kind="stable")[:, : np.count_nonzero(counts, axis=1).max()]  # the sorts a resample holds come first
    rows, shares = np.take_along_axis(rows, held[:, :, None], axis=1), np.take_along_axis(shares, held, axis=1)
    matrices, single = _orthomax(rows, shares, starts, policies)
    return loadings @ matrices, plain & single


def _components(unit: FloatArray, counts: Array, k: int) -> tuple[FloatArray, Array]:
    """Unrotated loadings, shape (b, m, k), and whether the first k + 1 eigenvalues are there and apart, shape (b,)."""
    n, m = unit.shape
    loadings, plain = np.zeros((len(counts), m, k)), np.zeros(len(counts), dtype=bool)
    distinct = np.count_nonzero(counts, axis=1)
    if distinct.mean() > n:
        wanted = np.flatnonzero(distinct >= k)
        if wanted.size:
            values, vectors = _leading(np.stack([(unit * c) @ unit.T for c in counts[wanted]]), k)
            loadings[wanted], plain[wanted] = unit.T @ vectors, _apart(values, k)
        return loadings, plain
    products = unit.T @ unit
    for size in np.unique(distinct).tolist():  # so that each batch holds matrices of one size, without padding
        those = np.flatnonzero(distinct == size)
        if size < k:
            continue
        held = np.nonzero(counts[those])[1].reshape(len(those), size)
        roots = np.sqrt(np.take_along_axis(counts[those], held, axis=1))
        small = products[held[:, :, None], held[:, None, :]] * (roots[:, :, None] * roots[:, None, :])
        values, vectors = _leading(small, k)
        with np.errstate(invalid="ignore", divide="ignore"):
            weights = np.where(values[:, None, :k] > 0, roots[:, :, None] * vectors / np.sqrt(values[:, None, :k]), 0.0)
        spread = np.zeros((len(those), m, k))
        np.put_along_axis(spread, held[:, :, None], weights, axis=1)
        loadings[those], plain[those] = products @ spread, _apart(values, k)
    return loadings, plain


def _leading(matrices: FloatArray, k: int) -> tuple[FloatArray, FloatArray]:
    """All eigenvalues, descending, shape (b, d), and the first k eigenvectors, shape (b, d, k)."""
    values, vectors = np.linalg.eigh(matrices)
    return values[:, ::-1], vectors[:, :, ::-1][:, :, :k]


def _apart(values: FloatArray, k: int) -> Array:
    """Whether k factors are there and no two of the first k + 1 are of equal size."""
    largest = values[:, :1]
    there = values[:, k - 1] > values.shape[1] * 1e-14 * largest[:, 0]
    return np.asarray(there & (-np.diff(values[:, : k + 1], axis=1) > TIE * largest).all(axis=1))


def _orthomax(rows: FloatArray, shares: FloatArray, starts: list[FloatArray], policies: Policies) -> tuple[FloatArray, Array]:
    """The better optimum of the starts for each resample, shape (b, k, k), and whether no equally good one lies elsewhere, shape (b,)."""
    k = rows.shape[2]
    weight = gamma(policies.rotation, k)
    enough = max(policies.rotation_tolerance, ROUGH)
    schedules = [one_by_one(k), side_by_side(k)]  # from the unrotated position in Kaiser's order, as with the full sample
    found = [planar_many(rows, shares, start, weight, enough, schedule) for start, schedule in zip(starts, schedules, strict=False)]
    best, single = found[0], np.ones(len(rows), dtype=bool)
    if len(found) > 1:
        first, second = (_criteria(rows @ matrices, shares, weight) for matrices in found)
        near = np.abs(first - second) <= SAME_OPTIMUM * np.maximum(np.maximum(np.abs(first), np.abs(second)), 1e-12)
        same = (np.abs(found[0].swapaxes(1, 2) @ found[1]).max(axis=2) > 0.99).all(axis=1)
        best, single = np.where((second > first)[:, None, None], found[1], found[0]), ~near | same
    return planar_many(rows, shares, best, weight, policies.rotation_tolerance, side_by_side(k)), single


def _criteria(rotated: FloatArray, shares: FloatArray, weight: float) -> FloatArray:
    """Orthomax criterion of each resample; (b, m, k) to (b,)."""
    squares = rotated**2
    second, fourth = (np.einsum("bmk,bm->bk", power, shares) for power in (squares, squares**2))
    return np.asarray((fourth - weight * second**2).sum(axis=1))


def planar_many(rows: FloatArray, shares: FloatArray, starts: FloatArray, weight: float, tolerance: float, schedule: Schedule) -> FloatArray:
    """Kaiser's rotation of pairs of factors [1]_, each resample with loadings of its own; compare `qmethod.method.planar.planar`.

    Parameters
    ----------
    rows : ndarray of shape (b, m, k)
        Unrotated loadings, normalised where that is wanted.
    shares : ndarray of shape (b, m)
        What each sort counts in each resample; adds up to 1.
    starts : ndarray of shape (b, k, k)
        Orthogonal matrices.
    weight : float
        Of the orthomax criterion, see `qmethod.method.rotation.gamma`.
    tolerance : float
        A resample has settled when the largest angle of a sweep is below.
    schedule : list of tuple (list of int, list of int)
        The pairs of a sweep, in steps of disjoint pairs.

    Returns
    -------
    ndarray of shape (b, k, k)
        Those that have not settled after `qmethod.method.planar.MAX_SWEEPS` as they then are.
    """
    final = np.array(starts)
    moving = np.arange(len(rows))
    # Loadings times the fourth root of the share: their products then carry its square root, and the products of these the share itself.
    roots = np.sqrt(shares)
    axes = np.ascontiguousarray(final.transpose(2, 0, 1))  # (k, b, k): an axis of all resamples lies together
    turned = np.ascontiguousarray((np.sqrt(roots)[:, :, None] * (rows @ final)).transpose(2, 0, 1))
    for _ in range(MAX_SWEEPS):
        largest = np.zeros(len(moving))
        for p, q in schedule:
            a, b = turned[p], turned[q]
            angle = _angles(a, b, roots, weight)
            cos, sin = np.cos(angle)[:, :, None], np.sin(angle)[:, :, None]
            turned[p], turned[q] = cos * a + sin * b, cos * b - sin * a
            first, other = axes[p], axes[q]
            axes[p], axes[q] = cos * first + sin * other, cos * other - sin * first
            largest = np.maximum(largest, np.abs(angle).max(axis=0))
        done = largest < tolerance
        if done.any():
            final[moving[done]] = axes[:, done].transpose(1, 2, 0)
            moving, roots, axes, turned = moving[~done], roots[~done], axes[:, ~done], turned[:, ~done]
            if not moving.size:
                return final
    final[moving] = axes.transpose(1, 2, 0)
    return final


def _angles(a: FloatArray, b: FloatArray, roots: FloatArray, weight: float) -> FloatArray:
    """Angle that maximises the criterion for each pair of axes and resample; two (pairs, b, m) to (pairs, b)."""
    u, v = (a - b) * (a + b), a * b
    v += v
    u_mean, v_mean = (np.einsum("pbm,bm->pb", x, roots) for x in (u, v))
    uu, uv, vv = (np.einsum("pbm,pbm->pb", x, y) for x, y in ((u, u), (u, v), (v, v)))
    turn = 2 * (uv - weight * u_mean * v_mean)
    stay = uu - vv - weight * (u_mean * u_mean - v_mean * v_mean)
    flat = np.hypot(turn, stay) <= FLAT * (uu + vv) + 1e-300  # every angle is as good as any other
    return np.where(flat, 0.0, np.arctan2(turn, stay) / 4)
