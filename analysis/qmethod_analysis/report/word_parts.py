"""Pieces of a Word document: runs and paragraphs in their direction, captions that count themselves, and references that follow them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from qmethod_analysis.report.blocks import FIGURE, TABLE, Block, GridBlock, Heading, PictureBlock, TableBlock
from qmethod_analysis.report.paper import clean
from qmethod_analysis.report.scripts import SOFT, language_of, leftward, marked, tag
from qmethod_analysis.words.language import _

NS = nsdecls("w", "r", "wp", "a", "pic")
PLAIN, ITALIC = '<w:b w:val="0"/>', '<w:b w:val="0"/><w:i/>'
"""Of runs in a caption."""
CAPTIONS = 100_000
"""Number from which on the bookmarks of captions count, above those of headings."""


@dataclass(frozen=True, slots=True)
class Anchors:
    """Bookmarks that texts can refer to.

    Parameters
    ----------
    captions : mapping of str to str
        By ``Table 3`` or ``Figure 2``.
    headings : mapping of str to str
        By the text of the heading; those that two headings share are left out.
    """

    captions: Mapping[str, str]
    headings: Mapping[str, str]

    def of(self, found: re.Match[str]) -> str:
        """The bookmark of what a text names; empty where there is none.

        Parameters
        ----------
        found : re.Match
            Of `named`.
        """
        if found["caption"]:
            return self.captions.get(found["caption"].replace("\u00a0", " "), "")
        return self.headings.get(found["heading"], "")


def named() -> re.Pattern[str]:
    """What a text may refer to: a table or a figure by its number, unless it is one of another work, and a section between quotation marks."""
    kinds = "|".join(re.escape(_(kind)) for kind in (TABLE, FIGURE))
    return re.compile(rf"\b(?P<caption>(?:{kinds})[ \u00a0]\d+)\b(?! (?:of|in|from|by|de|en)\b)|(?<=“)(?P<heading>[^“”]+)(?=”)")


NOWHERE = Anchors({}, {})
"""For texts that refer to nothing."""


def anchors(blocks: Sequence[Block]) -> Anchors:
    """All bookmarks of a document.

    Parameters
    ----------
    blocks : sequence of Block
        Numbered.
    """
    captions = {}
    for block in blocks:
        if isinstance(block, TableBlock | GridBlock | PictureBlock):
            kind = TABLE if isinstance(block, TableBlock) else FIGURE
            captions[f"{_(kind)} {block.number}"] = f"_Ref{kind}{block.number}"
    texts = [block.text for block in blocks if isinstance(block, Heading)]
    return Anchors(captions, {text: anchor(i) for i, text in enumerate(texts) if texts.count(text) == 1})


def anchor(i: int) -> str:
    """The bookmark of a heading, by its position among the headings."""
    return f"_Toc{i + 1:08}"


def parsed(xml: str) -> Any:
    """An element of a document."""
    return parse_xml(xml)


def mark(kind: str) -> str:
    """The beginning, the middle or the end of a field."""
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def run(text: str, properties: str = "", language: str = "") -> str:
    """A run in its direction and language; soft hyphens become those of Word."""
    spoken = language_of(text, language) if leftward(text) or language else ""
    if spoken:
        kind = "bidi" if leftward(text) else "eastAsia" if spoken.partition("-")[0] in ("zh", "ja", "ko") else "val"
        properties += ("<w:rtl/>" if leftward(text) else "") + f'<w:lang w:{kind}="{tag(spoken)}"/>'
    inner = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    texts = (f'<w:t xml:space="preserve">{escape(part)}</w:t>' for part in marked(clean(text)).split(SOFT))
    return f"<w:r>{inner}{'<w:softHyphen/>'.join(texts)}</w:r>"


def linked(text: str, to: Anchors, properties: str = "") -> str:
    """Runs of a text in which tables, figures and sections are referred to by fields, which hold the words they have now.

    Parameters
    ----------
    text : str
    to : Anchors
    properties : str
        Of every run.
    """
    return "".join(_linked(text, to, properties))


def _linked(text: str, to: Anchors, properties: str) -> Iterator[str]:
    at = 0
    for found in named().finditer(text):
        if name := to.of(found):
            if found.start() > at:
                yield run(text[at : found.start()], properties)
            begin = f'{mark("begin")}<w:r><w:instrText xml:space="preserve"> REF {name} \\h </w:instrText></w:r>{mark("separate")}'
            yield f"{begin}{run(found[0], properties)}{mark('end')}"
            at = found.end()
    if at < len(text) or not text:
        yield run(text[at:], properties)


def bookmarked(runs: str, name: str, number: int) -> str:
    """Runs that a field elsewhere can repeat."""
    return f'<w:bookmarkStart w:id="{number}" w:name="{name}"/>{runs}<w:bookmarkEnd w:id="{number}"/>'


def paragraph(style: str, runs: str, properties: str = "") -> str:
    """A paragraph in a style."""
    return f'<w:p {NS}><w:pPr><w:pStyle w:val="{style.replace(" ", "")}"/>{properties}</w:pPr>{runs}</w:p>'


def way(text: str) -> str:
    """The property of a paragraph that runs from right to left, where its text does."""
    return "<w:bidi/>" if leftward(text) else ""


def caption(kind: str, number: int, text: str) -> Any:
    """A caption whose number Word counts itself; it stays with what is under it. The title of a table stands in italics below its number."""
    field = f'<w:fldSimple w:instr=" SEQ {kind} \\* ARABIC "><w:r><w:t>{number}</w:t></w:r></w:fldSimple>'
    table = kind == TABLE
    label = bookmarked(run(f"{_(kind)} ") + field, f"_Ref{kind}{number}", CAPTIONS + 2 * number + table)
    said = f"<w:r><w:br/></w:r>{run(text, ITALIC)}" if table else run(f". {text}", PLAIN)
    return parsed(paragraph("Caption", label + said, "<w:keepNext/>" + way(text)))


def attribute(text: str) -> str:
    """A text as the value of an attribute."""
    return escape(clean(" ".join(text.split())), {'"': "&quot;"})
