"""One report in five formats: each says every sentence of it, and nothing else."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from html import unescape
from html.parser import HTMLParser

import openpyxl
import pytest
from docx import Document as open_docx
from docx.oxml.ns import qn

import qmethod
from qmethod_analysis.folder.loaded import Loaded
from qmethod_analysis.recipe.texts import Own, Texts
from qmethod_analysis.report import pdf as pdf_module
from qmethod_analysis.report.anonymous import anonymised
from qmethod_analysis.report.blocks import Block, Document, Entry, GridBlock, ItemList, Paragraph, PictureBlock, Placeholder, TableBlock, remark
from qmethod_analysis.report.document import build
from qmethod_analysis.report.docx import docx
from qmethod_analysis.report.html import html
from qmethod_analysis.report.markdown import markdown
from qmethod_analysis.report.workbook import REPORT
from qmethod_analysis.report.xlsx import xlsx
from tests.analysis.conftest import UNFORCED
from tests.analysis.report_cases import bare, leadership, named
from tests.references import sorts

OWN = Texts(
    "Four & <more> views", "A. Author", {"ethics": "Approved.\n\nTwice <indeed>."}, {"f1": Own("The *makers*", "They make.", "One.\n\nTwo | three.")}
)
CASES: dict[str, Callable[[], tuple[Loaded, Texts, bool]]] = {
    "study, answers, comments and a bootstrap": lambda: (leadership(), Texts(), False),
    "the researcher's own words": lambda: (leadership(16), OWN, False),
    "anonymous": lambda: (anonymised(leadership(40)), Texts(), True),
    "nothing known but sorts": lambda: (bare(qmethod.analyse(sorts("lipset"), 3)), Texts(), False),
    "one viewpoint": lambda: (bare(qmethod.analyse(sorts("lipset"), 1)), Texts(), False),
    "nobody defines a viewpoint": lambda: (bare(qmethod.analyse(sorts("lipset"), 2, flagging="none")), Texts(), False),
    "a factor without sorts": lambda: (bare(no_sort_on_the_second()), Texts(), False),
    "two poles, and rotations by hand": lambda: (
        bare(qmethod.analyse(sorts("lipset"), 3, bipolar="split", rotations=[(1, 2, 12.5)])),
        Texts(),
        False,
    ),
    "a free distribution": lambda: (bare(qmethod.analyse(qmethod.read(UNFORCED), 3)), Texts(), False),
    "names that are markup": lambda: (named(("<b>A</b>", "=1+1", "*c*", "d|e", "f & g", "_h_", "`i`", "$j$")), Texts(), False),
}
ONLY_IN = {
    "html": {"Skip to the content": "leads a keyboard past the contents", "All sections": "opens the contents"},
    "docx": {"1": "the number of the page"},
    "md": {},
    "pdf": {},
    "xlsx": {},
}
"""What one format says and the others do not, and why. Of the workbook one sheet is the report; the others are tables, with their own tests."""


def no_sort_on_the_second() -> qmethod.QSolution:
    return qmethod.analyse(sorts("lipset"), 2, flagging="none", flags=[qmethod.ManualFlag("US1", "f1", True, "to see")])


def flat(text: str) -> str:
    """Without what only a format adds: breaks, spaces that do not break, places where a word may, and what stands before captions and notes."""
    plain = re.sub("[\xad\u200b\u200e\u200f\u2066-\u2069]", "", text.replace("\xa0", " "))
    return re.sub(r"^((Table|Figure) \d+\.|Table \d+ ¶|Note\.) ", "", " ".join(plain.split()))


def said(block: Block) -> Iterator[str]:
    """The sentences and cells of a block."""
    if isinstance(block, ItemList):
        yield from block.items
    elif isinstance(block, TableBlock):
        yield from (block.caption, *block.header, remark(block.notes))
        for row in block.rows:
            yield from row
    elif isinstance(block, GridBlock):
        yield from (block.legend, remark(block.notes))
        for column in block.columns:
            yield column.place
            yield from (f"{card.id} {card.text} {card.marks}" for card in column.cards)
    elif isinstance(block, PictureBlock):
        yield block.caption
    elif isinstance(block, Paragraph) and block.kind == "quote":
        yield f"“{block.text}” {block.source}"
    else:
        yield f"[{block.text}]" if isinstance(block, Placeholder) else block.text


def everything(document: Document) -> set[str]:
    return {flat(text) for text in (document.title, document.authors, *(text for block in document.blocks for text in said(block)))} - {""}


class Page(HTMLParser):
    """The texts of a page, one for each element that holds one; pictures, scripts, and links of the contents are none."""

    WHOLE = ("h1", "h2", "h3", "p", "li", "th", "td", "caption", "figcaption", "summary", "a")

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, str]] = []
        self.silent: list[str] = []
        self.now: list[tuple[str, str]] = []
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        if tag in ("svg", "script", "style", "title", "nav"):
            self.silent.append(tag)
        elif not self.silent and tag in self.WHOLE:
            self.now.append((tag, ""))

    def handle_endtag(self, tag):
        if self.silent and tag == self.silent[-1]:
            self.silent.pop()
        elif not self.silent and self.now and self.now[-1][0] == tag:
            self.found.append(self.now.pop())

    def handle_data(self, data):
        if not self.silent and self.now:
            self.now[-1] = (self.now[-1][0], self.now[-1][1] + data)


def of_html(document: Document) -> set[str]:
    found = Page(html(document)).found
    folds = [text for tag, text in found if tag == "summary"]
    assert all(re.fullmatch(r"\d+ more|Show the \d+ rows of table \d+: .*", fold) for fold in folds)
    return {flat(text) for tag, text in found if tag != "summary"}


def of_docx(document: Document) -> set[str]:
    body = open_docx(io.BytesIO(docx(document))).element.body
    ends = {qn("w:br"): " ¶ "}
    words = ("".join(ends.get(part.tag, part.text or "") for part in paragraph.iter(qn("w:t"), qn("w:br"))) for paragraph in body.iter(qn("w:p")))
    return {flat(text) for text in words}


def of_xlsx(loaded: Loaded, texts: Texts, document: Document) -> set[str]:
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx(loaded, texts, document.title, document.blocks)))[REPORT]
    return {flat(str(cell)) for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None} | {document.authors}


def of_markdown(document: Document) -> set[str]:
    def plain(text: str) -> str:
        return flat(unescape(re.sub(r"\\(.)", r"\1", re.sub(r"(?<!\\)\*\*", "", text))))

    found = set()
    for line in markdown(document)["report.md"].decode().splitlines():
        if line.startswith("| "):
            found |= {plain(cell) for cell in re.split(r"(?<!\\)\|", line)[1:-1] if not re.fullmatch(r" :?-+:? ", cell)}
        elif not line.startswith("!["):
            found.add(plain(re.sub(r"(?<!\\)\*", "", re.sub(r"^(#+|-|>) ", "", line)).replace("” — ", "” ")))
    return found


def of_pdf(document: Document) -> list[str]:
    """The strings that Typst sets, in their order, without pictures, their alternatives and colours."""
    source = pdf_module.source(document)
    source = source.removeprefix(source[: source.index("#if information.authors.len()")])
    source = re.sub(r'#picture\("(?:[^"\\]|\\.)*", "(?:[^"\\]|\\.)*", [\d.]+in, ', "#picture(", source)
    source = re.sub(r'rgb\("[^"]*"\)|outline\(title: "[^"]*"|join\("[^"]*"\)', "", source)
    source = re.sub(
        r'widest: \(("(?:[^"\\]|\\.)*", )*\)|lang: "[^"]*"|reach: "[a-z]*"|leftwards\("[^"]*", "[a-z]*"', "", source
    )  # measured, not set; languages, and room for letters
    return [re.sub(r"\\(.)", r"\1", text) for text in re.findall(r'"((?:[^"\\]|\\.)*)"', source)]


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[Loaded, Texts, Document]:
    loaded, texts, anonymous = CASES[request.param]()
    return loaded, texts, build(loaded, texts, anonymous=anonymous)


@pytest.mark.parametrize("name", ["html", "docx", "md", "xlsx"])
def test_a_format_says_all_that_the_report_says_and_nothing_else(case: tuple[Loaded, Texts, Document], name: str) -> None:
    loaded, texts, document = case
    reading = {"html": of_html, "docx": of_docx, "md": of_markdown, "xlsx": lambda shown: of_xlsx(loaded, texts, shown)}
    found, wanted = reading[name](document) - {""}, everything(document)
    assert wanted - found == set()
    assert found - wanted <= set(ONLY_IN[name])


def test_what_the_pdf_is_set_from_is_all_of_the_report_and_nothing_else(case: tuple[Loaded, Texts, Document]) -> None:
    _, _, document = case
    pieces = {flat(text) for text in of_pdf(document)} - {""}
    cards = {
        part
        for block in document.blocks
        if isinstance(block, GridBlock)
        for column in block.columns
        for card in column.cards
        for part in (card.id, card.text, card.marks)
    }
    quotes = {part for block in document.blocks if isinstance(block, Paragraph) and block.kind == "quote" for part in (block.text, block.source)}
    quotes |= {part for block in document.blocks if isinstance(block, Entry) for part in block.parts}
    apart = [block for block in document.blocks if isinstance(block, Entry) or (isinstance(block, Paragraph) and block.kind == "quote")]
    whole = {flat(text) for block in document.blocks if block not in apart for text in said(block)}
    joined = {
        flat(f"{card.id} {card.text} {card.marks}")
        for block in document.blocks
        if isinstance(block, GridBlock)
        for column in block.columns
        for card in column.cards
    }
    wanted = ({flat(text) for text in cards | quotes} | (whole - joined)) - {""}
    assert wanted - pieces == set()
    assert pieces - wanted == set()


def test_without_the_researchers_file_nothing_speaks_to_the_researcher() -> None:
    """The page of an analysis: neither places to fill nor the checklist, no heading over nothing, and all else as in a report."""
    for loaded in (bare(qmethod.analyse(sorts("lipset"), 3)), leadership(16)):
        plain, whole = build(loaded, None), build(loaded, Texts())
        assert "To be written" not in html(plain)
        assert "checklist" not in {heading.id for heading in plain.headings()}
        kept = {text for block in plain.blocks for text in said(block)}
        lost = [block for block in whole.blocks if not kept >= set(said(block))]
        assert {type(block) for block in lost} <= {type(heading) for heading in whole.headings()} | {
            Placeholder,
            Paragraph,
            TableBlock,
            ItemList,
            Entry,
        }
        assert [block.caption for block in lost if isinstance(block, TableBlock)] == ["The checklist", "What else this report rests on"]
        assert {block.key for block in lost if isinstance(block, Entry)} <= {"churruca2021", "dieteren2023", "zabala2018"}
        assert html(plain).count("<h2") > 10
