"""Five cards that tell the viewpoints apart, what their order says about whose view is near, and how often that is right.

The page computes the same in the browser (``templates/nearest.js``); here it is computed to be checked, and to be tried on the people whose sorts
define the viewpoints.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np

from qmethod.classification.likelihood import correlate_partial, posterior
from qmethod.classification.shortening import shorten
from qmethod.data import Array, FloatArray
from qmethod.errors import DataError
from qmethod.solution import QSolution

CARDS = 5
LONGEST = 160
"""Characters that can be taken in at a glance; longer statements are passed over where others are left."""
NONE_SHARE = 0.2
CLOSENESS = (0.4, 0.95)
CANDIDATES = 8
MOST_PEOPLE = 1000
"""Sorts above which the statements are chosen by their scores alone: choosing them by people takes time that grows with the people."""
_SEED = 1


@dataclass(frozen=True, slots=True, eq=False)
class Cards:
    """Five statements and what their order says.

    Parameters
    ----------
    statements : tuple of int
        Positions of the statements, in the order of the study.
    viewpoints : tuple of int
        Positions of the k viewpoints that have scores.
    profiles : ndarray of shape (5, k)
        Their z-scores of the five statements.
    prior : ndarray of shape (k + 1,)
        How common each viewpoint is taken to be; the last is none of these.
    n_people : int
        People it was tried on: those whose sorts define exactly one viewpoint, and not by its opposite.
    right, other, none : float
        Shares of them that are given their own viewpoint, another one, none of these; NaN where there are no people.
    """

    statements: tuple[int, ...]
    viewpoints: tuple[int, ...]
    profiles: FloatArray
    prior: FloatArray
    n_people: int
    right: float
    other: float
    none: float


def five_cards(solution: QSolution) -> Cards | None:
    """Choose five cards and try them out.

    Parameters
    ----------
    solution : QSolution

    Returns
    -------
    Cards or None
        None with fewer than two viewpoints, fewer than five statements whose wording is known, or five that some viewpoint does not tell apart.
    """
    z = solution.scores.z_scores
    defined = tuple(np.flatnonzero(~np.isnan(z).any(axis=0)).tolist())
    worded = [i for i, text in enumerate(solution.data.texts) if text.strip()]
    if len(defined) < 2 or len(worded) < CARDS:
        return None
    short = [i for i in worded if len(solution.data.texts[i]) <= LONGEST]
    usable = set(short if len(short) >= CARDS else worded)
    statements = tuple(sorted([i for i in _order(solution, defined) if i in usable][:CARDS]))
    profiles = np.asarray(z[np.ix_(statements, defined)])
    if (np.ptp(profiles, axis=0) < 1e-6).any():
        return None
    k = len(defined)
    prior = np.append(np.full(k, (1 - NONE_SHARE) / k), NONE_SHARE)
    people, own = _people(solution, defined)
    right, other, none = _tried(np.asarray(solution.data.sorts)[np.ix_(statements, people)], own, profiles, prior)
    return Cards(statements, defined, profiles, prior, len(people), right, other, none)


def probabilities(profiles: FloatArray, prior: FloatArray, places: Array) -> FloatArray:
    """Probability of each viewpoint and, last, of none of these.

    Parameters
    ----------
    profiles : ndarray of shape (5, k)
    prior : ndarray of shape (k + 1,)
    places : ndarray of shape (5, m)
        Where m people put the cards: 5 for the one most like their view, 1 for the one least like it.

    Returns
    -------
    ndarray of shape (m, k + 1)
    """
    correlations, shared = correlate_partial(places, profiles)
    return posterior(correlations, shared, prior, CLOSENESS)


def orders() -> Array:
    """Every order of the cards; shape (5, 120), one column an order."""
    return np.array(list(permutations(range(CARDS, 0, -1)))).T


def _order(solution: QSolution, defined: tuple[int, ...]) -> list[int]:
    """Statements, the most telling first."""
    by_variance: list[int] = np.argsort(-np.round(solution.scores.z_scores[:, list(defined)].var(axis=1), 9), kind="stable").tolist()
    if len(defined) < len(solution.factors) or solution.data.n_sorts > MOST_PEOPLE or solution.data.missing.any():
        return by_variance
    try:
        chosen = shorten(solution, longest=CANDIDATES, folds=2, rng=np.random.default_rng(_SEED)).order
    except DataError:  # too few defining sorts to hold any out
        return by_variance
    return [*chosen, *(i for i in by_variance if i not in chosen)]


def _people(solution: QSolution, defined: tuple[int, ...]) -> tuple[list[int], Array]:
    """Who defines exactly one viewpoint, and not by its opposite; and which, as a column of the profiles."""
    flags = np.asarray(solution.flags)
    plain = (flags.sum(axis=1) == 1) & (np.asarray(solution.scores.weights).sum(axis=1) > 0)
    people = np.flatnonzero(plain)
    return people.tolist(), flags[people][:, list(defined)].argmax(axis=1)


def _tried(sorts: Array, own: Array, profiles: FloatArray, prior: FloatArray) -> tuple[float, float, float]:
    """Shares of people given their own viewpoint, another and none.

    A sort puts several cards into one column where a reader has to order them: every order that its columns allow is counted, in equal parts.
    """
    if not len(own):
        return float("nan"), float("nan"), float("nan")
    every = orders()
    answers = probabilities(profiles, prior, every).argmax(axis=1)
    allowed = np.ones((every.shape[1], len(own)), dtype=bool)
    for i, j in combinations(range(CARDS), 2):
        wanted = np.sign(np.nan_to_num(sorts[i].astype(float) - sorts[j]))
        allowed &= np.sign(every[i] - every[j])[:, None] * wanted[None] >= 0
    parts = allowed / allowed.sum(axis=0)
    k = profiles.shape[1]
    right = float((parts * (answers[:, None] == own[None])).sum(axis=0).mean())
    none = float((parts * (answers[:, None] == k)).sum(axis=0).mean())
    return right, max(0.0, 1 - right - none), none
