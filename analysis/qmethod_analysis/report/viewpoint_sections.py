"""Each viewpoint in the report: its story, who holds it, its array as a grid, what sets it apart; then what all share and where they part."""

from __future__ import annotations

import math

from qmethod_analysis.folder.loaded import Loaded
from qmethod_analysis.interpretation.background import Comment
from qmethod_analysis.interpretation.crib_sheet import Reading
from qmethod_analysis.interpretation.phrases import compared, first_of, phrases, quoted
from qmethod_analysis.interpretation.sharing import parting, shared
from qmethod_analysis.interpretation.story import Told
from qmethod_analysis.recipe.texts import Texts
from qmethod_analysis.report import results, view
from qmethod_analysis.report.blocks import Block, GridBlock, GridCard, GridColumn, Heading, Paragraph, TableBlock, paragraphs
from qmethod_analysis.report.differences import bounds
from qmethod_analysis.report.sections import section, written
from qmethod_analysis.words.labels import defined, place
from qmethod_analysis.words.language import N_, InLanguage, _, ngettext, number
from qmethod_analysis.words.narrative import consensus_rule, decimal

NAMED = 40
"""Defining sorts that the text names; the table of loadings has all of them."""
QUOTED = 12
"""Comments that stand beside a viewpoint."""
BEYOND = N_(
    "Beyond chance: by studies drawn from this solution, the difference from every viewpoint it can be compared with is more than chance gives "
    "(p < {level})."
)
DIVIDES = 10
"""Statements in the table of those that part the viewpoints."""
_NONE = {
    "all": N_("No statement differs from every other viewpoint."),
    "some": N_("No statement differs from every viewpoint it could be compared with."),
    "none": N_("It could be compared with no other viewpoint statement by statement."),
}
"""What is said where nothing distinguishes a viewpoint, by with how many others it could be compared."""
DRAFT = N_("This story is a draft, written by the program from the figures. Nobody has edited it.")


def viewpoints(loaded: Loaded) -> list[Block]:
    """All viewpoints, one after the other, and the factors that are none.

    Parameters
    ----------
    loaded : Loaded
        With the researcher's gists and stories, which go before the drafted ones.
    """
    blocks: list[Block] = [section("viewpoints")]
    shown = view.viewpoints(loaded)
    for called, told, reading, seen in zip(loaded.called, loaded.told, loaded.interpretation.readings, shown, strict=True):
        heading = f"{seen.name} ({seen.label})" if seen.defined else _("{name} ({label}), no viewpoint", name=seen.name, label=seen.label)
        blocks.append(Heading(3, heading, f"viewpoint-{seen.label}", seen.number))
        blocks += paragraphs(seen.lead, "lead")
        blocks += [Paragraph(message, "aside") for message in (*filter(None, [seen.note, _contradicted(loaded, reading)]), *seen.notices)]
        blocks += paragraphs(called.story) if called.story else _drafted(told)
        if reading is not None:
            blocks += [*_who(loaded, reading), *_comments(loaded, reading), *_array(loaded, seen), *_distinguishing(loaded, reading)]
    return blocks


def _drafted(told: Told) -> list[Paragraph]:
    """The drafted sentences, in paragraphs, said to be a draft where there is a viewpoint to tell of."""
    draft = [Paragraph(_(DRAFT), "aside")] if len(told.paragraphs) > 1 else []
    return [*draft, *(Paragraph(" ".join(sentence.text for sentence in paragraph)) for paragraph in told.paragraphs)]


def _who(loaded: Loaded, reading: Reading) -> list[Block]:
    names = loaded.solution.data.participants
    kinds = {False: "{who} ({loading})", True: N_("{who} ({loading}, an opponent)")}
    listed = ", ".join(_(kinds[one.negative], who=names[one.participant], loading=decimal(one.loading)) for one in reading.definers[:NAMED])
    more = len(reading.definers) - NAMED
    if more <= 0:
        return [Paragraph(_("Defining sorts with their loadings: {sorts}.", sorts=listed))]
    said = ngettext(
        "Defining sorts with their loadings: {sorts} and {n} more, in the table of loadings.",
        "Defining sorts with their loadings: {sorts} and {n} more, in the table of loadings.",
        more,
        sorts=listed,
    )
    return [Paragraph(said)]


def _contradicted(loaded: Loaded, reading: Reading | None) -> str:
    """What a viewpoint places on the other side than the description that it resembles; empty without such statements."""
    if reading is None or reading.proposed is None or not reading.proposed.contradict:
        return ""
    items = [quoted(loaded.solution, i, reading.viewpoint) for i in reading.proposed.contradict]
    return _("On the other side of the middle than in that description stand {items}.", items=first_of(items, phrases()))


def _comments(loaded: Loaded, reading: Reading) -> list[Block]:
    """What its people wrote, each comment under the statement it is on."""
    shown = reading.comments[:QUOTED]
    if not shown:
        return []
    blocks: list[Block] = [Paragraph(_("What people who hold it wrote about their cards:"))]
    position = {name: i for i, name in enumerate(loaded.solution.data.statements)}
    for statement in dict.fromkeys(one.statement for one in shown):
        cited = quoted(loaded.solution, position[statement], reading.viewpoint)
        blocks.append(Paragraph(_("On {statement}:", statement=cited)))
        blocks += [_quotation(loaded, one) for one in shown if one.statement == statement]
    more = len(reading.comments) - QUOTED
    if more > 0:
        rest = ngettext("{n} more comment can be read in the export of the study.", "{n} more comments can be read in the export of the study.", more)
        blocks.append(Paragraph(rest, "aside"))
    return blocks


