"""Varimax as R iterates it: simultaneously, through singular values."""

from __future__ import annotations

import numpy as np

from qmethod.data import FloatArray
from qmethod.method.planar import MAX_SWEEPS


def r_varimax(rows: FloatArray, eps: float, most_cycles: int = MAX_SWEEPS) -> tuple[FloatArray, int, bool]:
    """Varimax as R's ``stats::varimax`` iterates it, with its stop.

    Simultaneous rotation through singular values, stopping when their sum grows by less than the factor 1 + eps. Offered so that published
    figures can be reproduced; it stops while loadings still move.

    Parameters
    ----------
    rows : ndarray of shape (m, k)
        Loadings, Kaiser-normalised where that is wanted.
    eps : float
    most_cycles : int
        R's limit is 1,000.

    Returns
    -------
    matrix : ndarray of shape (k, k)
    cycles : int
    done : bool
        Whether it stopped before the limit.
    """
    m, k = rows.shape
    matrix, size = np.eye(k), 0.0
    for cycle in range(1, most_cycles + 1):
        rotated = rows @ matrix
        slope = rows.T @ (rotated**3 - rotated * ((rotated**2).sum(axis=0) / m))
        left, singular, right = np.linalg.svd(slope)
        matrix, previous, size = left @ right, size, float(singular.sum())
        if size < previous * (1 + eps):
            return matrix, cycle, True
    return matrix, most_cycles, False
