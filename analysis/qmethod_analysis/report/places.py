"""How sure the places of statements are: the same blocks in every format."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qmethod.solution import QSolution
from qmethod_analysis.report.blocks import Block, Paragraph, TableBlock
from qmethod_analysis.report.differences import chance
from qmethod_analysis.report.sections import section
from qmethod_analysis.words.labels import place, statement_label
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
        return f"{place(solution, arrays[i, f])}, {chance(float(p.probability[i, f][here][0]))} ({' to '.join(ends)})"

    met = [f"{decimal(float(np.sqrt(found.recovery[f])))} for {name}" for f, name in enumerate(names) if found.recovery[f] == found.recovery[f]]
    first = (
        "The true place of a statement is the one it would have if everybody who holds the viewpoint had taken part. In the studies drawn from this "
        f"solution z-scores correlated with those of the viewpoint they were drawn from by {joined(met)} on average, which is what the "
        "probabilities rest on."
    )
    rows = tuple((statement_label(solution, i), *(cell(i, f) for f in range(len(names)))) for i in range(len(arrays)))
    heads = tuple(f"{label} {name}" for label, name in zip(solution.labels, names, strict=True))
    notes = (f"The place found, how likely it is the true one, and in brackets where that lies with a probability of {p.level:g} or more.",)
    table = TableBlock("How likely each statement truly stands where it was found", ("Statement", *heads), rows, "l" + "r" * len(names), notes)
    return [section("places"), Paragraph(first), table]
