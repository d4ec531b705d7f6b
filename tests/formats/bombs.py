"""Files made to harm whoever reads them: they unpack to far more than they are, nest, lie about their size, or hold what should never run."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from tests.formats import workbooks as made

_PEOPLE = '<c r="A1" t="inlineStr"><is><t>statement</t></is></c><c r="B1" t="inlineStr"><is><t>ann</t></is></c>'
_LAUGHS = (
    '<!DOCTYPE worksheet [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {x} "{f"&{y};" * 10}">' for x, y in zip("bcdefghij", "abcdefghi", strict=True))
    + "]>"
)


@dataclass(frozen=True)
class Bomb:
    """`make` gives the bytes; `words` are what the refusal says; nothing there where the file is to be read, and harms nobody."""

    name: str
    suffix: str
    make: Callable[[], bytes]
    words: str = ""


def _members(sheet: str, top: str = "", others: dict[str, str] | None = None) -> dict[str, bytes | str]:
    """The fewest members that make a workbook of one sheet."""
    book = '<sheets><sheet name="Sorts" sheetId="1" r:id="rId1"/></sheets>'
    link = '<Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/>'
    return {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.xml": f'<workbook xmlns:r="r">{book}</workbook>',
        "xl/_rels/workbook.xml.rels": f"<Relationships>{link}</Relationships>",
        "xl/worksheets/sheet1.xml": f'<?xml version="1.0"?>{top}<worksheet xmlns="m"><sheetData>{sheet}</sheetData></worksheet>',
        **(others or {}),
    }


def workbook(sheet: str, top: str = "", **others: str) -> bytes:
    return made.zipped(_members(sheet, top, {name.replace("__", "/").replace("_xml", ".xml"): text for name, text in others.items()}))


def _row(number: int, cells: str) -> str:
    return f'<row r="{number}">{cells}</row>'


def _encrypted() -> bytes:
    """An archive that says of its members that they are encrypted."""
    raw = bytearray(made.zipped({"sorts.txt": "ann,1,0"}))
    raw[6] |= 1
    at = raw.find(b"PK\x01\x02")
    raw[at + 8] |= 1
    return bytes(raw)


def _overlong() -> bytes:
    """An archive whose list says that a member is small, and which unpacks to 200 MB."""
    raw = bytearray(made.zipped({"sorts.txt": b"1" * (200 << 20)}))
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        found = raw.find(mark)
        raw[found + at : found + at + 4] = (100).to_bytes(4, "little")
    return bytes(raw)


def _many_members() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for i in range(30_000):
            archive.writestr(f"{i}", b"")
        archive.writestr("sorts.txt", b"ann,1,0")
    return out.getvalue()


ARCHIVES = (
    Bomb("entities", ".xlsx", lambda: workbook(_row(1, '<c r="A1" t="str"><v>&j;</v></c>'), _LAUGHS), "declares a document type"),
    Bomb(
        "entities-of-book", ".xlsx", lambda: made.zipped({**_members(""), "xl/workbook.xml": f"{_LAUGHS}<worksheet>&j;</worksheet>"}), "document type"
    ),
    Bomb(
        "file-from-outside",
        ".xlsx",
        lambda: workbook(_row(1, '<c r="A1" t="str"><v>&x;</v></c>'), '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
        "declares a document type",
    ),
    Bomb("blanks", ".xlsx", lambda: workbook(" " * (300 << 20)), "more than 32,767 characters"),
    Bomb("comment", ".xlsx", lambda: workbook(f"<!--{'x' * (300 << 20)}-->"), "a tag or comment longer"),
    Bomb("cell-of-10-mb", ".xlsx", lambda: workbook(_row(1, f'<c r="A1" t="str"><v>{"x" * (10 << 20)}</v></c>')), "more than 32,767 characters"),
    Bomb("shared-10-mb", ".xlsx", lambda: workbook("", xl__sharedStrings_xml=f"<sst><si><t>{'x' * (10 << 20)}</t></si></sst>"), "32,767 characters"),
    Bomb("deep", ".xlsx", lambda: workbook("<a>" * 1_000_000), "nested deeper than 64"),
    Bomb("many-cells", ".xlsx", lambda: workbook(_row(1, "<c><v>1</v></c>" * 3_000_000)), "more than 250,000 cells"),
    Bomb("many-elements", ".xlsx", lambda: workbook("<a/>" * 12_000_000), "more cells than are read"),
    Bomb("far-cells", ".xlsx", lambda: workbook("".join(_row(i, f'<c r="XFD{i}"><v>1</v></c>') for i in range(1, 60_000))), "so far apart"),
    Bomb(
        "far-cell",
        ".xlsx",
        lambda: workbook(
            "".join(_row(i, f'<c r="A{i}"><v>1</v></c><c r="B{i}"><v>1</v></c>') for i in range(1, 5_000))
            + _row(9_999, '<c r="XFD9999"><v>1</v></c>')
        ),
        "spans 5,000 rows and 16,384 columns",
    ),
    Bomb("beyond-the-sheet", ".xlsx", lambda: workbook(_row(1, '<c r="ZZZ1"><v>1</v></c><c r="A99999999999"><v>1</v></c>')), "sheet 'Sorts'"),
    Bomb(
        "sheet-elsewhere",
        ".xlsx",
        lambda: made.zipped({k: str(v).replace("worksheets/sheet1.xml", "../../../etc/passwd") for k, v in _members("").items()}),
        "no sheet",
    ),
    Bomb("no-archive", ".xlsx", lambda: b"PK\x03\x04" + b"\x00" * 50_000_000, "damaged ZIP archive"),
    Bomb("cut", ".xlsx", lambda: made.book({"Sorts": [["statement", "ann"], ["s1", 1], ["s2", 0]]})[:-30], "damaged ZIP archive"),
    Bomb("project-of-200-mb", ".zip", lambda: made.zipped({"sorts.txt": b"1," * (100 << 20)}), "larger than 16,777,216 bytes"),
    Bomb("project-that-lies", ".zip", _overlong, "damaged|larger than"),
    Bomb(
        "project-cell",
        ".zip",
        lambda: made.zipped({"sorts.txt": b"ann,1,0\nben," + b"9" * (10 << 20) + b",0"}),
        r"sorts\.txt: '9+' is not a placement",
    ),
    Bomb("project-encrypted", ".zip", _encrypted, "protected by a password"),
    Bomb("project-many", ".zip", _many_members, "KADE project"),
    Bomb("project-up-and-away", ".zip", lambda: made.zipped({"../../../../tmp/sorts.txt": "ann,1,0\nben,0,1\n"})),
    Bomb(
        "formulas",
        ".xlsx",
        lambda: workbook(
            _row(1, _PEOPLE + '<c r="C1" t="inlineStr"><is><t>=cmd|\'/c calc\'!A1</t></is></c>')
            + "".join(
                _row(i, f'<c r="A{i}" t="inlineStr"><is><t>s{i}</t></is></c><c r="B{i}"><v>{i % 2}</v></c><c r="C{i}"><v>{1 - i % 2}</v></c>')
                for i in range(2, 6)
            )
        ),
    ),
)


def _stata(n_rows: int) -> bytes:
    """The head of a data set that declares so many observations of 1,000 variables of one byte."""
    n = 1_000
    head = bytes([114, 2, 1, 0]) + struct.pack("<Hi", n, n_rows) + b"\0" * 99
    return head + b"\xfb" * n + b"x".ljust(33, b"\0") * n + b"\0" * (2 * (n + 1) + (49 + 33 + 81) * n + 5)


def _spss(n_rows: int, compression: int, data: bytes = b"", magic: bytes = b"$FL2") -> bytes:
    """A data set of one variable."""
    head = magic + b" " * 60 + struct.pack("<5id", 2, 1, compression, 0, n_rows, 100.0) + b" " * 84
    return head + struct.pack("<6i", 2, 0, 0, 0, 0, 0) + b"x".ljust(8) + struct.pack("<2i", 999, 0) + data


def _zlib_of_spss(told: int) -> bytes:
    """A block of 200 MB, of which the list tells another size."""
    packed = zlib.compress(b"\1" * (200 << 20))
    start = len(_spss(-1, 2)) + 24
    end = start + len(packed)
    listed = struct.pack("<2q2i", -100, 0, 0x3FF000, 1) + struct.pack("<2q2i", start - 24, start, told, len(packed))
    return _spss(-1, 2, struct.pack("<3q", start - 24, end, 48) + packed + listed, b"$FL3")


_R = b"X\n" + struct.pack(">3i", 2, 0, 0)
DATASETS = (
    Bomb("stata-many", ".dta", lambda: _stata(2**31 - 1), "at most 1,000,000 cells are read"),
    Bomb("stata-nothing-there", ".dta", lambda: _stata(900), "damaged or cut short"),
    Bomb("stata-new", ".dta", lambda: b"<stata_dta><header><release>118</release>" + b"\xff" * 50_000_000, "damaged or cut short"),
    Bomb("spss-many", ".sav", lambda: _spss(2**31 - 1, 0), "at most 1,000,000 cells are read"),
    Bomb("spss-negative", ".sav", lambda: _spss(-7, 1), "damaged or cut short|0 follow"),
    Bomb("spss-idle", ".sav", lambda: _spss(-1, 1, b"\0" * (100 << 20)), "damaged or cut short"),
    Bomb("spss-zlib", ".zsav", lambda: _zlib_of_spss(200 << 20), "larger than 33,554,432 bytes"),
    Bomb("spss-zlib-that-lies", ".zsav", lambda: _zlib_of_spss(-1), "larger than|damaged"),
    Bomb("r-gzip", ".rds", lambda: gzip.compress(_R + struct.pack(">2i", 14, 2**27 - 1) + b"\0" * (1 << 30), 1), "larger than 33,554,432 bytes"),
    Bomb("r-deep", ".rds", lambda: _R + struct.pack(">2i", 19, 1) * 100_000, "nested deeper"),
    Bomb("r-long", ".rds", lambda: _R + struct.pack(">2i", 14, 2**31 - 1), "damaged or cut short"),
    Bomb("r-many", ".rds", lambda: gzip.compress(_R + struct.pack(">2i", 16, 4_000_000) + struct.pack(">2i", 9, -1) * 4_000_000), "larger or nested"),
    Bomb("r-pairs", ".rds", lambda: gzip.compress(_R + struct.pack(">2i", 2, 254) * 4_000_000), "larger than a table|larger or nested"),
)
