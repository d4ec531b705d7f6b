"""What survives other choices, as one HTML page."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from qmethod.matching.multiverse import SURVIVES, Choice, Conclusion, Multiverse
from qmethod.wording import counted
from qmethod_analysis.pictures import figures
from qmethod_analysis.recipe.recipe import Recipe
from qmethod_analysis.report.html import LONG, environment, frame
from qmethod_analysis.tables import multiverse as sensitivity
from qmethod_analysis.words.labels import colour, place, statement_label, viewpoint_names
from qmethod_analysis.words.narrative import decimal, viewpoints_counted

KINDS = {
    "highest": "Highest places",
    "lowest": "Lowest places",
    "distinguishing": "Distinguishing statements",
    "defining": "Defining sorts",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A conclusion in a table.

    Parameters
    ----------
    name : str
        What it is about.
    held : str
        In how many analyses it holds, of how many.
    percent : int
    survives : bool
    """

    name: str
    held: str
    percent: int
    survives: bool


def page(made: Multiverse, recipe: Recipe, least: float = SURVIVES) -> str:
    """The page.

    Parameters
    ----------
    made : Multiverse
    recipe : Recipe
        For title and names.
    least : float, default 0.9
        From which share on a conclusion survives.
    """
    template = environment().get_template("multiverse.html")
    return template.render(**frame(), **context(made, recipe, least)) + "\n"


def context(made: Multiverse, recipe: Recipe, least: float) -> dict[str, Any]:
    """Everything the template shows."""
    reference = made.reference
    names = viewpoint_names(reference, dict(recipe.names))
    solved = made.solved
    picture = figures.specification_curve(made, names)
    found = {one.viewpoint: one for one in made.conclusions if one.kind == "found"}
    words = " ".join(f"{names[j]} is found in {one.n_held} of {one.n_counted} analyses." for j, one in found.items())
    return {
        "title": f"What survives other choices: {recipe.title or reference.data.origin().name}",
        "sentences": sensitivity.sentences(made, names, least),
        "n": len(made.analyses),
        "least": round(100 * least),
        "curve": picture.svg("curve", "Congruence of each viewpoint in every analysis", words),
        "choices": _choices(made),
        "viewpoints": [
            {
                "name": name,
                "label": reference.labels[j],
                "colour": colour(j),
                "found": _row("", found[j], least) if j in found else None,
                "parts": [(title, _rows(made, kind, j, least)) for kind, title in KINDS.items()],
            }
            for j, name in enumerate(names)
        ],
        "counted": viewpoints_counted(reference),
        "notices": [notice.message for notice in reference.notices],
        "consensus": _rows(made, "consensus", -1, least),
        "positions": _positions(made),
        "failures": [(_in_words(one.choice), one.failure) for one in made.analyses if one.failure],
        "n_solved": len(solved),
        "long": LONG,
        "colours": [colour(j) for j in range(len(names))],
    }


def _row(name: str, one: Conclusion, least: float) -> Row:
    percent = round(100 * one.share) if one.n_counted else 0
    return Row(name, f"{one.n_held} of {one.n_counted}", percent, sensitivity.survives(one, least))


def _rows(made: Multiverse, kind: str, viewpoint: int, least: float) -> list[Row]:
    """Conclusions of one kind about one viewpoint, those that hold most often first."""
    mine = [one for one in made.conclusions if one.kind == kind and one.viewpoint == viewpoint]
    mine.sort(key=lambda one: (-one.share if one.n_counted else 1.0, one.item))
    return [_row(sensitivity.item_name(made, one) if kind == "defining" else statement_label(made.reference, one.item), one, least) for one in mine]


def _choices(made: Multiverse) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    """For each choice that was varied: its options, and the median congruence with each viewpoint."""
    tables = [made.by_choice(j) for j in range(len(made.reference.labels))]
    found = []
    for name, title in sensitivity.CHOICES.items():
        options = list(tables[0][name])
        if len(options) > 1:
            found.append((title, [(option, [decimal(table[name][option]) for table in tables]) for option in options]))
    return found


def _positions(made: Multiverse) -> list[tuple[str, list[str]]]:
    """For each statement its place in each viewpoint, and between which places it lies where the viewpoint is found."""
    rows = iter(sensitivity.positions_table(made).rows)
    by_viewpoint = [[next(rows) for _ in made.reference.data.statements] for _ in made.reference.labels]
    found = []
    for i in range(made.reference.data.n_statements):
        cells = []
        for column in by_viewpoint:
            own, low, high = (place(made.reference, math.nan if cell is None else float(cell)) for cell in (column[i][2], column[i][3], column[i][5]))
            cells.append(own if own == low == high else f"{own} ({low} to {high})")
        found.append((statement_label(made.reference, i), cells))
    return found


def _in_words(choice: Choice) -> str:
    return f"{counted(choice.n_factors, 'factor')}, {choice.extraction}, {choice.rotation}, {choice.flags}"
