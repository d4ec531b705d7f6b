"""What a page shows of a viewpoint and of a statement, ready to be laid out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup, escape

from qmethod.solution import QSolution
from qmethod_analysis.folder.loaded import Loaded
from qmethod_analysis.interpretation.called import PROGRAM
from qmethod_analysis.interpretation.crib_sheet import Reading
from qmethod_analysis.interpretation.phrases import VIEW
from qmethod_analysis.site import picture, wording
from qmethod_analysis.site.ground import board_file, pair_file, rows
from qmethod_analysis.words.labels import place, shade
from qmethod_analysis.words.language import _
from qmethod_analysis.words.placing import placing, wavering

ROWS = 8
"""Statements that a page lays out with a picture each; the table of all statements has the others."""
CITED = re.compile(r"(?:(?<=\()|(?<=; )(?=[^()]*\)))([^():;“”\s]{1,40})([:;]) ")
"""``s12: `` in ``(s12: +4)``, and both statements in ``(s2: +2; s10: −3)``."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a viewpoint places a statement."""

    mark: Markup
    name: str
    place: str
    own: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A statement and where the viewpoints place it; `href` is its row among all statements."""

    id: str
    text: str
    href: str
    picture: Markup
    places: tuple[Place, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A statement on the board of a viewpoint, with the address of its row, empty with one viewpoint alone."""

    position: int
    id: str
    text: str
    href: str
    apart: bool
    unsure: bool


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the board."""

    place: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """What somebody who holds a viewpoint wrote about a statement, released by the researcher; with the address of its row as in `Card`."""

    statement: str
    href: str
    text: str


@dataclass(frozen=True, slots=True)
class Other:
    """Another viewpoint, and the page that compares it with this one."""

    mark: Markup
    name: str
    href: str


@dataclass(frozen=True, slots=True)
class View:
    """A viewpoint as its page shows it; `lead` is whether the gist says more than the drafted story.

    `after` says whose words name and gist are where it resembles a description, `borrowed` in a few words what of them is that one's.
    """

    file: str
    label: str
    mark: Markup
    shade: str
    name: str
    after: str
    borrowed: str
    gist: str
    gist_linked: Markup
    lead: bool
    story: tuple[Markup, ...]
    drafted: bool
    quotes: tuple[Quote, ...]
    holders: tuple[str, ...]
    traits: tuple[str, ...]
    sure: wording.Sureness
    nearest: str
    apart: tuple[Row, ...]
    n_apart: int
    apart_said: str
    columns: tuple[Column, ...]
    others: tuple[Other, ...]


def view(loaded: Loaded, reading: Reading, shown: Sequence[int]) -> View:
    """A viewpoint as its page shows it.

    Parameters
    ----------
    loaded : Loaded
        With the researcher's words, which go before the drafted ones, and no comments but those that may be shown.
    reading : Reading
        Of the viewpoint.
    shown : sequence of int
        Positions of all viewpoints that the site shows.
    """
    f = reading.viewpoint
    solution, told = loaded.solution, loaded.told[f]
    called = loaded.called[f]
    drafted = (" ".join(sentence.text for sentence in paragraph if sentence.kind in VIEW) for paragraph in told.paragraphs)
    story = paragraphs(called.story) or tuple(filter(None, drafted))  # who holds it and how sure it is stand below
    apart = reading.distinguishing if len(shown) > 1 else ()
    hrefs = rows(solution) if len(shown) > 1 else ("",) * solution.data.n_statements
    return View(
        file=board_file(f),
        label=solution.labels[f],
        mark=picture.mark(f),
        shade=shade(f),
        name=called.name,
        after=called.note,
        borrowed=called.borrowed,
        gist=_uncited(solution, called.gist),
        gist_linked=_linked(solution, _uncited(solution, called.gist), hrefs),
        lead=bool(called.story or called.told_by != PROGRAM),
        story=tuple(_linked(solution, paragraph, hrefs) for paragraph in story),
        drafted=not called.story,
        quotes=tuple(_quotes(loaded, reading, hrefs)),
        holders=wording.holders(loaded, f),
        traits=wording.traits(reading),
        sure=wording.sureness(loaded, f),
        nearest=wording.nearest(solution, f, loaded.names),
        apart=tuple(row(solution, loaded.names, one.statement, shown, f, tuple(_doubts(loaded, one.statement, f, one.sure))) for one in apart[:ROWS]),
        n_apart=len(apart),
        apart_said=wording.apart(solution, f, len(apart), ROWS),
        columns=tuple(_columns(loaded, f, {one.statement for one in apart[:ROWS] if one.sure is not False}, hrefs)),
        others=tuple(Other(picture.mark(g), loaded.names[g], pair_file(f, g)) for g in shown if g != f),
    )


def paragraphs(text: str) -> tuple[str, ...]:
    """A text in paragraphs, which blank lines part."""
    return tuple(" ".join(part.split()) for part in re.split(r"\n\s*\n", text) if part.strip())


def _quotes(loaded: Loaded, reading: Reading, hrefs: Sequence[str]) -> Iterator[Quote]:
    data = loaded.solution.data
    position = {name: i for i, name in enumerate(data.statements)}
    for one in reading.comments:
        if one.statement in position:
            i = position[one.statement]
            yield Quote(data.texts[i] or one.statement, hrefs[i], " ".join(one.text.split()))


def _doubts(loaded: Loaded, statement: int, f: int, sure: bool | None) -> Iterator[str]:
    if sure is False:
        yield _("Unsure: chance alone may give such a difference.")
    ends = wording.between(loaded.solution, loaded.found, statement, f)
    if ends:
        yield ends


def row(solution: QSolution, names: Sequence[str], statement: int, shown: Sequence[int], own: int = -1, notes: tuple[str, ...] = ()) -> Row:
    """A statement and where the viewpoints place it, `own` first and the others from the highest to the lowest.

    Parameters
    ----------
    solution : QSolution
    names : sequence of str
        Of all viewpoints.
    statement : int
    shown : sequence of int
        Positions of the viewpoints.
    own : int, optional
        The viewpoint whose page it stands on.
    notes : tuple of str, optional
        What to say below.
    """
    order = sorted(shown, key=lambda f: (f != own, -solution.scores.arrays[statement, f], f))
    places = tuple(Place(picture.mark(f), names[f], place(solution, solution.scores.arrays[statement, f]), f == own) for f in order)
    id_, text = solution.data.statements[statement], solution.data.texts[statement]
    return Row(id_, text, rows(solution)[statement], picture.dots(solution, statement, shown, own), places, notes)


def _columns(loaded: Loaded, f: int, apart: set[int], hrefs: Sequence[str]) -> Iterator[Column]:
    solution = loaded.solution
    array, ranks = solution.scores.arrays[:, f], solution.scores.ranks[:, f]
    order = np.argsort(ranks, kind="stable").tolist()
    for value in reversed(solution.scores.grid.values):
        cards = tuple(
            Card(i, solution.data.statements[i], solution.data.texts[i], hrefs[i], i in apart, _wavers(loaded, i, f))
            for i in order
            if array[i] == value
        )
        yield Column(place(solution, value), cards)


def _wavers(loaded: Loaded, statement: int, f: int) -> bool:
    """Whether the true place of a statement may lie on the other side of the middle."""
    return bool(wavering(loaded.solution, placing(loaded.solution, loaded.found))[statement, f])


def _linked(solution: QSolution, paragraph: str, hrefs: Sequence[str]) -> Markup:
    """A text in which ``(s12: +4)`` leads to the card on the board, and the wording of a statement in quotation marks to its row."""
    position = {name: i for i, name in enumerate(solution.data.statements)}
    row_of = {text: href for text, href in zip(solution.data.texts, hrefs, strict=True) if text and href}
    made, end = Markup(), 0
    for found in re.finditer(f"{CITED.pattern}|“({'|'.join(map(re.escape, row_of)) or '(?!)'})”", paragraph):
        if found[3]:
            link = Markup('“<a class="said" href="{}">{}</a>”').format(row_of[found[3]], found[3])
        elif found[1] in position:
            link = Markup('<a href="#c{}">{}</a>{}\u00a0').format(position[found[1]], found[1], found[2])
        else:
            continue
        made += escape(paragraph[end : found.start()]) + link
        end = found.end()
    return made + escape(paragraph[end:])


def _uncited(solution: QSolution, text: str) -> str:
    """A text without ``(s12: +4)``, for where there is no board beside it."""
    known = "|".join(map(re.escape, solution.data.statements))
    bare = re.sub(rf"(?<!”) \(({known}): [^()]*\)(?=\.|$)", r" \1", text) if not any(solution.data.texts) else text
    return re.sub(rf" \((?:{known}): [^()]*\)", "", bare)
