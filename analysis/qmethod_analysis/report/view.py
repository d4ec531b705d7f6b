"""What the report shows, ready to be laid out: a `QSolution` with names in words and numbers in text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from qmethod.solution import QSolution
from qmethod_analysis.folder.loaded import Loaded
from qmethod_analysis.recipe.recipe import Turn
from qmethod_analysis.tables import solution as tables
from qmethod_analysis.words.labels import defined, place
from qmethod_analysis.words.narrative import decimal


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign beside a statement and what it means in words."""

    sign: str
    words: str


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


def viewpoints(loaded: Loaded) -> tuple[Viewpoint, ...]:
    """Every factor of the solution; those that are no viewpoints say so.

    Parameters
    ----------
    loaded : Loaded
        With the researcher's own words.
    """
    return tuple(_viewpoint(loaded, f) for f in range(len(loaded.solution.labels)))


def _viewpoint(loaded: Loaded, f: int) -> Viewpoint:
    solution, called = loaded.solution, loaded.called[f]
    label, scored = solution.labels[f], f in defined(solution)
    notices = tuple(notice.message for notice in solution.notices if label in notice.factors)
    return Viewpoint(label, called.name, f, scored, called.gist, called.note, _columns(solution, f) if scored else (), notices)


def _columns(solution: QSolution, f: int) -> tuple[Column, ...]:
    array, ranks = solution.scores.arrays[:, f], solution.scores.ranks[:, f]
    order = np.argsort(ranks, kind="stable")
    return tuple(
        Column(place(solution, value), _cards(solution, f, [int(i) for i in order if array[i] == value]))
        for value in sorted(solution.scores.grid.values, reverse=True)
    )


def _cards(solution: QSolution, f: int, statements: Sequence[int]) -> tuple[Card, ...]:
    return tuple(card(solution, int(i), f) for i in statements)


def card(solution: QSolution, i: int, f: int) -> Card:
    """Statement `i` as viewpoint `f` sees it."""
    data, scores = solution.data, solution.scores
    distinguishing = float(solution.contrasts.distinguishing[i, f])
    marks = []
    if not math.isnan(distinguishing):
        stars = next(n for n, level in enumerate(solution.policies.contrast_levels, 1) if level <= distinguishing + 1e-15)
        marks.append(Mark("★" * stars, f"distinguishing at {distinguishing:g}"))
    if solution.contrasts.consensus[i]:
        marks.append(Mark("≈", "consensus"))
    return Card(
        id=data.statements[i],
        text=data.texts[i],
        place=place(solution, scores.arrays[i, f]),
        z=decimal(scores.z_scores[i, f]),
        others=tuple(place(solution, v) for v in scores.arrays[i]),
        marks=tuple(marks),
        level=tables.level(distinguishing),
    )


def loading_rows(solution: QSolution) -> tuple[LoadingRow, ...]:
    """The table of loadings; sorts in the order of the file."""
    rows = []
    for i, name in enumerate(solution.data.participants):
        cells = tuple(LoadingCell(decimal(v), bool(solution.flags[i, f]), v < 0) for f, v in enumerate(solution.loadings[i].tolist()))
        rows.append(LoadingRow(name, cells, decimal(solution.communalities[i])))
    return tuple(rows)


def mark_legend(solution: QSolution) -> tuple[Mark, ...]:
    """What the signs on the boards mean."""
    if len(defined(solution)) < 2:
        return ()
    levels = [
        Mark("★" * n, f"distinguishes this viewpoint from every other (p < {level:g})")
        for n, level in enumerate(solution.policies.contrast_levels, 1)
    ]
    shown = solution.policies.consensus_rule == "equivalent"
    consensus = "consensus: all viewpoints were shown to be alike" if shown else "consensus: no difference between viewpoints was found"
    return (*levels, Mark("≈", consensus))


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
    return tuple(reason or "no reason given" for reason, _ in zip_longest(given, solution.rotation.by_hand))
