"""Rotations whose factors may correlate: promax, and oblimin through factor_analyzer.

References
----------
.. [1] Hendrickson, A. E., & White, P. O. (1964). Promax: a quick method for rotation to oblique simple structure. British Journal of Statistical
   Psychology, 17(1), 65-70.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qmethod.data import FloatArray
from qmethod.errors import DataError, Fault
from qmethod.method import _factor_analyzer
from qmethod.method.planar import from_rows, one_by_one, planar
from qmethod.method.r_varimax import r_varimax

POWER = 4
"""Of promax's target: large loadings raised to it stay, small ones vanish."""

VARIMAX_TOLERANCE = 1e-14
"""Of the criterion of the varimax that promax begins with."""

SETTLED = 1e-12
"""Largest angle by which its axes still turn at the end."""

CYCLES = 1000
"""That a rotation may take. Whether it has settled is asked of twice as many."""

_Rotate = Callable[[FloatArray, int], tuple[FloatArray, FloatArray]]


def rotate_obliquely(loadings: FloatArray, method: str) -> tuple[FloatArray, FloatArray, bool]:
    """Promax (power 4) or oblimin (gamma 0).

    Parameters
    ----------
    loadings : ndarray of shape (m, k)
        Unrotated loadings, Kaiser-normalised where that is wanted; k >= 2, no row zero.
    method : {'promax', 'oblimin'}

    Returns
    -------
    pattern : ndarray of shape (m, k)
    phi : ndarray of shape (k, k)
    settled : bool

    Raises
    ------
    DataError
        If a sort loads on nothing, or the rotation's answer does not reproduce the correlations.
    """
    if ((loadings**2).sum(axis=1) < 1e-12).any():
        raise DataError([Fault(f"{method} cannot rotate: a sort loads on none of the factors", advice="Use varimax, or leave the sort out.")])
    order = np.lexsort(loadings.T)  # so that rounding does not depend on the order of the sorts
    step: _Rotate = promax if method == "promax" else _factor_analyzer.oblimin
    (earlier, _), (ordered, phi) = (step(loadings[order], most) for most in (CYCLES, 2 * CYCLES))
    pattern = np.empty_like(loadings)
    pattern[order] = ordered
    if not np.allclose(pattern @ phi @ pattern.T, loadings @ loadings.T, atol=1e-8):
        raise DataError([Fault(f"{method} does not reproduce the unrotated solution", advice="Use varimax.")])
    return pattern, phi, bool(np.abs(ordered - earlier).max() < 1e-6)


def promax(loadings: FloatArray, most: int) -> tuple[FloatArray, FloatArray]:
    """Promax [1]_: the oblique rotation of a varimax solution that comes closest to its own loadings raised to a power.

    Parameters
    ----------
    loadings : ndarray of shape (m, k)
        Unrotated loadings.
    most : int
        Cycles that its varimax may take, from the unrotated position.

    Returns
    -------
    pattern : ndarray of shape (m, k)
    phi : ndarray of shape (k, k)
        With ones in its diagonal.
    """
    # At what cycle an iteration ends that looks at its criterion hangs on rounding; turned pair by pair the axes then come to rest.
    near, _, _ = r_varimax(loadings, VARIMAX_TOLERANCE, most)
    upright = loadings @ planar(from_rows(loadings), near[None], 1.0, SETTLED, one_by_one(len(near)))[0][0]
    target = upright * np.abs(upright) ** (POWER - 1)
    turn = np.linalg.solve(upright.T @ upright, upright.T @ target)
    turn *= np.sqrt(np.diag(np.linalg.inv(turn.T @ turn)))
    back = np.linalg.inv(turn)
    return upright @ turn, back @ back.T
