"""The mix of studies from which the probabilities of numbers of viewpoints are learned: every kind of study that they are to be right about.

A probability is a share of something. That of a number of viewpoints is the share of the studies of this mix, among those whose retention table
looks like the one at hand, that hold so many. Another mix would give other probabilities, so what it holds is said here and in the documentation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from qmethod import Grid
from qmethod.data import Array, FloatArray
from qmethod.retention.chance import filled
from qmethod.simulation import apportion

SHARES = (0.14, 0.13, 0.13, 0.13, 0.13, 0.11, 0.10, 0.07, 0.06)
"""How often a study holds 0, 1, ... 8 viewpoints."""
FEWEST, MOST = 14, 150
"""Sorts; each octave as often, and four or more to a viewpoint."""
STATEMENTS = (20, 60)
HELD = 3
"""People who hold each viewpoint, at the least."""
LOWEST, WIDEST = (0.3, 0.75), (0.1, 0.3)
"""Where the true loadings of a study begin, and how far they range; none is above `TIGHTEST`."""
TIGHTEST = 0.92
COMMON = 0.6
"""The largest share of the viewpoints' variance that all have in common; none in one study of five."""
SOMETIMES = 0.3
"""How often a study has people who sort at random, and people who hold two viewpoints by a half; each to 25 % of all."""
OPPONENTS = 0.15
"""How often a study has people who hold the opposite of a viewpoint."""
FREE = 0.15
"""How often each person has a distribution of their own."""
SPEARMAN = 0.15
"""How often sorts are correlated by ranks."""
OFTEN, SELDOM = 100, 39
"""Sets of random sorts: `SELDOM` in half of the studies of more than 100 sorts, and in one of ten of the others."""
THEMES = (2, 7)
"""Statements to a theme, where statements have tags."""
OWN, WHOLE = 0.5, 0.4
"""The largest share of a person's own variance that is a liking of whole themes, and of a viewpoint's that is."""


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """A study of the mix.

    Parameters
    ----------
    sorts : ndarray of shape (n, m)
    viewpoints : int
        How many it holds.
    tags : tuple of str or None
        Of the statements.
    correlation : str
        How its sorts are to be correlated.
    n_random : int
        Sets of random sorts to compare with.
    """

    sorts: Array
    viewpoints: int
    tags: tuple[str, ...] | None = None
    correlation: str = "pearson"
    n_random: int = 100


def study(rng: np.random.Generator, *, tagged: bool = False) -> Study:
    """Draw a study of the mix.

    Parameters
    ----------
    rng : numpy.random.Generator
    tagged : bool
        Whether its statements come in themes and have tags.
    """
    k = int(rng.choice(len(SHARES), p=SHARES))
    m = round(math.exp(rng.uniform(math.log(max(FEWEST, 4 * k)), math.log(MOST))))
    n = int(rng.integers(STATEMENTS[0], STATEMENTS[1] + 1))
    theme = rng.permutation(n) // int(rng.integers(THEMES[0], THEMES[1] + 1)) if tagged else np.arange(n)
    own, whole = (rng.uniform(0, OWN) * (rng.random() > 0.25), rng.uniform(0, WHOLE)) if tagged else (0.0, 0.0)
    noise = _themed(theme, m, own, rng)
    signal, loading = _held(k, m, theme, whole, rng)
    latent = loading * signal + np.sqrt(1 - loading**2) * noise
    places = _free(n, m, rng) if rng.random() < FREE else np.broadcast_to(grid(n, rng).slots(), (m, n))
    few = rng.random() < (0.5 if m > 100 else 0.1)
    return Study(
        filled(latent.T[None], places)[0].T,
        k,
        tuple(f"theme {number}" for number in theme.tolist()) if tagged else None,
        "spearman" if rng.random() < SPEARMAN else "pearson",
        SELDOM if few else OFTEN,
    )


def _themed(theme: Array, columns: int, share: float, rng: np.random.Generator) -> FloatArray:
    """Standard normal numbers, of which each column has a share of the variance in common within themes; shape (n, columns)."""
    liking = rng.standard_normal((int(theme.max()) + 1, columns))[theme]
    return np.asarray(np.sqrt(share) * liking + np.sqrt(1 - share) * rng.standard_normal((len(theme), columns)))


def _held(k: int, m: int, theme: Array, whole: float, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """What each of m people holds, shape (n, m), and how strongly, shape (m,)."""
    n = len(theme)
    signal, loading = np.zeros((n, m)), np.zeros(m)
    if not k:
        return signal, loading
    spare = m - HELD * k
    random = min(spare, round(m * rng.uniform(0.05, 0.25))) if rng.random() < SOMETIMES else 0
    mixed = min(spare - random, round(m * rng.uniform(0.05, 0.25))) if k > 1 and rng.random() < SOMETIMES else 0
    shares = rng.dirichlet(np.full(k, rng.choice([2.0, 6.0, 30.0])))
    sizes = [HELD + more for more in apportion(spare - random - mixed, shares.tolist())]
    common = rng.uniform(0, COMMON) * (rng.random() > 0.2)
    views = np.sqrt(common) * _themed(theme, 1, whole, rng) + np.sqrt(1 - common) * _themed(theme, k, whole, rng)
    views = _standard(views)
    member = np.repeat(np.arange(k), sizes)
    signal[:, : len(member)] = views[:, member]
    for i in range(len(member), len(member) + mixed):
        signal[:, i] = _standard(views[:, rng.choice(k, 2, replace=False)].sum(axis=1, keepdims=True))[:, 0]
    low = rng.uniform(*LOWEST)
    high = min(TIGHTEST, low + rng.uniform(*WIDEST))
    loading[: len(member) + mixed] = rng.uniform(low, high, len(member) + mixed)
    if rng.random() < OPPONENTS:
        loading[rng.random(m) < rng.uniform(0.05, 0.25)] *= -1
    return signal, loading


def _standard(profiles: FloatArray) -> FloatArray:
    centred = profiles - profiles.mean(axis=0)
    return np.asarray(centred / np.sqrt((centred**2).mean(axis=0)))


def grid(n: int, rng: np.random.Generator) -> Grid:
    """A grid for n statements: 5 to 11 columns, seldom 2 or 3, from steep to flat, one in five askew."""
    columns = int(rng.choice([2, 3, 5, 7, 9, 11], p=[0.02, 0.03, 0.2, 0.25, 0.3, 0.2]))
    centre = rng.uniform(-0.3, 0.3) * (rng.random() < 0.2)
    at = np.linspace(-1, 1, columns)
    shares = np.exp(-0.5 * ((at - centre) / rng.uniform(0.4, 1.5)) ** 2)
    heights = tuple(1 + more for more in apportion(n - columns, shares.tolist()))
    return Grid(tuple(range(-(columns // 2), columns - columns // 2)), heights)


def _free(n: int, m: int, rng: np.random.Generator) -> FloatArray:
    """Places, ascending, of people who fill seven to eleven columns as they please; shape (m, n)."""
    half = int(rng.integers(3, 6))
    scores = rng.standard_normal((m, n)) * rng.uniform(0.3, 0.7, (m, 1)) * half + rng.uniform(-1, 1, (m, 1))
    return np.asarray(np.sort(np.clip(np.round(scores), -half, half), axis=1))
