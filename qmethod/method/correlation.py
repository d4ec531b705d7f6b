"""Correlations between sorts, without ever needing the m x m matrix.

Each coefficient offered is a cosine: Pearson of centred placements, Spearman of centred mid-ranks, Kendall's tau-b of the signs of all
pairwise differences [1]_. So R = Z'Z, where the columns of Z have unit length, and everything the method asks of R (products, columns,
eigenvalues) comes from Z in blocks. Only pairwise deletion of missing placements breaks this, and only there is R itself kept.

References
----------
.. [1] Kendall, M. G. (1945). The treatment of ties in ranking problems. Biometrika, 33(3), 239-251.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from qmethod.blocks import block_width, over_blocks, run_over_blocks
from qmethod.data import Array, FloatArray, QData
from qmethod.errors import DataError, Fault

KEPT_CELLS = 2_000_000  # numbers of Z kept (16 MB) rather than made again for each use
WHOLE_IN_32_BITS = 2**24  # numbers of 32 bits hold every whole number up to this, so that sums which stay below are exact
SHARED_AT_LEAST = 3  # statements two sorts must share under pairwise deletion


@dataclass(frozen=True, slots=True)
class Alike:
    """What makes a standardised sort of any of sorts that all share one distribution.

    Parameters
    ----------
    centre : float
        Their mean.
    scale : float
        1 by the length of each around it.
    largest : float
        The placement that is farthest from 0.
    """

    centre: float
    scale: float
    largest: float


def alike(data: QData) -> Alike | None:
    """The mean and length that all sorts share; None where they do not all follow one distribution, or hold one value only."""
    if not data.forced or data.grid is None or len(data.grid.values) < 2:
        return None
    slots = data.grid.slots()
    return Alike(float(slots.mean()), 1 / float(np.linalg.norm(slots - slots.mean())), float(np.abs(slots).max()))


def centred(sorts: Array, shared: Alike) -> FloatArray:
    """Sorts that share a distribution around its mean, (n, m); what is made of sums of these can be scaled afterwards, which is less work."""
    return np.subtract(sorts, shared.centre, order="C", dtype=float)


def standardise(sorts: Array, shared: Alike | None = None) -> FloatArray:
    """Centre each sort and give it unit length; shape kept, NaN kept where placements are missing.

    Parameters
    ----------
    sorts : ndarray of shape (n, m)
    shared : Alike, optional
        Of sorts that share a distribution, which makes looking at each of them needless.
    """
    if shared is not None:
        z = centred(sorts, shared)
        z *= shared.scale
        return z
    z = sorts.astype(float, order="C")  # so that rounding does not depend on how the caller keeps the array
    if sorts.dtype.kind == "f" and np.isnan(z).any():
        z -= np.nanmean(z, axis=0)
        z /= np.sqrt(np.nansum(z * z, axis=0))
        return z
    z -= np.full(len(z), 1 / len(z)) @ z  # the means, by a product that is several times faster than mean(axis=0)
    z *= 1 / np.sqrt(np.einsum("ij,ij->j", z, z))
    return z


def _gram_of_whole_numbers(sorts: Array, shared: Alike) -> FloatArray:
    """The same product of whole placements: numbers of 32 bits take half the time, and lose nothing where no block's sum outgrows them."""
    n, m = sorts.shape

    def work(where: slice) -> FloatArray:
        block = sorts[:, where].astype(np.float32, order="C")
        sums = block.sum(axis=1, dtype=float) if shared.centre else np.zeros(n)
        return np.column_stack([block @ block.T, sums])

    found = sum(over_blocks(work, m, n), np.zeros((n, n + 1)))
    products, sums = found[:, :-1], found[:, -1]
    around = products - shared.centre * np.add.outer(sums, sums) + m * shared.centre**2
    return np.asarray(around * shared.scale**2)


def mid_ranks(sorts: Array) -> FloatArray:
    """Ranks 1..n of each column, equal placements sharing their mean rank; shape kept."""
    n = sorts.shape[0]
    order = np.argsort(sorts, axis=0, kind="stable")
    ordered = np.take_along_axis(sorts, order, axis=0)
    position = np.broadcast_to(np.arange(n)[:, None], sorts.shape)
    new = np.ones(sorts.shape, dtype=bool)
    new[1:] = ordered[1:] != ordered[:-1]
    last = np.ones(sorts.shape, dtype=bool)
    last[:-1] = new[1:]
    first_of_tie = np.maximum.accumulate(np.where(new, position, 0), axis=0)
    last_of_tie = np.minimum.accumulate(np.where(last, position, n)[::-1], axis=0)[::-1]
    ranks = np.empty(sorts.shape)
    np.put_along_axis(ranks, order, (first_of_tie + last_of_tie) / 2 + 1, axis=0)
    return ranks


def _pearson(sorts: Array) -> FloatArray:
    return standardise(sorts)


def _spearman(sorts: Array) -> FloatArray:
    return standardise(mid_ranks(sorts))


def _kendall(sorts: Array) -> FloatArray:
    values = sorts.astype(float, order="C")
    above, below = np.triu_indices(values.shape[0], 1)
    signs = np.sign(values[above] - values[below])
    return np.asarray(signs / np.sqrt(np.einsum("ij,ij->j", signs, signs)))


_UNIT: dict[str, Callable[[Array], FloatArray]] = {"pearson": _pearson, "spearman": _spearman, "kendall": _kendall}


