"""What the report shows, ready to be laid out: a `QSolution` with names in words and numbers in text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from qmethod.method.contrasts import RelativeRanks, relative_ranks
from qmethod.solution import QSolution
from qmethod_analysis.folder.loaded import Loaded
from qmethod_analysis.interpretation import story
from qmethod_analysis.interpretation.background import Comment
from qmethod_analysis.interpretation.called import PROGRAM
from qmethod_analysis.interpretation.crib_sheet import Proposed
from qmethod_analysis.interpretation.holders import Trait
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
class Definer:
    """A sort that defines a viewpoint."""

    name: str
    loading: str
    negative: bool


@dataclass(frozen=True, slots=True)
class Remark:
    """What a defining sorter wrote about a card."""

    card: Card
    who: str
    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """One viewpoint: its gist, the researcher's or a published one, and whose words it is; the researcher's story; and the drafted sentences.

    Empty where there is none. `lead` is the gist, or where there is none, what is drafted from the figures in its place.
    """

    label: str
    name: str
    number: int
    defined: bool
    gist: str
    lead: str
    note: str
    borrowed: str
    story: tuple[str, ...]
    sentences: tuple[str, ...]
    proposed: Proposed | None
    people: tuple[Trait, ...]
    comments: tuple[Remark, ...]
    definers: tuple[Definer, ...]
    columns: tuple[Column, ...]
    distinguishing: tuple[Card, ...]
    crib: tuple[tuple[str, tuple[Card, ...]], ...]
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


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A statement in all viewpoints."""

    id: str
    text: str
    cards: tuple[Card, ...]
    consensus: bool


def viewpoints(loaded: Loaded) -> tuple[Viewpoint, ...]:
    """Every factor of the solution; those that are no viewpoints say so.

    Parameters
    ----------
    loaded : Loaded
        With the researcher's own words.
    """
    return tuple(_viewpoint(loaded, f, sheet) for f, sheet in enumerate(relative_ranks(loaded.solution)))


def _viewpoint(loaded: Loaded, f: int, sheet: RelativeRanks | None) -> Viewpoint:
    solution, told, reading = loaded.solution, loaded.told[f], loaded.interpretation.readings[f]
    label, called = solution.labels[f], loaded.called[f]
    found = solution.contrasts.distinguishing[:, f]
    by_distance = sorted(np.flatnonzero(~np.isnan(found)).tolist(), key=lambda i: (found[i], -abs(solution.scores.z_scores[i, f]), i))
    crib = () if sheet is None else tuple((words, _cards(solution, f, getattr(sheet, group))) for group, words in tables.CRIB_SHEET.items())
    position = {participant: i for i, participant in enumerate(solution.data.participants)}
    return Viewpoint(
        label=label,
        name=called.name,
        number=f,
        defined=sheet is not None,
        gist="" if called.told_by == PROGRAM else called.gist,
        lead=called.gist,
        note=called.note,
        borrowed=called.borrowed,
        story=tuple(line.strip() for line in called.story.split("\n\n") if line.strip()),
        sentences=tuple(sentence.text for sentence in told.sentences),
        proposed=reading.proposed if reading else None,
        people=reading.traits if reading else (),
        comments=tuple(_remark(solution, f, one) for one in (reading.comments if reading else ())),
        definers=tuple(_definer(solution, p, position[p], f) for p in solution.defining(f)),
        columns=_columns(solution, f) if sheet is not None else (),
        distinguishing=_cards(solution, f, by_distance),
        crib=tuple((words, cards) for words, cards in crib if cards),
        notices=tuple(notice.message for notice in solution.notices if label in notice.factors),
    )


def _remark(solution: QSolution, f: int, one: Comment) -> Remark:
    there = "" if one.place is None else place(solution, one.place)
    return Remark(card(solution, solution.data.statements.index(one.statement), f), one.participant, there, one.text)


@dataclass(frozen=True, slots=True)
class Parting:
    """What viewpoints share and where they part: sentences, the statements that part them most, and what they make of each tag."""

    shared: tuple[str, ...]
    sentences: tuple[str, ...]
    rows: tuple[StatementRow, ...]
    tags: tuple[tuple[str, int, tuple[str, ...]], ...]


MOST_PARTING = 10
"""Statements in the table of those that part the viewpoints."""


def parting(loaded: Loaded) -> Parting | None:
    """Where viewpoints agree and part; None where there are not two that can.

    Parameters
    ----------
    loaded : Loaded
    """
    solution, found = loaded.solution, loaded.interpretation
    if not found.divides:
        return None
    rows = statement_rows(solution)
    return Parting(
        tuple(one.text for one in story.shared(solution, found)),
        tuple(one.text for one in story.parting(solution, found, loaded.names)),
        tuple(rows[one.statement] for one in found.divides[:MOST_PARTING]),
        tuple((one.tag, one.n, tuple(decimal(value) for value in one.means)) for one in found.tags),
    )


def _definer(solution: QSolution, name: str, sort: int, f: int) -> Definer:
    loading = float(solution.loadings[sort, f])
    return Definer(name, decimal(loading), loading < 0)


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


def statement_rows(solution: QSolution) -> tuple[StatementRow, ...]:
    """The table of statements with their place and z-score in every viewpoint."""
    data = solution.data
    return tuple(
        StatementRow(
            data.statements[i],
            data.texts[i],
            tuple(card(solution, i, f) for f in range(len(solution.factors))),
            bool(solution.contrasts.consensus[i]),
        )
        for i in range(data.n_statements)
    )


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
