"""Reports in every format: opened again by other programs, they say what the solution says, and the same bytes come out twice."""

from __future__ import annotations

import io
import itertools
import re
from functools import partial
from pathlib import Path

import numpy as np
import openpyxl
import pypdf
import pytest
import resvg_py
from docx import Document as open_docx
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st

import qmethod
from qmethod import QSolution
from qmethod.errors import DataError
from qmethod_analysis.folder.loaded import Loaded
from qmethod_analysis.pictures.drawing import wrapped
from qmethod_analysis.recipe.texts import Own, Texts
from qmethod_analysis.report import pdf as pdf_module
from qmethod_analysis.report.blocks import Document, GridBlock, Heading, ItemList, Paragraph, PictureBlock, Placeholder, TableBlock
from qmethod_analysis.report.document import build
from qmethod_analysis.report.docx import docx
from qmethod_analysis.report.markdown import escaped, markdown
from qmethod_analysis.report.paper import A4, Paper, paper
from qmethod_analysis.report.pdf import pdf
from qmethod_analysis.report.workbook import README, REPORT, boards, sheet_names, sheets
from qmethod_analysis.report.writing import write_formats
from qmethod_analysis.report.xlsx import xlsx
from qmethod_analysis.tables import solution as tables
from qmethod_analysis.words.labels import colour
from tests.analysis.conftest import Qmethod, hashes
from tests.analysis.report_cases import bare, leadership
from tests.analysis.test_one_document import CASES
from tests.references import sorts


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return leadership()


@pytest.fixture(scope="module")
def document(loaded: Loaded) -> Document:
    return build(loaded, Texts())


@pytest.fixture(scope="module")
def word(document: Document):
    return open_docx(io.BytesIO(docx(document)))


def of(document: Document, kind: type) -> list:
    return [block for block in document.blocks if isinstance(block, kind)]


def number(text: str) -> float:
    return float(re.match(r"[-+]?[\d.]+", text.replace("−", "-"))[0])


def test_the_document_says_the_figures_of_the_solution(loaded: Loaded, document: Document):
    solution = loaded.solution
    by_caption = {block.caption: block for block in of(document, TableBlock)}
    shown = np.array([[number(cell) for cell in row[1:-1]] for row in by_caption["Loadings of all sorts"].rows])
    assert shown == pytest.approx(solution.loadings, abs=0.005001)
    flagged = np.array([["●" in cell or "○" in cell for cell in row[1:-1]] for row in by_caption["Loadings of all sorts"].rows])
    assert (flagged == solution.flags).all()
    every = by_caption["Place in the array and z-score of every statement"]
    assert [row[0] for row in every.rows] == [f"{i}. {text}" for i, text in zip(solution.data.statements, solution.data.texts, strict=True)]
    assert (np.array([[number(cell) for cell in row[1:]] for row in every.rows]) == solution.scores.arrays).all()
    z = np.array([[number(cell.split("(")[1]) for cell in row[1:]] for row in every.rows])
    assert z == pytest.approx(solution.scores.z_scores, abs=0.005001)
    square = by_caption["Correlations between the z-scores of the viewpoints"]
    assert np.array([[number(cell) for cell in row[1:]] for row in square.rows]) == pytest.approx(solution.factor_correlations, abs=0.005001)
    assert [int(row[1]) for row in by_caption["Characteristics of the factors"].rows[:-1]] == solution.characteristics.n_defining.tolist()


def test_grids_hold_every_statement_at_its_place_with_its_whole_wording(loaded: Loaded, document: Document):
    solution = loaded.solution
    grids = of(document, GridBlock)
    assert len(grids) == 4
    for grid in grids:
        places = {card.id: number(column.place) for column in grid.columns for card in column.cards}
        assert places == dict(zip(solution.data.statements, solution.scores.arrays[:, grid.viewpoint], strict=True))
        assert {card.text for column in grid.columns for card in column.cards} == set(solution.data.texts)
        starred = {card.id for column in grid.columns for card in column.cards if "★" in card.marks}
        levels = solution.contrasts.distinguishing[:, grid.viewpoint]
        assert starred == {name for name, level in zip(solution.data.statements, levels, strict=True) if level == level}


