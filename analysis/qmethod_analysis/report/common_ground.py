"""Common ground in a report: where all viewpoints stand, in groups; the same blocks in every format."""

from __future__ import annotations

from qmethod.calibrated import LIKELY
from qmethod.solution import QSolution
from qmethod_analysis.folder.loaded import Loaded
from qmethod_analysis.interpretation.findings import Finding, summary
from qmethod_analysis.interpretation.questions import HELD, LEVEL, Question
from qmethod_analysis.report.blocks import Block, Heading, ItemList, Paragraph, TableBlock
from qmethod_analysis.report.differences import bounds, chance
from qmethod_analysis.report.results import statement_cell
from qmethod_analysis.report.sections import section
from qmethod_analysis.words.labels import defined, place, statement_label
from qmethod_analysis.words.language import N_, _, ngettext, number

ANSWERED = N_(
    "A viewpoint is said to lean towards an answer where its statements truly stand above those of the other on average, and to give it where they "
    "stand above the middle as well, with a probability of {held} or more; of all viewpoints it is said where it is so of all together with one of "
    "{likely}."
)
DIFFER = N_(
    "Two viewpoints differ on a question of the study where the mean z-scores of its answers lie further apart than chance sets them in studies "
    "drawn from this solution (p < {level}, corrected for all pairs and questions)."
)
APART = N_(
    "What sets viewpoints apart beyond these questions: statements on which each of the one side differs from each of the other so (p < {level} "
    "each)."
)
ONLY_APART = N_(
    "What sets viewpoints apart: statements on which each of the one side differs from each of the other by more than chance gives in studies "
    "drawn from this solution (p < {level} each)."
)
ROWS = 8
"""Statements that a table of what sets viewpoints apart shows."""


def common(loaded: Loaded) -> list[Block]:
    """The section; nothing with fewer than two viewpoints.

    Parameters
    ----------
    loaded : Loaded
    """
    found = loaded.interpretation.ground
    if not found:
        return []
    alike = shared_answers(loaded)
    told: list[Block] = [ItemList(tuple(one.sentence for one in loaded.groups))] if loaded.groups else []
    told += (
        [Paragraph(_("Questions on which all viewpoints lean to one side:")), ItemList(tuple(f"{one.title} {one.sentence}" for one in alike))]
        if alike
        else []
    )
    return [section("common"), Paragraph(summary(found)), *told, *(_group(loaded.solution, one) for one in found)]


def shared_answers(loaded: Loaded) -> tuple[Question, ...]:
    """The questions of the study on which every viewpoint leans towards one answer.

    Parameters
    ----------
    loaded : Loaded
    """
    return tuple(one for one in loaded.asked if one.alike)


def dividing(loaded: Loaded) -> list[Block]:
    """The questions on which viewpoints differ, with who gives which answer; nothing where none was asked or found.

    Parameters
    ----------
    loaded : Loaded
    """
    differing = [one for one in loaded.asked if one.differs]
    open_ones = [one for one in loaded.asked if not one.differs and not one.alike]
    if not differing and not open_ones:
        return []
    declared = any(one.origin == "opposition" for one in loaded.asked)
    rules = [
        *([ANSWERED, DIFFER] if declared else []),
        *([APART if declared else ONLY_APART] if any(one.origin == "camps" for one in differing) else []),
    ]
    said = " ".join(_(rule, likely=number(LIKELY), held=number(HELD), level=number(LEVEL)) for rule in rules)
    blocks: list[Block] = [section("questions"), Paragraph(said)]
    for n, one in enumerate(differing, 1):
        blocks += [Heading(3, one.title, f"question-{n}"), Paragraph(one.sentence), _answers(loaded.solution, one)]
    if open_ones:
        blocks.append(Paragraph(_("On these questions no difference beyond chance was found, and no answer that all lean towards:")))
        blocks.append(ItemList(tuple(f"{one.title} {one.sentence}" for one in open_ones)))
    return blocks


def _answers(solution: QSolution, one: Question) -> TableBlock:
    shown, (which, most) = defined(solution), (_("Answer"), None) if one.origin == "opposition" else (_("Higher with"), ROWS // 2)
    listed = [(i, answer) for side, answer in zip(one.statements, one.answers, strict=True) for i in side[:most]]
    rows = tuple((statement_cell(solution, i), answer, *(place(solution, solution.scores.arrays[i, f]) for f in shown)) for i, answer in listed)
    header = (_("Statement"), which, *(solution.labels[f] for f in shown))
    total = sum(map(len, one.statements))
    said = ngettext(
        "{n} of {total} statements, on each side those with the widest gap.",
        "{n} of {total} statements, on each side those with the widest gap.",
        len(rows),
        total=total,
    )
    caption = _("Where the viewpoints place the statements on “{question}”", question=one.title)
    notes = (said,) if total > len(rows) else ()
    return TableBlock(caption, header, rows, "ll" + "r" * len(shown), notes, viewpoints=(None, None, *shown))


def _group(solution: QSolution, one: Finding) -> TableBlock:
    shown, far = defined(solution), bounds(solution)
    sided = one.kind in ("above", "below", "leaning") and one.probability[0] == one.probability[0]
    header = (
        _("Statement"),
        *(solution.labels[f] for f in shown),
        *((_("P(that side)"),) if sided else ()),
        *((_("Differ by at most, z"),) if far else ()),
    )
    rows = tuple(
        (
            statement_label(solution, i),
            *(place(solution, solution.scores.arrays[i, f]) for f in shown),
            *((chance(p),) if sided else ()),
            *((far[solution.data.statements[i]],) if far else ()),
        )
        for i, p in zip(one.statements, one.probability, strict=True)
    )
    notes = (_("P(that side): that the true z-scores of all viewpoints lie on that side of their mean, 0."),) if sided else ()
    heads = (None, *shown, *((None,) * (len(header) - 1 - len(shown))))
    return TableBlock(one.sentence, header, rows, "l" + "r" * (len(header) - 1), notes, viewpoints=heads)
