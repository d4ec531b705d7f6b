"""Unrotated factors: principal components, Brown's centroid, Horst 5.5, iterated principal axis, and two through factor_analyzer.

References
----------
.. [1] Brown, S. R. (1980). Political Subjectivity. Yale University Press. Centroid extraction as Q uses it.
.. [2] Thurstone, L. L. (1947). Multiple-Factor Analysis. University of Chicago Press. The centroid method.
.. [3] Horst, P. (1965). Factor Analysis of Data Matrices. Holt, Rinehart and Winston. Section 5.5: centroids with iterated communalities.
.. [4] Harman, H. H. (1976). Modern Factor Analysis, 3rd ed. University of Chicago Press. Principal axes with iterated communalities.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from qmethod import _factor_analyzer, canonical
from qmethod.correlation import Correlation
from qmethod.data import Array, FloatArray, Notice
from qmethod.errors import DataError, Fault, PolicyError
from qmethod.policies import Policies
from qmethod.solution import Extraction

DENSE_LIMIT = 5_000  # sorts for which an m x m matrix is still reasonable (200 MB)

_Step = Callable[[Correlation, int, Policies], tuple[FloatArray, bool, int]]


def extract(correlation: Correlation, n_factors: int, policies: Policies) -> tuple[Extraction, list[Notice]]:
    """Extract `n_factors` unrotated factors by policy `extraction`.

    Parameters
    ----------
    correlation : Correlation
        Correlations between m sorts.
    n_factors : int
        k, at least 1.
    policies : Policies

    Returns
    -------
    extraction : Extraction
    notices : list of Notice
        Equal eigenvalues, communalities above 1, iterations that did not settle.

    Raises
    ------
    DataError
        If the sorts do not hold k factors.
    PolicyError
        If the method cannot be used on so many sorts.
    """
    values, vectors = eigen(correlation)
    check_number(n_factors, len(values), correlation.n_sorts)
    notices: list[Notice] = []
    if policies.extraction == "pca":
        fixed, notices = component_axes(values, vectors, n_factors)
        loadings = _from_eigen(correlation, values, fixed, n_factors)
        converged, cycles = True, 0
    else:
        loadings, converged, cycles = _in_file_independent_order(_STEPS[policies.extraction], correlation, n_factors, policies)
    if policies.extraction not in ("centroid", "horst"):
        # Eigenvectors have no sign of their own; centroids have the one their reflections give them.
        signs = canonical.direction(
            (loadings * np.abs(loadings)).sum(axis=0),
            (loadings**2).sum(axis=0),
            partial(canonical.profile, correlation.sorts, loadings),
        )
        loadings = loadings * signs
    if not converged:
        notices.append(
            Notice("not-converged", f"The {policies.extraction} extraction had not settled after {cycles} cycles; its loadings may still move.")
        )
    return Extraction(policies.extraction, loadings, (loadings**2).sum(axis=0), values, converged, cycles), notices


def check_number(n_factors: int, most: int, n_sorts: int) -> None:
    """Refuse more factors than the sorts hold."""
    if not 1 <= n_factors <= most:
        advice = f"Choose between 1 and {most} factors." if most else None
        raise DataError([Fault(f"{n_factors} factors asked for, {n_sorts} sorts hold at most {most}", advice=advice)])


def component_axes(values: FloatArray, vectors: FloatArray, n_factors: int) -> tuple[FloatArray, list[Notice]]:
    """Eigenvectors with their axes fixed where eigenvalues are equal, and a notice where that touches the factors kept; see `canonical.axes`."""
    fixed, tied = canonical.axes(values, vectors)
    return fixed, _tie_notices(tied, n_factors)


def eigen(correlation: Correlation) -> tuple[FloatArray, FloatArray]:
    """The positive eigenvalues of R, descending, with eigenvectors.

    Returns
    -------
    values : ndarray of shape (r,)
    vectors : ndarray of shape (depth, r)
        Eigenvectors of ZZ'; where R was given as a matrix, of R itself, shape (m, r).
    """
    if correlation.matrix is not None:
        order = canonical.file_order(correlation.sorts, correlation.participants)
        values, vectors = descending(correlation.matrix[np.ix_(order, order)])
        placed = np.empty_like(vectors)
        placed[order] = vectors
        return values, placed
    if correlation.depth <= correlation.n_sorts:
        return descending(correlation.gram())
    z = correlation.vectors(slice(0, correlation.n_sorts))
    values, vectors = descending(z.T @ z)
    return values, z @ (vectors / np.sqrt(values))


def descending(matrix: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The positive eigenvalues of a symmetric matrix of shape (d, d), descending, shape (r,), with eigenvectors, shape (d, r)."""
    values, vectors = np.linalg.eigh(matrix)
    kept = values > max(values[-1], 0.0) * len(values) * 1e-14
    return values[kept][::-1].copy(), vectors[:, kept][:, ::-1].copy()


