"""Files of other programs that are known and not read: named, and what to export instead."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

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
    found = foreign_kind(document.raw, lambda: document.raw, None, document.holds)
    if found is not None:
        raise document.fault(found[0], advice=found[1])


def foreign_kind(head: bytes, whole: Callable[[], bytes], path: Path | None, holds: str = "sorts") -> tuple[str, str] | None:
    """What a file is that is no text table, and what to do about it; None for any other.

    Parameters
    ----------
    head : bytes
        How it begins.
    whole : callable
        Gives all of it, where the beginning does not tell.
    path : Path or None
        Where it is, if sorts are wanted: then statements alone are refused too.
    holds : str
        What it should hold, in a word.
    """
    as_csv = f"Export or save the {holds} as CSV (UTF-8) and read that file."
    if path is not None and path.suffix.lower() == ".sta":
        return (
            "a .STA file holds the statements, not the sorts",
            f"Read {path.with_suffix('.DAT').name} instead; the .STA beside it is found by itself.",
        )
    if head.startswith(b"PK\x03\x04"):
        return f"this is {_archive(whole())}, not a text file", as_csv
    name = next((name for magic, name in _MAGIC if head.startswith(magic)), None)
    if name is not None:
        return f"this is {name}, not a text file", as_csv
    start = head[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if re.match(rb"<(!doctype|html|head|body|table|!--)", start):
        advice = f"It may be a log-in or error page saved by mistake; download the {holds} again, as CSV."
        return f"this is a web page (HTML), not a table of {holds}", advice
    if start.startswith(b"<?xml"):
        return f"this is an XML file, not a table of {holds}", as_csv
    if start[:1] in (b"{", b"[") and _is_json(whole()):
        return f"this is a JSON file, not a table of {holds}", as_csv
    return None


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
