"""Which sorts a centroid turns round: signs s for which s'As is large, where A holds the residual correlations and nothing in its diagonal.

A centroid factor is as large as the signed sum of all correlations, so the signs that make this sum largest give the largest factor [1]_. Brown's
reflection [2]_ begins with all sorts as they are and turns round the one that disagrees most, until none disagrees. It stops at the first optimum it
meets, and once a factor is out every sum is zero but for rounding: where it begins is then chance. `best` begins in many places instead.

References
----------
.. [1] Thurstone, L. L. (1947). Multiple-Factor Analysis. University of Chicago Press. The centroid method.
.. [2] Brown, S. R. (1980). Political Subjectivity. Yale University Press. Reflection as Q uses it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qmethod.data import Array, FloatArray
from qmethod.method import tie_breaking
from qmethod.method.correlation import Correlation

ROUNDING = 1e-13
"""Residual sums below this, for each sort, are rounding."""

STARTS = 20
"""Random starts of the search, beside all sorts as they are and the signs of the leading eigenvector."""

SEARCHED = 500
"""Sorts among which all starts are followed; of more sorts the best ends are carried over to all."""

ALL_TRIED = 12
"""Sorts up to which all signs are tried."""

CARRIED = 3
"""Ends of the search that are carried over to all sorts, where these are more."""

SMALL = 2_000_000
"""Numbers of Z up to which a product of the whole is quicker than one of blocks."""

KEPT_CELLS = 16_000_000
"""Numbers of Z kept for the many products of a centroid (128 MB)."""

_SEED = 1
_POWERS = 30
_WINDOW = 500


@dataclass(frozen=True, slots=True, eq=False)
class Residual:
    """Off-diagonal residual correlations A as an operator.

    Parameters
    ----------
    correlation : Correlation
        Of m sorts.
    loadings : ndarray of shape (m, k)
        Factors taken out of it; k may be 0.
    """

    correlation: Correlation
    loadings: FloatArray

    def times(self, vectors: FloatArray) -> FloatArray:
        """``A vectors``; (m, c) to (m, c)."""
        explained = self.loadings @ (self.loadings.T @ vectors) - (self.loadings**2).sum(axis=1)[:, None] * vectors
        return np.asarray(self._correlated(vectors) - vectors - explained)

    def column(self, j: int) -> FloatArray:
        """One column of A; shape (m,)."""
        column = np.asarray(self.correlation.column(j) - self.loadings @ self.loadings[j])
        column[j] = 0.0
        return column

    def among(self, which: Array) -> FloatArray:
        """A for some sorts, shape (w, w)."""
        matrix = self.correlation.matrix
        if matrix is not None:
            found = matrix[np.ix_(which, which)]
        else:
            z = self.unit(which)
            found = z.T @ z
        found = found - self.loadings[which] @ self.loadings[which].T
        np.fill_diagonal(found, 0.0)
        return np.asarray(found)

    def unit(self, which: Array) -> FloatArray:
        """Columns of Z; shape (depth, w)."""
        kept = self.correlation.unit
        if kept is not None:
            return kept[:, which]
        few = Correlation(self.correlation.method, self.correlation.sorts[:, which], ())
        return few.vectors(slice(0, few.n_sorts))

    def _correlated(self, vectors: FloatArray) -> FloatArray:
        z = self.correlation.unit
        if z is None or z.size > SMALL:
            return self.correlation.times(vectors)  # in blocks, on all cores
        return np.asarray(z.T @ (z @ vectors))


@dataclass(frozen=True, slots=True, eq=False)
class Reflected:
    """Signs, and what they amount to.

    Parameters
    ----------
    signs : ndarray of shape (m,)
        1 or -1.
    sums : ndarray of shape (m,)
        Signed off-diagonal residual sums, all of them at least 0 but for rounding.
    share : float
        How large the sum of Brown's reflection is beside the best one found; NaN where they were not compared.
    """

    signs: FloatArray
    sums: FloatArray
    share: float


def kept(correlation: Correlation) -> Correlation:
    """The same correlations, with Z at hand where it takes less than `KEPT_CELLS`."""
    if correlation.matrix is not None or correlation.unit is not None or correlation.depth * correlation.n_sorts > KEPT_CELLS:
        return correlation
    z = correlation.vectors(slice(0, correlation.n_sorts))
    return Correlation(correlation.method, correlation.sorts, correlation.participants, unit=z)


def sequential(residual: Residual, leftover: float = 0.0, *, compare: bool = False) -> Reflected:
    """Brown's reflection: the sort that disagrees most is turned round, of equals the first, until none disagrees.

    Parameters
    ----------
    residual : Residual
    leftover : float
        Where all sums are at most this large, they are what the iteration of the last factor's diagonal left over, and nobody's disagreement:
        the sort with the lowest one is then turned round all the same.
    compare : bool
        Whether to look how far this is from `best`.
    """
    m = residual.correlation.n_sorts
    signs = np.ones(m)
    sums = residual.times(signs[:, None])[:, 0]
    nothing = ROUNDING * m
    begun = False
    while True:
        signed = signs * sums
        lowest = signed.min()
        if lowest >= -nothing and (begun or signed.max() > max(leftover, nothing)):
            break
        j = int(np.argmax(signed <= lowest + nothing))
        signs[j] = -signs[j]
        sums += 2 * signs[j] * residual.column(j)
        begun = True
    share = best(residual, leftover).share if compare and m <= SEARCHED else np.nan
    return Reflected(signs, signed, share)


def best(residual: Residual, leftover: float = 0.0) -> Reflected:
    """The best of many starts, each of them followed until no sort disagrees.

    Up to `ALL_TRIED` sorts all signs are tried. Else starts are Brown's reflection, the signs of the leading eigenvector of A, and `STARTS` random
    ones: how the sorts correlate with a profile drawn at random over the statements, taken once through A. Of equally large sums the one that
    `tie_breaking.preferred` names is taken. Of more than `SEARCHED` sorts as many are searched, evenly spread over their order, without Brown's
    reflection; the best ends are then followed among all.

    Parameters
    ----------
    residual : Residual
    leftover : float
        See `sequential`.
    """
    m = residual.correlation.n_sorts
    if m > SEARCHED:
        return _carried(residual)
    everyone = np.arange(m)
    block = residual.among(everyone)
    brown = sequential(residual, leftover)
    if m <= ALL_TRIED:
        signs = _every(m)
        sums = signs * (block @ signs)
    else:
        starts = np.column_stack([brown.signs, _starts(residual, block, everyone)])
        signs, sums = _exchanged(block, starts, block @ starts)
    chosen = _preferred(residual, signs, sums.sum(axis=0))
    return Reflected(signs[:, chosen], sums[:, chosen], _beside(float(brown.sums.sum()), float(sums[:, chosen].sum())))


def _every(m: int) -> FloatArray:
    """All signs there are, but for turning round everybody; shape (m, 2^(m - 1))."""
    bits = np.arange(2 ** (m - 1))[None, :] >> np.arange(m - 1)[:, None] & 1
    return np.vstack([np.ones(bits.shape[1]), 1.0 - 2.0 * bits])


def _beside(size: float, largest: float) -> float:
    """A share, at most 1; 1 where both are rounding."""
    return min(size / largest, 1.0) if largest > tie_breaking.TIE else 1.0


def _starts(residual: Residual, block: FloatArray, searched: Array) -> FloatArray:
    """Signs to begin with, the first those of the leading eigenvector; shape (w, 1 + STARTS)."""
    rng = np.random.default_rng(_SEED)
    if residual.correlation.matrix is not None:
        random = rng.standard_normal((len(searched), STARTS))
    else:  # over statements rather than sorts, so that neither their order nor a copy or mirror image of one moves a start
        random = residual.unit(searched).T @ rng.standard_normal((residual.correlation.depth, STARTS))
    random = block @ random
    leading = random[:, :1]
    for _ in range(_POWERS):  # its signs are wanted, not its figures
        leading = leading + block @ leading
        leading /= np.sqrt((leading**2).sum()) or 1.0
    return np.column_stack([_signs(leading), _signs(random)])


def _signs(values: FloatArray) -> FloatArray:
    return np.where(values < 0, -1.0, 1.0)


def _exchanged(block: FloatArray, signs: FloatArray, sums: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Turn sorts round, the one that disagrees most first, until none does; each column by itself.

    Parameters
    ----------
    block : ndarray of shape (w, w)
        Residual correlations, nothing in the diagonal.
    signs, sums : ndarray of shape (w, c)
        Where each column begins, and the residual sums there; what other sorts add to these stays as it is.

    Returns
    -------
    signs, signed : ndarray of shape (w, c)
        Signed sums are at least 0 but for rounding.
    """
    signs, sums = signs.copy(), sums.copy()
    nothing = ROUNDING * len(block)
    active = np.arange(signs.shape[1])
    while active.size:
        signed = signs[:, active] * sums[:, active]
        lowest = signed.min(axis=0)
        going = lowest < -nothing
        active = active[going]
        worst = np.argmax(signed[:, going] <= lowest[going] + nothing, axis=0)
        signs[worst, active] *= -1
        sums[:, active] += 2 * signs[worst, active] * block[:, worst]
    return signs, signs * sums


