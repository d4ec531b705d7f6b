"""What survives other choices, as a document: the findings first, then a picture of all analyses, then each viewpoint and all tables."""

from __future__ import annotations

import math
from collections.abc import Sequence

from qmethod.matching.congruence import EQUAL, FAIR
from qmethod.matching.multiverse import SURVIVES, Choice, Conclusion, Multiverse
from qmethod.wording import counted
from qmethod_analysis.interpretation.other_choices import SHARED, SharedPlace, Survival, rules, shared_places, story, survives
from qmethod_analysis.pictures import figures
from qmethod_analysis.recipe.recipe import Recipe
from qmethod_analysis.report.blocks import Block, Document, Heading, ItemList, Paragraph, PictureBlock, TableBlock, numbered
from qmethod_analysis.report.document import NAMED
from qmethod_analysis.report.formats import DocumentFormat
from qmethod_analysis.report.writing import written
from qmethod_analysis.tables import multiverse as tables
from qmethod_analysis.words.labels import defined, place, statement_label, viewpoint_names
from qmethod_analysis.words.narrative import decimal, viewpoints_counted

KINDS = {
    "highest": "Highest places",
    "lowest": "Lowest places",
    "distinguishing": "Distinguishing statements",
    "defining": "Defining sorts",
}
LEADING = ("viewpoints", "viewpoint", "choices", "common-ground", "distinguishing")
"""What is told first; the rest is told as the conditions of it."""


def document(made: Multiverse, recipe: Recipe, least: float = SURVIVES, names: Sequence[str] | None = None) -> Document:
    """The whole document.

    Parameters
    ----------
    made : Multiverse
    recipe : Recipe
        For title and names.
    least : float, default 0.9
        From which share on a conclusion survives.
    names : sequence of str, optional
        Of the viewpoints, as the report has them; without it those of the recipe.
    """
    reference = made.reference
    names = names or viewpoint_names(reference, dict(recipe.names))
    told = story(made, names, least)
    ways = counted(len(made.analyses), "way")
    blocks: list[Block] = [
        Paragraph(f"The same sorts, analysed in {ways}. The analysis put to the test has {viewpoints_counted(reference)}.", "lead"),
        Heading(2, "What was found", "what"),
        ItemList(tuple(one.sentence for one in told if one.kind in LEADING)),
        *(Paragraph(one.sentence) for one in told if one.kind not in LEADING),
        Paragraph(rules(least), "aside"),
    ]
    if reference.notices:
        blocks += [Heading(2, "Keep in mind", "notices"), Paragraph("Of the analysis that is put to the test:")]
        blocks.append(ItemList(tuple(notice.message for notice in reference.notices)))
    blocks += _every_analysis(made, names, told)
    blocks += _viewpoints(made, names, told, least)
    blocks += _common(made, least)
    blocks += [Heading(2, "Places of all statements", "places"), _positions(made)]
    title = f"What survives other choices: {recipe.title or reference.data.origin().name}"
    return Document(title, "", "en", numbered(blocks))


def _every_analysis(made: Multiverse, names: Sequence[str], told: Sequence[Survival]) -> list[Block]:
    blocks: list[Block] = [Heading(2, "Every analysis", "curve-section")]
    shown = defined(made.reference)
    if made.solved and shown:
        fewer = " Right of the line, those with fewer factors than all viewpoints need." if 0 < len(made.roomy) < len(made.solved) else ""
        reading = (
            "each column is one analysis, and its points say how like each viewpoint is found there: "
            f"from the dashed line at {FAIR:g} it comes back, from that at {EQUAL:g} it is the same. "
            f"Further left, the viewpoint that is found worst is found better.{fewer} "
            "The bars below mark how each analysis was made. Where a viewpoint has no point, no factor is left to be it."
        )
        often = [f"{names[one.viewpoint]} comes back in {one.n_held} of {one.n_counted}." for one in made.conclusions if one.kind == "found"]
        title = told[0].sentence.removesuffix(".")
        picture = figures.specification_curve(made, names)
        blocks.append(PictureBlock("multiverse-curve", picture, title, reading, " ".join(often)))
        blocks.append(Paragraph("The figures of this picture are in multiverse-analyses.csv.", "aside"))
    rows = tuple(
        (f"{title}: {option}", *(f"{held} of {n} ({decimal(median)})" for held, n, median in cells))
        for title, option, cells in tables.by_choice(made)
    )
    if rows and shown:
        notes = (
            "In how many analyses made so the viewpoint comes back; in brackets the median congruence with it, 0 where no factor is left to be it",
            *(
                ("but for the number of factors, only analyses with enough factors for all viewpoints are counted",)
                if 0 < len(made.roomy) < len(made.solved)
                else ()
            ),
        )
        header = ("Choice", *(made.reference.labels[j] for j in shown))
        heads = (None, *shown)
        caption = "How often each viewpoint comes back, by choice"
        blocks.append(TableBlock(caption, header, rows, "l" + "r" * len(shown), notes, viewpoints=heads))
    failures = tuple((_in_words(one.choice), one.failure) for one in made.analyses if one.failure)
    if failures:
        blocks.append(TableBlock("Combinations without a solution", ("Choices", "Why"), failures, "ll"))
    return blocks


