"""References of a Word document: fields that show now what they will show when they are updated, and tables as the APA has them."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

import pytest
from docx import Document as open_docx
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st

from qmethod_analysis.recipe.texts import Texts
from qmethod_analysis.report.blocks import Document, GridBlock, Heading, ItemList, Paragraph, PictureBlock, TableBlock, number_of, numbered
from qmethod_analysis.report.document import build
from qmethod_analysis.report.docx import docx
from qmethod_analysis.report.paper import paper
from qmethod_analysis.report.word_parts import NS, Anchors, anchors, linked, parsed
from tests.analysis.report_cases import leadership

OWN = "See Table 3, Figure 2 and “Limits”, but not Table 3 of Brown (1980), Table 999, Figure 0 or “Nowhere”; Table 30 too."


def text_of(element: Any) -> str:
    return "".join(part.text or "" for part in element.iter(qn("w:t")))


def fields(paragraph: Any) -> Iterator[tuple[str, str]]:
    """Bookmark and words shown of every reference in a paragraph."""
    name, shown, inside = "", "", False
    for run in paragraph.iter(qn("w:r")):
        kind = next((char.get(qn("w:fldCharType")) for char in run.iter(qn("w:fldChar"))), "")
        code = "".join(part.text or "" for part in run.iter(qn("w:instrText")))
        if found := re.fullmatch(r" REF (\S+) \\h ", code):
            name = found[1]
        elif kind == "separate":
            inside = bool(name)
        elif kind == "end":
            if name:
                yield name, shown
            name, shown, inside = "", "", False
        elif inside:
            shown += text_of(run)


def bookmarks(body: Any) -> dict[str, str]:
    """The words between the two ends of each bookmark."""
    found: dict[str, str] = {}
    for start in body.iter(qn("w:bookmarkStart")):
        name, number, said, node = start.get(qn("w:name")), start.get(qn("w:id")), "", start.getnext()
        assert name not in found
        while not (node.tag == qn("w:bookmarkEnd") and node.get(qn("w:id")) == number):
            said, node = said + text_of(node), node.getnext()
        found[name] = said
    return found


@pytest.fixture(scope="module")
def document() -> Document:
    return build(leadership(16), Texts(texts=MappingProxyType({"limits": OWN, "summary": "“Analysis” says how."})))


@pytest.fixture(scope="module", params=["a4", "letter"])
def body(request: pytest.FixtureRequest, document: Document) -> Any:
    return open_docx(io.BytesIO(docx(document, paper(request.param)))).element.body


def test_a_field_shows_what_its_bookmark_holds_and_the_number_that_word_counts(document: Document, body: Any) -> None:
    there = bookmarks(body)
    ids = [start.get(qn("w:id")) for start in body.iter(qn("w:bookmarkStart"))]
    assert len(set(ids)) == len(ids)
    assert [text for name, text in there.items() if name.startswith("_Toc")] == [heading.text for heading in document.headings()]
    shown = [field for paragraph in body.iter(qn("w:p")) for field in fields(paragraph)]
    assert len(shown) > 30
    assert all(there[name] == words for name, words in shown)
    for kind in ("Table", "Figure"):
        labels = [text for name, text in there.items() if name.startswith(f"_Ref{kind}")]
        assert labels == [f"{kind} {n}" for n in range(1, len(labels) + 1)]  # in the order in which Word counts them
    named = Counter(name for name, _ in shown)
    assert {"_RefTable3", "_RefFigure2"} <= set(named)


def test_whatever_refers_to_something_of_the_report_is_a_field(document: Document, body: Any) -> None:
    captions = {f"{'Table' if isinstance(one, TableBlock) else 'Figure'} {one.number}" for one in document.blocks if hasattr(one, "number")}
    headings = {block.text for block in document.blocks if isinstance(block, Heading)}
    spoken = ("Body Text", "Lead", "Remark", "List Bullet", "Cell")
    for paragraph in body.iter(qn("w:p")):
        style = next((node.get(qn("w:val")) for node in paragraph.iter(qn("w:pStyle"))), "")
        if style not in {name.replace(" ", "") for name in spoken}:
            continue
        text = text_of(paragraph)
        wanted = [one for one in re.findall(r"(?:Table|Figure) \d+\b(?! of)", text) if one in captions]
        wanted += [one for one in re.findall("“([^“”]+)”", text) if one in headings]
        assert sorted(words for _, words in fields(paragraph)) == sorted(wanted), text
    own = next(paragraph for paragraph in body.iter(qn("w:p")) if text_of(paragraph) == OWN)
    assert [words for _, words in fields(own)] == ["Table 3", "Figure 2", "Limits", "Table 30"]


TO = Anchors(MappingProxyType({"Table 3": "_RefTable3", "Figure 12": "_RefFigure12"}), MappingProxyType({"Limits": "_Toc00000001"}))
PIECES = st.sampled_from(["Table 3", "Table 30", "Figure 12", "“Limits”", "“", "”", " ", "Table", "3", " of ", ".", "é", "Tables 3", "\xa0", "<b>"])


@given(st.lists(PIECES, max_size=12).map("".join))
def test_a_text_with_references_says_what_it_said(text: str) -> None:
    paragraph = parsed(f"<w:p {NS}>{linked(text, TO)}</w:p>")
    assert text_of(paragraph) == text
    assert all(
        (name, words.replace("\xa0", " ")) in {(mark, word) for one in (TO.captions, TO.headings) for word, mark in one.items()}
        for name, words in fields(paragraph)
    )
    kinds = [char.get(qn("w:fldCharType")) for char in paragraph.iter(qn("w:fldChar"))]
    assert kinds == ["begin", "separate", "end"] * (len(kinds) // 3)


def test_two_headings_of_one_text_are_no_place_to_refer_to() -> None:
    blocks = (Heading(2, "Limits", "a"), Heading(2, "Limits", "b"), Heading(2, "Data", "c"))
    assert anchors(blocks).headings == {"Data": "_Toc00000003"}


def test_sentences_name_tables_by_the_numbers_these_get() -> None:
    tables = [TableBlock(caption, ("a",), (("b",),), "l") for caption in ("First", "Second")]
    made = numbered([Paragraph(f"{number_of('Second')} and {number_of('First')}, {number_of('None')}."), *tables, ItemList(("x",))])
    assert made[0] == Paragraph("Table 2 and Table 1, the table “None”.")


def test_no_sign_of_a_place_to_be_numbered_is_left(document: Document) -> None:
    said = [block.text for block in document.blocks if isinstance(block, Paragraph)]
    assert not any("\ue000" in text or "\ue001" in text for text in said)
    number = next(block.number for block in document.blocks if isinstance(block, TableBlock) and block.caption.startswith("Every convention"))
    assert any(f"Table {number} has all conventions." in text for text in said)


def test_tables_have_three_rules_a_title_in_italics_and_notes_below(document: Document, body: Any) -> None:
    tables = [block for block in document.blocks if isinstance(block, TableBlock)]
    found = [table for table in body.iter(qn("w:tbl")) if any(style.get(qn("w:val")) == "ThreeRules" for style in table.iter(qn("w:tblStyle")))]
    assert len(found) == len(tables)
    for table, block in zip(found, tables, strict=True):
        assert not list(table.iter(qn("w:tcBorders"), qn("w:tblBorders")))  # but those of the style
        rows = list(table.iter(qn("w:tr")))
        assert all(row.find(qn("w:trPr")).find(qn("w:cantSplit")) is not None for row in rows)
        assert [row.find(qn("w:trPr")).find(qn("w:tblHeader")) is not None for row in rows] == [True] + [False] * len(block.rows)
        caption, note = table.getprevious(), table.getnext()
        assert caption.pPr.find(qn("w:keepNext")) is not None
        number, title = (run for run in caption.iter(qn("w:r")) if text_of(run).strip() in (str(block.number), block.caption))
        assert number.getparent().tag == qn("w:fldSimple")
        assert title.rPr.find(qn("w:i")) is not None
        assert title.rPr.find(qn("w:b")).get(qn("w:val")) == "0"
        assert text_of(note).startswith("Note. ") == bool(block.notes)


def test_the_style_of_tables_has_rules_above_and_below_the_header_and_at_the_end(document: Document) -> None:
    styles = open_docx(io.BytesIO(docx(document))).styles.element
    style = next(one for one in styles.iter(qn("w:style")) if one.get(qn("w:styleId")) == "ThreeRules")
    whole, first = (next(style.iter(qn(name))) for name in ("w:tblBorders", "w:tcBorders"))
    assert [edge.tag for edge in whole] == [qn("w:top"), qn("w:bottom")]
    assert [edge.tag for edge in first] == [qn("w:bottom")]
    assert any(isinstance(block, GridBlock | PictureBlock) for block in document.blocks)
