"""How viewpoints are called and coloured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qmethod.errors import DataError, Fault
from qmethod.solution import Factor, QSolution, Viewpoints

OKABE_ITO = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#000000")
MARKERS = (
    "circle",
    "square",
    "triangle",
    "diamond",
    "triangle-down",
    "plus",
    "cross",
    "star",
    "triangle-left",
    "triangle-right",
    "pentagon",
    "hexagon",
)


def colour(position: int) -> str:
    """The fixed colour of the viewpoint at this position; they repeat after eight, the markers after twelve."""
    return OKABE_ITO[position % len(OKABE_ITO)]


def marker(position: int) -> str:
    """The fixed shape of the points of the viewpoint at this position."""
    return MARKERS[position % len(MARKERS)]


def default_name(factor: Factor) -> str:
    """``Viewpoint 2``, or for a pole of a split factor ``Viewpoint 2, negative pole``."""
    number = factor.label[1:] if factor.pole == "both" else str(factor.source + 1)
    return f"Viewpoint {number}" + ("" if factor.pole == "both" else f", {factor.pole} pole")


def viewpoint_names(factors: Sequence[Factor], names: Mapping[str, str]) -> tuple[str, ...]:
    """The name of each viewpoint: the researcher's where given, else `default_name`.

    Parameters
    ----------
    factors : sequence of Factor
    names : mapping of str to str
        Label to name.

    Raises
    ------
    DataError
        If a label does not exist.
    """
    labels = [factor.label for factor in factors]
    faults = [
        Fault(f"there is no factor {label!r} to call {name!r}", advice=f"The factors are {', '.join(labels)}.")
        for label, name in names.items()
        if label not in labels
    ]
    if faults:
        raise DataError(faults)
    return tuple(names.get(factor.label) or default_name(factor) for factor in factors)


def statement_label(solution: QSolution, position: int) -> str:
    """A statement's id and text, as far as the text is known."""
    text = solution.data.texts[position]
    return f"{solution.data.statements[position]}. {text}" if text else solution.data.statements[position]


def place(solution: Viewpoints, value: float) -> str:
    """A place in the grid as the field writes it: ``+4``, ``0``, ``−2``; without plus signs where no place is negative; a dash for NaN."""
    if value != value:
        return "–"
    number = int(value) if float(value).is_integer() else value
    plus = solution.scores.grid.values[0] < 0 < number
    return f"{number:+}" if plus else str(number).replace("-", "−")