def test_ids_are_unique_and_captions_count_on(document: Document):
    ids = [heading.id for heading in document.headings()] + [picture.name for picture in of(document, PictureBlock)]
    assert len(ids) == len(set(ids))
    assert [block.number for block in of(document, TableBlock)] == list(range(1, len(of(document, TableBlock)) + 1))
    figures = [block for block in document.blocks if isinstance(block, GridBlock | PictureBlock)]
    assert [block.number for block in figures] == list(range(1, len(figures) + 1))
    levels = [1, *(heading.level for heading in document.headings())]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_word_has_the_tables_and_styles(document: Document, word):
    written = [[[cell.text.replace("\xa0", " ") for cell in row.cells] for row in table.rows] for table in word.tables]
    wanted = [block for block in document.blocks if isinstance(block, TableBlock | GridBlock)]
    assert len(written) == len(wanted)
    for rows, block in zip(written, wanted, strict=True):
        if isinstance(block, TableBlock):
            assert rows == [list(block.header), *map(list, block.rows)]
        else:
            assert rows[0] == [column.place for column in block.columns]
            texts = [[" ".join(filter(None, (card.id, card.text, card.marks))) for card in column.cards] for column in block.columns]
            assert [[cell for cell in column if cell] for column in zip(*rows[1:], strict=True)] == texts
    styles = {paragraph.style.name for paragraph in word.paragraphs}
    assert {"Title", "Heading 1", "Heading 2", "Caption", "List Bullet", "Body Text", "Quote", "To be written"} <= styles
    headings = [paragraph.text for paragraph in word.paragraphs if paragraph.style.name.startswith("Heading")]
    assert headings == [heading.text for heading in document.headings()]
    assert sum(paragraph.style.name == "To be written" for paragraph in word.paragraphs) == len(of(document, Placeholder))


def test_word_counts_its_captions_repeats_headers_and_turns_pages(document: Document, word):
    fields = [field.get(qn("w:instr")).split()[1] for field in word.element.body.iter(qn("w:fldSimple"))]
    assert fields.count("Table") == len(of(document, TableBlock))
    assert fields.count("Figure") == len(of(document, GridBlock)) + len(of(document, PictureBlock))
    assert all(table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None for table in word.tables)
    assert {section.orientation for section in word.sections} == {0, 1}
    assert all((section.page_width > section.page_height) == (section.orientation == 1) for section in word.sections)


def test_word_pictures_have_their_alternative_and_fit_the_page(document: Document, word):
    pictures = of(document, PictureBlock)
    assert [shape._inline.docPr.get("descr") for shape in word.inline_shapes] == [picture.description for picture in pictures]
    section = word.sections[0]
    assert all(shape.width <= section.page_width - section.left_margin - section.right_margin for shape in word.inline_shapes)
    assert all(shape.height <= section.page_height - section.top_margin - section.bottom_margin for shape in word.inline_shapes)


def test_word_holds_no_time_of_its_own(word):
    assert word.core_properties.created.year == word.core_properties.modified.year == 2000
    assert word.core_properties.author == ""


def test_excel_has_every_table_to_the_digits_it_has(loaded: Loaded):
    book = openpyxl.load_workbook(io.BytesIO(xlsx(loaded, Texts(), "A study")))
    for name, table in sheets(loaded, Texts()).items():
        sheet = book[name]
        assert sheet.freeze_panes == "B2"
        rows = list(sheet.iter_rows(values_only=True))
        assert rows[0] == table.header
        for read, cells in zip(rows[1:], table.rows, strict=True):
            wanted = [cell or None if isinstance(cell, str) else cell for cell in cells]
            assert [isinstance(cell, str) for cell in read] == [isinstance(cell, str) for cell in wanted]
            assert list(read) == [pytest.approx(cell, rel=1e-14) if isinstance(cell, int | float) else cell for cell in wanted]
    wanted = {name.removesuffix(".csv") for name in tables.files(loaded.solution)}
    assert wanted | {"statements", "retention", "bootstrap_z_scores", "conventions", "checklist"} <= set(book.sheetnames)


def test_excel_has_wording_beside_scores_two_decimals_and_few_pages(loaded: Loaded):
    book = openpyxl.load_workbook(io.BytesIO(xlsx(loaded, Texts(), "A study")))
    said = dict(zip(loaded.solution.data.statements, loaded.solution.data.texts, strict=True))
    beside = [sheet for sheet in book if [cell.value for cell in sheet[1]][:2] == ["statement", "wording"]]
    assert len(beside) >= 3
    assert all(said[row[0]] == row[1] for sheet in beside for row in sheet.iter_rows(min_row=2, max_col=2, values_only=True))
    for sheet in book:
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.page_setup.fitToWidth in (None, 1)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.title == README or sheet.print_title_rows == "$1:$1"
        for cell in (cell for row in sheet.iter_rows(min_row=2) for cell in row if isinstance(cell.value, float)):
            assert (cell.number_format == "0.00") == (abs(cell.value) >= 0.095 and not cell.value.is_integer())


