"""Files of other programs that cannot hold sorts as text: named, and what to export instead."""

from __future__ import annotations

import io
import json
import re
import zipfile

from qmethod.errors import DataError
from qmethod.formats.text import Document

_MAGIC = (
    (b"%PDF", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
    (b"{\\rtf", "a rich text (RTF) document"),
    (b"\x1f\x8b", "a compressed (gzip) file"),
    (b"BZh", "a compressed (bzip2) file"),
    (b"\xfd7zXZ\x00", "a compressed (xz) file"),
    (b"\x28\xb5\x2f\xfd", "a compressed (Zstandard) file"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"SQLite format 3", "an SQLite database"),
    (b"$FL2", "an SPSS file"),
    (b"<stata_dta>", "a Stata file"),
    (b"PAR1", "a Parquet file"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"RDX", "an R data file"),
)


def refuse_foreign(document: Document) -> None:
    """Refuse a file that is plainly something other than a text table.

    Raises
    ------
    DataError
        Saying what the file is and what to export instead.
    """
    raw = document.raw
    as_csv = f"Export or save the {document.holds} as CSV (UTF-8) and read that file."
    if raw.startswith(b"PK\x03\x04"):
        raise document.fault(f"this is {_archive(raw)}, not a text file", advice=as_csv)
    for magic, name in _MAGIC:
        if raw.startswith(magic):
            raise document.fault(f"this is {name}, not a text file", advice=as_csv)
    start = raw[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if re.match(rb"<(!doctype|html|head|body|table|!--)", start):
        advice = f"It may be a log-in or error page saved by mistake; download the {document.holds} again, as CSV."
        raise document.fault(f"this is a web page (HTML), not a table of {document.holds}", advice=advice)
    if start.startswith(b"<?xml"):
        raise document.fault(f"this is an XML file, not a table of {document.holds}", advice=as_csv)
    if start[:1] in (b"{", b"[") and _is_json(raw):
        raise document.fault(f"this is a JSON file, not a table of {document.holds}", advice=as_csv)


def refuse_statements_alone(document: Document) -> None:
    """Refuse a .STA file given where the sorts are wanted.

    Raises
    ------
    DataError
        Naming the file that is wanted.
    """
    if document.path.suffix.lower() == ".sta":
        advice = f"Read {document.path.with_suffix('.DAT').name} instead; the .STA beside it is found by itself."
        raise DataError(document.fault("a .STA file holds the statements, not the sorts", advice=advice).faults)


def _archive(raw: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return "a damaged ZIP archive or Excel workbook"
    if any(name.startswith("xl/") for name in names):
        return "an Excel workbook"
    if any(name.startswith("word/") for name in names):
        return "a Word document"
    if "content.xml" in names:
        return "an OpenDocument spreadsheet"
    if "sorts.txt" in names:
        return "a KADE project (ZIP)"
    return "a ZIP archive"


def _is_json(raw: bytes) -> bool:
    try:
        json.loads(raw)
    except (ValueError, RecursionError):
        return re.match(rb'\s*(\{\s*"|\[\s*[\[{])', raw.removeprefix(b"\xef\xbb\xbf")) is not None
    return True
