"""What chance makes of a study: sorts that hold no viewpoint, or a given number of them, in each participant's own places.

Every set of sorts is drawn from a stream of its own, so that neither the size of blocks nor the number of cores changes what is drawn.

References
----------
.. [1] Horn, J. L. (1965). A rationale and test for the number of factors in factor analysis. Psychometrika, 30(2), 179-185.
.. [2] Buja, A., & Eyuboglu, N. (1992). Remarks on parallel analysis. Multivariate Behavioral Research, 27(4), 509-540. Permuting the data.
.. [3] Blom, G. (1958). Statistical Estimates and Transformed Beta-Variables. Wiley. Expected values of ordered normal numbers.
.. [4] Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the American Statistical
   Association, 22(158), 209-212.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

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
    """

    values: FloatArray
    method: str

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

    def coarseness(self) -> FloatArray:
        """Correlation of each participant's places with the expected values of n ordered normal numbers (Blom, 1958); shape (m,).

        By this factor a sort correlates less with a viewpoint than the ranking behind it would if the grid did not coarsen it.
        """
        n = self.values.shape[1]
        normal = NormalDist()
        scores = np.array([normal.inv_cdf((i - 0.375) / (n + 0.25)) for i in range(1, n + 1)])
        scores /= np.sqrt((scores**2).sum())
        return np.asarray(standardise(self.values.T).T @ scores)


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
            found[where] = eigenvalues(_units(latent, places.values, places.method))
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


def _units(latent: FloatArray, values: FloatArray, method: str) -> FloatArray:
    sorts = filled(latent, values)
    return _signs(sorts) if method == "kendall" else sorts


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
        units = _units(latent[None], places.values[some], places.method)[0]
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


def p_interval(count: int, sets: int, level: float) -> tuple[float, float]:
    """Where the p-value lies that infinitely many draws would give, by Wilson's interval [4]_.

    Parameters
    ----------
    count : int
        Draws at least as large as what was observed.
    sets : int
        All draws.
    level : float
        Confidence.

    Examples
    --------
    >>> [round(bound, 3) for bound in p_interval(5, 100, 0.95)]
    [0.022, 0.112]
    """
    z, share = NormalDist().inv_cdf(0.5 + level / 2), count / sets
    centre = (share + z * z / (2 * sets)) / (1 + z * z / sets)
    half = z / (1 + z * z / sets) * np.sqrt(share * (1 - share) / sets + z * z / (4 * sets * sets))
    return max(centre - float(half), 0.0), min(centre + float(half), 1.0)


def decided(count: int, sets: int, level: float, doubt: float) -> bool:
    """Whether a p-value of `level` would hardly give so few or so many draws as large as what was observed.

    Parameters
    ----------
    count, sets : int
        As for `p_interval`.
    level : float
    doubt : float
        What "hardly" is: the probability of so many or more, or of so few or fewer, is below.

    Examples
    --------
    >>> decided(0, 100, 0.05, 0.01), decided(1, 100, 0.05, 0.01), decided(13, 100, 0.05, 0.01)
    (True, False, True)
    """
    from scipy.special import bdtr  # on demand, to keep the import of qmethod light

    return bool(bdtr(count, sets, level) < doubt or (count > 0 and 1 - bdtr(count - 1, sets, level) < doubt))
