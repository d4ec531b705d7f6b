"""What all viewpoints place alike by the classical rule, and the statements over which they part most, in words."""

from __future__ import annotations

import math
from collections.abc import Sequence

from qmethod.solution import QSolution
from qmethod_analysis.interpretation.crib_sheet import CHANCE, Interpretation
from qmethod_analysis.interpretation.phrases import MOST, first_of, phrases
from qmethod_analysis.interpretation.story import Sentence
from qmethod_analysis.words.labels import place
from qmethod_analysis.words.narrative import decimal, found_alike, in_a_row, joined


def shared(solution: QSolution, interpretation: Interpretation) -> tuple[Sentence, ...]:
    """What all viewpoints place alike, in words.

    Parameters
    ----------
    solution : QSolution
    interpretation : Interpretation
    """
    words = phrases()
    if not interpretation.divides:
        return ()
    if not interpretation.consensus:
        return (Sentence("consensus_none", found_alike(solution, 0)),)
    items = [_spread(solution, i) for i in interpretation.consensus]
    kind = "alike" if solution.policies.consensus_rule == "equivalent" else "consensus"
    return (Sentence(kind, words[kind].format(items=first_of(items, words))),)


def parting(solution: QSolution, interpretation: Interpretation, names: Sequence[str]) -> tuple[Sentence, ...]:
    """Where viewpoints part, in words.

    Parameters
    ----------
    solution : QSolution
    interpretation : Interpretation
    names : sequence of str
    """
    words = phrases()
    if not interpretation.divides:
        return ()
    items = []
    for one in interpretation.divides[:MOST]:
        array = solution.scores.arrays[one.statement]
        ends = in_a_row(f"{names[g]}: {place(solution, array[g])}" for g in (one.highest, one.lowest))
        text = solution.data.texts[one.statement]
        label = solution.data.statements[one.statement]
        items.append(f"“{text}” ({label}; {ends})" if text else f"({label}; {ends})")
    said = [Sentence("divides", words["divides"].format(items=joined(items)))]
    if interpretation.tags:
        widest, p = interpretation.tags[0], interpretation.tags_p
        if p <= CHANCE:
            means = in_a_row(f"{name} {decimal(value)}" for name, value in zip(names, widest.means, strict=True) if not math.isnan(value))
            said.append(Sentence("tags_beyond", words["tags_beyond"].format(p=decimal(p, 3))))
            said.append(Sentence("tags", words["tags"].format(tag=widest.tag, means=means)))
        else:
            said.append(Sentence("tags_chance", words["tags_chance"].format(p=decimal(p, 3))))
    return tuple(said)


def _spread(solution: QSolution, statement: int) -> str:
    """A statement with its places in all viewpoints, in their order."""
    row = [place(solution, value) for value in solution.scores.arrays[statement] if not math.isnan(value)]
    text, label = solution.data.texts[statement], solution.data.statements[statement]
    return f"“{text}” ({label}: {in_a_row(row)})" if text else f"({label}: {in_a_row(row)})"
