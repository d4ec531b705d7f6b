"""What survives other choices, as a document: the findings first, then a picture of all analyses, then each viewpoint and all tables."""

from __future__ import annotations

import math
from collections.abc import Sequence

from qmethod.matching.congruence import EQUAL, FAIR
from qmethod.matching.multiverse import SURVIVES, Choice, Conclusion, Multiverse
from qmethod_analysis.interpretation.findings import ALIKE, Kind
from qmethod_analysis.interpretation.other_choices import Survival, analyses_counted, factors_counted, rules, story
from qmethod_analysis.interpretation.survival import SharedPlace, shared_places, survives
from qmethod_analysis.pictures import figures
from qmethod_analysis.recipe.recipe import Recipe
from qmethod_analysis.report.blocks import Block, Document, Heading, ItemList, Paragraph, PictureBlock, TableBlock, numbered
from qmethod_analysis.report.document import NAMED
from qmethod_analysis.report.formats import DocumentFormat
from qmethod_analysis.report.writing import written
from qmethod_analysis.tables import multiverse as tables
from qmethod_analysis.words.labels import defined, place, statement_label, viewpoint_names
from qmethod_analysis.words.language import N_, InLanguage, _, draft_note, language, ngettext, number
from qmethod_analysis.words.narrative import decimal, every_notice, viewpoints_counted
from qmethod_analysis.words.notices import advised, said

