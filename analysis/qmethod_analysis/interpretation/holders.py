"""Who holds a viewpoint: answers of its people beside those of all others, corrected for how many answers are compared.

References
----------
.. [1] Fisher, R. A. (1922). On the interpretation of chi-square from contingency tables, and the calculation of P. Journal of the Royal Statistical
   Society, 85(1), 87-94.
.. [2] Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics, 6(2), 65-70.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from qmethod.brief import brief
from qmethod.method.contrasts import adjust
from qmethod.solution import QSolution
from qmethod_analysis.interpretation.background import Asked
from qmethod_analysis.words.language import _, amount


@dataclass(frozen=True, slots=True)
class Trait:
    """How often an answer is given by those who hold a viewpoint, and by all others of the analysis.

    Parameters
    ----------
    question, answer : str
        The answer is one of the options, or for a number ``above 44``: above the median of all.
    n_here, of_here : int
        Holders who gave it, and who answered.
    n_rest, of_rest : int
        The same of the others.
    p_value : float
        Fisher's exact test, two-sided (Fisher 1922), of this answer alone.
    corrected : float
        The same after Holm's correction over all questions, answers and viewpoints of the study (Holm 1979).
    """

    question: str
    answer: str
    n_here: int
    of_here: int
    n_rest: int
    of_rest: int
    p_value: float
    corrected: float

    __repr__ = brief


def traits(solution: QSolution, definers: Sequence[str], questions: Sequence[Asked]) -> tuple[Trait, ...]:
    """Every answer of the people of a viewpoint beside that of all others, the smallest p-value first; not corrected yet, see `over_all`.

    Parameters
    ----------
    solution : QSolution
    definers : sequence of str
        Names of the defining sorts that hold it.
    questions : sequence of Asked
    """
    names = solution.data.participants
    holders = set(definers)
    found = []
    for asked in questions:
        here = [who for who in names if who in asked.answers and who in holders]
        rest = [who for who in names if who in asked.answers and who not in holders]
        if not here or not rest:
            continue
        for answer, given in _answers(asked, here + rest):
            n_here, n_rest = sum(who in given for who in here), sum(who in given for who in rest)
            p_value = fisher(n_here, len(here), n_rest, len(rest))
            found.append(Trait(asked.label, answer, n_here, len(here), n_rest, len(rest), p_value, p_value))
    return tuple(sorted(found, key=lambda one: (round(one.p_value, 12), one.question, one.answer)))


def _answers(asked: Asked, people: Sequence[str]) -> list[tuple[str, set[str]]]:
    """Each answer and who gave it; of a number, being above the median."""
    if asked.kind == "number":
        numbers = {who: asked.answers[who] for who in people}
        middle = float(np.median([float(value) for value in numbers.values()]))  # type: ignore[arg-type]
        return [(_("above {value}", value=amount(middle)), {who for who, value in numbers.items() if float(value) > middle})]  # type: ignore[arg-type]
    return [(option, {who for who in people if option in asked.answers[who]}) for option in asked.options]  # type: ignore[operator]


def fisher(n_here: int, of_here: int, n_rest: int, of_rest: int) -> float:
    """Two-sided p-value of Fisher's exact test for two shares: the probability of all tables no likelier than this one (Fisher 1922)."""
    total, hits = of_here + of_rest, n_here + n_rest
    ways = math.comb(total, hits)
    chances = {k: math.comb(of_here, k) * math.comb(of_rest, hits - k) for k in range(max(0, hits - of_rest), min(of_here, hits) + 1)}
    return sum(chance for chance in chances.values() if chance <= chances[n_here]) / ways


def over_all(found: Sequence[tuple[Trait, ...]]) -> list[tuple[Trait, ...]]:
    """Correct the p-values of all viewpoints together.

    Where answers have nothing to do with viewpoints, in at most one study in twenty any of them comes out at .05.

    Parameters
    ----------
    found : sequence of tuple of Trait
        Of each viewpoint.
    """
    raw = np.array([one.p_value for each in found for one in each])
    corrected = iter(adjust(raw, "holm").tolist())
    return [tuple(replace(one, corrected=next(corrected)) for one in each) for each in found]
