"""Which viewpoint of one solution is which of another: congruence of their statement scores, and the best one-to-one match.

References
----------
.. [1] Tucker, L. R. (1951). A method for synthesis of factor analysis studies. Personnel Research Section Report 984. Department of the Army.
.. [2] Lorenzo-Seva, U., & ten Berge, J. M. F. (2006). Tucker's congruence coefficient as a meaningful index of factor similarity.
   Methodology, 2(2), 57-64. https://doi.org/10.1027/1614-2241.2.2.57
.. [3] Kuhn, H. W. (1955). The Hungarian method for the assignment problem. Naval Research Logistics Quarterly, 2(1-2), 83-97.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import permutations

import numpy as np

from qmethod.brief import brief
from qmethod.data import Array, FloatArray

FEW = 6
"""Viewpoints up to which all ways to match them are tried, which takes less than loading the Hungarian method [3]_."""

FAIR, EQUAL = 0.85, 0.95  # from .85 similar, from .95 the same for all purposes [2]_


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """The columns of one matrix matched with those of a reference.

    Parameters
    ----------
    order : ndarray of int, shape (l,)
        ``order[j]`` is the column found for column j of the reference; -1 where none is left, or the best one left is all NaN.
    signs : ndarray of shape (l,)
        1, or -1 where the column found is the mirror image; NaN where there is none.
    phi : ndarray of shape (l,)
        Tucker's congruence of the two after the sign, so never negative; NaN where there is none.
    """

    order: Array
    signs: FloatArray
    phi: FloatArray

    __repr__ = brief

    def apply(self, columns: FloatArray) -> FloatArray:
        """Columns (r, k) in the order and direction of the reference, shape (r, l); NaN for a column that found no match."""
        return np.asarray(columns[:, self.order] * self.signs)


def tucker(a: FloatArray, b: FloatArray) -> FloatArray:
    """Congruence a'b / sqrt(a'a b'b) (Tucker 1951) of each column of one matrix with each of another.

    Parameters
    ----------
    a : ndarray of shape (..., n, k)
    b : ndarray of shape (..., n, l)
        Leading axes are broadcast against each other.

    Returns
    -------
    phi : ndarray of shape (..., k, l)
        From -1 to 1. NaN for a column that holds NaN, or nothing but zeros.

    Examples
    --------
    >>> tucker(np.array([[1.0], [2.0], [2.0]]), np.array([[2.0, -1.0], [1.0, -2.0], [2.0, -2.0]])).round(2)
    array([[ 0.89, -1.  ]])
    """
    products = np.swapaxes(a, -1, -2) @ b
    lengths = np.sqrt((a * a).sum(axis=-2))[..., :, None] * np.sqrt((b * b).sum(axis=-2))[..., None, :]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.clip(products / lengths, -1.0, 1.0))


def align(found: FloatArray, reference: FloatArray) -> Alignment:
    """Match columns one to one, whatever their order and direction, so that the sum of `phi` is largest (by the Hungarian method).

    Parameters
    ----------
    found : ndarray of shape (n, k)
        For example z-scores of one solution.
    reference : ndarray of shape (n, l)
        The same statements in another one; k and l may differ.

    Returns
    -------
    Alignment
        With one entry for each column of the reference.
    """
    phi = tucker(found, reference)
    order, signs, size = _match(phi[None])
    return Alignment(order[0], signs[0], size[0])


def align_many(found: FloatArray, reference: FloatArray) -> tuple[Array, FloatArray, FloatArray]:
    """`align` for many matrices at once.

    Parameters
    ----------
    found : ndarray of shape (B, n, k)
    reference : ndarray of shape (n, l)

    Returns
    -------
    order : ndarray of int, shape (B, l)
    signs, phi : ndarray of shape (B, l)
        As in `Alignment`.
    """
    return _match(tucker(found, reference))


def _match(phi: FloatArray) -> tuple[Array, FloatArray, FloatArray]:
    """Order, signs and size of the best match for congruences of shape (B, k, l)."""
    size = np.nan_to_num(np.abs(phi))
    (b, k, wanted), rows = phi.shape, np.arange(len(phi))[:, None]
    order = np.full((b, wanted), -1)
    if k and wanted:
        # Where every column of the reference likes another one best, all of them can have it and nothing is better.
        best = size.argmax(axis=1)
        settled = np.zeros(b, dtype=bool) if k < wanted else (np.diff(np.sort(best, axis=1), axis=1) > 0).all(axis=1)
        order[settled] = best[settled]
        for i in np.flatnonzero(~settled).tolist():
            of, to = assign(size[i])
            order[i, to] = of
    columns = np.arange(wanted)[None]
    signed = np.where(order < 0, np.nan, phi[rows, np.maximum(order, 0), columns]) if k else np.full((b, wanted), np.nan)
    order = np.where(np.isnan(signed), -1, order)
    signs = np.where(np.isnan(signed), np.nan, np.where(signed < 0, -1.0, 1.0))
    return order, signs, np.abs(signed)


@cache
def _ways(k: int, wanted: int) -> Array:
    """All ways to choose `wanted` of k in some order, one in each row."""
    return np.array(list(permutations(range(k), wanted)))


def assign(size: FloatArray) -> tuple[Array, Array]:
    """Which row goes with which column, each once, so that the sum is largest; for a matrix of shape (k, l), two arrays of min(k, l) positions."""
    if max(size.shape) <= FEW:
        if size.shape[0] < size.shape[1]:
            columns, rows = assign(size.T)
            return rows, columns
        ways = _ways(*size.shape)
        columns = np.arange(size.shape[1])
        return ways[size[ways, columns].sum(axis=1).argmax()], columns
    from scipy.optimize import linear_sum_assignment  # on demand: its import takes longer than most analyses

    of, to = linear_sum_assignment(size, maximize=True)
    return of, to
