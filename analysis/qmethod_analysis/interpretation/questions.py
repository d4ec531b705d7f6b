"""The questions that a study asks of its viewpoints: who gives which answer, and on which of them the viewpoints differ.

A question is one that the study or the researcher declares, or, where none of these divides the viewpoints, a division that the statements show
themselves: some viewpoints against the others, with the statements on which they stand apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Literal, get_args

import numpy as np

from qmethod.brief import brief
from qmethod.calibrated import Errors
from qmethod.data import FloatArray
from qmethod.method.contrasts import adjust
from qmethod.solution import QSolution
from qmethod.wording import counted
from qmethod_analysis.words.labels import defined
from qmethod_analysis.words.narrative import decimal, joined
from qmethod_studies.definition import Study

Origin = Literal["opposition", "camps"]
Side = Literal["above", "below"]
MOST = 4
"""Questions that are told to divide the viewpoints."""
FEWEST = 2
"""Statements that make a division a question of its own."""
LEVEL = 0.05
LEANING = 0.5
"""Columns by which one answer must stand above the other for a viewpoint to be said to give it."""


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
    means : tuple of (tuple of float, tuple of float)
        Mean places of these, by viewpoint; NaN for one that no sort defines.
    differs : bool
        Whether at least two viewpoints differ on it by more than chance gives, and do not all give one answer.
    alike : bool
        Whether every viewpoint gives the same answer. They may differ in how clearly they do.
    sentence : str
        Who gives which answer.
    """

    origin: Origin
    title: str
    answers: tuple[str, str]
    statements: tuple[tuple[int, ...], tuple[int, ...]]
    means: tuple[tuple[float, ...], tuple[float, ...]]
    differs: bool
    alike: bool
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
    means : tuple of float
        Mean z-score of the group, by viewpoint; NaN for one that no sort defines.
    sentence : str
    """

    name: str
    statements: tuple[int, ...]
    side: Side
    agreeing: tuple[int, ...]
    means: tuple[float, ...]
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
    one another), at .05 after Holm's correction over all pairs of viewpoints and all declared questions. A viewpoint gives an answer where its
    statements stand half a column or more above those of the other, on average; declared questions on which nobody differs are kept.
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
        made.append(_question(solution, "opposition", one.question.in_(language), answers, (sides[0], sides[1]), bool((p < LEVEL).any()), names))
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


def _question(
    solution: QSolution,
    origin: Origin,
    title: str,
    answers: tuple[str, str],
    sides: tuple[tuple[int, ...], tuple[int, ...]],
    differs: bool,
    names: Sequence[str],
) -> Question:
    values = np.array(solution.scores.grid.values, dtype=float)
    arrays = solution.scores.arrays
    means = tuple(tuple(arrays[list(side)].mean(axis=0).tolist()) for side in sides)
    columns = np.where(np.isnan(arrays), np.nan, np.searchsorted(values, arrays))
    lean = columns[list(sides[0])].mean(axis=0) - columns[list(sides[1])].mean(axis=0)
    shown = list(defined(solution))
    alike = bool((lean[shown] >= LEANING).all() or (lean[shown] <= -LEANING).all())
    differs = differs and not alike  # then they answer alike, some more clearly than others
    return Question(origin, title, answers, sides, (means[0], means[1]), differs, alike, _who(lean, answers, names, shown))


def _who(lean: FloatArray, answers: tuple[str, str], names: Sequence[str], shown: Sequence[int]) -> str:
    """Who gives which answer, in a sentence."""
    first = [names[f] for f in shown if lean[f] >= LEANING]
    second = [names[f] for f in shown if lean[f] <= -LEANING]
    between = [names[f] for f in shown if abs(lean[f]) < LEANING]
    for mine, answer in ((first, answers[0]), (second, answers[1])):
        if len(mine) == len(shown):
            return f"{'Both' if len(shown) == 2 else f'All {len(shown)}'} viewpoints answer “{answer}”."
    said = [
        f"{joined(mine)} {'answers' if len(mine) == 1 else 'answer'} “{answer}”"
        for mine, answer in ((first, answers[0]), (second, answers[1]))
        if mine
    ]
    return "; ".join([*said, *([f"{joined(between)} {'stands' if len(between) == 1 else 'stand'} in between"] if between else [])]) + "."


def _camps(solution: QSolution, names: Sequence[str], shown: Sequence[int], used: set[int]) -> tuple[Question, ...]:
    """Splits of the viewpoints that two statements or more make, the widest first."""
    errors = _errors(solution)
    z, sed, critical = solution.scores.z_scores, solution.contrasts.sed, errors.critical(LEVEL)
    found: dict[frozenset[int], list[tuple[int, bool, float]]] = {}
    for i in range(len(z)):
        order = sorted(shown, key=lambda f: (-z[i, f], f))
        gaps = [z[i, a] - z[i, b] for a, b in pairwise(order)]
        cut = int(np.argmax(gaps)) + 1
        apart = all(abs(z[i, f] - z[i, g]) > critical * sed[f, g] for f in order[:cut] for g in order[cut:] if sed[f, g] > 0)
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
        made.append((sum(gap**2 for *_, gap in mine), _camp(solution, names, here, there, sides)))
    return tuple(one for _, one in sorted(made, key=lambda pair: (-round(pair[0], 9), pair[1].title)))


def _camp(
    solution: QSolution, names: Sequence[str], here: Sequence[int], there: Sequence[int], sides: tuple[tuple[int, ...], tuple[int, ...]]
) -> Question:
    arrays = solution.scores.arrays
    means = tuple(tuple((arrays[list(side)].mean(axis=0) if side else np.full(arrays.shape[1], np.nan)).tolist()) for side in sides)
    if len(there) == 1 < len(here):  # the one that stands alone is named first
        here, there, sides, means = there, here, sides[::-1], means[::-1]
    us = joined([names[f] for f in here])
    them = "all the others" if len(here) == 1 < len(there) else joined([names[f] for f in there])
    told = [
        f"{word} {them if not n else 'it' if len(there) == 1 else 'them'} on {counted(len(side), 'statement')}"
        for n, (word, side) in enumerate(_sided(sides))
    ]
    title = f"What sets {us} apart from {them}?"
    sentence = f"{us} {'stands' if len(here) == 1 else 'stand'} {joined(told)}, by z-score."
    return Question("camps", title, (us, them), sides, (means[0], means[1]), True, False, sentence)


def _sided(sides: tuple[tuple[int, ...], tuple[int, ...]]) -> list[tuple[str, tuple[int, ...]]]:
    return [(word, side) for word, side in zip(("above", "below"), sides, strict=True) if side]


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
    Told are groups of two statements or more of which at least three in four lie beyond the middle on one side in every viewpoint.
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
            if len(mine) >= FEWEST and 4 * len(agreeing) >= 3 * len(mine):
                name, means = group.name.in_(language), tuple(solution.scores.z_scores[list(mine)].mean(axis=0).tolist())
                found.append(GroupRead(name, mine, side, agreeing, means, _read(name, len(agreeing), len(mine), side, means, shown)))
    return tuple(found)


def _read(name: str, n: int, of: int, side: str, means: Sequence[float], shown: Sequence[int]) -> str:
    what = f"{'both' if of == 2 else f'all {of}'} statements" if n == of else f"{n} of the {of} statements"
    verb = {"above": "hold", "below": "reject"}[side]
    listed = ", ".join(decimal(means[f]) for f in shown)
    everyone = "Both" if len(shown) == 2 else f"All {len(shown)}"
    return f"{name}: {everyone} viewpoints {verb} it. They place {what} {side} the middle (mean z-scores {listed})."
