"""What a viewpoint says on one theme, as claims: which answer it gives, where it stands alone, from whom it differs, what it puts outermost.

What all viewpoints share is no claim of one of them and is left to the common ground.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from qmethod.brief import brief
from qmethod.calibration.pipeline import differing
from qmethod.data import Array, FloatArray
from qmethod.given import ReadOnly
from qmethod.solution import QSolution
from qmethod_analysis.interpretation.crib_sheet import Interpretation, Reading
from qmethod_analysis.interpretation.findings import ALIKE
from qmethod_analysis.interpretation.phrases import Words, beside, compared, quoted, with_others
from qmethod_analysis.interpretation.questions import Question
from qmethod_analysis.interpretation.themes import Theme, from_middle
from qmethod_analysis.words.labels import defined, place
from qmethod_analysis.words.language import ngettext
from qmethod_analysis.words.narrative import decimal, joined, reference, statements_counted

TOGETHER = 3
"""Statements of one claim."""
FAR = 1.5
"""Columns from the middle beyond which a place is worth a claim of its own."""
LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Claim(ReadOnly):
    """Something to say of a viewpoint.

    Parameters
    ----------
    kind : str
        A key of the catalogue.
    statements : tuple of int
        Those it rests on and cites, the first of them with its wording.
    values : mapping of str to str
        What else stands in the sentence.
    """

    kind: str
    statements: tuple[int, ...] = ()
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    __repr__ = brief


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """How the places of all viewpoints lie to one another.

    Parameters
    ----------
    column : ndarray of shape (n, f)
        Columns above the middle of the grid, see `qmethod_analysis.interpretation.themes.from_middle`.
    apart : ndarray of bool, shape (n, f, f)
        Which viewpoints differ on which statements, see `apart_by_pair`.
    shared : frozenset of int
        Statements that are common ground.
    own : mapping of int to tuple of int
        What sets each viewpoint apart, see `own_statements`.
    """

    column: FloatArray
    apart: Array
    shared: frozenset[int]
    own: Mapping[int, tuple[int, ...]]

    __repr__ = brief


def field_of(solution: QSolution, interpretation: Interpretation) -> Field:
    """The same of a solution.

    Parameters
    ----------
    solution : QSolution
    interpretation : Interpretation
    """
    shared = frozenset(i for one in interpretation.ground if one.kind in ALIKE for i in one.statements)
    return Field(from_middle(solution), apart_by_pair(solution), shared, own_statements(solution, interpretation))


def own_statements(solution: QSolution, interpretation: Interpretation) -> dict[int, tuple[int, ...]]:
    """Of each viewpoint the statements that set it apart from every other beyond chance, furthest from the nearest first; each with one viewpoint.

    Parameters
    ----------
    solution : QSolution
    interpretation : Interpretation

    Returns
    -------
    dict of int to tuple of int
        Positions, by position of the viewpoint. A statement that sets several apart is with the one that places it furthest from the middle.
    """
    z = solution.scores.z_scores
    readings = [one for one in interpretation.readings if one is not None]
    apart = [(one.viewpoint, placed) for one in readings for placed in one.distinguishing if placed.sure]
    owner: dict[int, int] = {}
    for f, placed in sorted(apart, key=lambda pair: (-abs(z[pair[1].statement, pair[0]]), pair[0])):
        owner.setdefault(placed.statement, f)
    return {
        one.viewpoint: tuple(
            placed.statement
            for placed in sorted((p for p in one.distinguishing if p.sure), key=lambda p: (-round(abs(p.margin), 9), p.statement))
            if owner[placed.statement] == one.viewpoint
        )
        for one in readings
    }


def apart_by_pair(solution: QSolution) -> Array:
    """Which viewpoints differ on which statements by more than chance gives.

    Parameters
    ----------
    solution : QSolution

    Returns
    -------
    ndarray of bool, shape (n, f, f)
        At .05 by studies drawn from the solution, see `qmethod.calibration.pipeline.differing`; by the policy of the analysis where none were drawn.
    """
    if solution.calibration is not None and solution.calibration.errors is not None:
        return differing(solution)
    found: Array = np.zeros((*solution.scores.z_scores.shape, len(solution.labels)), dtype=bool)
    for p, (a, b) in enumerate(solution.contrasts.pairs):
        found[:, a, b] = found[:, b, a] = solution.contrasts.levels[:, p] <= LEVEL
    return found


def claims(solution: QSolution, reading: Reading, theme: Theme, lie: Field, asked: Sequence[Question], names: Sequence[str]) -> tuple[Claim, ...]:
    """What there is to say of a viewpoint on a theme, what matters most first.

    Parameters
    ----------
    solution : QSolution
    reading : Reading
    theme : Theme
    lie : Field
    asked : sequence of Question
    names : sequence of str
        What the viewpoints are called.
    """
    f = reading.viewpoint
    answered = [_answer(f, one, names) for one in asked if _belongs(one, theme) and one.differs and any(f in given for given in one.given)]
    told = {i for one in answered for i in one.statements}
    alone = _alone(solution, f, [i for i in lie.own[f] if i in theme.statements and i not in told], lie.column)
    told |= {i for one in alone for i in one.statements}
    left = [i for i in theme.statements if i not in told and i not in lie.shared]
    unlike = _unlike(solution, f, left, lie, names)
    told |= {i for one in unlike for i in one.statements}
    ends = [
        Claim(kind, tuple(placed.statement for placed in outermost if placed.statement in left and placed.statement not in told)[:TOGETHER])
        for kind, outermost in (("highest", reading.highest), ("lowest", reading.lowest))
    ]
    return (*answered, *alone, *unlike, *(one for one in ends if one.statements), *_nearest(solution, f, theme, lie.column, names))


def _belongs(question: Question, theme: Theme) -> bool:
    """Whether most statements of a declared question are of this theme."""
    every = [i for side in question.statements for i in side]
    return question.origin == "opposition" and 2 * sum(i in theme.statements for i in every) > len(every)


def _answer(f: int, question: Question, names: Sequence[str]) -> Claim:
    n = 0 if f in question.given[0] else 1
    same, others = [names[g] for g in question.given[n] if g != f], [names[g] for g in question.given[1 - n]]
    every = [i for side in question.statements for i in side]
    cited = every if len(every) <= TOGETHER + 1 else question.statements[n]
    kind = "answer" + ("_with" if same else "") + ("_against" if others else "")
    return Claim(
        kind,
        tuple(cited),
        {
            "question": question.title,
            "answer": question.answers[n],
            "same": joined(same),
            "others": joined(others),
            "verb": ngettext("answers", "answer", len(others)),
            "other_answer": question.answers[1 - n],
        },
    )


def _alone(solution: QSolution, f: int, mine: Sequence[int], column: FloatArray) -> list[Claim]:
    """Statements that set it apart, by how its places lie to those of the others."""
    kinds: dict[str, list[int]] = {}
    for i in mine:
        standing = _standing(column[i, f], [column[i, g] for g in defined(solution) if g != f])
        if standing:
            kinds.setdefault(standing, []).append(i)
    return [Claim(kind, tuple(those[:TOGETHER])) for kind, those in kinds.items()]


def _standing(here: float, there: Sequence[float]) -> str:
    """Which claim its column bears out, counted from the middle; none where only z-scores differ, which the table of statements says better."""
    kinds = {
        "alone_above": here > 0 and all(other <= 0 for other in there),
        "alone_below": here < 0 and all(other >= 0 for other in there),
        "alone_middle": here == 0 and all(other != 0 for other in there),
        "higher": all(here > other for other in there),
        "lower": all(here < other for other in there),
        "apart": all(here != other for other in there),
    }
    return next((kind for kind, so in kinds.items() if so), "")


def _unlike(solution: QSolution, f: int, left: Sequence[int], lie: Field, names: Sequence[str]) -> list[Claim]:
    """Statements it places far out, and another viewpoint, beyond chance, does not even put on that side: the other that is furthest away."""
    column, side = lie.column, np.sign(lie.column)
    found = []
    for i in left:
        others = [g for g in defined(solution) if g != f and side[i, g] != side[i, f] and lie.apart[i, f, g]]
        if others and abs(column[i, f]) > FAR:
            g = max(others, key=lambda g: (abs(column[i, f] - column[i, g]), -g))
            found.append((abs(column[i, f] - column[i, g]), i, g))
    return [
        Claim("unlike_above" if side[i, f] > 0 else "unlike_below", (i,), {"name": names[g], "other": place(solution, solution.scores.arrays[i, g])})
        for _, i, g in sorted(found, key=lambda one: (-one[0], one[1]))
    ]


def _nearest(solution: QSolution, f: int, theme: Theme, column: FloatArray, names: Sequence[str]) -> list[Claim]:
    """The viewpoints that are nearest and furthest on a theme, where it is one each."""
    mine, others = list(theme.statements), [g for g in defined(solution) if g != f]
    if not theme.name or len(mine) < TOGETHER or len(others) < 2:
        return []
    apart = sorted((round(float(np.abs(column[mine, f] - column[mine, g]).mean()), 1), g) for g in others)
    if any(a == b for (a, _), (b, _) in (pairwise(apart) if len(apart) == 2 else (apart[:2], apart[-2:]))):
        return []
    near, far = apart[0], apart[-1]
    figures = {"n": statements_counted(len(mine)), "near": decimal(near[0], 1), "far": decimal(far[0], 1)}
    return [Claim("nearest", (), {**figures, "name": names[near[1]], "other": names[far[1]]})]


def sentence(solution: QSolution, f: int, claim: Claim, names: Sequence[str], words: Words, *, first: bool = False) -> str:
    """A claim in words.

    Parameters
    ----------
    solution : QSolution
    f : int
        Position of the viewpoint.
    claim : Claim
    names : sequence of str
    words : mapping of str to str
        The catalogue.
    first : bool, default False
        Whether it begins a paragraph, and so has to say of whom it speaks.
    """
    it = words["this" if first else "it"]
    subject = {"it": it, "It": it[0].upper() + it[1:], "where": words[_where(solution, f, claim)]}
    if claim.kind.startswith("answer"):
        cited = "; ".join(reference(solution, i, f).strip("()") for i in claim.statements)
        return words[claim.kind].format(cited=f"({cited})", **subject, **claim.values)
    items = []
    for n, i in enumerate(claim.statements):
        wording = n == 0
        if claim.kind in ("higher", "lower"):
            items.append(beside(solution, i, f, "elsewhere_lower" if claim.kind == "higher" else "elsewhere_higher", words, wording=wording))
        elif claim.kind == "apart":
            items.append(with_others(solution, i, f, names, words, wording=wording))
        else:
            items.append(quoted(solution, i, f) if wording else reference(solution, i, f))
    partly = claim.kind == "apart" and compared(solution, f) != "all"  # to differ is to be compared, to lie higher or lower is not
    others = words["every_compared" if partly else "every_other" if len(defined(solution)) > 2 else "the_other"]
    return words[claim.kind].format(items=joined(items), others=others, **subject, **claim.values)


def _where(solution: QSolution, f: int, claim: Claim) -> str:
    """Where all statements of a claim lie: in the outermost column, or only on that side."""
    places = {float(solution.scores.arrays[i, f]) for i in claim.statements}
    up = bool(places) and from_middle(solution)[claim.statements[0], f] > 0
    values = solution.scores.grid.values
    if places == {float(values[-1] if up else values[0])}:
        return "top" if up else "bottom"
    return "above" if up else "below"