def _carried(residual: Residual) -> Reflected:
    """The best ends of a search among some sorts, carried over to all of them and followed there."""
    m = residual.correlation.n_sorts
    searched = np.linspace(0, m - 1, SEARCHED).astype(np.intp)
    block = residual.among(searched)
    starts = _starts(residual, block, searched)
    ends, sums = _exchanged(block, starts, block @ starts)
    chosen = _distinct(ends, np.argsort(-sums.sum(axis=0), kind="stable").tolist())[:CARRIED]
    wide = np.zeros((m, len(chosen)))
    wide[searched] = ends[:, chosen]
    signs = _signs(residual.times(wide))
    sums = residual.times(signs)
    largest = _preferred(residual, signs, (signs * sums).sum(axis=0))
    return _followed(residual, signs[:, largest], sums[:, largest])


def _followed(residual: Residual, signs: FloatArray, sums: FloatArray) -> Reflected:
    """Signs of many sorts, (m,), until none disagrees: many are turned round at once as long as that helps, then the worst ones first."""
    nothing = ROUNDING * len(signs)

    def summed(signs: FloatArray) -> FloatArray:
        return residual.times(signs[:, None])[:, 0]

    while ((signed := signs * sums) < -nothing).sum() > _WINDOW:
        turned = np.where(signed < 0, -signs, signs)
        then = summed(turned)
        if turned @ then <= signed.sum():
            break
        signs, sums = turned, then
    signs = signs.copy()
    while (signed := signs * sums).min() < -nothing:
        worst = np.argpartition(signed, min(_WINDOW, len(signs) - 1))[:_WINDOW]
        turned, _ = _exchanged(residual.among(worst), signs[worst, None], sums[worst, None])
        signs[worst] = turned[:, 0]
        sums = summed(signs)
    return Reflected(signs, signed, np.nan)


def _distinct(signs: FloatArray, positions: list[int]) -> list[int]:
    """Of these columns those that are neither another one before them nor its mirror image."""
    found: list[int] = []
    for c in positions:
        if not (np.abs(signs[:, c] @ signs[:, found]) > len(signs) - 1).any():
            found.append(c)
    return found


def _preferred(residual: Residual, ends: FloatArray, sizes: FloatArray) -> int:
    """Position of the largest sum; among equal ones that of the profile `tie_breaking.preferred` names."""
    largest = sizes.max()
    tied = np.flatnonzero(sizes >= largest - tie_breaking.TIE * max(largest, 1e-300))
    different = _distinct(ends, tied.tolist())
    if len(different) == 1:
        return different[0]
    profiles = tie_breaking.profile(residual.correlation.sorts, ends[:, different])
    return different[tie_breaking.preferred(list(profiles.T[:, :, None]))]
