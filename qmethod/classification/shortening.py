"""The shortest set of statements that still tells viewpoints apart, for follow-up surveys of many people.

Statements are taken one after the other, each time the one that makes the held-out people most sure of the viewpoint they really define: the sum of
the log probabilities that `qmethod.classification.likelihood` gives it. What a set is worth is judged on people who took no part in choosing it
(nested cross-validation [1]_), and the recommended length is the shortest within one standard error of the best [2]_.

References
----------
.. [1] Varma, S., & Simon, R. (2006). Bias in error estimation when using cross-validation for model selection. BMC Bioinformatics, 7, 91.
.. [2] Breiman, L., Friedman, J. H., Olshen, R. A., & Stone, C. J. (1984). Classification and Regression Trees. Wadsworth. Section 3.4.3.
.. [3] Agresti, A., & Coull, B. A. (1998). Approximate is better than "exact" for interval estimation of binomial proportions. The American
   Statistician, 52(2), 119-126.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from qmethod import checks
from qmethod.brief import brief
from qmethod.classification.likelihood import LEAST, correlate_partial, posterior
from qmethod.data import Array, FloatArray
from qmethod.errors import DataError, Fault
from qmethod.given import ReadOnly
from qmethod.literals import ShorteningTable
from qmethod.method.correlation import standardise
from qmethod.seeds import Rng, generator
from qmethod.shown import Result
from qmethod.solution import QSolution
from qmethod.wording import counted

FEWEST_PEOPLE = 3
"""Defining sorts that each viewpoint needs, so that it is still defined when some are held out."""


@dataclass(frozen=True, slots=True, eq=False)
class Shortening(ReadOnly, Result[ShorteningTable]):
    """Sets of statements of every length, and how well they classify.

    Parameters
    ----------
    order : tuple of int
        Positions of statements in the order in which they are taken: the set of length q is the first q.
    lengths : tuple of int
    accuracy : ndarray of shape (s,)
        Share of held-out people who are given their own viewpoint, for each length.
    standard_error : ndarray of shape (s,)
        Of the accuracy, by Agresti and Coull (1998).
    mean_probability : ndarray of shape (s,)
        Mean probability of a held-out person's own viewpoint.
    full_accuracy : float
        The same share with all statements.
    recommended : int
        The shortest length within one standard error of the best.
    n_people : int
    seed : int or None
        What `rng` was, or the seed that was drawn where none was given, so that the same call repeats the result; None where a generator was given.
    """

    order: tuple[int, ...]
    lengths: tuple[int, ...]
    accuracy: FloatArray
    standard_error: FloatArray
    mean_probability: FloatArray
    full_accuracy: float
    recommended: int
    n_people: int
    seed: int | None = None

    __repr__ = brief

    def _said(self) -> list[str]:
        right = float(self.accuracy[self.lengths.index(self.recommended)])
        return [
            f"{counted(self.recommended, 'statement')} of {len(self.order)} tried, people held out: {self.n_people}",
            f"right with {self.recommended}: {100 * right:.0f} %; with all: {100 * self.full_accuracy:.0f} %",
        ]


def shorten(solution: QSolution, *, longest: int = 20, folds: int = 5, rng: Rng = None, progress: Callable[[str], None] | None = None) -> Shortening:
    """Find short sets of statements that tell the viewpoints of a solution apart.

    Parameters
    ----------
    solution : QSolution
        Its defining sorts are the people to be told apart. Those that define a viewpoint by its opposite are left out.
    longest : int, default 20
        The longest set tried, at least 4; never more than there are statements.
    folds : int, default 5
        Parts that people are held out in, at least 2.
    rng : int or numpy.random.Generator, optional
        Decides who is held out together: a seed, or a generator. Without one a seed is drawn. `seed` of the result repeats it.
    progress : callable, optional
        Called with what is done.

    Returns
    -------
    Shortening

    Raises
    ------
    DataError
        If there are fewer than two viewpoints, or one has fewer than three defining sorts.
    PolicyError
        For an argument that cannot be; it is named.

    Examples
    --------
    >>> import qmethod
    >>> solution = qmethod.analyse(qmethod.datasets.load("climate").keep(range(120)), 2)
    >>> short = qmethod.shorten(solution, longest=8, rng=1)
    >>> [solution.data.statements[i] for i in short.order[: short.recommended]]
    ['sta_18', 'sta_2', 'sta_13', 'sta_25', 'sta_8']
    """
    checks.instance("solution", solution, QSolution, checks.SOLUTION)
    longest = checks.whole("longest", longest, LEAST, why=": fewer statements classify nobody")
    checks.calls("progress", progress)
    folds = checks.whole("folds", folds, 2)
    sorts, who, weights = _people(solution)
    checks.whole("folds", folds, 2, len(who), ", as many as people are held out of at most")
    n, k = len(sorts), weights.shape[1]
    most = min(longest, n)
    if most < LEAST:
        raise DataError([Fault(f"sets of {most} statements classify nobody; at least {LEAST} are needed")])
    lengths = tuple(range(LEAST, most + 1))
    chance, seed = generator(rng)
    part = _parts(who, k, folds, chance)
    right, sure = np.zeros((len(lengths), len(who))), np.zeros((len(lengths), len(who)))
    full = np.zeros(len(who))
    for f in range(folds):
        if progress:
            progress(f"holding out part {f + 1} of {folds}")
        out = part == f
        inner = _parts(who[~out], k, folds, chance)
        order = _choose(sorts[:, ~out], who[~out], weights[~out], inner, most)
        profiles = _profiles(sorts[:, ~out], weights[~out])
        for i, q in enumerate(lengths):
            probabilities = _probabilities(sorts[order[:q]][:, out], profiles[order[:q]])
            right[i, out] = probabilities.argmax(axis=1) == who[out]
            sure[i, out] = probabilities[np.arange(out.sum()), who[out]]
        full[out] = _probabilities(sorts[:, out], profiles).argmax(axis=1) == who[out]
    if progress:
        progress("choosing from everybody")
    order = _choose(sorts, who, weights, part, most)
    accuracy = right.mean(axis=1)
    # Two right and two wrong answers more than there were, so that "all right" of few people is not taken for certainty.
    smoothed = (right.sum(axis=1) + 2) / (len(who) + 4)
    error = np.sqrt(smoothed * (1 - smoothed) / (len(who) + 4))
    best = int(np.argmax(accuracy))
    recommended = lengths[int(np.argmax(accuracy >= accuracy[best] - error[best]))]
    return Shortening(tuple(order), lengths, accuracy, error, sure.mean(axis=1), float(full.mean()), recommended, len(who), seed)


def _people(solution: QSolution) -> tuple[FloatArray, Array, FloatArray]:
    """Defining sorts (n, p), the viewpoint of each, and weights (p, k), without those that define by the opposite or more than one."""
    flags, weights = np.asarray(solution.flags), np.asarray(solution.scores.weights)
    plain = (flags.sum(axis=1) == 1) & (weights.sum(axis=1) > 0)
    k = flags.shape[1]
    counts = flags[plain].sum(axis=0)
    faults = [
        Fault(_too_few(solution.labels[j], int(counts[j]), int(flags[:, j].sum())), advice="Analyse with fewer factors, or ask more people.")
        for j in range(k)
        if counts[j] < FEWEST_PEOPLE
    ]
    if k < 2:
        faults.insert(0, Fault("one viewpoint alone has nothing to be told apart from"))
    if faults:
        raise DataError(faults)
    kept = np.flatnonzero(plain)
    return standardise(np.asarray(solution.data.sorts)[:, kept]), flags[kept].argmax(axis=1), weights[kept]


def _too_few(label: str, plain: int, defining: int) -> str:
    """Why people cannot be held out who define a viewpoint: they are few, or most are against it or define several."""
    needed = f"at least {FEWEST_PEOPLE} are needed to hold some out"
    if plain == defining:
        return f"viewpoint {label} has {counted(defining, 'defining sort')}; {needed}"
    others = "those that are against it or define several cannot be used"
    return f"viewpoint {label} has {counted(defining, 'defining sort')}, of which {plain} can be used; {needed}, and {others}"


def _parts(who: Array, k: int, folds: int, rng: np.random.Generator) -> Array:
    """A part for each person, so that each viewpoint is spread evenly over the parts."""
    part = np.empty(len(who), dtype=int)
    start = 0
    for j in range(k):
        mine = rng.permutation(np.flatnonzero(who == j))
        part[mine] = (start + np.arange(len(mine))) % folds
        start += len(mine)
    return part


def _profiles(sorts: FloatArray, weights: FloatArray) -> FloatArray:
    return np.asarray(sorts @ weights)


def _probabilities(sorts: FloatArray, profiles: FloatArray) -> FloatArray:
    """Probability of each viewpoint, all equally common, nobody holding none; shape (people, k)."""
    k = profiles.shape[1]
    correlations, shared = correlate_partial(sorts, profiles)
    found = posterior(correlations, shared, np.append(np.full(k, (1 - 1e-9) / k), 1e-9), (0.4, 0.95))[:, :k]
    return np.asarray(found / found.sum(axis=1, keepdims=True))


def _choose(sorts: FloatArray, who: Array, weights: FloatArray, part: Array, most: int) -> list[int]:
    """Statements in the order in which they help most; people are judged by profiles that they took no part in."""
    folds = int(part.max()) + 1
    held_out = [(part == f, _profiles(sorts[:, part != f], weights[part != f])) for f in range(folds) if (part == f).any()]
    chosen = _first(sorts, weights)
    left = [i for i in range(len(sorts)) if i not in chosen]
    while len(chosen) < most:
        gains = np.zeros(len(left))
        for out, profiles in held_out:
            gains += _log_probabilities(sorts[:, out], profiles, who[out], chosen, left)
        chosen.append(left.pop(int(np.argmax(gains))))
    return chosen


def _first(sorts: FloatArray, weights: FloatArray) -> list[int]:
    """The statements to begin with, as many as a correlation needs: those whose scores differ most between viewpoints."""
    profiles = standardise(_profiles(sorts, weights))
    return [int(i) for i in np.argsort(-profiles.var(axis=1), kind="stable")[:LEAST]]


def _log_probabilities(sorts: FloatArray, profiles: FloatArray, who: Array, chosen: list[int], left: list[int]) -> FloatArray:
    """Summed log probability of people's own viewpoints with each of the statements left added to those chosen; shape (left,)."""
    base_x, base_v = sorts[chosen], profiles[chosen]
    x, v = sorts[left], profiles[left]
    q = len(chosen) + 1
    sx, sxx = base_x.sum(axis=0) + x, (base_x**2).sum(axis=0) + x**2
    sv, svv = base_v.sum(axis=0) + v, (base_v**2).sum(axis=0) + v**2
    sxv = (base_x.T @ base_v)[None] + x[:, :, None] * v[:, None, :]
    spread = (sxx - sx**2 / q)[:, :, None] * (svv - sv**2 / q)[:, None, :]
    with np.errstate(invalid="ignore", divide="ignore"):
        r = np.where(spread > 1e-18, (sxv - sx[:, :, None] * sv[:, None, :] / q) / np.sqrt(spread), 0.0)
    many, p, k = r.shape
    prior = np.append(np.full(k, (1 - 1e-9) / k), 1e-9)
    found = posterior(np.clip(r, -1, 1).reshape(-1, k), np.full((many * p, k), float(q)), prior, (0.4, 0.95))[:, :k]
    own = found.reshape(many, p, k)[:, np.arange(p), who]
    return np.asarray(np.log(np.maximum(own, 1e-12)).sum(axis=1))