def test_excel_names_viewpoints_beside_their_labels(loaded: Loaded):
    named = [f"{label} {name}" for label, name in zip(loaded.solution.labels, loaded.names, strict=True)]
    book = openpyxl.load_workbook(io.BytesIO(xlsx(loaded, Texts(), "A study")))
    for name in ("loadings", "z_scores", "factor_arrays", "sed", "common_ground"):
        assert [cell.value for cell in book[name][1] if cell.value in named] == named
    for sheet in book:
        header = [cell.value for cell in sheet[1]]
        assert sheet.title == "viewpoints" or header[0] != "factor" or header[1] == "name"
        if header[:2] == ["factor", "name"]:
            assert {f"{row[0]} {row[1]}" for row in sheet.iter_rows(min_row=2, max_col=2, values_only=True)} <= set(named)


@pytest.mark.parametrize("name", [*CASES, "R's conventions"])
def test_the_first_sheet_explains_every_sheet_and_every_column(name: str):
    one, texts, _ = CASES[name]() if name in CASES else (bare(qmethod.analyse(sorts("lipset"), 3, preset="qmethod-r")), Texts(), False)
    document = build(one, texts)
    book = openpyxl.load_workbook(io.BytesIO(xlsx(one, texts, document.title, document.blocks)))
    assert book.sheetnames[0] == README
    rows = list(book[README].iter_rows(values_only=True))
    assert rows[0][0] == document.title
    assert f"{one.solution.data.n_statements} statements" in rows[1][0]
    first, second = (i for i, row in enumerate(rows) if row[0] == "Sheet")
    assert [row[0] for row in rows[first + 1 : second - 1]] == book.sheetnames[1:]
    assert all(row[2] for row in rows[first + 1 : second - 1])
    told = {(row[0], column): row[2] for row in rows[second + 1 :] for column in row[1].split(", ")}
    for sheet, table in sheets(one, texts, document.blocks).items():
        for column in table.header[: 1 if sheet == "correlations" else None]:
            assert all(told.get((sheet, part)) for part in column.split(", ")), (sheet, column)


@pytest.mark.parametrize("on", [A4, paper("letter")], ids=["a4", "letter"])
def test_excel_has_each_array_as_a_board_on_one_page(loaded: Loaded, document: Document, on: Paper):
    book = openpyxl.load_workbook(io.BytesIO(xlsx(loaded, Texts(), "A study", document.blocks, on)))
    found = boards(loaded.solution, document.blocks)
    assert list(found) == book.sheetnames[1:5] == ["board f1", "board f2", "board f3", "board f4"]
    for f, (name, block) in enumerate(found.items()):
        sheet, solution = book[name], loaded.solution
        assert sheet.page_setup.orientation == "landscape"
        assert (sheet.page_setup.fitToHeight or 1, sheet.page_setup.fitToWidth or 1) == (1, 1)
        assert int(sheet.page_setup.paperSize) == {"a4": 9, "letter": 1}[on.name]
        assert [cell.value for cell in sheet[3]] == [column.place for column in block.columns]
        places = dict(zip(solution.data.statements, solution.scores.arrays[:, f], strict=True))
        cards = [cell for row in sheet.iter_rows(min_row=4) for cell in row if cell.value and cell.fill.fill_type]
        assert sorted(cell.value.split(" ")[0] for cell in cards) == sorted(places)
        wording = dict(zip(solution.data.statements, solution.data.texts, strict=True))
        wide = sheet.column_dimensions["A"].width * 5.25
        for cell in cards:
            who = cell.value.split(" ")[0]
            assert number(sheet.cell(3, cell.column).value) == places[who]
            assert wording[who] in cell.value
            assert cell.alignment.wrap_text
            assert cell.fill.fgColor.rgb == "FFF3F5F6"
            assert sheet.row_dimensions[cell.row].height >= len(wrapped(cell.value, wide, cell.font.sz)) * cell.font.sz
        assert {cell.border.top.color.rgb for cell in sheet[3]} == {f"FF{colour(f)[1:].upper()}"}
        assert sheet.sheet_properties.tabColor.rgb == f"FF{colour(f)[1:].upper()}"