def _quotation(loaded: Loaded, one: Comment) -> Paragraph:
    said = N_("{who}, who placed it at {place}")
    by = one.participant if one.place is None else _(said, who=one.participant, place=place(loaded.solution, one.place))
    study, text = loaded.background.study, " ".join(one.text.split())
    return Paragraph(text if study is None else InLanguage(text, study.first_language), "quote", by)  # not that in which the study is shown


def _array(loaded: Loaded, seen: view.Viewpoint) -> list[Block]:
    study, language = loaded.background.study, loaded.background.language
    columns = tuple(
        GridColumn(
            column.place,
            tuple(GridCard(card.id, " ".join(card.text.split()), "".join(mark.sign for mark in card.marks)) for card in column.cards),
        )
        for column in reversed(seen.columns)
    )
    low, high = ("", "") if study is None else (study.scale.low.in_(language), study.scale.high.in_(language))
    return [
        GridBlock(
            _("The array of {viewpoint}", viewpoint=seen.name),
            seen.number,
            columns,
            low,
            high,
            results.legend(view.standing_of(loaded)),
            language="" if study is None else language,
        )
    ]


def _distinguishing(loaded: Loaded, reading: Reading) -> list[Block]:
    solution, f = loaded.solution, reading.viewpoint
    if len(defined(solution)) < 2:
        return []
    whom = compared(solution, f)
    if not reading.distinguishing:
        return [Paragraph(_(_NONE[whom]))]
    others = [g for g in defined(solution) if g != f]
    by_size = solution.policies.contrast_rule == "cohens-d"
    other_rule = solution.policies.contrast_errors != "calibrated" and solution.calibration is not None
    rows = tuple(
        (
            results.statement_cell(solution, one.statement),
            place(solution, one.place),
            decimal(one.z),
            *(place(solution, solution.scores.arrays[one.statement, g]) for g in others),
            *(() if by_size else (number(one.level),)),
            *((_("yes") if one.sure else _("no"),) if other_rule else ()),
        )
        for one in reading.distinguishing
    )
    header = (
        _("Statement"),
        _("Here"),
        "z",
        *(solution.labels[g] for g in others),
        *(() if by_size else ("p <",)),
        *((_("Beyond chance"),) if other_rule else ()),
    )
    align = "l" + "r" * (len(header) - 1)
    notes = (_(BEYOND, level=number(0.05)),) if other_rule else ()
    heads = (None, f, None, *others, *((None,) * (len(header) - 3 - len(others))))
    strong = frozenset((row, 1) for row in range(len(rows)))
    apart = (
        N_("Statements that distinguish {viewpoint} from every other viewpoint")
        if whom == "all"
        else N_("Statements that distinguish {viewpoint} from every viewpoint it could be compared with")
    )
    caption = _(apart, viewpoint=loaded.names[f])
    return [TableBlock(caption, header, rows, align, notes, strong, heads)]


def shared_and_parting(loaded: Loaded, texts: Texts) -> list[Block]:
    """What all viewpoints place alike, and where they part; nothing with fewer than two.

    Parameters
    ----------
    loaded : Loaded
    texts : Texts
    """
    solution, found = loaded.solution, loaded.interpretation
    blocks: list[Block] = [section("shared"), *written(texts, "consensus")]
    if not found.divides:
        return [*blocks, Paragraph(_("With fewer than two viewpoints there is nothing to compare."))]
    k = len(solution.labels)
    blocks.append(Paragraph(f"{consensus_rule(solution.policies)} {' '.join(one.text for one in shared(solution, found))}"))

    def places(i: int) -> tuple[str, ...]:
        return tuple(place(solution, value) for value in solution.scores.arrays[i])

    if found.consensus:
        far = bounds(solution)
        rows = tuple((results.statement_cell(solution, i), *places(i), *([far[solution.data.statements[i]]] if far else [])) for i in found.consensus)
        header = (_("Statement"), *solution.labels, *((_("Differ by at most, z"),) if far else ()))
        heads = (None, *range(k), *((None,) if far else ()))
        blocks.append(TableBlock(_("Consensus statements"), header, rows, "l" + "r" * (len(header) - 1), viewpoints=heads))
    blocks.append(Paragraph(" ".join(one.text for one in parting(solution, found, loaded.names))))
    rows = tuple((results.statement_cell(solution, one.statement), *places(one.statement), decimal(one.variance)) for one in found.divides[:DIVIDES])
    heads = (_("Statement"), *solution.labels, _("Variance of z"))
    caption = _("Statements that part the viewpoints most")
    blocks.append(TableBlock(caption, heads, rows, "l" + "r" * (k + 1), viewpoints=(None, *range(k), None)))
    if found.tags:
        means = tuple((one.tag, str(one.n), *("–" if math.isnan(m) else decimal(m) for m in one.means)) for one in found.tags)
        heads = (_("Theme"), _("Statements"), *solution.labels)
        blocks.append(TableBlock(_("Mean z-score of the statements of each theme"), heads, means, "lr" + "r" * k, viewpoints=(None, None, *range(k))))
    return blocks
