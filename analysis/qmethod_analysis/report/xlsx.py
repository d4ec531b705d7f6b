"""The workbook of a report: numbers as numbers, text never as a formula, arrays as coloured boards, and a first sheet that explains the others."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import zip_longest

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from qmethod_analysis.folder.loaded import Loaded, with_texts
from qmethod_analysis.recipe.texts import Texts
from qmethod_analysis.report.blocks import Block, GridBlock, remark
from qmethod_analysis.report.paper import A4, ABOVE, BESIDE, EPOCH, MARGIN, TWIPS, Paper, clean, fitting, height, words_of
from qmethod_analysis.report.workbook import README, REPORT, boards, readme, sheets, told
from qmethod_analysis.words.labels import colour

WIDEST = 70
LEAST_SHOWN = 0.095
"""Figures nearer to nothing are shown in full: two decimals would leave one digit of them, or none."""
LONGEST_CELL = 32_767
"""Characters that a cell may have; what is beyond is cut, with a sign that it was."""
PAPERS = {"a4": 9, "letter": 1}
"""What workbooks call sizes of paper."""
SOFT, LINE = "#f3f5f6", "#cfd5da"
"""A card and its edge, as on the page."""
READABLE, LEAST_COLUMN, TALLEST = 8.0, 56.0, 409.0
"""Smallest type and narrowest column of a board, and the highest row that there can be, in points."""
PIXEL, OVER, HEADS = 0.75, 90.0, 2
"""Points in a pixel; what stands above and below a board, in points; the row with its places."""


def xlsx(loaded: Loaded, texts: Texts, title: str, blocks: Sequence[Block] = (), on: Paper = A4) -> bytes:
    """The workbook.

    Parameters
    ----------
    loaded : Loaded
    texts : Texts
    title : str
    blocks : sequence of Block, optional
        Of the report, which then stands on a last sheet as it does in the other formats, and its arrays on sheets of their own.
    on : Paper
        What sheets are printed on.
    """
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False, "nan_inf_to_errors": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": clean(title)[:255], "author": clean(texts.authors)[:255], "created": EPOCH})
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "bottom", "bottom": 1})
        words = book.add_format({"text_wrap": True, "valign": "top"})
        plain = book.add_format({"valign": "top"})
        rounded = book.add_format({"valign": "top", "num_format": "0.00"})
        made, arrays = sheets(loaded, texts, blocks), boards(loaded.solution, blocks)
        _explain(book, readme(with_texts(loaded, texts), title, made, arrays, told=bool(blocks)), on, (head, words))
        for name, block in arrays.items():
            _board(book, name, block, on)
        for name, table in made.items():
            sheet = book.add_worksheet(name)
            for j, heading in enumerate(table.header):
                sheet.write_string(0, j, _cut(heading), head)
                long = max((len(str(row[j])) for row in table.rows if isinstance(row[j], str)), default=0)
                sheet.set_column(j, j, min(WIDEST, max(10, long + 2, min(24, len(heading) + 2))))
            for i, row in enumerate(table.rows, 1):
                for j, cell in enumerate(row):
                    if cell is None or cell == "":
                        continue
                    if isinstance(cell, str):
                        sheet.write_string(i, j, _cut(cell), words if len(cell) > WIDEST else plain)
                    else:
                        sheet.write_number(i, j, cell, rounded if isinstance(cell, float) and _shows(cell) else plain)
            sheet.freeze_panes(1, 1)
            _printed(sheet, on, high=0)
            sheet.repeat_rows(0)
            if table.rows:
                sheet.autofilter(0, 0, len(table.rows), len(table.header) - 1)
        if blocks:
            sheet = book.add_worksheet(REPORT)
            sheet.set_column(0, 0, WIDEST)
            _printed(sheet, on, high=0)
            for i, texts_of_row in enumerate([(title,), *told(blocks)]):
                for j, text in enumerate(texts_of_row):
                    if text:
                        sheet.write_string(i, j, _cut(text), words)
    return out.getvalue()


def _printed(sheet: Worksheet, on: Paper, *, high: int) -> None:
    """Pages turned sideways, one page wide and so many high; 0 for as many as it takes."""
    sheet.set_landscape()
    sheet.set_paper(PAPERS[on.name])
    sheet.fit_to_pages(1, high)
    sheet.set_footer("&C&A, page &P of &N")


def _explain(book: xlsxwriter.Workbook, rows: Sequence[tuple[str, ...]], on: Paper, formats: tuple[Format, Format]) -> None:
    """The first sheet."""
    head, words = formats
    sheet = book.add_worksheet(README)
    large = book.add_format({"bold": True, "font_size": 14})
    for j, width in enumerate((24, 28, 100)):
        sheet.set_column(j, j, width)
    for i, row in enumerate(rows):
        heads = len(row) == 3 and row[0] == "Sheet"
        for j, text in enumerate(row):
            if text:
                sheet.write_string(i, j, _cut(text), head if heads else large if i == 0 else words if len(row) > 1 else None)
    _printed(sheet, on, high=0)


def _board(book: xlsxwriter.Workbook, name: str, block: GridBlock, on: Paper) -> None:
    """An array as people sorted it, in type that fits on a page turned sideways, or that the printer makes smaller until it does."""
    sheet = book.add_worksheet(name)
    sheet.set_tab_color(colour(block.viewpoint))
    room = on.room(lying=True) / 20, (on.wide - 2 * MARGIN) * TWIPS / 20 - OVER
    texts = [[words_of(card) for card in column.cards] for column in block.columns]
    size = max(READABLE, fitting(texts, room, aligned=True) or 0.0)
    width = max(room[0] / max(1, len(block.columns)), LEAST_COLUMN)
    sheet.set_column_pixels(0, max(0, len(block.columns) - 1), round(width / PIXEL))
    said = book.add_format({"bold": True, "font_size": 12, "text_wrap": True, "valign": "top"})
    note = book.add_format({"font_size": 9, "text_wrap": True, "valign": "top"})
    top = {"bold": True, "align": "center", "top": 5, "top_color": colour(block.viewpoint), "bg_color": _tint(colour(block.viewpoint))}
    place = book.add_format(top)
    card = book.add_format({"text_wrap": True, "valign": "top", "font_size": size, "border": 1, "border_color": LINE, "bg_color": SOFT})
    across = len(block.columns)
    _across(sheet, 0, across, block.legend, said, height([block.legend], across * width, 12.0))
    for j, column in enumerate(block.columns):
        sheet.write_string(HEADS, j, _cut(column.place), place)
    for i, row in enumerate(zip_longest(*texts, fillvalue=""), HEADS + 1):
        sheet.set_row(i, min(TALLEST, max(height([text], width - BESIDE, size) for text in row) + ABOVE))
        for j, text in enumerate(row):
            if text:
                sheet.write_string(i, j, _cut(text), card)
    for n, text in enumerate(block.notes, HEADS + 2 + max(map(len, texts), default=0)):
        _across(sheet, n, across, remark((text,)), note, height([text], across * width, 9.0))
    sheet.freeze_panes(HEADS + 1, 0)
    sheet.hide_gridlines(2)
    sheet.center_horizontally()
    _printed(sheet, on, high=1)


def _across(sheet: Worksheet, row: int, columns: int, text: str, form: Format, high: float) -> None:
    """A text over the whole width of a board."""
    if columns > 1:
        sheet.merge_range(row, 0, row, columns - 1, "", form)
    sheet.set_row(row, min(TALLEST, high + ABOVE))
    sheet.write_string(row, 0, _cut(text), form)


def _tint(shade: str) -> str:
    """A colour made light enough to print words on."""
    return "#" + "".join(f"{round(255 - 0.25 * (255 - int(shade[i : i + 2], 16))):02x}" for i in (1, 3, 5))


def _shows(figure: float) -> bool:
    """Whether two decimals show a figure: a p-value of .001 would be 0.00, and a whole number needs none."""
    return abs(figure) >= LEAST_SHOWN and not figure.is_integer()


def _cut(text: str) -> str:
    text = clean(text)
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"
