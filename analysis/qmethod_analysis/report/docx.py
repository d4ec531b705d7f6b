"""The report as a Word document: real styles, captions that count themselves, tables with three rules, grids on pages of their own."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

from docx import Document as new_document
from docx.document import Document as Word
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml.ns import qn
from docx.shared import Cm, Emu, Pt, RGBColor

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
    GridColumn,
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
    BESIDE,
    CELL,
    EPOCH,
    HYPHENATED,
    LYING_MARGIN,
    MARGIN,
    SMALLEST,
    TWIPS,
    Paper,
    cell_size,
    clean,
    fitting,
    height,
    in_parts,
    in_rows,
    together,
    turned,
    widths,
    words_of,
)  # fmt: skip
from qmethod_analysis.report.scripts import breakable, language_of, tag
from qmethod_analysis.report.word_parts import (
    NOWHERE,
    NS,
    Anchors,
    anchor,
    anchors,
    attribute,
    bookmarked,
    caption,
    linked,
    mark,
    paragraph,
    parsed,
    run,
    way,
)  # fmt: skip
from qmethod_analysis.words.labels import colour
from qmethod_analysis.words.language import _, language

OVER_BOARD = 75.0
"""What caption, legend and the head of a board take of its page, in points."""
KINDS = {"text": "Body Text", "lead": "Lead", "quote": "Quote", "aside": "Remark"}


def docx(document: Document, on: Paper = A4) -> bytes:
    """The whole file.

    Parameters
    ----------
    document : Document
    on : Paper
    """
    word = new_document()
    _styles(word)
    _properties(word, document)
    tabs = word.settings.element.find(qn("w:defaultTabStop"))
    if tabs is not None:
        tabs.addnext(parsed(f"<w:autoHyphenation {NS}/>"))
    body = word.element.body
    for child in list(body):
        if child.tag != qn("w:sectPr"):
            body.remove(child)
    last = body[-1]
    last.addprevious(parsed(paragraph("Title", run(document.title), way(document.title))))
    if document.authors:
        last.addprevious(parsed(paragraph("Subtitle", run(document.authors), way(document.authors))))
    for part in _contents(document.headings()):
        last.addprevious(part)
    before, headings, to = False, 0, anchors(document.blocks)
    for lying, part_of in turned(document.blocks, on):
        if body[0] is not last and (lying or before):
            last.addprevious(parsed(f"<w:p {NS}><w:pPr>{TINY}{_section(on, before)}</w:pPr></w:p>"))
        before = lying
        for block in part_of:
            if isinstance(block, Heading):
                last.addprevious(_heading(block, headings))
                headings += 1
                continue
            for part in _block(word, block, on, to):
                last.addprevious(part)
    section = word.sections[-1]
    _footer(section)
    for child in list(last):
        if child.tag in (qn("w:pgSz"), qn("w:pgMar")):
            last.remove(child)
    for part in parsed(_section(on, before, outermost=True)):
        last.append(part)
    out = io.BytesIO()
    word.save(out)
    return still(out.getvalue())


TINY = '<w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>'
"""Of the paragraph that ends a section: no room, so that it does not fall on a page of its own."""
_RULE = '<w:{edge} w:val="single" w:sz="{size}" w:space="0" w:color="1C2126"/>'


def still(package: bytes) -> bytes:
    """A zip package with the time taken out: the same parts in the same order give the same bytes.

    Parameters
    ----------
    package : bytes
    """
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in given.namelist():
            info = zipfile.ZipInfo(name, EPOCH.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            made.writestr(info, given.read(name))
    return out.getvalue()


def _properties(word: Word, document: Document) -> None:
    about = word.core_properties
    about.title, about.author, about.language = clean(document.title)[:255], clean(document.authors)[:255], document.language
    about.comments = about.last_modified_by = about.keywords = about.subject = ""
    about.created = about.modified = EPOCH
    about.revision = 1
    package = word.part.package
    for name, relation in list(package.rels.items()):
        if relation.reltype.endswith("/thumbnail"):
            package.rels.pop(name)
        elif relation.reltype.endswith("/extended-properties"):
            relation.target_part._blob = PROGRAM


PROGRAM = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Application>qmethod</Application></Properties>'
)
"""What is told of the program that wrote the file."""
DEPTH = 2
"""Levels of headings in the contents."""


def _contents(headings: Sequence[Heading]) -> Iterator[Any]:
    """The contents as a field that Word can update, with entries that lead to their headings; page numbers come with the first update."""
    listed = [(i, heading) for i, heading in enumerate(headings) if heading.level <= DEPTH + 1]
    for n, (i, heading) in enumerate(listed):
        start = f'{mark("begin")}<w:r><w:instrText xml:space="preserve"> TOC \\o "1-{DEPTH}" \\h \\z \\u </w:instrText></w:r>{mark("separate")}'
        link = f'<w:hyperlink w:anchor="{anchor(i)}" w:history="1">{run(heading.text)}</w:hyperlink>'
        runs = (start if n == 0 else "") + link + (mark("end") if n == len(listed) - 1 else "")
        yield parsed(paragraph(f"toc {heading.level - 1}", runs, way(heading.text)))


def _styles(word: Word) -> None:
    """Styles that a user can change in one place."""
    styles: Any = word.styles
    ink = RGBColor(0x1C, 0x21, 0x26)
    normal = styles["Normal"]
    normal.font.name, normal.font.size, normal.font.color.rgb = "Arial", Pt(10.5), ink
    normal.element.rPr.append(parsed(f'<w:lang {NS} w:val="{tag(language())}"/>'))
    for name, points, before in (("Title", 22, 0), ("Heading 1", 15, 18), ("Heading 2", 12.5, 14), ("Heading 3", 11.5, 10)):
        style = styles[name]
        style.font.name, style.font.size, style.font.bold, style.font.color.rgb = "Arial", Pt(points), True, ink
        fonts = style.element.rPr.find(qn("w:rFonts"))
        for key in [key for key in fonts.attrib if key.endswith("Theme")]:
            del fonts.attrib[key]
        fonts.set(qn("w:hAnsi"), "Arial")
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(6)
    border = styles["Title"].element.pPr.find(qn("w:pBdr"))
    if border is not None:
        styles["Title"].element.pPr.remove(border)
    styles["Body Text"].paragraph_format.space_after = Pt(7)
    caption = styles["Caption"]
    caption.font.size, caption.font.bold, caption.font.color.rgb = Pt(9.5), True, ink
    caption.paragraph_format.space_before, caption.paragraph_format.space_after = Pt(10), Pt(4)
    styles["Subtitle"].font.color.rgb = ink
    quote = styles["Quote"]
    quote.font.color.rgb = ink
    quote.paragraph_format.left_indent, quote.paragraph_format.space_after = Cm(1), Pt(5)
    for name, points, italic in (
        ("Lead", 11.5, False),
        ("Remark", 9, False),
        ("Bibliography", 10.5, False),
        ("To be written", 10.5, True),
        ("Cell", 8.5, False),
        ("Card", 7.5, False),
    ):
        style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style, style.font.size, style.font.italic = normal, Pt(points), italic
        small = name in ("Cell", "Card")
        style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(1 if small else 5)
        style.paragraph_format.line_spacing = 1.0
    hanging = styles["Bibliography"].paragraph_format
    hanging.left_indent, hanging.first_line_indent = Cm(1), Cm(-1)
    for level in range(DEPTH):
        style = styles.add_style(f"toc {level + 1}", WD_STYLE_TYPE.PARAGRAPH)
        style.base_style, style.paragraph_format.left_indent, style.paragraph_format.space_after = normal, Cm(0.6 * level), Pt(1)
    styles["To be written"].element.get_or_add_pPr().append(parsed(f'<w:shd {NS} w:val="clear" w:color="auto" w:fill="FFF2B3"/>'))
    styles.element.append(parsed(_TABLE_STYLE))


_TABLE_STYLE = f"""<w:style {NS} w:type="table" w:customStyle="1" w:styleId="ThreeRules"><w:name w:val="Three Rules"/><w:basedOn w:val="TableNormal"/>
<w:tblPr><w:tblBorders>{_RULE.format(edge="top", size=8)}{_RULE.format(edge="bottom", size=8)}</w:tblBorders>
<w:tblCellMar><w:left w:w="70" w:type="dxa"/><w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr>
<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr><w:tcPr><w:tcBorders>{_RULE.format(edge="bottom", size=4)}</w:tcBorders>
<w:vAlign w:val="bottom"/></w:tcPr></w:tblStylePr></w:style>"""


def _section(on: Paper, lying: bool, *, outermost: bool = False) -> str:
    """Size and margins of a section; the outermost one stands alone, the others end with the paragraph they are in."""
    width, height = (round(side * TWIPS) for side in ((on.high, on.wide) if lying else (on.wide, on.high)))
    sides, ends = (round(margin * TWIPS) for margin in ((LYING_MARGIN, MARGIN) if lying else (MARGIN, MARGIN)))
    turned = ' w:orient="landscape"' if lying else ""
    edges = f'w:top="{ends}" w:right="{sides}" w:bottom="{ends}" w:left="{sides}"'
    inner = f'<w:pgSz w:w="{width}" w:h="{height}"{turned}/><w:pgMar {edges} w:header="709" w:footer="709" w:gutter="0"/>'
    return f"<w:sectPr {NS}>{inner}</w:sectPr>" if outermost else f'<w:sectPr><w:type w:val="nextPage"/>{inner}</w:sectPr>'


def _footer(section: Any) -> None:
    """The number of the page, in the first section; the others follow it."""
    footer = section.footer.paragraphs[0]._p
    footer.append(parsed(f'<w:fldSimple {NS} w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple>'))
    footer.get_or_add_pPr().append(parsed(f'<w:jc {NS} w:val="center"/>'))


def _said(style: str, text: str, to: Anchors) -> str:
    """A paragraph of a text, in its direction."""
    return paragraph(style, linked(text, to), way(text))


def _note(block: TableBlock, to: Anchors) -> Any:
    """What stands below a table; without a note the room that keeps it apart from what follows."""
    said = run(_("Note."), "<w:i/>") + run(" ") + linked(remark(block.notes), to) if block.notes else run("")
    return parsed(paragraph("Remark", said, way(remark(block.notes))))


def _heading(block: Heading, i: int) -> Any:
    """A heading in its bookmark, by its position among the headings."""
    bar = ""
    if block.viewpoint is not None:
        bar = f'<w:pBdr><w:top w:val="single" w:sz="36" w:space="4" w:color="{colour(block.viewpoint)[1:]}"/></w:pBdr>'
    return parsed(paragraph(f"Heading {block.level - 1}", bookmarked(run(block.text), anchor(i), i), bar + way(block.text)))


def _block(word: Word, block: Block, on: Paper, to: Anchors) -> Iterator[Any]:
    if isinstance(block, Paragraph) and block.kind == "quote":
        source = run(f" {block.source}", '<w:i w:val="0"/><w:sz w:val="18"/>') if block.source else ""
        yield parsed(paragraph(KINDS[block.kind], run(f"“{block.text}”") + source, way(block.text)))
    elif isinstance(block, Paragraph):
        yield parsed(_said(KINDS[block.kind], block.text, to))
    elif isinstance(block, Placeholder):
        yield parsed(paragraph("To be written", run(f"[{block.text}]")))
    elif isinstance(block, ItemList):
        yield from (parsed(_said("List Bullet", item, to)) for item in block.items)
    elif isinstance(block, Entry):
        runs = "".join(run(part, properties) for part, properties in zip(block.parts, ("", "<w:i/>", ""), strict=True) if part)
        yield parsed(paragraph("Bibliography", runs, way(block.text)))
    elif isinstance(block, TableBlock):
        yield caption(TABLE, block.number, block.caption)
        yield _table(block, on, to)
        yield _note(block, to)
    elif isinstance(block, GridBlock):
        yield caption(FIGURE, block.number, block.legend)
        if block.notes:
            legend = remark(block.notes)
            yield parsed(paragraph("Remark", run(legend), "<w:keepNext/>" + way(legend)))
        for i, part in enumerate(_board(block, on)):
            if i:
                yield parsed(paragraph("Remark", ""))
            yield part
    elif isinstance(block, PictureBlock):
        yield caption(FIGURE, block.number, block.caption)
        yield _picture(word, block, on)


def _table(block: TableBlock, on: Paper, to: Anchors) -> Any:
    """Rows that do not break across pages, under a header that comes again on each."""
    columns, size = widths(block, on), cell_size(block, on)
    rows = [_row([_cell(text, block.align[i], columns[i], size, NOWHERE) for i, text in enumerate(block.header)], header=True)]
    for r, row in enumerate(block.rows):
        rows.append(_row([_cell(text, block.align[i], columns[i], size, to, strong=(r, i) in block.strong) for i, text in enumerate(row)]))
    look = '<w:tblLook w:val="0020" w:firstRow="1" w:lastRow="0" w:firstColumn="0" w:lastColumn="0" w:noHBand="1" w:noVBand="1"/>'
    about = f'<w:tblCaption w:val="{attribute(block.caption)}"/>'
    layout = f'<w:tblStyle w:val="ThreeRules"/><w:tblW w:w="{sum(columns)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in columns)
    return parsed(f"<w:tbl {NS}><w:tblPr>{layout}{look}{about}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>")


def _row(cells: Sequence[str], *, header: bool = False, whole: bool = True) -> str:
    """A row of a table; one that is not kept whole may go on over the end of a page."""
    return f"<w:tr><w:trPr>{'<w:cantSplit/>' if whole else ''}{'<w:tblHeader/>' if header else ''}</w:trPr>{''.join(cells)}</w:tr>"


def _cell(text: str, align: str, width: int, size: float, to: Anchors, *, strong: bool = False) -> str:
    jc = '<w:jc w:val="right"/>' if align == "r" else ""
    properties = ("<w:b/>" if strong else "") + (f'<w:sz w:val="{round(2 * size)}"/>' if size != CELL else "")
    inner = paragraph("Cell", linked(together(text), to, properties), way(text) + jc).replace(f"<w:p {NS}>", "<w:p>", 1)
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{inner}</w:tc>'


def _board(block: GridBlock, on: Paper) -> Iterator[Any]:
    """The columns of the grid side by side, each statement in a cell, in the largest type that fits on a page; else the rows go on to the next."""
    texts = [[words_of(card) for card in column.cards] for column in block.columns]
    language = language_of(" ".join(card.text for column in block.columns for card in column.cards), block.language)
    parts = in_parts(block.columns, on)
    room = on.room(lying=True) / 20, (on.wide - 2 * MARGIN) * TWIPS / 20 - OVER_BOARD
    size = (fitting(texts, room, aligned=True) if len(parts) == 1 else None) or max(SMALLEST, HYPHENATED - 1)
    for columns in parts:
        yield _part(block, columns, size, language, room)


def _part(block: GridBlock, columns: Sequence[GridColumn], size: float, language: str, room: tuple[float, float]) -> Any:
    width = round(20 * room[0]) // len(columns)
    shade = colour(block.viewpoint)[1:]
    head = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:tcBorders><w:top w:val="single" w:sz="24" w:color="{shade}"/></w:tcBorders></w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="Cell"/><w:keepNext/><w:jc w:val="center"/></w:pPr>{run(column.place, "<w:b/>")}</w:p></w:tc>'
        for column in columns
    )
    rows = [f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{head}</w:tr>"]
    for row in in_rows(columns):
        tall = max(height([words_of(card)], width / 20 - BESIDE, size) for card in row if card is not None)
        rows.append(_row([_card(card, width, size, language) for card in row], whole=tall < room[1]))
    margins = '<w:tblCellMar><w:left w:w="50" w:type="dxa"/><w:right w:w="50" w:type="dxa"/></w:tblCellMar>'
    layout = f'<w:tblW w:w="{width * len(columns)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>{margins}'
    about = f'<w:tblCaption w:val="{attribute(block.caption)}"/>'
    grid = f'<w:gridCol w:w="{width}"/>' * len(columns)
    return parsed(f"<w:tbl {NS}><w:tblPr>{layout}{about}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>")


def _card(card: GridCard | None, width: int, size: float, language: str) -> str:
    cell = f'<w:tcW w:w="{width}" w:type="dxa"/>'
    if card is None:
        return f'<w:tc><w:tcPr>{cell}</w:tcPr><w:p><w:pPr><w:pStyle w:val="Card"/></w:pPr></w:p></w:tc>'
    edges = "".join(f'<w:{edge} w:val="single" w:sz="4" w:space="0" w:color="9AA4AD"/>' for edge in ("top", "left", "bottom", "right"))
    shade = '<w:shd w:val="clear" w:color="auto" w:fill="F3F5F6"/>'
    half = f'<w:sz w:val="{round(2 * size)}"/><w:szCs w:val="{round(2 * size)}"/>'
    long = any(text_width(word, size) > width / 20 - BESIDE for word in card.text.split())
    text = breakable(card.text, language) if long else card.text
    runs = (
        run(card.id, f"<w:b/>{half}")
        + (run(f" {text}", half, language) if text else "")
        + (run(f" {card.marks}", f"<w:b/>{half}") if card.marks else "")
    )
    inner = f'<w:p><w:pPr><w:pStyle w:val="Card"/>{way(card.text)}</w:pPr>{runs}</w:p>'
    return f"<w:tc><w:tcPr>{cell}<w:tcBorders>{edges}</w:tcBorders>{shade}</w:tcPr>{inner}</w:tc>"


def _picture(word: Word, block: PictureBlock, on: Paper) -> Any:
    """A picture with its text alternative, no wider or higher than the page leaves room for."""
    holder = word.add_paragraph(style="Body Text")
    wide, tall = (on.wide - 2 * MARGIN) / 2.54, (on.high - 2 * MARGIN) / 2.54 - 0.9
    width, height = plain_svg.size(block.figure, wide, tall)
    shape = holder.add_run().add_picture(io.BytesIO(plain_svg.png(block, width)), Emu(round(width * 914400)), Emu(round(height * 914400)))
    about = shape._inline.docPr
    about.set("title", clean(block.title))
    about.set("descr", clean(block.description))
    about.set("name", block.name)
    return holder._p
