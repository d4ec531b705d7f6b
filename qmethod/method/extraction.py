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
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from qmethod.blocks import by_rows, sum_over_rows
from qmethod.data import Array, FloatArray
from qmethod.errors import DataError, Fault, PolicyError
from qmethod.method import _factor_analyzer, tie_breaking
from qmethod.method.correlation import Correlation
from qmethod.method.reflection import Residual, best, kept, sequential
from qmethod.notice import Notice
from qmethod.policies import Policies
from qmethod.solution import Extraction
from qmethod.wording import counted

DENSE_LIMIT = 5_000  # sorts for which an m x m matrix is still reasonable (200 MB)

DENSE = ("paf", "minres", "ml")
"""Extractions that work on the correlations of all pairs of sorts."""

NOTHING = 1e-6
"""A factor that holds less than this share of all sorts is rounding, which no scaling may blow up."""


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """Loadings of shape (m, k), whether and after how many cycles they settled, and for the centroid the shares of `Extraction.sequential`."""

    loadings: FloatArray
    converged: bool = True
    cycles: int = 0
    sequential: FloatArray | None = None


_Step = Callable[[Correlation, int, Policies], _Found]


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
        Equal eigenvalues, iterations that did not settle, factors smaller than one sort, a reflection that falls short.

    Raises
    ------
    DataError
        If the sorts do not hold k factors, or one of them holds next to nothing.
    PolicyError
        If the method cannot be used on so many sorts.
    """
    values, vectors = eigen(correlation)
    check_number(n_factors, len(values), correlation.n_sorts)
    notices: list[Notice] = []
    if policies.extraction == "pca":
        fixed, notices = component_axes(values, vectors, n_factors)
        found = _Found(_from_eigen(correlation, values, fixed, n_factors))
    else:
        found = _in_file_independent_order(_STEPS[policies.extraction], correlation, n_factors, policies)
    loadings = found.loadings
    if policies.extraction != "horst" and (policies.extraction, policies.centroid_reflection) != ("centroid", "sequential"):
        # Eigenvectors and the best of many reflections have no sign of their own; sequential reflections give one.
        signed, sizes = sum_over_rows(_signed_and_squares, loadings)
        signs = tie_breaking.direction(signed, sizes, partial(tie_breaking.profile, correlation.sorts, loadings))
        if (signs < 0).any():
            loadings = by_rows(lambda rows: rows * signs, np.empty(loadings.shape), loadings)
    else:
        sizes = (loadings**2).sum(axis=0)
    if not found.converged:
        text = f"The {policies.extraction} extraction had not settled after {found.cycles} cycles; its loadings may still move."
        notices.append(Notice("not-converged", text))
    refuse_nothing(sizes, correlation.n_sorts, policies)
    _refuse_too_much(sizes, correlation.n_sorts, policies)
    notices += [*small_factors(sizes, correlation.n_sorts), *_short(found.sequential, policies)]
    return Extraction(policies.extraction, loadings, sizes, values, found.converged, found.cycles, found.sequential), notices


def _signed_and_squares(rows: FloatArray) -> FloatArray:
    size = np.abs(rows)
    return np.stack([np.einsum("mk,mk->k", rows, size), np.einsum("mk,mk->k", rows, rows)])


def refuse_nothing(sizes: FloatArray, n_sorts: int, policies: Policies) -> None:
    """Refuse factors that hold next to nothing: Kaiser's scaling would make as much of them as of any other."""
    empty = np.flatnonzero(sizes < NOTHING * n_sorts).tolist()
    if not empty:
        return
    held = len(sizes) - len(empty)
    which = f"factor {empty[0] + 1} of {len(sizes)}"
    asked = f"Ask for at most {counted(held, 'factor')}" if held else "Use principal components"
    advice = asked + (
        ", or use `centroid_reflection` best." if (policies.extraction, policies.centroid_reflection) == ("centroid", "sequential") else "."
    )
    text = f"{which} by extraction {policies.extraction} holds next to nothing (a sum of squares of {sizes[empty[0]]:.1g} of {n_sorts})"
    raise DataError([Fault(text, advice=advice)])


