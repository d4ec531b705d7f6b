"""Whether sorts agree more than they oppose one another, which needs no tags of the statements.

Where nobody shares a view and each person likes or dislikes whole themes of statements in a way of their own, sorts are no random orders. But as
many oppose one another as agree: a sort and the same sort turned about, what was liked now disliked, are then equally likely. Turning sorts
about at random changes no eigenvalue, and so nothing that counts viewpoints by eigenvalues; it changes the sign of correlations.
"""

from __future__ import annotations

import numpy as np

from qmethod.method.correlation import Correlation

MOST_TURNS, FEWEST_TURNS = 9_999, 999
MOST_PRODUCTS = 500_000_000  # of numbers, beyond which fewer turns are drawn
BLOCK = 4_096  # sorts that are turned together; it decides what is drawn, so it is not that of `qmethod.blocks`


def mean_correlation(correlation: Correlation, rng: np.random.Generator) -> tuple[float, float]:
    r"""The mean correlation between sorts, and how often sorts of which each is turned about at random have one as high.

    Parameters
    ----------
    correlation : Correlation
        Between m complete sorts, at least two.
    rng : numpy.random.Generator

    Returns
    -------
    mean : float
    p : float
        (1 + count) / (turns + 1). Small where people agree more than they oppose one another. Of sorts in random order, or of themes that as many
        like as dislike, it is below .05 in one of twenty studies; two camps that oppose each other are not told from these.

    Notes
    -----
    With columns z of unit length the sum of all correlations is :math:`\lVert \sum_i z_i \rVert^2`, and after the signs s that of
    :math:`\sum_i s_i z_i`: no matrix of correlations is needed.
    """
    m, depth = correlation.n_sorts, correlation.depth
    turns = min(MOST_TURNS, max(FEWEST_TURNS, MOST_PRODUCTS // (m * depth)))
    total, turned = np.zeros(depth), np.zeros((depth, turns))
    for start in range(0, m, BLOCK):
        z = correlation.vectors(slice(start, min(start + BLOCK, m)))
        total += z.sum(axis=1)
        turned += z @ (2.0 * rng.integers(0, 2, (z.shape[1], turns), dtype=np.int8) - 1.0)
    observed, drawn = float(total @ total), np.einsum("ij,ij->j", turned, turned)
    as_high = np.count_nonzero(drawn >= observed * (1 - 1e-12))
    return (observed - m) / (m * (m - 1)), float((1 + as_high) / (turns + 1))
