"""The report as a tagged PDF (PDF/UA-1), typeset by Typst, which the extra ``pdf`` installs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC
from importlib.resources import files
from importlib.util import find_spec

from qmethod.errors import DataError, Fault
from qmethod_analysis.pictures.drawing import text_width
from qmethod_analysis.report import plain_svg
from qmethod_analysis.report.blocks import (
    FIGURE,
    TABLE,
    Block,
    Document,
    Entry,
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
from qmethod_analysis.report.paper import (
    A4,
    EPOCH,
    HYPHENATED,
    LARGEST,
    MARGIN,
    SMALLEST,
    STEP,
    TWIPS,
    Paper,
    cell_size,
    clean,
    in_parts,
    in_rows,
    together,
    turned,
    widths,
    words_of,
)  # fmt: skip
from qmethod_analysis.report.scripts import HYPHENATED_LANGUAGES, breakable, language_of, leftward, marked, reach
from qmethod_analysis.words.labels import colour
from qmethod_analysis.words.language import _

CONTENTS = "#outline(title: information.contents, depth: 2)"
SIDES = {"l": "start", "r": "end"}
WIDEST = 12
"""Words that Typst measures to see whether all stay whole."""
CONTINUOUS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Signs of scripts that put no space between words."""


def missing() -> DataError | None:
    """Why no PDF can be written here; None where one can."""
    if find_spec("typst") is not None:
        return None
    return DataError([Fault("a PDF needs Typst, which is not installed", advice='Install it: pip install "qmethod[pdf]"')])


def pdf(document: Document, on: Paper = A4) -> bytes:
    """The whole file.

    Parameters
    ----------
    document : Document
    on : Paper

    Raises
    ------
    DataError
        If Typst is not installed, or no font has a sign of the text.
    """
    return compiled(source(document, on))


