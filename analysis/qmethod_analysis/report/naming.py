"""Sheets for a workshop that names viewpoints: printed, written on by hand, with nothing on them that leads the group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from qmethod.solution import QSolution
from qmethod_analysis.interpretation.crib_sheet import Interpretation, Placed, Reading, interpret
from qmethod_analysis.recipe.recipe import Recipe
from qmethod_analysis.recipe.texts import Texts
from qmethod_analysis.report import view
from qmethod_analysis.report.html import environment, frame
from qmethod_analysis.report.paper import fitting, height
from qmethod_analysis.words.labels import place, statement_label, viewpoint_names
from qmethod_analysis.words.language import N_, _, draft_note, language, ngettext
from qmethod_analysis.words.narrative import no_viewpoints
from qmethod_analysis.words.placing import placing

APART, LEAST_APART = 8, 3
"""Statements that set a viewpoint apart, shown on its sheet: at most, and where wordings are long at least; all are marked in its array."""
EXTREMES = 4
"""Statements shown from each end, at least, where a grid has so few places there."""
PAPER = 255.0, 160.0
"""Room for an array on one side of a sheet, in mm: what A4 and Letter in landscape both have within their margins and under the heading."""
BACK = 112.0, 145.0
"""Width of the left half of the back, in mm, and the height in it without headings."""
MM = 72 / 25.4
"""A mm in points."""

QUESTIONS = (
    (N_("A name for this viewpoint"), 1),
    (N_("Its gist, in one sentence"), 2),
    (N_("What logic holds this together?"), 4),
    (N_("What would this person never say?"), 3),
    (N_("Who in the group sees it differently, and how?"), 3),
    (N_("Date, and who was there"), 2),
)
"""What is asked, and the number of lines to write on."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is printed for one viewpoint.

    Parameters
    ----------
    label, name : str
        The name is the researcher's; ``Viewpoint 2`` where there is none.
    named : bool
        Whether the researcher gave it.
    n_defining : int
    n_negative : int
        Of these, opponents.
    columns : tuple of view.Column
        The array, lowest place first.
    size : float or None
        Of its text in points; None where it does not fit on one side and is printed row by row.
    highest, lowest : tuple of view.Card
    apart : tuple of tuple (view.Card, tuple of str)
        What sets it apart, the widest distance first, with the places in the other viewpoints.
    n_apart : int
        How many statements distinguish it.
    """

    label: str
    name: str
    named: bool
    n_defining: int
    n_negative: int
    columns: tuple[view.Column, ...]
    size: float | None
    highest: tuple[view.Card, ...]
    lowest: tuple[view.Card, ...]
    apart: tuple[tuple[view.Card, tuple[str, ...]], ...]
    n_apart: int


def page(solution: QSolution, recipe: Recipe, texts: Texts | None = None) -> str:
    """The page.

    Parameters
    ----------
    solution : QSolution
    recipe : Recipe
        For the title, and names the researcher gave.
    texts : Texts, optional
        The researcher's own words; of these only title and names stand on the sheets, and go before those of the recipe.
    """
    return environment().get_template("naming.html").render(css=frame()["css"], **context(solution, recipe, texts or Texts())) + "\n"


def context(solution: QSolution, recipe: Recipe, texts: Texts) -> dict[str, Any]:
    """Everything the template shows."""
    said = interpret(solution)
    given = {**dict(recipe.names), **texts.names}
    names = dict(zip(solution.labels, viewpoint_names(solution, given), strict=True))
    title = texts.title or recipe.title or solution.data.origin().name
    readings = [reading for reading in said.readings if reading is not None]
    marked = view.standing(solution, said.ground, placing(solution, None))
    sheets = tuple(sheet(solution, reading, [one.viewpoint for one in readings], names, given, marked) for reading in readings)
    return {
        "title": _("Naming the viewpoints: {study}", study=title),
        "study": title,
        "sheets": sheets,
        "undefined": no_viewpoints(solution),
        "n_notices": len(solution.notices),
        "questions": [(_(question), n) for question, n in QUESTIONS],
        "halves": _halves(solution, said, marked),
        "legend": "; ".join(f"{mark.sign} {mark.words}" for mark in view.mark_legend(marked)),
        "middle": _middle(solution),
        "n_statements": solution.data.n_statements,
        "draft": draft_note(),
        "language": language(),
        "labels": [one.label for one in sheets],
        "width_for_board": f"{8 * len(solution.scores.grid.values)}rem",
    }


def sheet(
    solution: QSolution, reading: Reading, defined: Sequence[int], names: Mapping[str, str], given: Mapping[str, str], marked: view.Standing
) -> Sheet:
    """The sheet of one viewpoint.

    Parameters
    ----------
    solution : QSolution
    reading : Reading
        Of the viewpoint.
    defined : sequence of int
        Positions of all viewpoints that have an array.
    names, given : mapping of str to str
        What factors are called, by label, and the names among these that the researcher gave.
    marked : Standing
        What the marks beside statements say.
    """
    f = reading.viewpoint
    factor = solution.factors[f]
    columns = view.array_columns(solution, f, marked)
    order = np.argsort(solution.scores.ranks[:, f], kind="stable").tolist()
    n = max(EXTREMES, len(reading.highest)), max(EXTREMES, len(reading.lowest))
    highest, lowest = _cards(solution, f, order[: n[0]], marked), _cards(solution, f, order[: -n[1] - 1 : -1], marked)
    apart = _cards(solution, f, (one.statement for one in _apart(reading)), marked)
    return Sheet(
        label=factor.label,
        name=names[factor.label],
        named=names[factor.label] == given.get(factor.label),
        n_defining=len(reading.definers),
        n_negative=sum(one.negative for one in reading.definers),
        columns=columns,
        size=fitting([[_words(card) for card in column.cards] for column in columns], (PAPER[0] * MM, PAPER[1] * MM)),
        highest=highest,
        lowest=lowest,
        apart=tuple((card, tuple(card.others[other] for other in defined if other != f)) for card in apart[: _room((*highest, *lowest), apart)]),
        n_apart=len(reading.distinguishing),
    )


def _apart(reading: Reading) -> Sequence[Placed]:
    """Distinguishing statements by distance to the nearest other viewpoint; where they are few, what stands higher or lower than anywhere else."""
    distant = sorted(reading.distinguishing, key=lambda one: (-round(abs(one.margin), 9), one.statement))
    known = {one.statement for one in distant}
    others = sorted(
        (one for one in (*reading.higher, *reading.lower) if one.statement not in known), key=lambda one: (-round(abs(one.margin), 9), one.statement)
    )
    return [*distant, *others][:APART]


def _room(ends: Sequence[view.Card], apart: Sequence[view.Card]) -> int:
    """How many statements that set a viewpoint apart fit under those from its ends, in the left half of a sheet."""
    left = BACK[1] * MM - height(map(_words, ends), BACK[0] * MM, 9.0)
    for n, card in enumerate(apart):
        left -= height([_words(card)], (BACK[0] - 20) * MM, 8.0)
        if left < 0:
            return max(n, LEAST_APART)
    return len(apart)


def _cards(solution: QSolution, f: int, statements: Iterable[int], marked: view.Standing) -> tuple[view.Card, ...]:
    return tuple(view.card(solution, int(i), f, marked) for i in statements)


def _words(card: view.Card) -> str:
    """All that stands on a card of the array."""
    return " ".join([card.id, card.text, *(mark.sign for mark in card.marks)])


def _halves(solution: QSolution, said: Interpretation, marked: view.Standing) -> list[tuple[str, list[tuple[str, list[str], str]]]]:
    """All statements with their places in every defined viewpoint: the half on which they part most, and the half on which they are closest."""
    defined = [f for f, reading in enumerate(said.readings) if reading is not None]
    rows = [
        (
            statement_label(solution, i),
            [place(solution, solution.scores.arrays[i, f]) for f in defined],
            "≈" if i in marked.shared else "",
        )
        for i in (divide.statement for divide in said.divides)
    ]
    half = -(-len(rows) // 2)
    return [(_("Where they part most"), rows[:half]), (_("Where they are closest"), rows[half:])] if rows else []


def _middle(solution: QSolution) -> str:
    """How places are to be read."""
    low, high = (place(solution, value) for value in (solution.scores.grid.values[0], solution.scores.grid.values[-1]))
    n = len(solution.scores.grid.values)
    return ngettext("Places go from {low} to {high}, {n} column.", "Places go from {low} to {high}, {n} columns.", n, low=low, high=high)
