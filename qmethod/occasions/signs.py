"""Signs flipped at random: what differences within pairs would be where the two of a pair might as well have come the other way round.

References
----------
.. [1] Fisher, R. A. (1935). The Design of Experiments. Oliver & Boyd. Section 21.
.. [2] Westfall, P. H., & Young, S. S. (1993). Resampling-Based Multiple Testing. Wiley.
.. [3] Nichols, T. E., & Holmes, A. P. (2002). Nonparametric permutation tests for functional neuroimaging: A primer with examples. Human Brain
   Mapping, 15(1), 1-25.
.. [4] Phipson, B., & Smyth, G. K. (2010). Permutation P-values should never be zero. Statistical Applications in Genetics and Molecular
   Biology, 9(1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qmethod.brief import brief
from qmethod.data import FloatArray
from qmethod.given import ReadOnly

_SLACK = 1e-9
"""By which two statistics may differ and still be a tie: sums come out a little otherwise in another order."""
_BLOCK = 2_000_000
"""Signs drawn at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Chance(ReadOnly):
    """The largest of many statistics under chance.

    Parameters
    ----------
    largest : ndarray of shape (draws,)
        What was found itself is one of them, so that no p-value is zero.
    exact : bool
        Whether these are all ways there are.
    """

    largest: FloatArray
    exact: bool

    __repr__ = brief

    def p_values(self, found: FloatArray) -> FloatArray:
        """How often the largest of all is at least so large, for statistics of any shape: corrected for how many they are."""
        ordered = np.sort(self.largest)
        below = np.searchsorted(ordered, np.asarray(found) - _SLACK, side="left")
        return np.asarray((len(ordered) - below) / len(ordered), dtype=float)

    def critical(self, alpha: float) -> float:
        """What a statistic must exceed for a p-value of at most `alpha`."""
        falling = np.sort(self.largest)[::-1]
        return float(falling[int(alpha * len(falling) + _SLACK)])


def scaled_sums(differences: FloatArray) -> FloatArray:
    """Sum of each column over the root of its sum of squares, which flipping signs leaves as it is; 0 where nothing differs.

    Parameters
    ----------
    differences : ndarray of shape (p, n)
        A row for each pair; 0 where nothing is known.

    Returns
    -------
    ndarray of shape (n,)
        In size at most the root of p. A monotone function of Student's t of the column.
    """
    return np.asarray(differences.sum(axis=0) * _scales(differences))


def largest_sums(differences: FloatArray, n_draws: int, rng: np.random.Generator) -> Chance:
    """The largest `scaled_sums` of all columns, in size, where each row might as well have the other sign.

    Parameters
    ----------
    differences : ndarray of shape (p, n)
        The signs of a row are flipped together, so that columns stay as dependent as they are.
    n_draws : int
        All ways are taken where there are at most so many.
    rng : numpy.random.Generator
    """
    changed = differences[(differences != 0).any(axis=1)]
    if not len(changed):
        return Chance(np.zeros(1), exact=True)
    unit = changed * _scales(changed)
    if 2 ** (len(changed) - 1) <= n_draws:
        return Chance(np.abs(_every_sign(len(changed)) @ unit).max(axis=1), exact=True)
    step = max(1, _BLOCK // len(changed))
    found = [np.abs(unit.sum(axis=0)).max(keepdims=True)]
    for start in range(0, n_draws, step):
        found.append(np.abs(random_signs((min(step, n_draws - start), len(changed)), rng) @ unit).max(axis=1))
    return Chance(np.concatenate(found), exact=False)


def random_signs(shape: tuple[int, int], rng: np.random.Generator) -> FloatArray:
    """1 and -1, each in one case of two."""
    return np.asarray(2.0 * rng.integers(0, 2, size=shape, dtype=np.int8) - 1.0)


def _every_sign(p: int) -> FloatArray:
    """All signs of p rows but for those that are the others turned round; shape (2 ** (p - 1), p)."""
    ways = np.arange(2 ** (p - 1))[:, None] >> np.arange(p)[None] & 1
    return np.asarray(1.0 - 2.0 * ways)


def _scales(differences: FloatArray) -> FloatArray:
    squares = (differences**2).sum(axis=0)
    return np.asarray(np.divide(1.0, np.sqrt(squares), out=np.zeros_like(squares), where=squares > 0))