def _refuse_too_much(sizes: FloatArray, n_sorts: int, policies: Policies) -> None:
    """Refuse factors that hold more than all of the variance: an iteration of communalities ran away, as it can with very few sorts."""
    if sizes.sum() > n_sorts * (1 + 1e-6):
        share = f"{100 * sizes.sum() / n_sorts:.0f} %"
        text = f"extraction {policies.extraction} ran away: its factors would hold {share} of the variance of {n_sorts} sorts"
        raise DataError([Fault(text, advice="Use principal components (pca), or fewer factors.")])


def small_factors(sizes: FloatArray, n_sorts: int) -> list[Notice]:
    """A notice where factors hold less than one sort does."""
    few = np.flatnonzero(sizes < 1 - 1e-9).tolist()
    if not few:
        return []
    k, one, they = len(sizes), f"a single sort does (1 of {n_sorts})", "may be no viewpoint at all"
    if len(few) == 1:
        what = f"the smallest of the {k} factors holds {sizes[few[0]]:.2f}" if k > 1 else f"the factor holds {sizes[0]:.2f}"
        text = f"Before rotation {what}, less than {one}: it {they}."
    else:
        what = ", ".join(f"{sizes[j]:.2f}" for j in few)
        text = f"Before rotation {len(few)} of the {k} factors hold less than {one}, namely {what}: they {they}."
    text += " Look at the solution with fewer factors too." if k > 1 else ""
    return [Notice("small-factor", text)]


def _short(shares: FloatArray | None, policies: Policies) -> list[Notice]:
    """A notice where turning round sort by sort gets less than the best that was found."""
    if shares is None:
        return []
    short = np.flatnonzero(shares < 0.99).tolist()
    if not short:
        return []
    reached = ", ".join(f"{100 * shares[j]:.{1 if shares[j] > 0.985 else 0}f} % for factor {j + 1}" for j in short)
    if policies.centroid_reflection == "best":
        text = (
            "Turning sorts round one by one, as R's qmethod and KADE do, would have reached only a part of the size that the centroid has here: "
            f"{reached}. Such a program may show other factors."
        )
    else:
        text = (
            f"Turning sorts round one by one reached only a part of the largest size that was found: {reached}. Viewpoints may be missing or mixed; "
            "with the policy `centroid_reflection` best the search goes on."
        )
    return [Notice("reflection-falls-short", text)]


def check_number(n_factors: int, most: int, n_sorts: int) -> None:
    """Refuse more factors than the sorts hold."""
    if not 1 <= n_factors <= most:
        advice = f"Choose between 1 and {most} factors." if most else None
        raise DataError([Fault(f"{n_factors} factors asked for, {n_sorts} sorts hold at most {most}", advice=advice)])


def component_axes(values: FloatArray, vectors: FloatArray, n_factors: int) -> tuple[FloatArray, list[Notice]]:
    """Eigenvectors with their axes fixed where eigenvalues are equal, and a notice where that touches the factors kept; see `tie_breaking.axes`."""
    fixed, tied = tie_breaking.axes(values, vectors)
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
        order = tie_breaking.file_order(correlation.sorts, correlation.participants)
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


def _in_file_independent_order(step: _Step, correlation: Correlation, k: int, policies: Policies) -> _Found:
    """Run an iterative method on the sorts in dictionary order, so that ties and rounding do not depend on the file's order."""
    order = tie_breaking.file_order(correlation.sorts, correlation.participants)
    sorts: Array = correlation.sorts[:, order]
    matrix = None if correlation.matrix is None else correlation.matrix[np.ix_(order, order)]
    unit = None if correlation.unit is None else np.ascontiguousarray(correlation.unit[:, order])
    found = step(Correlation(correlation.method, sorts, (), matrix, unit), k, policies)  # no step asks whose sorts they are
    loadings = np.empty_like(found.loadings)
    loadings[order] = found.loadings
    return replace(found, loadings=loadings)


