"""What chance makes of a study: sorts that hold no viewpoint, or a given number of them, in each participant's own places.

Every set of sorts is drawn from a stream of its own, so that neither the size of blocks nor the number of cores changes what is drawn.

References
----------
.. [1] Horn, J. L. (1965). A rationale and test for the number of factors in factor analysis. Psychometrika, 30(2), 179-185.
.. [2] Buja, A., & Eyuboglu, N. (1992). Remarks on parallel analysis. Multivariate Behavioral Research, 27(4), 509-540. Permuting the data.
.. [3] Besag, J., & Clifford, P. (1991). Sequential Monte Carlo p-values. Biometrika, 78(2), 301-304. Drawing on only where it matters.
.. [4] Clopper, C. J., & Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in the case of the binomial. Biometrika,
   26(4), 404-413.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qmethod.blocks import BLOCK_CELLS, run_over_blocks
from qmethod.brief import brief
from qmethod.data import Array, FloatArray
from qmethod.method.correlation import mid_ranks, standardise

Step = Callable[[int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """The places that each participant filled, ready to be filled again.

    Parameters
    ----------
    values : ndarray of shape (m, n)
        Row j holds the places of participant j in ascending order, already turned into what the coefficient correlates: centred placements
        or mid-ranks of unit length; for Kendall, the placements as they are.
    method : {'pearson', 'spearman', 'kendall'}
    apart : ndarray of shape (n,), optional
        Where the statements come in themes, the number of the theme of each, in steps that no latent score reaches. `values` then holds the
        places theme by theme, ascending within each, and they are dealt out within them.
    kept : ndarray of shape (m, n), optional
        Part of each sort that is not dealt out, added to what is, statement by statement.
    """

    values: FloatArray
    method: str
    apart: FloatArray | None = None
    kept: FloatArray | None = None

    __repr__ = brief

    @classmethod
    def of(cls, sorts: Array, method: str = "pearson") -> Places:
        """The places of complete sorts.

        Parameters
        ----------
        sorts : ndarray of shape (n, m)
            No placement missing, no sort constant.
        method : {'pearson', 'spearman', 'kendall'}
            Policy `correlation`.
        """
        ordered = np.sort(sorts, axis=0)
        if method == "pearson":
            ordered = standardise(ordered)
        elif method == "spearman":
            ordered = standardise(mid_ranks(ordered))
        return cls(np.ascontiguousarray(ordered.T, dtype=float), method)

    @property
    def depth(self) -> int:
        """Numbers that stand for one sort: n, for Kendall a sign for every pair of statements."""
        n = int(self.values.shape[1])
        return n * (n - 1) // 2 if self.method == "kendall" else n


def filled(latent: FloatArray, places: FloatArray) -> FloatArray:
    """Put each participant's places in the order of their latent scores.

    Parameters
    ----------
    latent : ndarray of shape (B, m, n)
        What each participant of each set thinks of each statement; the largest takes the highest place.
    places : ndarray of shape (m, n)
        In ascending order.

    Returns
    -------
    ndarray of shape (B, m, n)
    """
    order = np.argsort(latent, axis=-1)
    sets, m, n = latent.shape
    order += (np.arange(sets * m) * n).reshape(sets, m, 1)
    out = np.empty(latent.shape)
    out.reshape(-1)[order] = places
    return out


def eigenvalues(units: FloatArray) -> FloatArray:
    """Eigenvalues of the correlations of each set, descending, on the smaller side; (B, m, d) of unit length to (B, min(m, d))."""
    other = np.swapaxes(units, -1, -2)
    gram = units @ other if units.shape[-2] <= units.shape[-1] else other @ units
    return np.asarray(np.linalg.eigvalsh(gram)[..., ::-1])


def drawn_eigenvalues(
    places: Places, n_sets: int, rng: np.random.Generator, *, loadings: FloatArray | None = None, progress: Step | None = None
) -> FloatArray:
    r"""Eigenvalues of sorts that chance draws.

    Parameters
    ----------
    places : Places
        Of m participants and n statements.
    n_sets : int
        How many sets of m sorts.
    rng : numpy.random.Generator
        Each set gets a stream that is spawned from it, in turn.
    loadings : ndarray of shape (m, k), optional
        Without them every participant's places are dealt out at random, which is a permutation of their own placements (Horn, 1965; Buja &
        Eyuboglu, 1992). With them the latent score of statement s for participant i is

        .. math:: y_{si} = \sum_j l_{ij} f_{sj} + \sqrt{1 - h_i^2}\, e_{si},

        with independent standard normal f and e and the communality :math:`h_i^2 = \sum_j l_{ij}^2`, and the places are filled in its order.
    progress : callable, optional
        Called with the number of sets after each block.

    Returns
    -------
    ndarray of shape (n_sets, min(m, d))
        Descending, d being `Places.depth`; what lies beyond the rank is rounding.
    """
    m, n = places.values.shape
    found = np.empty((n_sets, min(m, places.depth)))
    streams = rng.spawn(n_sets)
    large = m > places.depth and m * places.depth > BLOCK_CELLS

    def work(where: slice) -> None:
        if large:
            for i in range(where.start, where.stop):
                found[i] = np.linalg.eigvalsh(_gram(places, streams[i], loadings))[::-1]
        else:
            latent = np.empty((where.stop - where.start, m, n))
            for row, stream in zip(latent, streams[where], strict=True):
                _draw(row, stream, loadings, _scores(stream, loadings, n))
            found[where] = eigenvalues(_units(latent, places, slice(None)))
        if progress is not None:
            progress(where.stop - where.start)

    run_over_blocks(work, n_sets, m * places.depth)
    return found


def _scores(stream: np.random.Generator, loadings: FloatArray | None, n: int) -> FloatArray | None:
    """What the viewpoints think of the statements, shape (k, n)."""
    return None if loadings is None else stream.standard_normal((loadings.shape[1], n))


def _draw(out: FloatArray, stream: np.random.Generator, loadings: FloatArray | None, scores: FloatArray | None) -> None:
    """Latent scores of some participants, written to `out` of shape (participants, n)."""
    if loadings is None or scores is None:
        stream.random(out=out)  # only their order counts
        return
    stream.standard_normal(out=out)
    out *= np.sqrt(np.clip(1 - (loadings**2).sum(axis=1), 0.0, 1.0))[:, None]
    out += loadings @ scores


def _units(latent: FloatArray, places: Places, some: slice) -> FloatArray:
    """Sorts of some participants as they are correlated, from their latent scores, which are written over."""
    if places.apart is not None:
        latent += places.apart
    sorts = filled(latent, places.values[some])
    if places.kept is not None:
        sorts += places.kept[some]
    return _signs(sorts) if places.method == "kendall" else sorts


def _gram(places: Places, stream: np.random.Generator, loadings: FloatArray | None) -> FloatArray:
    """``Z Z'`` of one set of many sorts, a block of participants at a time; shape (d, d)."""
    m, n = places.values.shape
    gram = np.zeros((places.depth, places.depth))
    scores = _scores(stream, loadings, n)
    width = max(1, BLOCK_CELLS // places.depth)
    for start in range(0, m, width):
        some = slice(start, min(start + width, m))
        latent = np.empty((some.stop - start, n))
        _draw(latent, stream, None if loadings is None else loadings[some], scores)
        units = _units(latent[None], places, some)[0]
        gram += units.T @ units
    return gram


def _signs(sorts: FloatArray) -> FloatArray:
    """Signs of all differences between statements, at unit length; (B, m, n) to (B, m, n (n - 1) / 2)."""
    above, below = np.triu_indices(sorts.shape[-1], 1)
    signs = np.sign(sorts[..., above] - sorts[..., below])
    return np.asarray(signs / np.sqrt((signs * signs).sum(axis=-1, keepdims=True)))


def centile(values: FloatArray, share: float) -> FloatArray:
    """The value that a new draw exceeds with probability ``1 - share``; (B, r) to (r,).

    Of B sorted draws it is that at position ``share * (B + 1)``, interpolated: Weibull's plotting position, which makes the chance of a
    false alarm exactly ``1 - share`` instead of a little more.
    """
    return np.asarray(np.quantile(values, share, axis=0, method="weibull"))


def p_value(observed: float, drawn: npt.ArrayLike) -> float:
    """Share of draws at least as large, the observed value counted among them: (1 + count) / (B + 1)."""
    values = np.asarray(drawn)
    return float((1 + np.count_nonzero(values >= observed)) / (values.size + 1))


def p_interval(count: int, sets: int, doubt: float) -> tuple[float, float]:
    """Where the p-value lies that infinitely many draws would give: the exact interval (Clopper & Pearson, 1934).

    Parameters
    ----------
    count : int
        Draws at least as large as what was observed.
    sets : int
        All draws.
    doubt : float
        Probability with which the p-value may lie below, and again with which it may lie above.

    Examples
    --------
    >>> [round(bound, 3) for bound in p_interval(5, 100, 0.01)]
    [0.013, 0.126]
    """
    from scipy.special import betaincinv  # on demand, to keep the import of qmethod light

    low = float(betaincinv(count, sets - count + 1, doubt)) if count else 0.0
    high = float(betaincinv(count + 1, sets - count, 1 - doubt)) if count < sets else 1.0
    return low, high
