"""Five cards that tell the viewpoints apart, what their order says about whose view is near, and how often that is right.

The page computes in the browser which is nearest (``templates/nearest.js``). How often that is right it is told from here: new people are simulated,
what they are told is put into a few steps by half of them, and the other half is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, permutations

import numpy as np

from qmethod.classification.likelihood import correlate_partial, posterior
from qmethod.classification.shortening import shorten
from qmethod.data import Array, FloatArray
from qmethod.errors import DataError
from qmethod.simulation import apportion
from qmethod.solution import QSolution
from qmethod_analysis.words.language import N_

CARDS = 5
LONGEST = 160
"""Characters that can be taken in at a glance; longer statements are passed over where others are left."""
NONE_SHARE = 0.2
CLOSENESS = (0.4, 0.95)
CANDIDATES = 8
MOST_PEOPLE = 1000
"""Sorts above which the statements are chosen by their scores alone: choosing them by people takes time that grows with the people."""
PEOPLE = 200_000
"""New people who are simulated: half of them to make the steps, half of them to be counted."""
LIMITS = (0.5, 0.8)
"""Shares of right answers at which a step ends."""
FEWEST = 0.01
"""Share of all people that a step holds at the least; smaller ones are joined to their neighbour."""
SMALLEST_NOISE = 0.05
"""Share of a person's variance that is their own at the least."""
LEAST_RELIABILITY = 0.03
_SEED = 1
WORDS = {
    "first": N_("Tap the card that is most like your own view."),
    "next": N_("Of the cards that are left, tap the one most like your view."),
    "last": N_("Tap the last card."),
    "unknown": N_("Perhaps {name}. How often this is right is not known."),
    "noneUnknown": N_("Perhaps none of these viewpoints. How often this is right is not known."),
    "cannotTell": N_("These five cards cannot tell."),
    "open": N_("Perhaps {name}, but five cards leave it open."),
    "noneOpen": N_("Perhaps none of these viewpoints, but five cards leave it open."),
    "near": N_("Nearest: {name}."),
    "noneNear": N_("None of these viewpoints seems near to yours."),
    "held": N_("Of 100 simulated new people with an order like yours, {right} hold {name}."),
    "noneHeld": N_("Of 100 simulated new people with an order like yours, {right} hold none of these viewpoints."),
    "placed": N_("Placed {place} of {of}: {card}"),
    "takenBack": N_("Taken back: {card}"),
    "allBack": N_("All cards are back on the pile."),
}
"""What the script says, by the names it has there; it fills the places."""


