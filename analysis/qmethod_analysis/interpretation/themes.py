"""The themes by which a viewpoint is told: the researcher's, else the study's groups, else what a viewpoint places above, below and in the middle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qmethod.brief import brief
from qmethod.data import FloatArray
from qmethod.solution import QSolution
from qmethod_analysis.recipe.texts import Theme as Own

if TYPE_CHECKING:  # what a study is takes long to load, and no function here makes one
    from qmethod_studies.definition import Study


@dataclass(frozen=True, slots=True)
class Theme:
    """A part of the statements that a reader has a name for.

    Parameters
    ----------
    name : str
        Empty where the statements themselves are all there is to say what it is about.
    statements : tuple of int
        Their positions.
    """

    name: str
    statements: tuple[int, ...]

    __repr__ = brief


def themes(solution: QSolution, own: Sequence[Own], study: Study | None, language: str) -> tuple[Theme, ...]:
    """Every statement in one theme, those that no theme names in a last one without a name; nothing where nobody made themes.

    Parameters
    ----------
    solution : QSolution
    own : sequence of Own
        The researcher's, which go before those of the study.
    study : Study or None
        Its groups, in their order. A statement of several groups belongs to the first of them.
    language : str
        Of the names of the groups.
    """
    position = {name: i for i, name in enumerate(solution.data.statements)}
    named = [(one.question, one.statements) for one in own]
    if not named and study is not None:
        named = [(group.name.in_(language), study.group(key)) for key, group in study.groups.items()]
    made: list[Theme] = []
    free = set(position.values())
    for name, ids in named:
        mine = tuple(position[one] for one in ids if position.get(one) in free)
        free -= set(mine)
        if mine:
            made.append(Theme(name, mine))
    return (*made, Theme("", tuple(sorted(free)))) if made and free else tuple(made)


def by_side(solution: QSolution, f: int) -> tuple[Theme, ...]:
    """What a viewpoint places above the middle, below it, and in it, as themes without names.

    Parameters
    ----------
    solution : QSolution
    f : int
        Position of the viewpoint.
    """
    side = np.sign(from_middle(solution)[:, f])
    return tuple(Theme("", tuple(np.flatnonzero(side == sign).tolist())) for sign in (1, -1, 0) if (side == sign).any())


def from_middle(solution: QSolution) -> FloatArray:
    """How many columns above the middle of the grid each viewpoint places each statement; NaN for factors that are no viewpoints.

    Parameters
    ----------
    solution : QSolution

    Returns
    -------
    ndarray of shape (n, f)
    """
    values, arrays = np.array(solution.scores.grid.values, dtype=float), solution.scores.arrays
    columns = np.searchsorted(values, np.nan_to_num(arrays)).astype(float) - (len(values) - 1) / 2
    return np.where(np.isnan(arrays), np.nan, columns)
