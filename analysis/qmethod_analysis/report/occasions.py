"""Two occasions of the same people as a document: the findings, then statements, people and viewpoints, then how it was done."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qmethod.data import FloatArray
from qmethod.occasions.compared import OccasionComparison
from qmethod.version import __version__
from qmethod.wording import counted
from qmethod_analysis.interpretation.occasions import of_people, of_statements, of_viewpoints, rare, rules
from qmethod_analysis.pictures import occasions as pictures
from qmethod_analysis.report.blocks import Block, Document, Entry, Heading, ItemList, Paragraph, PictureBlock, TableBlock, numbered
from qmethod_analysis.report.document import NAMED
from qmethod_analysis.report.formats import DocumentFormat
from qmethod_analysis.report.writing import written
from qmethod_analysis.words.narrative import decimal

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


NUMBERED = "People are numbered anew here, by how far they agree with themselves, and unnamed."


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
    found = (*of_statements(made), *of_people(made), *of_viewpoints(made))
    size = f"{len(made.participants):,} people sorted {counted(len(made.ids), 'statement')} {made.labels[0]} and {made.labels[1]}."
    blocks: list[Block] = [
        Paragraph(size, "lead"),
        Paragraph(NUMBERED if anonymous else NAMED, "aside"),
        Heading(2, "What was found", "found"),
        ItemList(found),
        Paragraph(rules(made), "aside"),
    ]
    if made.notices:
        blocks += [Heading(2, "Keep in mind", "notices"), ItemList(tuple(notice.message for notice in made.notices))]
    blocks += [*_statements(made), *_people(made), *_viewpoints(made), *_made(made)]
    return Document(f"Two occasions: {title}", "", "en", numbered(blocks))


def _statements(made: OccasionComparison) -> list[Block]:
    s = made.statements
    title = of_statements(made)[0].split(". ")[0].removesuffix(".")
    level = f"{100 * (1 - made.alpha):g} %"
    reading = (
        f"each row is a statement, its point the mean change in places from {made.labels[0]} to {made.labels[1]}: right of the middle "
        "it rose, left of it it fell. A line that does not reach the middle is a change beyond chance; where nothing changed, all lines reach it in "
        f"{level} of studies or more."
    )
    rows = tuple(
        (
            f"{made.ids[i]}. {made.texts[i]}" if made.texts[i] else made.ids[i],
            *(decimal(values[i], 1) for values in (s.before, s.after)),
            decimal(s.change[i], 1),
            "–" if np.isnan(s.low[i]) else f"{decimal(s.low[i], 1)} to {decimal(s.high[i], 1)}",
            rare(s.p_values[i]),
        )
        for i in np.argsort(-s.change, kind="stable").tolist()
    )
    header = ("Statement", f"Mean place {made.labels[0]}", f"Mean place {made.labels[1]}", "Change", f"{level} interval", "p")
    strong = frozenset((n, 3) for n, i in enumerate(np.argsort(-s.change, kind="stable").tolist()) if made.changed_statements[i])
    notes = ("p is corrected for all statements, and the intervals hold for all of them together",)
    return [
        Heading(2, "Statements", "statements"),
        PictureBlock("statement-changes", pictures.statement_changes(made), title, reading, "The table below has the figures."),
        TableBlock("Where statements lie on average", header, rows, "lrrrrr", notes, strong),
    ]


def _people(made: OccasionComparison) -> list[Block]:
    people, views = made.people, made.viewpoints
    known, tested = people.noise != "none known", views is not None and views.basis == "pooled"
    reading = f"each point is a person, at the correlation of the sorts {made.labels[0]} and {made.labels[1]}: "
    reading += "1 where they are the same, 0 where they have nothing in common."
    if known:
        whose = "of people who sorted twice" if people.noise == "retest" else "that was given for repeated sorts"
        reading += f" The dashed line is the correlation {whose}."
    picture = PictureBlock("agreement", pictures.agreement(made), of_people(made)[0].removesuffix("."), reading, "The table below has the figures.")
    header = ["Participant", "r", *(["p, changed"] if known else [])]
    heads: list[int | None] = [None] * len(header)
    for j, label in enumerate(views.labels if views is not None else ()):
        header += [f"{label} {when}" for when in made.labels]
        heads += [j, j]
    header += ["p, moved"] if tested else []
    heads += [None] if tested else []
    order = np.argsort(people.correlations, kind="stable").tolist()
    rows = []
    for i in order:
        row = [made.participants[i], decimal(people.correlations[i]), *([rare(people.p_values[i])] if known else [])]
        if views is not None:
            row += [decimal(values[i, j]) for j in range(len(views.labels)) for values in (views.before, views.after)]
            row += [rare(views.moved[i])] if tested else []
        rows.append(tuple(row))
    notes = ["r is the correlation of a person's two sorts"]
    notes += ["p, changed: how rare so low a correlation is among people who only repeat their sort, corrected for all people"] if known else []
    notes += ["under each viewpoint the correlation of the sort with it"] if views is not None else []
    notes += ["p, moved: of the movement among the viewpoints, corrected for all people"] if tested else []
    strong = frozenset((n, len(header) - 1) for n, i in enumerate(order) if tested and made.moved_people[i])
    caption = "How far people agree with themselves, the least first"
    return [
        Heading(2, "People", "people"),
        picture,
        TableBlock(caption, tuple(header), tuple(rows), "l" + "r" * (len(header) - 1), tuple(notes), strong, tuple(heads)),
    ]


def _viewpoints(made: OccasionComparison) -> list[Block]:
    views = made.viewpoints
    if views is None:
        return []
    told = of_viewpoints(made)
    reading = (
        f"in each panel a line is a person, from the correlation with the viewpoint {made.labels[0]} to that {made.labels[1]}. "
        "The dashed line is the mean of all" + ("; thick lines with names are people who moved beyond chance." if made.moved_people.any() else ".")
    )
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
    header = ("Viewpoint", f"Mean r {made.labels[0]}", f"Mean r {made.labels[1]}", "p", "People closer", "Farther")
    blocks: list[Block] = [
        Heading(2, "Viewpoints", "viewpoints"),
        PictureBlock("slopes", pictures.slopes(made), told[-1].split(": ")[0].removesuffix("."), reading, "The table of people has the figures."),
        TableBlock("How close people come to each viewpoint", header, rows, "lrrrrr", ("p is corrected for all viewpoints",)),
    ]
    for j, label in enumerate(views.labels):
        blocks += [Heading(3, f"What {label} holds", f"view-{label}", j), ItemList(tuple(_ends(made, views.z_scores[:, j])))]
    known = {notice.code for notice in made.notices}
    if notices := [notice.message for notice in views.notices if notice.code not in known]:
        blocks += [Paragraph("Of the solution that the viewpoints come from:"), ItemList(tuple(notices))]
    return blocks


def _ends(made: OccasionComparison, z: FloatArray) -> list[str]:
    """The highest and the lowest statements of a viewpoint."""
    order = np.argsort(-z, kind="stable").tolist()
    shown = min(3, len(order) // 2)
    named = [f"{made.ids[i]}. {made.texts[i]}".rstrip(". ") for i in order]
    return [f"Highest: {'; '.join(named[:shown])}.", f"Lowest: {'; '.join(named[len(named) - shown :])}."]


def _made(made: OccasionComparison) -> list[Block]:
    seed = f"seed {made.seed}" if made.seed is not None else "a generator of the caller"
    views = made.viewpoints
    sentences = [f"Made with qmethod {__version__}, {seed}."]
    if views is not None:
        whose = {"pooled": "the sorts of both occasions together", "first": f"the sorts {made.labels[0]}", "second": f"the sorts {made.labels[1]}"}
        sentences.append(f"The viewpoints are the factors of {whose[views.basis]}: policy basis {views.basis}.")
    noise = made.people.noise
    sentences.append(f"Policy for how people repeat a sort: {noise}.")
    works = (*_WORKS, *(_REPEATING if noise != "none known" else ()))
    return [
        Heading(2, "How it was done", "method"),
        Paragraph(" ".join(sentences)),
        Heading(2, "References", "references"),
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
