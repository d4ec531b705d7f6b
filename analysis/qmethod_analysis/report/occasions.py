"""Two occasions of the same people as a document: the findings, then statements, people and viewpoints, then how it was done."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from qmethod.data import FloatArray
from qmethod.notice import Notice
from qmethod.occasions.compared import OccasionComparison
from qmethod.version import __version__
from qmethod_analysis.interpretation.occasions import (
    called,
    mean_agreement,
    moved_people,
    moved_statements,
    people_counted,
    rare,
    rules,
    story,
)
from qmethod_analysis.pictures import occasions as pictures
from qmethod_analysis.report.blocks import Block, Document, Entry, Heading, ItemList, Paragraph, PictureBlock, TableBlock, numbered
from qmethod_analysis.report.document import NAMED
from qmethod_analysis.report.formats import DocumentFormat
from qmethod_analysis.report.writing import written
from qmethod_analysis.words.language import N_, InLanguage, _, draft_note, language, ngettext
from qmethod_analysis.words.narrative import decimal, percent, statements_counted
from qmethod_analysis.words.notices import said

NAME = "occasions"
"""What the files are called, without their endings."""
_WORKS = (
    ("fisher1935", ("Fisher, R. A. (1935). ", "The Design of Experiments", ". Oliver & Boyd.")),
    ("westfall1993", ("Westfall, P. H., & Young, S. S. (1993). ", "Resampling-Based Multiple Testing", ". Wiley.")),
    (
        "nichols2002",
        (
            "Nichols, T. E., & Holmes, A. P. (2002). Nonparametric permutation tests for functional neuroimaging: A primer with examples. ",
            "Human Brain Mapping, 15",
            "(1), 1-25.",
        ),
    ),
)
_REPEATING = (
    (
        "fisher1921",
        (
            "Fisher, R. A. (1921). On the “probable error” of a coefficient of correlation deduced from a small sample. ",
            "Metron, 1",
            ", 3-32.",
        ),
    ),
    (
        "holm1979",
        ("Holm, S. (1979). A simple sequentially rejective multiple test procedure. ", "Scandinavian Journal of Statistics, 6", "(2), 65-70."),
    ),
)


NUMBERED = N_("People are numbered anew here, by how far they agree with themselves, and unnamed.")
OF_ONE = "Of the sorts {occasion}: "
"""What a notice about the sorts of one occasion begins with."""


def document(made: OccasionComparison, title: str, *, anonymous: bool = False) -> Document:
    """The whole document.

    Parameters
    ----------
    made : OccasionComparison
        For an anonymous report as `qmethod_analysis.report.unnamed_occasions.unnamed` makes it.
    title : str
        What was compared, such as the names of the files.
    anonymous : bool, default False
    """
    first, second = called(made)
    size = _(
        "{people} sorted {statements} {first} and {second}.",
        people=people_counted(made),
        statements=statements_counted(len(made.ids)),
        first=first,
        second=second,
    )
    blocks: list[Block] = [
        Paragraph(size, "lead"),
        *(Paragraph(note, "aside") for note in (draft_note(), _(NUMBERED if anonymous else NAMED)) if note),
        Heading(2, _("What was found"), "found"),
        ItemList(story(made)),
        Paragraph(rules(made), "aside"),
    ]
    if made.notices:
        blocks += [Heading(2, _("Keep in mind"), "notices"), ItemList(tuple(notice_said(made, notice) for notice in made.notices))]
    blocks += [*_statements(made), *_people(made), *_viewpoints(made), *_made(made)]
    return Document(_("Two occasions: {title}", title=title), "", language(), numbered(blocks))


def notice_said(made: OccasionComparison, notice: Notice) -> str:
    """A notice as readers see it, whether it is about both occasions or about the sorts of one.

    Parameters
    ----------
    made : OccasionComparison
    notice : Notice
    """
    if notice.code == "not-compared":
        return said(replace(notice, message=_with_reasons(made, notice.message)))
    for label, occasion in zip(made.labels, called(made), strict=True):
        before = OF_ONE.format(occasion=label)
        if notice.message.startswith(before):
            told = said(replace(notice, message=notice.message.removeprefix(before)))
            if not isinstance(told, InLanguage):
                return _("Of the sorts {occasion}: {notice}", occasion=occasion, notice=told)
    return said(notice)


def _with_reasons(made: OccasionComparison, message: str) -> str:
    """Whom a notice says not to be compared, with the reasons in the language that is being written."""
    for label, occasion in zip(made.labels, called(made), strict=True):
        reasons = {"no sort": _("no sort {occasion}", occasion=occasion)}
        reasons["all statements in one place"] = _("all statements in one place {occasion}", occasion=occasion)
        for english, told in reasons.items():
            message = re.sub(rf"(?<!\w){english} {re.escape(label)}(?!\w)", lambda _found, told=told: told, message)  # type: ignore[misc]
    few = r"only (\d+) statements? placed on both occasions"
    return re.sub(
        few,
        lambda found: ngettext("only {n} statement placed on both occasions", "only {n} statements placed on both occasions", int(found[1])),
        message,
    )


def _statements(made: OccasionComparison) -> list[Block]:
    s, (first, second) = made.statements, called(made)
    level = percent(1 - made.alpha)
    reading = _(
        "each row is a statement, its point the mean change in places from {first} to {second}: right of the middle it rose, left of it it fell. A "
        "line that does not reach the middle is a change beyond chance; where nothing changed, all lines reach it in {level} of studies or more.",
        first=first,
        second=second,
        level=level,
    )
    rows = tuple(
        (
            InLanguage(f"{made.ids[i]}. {made.texts[i]}", "") if made.texts[i] else made.ids[i],
            *(decimal(values[i], 1) for values in (s.before, s.after)),
            decimal(s.change[i], 1),
            "–" if np.isnan(s.low[i]) else _("{low} to {high}", low=decimal(s.low[i], 1), high=decimal(s.high[i], 1)),
            rare(s.p_values[i]),
        )
        for i in np.argsort(-s.change, kind="stable").tolist()
    )
    means = (_("Mean place {occasion}", occasion=first), _("Mean place {occasion}", occasion=second))
    header = (_("Statement"), *means, _("Change"), _("{level} interval", level=level), "p")
    strong = frozenset((n, 3) for n, i in enumerate(np.argsort(-s.change, kind="stable").tolist()) if made.changed_statements[i])
    notes = (_("p is corrected for all statements, and the intervals hold for all of them together"),)
    picture, title = pictures.statement_changes(made), moved_statements(made).removesuffix(".")
    return [
        Heading(2, _("Statements"), "statements"),
        PictureBlock("statement-changes", picture, title, reading, _("The table below has the figures.")),
        TableBlock(_("Where statements lie on average"), header, rows, "lrrrrr", notes, strong),
    ]


def _people(made: OccasionComparison) -> list[Block]:
    people, views, (first, second) = made.people, made.viewpoints, called(made)
    known, tested = people.noise != "none known", views is not None and views.basis == "pooled"
    header = [_("Participant"), "r", *([_("p, changed")] if known else [])]
    heads: list[int | None] = [None] * len(header)
    for j, label in enumerate(views.labels if views is not None else ()):
        header += [f"{label} {when}" for when in (first, second)]
        heads += [j, j]
    header += [_("p, moved")] if tested else []
    heads += [None] if tested else []
    order = np.argsort(people.correlations, kind="stable").tolist()
    rows = []
    for i in order:
        row = [made.participants[i], decimal(people.correlations[i]), *([rare(people.p_values[i])] if known else [])]
        if views is not None:
            row += [decimal(values[i, j]) for j in range(len(views.labels)) for values in (views.before, views.after)]
            row += [rare(views.moved[i])] if tested else []
        rows.append(tuple(row))
    notes = [_("r is the correlation of a person's two sorts")]
    if known:
        notes.append(_("p, changed: how rare so low a correlation is among people who only repeat their sort, corrected for all people"))
    if views is not None:
        notes.append(_("under each viewpoint the correlation of the sort with it"))
    if tested:
        notes.append(_("p, moved: of the movement among the viewpoints, corrected for all people"))
    strong = frozenset((n, len(header) - 1) for n, i in enumerate(order) if tested and made.moved_people[i])
    caption = _("How far people agree with themselves, the least first")
    return [
        Heading(2, _("People"), "people"),
        _agreement(made),
        TableBlock(caption, tuple(header), tuple(rows), "l" + "r" * (len(header) - 1), tuple(notes), strong, tuple(heads)),
    ]


def _agreement(made: OccasionComparison) -> PictureBlock:
    """The picture of how far people agree with themselves, and how it is read."""
    first, second = called(made)
    reading = [
        _(
            "each point is a person, at the correlation of the sorts {first} and {second}: 1 where they are the same, 0 where they have nothing in "
            "common.",
            first=first,
            second=second,
        )
    ]
    if made.people.noise == "retest":
        reading.append(_("The dashed line is the correlation of people who sorted twice."))
    elif made.people.noise != "none known":
        reading.append(_("The dashed line is the correlation that was given for repeated sorts."))
    title = mean_agreement(made).removesuffix(".")
    return PictureBlock("agreement", pictures.agreement(made), title, " ".join(reading), _("The table below has the figures."))


def _viewpoints(made: OccasionComparison) -> list[Block]:
    views, (first, second) = made.viewpoints, called(made)
    if views is None:
        return []
    reading = [_("in each panel a line is a person, from the correlation with the viewpoint {first} to that {second}.", first=first, second=second)]
    if made.moved_people.any():
        reading.append(_("The dashed line is the mean of all; thick lines with names are people who moved beyond chance."))
    else:
        reading.append(_("The dashed line is the mean of all."))
    rows = tuple(
        (
            label,
            decimal(views.before[:, j].mean()),
            decimal(views.after[:, j].mean()),
            rare(views.p_values[j]),
            str(int((views.after[:, j] > views.before[:, j]).sum())),
            str(int((views.after[:, j] < views.before[:, j]).sum())),
        )
        for j, label in enumerate(views.labels)
    )
    means = (_("Mean r {occasion}", occasion=first), _("Mean r {occasion}", occasion=second))
    header = (_("Viewpoint"), *means, "p", _("People closer"), _("Farther"))
    title, where = moved_people(made).removesuffix("."), _("The table of people has the figures.")
    blocks: list[Block] = [
        Heading(2, _("Viewpoints"), "viewpoints"),
        PictureBlock("slopes", pictures.slopes(made), title, " ".join(reading), where),
        TableBlock(_("How close people come to each viewpoint"), header, rows, "lrrrrr", (_("p is corrected for all viewpoints"),)),
    ]
    for j, label in enumerate(views.labels):
        blocks += [
            Heading(3, _("What {viewpoint} holds", viewpoint=label), f"view-{label}", j),
            ItemList(tuple(_ends(made, views.z_scores[:, j]))),
        ]
    known = {notice.code for notice in made.notices}
    if notices := [said(_with_called(made, notice)) for notice in views.notices if notice.code not in known]:
        blocks += [Paragraph(_("Of the solution that the viewpoints come from:")), ItemList(tuple(notices))]
    return blocks


def _with_called(made: OccasionComparison, notice: Notice) -> Notice:
    """A notice of the solution with the sorts of both occasions named as the occasions are called: ``Ana (before)``."""
    message = notice.message
    for label, occasion in zip(made.labels, called(made), strict=True):
        message = message.replace(f" ({label})", f" ({occasion})")
    return replace(notice, message=message)


def _ends(made: OccasionComparison, z: FloatArray) -> list[str]:
    """The highest and the lowest statements of a viewpoint."""
    order = np.argsort(-z, kind="stable").tolist()
    shown = min(3, len(order) // 2)
    named = [f"{made.ids[i]}. {made.texts[i]}".rstrip(". ") for i in order]
    lowest = named[len(named) - shown :]
    return [_("Highest: {statements}.", statements="; ".join(named[:shown])), _("Lowest: {statements}.", statements="; ".join(lowest))]


def _made(made: OccasionComparison) -> list[Block]:
    views, (first, second) = made.viewpoints, called(made)
    if made.seed is not None:
        sentences = [_("Made with qmethod {version}, seed {seed}.", version=__version__, seed=made.seed)]
    else:
        sentences = [_("Made with qmethod {version}, a generator of the caller.", version=__version__)]
    if views is not None and views.basis == "pooled":
        together = N_("The viewpoints are the factors of the sorts of both occasions together: policy basis {basis}.")
        sentences.append(_(together, basis=views.basis))
    elif views is not None:
        one = N_("The viewpoints are the factors of the sorts {occasion}: policy basis {basis}.")
        sentences.append(_(one, occasion=first if views.basis == "first" else second, basis=views.basis))
    noise = made.people.noise
    sentences.append(_("Policy for how people repeat a sort: {noise}.", noise=noise))
    works = (*_WORKS, *(_REPEATING if noise != "none known" else ()))
    return [
        Heading(2, _("How it was done"), "method"),
        Paragraph(" ".join(sentences)),
        Heading(2, _("References"), "references"),
        *(Entry(key, parts) for key, parts in sorted(works)),
    ]


def pages(made: OccasionComparison, title: str, formats: Sequence[DocumentFormat] = ("html",), *, anonymous: bool = False) -> dict[str, bytes]:
    """The document as files, by name.

    Parameters
    ----------
    made : OccasionComparison
    title : str
    formats : sequence of str
        Of html, docx, pdf, md.
    anonymous : bool, default False
        As for `document`.

    Raises
    ------
    DataError
        If a PDF cannot be made.
    """
    whole = document(made, title, anonymous=anonymous)
    files: dict[str, bytes] = {}
    for name in formats:
        files |= written(whole, name, NAME)
    return files