def test_excel_takes_no_text_for_a_formula(awkward: QSolution):
    blocks = build(bare(awkward), Texts()).blocks
    book = openpyxl.load_workbook(io.BytesIO(xlsx(bare(awkward), Texts(), "=1+1", blocks)))
    assert {README, REPORT, "board f1"} <= set(book.sheetnames)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert {'=HYPERLINK("http://x")', "=1+1", "@home"} <= {cell.value for cell in cells}
    assert not any(cell.hyperlink for cell in cells)


@given(st.lists(st.text(min_size=1, max_size=50), min_size=1, max_size=8))
def test_sheets_have_names_that_excel_takes(names: list[str]):
    made = sheet_names(names)
    assert len({name.lower() for name in made}) == len(names)
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in made)


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_markdown_has_tables_places_and_pictures(document: Document):
    files = markdown(document)
    text = files["report.md"].decode()
    assert text.count("**[To be written:") == len(of(document, Placeholder))
    for picture in of(document, PictureBlock):
        assert f"(report-figures/{picture.name}.svg)" in text
        drawn = files[f"report-figures/{picture.name}.svg"].decode()
        assert picture.description.split(".")[0] in drawn
        assert "var(" not in drawn
        assert "currentColor" not in drawn
    lines = text.splitlines()
    for block in of(document, TableBlock):
        at = lines.index(f"**Table {block.number}.** {escaped(block.caption)}") + 2
        assert cells(lines[at]) == [escaped(name) for name in block.header]
        for r, row in enumerate(block.rows):
            read = cells(lines[at + 2 + r])
            assert [cell.removeprefix("**").removesuffix("**") for cell in read] == [escaped(cell) for cell in row]


def test_markdown_shows_text_as_it_is(awkward: QSolution):
    text = markdown(build(bare(awkward), Texts()))["report.md"].decode()
    assert "<script>" not in text
    assert r"\<b\>Ann\</b\>" in text
    assert r"\$x^2\$ costs \$5" in text
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert all(len(cells(line)) > 1 for line in table)


def test_pdf_is_tagged_and_says_it_all(loaded: Loaded, document: Document):
    read = pypdf.PdfReader(io.BytesIO(pdf(document)))
    root = read.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].lower().startswith("en")
    assert read.metadata.title == document.title
    assert len(read.outline) > 5
    kinds, alternatives = [], []

    def walk(node) -> None:
        node = node.get_object()
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif hasattr(node, "get"):
            kinds.append(node.get("/S"))
            if node.get("/Alt"):
                alternatives.append(node["/Alt"])
            if "/K" in node and not isinstance(node["/K"], int):
                walk(node["/K"])

    walk(root["/StructTreeRoot"])
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/Figure", "/Caption", "/L"} <= set(kinds)
    assert kinds.count("/Table") >= len(of(document, TableBlock)) + len(of(document, GridBlock))
    assert {f"{picture.title}. {picture.description}" for picture in of(document, PictureBlock)} <= set(alternatives)
    text = re.sub(r"\s+", "", "".join(page.extract_text() for page in read.pages)).replace("‐", "-")
    for statement in loaded.solution.data.texts:
        assert re.sub(r"\s+", "", statement)[:20] in text


def test_one_colour_a_viewpoint_everywhere(document: Document, word):
    for f in range(4):
        shade = colour(f)
        assert any(shade in str(picture.figure.body) for picture in of(document, PictureBlock))
        assert shade[1:] in word.element.body.xml
        assert shade in pdf_module.source(document)


@pytest.mark.parametrize("name", ["lipset", "climate", "awkward"])
def test_other_solutions_are_written_too(name: str, request: pytest.FixtureRequest):
    one = bare(request.getfixturevalue(name))
    files = write_formats(one, Texts(), ("html", "docx", "xlsx", "pdf", "md")).files
    assert {"report.html", "report.docx", "report.xlsx", "report.pdf", "report.md"} <= set(files)
    assert len(open_docx(io.BytesIO(files["report.docx"])).tables) > 5
    assert len(files["report.html"]) < 1_500_000


