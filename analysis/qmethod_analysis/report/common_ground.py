"""Common ground in a report: where all viewpoints stand, in groups; the same blocks in every format."""

from __future__ import annotations

from collections.abc import Sequence

from qmethod.solution import QSolution
from qmethod_analysis.interpretation.findings import Finding, summary
from qmethod_analysis.report.blocks import Block, Paragraph, TableBlock
from qmethod_analysis.report.differences import bounds, chance
from qmethod_analysis.report.sections import section
from qmethod_analysis.words.labels import defined, place, statement_label


def common(solution: QSolution, found: Sequence[Finding]) -> list[Block]:
    """The section; nothing with fewer than two viewpoints.

    Parameters
    ----------
    solution : QSolution
    found : sequence of Finding
        From `qmethod_analysis.interpretation.findings.common_ground`.
    """
    if not found:
        return []
    return [section("common"), Paragraph(summary(found)), *(_group(solution, one) for one in found)]


def _group(solution: QSolution, one: Finding) -> TableBlock:
    shown, far = defined(solution), bounds(solution)
    sided = one.kind in ("above", "below", "leaning") and one.probability[0] == one.probability[0]
    header = ("Statement", *(solution.labels[f] for f in shown), *(("P(that side)",) if sided else ()), *(("Differ by at most, z",) if far else ()))
    rows = tuple(
        (
            statement_label(solution, i),
            *(place(solution, solution.scores.arrays[i, f]) for f in shown),
            *((chance(p),) if sided else ()),
            *((far[solution.data.statements[i]],) if far else ()),
        )
        for i, p in zip(one.statements, one.probability, strict=True)
    )
    notes = ("P(that side): that the true z-scores of all viewpoints lie on that side of their mean, 0.",) if sided else ()
    heads = (None, *shown, *((None,) * (len(header) - 1 - len(shown))))
    return TableBlock(one.sentence, header, rows, "l" + "r" * (len(header) - 1), notes, viewpoints=heads)
