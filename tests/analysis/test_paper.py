"""Boards on paper: whatever the statements, every card is whole, on a page, and readable."""

from __future__ import annotations

import io
import json
import re
import zipfile
from importlib.resources import files

import pypdf
import pytest
import typst
from docx import Document as open_docx
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st

from qmethod_analysis.report.blocks import Document, GridBlock, GridCard, GridColumn, Heading, Paragraph, TableBlock
from qmethod_analysis.report.docx import docx
from qmethod_analysis.report.leaks import words as words_in
from qmethod_analysis.report.paper import A4, CELL, SMALLEST, cell_size, fitting, in_parts, paper, sideways, turned
from qmethod_analysis.report.pdf import pdf
from qmethod_analysis.report.scripts import RIGHT_MARK, SOFT, breakable, leftward, marked

ENGLISH = "Those who lead must decide what people want when a crisis touches everybody who lives in this neighbourhood"
GERMAN = "Verantwortungsträgerinnen Nachhaltigkeitsberichterstattungspflicht Entscheidungsfindungsprozesse im Energieversorgungsunternehmen"
ARABIC = "يجب على القائد أن يقرر ما يريده الناس وكيف يتصرفون عندما تؤثر الأزمة على الجميع"
SHAPES = {
    42: (3, 4, 5, 6, 6, 6, 5, 4, 3),
    48: (2, 4, 5, 6, 7, 7, 6, 5, 4, 2),
    60: (2, 3, 5, 6, 8, 12, 8, 6, 5, 3, 2),
    40: (1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 3, 3, 3, 2, 2, 2, 1, 1, 1),
}


def board(n: int, letters: int, words: str, language: str = "") -> GridBlock:
    """A board of n statements of about so many letters each, no two alike."""
    some = words.split()
    columns, i = [], 0
    for c, depth in enumerate(SHAPES[n]):
        cards = []
        for _ in range(depth):
            i += 1
            text, k = "", i
            while len(text) < letters:
                text, k = f"{text} {some[k % len(some)]}".strip(), k + 1
            cards.append(GridCard(f"s{i}", f"{text[:letters].strip()}.", "★"))
        columns.append(GridColumn(f"{c:+}", tuple(cards)))
    return GridBlock("The array of a viewpoint", 0, tuple(columns), "least", "most", ("★ sets it apart",), 1, language)


def document(*boards: GridBlock) -> Document:
    blocks = [block for i, one in enumerate(boards) for block in (Heading(3, f"Array {i}", f"a{i}"), one, Paragraph("What follows."))]
    return Document("A study", "", "en", (Heading(2, "Viewpoints", "v"), *blocks))


CASES = [
    *((n, letters, words, language) for n, letters, words, language in ((42, 30, ENGLISH, "en"), (42, 130, ENGLISH, ""), (48, 90, ENGLISH, "en"))),
    *((n, letters, words, language) for n, letters, words, language in ((60, 200, ENGLISH, "en"), (40, 120, ENGLISH, ""), (48, 110, GERMAN, "de"))),
    *((n, letters, words, language) for n, letters, words, language in ((48, 110, GERMAN, ""), (42, 90, ARABIC, "ar"))),
]


def squeezed(text: str) -> str:
    return re.sub(rf"[\s{SOFT}{RIGHT_MARK}‐-]+", "", text)


@pytest.mark.parametrize(("n", "letters", "words", "language"), CASES)
@pytest.mark.parametrize("on", ["a4", "letter"])
def test_every_card_of_a_board_stands_once_on_a_page_of_the_pdf(n: int, letters: int, words: str, language: str, on):
    one = board(n, letters, words, language)
    read = pypdf.PdfReader(io.BytesIO(pdf(document(one), paper(on))))
    texts, seen = [], []
    for number, page in enumerate(read.pages):
        right, top = float(page.mediabox.width), float(page.mediabox.height)

        def at(text: str, cm, tm, _font, _size, number=number, right=right, top=top) -> None:
            if text.strip():
                x, y = cm[4] + cm[0] * tm[4] + cm[2] * tm[5], cm[5] + cm[1] * tm[4] + cm[3] * tm[5]
                assert 0 < x < right
                assert 20 < y < top - 20
                seen.append((number, round(x, 1), round(y, 1)))

        texts.append(page.extract_text(visitor_text=at))
    assert len(seen) == len(set(seen)), "two texts start at one point: something is printed over something"
    said = squeezed("".join(texts))
    for column in one.columns:
        for card in column.cards:
            if not leftward(card.text):
                assert said.count(squeezed(f"{card.id}{card.text}")) == 1
    assert all(re.search(r"s\d+", text) for text in texts[2:-1]), "a page between has no card on it"


def test_eight_long_arrays_lose_no_page_to_a_legend():
    read = pypdf.PdfReader(io.BytesIO(pdf(document(*[board(60, 200, ENGLISH, "en")] * 8))))
    lying = [page.extract_text() for page in read.pages if page.mediabox.width > page.mediabox.height]
    assert sum(text.count("sets it apart") for text in lying) == 8
    assert all(re.search(r"s\d+", text) for text in lying)