def test_the_researchers_words_stand_in_every_format(loaded: Loaded):
    texts = Texts(
        "Four views",
        "A. Author & B. Author",
        {"ethics": "Approved.\n\nTwice <indeed>."},
        {"f2": Own("The makers", "They *make*.", "A story | of two.\n\nPart 2.")},
    )
    document = build(loaded, texts)
    flat = "\n".join(block.text for block in document.blocks if isinstance(block, Paragraph))
    assert "Twice <indeed>." in flat
    assert "A story | of two." in flat
    assert "ethics" not in [block.key for block in of(document, Placeholder)]
    assert any("They *make*." in item for block in of(document, ItemList) for item in block.items)
    text = " ".join(paragraph.text for paragraph in open_docx(io.BytesIO(docx(document))).paragraphs)
    assert "A. Author & B. Author" in text
    assert "Part 2." in text
    assert r"They \*make\*." in markdown(document)["report.md"].decode()
    assert '"A story | of two."' in pdf_module.source(document)


def test_marked_places_go_away_one_by_one(loaded: Loaded):
    before = of(build(loaded, Texts()), Placeholder)
    after = of(build(loaded, Texts(texts={before[0].key: "Said."})), Placeholder)
    assert [place.key for place in after] == [place.key for place in before[1:]]
    assert all(str(place.item) in place.text and place.key in place.text for place in before)


def test_headings_of_viewpoints_carry_their_position(document: Document):
    assert [heading.viewpoint for heading in of(document, Heading) if heading.viewpoint is not None] == [0, 1, 2, 3]


ALL = "html,docx,xlsx,pdf,md"


@pytest.fixture
def analysis(qmethod_command: Qmethod, tmp_path: Path) -> Path:
    assert qmethod_command("simulate", "leadership", "-n", "16", "--out", "sorts.csv").exit_code == 0
    assert qmethod_command("analyse", "sorts.csv", "--factors", "2", "--bootstrap", "20", "--no-retention", "--out", "mine").exit_code == 0
    return tmp_path / "mine"


def test_a_second_run_gives_the_same_bytes_and_leaves_the_texts_alone(analysis: Path, qmethod_command: Qmethod):
    first = qmethod_command("report", analysis, "--formats", ALL, "--study", "leadership")
    assert first.exit_code == 0
    assert "report.toml, which is new" in first.output
    assert "Checklist: " in first.output
    before = hashes(analysis)
    assert qmethod_command("report", analysis, "--formats", ALL, "--study", "leadership").exit_code == 0
    assert hashes(analysis) == before
    own = '# mine\nauthors = "Me"\n[viewpoints.f1]\nname = "The first"\n'
    (analysis / "report.toml").write_text(own)
    done = qmethod_command("report", analysis, "--formats", "md,html")
    assert (analysis / "report.toml").read_text() == own
    assert "which is new" not in done.output
    assert "The first" in (analysis / "report.md").read_text()
    assert "The first" in (analysis / "report.html").read_text()


def test_a_sign_without_a_font_is_named_and_the_rest_is_written(awkward: QSolution):
    written = write_formats(bare(awkward), Texts(title="An unknown sign \U0010fffd"), ("pdf", "md"))
    assert "report.md" in written.files
    assert "report.pdf" not in written.files
    assert "no font of this machine has" in str(written.refused)


def test_a_machine_without_fonts_is_told(analysis: Path, qmethod_command: Qmethod, monkeypatch: pytest.MonkeyPatch):
    assert "no font" not in qmethod_command("report", analysis, "--formats", "docx").output
    monkeypatch.setattr("resvg_py.svg_to_bytes", partial(resvg_py.svg_to_bytes, skip_system_fonts=True))
    assert "no font" in qmethod_command("report", analysis, "--formats", "docx").output


def test_without_typst_the_other_formats_are_written(analysis: Path, qmethod_command: Qmethod, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pdf_module, "find_spec", lambda _: None)
    done = qmethod_command("report", analysis, "--formats", "pdf,md")
    assert done.exit_code == 2
    assert "pip install" in done.output
    assert (analysis / "report.md").exists()
    assert not (analysis / "report.pdf").exists()
    with pytest.raises(DataError, match="Typst"):
        pdf(Document("x", "", "en", ()))


@pytest.mark.parametrize(
    ("arguments", "said"), [(("mine", "--formats", "odt"), "the formats are html, docx"), (("nowhere",), "there is no analysis")]
)
def test_wrong_calls_are_refused(qmethod_command: Qmethod, arguments: tuple[str, ...], said: str):
    done = qmethod_command("report", *arguments)
    assert done.exit_code == 2
    assert said in done.output
