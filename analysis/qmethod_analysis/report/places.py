"""How sure the places of statements are: the same blocks in every format."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qmethod.solution import QSolution
from qmethod_analysis.report.blocks import Block, Paragraph, TableBlock
from qmethod_analysis.report.differences import chance
from qmethod_analysis.report.sections import section
from qmethod_analysis.words.labels import place, statement_label
from qmethod_analysis.words.language import _, number
from qmethod_analysis.words.narrative import decimal, joined


def places(solution: QSolution, names: Sequence[str]) -> list[Block]:
    """How likely each place is the true one, and between which places that is; nothing without studies drawn from the solution.

    Parameters
    ----------
    solution : QSolution
    names : sequence of str
        Of the viewpoints.
    """
    found = solution.calibration
    if found is None or np.isnan(found.places.low).all():
        return []
    values, arrays, p = found.places.values, solution.scores.arrays, found.places

    def cell(i: int, f: int) -> str:
        here = values == arrays[i, f]
        if np.isnan(p.low[i, f]) or not here.any():
            return place(solution, arrays[i, f])
        ends = dict.fromkeys(place(solution, value) for value in (p.low[i, f], p.high[i, f]))
        return f"{place(solution, arrays[i, f])}, {chance(float(p.probability[i, f][here][0]))} ({_to(list(ends))})"

    met = [
        _("{r} for {name}", r=decimal(float(np.sqrt(found.recovery[f]))), name=name)
        for f, name in enumerate(names)
        if found.recovery[f] == found.recovery[f]
    ]
    first = _(
        "The true place of a statement is the one it would have if everybody who holds the viewpoint had taken part. In the studies drawn from this "
        "solution z-scores correlated with those of the viewpoint they were drawn from by {correlations} on average, which is what the "
        "probabilities rest on.",
        correlations=joined(met),
    )
    rows = tuple((statement_label(solution, i), *(cell(i, f) for f in range(len(names)))) for i in range(len(arrays)))
    heads = tuple(f"{label} {name}" for label, name in zip(solution.labels, names, strict=True))
    note = _(
        "The place found, how likely it is the true one, and in brackets where that lies with a probability of {level} or more.",
        level=number(p.level),
    )
    caption = _("How likely each statement truly stands where it was found")
    table = TableBlock(caption, (_("Statement"), *heads), rows, "l" + "r" * len(names), (note,))
    return [section("places"), Paragraph(first), table]


def _to(ends: Sequence[str]) -> str:
    """A place, or the two between which it lies."""
    return _("{low} to {high}", low=ends[0], high=ends[1]) if len(ends) > 1 else ends[0]
