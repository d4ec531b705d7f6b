"""What the words of a report mean: the section at its end, of those terms only that it uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qmethod_analysis.report.blocks import Block, GridBlock, Heading, ItemList, Paragraph, PictureBlock, Placeholder, TableBlock
from qmethod_analysis.words.glossary import spoken, used_in
from qmethod_analysis.words.language import N_, InLanguage, _

HEADING = N_("Words used here")


def words(blocks: Sequence[Block]) -> list[Block]:
    """The section, for the blocks before it.

    Parameters
    ----------
    blocks : sequence of Block
    """
    used = used_in("\n".join(text for block in blocks for text in _texts(block)))
    return [Heading(2, _(HEADING), "words"), ItemList(tuple(InLanguage(f"{term.name}: {term.plain}", spoken()) for term in used))] if used else []


def _texts(block: Block) -> Iterator[str]:
    match block:
        case Heading() | Paragraph() | Placeholder():
            yield block.text
        case ItemList():
            yield from block.items
        case TableBlock():
            yield block.caption
            yield from block.header
            yield from block.notes
            for row in block.rows:
                yield from row
        case GridBlock():  # cards are the study's own words
            yield block.caption
            yield from block.notes
        case PictureBlock():
            yield from (block.caption, block.description)
