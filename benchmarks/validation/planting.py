"""Studies whose truth is known: viewpoints that agree exactly on some statements, and the z-scores that infinitely many people would give.

Every viewpoint puts the same scores, the expected values of n ordered normal numbers, on the statements, only in another order. Two viewpoints
that give a statement the same score then place it alike on average, to the last digit, however the grid coarsens and whatever else they hold:
how a person's sort comes about depends on nothing but the score of the statement and the scores of all others, and these are the same. So "no
difference" is true of what the method estimates, the standardised mean sort of everybody who holds a viewpoint, and not merely of what was
planted before the grid, the noise and the standardising. With freely drawn profiles it would hold only nearly.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from qmethod.data import FloatArray
from qmethod.grid import Grid
from qmethod.retention.chance import filled
from qmethod.simulation import Simulated, simulate

GRIDS = {
    "classical": Grid.parse("-4:2,-3:4,-2:5,-1:6,0:8,1:6,2:5,3:4,4:2"),
    "small": Grid.parse("-2:3,-1:4,0:6,1:4,2:3"),
    "thirty": Grid.parse("-3:2,-2:4,-1:6,0:6,1:6,2:4,3:2"),
    "five": Grid.parse("-2:6,-1:9,0:12,1:9,2:6"),
    "binary": Grid.parse("-1:21,1:21"),
    "flat": Grid.parse("-5:5,-4:5,-3:5,-2:6,-1:6,0:6,1:6,2:6,3:5,4:5,5:5"),
}
SHARED = 8
"""Statements on which all viewpoints of a study agree exactly, but for cells that say otherwise."""
CROWD = 100_000
"""Simulated people whose mean sort stands for that of infinitely many."""

Indices = npt.NDArray[np.intp]
Tally = dict[tuple[str, str], tuple[float, float]]
"""What one data set gives: for a rule and a measure a sum, and of how many."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the study: a kind of data set, drawn many times.

    Parameters
    ----------
    part : str
        One of `benchmarks.validation.running.PARTS`.
    name : str
        Unique within the part; with the seed it decides what is drawn.
    sizes : tuple of int
        People who hold each viewpoint; empty for random sorts.
    loadings : (float, float)
        Range of their true loadings.
    common : float
        Retention: share of the viewpoints' variance that all have in common. Elsewhere: the mean correlation between viewpoints.
    sorts : int
        How many there are in all.
    grid : str
        One of `GRIDS`.
    times : float
        So many times the number of data sets that other cells get.
    twist : str
        What people do that the model does not take them to do; see `benchmarks.validation.calibrated`.
    same : int
        Statements on which all viewpoints agree exactly, where viewpoints are planted so that they do.
    theme : int
        Statements in each theme; 0 where there are none.
    own : float
        Share of a sort's variance, less what it has of a viewpoint, that is the person's own liking of whole themes.
    """

    part: str
    name: str
    sizes: tuple[int, ...]
    loadings: tuple[float, float] = (0.6, 0.8)
    common: float = 0.0
    sorts: int = 0
    grid: str = "classical"
    times: float = 1
    theme: int = 0
    own: float = 0.0
    twist: str = ""
    same: int = SHARED


NAMED = (16, 11, 8, 5)
"""The sizes of viewpoints that the targets speak of."""


@dataclass(frozen=True, slots=True, eq=False)
class Planted:
    """A simulated study and its truth.

    Parameters
    ----------
    simulated : Simulated
    scores : ndarray of int, shape (n, k)
        Which of the n ordered scores each viewpoint gives each statement.
    truth : ndarray of shape (n, k)
        z-scores (n - 1) of the mean sort of everybody who might hold the viewpoint.
    """

    simulated: Simulated
    scores: Indices
    truth: FloatArray


def ordered_scores(n: int) -> FloatArray:
    """Expected values of n ordered normal numbers (Blom's approximation), mean 0 and mean square 1; shape (n,)."""
    normal = NormalDist()
    scores = np.array([normal.inv_cdf((i - 0.375) / (n + 0.25)) for i in range(1, n + 1)])
    return np.asarray(scores / np.sqrt((scores**2).mean()))


def viewpoints(n: int, k: int, correlation: float, rng: np.random.Generator, same: int = SHARED) -> Indices:
    """Orders of the same n scores: `same` statements have the same place in all, the others agree as much as the correlation asks.

    Parameters
    ----------
    n, k : int
        Statements and viewpoints.
    correlation : float
        Between any two viewpoints over all statements, on average. The least possible makes the statements that are not shared as unlike as
        k orders can be.
    rng : numpy.random.Generator
    same : int

    Returns
    -------
    ndarray of int, shape (n, k)
        Positions in `ordered_scores`.
    """
    scores = ordered_scores(n)
    spread = np.arange(same) * n // same + rng.integers(n // same)
    shared = n - 1 - spread if rng.integers(2) else spread
    agreed = float((scores[shared] ** 2).sum() / n)
    rest = np.setdiff1d(np.arange(n), shared)
    between = np.clip((correlation - agreed) / (1 - agreed), -1 / max(k - 1, 1), 1)
    noise = rng.standard_normal((len(rest), k))
    mean = noise.mean(axis=1, keepdims=True)
    latent = np.sqrt(1 - between) * (noise - mean) + np.sqrt(max(1 + (k - 1) * between, 0.0)) * mean
    found = np.empty((n, k), dtype=np.intp)
    statements = rng.permutation(n)
    found[statements[:same]] = shared[:, None]
    found[statements[same:]] = rest[latent.argsort(axis=0).argsort(axis=0)]
    return found


@cache
def expected(grid: str, loadings: tuple[float, float]) -> tuple[float, ...]:
    """The z-score (n - 1) of each of the ordered scores in the mean sort of `CROWD` people, weighted as the method weighs sorts.

    Grid and scores are symmetric, and so is the mean of both tails that is returned.
    """
    places = GRIDS[grid].slots()
    scores, rng, block = ordered_scores(len(places)), np.random.default_rng(1), 10_000
    total = np.zeros(len(places))
    for _ in range(CROWD // block):
        a = rng.uniform(*loadings, size=(block, 1))
        latent = a * scores + np.sqrt(1 - a**2) * rng.standard_normal((block, len(places)))
        total += (filled(latent[None], np.broadcast_to(places, latent.shape))[0] * (a / (1 - a**2))).sum(axis=0)
    total = total - total[::-1]
    return tuple((total / total.std(ddof=1)).tolist())


def planted(cell: Cell, rng: np.random.Generator, *, spare: int = 0) -> Planted:
    """A study of people who hold viewpoints that agree exactly on `SHARED` statements.

    Parameters
    ----------
    cell : Cell
    rng : numpy.random.Generator
    spare : int
        Viewpoints beyond those of the cell that nobody in the study holds; the last columns.
    """
    grid = GRIDS[cell.grid]
    n = grid.n_statements
    scores = viewpoints(n, len(cell.sizes) + spare, cell.common, rng, cell.same)
    people = (*cell.sizes, *([0] * spare))
    drawn = simulate(ordered_scores(n)[scores], grid, people, rng, loadings=cell.loadings)
    return Planted(drawn, scores, np.array(expected(cell.grid, cell.loadings))[scores])