def _from_eigen(correlation: Correlation, values: FloatArray, vectors: FloatArray, k: int) -> FloatArray:
    if correlation.matrix is not None:
        return vectors[:, :k] * np.sqrt(values[:k])
    return correlation.project(vectors[:, :k])


def _in_file_independent_order(step: _Step, correlation: Correlation, k: int, policies: Policies) -> tuple[FloatArray, bool, int]:
    """Run an iterative method on the sorts in dictionary order, so that ties and rounding do not depend on the file's order."""
    order = canonical.file_order(correlation.sorts, correlation.participants)
    sorts: Array = correlation.sorts[:, order]
    names = tuple(correlation.participants[i] for i in order)
    matrix = None if correlation.matrix is None else correlation.matrix[np.ix_(order, order)]
    unit = None if correlation.unit is None else np.ascontiguousarray(correlation.unit[:, order])
    found, converged, cycles = step(Correlation(correlation.method, sorts, names, matrix, unit), k, policies)
    loadings = np.empty_like(found)
    loadings[order] = found
    return loadings, converged, cycles


def _residual_times(correlation: Correlation, loadings: FloatArray, v: FloatArray) -> FloatArray:
    """Off-diagonal residual correlations times a vector; (m,) to (m,)."""
    explained = loadings @ (loadings.T @ v) - (loadings**2).sum(axis=1) * v
    return np.asarray(correlation.times(v[:, None])[:, 0] - v - explained)


def _residual_column(correlation: Correlation, loadings: FloatArray, j: int) -> FloatArray:
    column = np.asarray(correlation.column(j) - loadings @ loadings[j])
    column[j] = 0.0
    return column