def compiled(text: str) -> bytes:
    """What Typst makes of a source.

    Parameters
    ----------
    text : str

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
        return bytes(typst.compile(text.encode(), pdf_standards=["ua-1"], timestamp=EPOCH.replace(tzinfo=UTC)))
    except typst.TypstError as error:
        sign = re.search(r'the text `"(.*?)"` could not be displayed', str(error))
        if sign is None:
            raise
        advice = "Install a font that has it, for example of the Noto family (fonts-noto-core, fonts-noto-cjk)."
        raise DataError([Fault(f"no font of this machine has {sign[1]!r}, and a PDF for screen readers needs one", advice=advice)]) from None


def source(document: Document, on: Paper = A4) -> str:
    """What Typst sets; all words of the PDF stand in it, each as a string that Typst takes as it is.

    Parameters
    ----------
    document : Document
    on : Paper
    """
    authors = f"({_string(document.authors)},)" if document.authors else "()"
    given = {
        "title": document.title,
        "paper": on.typst,
        "language": document.language,
        "table": _(TABLE),
        "figure": _(FIGURE),
        "contents": _("Contents"),
        "note": _("Note."),
    }
    information = f"#let information = (authors: {authors}, {', '.join(f'{key}: {_string(text)}' for key, text in given.items())})"
    preamble = (files("qmethod_analysis.report") / "templates" / "print.typ").read_text(encoding="utf-8")
    first = next((i for i, block in enumerate(document.blocks) if isinstance(block, Heading)), 0)
    return "\n".join([information, preamble, *_pages(document.blocks[:first], on), CONTENTS, *_pages(document.blocks[first:], on), ""])


def _pages(blocks: Sequence[Block], on: Paper) -> Iterator[str]:
    for lying, run in turned(blocks, on):
        parts = "\n".join(_block(block, on) for block in run)
        yield f"#lying[\n{parts}\n]" if lying else parts


def literal(text: str) -> str:
    """A text as a string that Typst takes as it is.

    Parameters
    ----------
    text : str
    """
    return _string(text)


def _string(text: str) -> str:
    flat = marked(" ".join(clean(text).split(" ")))
    return '"' + flat.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'


def _words(text: str) -> str:
    """A text that runs in its direction: a string, or content where that is from right to left."""
    return f"leftwards({_string(_primary(language_of(text)))}, {_string(reach(text))}, {_string(text)})" if leftward(text) else _string(text)


def _primary(language: str) -> str:
    """What Typst takes for a language."""
    return language.partition("-")[0].lower() or "und"


def _array(items: Sequence[str]) -> str:
    """An array, with the comma that one of a single item needs."""
    return "(" + "".join(f"{item}, " for item in items) + ")"


def _block(block: Block, on: Paper) -> str:
    if isinstance(block, Heading):
        if block.viewpoint is None:
            return f"#heading(level: {block.level - 1}, {_words(block.text)})"
        return f"#viewpoint({_words(block.text)}, {_colour(block.viewpoint)})"
    if isinstance(block, Paragraph):
        if block.kind == "quote":
            return f"#quoted({_words(block.text)}, {_words(block.source)})"
        return f"#{'par' if block.kind == 'text' else block.kind}({_words(block.text)})"
    if isinstance(block, Placeholder):
        return f"#missing({_string(f'[{block.text}]')})"
    if isinstance(block, ItemList):
        return f"#list({', '.join(map(_words, block.items))})"
    if isinstance(block, TableBlock):
        return _table(block, on)
    if isinstance(block, Entry):
        return f"#entry({', '.join(map(_words, block.parts))})"
    return _board(block, on) if isinstance(block, GridBlock) else _picture(block, on)


def _colour(viewpoint: int) -> str:
    return f'rgb("{colour(viewpoint)}")'


def _notes(notes: Sequence[str]) -> str:
    return _words(remark(notes)) if notes else "none"


def _table(block: TableBlock, on: Paper) -> str:
    given = widths(block, on)
    rows = []
    for r, row in enumerate(block.rows):
        cells = (f"strong({_words(together(text))})" if (r, i) in block.strong else f"[#{_words(together(text))}]" for i, text in enumerate(row))
        rows.append(_array(list(cells)))
    columns, header = _array([f"{width / TWIPS:.2f}cm" for width in given]), _array([_words(text) for text in block.header])
    aligned = _array([SIDES[side] for side in block.align])
    size = f"{cell_size(block, on)}pt"
    return f"#tabled({_words(block.caption)}, {_notes(block.notes)}, {size}, {columns}, {aligned}, {header}, {_array(rows)})"


def _board(block: GridBlock, on: Paper) -> str:
    """A board, with the words that are the widest: Typst measures them, and then takes the largest type that fits."""
    cards = [card for column in block.columns for card in column.cards]
    language = language_of(" ".join(card.text for card in cards), block.language)
    parts = []
    for columns in in_parts(block.columns, on):
        rows = [_array([_card(card, language) for card in row]) for row in in_rows(columns)]
        parts.append(f"(places: {_array([_string(column.place) for column in columns])}, rows: {_array(rows)})")
    single = {word for card in cards for word in words_of(card).replace("-", "- ").split() if not CONTINUOUS.search(word)}
    widest = sorted(single, key=lambda word: (-text_width(word, 10), word))[:WIDEST]
    named = {
        "caption": _string(block.legend),
        "legend": _notes(block.notes),
        "own": _colour(block.viewpoint),
        "parts": _array(parts),
        "widest": _array(list(map(_string, widest))),
        "lang": _string(_primary(language)),
        "way": "rtl" if leftward(" ".join(card.text for card in cards)) else "ltr",
        "reach": _string(reach(" ".join(card.text for card in cards))),
        "patterns": str(_primary(language) in HYPHENATED_LANGUAGES).lower(),
        "sizes": f"(from: {LARGEST}pt, to: {SMALLEST}pt, step: {STEP}pt, hyphenated: {HYPHENATED}pt)",
    }
    return f"#board({', '.join(f'{name}: {value}' for name, value in named.items())})"


def _card(card: GridCard | None, language: str) -> str:
    if card is None:
        return "none"
    text = breakable(card.text, language, patterns=True)
    return f"(id: {_string(card.id)}, words: {_string(text)}, marks: {_string(card.marks)})"


def _picture(block: PictureBlock, on: Paper) -> str:
    wide, _ = plain_svg.size(block.figure, (on.wide - 2 * MARGIN) / 2.54, 8.6)
    words = _string(f"{block.title}. {block.description}")
    return f"#picture({_string(plain_svg.svg(block))}, {words}, {wide:.3f}in, {_words(block.caption)})"
