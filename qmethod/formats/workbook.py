"""Sheets of an Excel workbook (.xlsx, .xlsm) as rows of text, read within bounds.

A workbook is a ZIP archive (ECMA-376, Office Open XML). ``xl/workbook.xml`` names the sheets in their order and says which are hidden;
``xl/_rels/workbook.xml.rels`` says in which member each lies; ``xl/sharedStrings.xml`` holds texts that cells refer to by number, and
``xl/styles.xml`` how numbers look, which tells dates from others. Only these members are opened, by these names.

A cell becomes the text that a person would write for it: a whole number without a decimal point, a date as ``2026-01-31``, ``TRUE``. Of a formula it
is the value that the program which saved the workbook put beside it; a formula without one stays ``=A1+1``, which is no placement. No formula is
computed. Hidden rows and columns count as others do.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from xml.parsers import expat

from qmethod.errors import DataError, Fault
from qmethod.formats.archive import LARGEST_MEMBER, names_of, opened, pieces
from qmethod.formats.text import Document

_BOOK, _LINKS, _TEXTS, _STYLES = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml", "xl/styles.xml"
_MOST_SHEETS, _MOST_CELLS, _LONGEST_CELL, _DEEPEST = 500, 250_000, 32_767, 64
_LONGEST_SIGN = 1 << 18  # bytes; a parser looks at an unfinished tag or comment again with each piece that comes
MOST_PLACES = 4_000_000
"""Cells of a sheet that are read, empty ones among them."""
_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
"""Number formats that every workbook has and that show dates and times (ECMA-376, part 1, 18.8.30)."""
_DATE_SIGN = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|([dmyhs])', re.IGNORECASE)
_CELL = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LETTERS, _WIDEST = 26, 16_384
_LAST_DAY = 2_958_466  # 1 January 10000
_AS_CSV = "Save the sheet with the sorts as CSV (UTF-8) and read that file."


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook.

    Parameters
    ----------
    name : str
    rows : list of list of str
        Rows that hold anything, each from column A up to its last filled cell.
    lines : list of int
        Number of each row in the sheet, counted from 1.
    """

    name: str
    rows: list[list[str]]
    lines: list[int]

    def cell(self, row: int, column: int) -> str:
        """What stands in a cell, given its row and column, both counted from 1; nothing where it is empty."""
        try:
            cells = self.rows[self.lines.index(row)]
        except ValueError:
            return ""
        return cells[column - 1].strip() if column <= len(cells) else ""


def is_workbook(raw: bytes) -> bool:
    """Whether bytes are an Excel workbook, by the members of the archive."""
    return _BOOK in names_of(raw)


def sheet_names(raw: bytes) -> tuple[str, ...]:
    """Names of the sheets, which are not read; none where that cannot be told."""
    if not is_workbook(raw):
        return ()
    document = Document(Path(), "", raw)
    try:
        with opened(document) as archive:
            return tuple(name for name, _, _ in _listed(_Book(archive, document)))
    except DataError:
        return ()


def read_workbook(document: Document, wanted: Callable[[str], bool] | None = None, rows: int | None = None) -> tuple[Sheet, ...]:
    """The sheets of a workbook, in its order.

    Parameters
    ----------
    document : Document
    wanted : callable, optional
        Whether a sheet of some name is to be read. Where not given, all are that are not hidden, or all where all are hidden.
    rows : int, optional
        How many rows of each sheet are read; all where not given.

    Raises
    ------
    DataError
        If the workbook is damaged, protected by a password, or larger than can be a table of sorts; if its XML declares entities or is nested deeply.
    """
    with opened(document) as archive:
        book, members = _Book(archive, document), frozenset(archive.namelist())
        shared = _texts(book) if _TEXTS in members else []
        dates = _date_styles(book) if _STYLES in members else frozenset()
        known = _Known(shared, dates, _since_1904(book))
        listed = [each for each in _listed(book) if each[2] in members and (wanted is None or wanted(each[0]))]
        if wanted is None and not all(hidden for _, hidden, _ in listed):
            listed = [each for each in listed if not each[1]]
        found = tuple(_sheet(book, name, member, known, rows) for name, _, member in listed)
    if not any(sheet.rows for sheet in found):
        raise document.fault(
            "no sheet of the workbook holds anything", advice="Save the workbook again, or save the sheet with the sorts as CSV (UTF-8)."
        )
    return found


def in_sheet(error: DataError, sheet: Sheet) -> DataError:
    """The same faults, each with the sheet and the cell in Excel's way."""

    def told(fault: Fault) -> Fault:
        cell = f", {spoken_cell((fault.line, fault.column))}" if fault.line else ""
        return replace(fault, message=f"sheet {sheet.name!r}{cell}: {fault.message}")

    return DataError([told(fault) for fault in error.faults])


def spoken_cell(place: tuple[int | None, int | None]) -> str:
    """Words for a place in a sheet.

    >>> spoken_cell((4, 2)), spoken_cell((4, None)), spoken_cell((None, None))
    ('cell B4', 'row 4', '')
    """
    line, column = place
    if line is None:
        return f"column {letters(column)}" if column is not None else ""
    return f"cell {letters(column)}{line}" if column is not None else f"row {line}"


