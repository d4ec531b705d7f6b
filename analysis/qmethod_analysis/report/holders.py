"""Who holds which viewpoint: every answer with how many of each viewpoint's people gave it; the same blocks in every format."""

from __future__ import annotations

from collections.abc import Sequence

from qmethod_analysis.folder.loaded import Loaded
from qmethod_analysis.interpretation.holders import Trait
from qmethod_analysis.report.blocks import Block, Paragraph, TableBlock
from qmethod_analysis.report.sections import section
from qmethod_analysis.words.labels import defined
from qmethod_analysis.words.language import N_, _, ngettext
from qmethod_analysis.words.narrative import decimal

NOTES = (
    N_("Defining sorts of each viewpoint, opponents left out: how many gave the answer, of how many who answered."),
    N_(
        "p: Fisher’s exact test of the people of one viewpoint against all others, the smallest of the viewpoints; corrected: by Holm’s method over "
        "all answers and viewpoints."
    ),
)
WITHHELD = N_("Questions are left out where an answer would tell of one or two people.")
NOTHING = N_("No question can be shown without telling of one or two people.")


def holders(loaded: Loaded, smallest: int) -> list[Block]:
    """The section; nothing without answers.

    Parameters
    ----------
    loaded : Loaded
    smallest : int
        People of whom counts may tell. A question with an answer that tells of fewer is left out whole, lest that count be worked out.
    """
    readings, shown = loaded.interpretation.readings, defined(loaded.solution)
    found = [{(one.question, one.answer): one for one in reading.traits} if reading else {} for reading in readings]
    asked = {asked.label: (1 if asked.kind == "number" else len(asked.options)) for asked in loaded.background.questions}
    answers = list(dict.fromkeys(key for traits in found for key in traits))
    if not answers:
        return []
    rows, left_out = [], False
    for question, n in asked.items():
        mine = [key for key in answers if key[0] == question]
        given = [[found[f].get(key) for f in shown] for key in mine]
        if smallest > 1 and (len(mine) < n or any(_tells(row, smallest) for row in given)):
            left_out = True
            continue
        rows += [_row(key, row) for key, row in zip(mine, given, strict=True)]
    blocks: list[Block] = [section("holders")]
    if not rows:
        return [*blocks, Paragraph(_(NOTHING))]
    labels = [loaded.solution.labels[f] for f in shown]
    notes = tuple(_(note) for note in ((*NOTES, WITHHELD) if left_out else NOTES))
    header = (_("Question"), _("Answer"), *labels, "p", _("Corrected"))
    heads = (None, None, *shown, None, None)
    return [
        *blocks,
        TableBlock(_("Answers of those who hold each viewpoint"), header, tuple(rows), "ll" + "r" * (len(shown) + 2), notes, viewpoints=heads),
    ]


def _tells(given: Sequence[Trait | None], smallest: int) -> bool:
    """Whether the counts of an answer tell of few people: of a viewpoint, or of those who hold none."""
    known = [one for one in given if one is not None]
    if len(known) < len(given):
        return True
    groups = [(one.n_here, one.of_here) for one in known]
    everybody = (known[0].n_here + known[0].n_rest, known[0].of_here + known[0].of_rest)
    groups.append((everybody[0] - sum(n for n, _ in groups), everybody[1] - sum(of for _, of in groups)))
    return any(0 < part < smallest for n, of in groups for part in (n, of - n))


def _row(key: tuple[str, str], given: Sequence[Trait | None]) -> tuple[str, ...]:
    known = [one for one in given if one is not None]
    counts = ("–" if one is None else ngettext("{n} of {of}", "{n} of {of}", one.n_here, of=one.of_here) for one in given)
    return (*key, *counts, decimal(min(one.p_value for one in known), 3), decimal(min(one.corrected for one in known), 3))
