"""What a report consists of, whatever it is written as: headings, paragraphs, tables, grids, pictures, references. Frozen; writers lay them out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from qmethod_analysis.pictures.drawing import Figure
from qmethod_analysis.words.language import N_, _

_OPEN, _CLOSE = "\ue000", "\ue001"
"""Around the caption of a table in a sentence that will name its number: signs that no text has."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading.

    Parameters
    ----------
    level : int
        From 2; the title of the document is level 1.
    text : str
    id : str
        Unique within the document.
    viewpoint : int, optional
        Position of the viewpoint it belongs to, whose colour it takes.
    """

    level: int
    text: str
    id: str
    viewpoint: int | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph.

    Parameters
    ----------
    text : str
    kind : {'text', 'lead', 'quote', 'aside'}
        ``quote``: the words of a participant. ``aside``: a remark that a reader may pass over.
    source : str
        Of a quotation.
    """

    text: str
    kind: str = "text"
    source: str = ""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A place that only the researcher can fill.

    Parameters
    ----------
    item : int
        Of the checklist.
    prompt : str
        What belongs here.
    key : str
        Where to write it in ``report.toml``.
    """

    item: int
    prompt: str
    key: str

    @property
    def text(self) -> str:
        """What stands in the place of the text."""
        return _("To be written: {prompt} (checklist item {item}; report.toml, {key})", prompt=self.prompt, item=self.item, key=self.key)


@dataclass(frozen=True, slots=True)
class ItemList:
    """A list with bullets.

    Parameters
    ----------
    items : tuple of str
    """

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A table of texts.

    Parameters
    ----------
    caption : str
    header : tuple of str
    rows : tuple of tuple of str
        Each as long as the header; the first cell of a row names it.
    align : str
        A letter for each column: ``l`` or ``r``.
    notes : tuple of str
        Below the table.
    strong : frozenset of tuple (int, int)
        Row and column of cells to stand out.
    viewpoints : tuple of (int or None), optional
        The viewpoint of each column, whose colour its head takes; empty for none.
    number : int
        Counted through the document.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    align: str
    notes: tuple[str, ...] = ()
    strong: frozenset[tuple[int, int]] = frozenset()
    viewpoints: tuple[int | None, ...] = ()
    number: int = 0


@dataclass(frozen=True, slots=True)
class GridCard:
    """A statement in a grid: its id, its whole wording, and signs such as ``★``."""

    id: str
    text: str
    marks: str


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A column of a grid from the top, with its place such as ``+4``."""

    place: str
    cards: tuple[GridCard, ...]


@dataclass(frozen=True, slots=True)
class GridBlock:
    """The array of a viewpoint as the grid that people sorted on.

    Parameters
    ----------
    caption : str
    viewpoint : int
    columns : tuple of GridColumn
        Ascending.
    low, high : str
        What the ends mean; empty where unknown.
    notes : tuple of str
        What the signs mean.
    number : int
        Among the figures.
    language : str
        Of the statements; empty where unknown.
    """

    caption: str
    viewpoint: int
    columns: tuple[GridColumn, ...]
    low: str = ""
    high: str = ""
    notes: tuple[str, ...] = ()
    number: int = 0
    language: str = ""

    @property
    def legend(self) -> str:
        """The caption, and what the ends mean: by their places, since not every format has them left and right."""
        ends = f" {self.columns[0].place}: {self.low}. {self.columns[-1].place}: {self.high}." if self.low and self.high else ""
        return f"{self.caption}.{ends}"


@dataclass(frozen=True, slots=True)
class PictureBlock:
    """A picture.

    Parameters
    ----------
    name : str
        Unique within the document; of a file, where it becomes one.
    figure : Figure
    title : str
        What it shows, as a finding without a full stop; stands in the caption and begins the text alternative.
    reading : str
        How to read it, in a line; stands in the caption.
    description : str
        The rest of the text alternative.
    number : int
    """

    name: str
    figure: Figure
    title: str
    reading: str
    description: str
    number: int = 0

    @property
    def caption(self) -> str:
        """What stands below it."""
        return _("{title}. How to read it: {reading}", title=self.title, reading=self.reading)


@dataclass(frozen=True, slots=True)
class Entry:
    """A work in the list of references.

    Parameters
    ----------
    key : str
        Of its entry in the bibliography beside the report.
    parts : tuple of (str, str, str)
        The entry; its second part is set in italics.
    """

    key: str
    parts: tuple[str, str, str]

    @property
    def text(self) -> str:
        """The whole entry."""
        return "".join(self.parts)


Block = Heading | Paragraph | Placeholder | ItemList | TableBlock | GridBlock | PictureBlock | Entry


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report.

    Parameters
    ----------
    title, authors : str
    language : str
        Of the words of this program; statements and comments may be in another.
    blocks : tuple of Block
    """

    title: str
    authors: str
    language: str
    blocks: tuple[Block, ...]

    def headings(self) -> tuple[Heading, ...]:
        """All headings, in their order."""
        return tuple(block for block in self.blocks if isinstance(block, Heading))


TABLE, FIGURE = N_("Table"), N_("Figure")
"""What numbered blocks are called, for `qmethod_analysis.words.language._`."""


def remark(notes: Sequence[str]) -> str:
    """The notes of a block as one text.

    Parameters
    ----------
    notes : sequence of str
        Sentences, or what signs mean, without a full stop.
    """
    following = [*notes, "."][1:]
    return " ".join(one if one.endswith(".") else f"{one}{'.' if then.endswith('.') else ';'}" for one, then in zip(notes, following, strict=True))


def number_of(caption: str) -> str:
    """What a sentence says in the place of ``Table 3`` until tables are numbered.

    Parameters
    ----------
    caption : str
        Of the table.
    """
    return f"{_OPEN}{caption}{_CLOSE}"


def numbered(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """The same blocks, tables and figures each counted from 1; grids count among the figures, and sentences that name a table get its number.

    Parameters
    ----------
    blocks : iterable of Block
    """
    tables = figures = 0
    made: list[Block] = []
    for block in blocks:
        if isinstance(block, TableBlock):
            tables += 1
            made.append(replace(block, number=tables))
        elif isinstance(block, GridBlock | PictureBlock):
            figures += 1
            made.append(replace(block, number=figures))
        else:
            made.append(block)
    named = {block.caption: f"{_(TABLE)} {block.number}" for block in made if isinstance(block, TableBlock)}
    return tuple(replace(block, text=_resolved(block.text, named)) if isinstance(block, Paragraph) else block for block in made)


def _resolved(text: str, named: Mapping[str, str]) -> str:
    return re.sub(f"{_OPEN}(.*?){_CLOSE}", lambda found: named.get(found[1], _("the table “{caption}”", caption=found[1])), text)


def paragraphs(text: str, kind: str = "text") -> tuple[Paragraph, ...]:
    """A text in paragraphs, which blank lines part; a line break within one becomes a space.

    Parameters
    ----------
    text : str
    kind : str, default "text"
    """
    parts = (" ".join(part.split()) for part in text.replace("\r\n", "\n").split("\n\n"))
    return tuple(Paragraph(part, kind) for part in parts if part)