def letters(column: int) -> str:
    """What Excel calls a column.

    >>> letters(1), letters(26), letters(27), letters(16384)
    ('A', 'Z', 'AA', 'XFD')
    """
    found = ""
    while column:
        column, rest = divmod(column - 1, _LETTERS)
        found = chr(ord("A") + rest) + found
    return found


@dataclass(slots=True)
class _Book:
    """A workbook that is being read, and how much more of it may be: in all its members, so that many small ones are no way around."""

    archive: zipfile.ZipFile
    document: Document
    elements_left: int = 1_200_000
    bytes_left: int = LARGEST_MEMBER


@dataclass(frozen=True, slots=True)
class _Known:
    """What cells refer to: texts, and the styles that show dates, counted from 1900 or 1904."""

    texts: list[str]
    dates: frozenset[int]
    since_1904: bool


def _scan(book: _Book, member: str, start: Callable[[str, dict[str, str]], None], end: Callable[[str, str], None]) -> None:
    """Tell `start` of each element of a member and its attributes, and `end` of each with the text since the last start; without namespaces."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    depth, held, pieces_of_text = 0, 0, list[str]()

    def opens(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, held
        depth, held = depth + 1, 0
        pieces_of_text.clear()
        book.elements_left -= 1
        if book.elements_left < 0:
            raise book.document.fault("the workbook holds more cells than are read", advice=_AS_CSV)
        if depth > _DEEPEST:
            raise book.document.fault(f"{member!r} in the workbook is nested deeper than {_DEEPEST} elements", advice=_AS_CSV)
        start(tag.rpartition(":")[2], attributes)

    def closes(tag: str) -> None:
        nonlocal depth, held
        end(tag.rpartition(":")[2], "".join(pieces_of_text))
        depth, held = depth - 1, 0
        pieces_of_text.clear()

    def text(piece: str) -> None:
        nonlocal held
        held += len(piece)
        if held > _LONGEST_CELL:
            message = f"{member!r} in the workbook holds a text of more than {_LONGEST_CELL:,} characters, more than a cell of Excel can"
            raise book.document.fault(message, advice=_AS_CSV)
        pieces_of_text.append(piece)

    def declares(*_: object) -> None:
        raise book.document.fault(f"{member!r} in the workbook declares a document type, which no workbook does", advice=_AS_CSV)

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = opens, closes, text
    parser.StartDoctypeDeclHandler = declares
    fed = 0
    try:
        for piece in pieces(book.archive, member, book.document):
            fed += len(piece)
            book.bytes_left -= len(piece)
            if book.bytes_left < 0:
                message = f"the workbook is larger than {LARGEST_MEMBER:,} bytes when it is unpacked; no more is read"
                raise book.document.fault(message, advice=_AS_CSV)
            parser.Parse(piece, False)
            if fed - max(parser.CurrentByteIndex, 0) > _LONGEST_SIGN:
                raise book.document.fault(f"{member!r} in the workbook holds a tag or comment longer than any workbook has", advice=_AS_CSV)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise book.document.fault(f"{member!r} in the workbook is damaged: {error}", advice="Save the workbook again, or save CSV (UTF-8).") from None


def _listed(book: _Book) -> list[tuple[str, bool, str]]:
    """Name of each sheet, whether it is hidden, and the member that holds it."""
    sheets: list[tuple[str, bool, str]] = []
    links: dict[str, str] = {}

    def names(tag: str, attributes: dict[str, str]) -> None:
        if tag == "sheet" and len(sheets) < _MOST_SHEETS:
            link = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id" and ":" in key), "")
            sheets.append((attributes.get("name", ""), attributes.get("state", "visible") != "visible", link))

    def targets(tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
            target = attributes.get("Target", "")
            links[attributes.get("Id", "")] = target[1:] if target.startswith("/") else f"xl/{target.removeprefix('./')}"

    _scan(book, _BOOK, names, _nothing)
    if _LINKS in book.archive.namelist():
        _scan(book, _LINKS, targets, _nothing)
    return [(name, hidden, links[link]) for name, hidden, link in sheets if link in links]


def _since_1904(book: _Book) -> bool:
    """Whether days are counted from 1904, as on old Macintoshes."""
    found: list[bool] = []

    def looks(tag: str, attributes: dict[str, str]) -> None:
        if tag == "workbookPr":
            found.append(attributes.get("date1904", "0") in ("1", "true"))

    _scan(book, _BOOK, looks, _nothing)
    return any(found)


def _texts(book: _Book) -> list[str]:
    """Texts that cells share; of one with parts in different type all parts, without readings in another script beside it."""
    texts: list[str] = []
    parts: list[str] = []
    beside = 0

    def start(tag: str, _attributes: dict[str, str]) -> None:
        nonlocal beside
        beside += tag == "rPh"
        if tag == "si":
            parts.clear()

    def end(tag: str, text: str) -> None:
        nonlocal beside
        beside -= tag == "rPh"
        if tag == "t" and not beside:
            parts.append(text)
        elif tag == "si":
            texts.append(_unescaped("".join(parts)))

    _scan(book, _TEXTS, start, end)
    return texts


def _date_styles(book: _Book) -> frozenset[int]:
    """Numbers of the styles of cells that show dates or times."""
    own: dict[str, bool] = {}
    styles: list[str] = []
    inside = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        if tag == "numFmt":
            own[attributes.get("numFmtId", "")] = any(found[1] for found in _DATE_SIGN.finditer(attributes.get("formatCode", "")))
        elif tag == "cellXfs":
            inside = True
        elif tag == "xf" and inside:
            styles.append(attributes.get("numFmtId", "0"))

    def end(tag: str, _text: str) -> None:
        nonlocal inside
        inside = inside and tag != "cellXfs"

    _scan(book, _STYLES, start, end)
    return frozenset(i for i, code in enumerate(styles) if own.get(code, code.isdecimal() and int(code) in _DATES))


class _Enough(Exception):
    """As many rows were read as are wanted."""


@dataclass(slots=True)
class _Cell:
    """The cell that is being read: where it is, what kind it says it is, how it looks, and what it holds."""

    column: int = 0
    kind: str = "n"
    style: int = 0
    value: str | None = None
    formula: str | None = None
    parts: list[str] = field(default_factory=list)


def _sheet(book: _Book, name: str, member: str, known: _Known, most: int | None) -> Sheet:
    rows: list[list[str]] = []
    lines: list[int] = []
    cells: list[str] = []
    at = _Cell()
    row = n_cells = places = 0
    once: dict[str, str] = {}

    def refuse(message: str) -> DataError:
        return book.document.fault(f"sheet {name!r}: {message}", advice=f"Clear what is outside the table. {_AS_CSV}")

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal row, at, n_cells
        if tag == "c":
            n_cells += 1
            if n_cells > _MOST_CELLS:
                raise refuse(f"more than {_MOST_CELLS:,} cells; no more are read")
            style = attributes.get("s", "0")
            at = _Cell(_column(attributes.get("r", "")) or at.column + 1, attributes.get("t", "n"), int(style) if style.isdecimal() else 0)
        elif tag == "row":
            told = attributes.get("r", "")
            row = int(told) if told.isdecimal() and len(told) < 8 else row + 1
            at = _Cell()
            cells.clear()

    def end(tag: str, text: str) -> None:
        nonlocal places
        if tag == "v":
            at.value = text
        elif tag == "f":
            at.formula = text
        elif tag == "t":
            at.parts.append(text)
        elif tag == "c":
            if written := _written(at, known):
                cells.extend([""] * (at.column - len(cells)))
                cells[at.column - 1] = once.setdefault(written, written)
        elif tag == "row" and cells:
            places += len(cells)
            if places > MOST_PLACES:
                raise refuse(f"its cells lie so far apart that {MOST_PLACES:,} places would have to be read")
            rows.append(cells.copy())
            lines.append(row)
            if len(rows) == most:
                raise _Enough

    with suppress(_Enough):
        _scan(book, member, start, end)
    return Sheet(name, rows, lines)


def _column(reference: str) -> int:
    """Number of the column of a cell, counted from 1; 0 where the reference is none."""
    found = _CELL.fullmatch(reference)
    if found is None:
        return 0
    number = 0
    for letter in found[1]:
        number = number * _LETTERS + ord(letter) - ord("A") + 1
    return number if number <= _WIDEST else 0


def _written(cell: _Cell, known: _Known) -> str:
    """A cell as a person would write it."""
    value = cell.value
    if cell.kind == "inlineStr":
        return _unescaped("".join(cell.parts))
    if value is None or (value == "" and cell.formula is not None):
        return f"={cell.formula or ''}" if cell.formula is not None else ""
    if cell.kind == "s":
        return known.texts[int(value)] if value.isdecimal() and len(value) < 8 and int(value) < len(known.texts) else ""
    if cell.kind == "b":
        return "TRUE" if value.strip() == "1" else "FALSE"
    if cell.kind != "n":
        return _unescaped(value)
    return _number(value, cell.style in known.dates, known.since_1904)


def _number(text: str, is_date: bool, since_1904: bool) -> str:
    """A number without noise: whole where it is, and in 15 digits, which is what Excel keeps; a date where it is shown as one."""
    try:
        value = float(text)
    except ValueError:
        return text
    if is_date and 0 <= value < _LAST_DAY:
        began = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30)
        day = began + timedelta(seconds=round(value * 86_400))
        return day.isoformat(sep=" ") if value % 1 else day.date().isoformat()
    if not abs(value) < 1e15:
        return text
    return str(int(value)) if value == int(value) else f"{value:.15g}"


def _unescaped(text: str) -> str:
    """Signs that XML cannot hold, which a workbook writes as ``_x000D_``."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _nothing(*_: object) -> None:
    pass