@pytest.mark.parametrize(("n", "letters", "words", "language"), CASES)
def test_every_card_of_a_board_stands_once_in_word(n: int, letters: int, words: str, language: str):
    one = board(n, letters, words, language)
    made = docx(document(one))
    word = open_docx(io.BytesIO(made))
    cells = [cell.text.replace(RIGHT_MARK, "") for table in word.tables for row in table.rows[1:] for cell in row.cells if cell.text]
    assert sorted(cells) == sorted(f"{card.id} {card.text} {card.marks}" for column in one.columns for card in column.cards)
    for table in word.tables:
        assert all(row._tr.trPr.find(qn("w:trHeight")) is None for row in table.rows)
        sizes = {int(size.get(qn("w:val"))) / 2 for size in table._tbl.iter(qn("w:sz")) if size.getparent().tag == qn("w:rPr")}
        assert all(size >= SMALLEST for size in sizes)
        assert (table._tbl.find(".//" + qn("w:bidi")) is not None) == (language == "ar")
    assert b"autoHyphenation" in zipfile.ZipFile(io.BytesIO(made)).read("word/settings.xml")
    if language:
        assert {node.get(qn("w:bidi" if language == "ar" else "w:val"))[:2] for node in word.tables[0]._tbl.iter(qn("w:lang"))} == {language}
    found = words_in("report.docx", made)
    assert all(any(card.text in line for line in found) for column in one.columns for card in column.cards)


@given(st.text(max_size=80), st.sampled_from(["", "de", "fi", "xx"]), st.booleans())
def test_places_to_break_and_marks_change_no_text(text: str, language: str, patterns: bool):
    text = text.replace(SOFT, "").replace(RIGHT_MARK, "")
    assert breakable(text, language, patterns=patterns).replace(SOFT, "") == text
    assert marked(text).replace(RIGHT_MARK, "") == text


@given(st.lists(st.text("abcdefghijklmnoprstuvwäöüß", min_size=9, max_size=60), min_size=1, max_size=5))
def test_no_long_word_of_an_unknown_language_is_left_whole(some: list[str]):
    for word in breakable(" ".join(some)).split():
        assert all(len(piece) <= 12 for piece in word.split(SOFT))


def test_the_full_stop_of_an_arabic_sentence_stays_on_its_side():
    assert leftward(f"{ARABIC}.")
    assert marked(f"{ARABIC}.") == f"{ARABIC}."
    quoting = f"All of them and many more of the people asked in this study, whoever they are, agree with one of the sentences: {ARABIC[:20]}."
    assert marked(quoting) == quoting + RIGHT_MARK


@given(st.lists(st.lists(st.text("abc ", min_size=1, max_size=80), min_size=1, max_size=6), min_size=1, max_size=9))
def test_rows_of_a_table_are_never_set_larger_than_columns_alone(cards: list[list[str]]):
    free, aligned = fitting(cards, (700, 300)), fitting(cards, (700, 300), aligned=True)
    assert aligned is None or (free is not None and aligned <= free)


def test_many_columns_are_set_in_even_parts():
    parts = in_parts(board(40, 20, ENGLISH).columns)
    assert [len(part) for part in parts] == [10, 9]
    assert len(in_parts(board(42, 20, ENGLISH).columns)) == 1


def test_the_largest_type_that_fits_is_found_among_any_number_of_sizes():
    template = (files("qmethod_analysis.report") / "templates" / "print.typ").read_text(encoding="utf-8")
    rule = template[template.index("#let largest(") : template.index("#let board(")]
    asked = "#metadata(range(21).map(n => range(n + 1).map(first => largest(range(n), i => i >= first)))) <found>"
    found = json.loads(typst.query((rule + asked).encode(), "<found>", field="value", one=True))
    assert found == [[first if first < n else None for first in range(n + 1)] for n in range(21)]


def test_pages_turn_for_boards_and_for_tables_that_need_it_alone():
    narrow = TableBlock("Few", ("a", "b"), (("x", "1"),), "lr")
    wide = TableBlock("Many", tuple(f"heading{i}" for i in range(22)), (tuple(["12345"] * 22),), "r" * 22)
    middle = TableBlock("Some", tuple(f"heading{i}" for i in range(11)), (tuple(["12345"] * 11),), "r" * 11)
    assert [sideways(block) for block in (narrow, middle, wide)] == [False, False, True]
    assert cell_size(narrow) == CELL
    first, second = Heading(2, "One", "one"), Heading(2, "Two", "two")
    runs = list(turned([first, narrow, second, wide, wide, board(42, 20, ENGLISH), narrow]))
    assert [(lying, len(run)) for lying, run in runs] == [(False, 2), (True, 3), (True, 1), (False, 1)]
    assert list(turned([], A4)) == []


def test_word_has_its_contents_without_an_update_and_says_who_wrote_it():
    made = docx(document(board(42, 30, ENGLISH)), paper("letter"))
    word = open_docx(io.BytesIO(made))
    entries = [paragraph.text for paragraph in word.paragraphs if paragraph.style.name.startswith("toc")]
    assert entries == ["Viewpoints", "Array 0"]
    targets = [link.get(qn("w:anchor")) for link in word.element.body.iter(qn("w:hyperlink"))]
    assert targets == [name for mark in word.element.body.iter(qn("w:bookmarkStart")) if (name := mark.get(qn("w:name"))).startswith("_Toc")]
    assert {round(max(section.page_width, section.page_height).cm, 1) for section in word.sections} == {27.9}
    package = zipfile.ZipFile(io.BytesIO(made))
    assert not any("thumbnail" in name for name in package.namelist())
    assert b"Microsoft" not in package.read("docProps/app.xml")
    assert b"thumbnail" not in package.read("_rels/.rels")
