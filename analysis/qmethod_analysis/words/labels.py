"""How viewpoints are called and coloured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from qmethod.errors import DataError, Fault, Setting
from qmethod.names import folded
from qmethod.solution import Factor, QSolution, Viewpoints
from qmethod_analysis.words.language import N_, _, number

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


_UNNAMED = {
    (True, "both"): N_("Viewpoint {number}"),
    (True, "positive"): N_("Viewpoint {number}, positive pole"),
    (True, "negative"): N_("Viewpoint {number}, negative pole"),
    (False, "both"): N_("Factor {number}"),
    (False, "positive"): N_("Factor {number}, positive pole"),
    (False, "negative"): N_("Factor {number}, negative pole"),
}


def colour(position: int) -> str:
    """The fixed colour of the viewpoint at this position; they repeat after eight, the markers after twelve."""
    return OKABE_ITO[position % len(OKABE_ITO)]


def shade(position: int) -> str:
    """The class that holds this colour in a style sheet."""
    return f"v{position % len(OKABE_ITO)}"


def marker(position: int) -> str:
    """The fixed shape of the points of the viewpoint at this position."""
    return MARKERS[position % len(MARKERS)]


def defined(solution: Viewpoints) -> tuple[int, ...]:
    """Positions of the viewpoints: the factors that have scores. One that no sort defines, or whose sorts cancel each other out, is none.

    Parameters
    ----------
    solution : Viewpoints
    """
    return tuple(np.flatnonzero(~np.isnan(solution.scores.z_scores).any(axis=0)).tolist())


def default_name(factor: Factor, viewpoint: bool = True) -> str:
    """``Viewpoint 2``, or for a pole of a split factor ``Viewpoint 2, negative pole``; ``Factor 2`` for one that is no viewpoint.

    Parameters
    ----------
    factor : Factor
    viewpoint : bool, default True
        Whether it has scores.
    """
    which = factor.label[1:] if factor.pole == "both" else str(factor.source + 1)
    return _(_UNNAMED[viewpoint, factor.pole], number=which)


def viewpoint_names(solution: Viewpoints, names: Mapping[str, str], proposed: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The name of each factor, no two of them the same to a reader: the researcher's, else a proposed one, else `default_name`.

    Parameters
    ----------
    solution : Viewpoints
    names : mapping of str to str
        Label to name, by the researcher; a blank name is none.
    proposed : mapping of str to str, optional
        Label to name, by somebody else. One that is also the name of another factor is passed over.

    Raises
    ------
    DataError
        If a label does not exist, or the researcher gave one name twice or the name that another factor has without one.
    """
    labels = solution.labels
    faults = [
        Fault(f"there is no factor {label!r} to call {name!r}", advice=f"The factors are {', '.join(labels)}.")
        for label, name in names.items()
        if label not in labels
    ]
    given = {label: name for label, name in names.items() if folded(name)}
    faults += same_names(given)
    faults += [fault for factor in solution.factors if factor.label in given for fault in _of_another(given[factor.label], factor, solution.factors)]
    if faults:
        raise DataError(faults)
    scored = defined(solution)
    own = {factor.label: default_name(factor, f in scored) for f, factor in enumerate(solution.factors)}
    offered = {label: name for label, name in (proposed or {}).items() if label not in given and folded(name)}
    heard = Counter(folded(name) for name in (*offered.values(), *given.values()))
    heard.update(folded(name) for factor in solution.factors for name in _without_name(factor))
    return tuple(given.get(label) or (offered[label] if label in offered and heard[folded(offered[label])] == 1 else own[label]) for label in labels)


def same_names(names: Mapping[str, str]) -> list[Fault]:
    """A fault for each name that two factors were given.

    Parameters
    ----------
    names : mapping of str to str
        Label to name.
    """
    first: dict[str, str] = {}
    faults = []
    for label, name in names.items():
        other = first.setdefault(folded(name), label)
        if other != label:
            spelt = "" if names[other] == name else f" and {name!r}, which reads the same"
            given = Setting("name", call="`names`")
            advice = f"Give each viewpoint a name of its own: with {given}, under [names] in analysis.toml, or in report.toml."
            faults.append(Fault(f"{other} and {label} have one name: {names[other]!r}{spelt}", advice=advice, settings=(given,)))
    return faults


def _of_another(name: str, factor: Factor, factors: Sequence[Factor]) -> list[Fault]:
    """A fault where a name is what another factor is called before it has one."""
    advice = f"Give {factor.label} a name that is no label, nor what a factor without a name is called."
    return [
        Fault(f"{factor.label} cannot be called {name!r}: that stands for {other.label}", advice=advice)
        for other in factors
        if other is not factor and folded(name) in {folded(one) for one in (other.label, *_without_name(other))}
    ]


def _without_name(factor: Factor) -> tuple[str, str]:
    return default_name(factor), default_name(factor, viewpoint=False)


def statement_label(solution: QSolution, position: int) -> str:
    """A statement's id and text, as far as the text is known."""
    text = solution.data.texts[position]
    return f"{solution.data.statements[position]}. {text}" if text else solution.data.statements[position]


def place(solution: Viewpoints, value: float) -> str:
    """A place in the grid as the field writes it: ``+4``, ``0``, ``−2``; without plus signs where no place is negative; a dash for NaN."""
    if value != value:
        return "–"
    whole = int(value) if float(value).is_integer() else value
    plus = solution.scores.grid.values[0] < 0 < whole
    return number(whole, "+" if plus else "").replace("-", "−")