@dataclass(frozen=True, slots=True, eq=False)
class Correlation:
    """R, the correlations between sorts, as an operator.

    Parameters
    ----------
    method : {'pearson', 'spearman', 'kendall'}
    sorts : ndarray of shape (n, m)
        Placements.
    participants : tuple of str
        Whose sorts they are.
    matrix : ndarray of shape (m, m) or None
        R itself, where it is no product Z'Z (pairwise deletion).
    unit : ndarray of shape (d, m) or None
        All of Z, kept where it is small.
    shared : Alike or None
        Where all sorts share a distribution.
    """

    method: str
    sorts: Array
    participants: tuple[str, ...]
    matrix: FloatArray | None = None
    unit: FloatArray | None = None
    shared: Alike | None = None

    @property
    def n_sorts(self) -> int:
        """Number of sorts m."""
        return int(self.sorts.shape[1])

    @property
    def depth(self) -> int:
        """Number of rows of Z, which bounds the rank of R."""
        n = int(self.sorts.shape[0])
        return n * (n - 1) // 2 if self.method == "kendall" else n

    def vectors(self, where: slice) -> FloatArray:
        """Columns of Z, shape (depth, block)."""
        if self.unit is not None:
            return self.unit[:, where]
        sorts = self.sorts[:, where]
        return standardise(sorts, self._anew) if self._anew is not None else _UNIT[self.method](sorts)

    @property
    def _anew(self) -> Alike | None:
        """What makes columns of Z of the sorts again for each use, where these share a distribution."""
        return self.shared if self.unit is None and self.method == "pearson" else None

    def gram(self) -> FloatArray:
        """``Z Z'``, shape (depth, depth): the same non-zero eigenvalues as R."""
        if self._anew is not None and self.sorts.dtype.kind in "iu" and self._anew.largest**2 * block_width(self.depth) <= WHOLE_IN_32_BITS:
            return _gram_of_whole_numbers(self.sorts, self._anew)

        def work(where: slice) -> FloatArray:
            z = self.vectors(where)
            return np.asarray(z @ z.T)

        return np.asarray(sum(over_blocks(work, self.n_sorts, self.depth), np.zeros((self.depth, self.depth))))

    def project(self, directions: FloatArray) -> FloatArray:
        """``Z' directions``; (depth, k) to (m, k)."""
        out = np.empty((self.n_sorts, directions.shape[1]))
        shared = self._anew
        scaled = directions if shared is None else directions * shared.scale

        def work(where: slice) -> None:
            columns = self.vectors(where) if shared is None else centred(self.sorts[:, where], shared)
            np.matmul(columns.T, scaled, out=out[where])

        run_over_blocks(work, self.n_sorts, self.depth)
        return out

    def times(self, vectors: FloatArray) -> FloatArray:
        """``R vectors``; (m, k) to (m, k)."""
        if self.matrix is not None:
            return self.matrix @ vectors

        def work(where: slice) -> FloatArray:
            return np.asarray(self.vectors(where) @ vectors[where])

        return self.project(np.asarray(sum(over_blocks(work, self.n_sorts, self.depth), np.zeros((self.depth, vectors.shape[1])))))

    def column(self, j: int) -> FloatArray:
        """Correlations of all sorts with sort `j`; shape (m,)."""
        if self.matrix is not None:
            return self.matrix[:, j]
        return self.project(self.vectors(slice(j, j + 1)))[:, 0]

    def dense(self) -> FloatArray:
        """R itself, shape (m, m), with an exact unit diagonal. For small m only."""
        if self.matrix is not None:
            return self.matrix.copy()
        z = self.vectors(slice(0, self.n_sorts))
        r = np.clip(z.T @ z, -1.0, 1.0)
        np.fill_diagonal(r, 1.0)
        return r


def correlate(data: QData, method: str = "pearson") -> Correlation:
    """Correlations between the sorts of `data`.

    Parameters
    ----------
    data : QData
        Sorts that are not constant. Missing placements lead to pairwise deletion.
    method : {'pearson', 'spearman', 'kendall'}

    Raises
    ------
    DataError
        If two sorts share fewer than three statements, or one is constant on those they share.
    """
    if not data.complete:
        return Correlation(method, data.sorts, data.participants, matrix=_pairwise(data, method))
    shared = alike(data)
    bare = Correlation(method, data.sorts, data.participants, shared=shared)
    if bare.depth * data.n_sorts <= KEPT_CELLS:
        return Correlation(method, data.sorts, data.participants, unit=_UNIT[method](data.sorts), shared=shared)
    return bare


def _pairwise(data: QData, method: str) -> FloatArray:
    """R from the statements that each pair of sorts shares."""
    unit, sorts, missing = _UNIT[method], data.sorts, data.missing
    partial = np.asarray(missing.any(axis=0))
    m = data.n_sorts
    r = np.eye(m)
    whole = np.flatnonzero(~partial)
    if whole.size:
        z = unit(sorts[:, whole])
        r[np.ix_(whole, whole)] = z.T @ z
    faults = []
    for j in np.flatnonzero(partial).tolist():
        for i in range(m):
            if i == j or (partial[i] and i > j):
                continue
            shared = ~(missing[:, i] | missing[:, j])
            pair = sorts[shared][:, [i, j]]
            if shared.sum() < SHARED_AT_LEAST or np.ptp(pair, axis=0).min() == 0:
                names = f"{data.participants[i]} and {data.participants[j]}"
                faults.append(Fault(f"{names} share too few differing placements ({int(shared.sum())} statements) to correlate"))
                continue
            z = unit(pair)
            r[i, j] = r[j, i] = z[:, 0] @ z[:, 1]
    if faults:
        raise DataError(faults)
    np.fill_diagonal(r, 1.0)
    return np.clip(r, -1.0, 1.0)
