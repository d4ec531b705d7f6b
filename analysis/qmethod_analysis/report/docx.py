"""The report as a Word document: real styles, captions that count themselves, tables with three rules, grids on pages of their own."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any
from xml.sax.saxutils import escape

from docx import Document as new_document
from docx.document import Document as Word
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Emu, Pt, RGBColor

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
from qmethod_analysis.report.paper import EPOCH, LYING, MARGIN, PAGE, clean, sideways, together, widths
from qmethod_analysis.words.labels import colour

KINDS = {"text": "Body Text", "lead": "Lead", "quote": "Quote", "aside": "Remark"}


def docx(document: Document) -> bytes:
    """The whole file.

    Parameters
    ----------
    document : Document
    """
    word = new_document()
    _styles(word)
    _properties(word, document)
    body = word.element.body
    for child in list(body):
        if child.tag != qn("w:sectPr"):
            body.remove(child)
    last = body[-1]
    last.addprevious(_parsed(_paragraph("Title", _run(document.title))))
    if document.authors:
        last.addprevious(_parsed(_paragraph("Subtitle", _run(document.authors))))
    lying = False
    for block in document.blocks:
        if sideways(block) != lying:
            last.addprevious(_parsed(f"<w:p {NS}><w:pPr>{_section(lying)}</w:pPr></w:p>"))
            lying = not lying
        for part in _block(word, block):
            last.addprevious(part)
    section = word.sections[-1]
    _footer(section)
    for child in list(last):
        if child.tag in (qn("w:pgSz"), qn("w:pgMar")):
            last.remove(child)
    for part in _parsed(_section(lying, outermost=True)):
        last.append(part)
    out = io.BytesIO()
    word.save(out)
    return still(out.getvalue())


NS = nsdecls("w", "r", "wp", "a", "pic")
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


def _styles(word: Word) -> None:
    """Styles that a user can change in one place."""
    styles: Any = word.styles
    ink = RGBColor(0x1C, 0x21, 0x26)
    normal = styles["Normal"]
    normal.font.name, normal.font.size, normal.font.color.rgb = "Arial", Pt(10.5), ink
    normal.element.rPr.append(_parsed(f'<w:lang {NS} w:val="en-GB"/>'))
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
        ("To be written", 10.5, True),
        ("Cell", 8.5, False),
        ("Card", 7.5, False),
    ):
        style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style, style.font.size, style.font.italic = normal, Pt(points), italic
        small = name in ("Cell", "Card")
        style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(1 if small else 5)
        style.paragraph_format.line_spacing = 1.0
    styles["To be written"].element.get_or_add_pPr().append(_parsed(f'<w:shd {NS} w:val="clear" w:color="auto" w:fill="FFF2B3"/>'))
    styles.element.append(_parsed(_TABLE_STYLE))


_TABLE_STYLE = f"""<w:style {NS} w:type="table" w:customStyle="1" w:styleId="ThreeRules"><w:name w:val="Three Rules"/><w:basedOn w:val="TableNormal"/>
<w:tblPr><w:tblBorders>{_RULE.format(edge="top", size=8)}{_RULE.format(edge="bottom", size=8)}</w:tblBorders>
<w:tblCellMar><w:left w:w="70" w:type="dxa"/><w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr>
<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr><w:tcPr><w:tcBorders>{_RULE.format(edge="bottom", size=4)}</w:tcBorders>
<w:vAlign w:val="bottom"/></w:tcPr></w:tblStylePr></w:style>"""


def _section(lying: bool, *, outermost: bool = False) -> str:
    """Size and margins of a section; the outermost one stands alone, the others end with the paragraph they are in."""
    width, height = (round(side * 567) for side in (PAGE[::-1] if lying else PAGE))
    margin = round(MARGIN * 567)
    turned = ' w:orient="landscape"' if lying else ""
    edges = " ".join(f'w:{edge}="{margin}"' for edge in ("top", "right", "bottom", "left"))
    inner = f'<w:pgSz w:w="{width}" w:h="{height}"{turned}/><w:pgMar {edges} w:header="709" w:footer="709" w:gutter="0"/>'
    return f"<w:sectPr {NS}>{inner}</w:sectPr>" if outermost else f'<w:sectPr><w:type w:val="nextPage"/>{inner}</w:sectPr>'


def _footer(section: Any) -> None:
    """The number of the page, in the first section; the others follow it."""
    paragraph = section.footer.paragraphs[0]._p
    paragraph.append(_parsed(f'<w:fldSimple {NS} w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple>'))
    paragraph.get_or_add_pPr().append(_parsed(f'<w:jc {NS} w:val="center"/>'))


def _parsed(xml: str) -> Any:
    return parse_xml(xml)


def _run(text: str, properties: str = "") -> str:
    inner = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{inner}<w:t xml:space="preserve">{escape(clean(text))}</w:t></w:r>'


def _paragraph(style: str, runs: str, properties: str = "") -> str:
    return f'<w:p {NS}><w:pPr><w:pStyle w:val="{style.replace(" ", "")}"/>{properties}</w:pPr>{runs}</w:p>'


def _block(word: Word, block: Block) -> Iterator[Any]:
    if isinstance(block, Heading):
        bar = ""
        if block.viewpoint is not None:
            bar = f'<w:pBdr><w:top w:val="single" w:sz="36" w:space="4" w:color="{colour(block.viewpoint)[1:]}"/></w:pBdr>'
        yield _parsed(_paragraph(f"Heading {block.level - 1}", _run(block.text), bar))
    elif isinstance(block, Paragraph):
        text = f"“{block.text}”" if block.kind == "quote" else block.text
        source = _run(f" {block.source}", '<w:i w:val="0"/><w:sz w:val="18"/>') if block.source else ""
        yield _parsed(_paragraph(KINDS[block.kind], _run(text) + source))
    elif isinstance(block, Placeholder):
        yield _parsed(_paragraph("To be written", _run(f"[{block.text}]")))
    elif isinstance(block, ItemList):
        yield from (_parsed(_paragraph("List Bullet", _run(item))) for item in block.items)
    elif isinstance(block, TableBlock):
        yield _caption("Table", block.number, block.caption, above=True)
        yield _table(block)
        yield from _notes(block.notes)
    elif isinstance(block, GridBlock):
        yield _grid(block)
        yield _caption("Figure", block.number, block.legend, above=False)
        yield from _notes(block.notes)
    else:
        yield _picture(word, block)
        yield _caption("Figure", block.number, block.caption, above=False)


def _caption(kind: str, number: int, text: str, *, above: bool) -> Any:
    """A caption whose number Word counts itself; one above a table stays with it."""
    field = f'<w:fldSimple w:instr=" SEQ {kind} \\* ARABIC "><w:r><w:t>{number}</w:t></w:r></w:fldSimple>'
    runs = _run(f"{kind} ") + field + _run(f". {text}", '<w:b w:val="0"/>')
    return _parsed(_paragraph("Caption", runs, "<w:keepNext/>" if above else ""))


def _notes(notes: Sequence[str]) -> Iterator[Any]:
    yield _parsed(_paragraph("Remark", _run(remark(notes)))) if notes else _parsed(_paragraph("Remark", ""))


def _table(block: TableBlock) -> Any:
    """Rows that do not break across pages, under a header that comes again on each."""
    columns = widths(block)
    rows = [_row([_cell(text, block.align[i], columns[i]) for i, text in enumerate(block.header)], header=True)]
    for r, row in enumerate(block.rows):
        rows.append(_row([_cell(text, block.align[i], columns[i], strong=(r, i) in block.strong) for i, text in enumerate(row)]))
    look = '<w:tblLook w:val="0020" w:firstRow="1" w:lastRow="0" w:firstColumn="0" w:lastColumn="0" w:noHBand="1" w:noVBand="1"/>'
    about = f'<w:tblCaption w:val="{_attribute(block.caption)}"/>'
    layout = f'<w:tblStyle w:val="ThreeRules"/><w:tblW w:w="{sum(columns)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in columns)
    return _parsed(f"<w:tbl {NS}><w:tblPr>{layout}{look}{about}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>")


def _attribute(text: str) -> str:
    return escape(clean(" ".join(text.split())), {'"': "&quot;"})


def _row(cells: Sequence[str], *, header: bool = False) -> str:
    return f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' if header else ''}</w:trPr>{''.join(cells)}</w:tr>"


def _cell(text: str, align: str, width: int, *, strong: bool = False) -> str:
    jc = '<w:jc w:val="right"/>' if align == "r" else ""
    paragraph = _paragraph("Cell", _run(together(text), "<w:b/>" if strong else ""), jc).replace(f"<w:p {NS}>", "<w:p>", 1)
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{paragraph}</w:tc>'


def _grid(block: GridBlock) -> Any:
    """The columns of the grid side by side, each statement in a cell; the rows of the table are those of the grid."""
    width = LYING // len(block.columns)
    shade = colour(block.viewpoint)[1:]
    deepest = max(len(column.cards) for column in block.columns)
    head = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:tcBorders><w:top w:val="single" w:sz="24" w:color="{shade}"/></w:tcBorders></w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="Cell"/><w:keepNext/><w:jc w:val="center"/></w:pPr>{_run(column.place, "<w:b/>")}</w:p></w:tc>'
        for column in block.columns
    )
    rows = [f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{head}</w:tr>"]
    for depth in range(deepest):
        cells = "".join(_card(column.cards[depth] if depth < len(column.cards) else None, width) for column in block.columns)
        rows.append(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>")
    margins = '<w:tblCellMar><w:left w:w="50" w:type="dxa"/><w:right w:w="50" w:type="dxa"/></w:tblCellMar>'
    layout = f'<w:tblW w:w="{width * len(block.columns)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>{margins}'
    about = f'<w:tblCaption w:val="{_attribute(block.caption)}"/>'
    grid = f'<w:gridCol w:w="{width}"/>' * len(block.columns)
    return _parsed(f"<w:tbl {NS}><w:tblPr>{layout}{about}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>")


def _card(card: GridCard | None, width: int) -> str:
    size = f'<w:tcW w:w="{width}" w:type="dxa"/>'
    if card is None:
        return f'<w:tc><w:tcPr>{size}</w:tcPr><w:p><w:pPr><w:pStyle w:val="Card"/></w:pPr></w:p></w:tc>'
    edges = "".join(f'<w:{edge} w:val="single" w:sz="4" w:space="0" w:color="9AA4AD"/>' for edge in ("top", "left", "bottom", "right"))
    shade = '<w:shd w:val="clear" w:color="auto" w:fill="F3F5F6"/>'
    text = _run(card.id, "<w:b/>") + (_run(f" {card.text}") if card.text else "") + (_run(f" {card.marks}", "<w:b/>") if card.marks else "")
    return f'<w:tc><w:tcPr>{size}<w:tcBorders>{edges}</w:tcBorders>{shade}</w:tcPr><w:p><w:pPr><w:pStyle w:val="Card"/></w:pPr>{text}</w:p></w:tc>'


def _picture(word: Word, block: PictureBlock) -> Any:
    """A picture with its text alternative, no wider or higher than the page leaves room for."""
    paragraph = word.add_paragraph(style="Body Text")
    paragraph.paragraph_format.keep_with_next = True
    wide, tall = (PAGE[0] - 2 * MARGIN) / 2.54, (PAGE[1] - 2 * MARGIN) / 2.54 - 0.9
    width, height = plain_svg.size(block.figure, wide, tall)
    shape = paragraph.add_run().add_picture(io.BytesIO(plain_svg.png(block, width)), Emu(round(width * 914400)), Emu(round(height * 914400)))
    about = shape._inline.docPr
    about.set("title", clean(block.title))
    about.set("descr", clean(block.description))
    about.set("name", block.name)
    return paragraph._p