KINDS = {
    "highest": N_("Highest places of {name}"),
    "lowest": N_("Lowest places of {name}"),
    "distinguishing": N_("Distinguishing statements of {name}"),
    "defining": N_("Defining sorts of {name}"),
}
SHARED: dict[Kind, str] = {
    "above": N_("Statements that all viewpoints place above the middle"),
    "below": N_("Statements that all viewpoints place below the middle"),
    "middle": N_("Statements that all viewpoints leave in the middle"),
    "near": N_("Statements that all viewpoints place in the same column or in two neighbouring ones"),
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
    ways = ngettext("The same sorts, analysed in {n} way.", "The same sorts, analysed in {n} ways.", len(made.analyses))
    tested = _("The analysis put to the test has {viewpoints}.", viewpoints=viewpoints_counted(reference))
    blocks: list[Block] = [
        Paragraph(f"{ways} {tested}", "lead"),
        *(Paragraph(note, "aside") for note in (draft_note(),) if note),
        Heading(2, _("What was found"), "what"),
        ItemList(tuple(one.sentence for one in told if one.kind in LEADING)),
        *(Paragraph(one.sentence) for one in told if one.kind not in LEADING),
        Paragraph(rules(least), "aside"),
    ]
    if notices := every_notice(reference):
        blocks += [Heading(2, _("Keep in mind"), "notices"), Paragraph(_("Of the analysis that is put to the test:"))]
        blocks.append(ItemList(tuple(said(notice) for notice in notices)))
    blocks += _every_analysis(made, names, told)
    blocks += _viewpoints(made, names, told, least)
    blocks += _common(made, least)
    blocks += [Heading(2, _("Places of all statements"), "places"), _positions(made)]
    title = _("What survives other choices: {title}", title=recipe.title or reference.data.origin().name)
    return Document(title, "", language(), numbered(blocks))


def _every_analysis(made: Multiverse, names: Sequence[str], told: Sequence[Survival]) -> list[Block]:
    blocks: list[Block] = [Heading(2, _("Every analysis"), "curve-section")]
    shown = defined(made.reference)
    if made.solved and shown:
        blocks += _curve(made, names, told[0].sentence.removesuffix("."))
    rows = tuple((f"{title}: {option}", *(held_of(*cell) for cell in cells)) for title, option, cells in tables.by_choice(made))
    if rows and shown:
        often = N_(
            "In how many analyses made so the viewpoint comes back; in brackets the median congruence with it, 0 where no factor is left to be it"
        )
        room = N_("but for the number of factors, only analyses with enough factors for all viewpoints are counted")
        notes = (_(often), _(room)) if _some_fewer(made) else (_(often),)
        header = (_("Choice"), *(made.reference.labels[j] for j in shown))
        heads = (None, *shown)
        caption = _("How often each viewpoint comes back, by choice")
        blocks.append(TableBlock(caption, header, rows, "l" + "r" * len(shown), notes, viewpoints=heads))
    failures = tuple((_in_words(one.choice), advised(one.failure)) for one in made.analyses if one.failure)
    if failures:
        blocks.append(TableBlock(_("Combinations without a solution"), (_("Choices"), _("Why")), failures, "ll"))
    return blocks


def _some_fewer(made: Multiverse) -> bool:
    """Whether analyses with enough factors for all viewpoints stand beside some with fewer."""
    return 0 < len(made.roomy) < len(made.solved)


def _curve(made: Multiverse, names: Sequence[str], title: str) -> list[Block]:
    """The picture of all analyses, and how it is read."""
    reading = [
        _(
            "each column is one analysis, and its points say how like each viewpoint is found there: from the dashed line at {fair} it comes back, "
            "from that at {equal} it is the same.",
            fair=number(FAIR),
            equal=number(EQUAL),
        ),
        _("Further left, the viewpoint that is found worst is found better."),
        *([_("Right of the line, those with fewer factors than all viewpoints need.")] if _some_fewer(made) else []),
        _("The bars below mark how each analysis was made."),
        _("Where a viewpoint has no point, no factor is left to be it."),
    ]
    often = [
        _("{name} comes back in {held} of {n}.", name=names[one.viewpoint], held=number(one.n_held, ","), n=number(one.n_counted, ","))
        for one in made.conclusions
        if one.kind == "found"
    ]
    picture = figures.specification_curve(made, names)
    return [
        PictureBlock("multiverse-curve", picture, title, " ".join(reading), " ".join(often)),
        Paragraph(_("The figures of this picture are in {file}.", file="multiverse-analyses.csv"), "aside"),
    ]


def held_of(held: int, n: int, median: float) -> str:
    """In how many analyses a viewpoint comes back, of how many, and its median congruence: ``4 of 6 (0.91)``.

    Parameters
    ----------
    held, n : int
    median : float
    """
    return _("{held} of {n} ({median})", held=number(held, ","), n=number(n, ","), median=decimal(median))


def _viewpoints(made: Multiverse, names: Sequence[str], told: Sequence[Survival], least: float) -> list[Block]:
    reference = made.reference
    found = {one.viewpoint: one for one in made.conclusions if one.kind == "found"}
    blocks: list[Block] = [Heading(2, _("Each viewpoint"), "each")]
    if found and any(one.kind == "defining" for one in made.conclusions):
        blocks.append(Paragraph(_(NAMED), "aside"))
    for j, name in enumerate(names):
        label = reference.labels[j]
        title = f"{name} ({label})" if j in found else _("{name} ({label}, no viewpoint)", name=name, label=label)
        blocks.append(Heading(3, title, label, j))
        if j not in found:
            blocks.append(Paragraph(_("It has no scores, so that there is nothing to look for.")))
            continue
        own = [one.sentence for one in told if one.viewpoint == j]
        if not any(one.viewpoint == j and one.kind == "viewpoint" for one in told):
            held, analyses = number(found[j].n_held, ","), analyses_counted(found[j].n_counted)
            own.insert(0, _("It comes back in {held} of {analyses}.", held=held, analyses=analyses))
        blocks += [Paragraph(sentence) for sentence in own]
        for kind, caption in KINDS.items():
            mine = [one for one in made.conclusions if one.kind == kind and one.viewpoint == j]
            if mine:
                blocks.append(_held(made, _(caption, name=name), mine, least))
    return blocks


def _common(made: Multiverse, least: float) -> list[Block]:
    places, consensus = shared_places(made), [one for one in made.conclusions if one.kind == "consensus"]
    blocks: list[Block] = [Heading(2, _("Common ground"), "consensus")] if places or consensus else []
    for kind in ALIKE:
        mine = [one for one in places if one.kind == kind]
        if mine:
            blocks.append(_held(made, _(SHARED[kind]), mine, least))
    if consensus:
        blocks.append(_held(made, _("Consensus statements"), consensus, least))
    return blocks


def _held(made: Multiverse, caption: str, group: Sequence[Conclusion | SharedPlace], least: float) -> TableBlock:
    """What of a group holds in how many analyses, those that hold most often first."""
    sorts = any(one.kind == "defining" for one in group)
    listed = sorted(group, key=lambda one: (-one.n_held, one.item))
    named = made.reference.data.participants if sorts else [_statement(made, i) for i in range(made.reference.data.n_statements)]
    rows = tuple(
        (
            named[one.item],
            _("{n} of {all}", n=number(one.n_held, ","), all=number(one.n_counted, ",")),
            f"{100 * one.n_held / one.n_counted:.0f}" if one.n_counted else "–",
            _("yes") if survives(one, least) else _("no") if one.n_counted else _("not examined"),
        )
        for one in listed
    )
    return TableBlock(caption, (_("Sort") if sorts else _("Statement"), _("Holds in"), "%", _("Survives")), rows, "lrrl")


def _statement(made: Multiverse, i: int) -> str:
    """A statement as tables have it; in which language its wording is, is not known here."""
    label = statement_label(made.reference, i)
    return InLanguage(label, "") if made.reference.data.texts[i] else label


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
            cells.append(own if own == low == high else _("{place} ({low} to {high})", place=own, low=low, high=high))
        found.append((_statement(made, i), *cells))
    header = (_("Statement"), *(reference.labels[j] for j in shown))
    caption = _("Place, and in brackets the lowest and highest where the viewpoint comes back")
    return TableBlock(caption, header, tuple(found), "l" + "r" * len(shown), viewpoints=(None, *shown))


def _in_words(choice: Choice) -> str:
    return f"{factors_counted(choice.n_factors)}, {choice.extraction}, {choice.rotation}, {choice.flags}"


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
