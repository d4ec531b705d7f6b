"""The questions that a study asks of its viewpoints: who gives which answer, and on which of them the viewpoints differ.

A question is one that the study declares, or a division that the statements show themselves: some viewpoints against the others, with the statements
on which they stand apart. And the study's groups of statements that every viewpoint places on one side.

References
----------
.. [1] Lindley, D. V., & Smith, A. F. M. (1972). Bayes estimates for the linear model. Journal of the Royal Statistical Society B, 34(1), 1-41.
   The posterior of normal means.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from qmethod.brief import brief
from qmethod.calibrated import LIKELY, Errors
from qmethod.data import FloatArray
from qmethod.method.contrasts import adjust
from qmethod.solution import QSolution
from qmethod_analysis.words.labels import defined
from qmethod_analysis.words.language import N_, _, ngettext
from qmethod_analysis.words.narrative import decimal, in_a_row, joined

if TYPE_CHECKING:  # what a study is takes long to load, and no function here makes one
    from qmethod_studies.definition import Study

Origin = Literal["opposition", "camps"]
Side = Literal["above", "below"]
MOST = 4
"""Questions that are told to divide the viewpoints."""
FEWEST = 2
"""Statements that make a division a question of its own."""
HELD = 0.9
"""How likely a viewpoint has to stand where it is said to: where not every viewpoint is found well, of what is told at .8 less than that is so."""
LEVEL = 0.05
_PARTS = 1000
_EXACT = 1e-9
"""Share of the variance of z-scores that is error at the least."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, its two answers, and what every viewpoint makes of them.

    Parameters
    ----------
    origin : {'opposition', 'camps'}
        Declared in the study, or shown by the statements themselves.
    title : str
    answers : tuple of (str, str)
    statements : tuple of (tuple of int, tuple of int)
        Positions of the statements that give the one answer and the other.
    differs : bool
        Whether at least two viewpoints differ on it by more than chance gives, and do not all give one answer.
    alike : bool
        Whether all viewpoints lean towards the same answer, with a probability of .8 or more. They may differ in how clearly they do.
    given : tuple of (tuple of int, tuple of int)
        Positions of the viewpoints that give the one answer, and of those that give the other.
    nearer : tuple of (tuple of int, tuple of int)
        Positions of those that give neither, and lean towards the one, or the other.
    sentence : str
        Who gives which answer.
    """

    origin: Origin
    title: str
    answers: tuple[str, str]
    statements: tuple[tuple[int, ...], tuple[int, ...]]
    differs: bool
    alike: bool
    given: tuple[tuple[int, ...], tuple[int, ...]]
    nearer: tuple[tuple[int, ...], tuple[int, ...]]
    sentence: str

    __repr__ = brief


@dataclass(frozen=True, slots=True)
class GroupRead:
    """A group of statements that every viewpoint places on one side.

    Parameters
    ----------
    name : str
    statements : tuple of int
        All of the group.
    side : {'above', 'below'}
    agreeing : tuple of int
        Those of them that every viewpoint places beyond the middle on that side.
    sentence : str
    """

    name: str
    statements: tuple[int, ...]
    side: Side
    agreeing: tuple[int, ...]
    sentence: str

    __repr__ = brief


def questions(solution: QSolution, study: Study | None, language: str, names: Sequence[str]) -> tuple[Question, ...]:
    """What the viewpoints make of every question that the study declares, and what else divides them; nothing with fewer than two viewpoints.

    Parameters
    ----------
    solution : QSolution
    study : Study or None
    language : str
        Of the study's texts.
    names : sequence of str
        What the viewpoints are called.

    Notes
    -----
    A viewpoint's score on a question is the mean z-score of the statements of one answer less that of the other. Two viewpoints differ on it where
    their scores do by more than studies drawn from the solution give between viewpoints that do not (errors of statements taken as independent of
    one another), at .05 after Holm's correction over all pairs of viewpoints and all declared questions. A viewpoint leans towards the answer
    with the higher mean with a probability of .9 or more, see `leaning`, and gives it where that mean as likely also lies above that of all
    statements, see `holding`: whoever only rejects the one answer does not hold the other. All lean towards one where that is so of all together
    with a probability of .8 or more. Declared questions on which nobody differs are kept.
    Camps come from the statements that dividing questions leave: each belongs to the split of the viewpoints at the widest gap between its
    z-scores, where all pairs across that gap differ by more than chance gives; splits with two statements or more are questions.
    """
    shown = list(defined(solution))
    if len(shown) < 2 or solution.calibration is None or solution.calibration.errors is None:
        return ()
    declared = _declared(solution, study, language, names, shown)
    used = {i for one in declared if one.differs for side in one.statements for i in side}
    room = MOST - sum(one.differs for one in declared)
    return (*declared, *_camps(solution, names, shown, used)[: max(0, room)])


def _declared(solution: QSolution, study: Study | None, language: str, names: Sequence[str], shown: Sequence[int]) -> tuple[Question, ...]:
    position = {name: i for i, name in enumerate(solution.data.statements)}
    asked = []
    for one in study.oppositions if study is not None else ():
        sides = tuple(tuple(position[s] for s in answer.statements if s in position) for answer in one.answers)
        if all(sides):
            asked.append((one, sides))
    if not asked:
        return ()
    p_values = np.array([_p_values(solution, sides, shown) for _, sides in asked])
    corrected = adjust(p_values.ravel(), "holm").reshape(p_values.shape)
    made = []
    for (one, sides), p in zip(asked, corrected, strict=True):
        answers = (one.answers[0].says.in_(language), one.answers[1].says.in_(language))
        made.append(_question(solution, one.question.in_(language), answers, (sides[0], sides[1]), bool((p < LEVEL).any()), names))
    return tuple(sorted(made, key=lambda q: not q.differs))


def _p_values(solution: QSolution, sides: Sequence[tuple[int, ...]], shown: Sequence[int]) -> FloatArray:
    """By pair of viewpoints: how often chance alone sets their scores so far apart."""
    errors = _errors(solution)
    z, sed = solution.scores.z_scores, solution.contrasts.sed
    score = z[list(sides[0])].mean(axis=0) - z[list(sides[1])].mean(axis=0)
    spread = math.sqrt(1 / len(sides[0]) + 1 / len(sides[1]))  # in standard errors of the difference on one statement
    ratio = np.array([abs(score[f] - score[g]) / (sed[f, g] * spread) if sed[f, g] > 0 else math.nan for f, g in combinations(shown, 2)])
    found = errors.p_values(ratio)
    return np.where(np.isnan(found), 1.0, found)


def _errors(solution: QSolution) -> Errors:
    assert solution.calibration is not None
    assert solution.calibration.errors is not None
    return solution.calibration.errors


def leaning(solution: QSolution, high: Sequence[int], low: Sequence[int] = ()) -> FloatArray:
    """How likely the true z-scores of some statements lie, on average, above those of others.

    Parameters
    ----------
    solution : QSolution
        With studies drawn from it.
    high, low : sequence of int
        Positions of the statements. With none in `low`, above 0, the mean of all statements.

    Returns
    -------
    ndarray of shape (f,)
        By viewpoint; NaN for one that fewer than two sorts define.

    Notes
    -----
    With standardised scores, found and true, that correlate by c, the true score of a statement found at z is normal about c z with variance
    1 - c^2 [1]_, as in `qmethod.calibration.places`; c^2 is `recovery`. Errors of statements are taken as independent of one another.
    """
    assert solution.calibration is not None
    from scipy.special import ndtr  # on demand: its import takes longer than most analyses

    z, square = solution.scores.z_scores, np.clip(solution.calibration.recovery, 0.0, 1 - _EXACT)
    apart = z[list(high)].mean(axis=0) - (z[list(low)].mean(axis=0) if low else 0.0)
    spread = (1 - square) * (1 / len(high) + (1 / len(low) if low else 0.0))
    likely: FloatArray = ndtr(np.sqrt(square) * apart / np.sqrt(spread))
    return likely


def holding(solution: QSolution, high: Sequence[int], low: Sequence[int]) -> FloatArray:
    """How likely the true z-scores of some statements lie, on average, both above those of others and above 0, the mean of all statements.

    Parameters
    ----------
    solution : QSolution
        With studies drawn from it.
    high, low : sequence of int
        Positions of the statements.

    Returns
    -------
    ndarray of shape (f,)
        By viewpoint, to about .001; NaN for one that fewer than two sorts define.

    Notes
    -----
    The model is that of `leaning`; over the mean of the one answer, at the middles of equally likely parts, the probability that the other is lower.
    """
    assert solution.calibration is not None
    from scipy.special import ndtr, ndtri

    z, square = solution.scores.z_scores, np.clip(solution.calibration.recovery, 0.0, 1 - _EXACT)
    ours, theirs = (np.sqrt(square) * z[list(side)].mean(axis=0) for side in (high, low))
    spread, other = (np.sqrt((1 - square) / len(side)) for side in (high, low))
    drawn = ours + spread * ndtri((np.arange(_PARTS) + 0.5) / _PARTS)[:, None]
    likely: FloatArray = np.where(np.isnan(ours), np.nan, ((drawn > 0) * ndtr((drawn - theirs) / other)).mean(axis=0))
    return likely


def _question(
    solution: QSolution, title: str, answers: tuple[str, str], sides: tuple[tuple[int, ...], tuple[int, ...]], differs: bool, names: Sequence[str]
) -> Question:
    shown = list(defined(solution))
    first = leaning(solution, *sides)
    likely = first, 1 - first
    alike = any(one[shown].prod() >= LIKELY for one in likely)
    near, given = [], []
    for one, side, other in zip(likely, sides, sides[::-1], strict=True):
        held = holding(solution, side, other)
        mine = [f for f in shown if (one[f] > 1 / 2 if alike else one[f] >= HELD)]
        given.append(tuple(f for f in mine if held[f] >= HELD))
        near.append(tuple(f for f in mine if held[f] < HELD))
    sentence = _who((given[0], given[1]), (near[0], near[1]), answers, names, shown, alike=alike)
    return Question("opposition", title, answers, sides, differs and not alike, alike, (given[0], given[1]), (near[0], near[1]), sentence)


def _who(
    given: tuple[tuple[int, ...], tuple[int, ...]],
    near: tuple[tuple[int, ...], tuple[int, ...]],
    answers: tuple[str, str],
    names: Sequence[str],
    shown: Sequence[int],
    *,
    alike: bool,
) -> str:
    """Who gives which answer, or leans towards it, in a sentence."""
    if alike:
        return _all(given, near, answers, len(shown))
    said = []
    for mine, answer in zip(given, answers, strict=True):
        if mine:
            who = joined([names[f] for f in mine])
            said.append(ngettext("{who} answers “{answer}”", "{who} answer “{answer}”", len(mine), who=who, answer=answer))
    for mine, answer in zip(near, answers, strict=True):
        if mine:
            who = joined([names[f] for f in mine])
            said.append(ngettext("{who} leans towards “{answer}”", "{who} lean towards “{answer}”", len(mine), who=who, answer=answer))
    neither = [names[f] for f in shown if not any(f in mine for mine in (*given, *near))]
    if neither:
        said.append(ngettext("{who} gives neither answer clearly", "{who} give neither answer clearly", len(neither), who=joined(neither)))
    return "; ".join(said) + "."


def _all(given: tuple[tuple[int, ...], tuple[int, ...]], near: tuple[tuple[int, ...], tuple[int, ...]], answers: tuple[str, str], n: int) -> str:
    """What all viewpoints answer, or lean towards."""
    side = 0 if given[0] or near[0] else 1
    answer = answers[side]
    if near[side]:
        if n == 2:
            return _("Both viewpoints lean towards “{answer}”.", answer=answer)
        return ngettext("All {n} viewpoints lean towards “{answer}”.", "All {n} viewpoints lean towards “{answer}”.", n, answer=answer)
    if n == 2:
        return _("Both viewpoints answer “{answer}”.", answer=answer)
    return ngettext("All {n} viewpoints answer “{answer}”.", "All {n} viewpoints answer “{answer}”.", n, answer=answer)


def _camps(solution: QSolution, names: Sequence[str], shown: Sequence[int], used: set[int]) -> tuple[Question, ...]:
    """Splits of the viewpoints that two statements or more make, the widest first."""
    errors = _errors(solution)
    z, sed, critical = solution.scores.z_scores, solution.contrasts.sed, errors.critical(LEVEL)
    found: dict[frozenset[int], list[tuple[int, bool, float]]] = {}
    for i in range(len(z)):
        order = sorted(shown, key=lambda f: (-z[i, f], f))
        gaps = [z[i, a] - z[i, b] for a, b in pairwise(order)]
        cut = int(np.argmax(gaps)) + 1
        apart = all(sed[f, g] > 0 and abs(z[i, f] - z[i, g]) > critical * sed[f, g] for f in order[:cut] for g in order[cut:])
        if i not in used and apart:
            high = frozenset(order[:cut])
            key = high if shown[0] in high else frozenset(shown) - high
            found.setdefault(key, []).append((i, key == high, gaps[cut - 1]))
    made = []
    for key, mine in found.items():
        ranked = sorted(mine, key=lambda one: (-round(one[2], 9), one[0]))
        sides = tuple(i for i, ours, _ in ranked if ours), tuple(i for i, ours, _ in ranked if not ours)
        if len(mine) < FEWEST:
            continue
        here, there = [f for f in shown if f in key], [f for f in shown if f not in key]
        made.append((sum(gap**2 for *_, gap in mine), _camp(names, here, there, sides)))
    return tuple(one for _, one in sorted(made, key=lambda pair: (-round(pair[0], 9), pair[1].title)))


def _camp(names: Sequence[str], here: Sequence[int], there: Sequence[int], sides: tuple[tuple[int, ...], tuple[int, ...]]) -> Question:
    if len(there) == 1 < len(here):  # the one that stands alone is named first
        here, there, sides = there, here, sides[::-1]
    us = joined([names[f] for f in here])
    them = _("all the others") if len(here) == 1 < len(there) else joined([names[f] for f in there])
    told = [_on(word, them if not n else "", len(there), len(side)) for n, (word, side) in enumerate(_sided(sides))]
    title = _("What sets {us} apart from {them}?", us=us, them=them)
    sentence = ngettext(
        "{us} stands {told}, by z-score, beyond chance.",
        "{us} stand {told}, by z-score, beyond chance.",
        len(here),
        us=us,
        told=joined(told),
    )
    return Question("camps", title, (us, them), sides, True, False, (tuple(here), tuple(there)), ((), ()), sentence)


def _sided(sides: tuple[tuple[int, ...], tuple[int, ...]]) -> list[tuple[Side, tuple[int, ...]]]:
    return [(word, side) for word, side in zip(get_args(Side), sides, strict=True) if side]


def _on(word: Side, them: str, others: int, n: int) -> str:
    """On how many statements they stand above or below the others, who are named, or were just named."""
    if them and word == "above":
        return ngettext("above {them} on {n} statement", "above {them} on {n} statements", n, them=them)
    if them:
        return ngettext("below {them} on {n} statement", "below {them} on {n} statements", n, them=them)
    if others == 1:  # what was just named comes second, and so below
        return ngettext("below it on {n} statement", "below it on {n} statements", n)
    return ngettext("below them on {n} statement", "below them on {n} statements", n)


def groups_read(solution: QSolution, study: Study | None, language: str) -> tuple[GroupRead, ...]:
    """The groups of the study that every viewpoint places on one side; nothing with fewer than two viewpoints.

    Parameters
    ----------
    solution : QSolution
    study : Study or None
    language : str
        Of the names of the groups.

    Notes
    -----
    Told are groups of two statements or more of which at least three in four lie beyond the middle on one side in every viewpoint, where their mean
    truly does so in all viewpoints with a probability of .8 or more, see `leaning`. Where no studies were drawn from the solution, places
    alone decide.
    """
    shown = list(defined(solution))
    if study is None or len(shown) < 2:
        return ()
    position = {name: i for i, name in enumerate(solution.data.statements)}
    centre = (len(solution.scores.grid.values) - 1) / 2
    columns = np.searchsorted(np.array(solution.scores.grid.values, dtype=float), solution.scores.arrays[:, shown])
    found = []
    for key, group in study.groups.items():
        mine = tuple(position[s] for s in study.group(key) if s in position)
        for side in get_args(Side):
            sign = 1 if side == "above" else -1
            agreeing = tuple(i for i in mine if (sign * (columns[i] - centre) > 0).all())
            if len(mine) < FEWEST or 4 * len(agreeing) < 3 * len(mine):
                continue
            likely = np.ones(1) if solution.calibration is None else leaning(solution, mine)[shown]
            if (likely if side == "above" or solution.calibration is None else 1 - likely).prod() >= LIKELY:
                name = group.name.in_(language)
                found.append(GroupRead(name, mine, side, agreeing, _read(solution, name, mine, len(agreeing), side, shown)))
    return tuple(found)


def _read(solution: QSolution, name: str, mine: Sequence[int], n: int, side: Side, shown: Sequence[int]) -> str:
    of, means = len(mine), solution.scores.z_scores[list(mine)].mean(axis=0)
    if n < of:
        what = ngettext("{n} of the {of} statements", "{n} of the {of} statements", n, of=of)
    else:
        what = _("both statements") if of == 2 else ngettext("all {n} statements", "all {n} statements", of)
    who = _("both viewpoints") if len(shown) == 2 else ngettext("all {n} viewpoints", "all {n} viewpoints", len(shown))
    said = (
        N_("{name}: {who} place {what} above the middle (mean z-scores {means}).")
        if side == "above"
        else N_("{name}: {who} place {what} below the middle (mean z-scores {means}).")
    )
    return _(said, name=name, who=who, what=what, means=in_a_row(decimal(means[f]) for f in shown))
