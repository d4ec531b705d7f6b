"""The report as a tagged PDF (PDF/UA-1), typeset by Typst, which the extra ``pdf`` installs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC
from importlib.resources import files
from importlib.util import find_spec

from qmethod.errors import DataError, Fault
from qmethod_analysis.report import plain_svg
from qmethod_analysis.report.blocks import (
    Block,
    Document,
    GridBlock,
    GridCard,
    Heading,
    ItemList,
    Paragraph,
    PictureBlock,
    Placeholder,
    TableBlock,
    remark,
)
from qmethod_analysis.report.paper import EPOCH, MARGIN, PAGE, clean, sideways, together, widths
from qmethod_analysis.words.labels import colour

CONTENTS = '#outline(title: "Contents", depth: 2)'
SIDES = {"l": "left", "r": "right"}


def missing() -> DataError | None:
    """Why no PDF can be written here; None where one can."""
    if find_spec("typst") is not None:
        return None
    return DataError([Fault("a PDF needs Typst, which is not installed", advice='Install it: pip install "qmethod[pdf]"')])


def pdf(document: Document) -> bytes:
    """The whole file.

    Parameters
    ----------
    document : Document

    Raises
    ------
    DataError
        If Typst is not installed, or no font has a sign of the text.
    """
    lacking = missing()
    if lacking is not None:
        raise lacking
    import typst

    try:
        return bytes(typst.compile(source(document).encode(), pdf_standards=["ua-1"], timestamp=EPOCH.replace(tzinfo=UTC)))
    except typst.TypstError as error:
        sign = re.search(r'the text `"(.*?)"` could not be displayed', str(error))
        if sign is None:
            raise
        advice = "Install a font that has it, for example of the Noto family (fonts-noto-core, fonts-noto-cjk)."
        raise DataError([Fault(f"no font of this machine has {sign[1]!r}, and a PDF for screen readers needs one", advice=advice)]) from None


def source(document: Document) -> str:
    """What Typst sets; all words of the PDF stand in it, each as a string that Typst takes as it is.

    Parameters
    ----------
    document : Document
    """
    authors = f"({_string(document.authors)},)" if document.authors else "()"
    information = f"#let information = (title: {_string(document.title)}, authors: {authors})"
    preamble = (files("qmethod_analysis.report") / "templates" / "print.typ").read_text(encoding="utf-8")
    first = next((i for i, block in enumerate(document.blocks) if isinstance(block, Heading)), 0)
    parts = [_placed(block) for block in document.blocks]
    return "\n".join([information, preamble, *parts[:first], CONTENTS, *parts[first:], ""])


def _string(text: str) -> str:
    flat = " ".join(clean(text).split(" "))
    return '"' + flat.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'


def _array(items: Sequence[str]) -> str:
    """An array, with the comma that one of a single item needs."""
    return "(" + "".join(f"{item}, " for item in items) + ")"


def _placed(block: Block) -> str:
    return f"#lying[\n{_block(block)}\n]" if sideways(block) else _block(block)


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        if block.viewpoint is None:
            return f"#heading(level: {block.level - 1}, {_string(block.text)})"
        return f"#viewpoint({_string(block.text)}, {_colour(block.viewpoint)})"
    if isinstance(block, Paragraph):
        if block.kind == "quote":
            return f"#quoted({_string(block.text)}, {_string(block.source)})"
        return f"#{'par' if block.kind == 'text' else block.kind}({_string(block.text)})"
    if isinstance(block, Placeholder):
        return f"#missing({_string(f'[{block.text}]')})"
    if isinstance(block, ItemList):
        return f"#list({', '.join(map(_string, block.items))})"
    if isinstance(block, TableBlock):
        return _table(block) + _notes(block.notes)
    return _grid(block) + _notes(block.notes) if isinstance(block, GridBlock) else _picture(block)


def _colour(viewpoint: int) -> str:
    return f'rgb("{colour(viewpoint)}")'


def _notes(notes: Sequence[str]) -> str:
    return f"\n#aside({_string(remark(notes))})" if notes else ""


def _table(block: TableBlock) -> str:
    room = PAGE[0] - 2 * MARGIN if not sideways(block) else PAGE[1] - 2 * 1.6
    given = [width / 567 for width in widths(block)]
    scale = min(1.0, room / sum(given))
    rows = []
    for r, row in enumerate(block.rows):
        cells = (f"strong({_string(together(text))})" if (r, i) in block.strong else f"[#{_string(together(text))}]" for i, text in enumerate(row))
        rows.append(_array(list(cells)))
    columns, header = _array([f"{width * scale:.2f}cm" for width in given]), _array([_string(text) for text in block.header])
    aligned = _array([SIDES[side] for side in block.align])
    return f"#tabled({_string(block.caption)}, {columns}, {aligned}, {header}, {_array(rows)})"


def _grid(block: GridBlock) -> str:
    deepest = max(len(column.cards) for column in block.columns)
    rows = [_array([_card(column.cards[depth] if depth < len(column.cards) else None) for column in block.columns]) for depth in range(deepest)]
    places = _array([_string(column.place) for column in block.columns])
    return f"#board({_string(block.legend)}, {_colour(block.viewpoint)}, {places}, {_array(rows)})"


def _card(card: GridCard | None) -> str:
    return "[]" if card is None else f"card({_string(card.id)}, {_string(card.text)}, {_string(card.marks)})"


def _picture(block: PictureBlock) -> str:
    wide, _ = plain_svg.size(block.figure, (PAGE[0] - 2 * MARGIN) / 2.54, 8.6)
    words = _string(f"{block.title}. {block.description}")
    return f"#picture({_string(plain_svg.svg(block))}, {words}, {wide:.3f}in, {_string(block.caption)})"