def _centroid(correlation: Correlation, k: int, policies: Policies) -> _Found:
    """Brown's centroid [1]_ [2]_: reflect, put something into the diagonal, take the factor out, repeat; see `qmethod.method.reflection`."""
    correlation = kept(correlation)
    m, unity = correlation.n_sorts, policies.centroid_diagonal == "unity"
    leftover = 0.0 if unity else 10 * policies.centroid_tolerance
    loadings = np.zeros((m, 0))
    shares: list[float] = []
    cycles, settled = 0, True
    for number in range(1, k + 1):
        residual = Residual(correlation, loadings)
        reflected = best(residual, leftover) if policies.centroid_reflection == "best" else sequential(residual, leftover, compare=True)
        sums = np.maximum(reflected.sums, 0.0)
        if unity:
            factor = _centroid_of(sums + np.maximum(1 - (loadings**2).sum(axis=1), 0.0), number)
        else:
            factor, turns, still = _iterated(sums, number, policies)
            cycles, settled = cycles + turns, settled and still
        shares.append(reflected.share)
        loadings = np.column_stack([loadings, factor * reflected.signs])
    if policies.centroid_reflection == "best":
        order = tie_breaking.descending((loadings**2).sum(axis=0), partial(tie_breaking.profile, correlation.sorts, loadings))
        loadings, shares = loadings[:, order], [shares[j] for j in order]
    return _Found(loadings, settled, cycles, np.array(shares))


def _iterated(sums: FloatArray, number: int, policies: Policies) -> tuple[FloatArray, int, bool]:
    """A centroid factor whose squares are its own diagonal, from off-diagonal sums, both (m,); the cycles that took, and whether it settled."""
    m = len(sums)
    diagonal = sums / max(m - 1, 1) if policies.centroid_start == "mean" else np.full(m, 0.5)
    factor = _centroid_of(sums + diagonal, number)
    for cycle in range(1, 1001):
        diagonal = factor**2
        factor = _centroid_of(sums + diagonal, number)
        if np.abs(factor**2 - diagonal).max() < policies.centroid_tolerance:
            return factor, cycle, True
    return factor, cycle, False


def _centroid_of(sums: FloatArray, number: int) -> FloatArray:
    total = float(sums.sum())
    if total <= 1e-12:
        advice = f"Ask for at most {number - 1} factors, or use principal components."
        raise DataError([Fault(f"the residual correlations hold no centroid factor {number}: they sum to nothing", advice=advice)])
    return np.asarray(sums / np.sqrt(total))


def _horst(correlation: Correlation, k: int, policies: Policies) -> _Found:
    """Horst 5.5 [3]_: k centroids from given communalities, then new communalities from what is left of the diagonal."""
    m = correlation.n_sorts
    communality = np.ones(m)
    loadings = np.zeros((m, 0))
    for cycle in range(1, policies.horst_cycles + 1):
        loadings = np.zeros((m, 0))
        left = communality.copy()
        for _ in range(k):
            reflected = sequential(Residual(correlation, loadings))
            factor = _centroid_of(np.maximum(reflected.sums + left, 0.0), loadings.shape[1] + 1) * reflected.signs
            loadings = np.column_stack([loadings, factor])
            left = left - factor**2
        communality = np.minimum(1.0, communality - left)
        if np.abs(left).max() <= policies.horst_tolerance:
            return _Found(loadings, True, cycle)
    return _Found(loadings, False, policies.horst_cycles)


def _principal_axis(correlation: Correlation, k: int, policies: Policies) -> _Found:
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
            return _Found(loadings, True, cycle)
    return _Found(loadings, False, policies.paf_cycles)


def _by_factor_analyzer(correlation: Correlation, k: int, policies: Policies) -> _Found:
    return _Found(*_factor_analyzer.fit(_dense(correlation, policies.extraction), k, policies.extraction))


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
