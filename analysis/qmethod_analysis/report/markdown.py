"""The report as GitHub-flavoured Markdown, its pictures as SVG files in a folder beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qmethod_analysis.report import plain_svg
from qmethod_analysis.report.blocks import (
    FIGURE,
    TABLE,
    Block,
    Document,
    Entry,
    GridBlock,
    Heading,
    ItemList,
    Paragraph,
    PictureBlock,
    Placeholder,
    TableBlock,
    remark,
)
from qmethod_analysis.words.language import _


def markdown(document: Document, name: str = "report") -> dict[str, bytes]:
    """The text and its pictures, by file name.

    Parameters
    ----------
    document : Document
    name : str, default "report"
        What the file is called, and how the folder of its pictures begins.
    """
    folder = f"{name}-figures"
    blocks = (_block(block, folder) for block in document.blocks)
    parts = [f"# {escaped(document.title)}", *([escaped(document.authors)] if document.authors else []), *blocks]
    files = {f"{name}.md": ("\n\n".join(parts) + "\n").encode()}
    for block in document.blocks:
        if isinstance(block, PictureBlock):
            files[f"{folder}/{block.name}.svg"] = (plain_svg.svg(block) + "\n").encode()
    return files


def escaped(text: str) -> str:
    """Text that Markdown shows as it is.

    Parameters
    ----------
    text : str
    """
    flat = " ".join(text.split())
    flat = re.sub(r"([\\`*_{}\[\]<>|#~$])", r"\\\1", flat.replace("&", "&amp;"))
    flat = re.sub(r"^(\d+)([.)])(?=\s|$)", r"\1\\\2", flat)
    flat = re.sub(r"^([-+=])", r"\\\1", flat)
    return re.sub(
        r"(?i)(https?:)(?=//)|(www)(?=\.)|@", lambda found: found[0].replace(":", "&#58;").replace("@", "&#64;").replace("ww", "w&#119;"), flat
    )


def _block(block: Block, folder: str) -> str:
    if isinstance(block, Heading):
        return f"{'#' * block.level} {escaped(block.text)}"
    if isinstance(block, Paragraph):
        text = f"> “{escaped(block.text)}”" if block.kind == "quote" else escaped(block.text)
        return text + (f" — {escaped(block.source)}" if block.source else "")
    if isinstance(block, Placeholder):
        return f"> **[{escaped(block.text)}]**"
    if isinstance(block, ItemList):
        return "\n".join(f"- {escaped(item)}" for item in block.items)
    if isinstance(block, TableBlock):
        return _captioned(_(TABLE), block.number, block.caption) + "\n\n" + _table(block) + _notes(block.notes)
    if isinstance(block, GridBlock):
        return _grid(block) + "\n\n" + _captioned(_(FIGURE), block.number, block.legend) + _notes(block.notes)
    if isinstance(block, Entry):
        before, within, after = (f"{' ' * part.startswith(' ')}{escaped(part)}{' ' * part.endswith(' ')}" for part in block.parts)
        return f"{before}*{within}*{after}"
    words = escaped(f"{block.title}. {block.description}")
    return f"![{words}]({folder}/{block.name}.svg)\n\n" + _captioned(_(FIGURE), block.number, block.caption)


def _captioned(kind: str, number: int, text: str) -> str:
    return f"**{kind} {number}.** {escaped(text)}"


def _notes(notes: Sequence[str]) -> str:
    return f"\n\n{escaped(remark(notes))}" if notes else ""


def _table(block: TableBlock) -> str:
    rule = " | ".join("---:" if align == "r" else ":---" for align in block.align)
    rows = [
        " | ".join(f"**{escaped(cell)}**" if (r, i) in block.strong and cell else escaped(cell) for i, cell in enumerate(row))
        for r, row in enumerate(block.rows)
    ]
    return "\n".join(f"| {row} |" for row in (" | ".join(map(escaped, block.header)), rule, *rows))


def _grid(block: GridBlock) -> str:
    """The columns of the grid as those of a table."""
    deepest = max(len(column.cards) for column in block.columns)
    lines = [" | ".join(escaped(column.place) for column in block.columns), " | ".join(":---" for _column in block.columns)]
    for depth in range(deepest):
        cards = (column.cards[depth] if depth < len(column.cards) else None for column in block.columns)
        lines.append(" | ".join("" if card is None else f"**{escaped(card.id)}** {escaped(card.text)} {card.marks}".strip() for card in cards))
    return "\n".join(f"| {row} |" for row in lines)