@dataclass(frozen=True, slots=True)
class Step:
    """Orders that point to the same answer about as strongly, and who gives them.

    Parameters
    ----------
    answer : int
        To which answer they point: a column of the profiles, or their number for none of these.
    least : float
        Probability of the answer, as `probabilities` has it, from which on an order belongs here; up to the next step of the same answer.
    people : tuple of int
        Of 100 new people with such an order, how many hold each viewpoint; the last is none of these.
    """

    answer: int
    least: float
    people: tuple[int, ...]


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
    steps : tuple of Step
        By answer, and rising; empty where no studies were drawn, or a viewpoint has no two defining sorts: how closely people hold it is not known.
    n_people : int
        Simulated people who were counted; 0 where there are no steps.
    right, other, none : float
        Shares of those of them who hold a viewpoint for whom the page names it, names another one, names none; NaN where there are no steps.
    """

    statements: tuple[int, ...]
    viewpoints: tuple[int, ...]
    profiles: FloatArray
    prior: FloatArray
    steps: tuple[Step, ...]
    n_people: int
    right: float
    other: float
    none: float

    def told(self) -> list[dict[str, object]]:
        """The steps as the page is given them, in JSON's types."""
        return [{"answer": step.answer, "least": step.least, "people": list(step.people)} for step in self.steps]


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
    signals = _signals(solution, statements, defined)
    if signals is None:
        return Cards(statements, defined, profiles, prior, (), 0, float("nan"), float("nan"), float("nan"))
    chance = np.random.default_rng(_SEED)
    answers = probabilities(profiles, prior, orders())
    fitted, counted = (new_people(*signals, prior, PEOPLE // 2, chance) for _ in range(2))
    steps = _steps(answers, fitted, counted)
    return Cards(statements, defined, profiles, prior, steps, PEOPLE // 2, *_named(answers, steps, counted))


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


def new_people(signals: FloatArray, noise: FloatArray, prior: FloatArray, n: int, chance: np.random.Generator) -> Array:
    """How many of n simulated people who hold each viewpoint, or none, put the cards into each order.

    Parameters
    ----------
    signals : ndarray of shape (5, k)
        Where people of each viewpoint put the cards on average, in standard deviations of all statements.
    noise : ndarray of shape (k,)
        Standard deviation of a person around that.
    prior : ndarray of shape (k + 1,)
        How common each is; who holds none sorts at random.
    n : int
    chance : numpy.random.Generator

    Returns
    -------
    ndarray of int, shape (k + 1, 120)
        Orders as `orders` has them.
    """
    k = len(noise)
    sizes = apportion(n, prior.tolist())
    powers = 5 ** np.arange(CARDS)
    codes = powers @ (orders() - 1)
    place = np.empty(5**CARDS, dtype=int)
    place[codes] = np.arange(codes.size)
    found = np.empty((k + 1, codes.size), dtype=int)
    for j, size in enumerate(sizes):
        drawn = chance.standard_normal((size, CARDS))
        if j < k:
            drawn = signals[:, j] + noise[j] * drawn
        found[j] = np.bincount(place[drawn.argsort(axis=1).argsort(axis=1) @ powers], minlength=codes.size)
    return found


def step_of(answers: FloatArray, steps: tuple[Step, ...]) -> Array:
    """Which step each answer belongs to.

    Parameters
    ----------
    answers : ndarray of shape (m, k + 1)
        As `probabilities` has them.
    steps : tuple of Step

    Returns
    -------
    ndarray of int, shape (m,)
    """
    best, sure = answers.argmax(axis=1), answers.max(axis=1)
    found = np.zeros(len(answers), dtype=int)
    for s, step in enumerate(steps):  # of one answer they rise, so the last that is reached stands
        found[(best == step.answer) & (sure >= step.least)] = s
    return found


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


def _signals(solution: QSolution, statements: tuple[int, ...], defined: tuple[int, ...]) -> tuple[FloatArray, FloatArray] | None:
    """Where new people of each viewpoint put the cards on average, and how far they stray; None where that is not known.

    New people of a viewpoint correlate with what was found of it as its defining sorts do when they are left out. With another viewpoint they have in
    common what the two truly have in common (Spearman's correction for attenuation, by the reliability of both). Their sort is the regression on the
    viewpoints found that has these correlations, and noise. That the viewpoints found are themselves not exact, and that the cards were chosen
    because they differ there, is in it.
    """
    if solution.calibration is None:
        return None
    places = list(defined)
    closeness = np.clip(np.round(solution.calibration.beyond.agreement[places], 9), 0.0, None)
    reliability = np.clip(np.round(solution.calibration.reliability[places], 9), LEAST_RELIABILITY, 1.0)
    if np.isnan(closeness).any() or np.isnan(reliability).any():
        return None
    z = solution.scores.z_scores[:, places]
    v = (z - z.mean(axis=0)) / z.std(axis=0)
    between = v.T @ v / len(v)
    kept = np.sqrt(reliability)
    common = np.clip(between / np.outer(kept, kept), -1.0, 1.0)
    np.fill_diagonal(common, 1.0)
    signals, noise = np.zeros((len(statements), len(places))), np.ones(len(places))
    for j in range(len(places)):
        weights = np.linalg.lstsq(between, closeness[j] * common[j] * kept / kept[j], rcond=1e-6)[0]
        shared = float(weights @ between @ weights)
        weights *= min(1.0, np.sqrt((1 - SMALLEST_NOISE) / max(shared, SMALLEST_NOISE)))
        signals[:, j] = v[list(statements)] @ weights
        noise[j] = np.sqrt(1 - min(shared, 1 - SMALLEST_NOISE))
    return signals, noise


def _steps(answers: FloatArray, fitted: Array, counted: Array) -> tuple[Step, ...]:
    """Steps made by the people `fitted`, with the shares of those `counted`; both of shape (k + 1, 120).

    Of the orders that point to one answer, those with a higher probability are right as often or more often by isotonic regression; what this
    makes of the share of right answers says which step an order belongs to.
    """
    from scipy.optimize import isotonic_regression

    best, sure = answers.argmax(axis=1), np.round(answers.max(axis=1), 9)
    enough = FEWEST * fitted.sum()
    found = []
    for answer in np.unique(best).tolist():
        levels, level = np.unique(sure[best == answer], return_inverse=True)
        right = np.bincount(level, fitted[answer, best == answer])
        people = np.bincount(level, fitted[:, best == answer].sum(axis=0))
        rate = isotonic_regression(right / np.maximum(people, 1), weights=np.maximum(people, 1)).x
        held = counted[:, best == answer]
        starts = [0, *(np.flatnonzero(np.diff(np.searchsorted(LIMITS, rate, side="right"))) + 1).tolist(), len(levels)]
        for start in starts[-2:0:-1]:  # from the top: what has too few people joins what lies below
            at = starts.index(start)
            if min(people[start : starts[at + 1]].sum(), people[starts[at - 1] : start].sum()) < enough:
                starts.remove(start)
        for low, high in pairwise(starts):
            # Halfway between two levels, so that the last digits of a sum do not matter.
            least = 0.0 if not low else float((levels[low - 1] + levels[low]) / 2)
            found.append(Step(answer, least, apportion(100, held[:, (low <= level) & (level < high)].sum(axis=1).tolist())))
    return tuple(found)


def _named(answers: FloatArray, steps: tuple[Step, ...], counted: Array) -> tuple[float, float, float]:
    """Shares of the people of a viewpoint for whom it is named, another one is, and none is: the page names what at least half of 100 people hold."""
    k = answers.shape[1] - 1
    which = [steps[s] for s in step_of(answers, steps)]
    names = np.array([step.people.index(max(step.people)) if max(step.people) >= 100 * LIMITS[0] else k for step in which])
    holders = counted[:k]
    right = float(holders[np.arange(k)[:, None] == names[None]].sum() / holders.sum())
    none = float(holders[:, names == k].sum() / holders.sum())
    return right, max(0.0, 1 - right - none), none