def _reflect(correlation: Correlation, loadings: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Turn sorts round until no sort disagrees with the rest: the worst first, of equals the first by `canonical.file_order`.

    Returns the signs, shape (m,), and the signed off-diagonal residual sums, shape (m,), all of them >= 0 up to rounding.
    """
    m = correlation.n_sorts
    signs = np.ones(m)
    sums = _residual_times(correlation, loadings, signs)
    nothing = canonical.TIE * m
    while True:
        signed = signs * sums
        lowest = signed.min()
        if lowest >= -nothing:
            return signs, signed
        j = int(np.argmax(signed <= lowest + nothing))
        signs[j] = -signs[j]
        sums += 2 * signs[j] * _residual_column(correlation, loadings, j)


def _centroid(correlation: Correlation, k: int, policies: Policies) -> tuple[FloatArray, bool, int]:
    """Brown's centroid [1]_ [2]_: reflect, iterate the diagonal of this factor, take it out, repeat."""
    m = correlation.n_sorts
    loadings = np.zeros((m, 0))
    cycles, settled = 0, True
    for _ in range(k):
        signs, sums = _reflect(correlation, loadings)
        sums = np.maximum(sums, 0.0)
        diagonal = sums / max(m - 1, 1) if policies.centroid_start == "mean" else np.full(m, 0.5)
        factor = _centroid_of(sums + diagonal, loadings.shape[1] + 1)
        for _ in range(1000):
            cycles += 1
            _previous, diagonal = diagonal, factor**2
            factor = _centroid_of(sums + diagonal, loadings.shape[1] + 1)
            if np.abs(factor**2 - diagonal).max() < policies.centroid_tolerance:
                break
        else:
            settled = False
        loadings = np.column_stack([loadings, factor * signs])
    return loadings, settled, cycles


def _centroid_of(sums: FloatArray, number: int) -> FloatArray:
    total = float(sums.sum())
    if total <= 1e-12:
        advice = f"Ask for at most {number - 1} factors, or use principal components."
        raise DataError([Fault(f"the residual correlations hold no centroid factor {number}: they sum to nothing", advice=advice)])
    return np.asarray(sums / np.sqrt(total))


def _horst(correlation: Correlation, k: int, policies: Policies) -> tuple[FloatArray, bool, int]:
    """Horst 5.5 [3]_: k centroids from given communalities, then new communalities from what is left of the diagonal."""
    m = correlation.n_sorts
    communality = np.ones(m)
    loadings = np.zeros((m, 0))
    for cycle in range(1, policies.horst_cycles + 1):
        loadings = np.zeros((m, 0))
        left = communality.copy()
        for _ in range(k):
            signs, sums = _reflect(correlation, loadings)
            factor = _centroid_of(np.maximum(sums + left, 0.0), loadings.shape[1] + 1) * signs
            loadings = np.column_stack([loadings, factor])
            left = left - factor**2
        communality = np.minimum(1.0, communality - left)
        if np.abs(left).max() <= policies.horst_tolerance:
            return loadings, True, cycle
    return loadings, False, policies.horst_cycles


def _principal_axis(correlation: Correlation, k: int, policies: Policies) -> tuple[FloatArray, bool, int]:
    """Iterated principal axis [4]_: eigenvectors of R with communalities in its diagonal, until these stop moving."""
    r = _dense(correlation, "paf")
    off = r - np.eye(len(r))
    communality = np.abs(off).max(axis=0) if len(r) > 1 else np.ones(1)
    loadings = np.zeros((len(r), k))
    for cycle in range(1, policies.paf_cycles + 1):
        np.fill_diagonal(off, communality)
        values, vectors = np.linalg.eigh(off)
        loadings = vectors[:, ::-1][:, :k] * np.sqrt(np.maximum(values[::-1][:k], 0.0))
        previous, communality = communality, np.minimum((loadings**2).sum(axis=1), 1.0)
        if np.abs(communality - previous).max() < policies.paf_tolerance:
            return loadings, True, cycle
    return loadings, False, policies.paf_cycles


def _by_factor_analyzer(correlation: Correlation, k: int, policies: Policies) -> tuple[FloatArray, bool, int]:
    return _factor_analyzer.fit(_dense(correlation, policies.extraction), k, policies.extraction)


def _dense(correlation: Correlation, method: str) -> FloatArray:
    if correlation.n_sorts > DENSE_LIMIT:
        raise PolicyError(
            f"extraction {method!r} needs the whole correlation matrix and is limited to {DENSE_LIMIT} sorts, "
            f"got {correlation.n_sorts}; use pca or centroid"
        )
    return correlation.dense()


_STEPS: dict[str, _Step] = {
    "centroid": _centroid,
    "horst": _horst,
    "paf": _principal_axis,
    "minres": _by_factor_analyzer,
    "ml": _by_factor_analyzer,
}


def _tie_notices(tied: list[tuple[int, int]], k: int) -> list[Notice]:
    notices = []
    for first, last in tied:
        if first < k <= last:
            text = (
                f"Eigenvalues {first + 1} to {last + 1} are equal, and the {k} factors kept end among them: which part of what they hold is "
                f"kept was decided by the numbering of the statements. Keep {first} or {last + 1} factors."
            )
            notices.append(Notice("equal-eigenvalues", text))
        elif last < k:
            text = f"Eigenvalues {first + 1} to {last + 1} are equal: before rotation their axes are decided by the numbering of the statements."
            notices.append(Notice("equal-eigenvalues", text))
    return notices