def _viewpoints(made: Multiverse, names: Sequence[str], told: Sequence[Survival], least: float) -> list[Block]:
    reference = made.reference
    found = {one.viewpoint: one for one in made.conclusions if one.kind == "found"}
    blocks: list[Block] = [Heading(2, "Each viewpoint", "each")]
    if found and any(one.kind == "defining" for one in made.conclusions):
        blocks.append(Paragraph(NAMED, "aside"))
    for j, name in enumerate(names):
        label = reference.labels[j]
        blocks.append(Heading(3, f"{name} ({label}{'' if j in found else ', no viewpoint'})", label, j))
        if j not in found:
            blocks.append(Paragraph("It has no scores, so that there is nothing to look for."))
            continue
        own = [one.sentence for one in told if one.viewpoint == j]
        if not any(one.viewpoint == j and one.kind == "viewpoint" for one in told):
            own.insert(0, f"It comes back in {found[j].n_held} of {counted(found[j].n_counted, 'analysis')}.")
        blocks += [Paragraph(sentence) for sentence in own]
        for kind, caption in KINDS.items():
            mine = [one for one in made.conclusions if one.kind == kind and one.viewpoint == j]
            if mine:
                blocks.append(_held(made, f"{caption} of {name}", mine, least))
    return blocks


def _common(made: Multiverse, least: float) -> list[Block]:
    places, consensus = shared_places(made), [one for one in made.conclusions if one.kind == "consensus"]
    blocks: list[Block] = [Heading(2, "Common ground", "consensus")] if places or consensus else []
    for kind, words in SHARED.items():
        mine = [one for one in places if one.kind == kind]
        if mine:
            blocks.append(_held(made, f"Statements that all viewpoints {words}", mine, least))
    if consensus:
        blocks.append(_held(made, "Consensus statements", consensus, least))
    return blocks


def _held(made: Multiverse, caption: str, group: Sequence[Conclusion | SharedPlace], least: float) -> TableBlock:
    """What of a group holds in how many analyses, those that hold most often first."""
    sorts = any(one.kind == "defining" for one in group)
    listed = sorted(group, key=lambda one: (-one.n_held, one.item))
    named = made.reference.data.participants if sorts else [statement_label(made.reference, i) for i in range(made.reference.data.n_statements)]
    rows = tuple(
        (
            named[one.item],
            f"{one.n_held} of {one.n_counted}",
            f"{100 * one.n_held / one.n_counted:.0f}" if one.n_counted else "–",
            "yes" if survives(one, least) else "no" if one.n_counted else "not examined",
        )
        for one in listed
    )
    return TableBlock(caption, ("Sort" if sorts else "Statement", "Holds in", "%", "Survives"), rows, "lrrl")


def _positions(made: Multiverse) -> TableBlock:
    """For each statement its place in each viewpoint, and between which places it lies where the viewpoint is found."""
    reference, shown = made.reference, defined(made.reference)
    rows = iter(tables.positions_table(made).rows)
    by_viewpoint = [[next(rows) for _ in reference.data.statements] for _ in reference.labels]
    found = []
    for i in range(reference.data.n_statements):
        cells = []
        for j in shown:
            one = by_viewpoint[j][i]
            own, low, high = (place(reference, math.nan if one[at] is None else float(one[at])) for at in (2, 3, 5))  # type: ignore[arg-type]
            cells.append(own if own == low == high else f"{own} ({low} to {high})")
        found.append((statement_label(reference, i), *cells))
    header = ("Statement", *(reference.labels[j] for j in shown))
    caption = "Place, and in brackets the lowest and highest where the viewpoint comes back"
    return TableBlock(caption, header, tuple(found), "l" + "r" * len(shown), viewpoints=(None, *shown))


def _in_words(choice: Choice) -> str:
    return f"{counted(choice.n_factors, 'factor')}, {choice.extraction}, {choice.rotation}, {choice.flags}"


def pages(
    made: Multiverse,
    recipe: Recipe,
    least: float = SURVIVES,
    formats: Sequence[DocumentFormat] = ("html",),
    names: Sequence[str] | None = None,
) -> dict[str, bytes]:
    """The document as files, by name.

    Parameters
    ----------
    made : Multiverse
    recipe : Recipe
    least : float, default 0.9
    formats : sequence of str
        Of html, docx, pdf, md.
    names : sequence of str, optional
        As in `document`.

    Raises
    ------
    DataError
        If a PDF cannot be made.
    """
    whole = document(made, recipe, least, names)
    files: dict[str, bytes] = {}
    for name in formats:
        files |= written(whole, name, "multiverse")
    return files
