"""What the report shows, ready to be laid out: a `QSolution` with names in words and numbers in text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from qmethod.data import Array
from qmethod.solution import QSolution
from qmethod_analysis.folder.loaded import Loaded
from qmethod_analysis.interpretation.findings import ALIKE, Finding
from qmethod_analysis.interpretation.phrases import compared
from qmethod_analysis.recipe.recipe import Turn
from qmethod_analysis.tables import solution as tables
from qmethod_analysis.words.labels import defined, place
from qmethod_analysis.words.language import _, number
from qmethod_analysis.words.narrative import decimal
from qmethod_analysis.words.notices import said
from qmethod_analysis.words.placing import Placing, placing, wavering


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign beside a statement and what it means in words."""

    sign: str
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """What the marks beside statements say.

    Parameters
    ----------
    apart : ndarray of bool, shape (n, f)
        Whether a statement distinguishes a viewpoint.
    shared : frozenset of int
        Statements that are common ground.
    loose : ndarray of bool, shape (n, f)
        Whether a statement may truly stand on the other side of the middle; False throughout where that is not known.
    rule : str
        What it means that a statement distinguishes a viewpoint; empty where there is nothing to compare.
    known : bool
        Whether it is known how far places reach.
    """

    apart: Array
    shared: frozenset[int]
    loose: Array
    rule: str
    known: bool


@dataclass(frozen=True, slots=True)
class Card:
    """A statement as a viewpoint sees it."""

    id: str
    text: str
    place: str
    z: str
    others: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    level: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the grid with its statements, in the order of their z-scores."""

    place: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """One viewpoint: its lead, which is the gist or what is drafted in its place; a note on whose words that is; its array; its notices."""

    label: str
    name: str
    number: int
    defined: bool
    lead: str
    note: str
    columns: tuple[Column, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoadingCell:
    """A loading and whether the sort defines the factor by it."""

    value: str
    defines: bool
    negative: bool


@dataclass(frozen=True, slots=True)
class LoadingRow:
    """A sort in the table of loadings."""

    name: str
    cells: tuple[LoadingCell, ...]
    h2: str


def standing(solution: QSolution, ground: Sequence[Finding], ends: Placing | None) -> Standing:
    """What there is to mark: what sets a viewpoint apart, what all share, what may move to the other side.

    Parameters
    ----------
    solution : QSolution
    ground : sequence of Finding
        Where all viewpoints place every statement.
    ends : Placing or None
        How far places reach.
    """
    several = len(defined(solution)) > 1
    shared = frozenset(i for one in ground if one.kind in ALIKE for i in one.statements)
    rule = _apart(solution) if several else ""
    return Standing(~np.isnan(solution.contrasts.distinguishing), shared, wavering(solution, ends), rule, ends is not None)


def _apart(solution: QSolution) -> str:
    """From whom a marked statement sets a viewpoint apart, by which rule."""
    level = number(max(solution.policies.contrast_levels))
    if any(compared(solution, f) != "all" for f in defined(solution)):
        return _("sets this viewpoint apart from every other it could be compared with, by the rule of this analysis")
    if solution.policies.contrast_rule == "cohens-d":
        return _("sets this viewpoint apart from every other, by the rule of this analysis")
    return _("sets this viewpoint apart from every other (p < {level})", level=level)


def standing_of(loaded: Loaded) -> Standing:
    """The same of an analysis and its bootstrap.

    Parameters
    ----------
    loaded : Loaded
    """
    return standing(loaded.solution, loaded.interpretation.ground, placing(loaded.solution, loaded.found))


def viewpoints(loaded: Loaded) -> tuple[Viewpoint, ...]:
    """Every factor of the solution; those that are no viewpoints say so.

    Parameters
    ----------
    loaded : Loaded
        With the researcher's own words.
    """
    marked = standing_of(loaded)
    return tuple(_viewpoint(loaded, f, marked) for f in range(len(loaded.solution.labels)))


def _viewpoint(loaded: Loaded, f: int, marked: Standing) -> Viewpoint:
    solution, called = loaded.solution, loaded.called[f]
    label, scored = solution.labels[f], f in defined(solution)
    notices = tuple(said(notice) for notice in solution.notices if label in notice.factors)
    columns = tuple(reversed(array_columns(solution, f, marked))) if scored else ()
    return Viewpoint(label, called.name, f, scored, called.gist, called.note, columns, notices)


def array_columns(solution: QSolution, f: int, marked: Standing) -> tuple[Column, ...]:
    """The array of a viewpoint, the lowest column first.

    Parameters
    ----------
    solution : QSolution
    f : int
    marked : Standing
    """
    array = solution.scores.arrays[:, f]
    order = np.argsort(solution.scores.ranks[:, f], kind="stable").tolist()
    return tuple(
        Column(place(solution, value), tuple(card(solution, i, f, marked) for i in order if array[i] == value))
        for value in sorted(solution.scores.grid.values)
    )


def card(solution: QSolution, i: int, f: int, marked: Standing) -> Card:
    """Statement `i` as viewpoint `f` sees it.

    Parameters
    ----------
    solution : QSolution
    i, f : int
    marked : Standing
    """
    data, scores = solution.data, solution.scores
    return Card(
        id=data.statements[i],
        text=data.texts[i],
        place=place(solution, scores.arrays[i, f]),
        z=decimal(scores.z_scores[i, f]),
        others=tuple(place(solution, v) for v in scores.arrays[i]),
        marks=_marks(i, f, marked),
        level=tables.level(float(solution.contrasts.distinguishing[i, f])),
    )


def _marks(i: int, f: int, marked: Standing) -> tuple[Mark, ...]:
    said = (
        (marked.apart[i, f], Mark("★", _("sets it apart"))),
        (i in marked.shared, Mark("≈", _("shared"))),
        (marked.loose[i, f], Mark("~", _("may be on the other side"))),
    )
    return tuple(mark for there, mark in said if there)


def loading_rows(solution: QSolution) -> tuple[LoadingRow, ...]:
    """The table of loadings; sorts in the order of the file."""
    rows = []
    for i, name in enumerate(solution.data.participants):
        cells = tuple(LoadingCell(decimal(v), bool(solution.flags[i, f]), v < 0) for f, v in enumerate(solution.loadings[i].tolist()))
        rows.append(LoadingRow(name, cells, decimal(solution.communalities[i])))
    return tuple(rows)


def mark_legend(marked: Standing) -> tuple[Mark, ...]:
    """What the signs on the boards mean.

    Parameters
    ----------
    marked : Standing
    """
    apart = Mark("★", marked.rule)
    shared = Mark("≈", _("shared: all viewpoints place it on one side of the middle, or in one column or two neighbouring ones"))
    loose = Mark("~", _("may truly stand on the other side of the middle"))
    return (*((apart, shared) if marked.rule else ()), *((loose,) if marked.known else ()))


def matrix(values: object) -> tuple[tuple[str, ...], ...]:
    """A square table of numbers, rounded to two decimals."""
    return tuple(tuple(decimal(v) for v in row) for row in np.asarray(values, dtype=float).tolist())


def reasons(solution: QSolution, turns: Sequence[Turn]) -> tuple[str, ...]:
    """Why each rotation by hand was made.

    Parameters
    ----------
    solution : QSolution
    turns : sequence of Turn
        Of the recipe.
    """
    given = (turn.reason.strip() for turn in turns)
    return tuple(reason or _("no reason given") for reason, _turn in zip_longest(given, solution.rotation.by_hand))
