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
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"SQLite format 3", "an SQLite database"),
    (b"$FL2", "an SPSS file (.sav)"),
    (b"$FL3", "an SPSS file (.zsav)"),
    (b"<stata_dta>", "a Stata file"),
    (b"PAR1", "a Parquet file"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"RDX", "an R data file"),
    (b"X\n\x00\x00", "an R data file"),
)
_PICTURES = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
)
_PACKED = (
    (b"\x1f\x8b", "gzip", "gunzip -c"),
    (b"BZh", "bzip2", "bunzip2 -c"),
    (b"\xfd7zXZ\x00", "xz", "xz -dc"),
    (b"\x28\xb5\x2f\xfd", "Zstandard", "zstd -dc"),
)
"""How packed files begin, what packs them so, and the command that unpacks what it is given."""
_HOLD_WORDINGS = ("an Excel workbook", "a KADE project (ZIP)", "an SPSS file (.sav)", "an SPSS file (.zsav)", "a Stata file")
"""Files that are read as sorts, with the wordings that they hold."""
_ALONG = "If the sorts are in this file too, name it as the sorts: the wordings in it are read with them."
_PORTABLE = re.compile(rb"ASCII SPSS PORT FILE")
_LISTING = re.compile(rb"\s*PQMethod ?\d|.{0,2000}?Correlation Matrix Between Sorts", re.DOTALL)
_PEEK = 512


def begins_otherwise(head: bytes) -> bool:
    """Whether a file begins as those of other programs do that are no text."""
    return head.startswith((b"PK\x03\x04", *(mark for mark, *_ in (*_MAGIC, *_PICTURES, *_PACKED))))


def is_listing(head: bytes) -> bool:
    """Whether a file begins as PQMethod prints results."""
    return _LISTING.match(head) is not None


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
    with_sorts = f"{as_csv} {_ALONG}" if holds == "wordings" else as_csv
    if path is not None and path.suffix.lower() == ".sta":
        return (
            "a .STA file holds the statements, not the sorts",
            f"Read {path.with_suffix('.DAT').name} instead; the .STA beside it is found by itself.",
        )
    if head.startswith(b"PK\x03\x04"):
        archive, advice = _archive(whole(), holds)
        return f"this is {archive}, not a text file", advice or (with_sorts if archive in _HOLD_WORDINGS else as_csv)
    if (found := next((each for each in _PACKED if head.startswith(each[0])), None)) is not None:
        return _packed(found[1], found[2], head, holds, as_csv)
    if (name := next((name for magic, name in _PICTURES if head.startswith(magic)), None)) is not None:
        return f"this is {name}, and no numbers can be read from it", f"Write the {holds} into a table, as CSV (UTF-8), and read that file."
    name = next((name for magic, name in _MAGIC if head.startswith(magic)), None)
    if name is not None:
        return f"this is {name}, not a text file", with_sorts if name in _HOLD_WORDINGS else as_csv
    if _PORTABLE.search(head[:_PEEK]):
        return f"this is an SPSS portable file (.por), not a table of {holds}", as_csv
    if is_listing(head):
        dat = path.with_suffix(".DAT").name if path is not None and path.suffix.lower() == ".lis" else "the .DAT of the study"
        advice = f"Read {dat} instead, which holds the sorts; `qmethod compare ANALYSIS LISTING` takes this." if holds == "sorts" else as_csv
        return f"this is a listing of results, as PQMethod writes it (.LIS), not a table of {holds}", advice
    start = head[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if re.match(rb"<(!doctype|html|head|body|table|!--)", start):
        advice = f"It may be a log-in or error page saved by mistake; download the {holds} again, as CSV."
        return f"this is a web page (HTML), not a table of {holds}", advice
    if start.startswith(b"<?xml"):
        return f"this is an XML file, not a table of {holds}", as_csv
    if start[:1] in (b"{", b"[") and _is_json(whole()):
        return f"this is a JSON file, not a table of {holds}", with_sorts
    return None


def _packed(packer: str, command: str, head: bytes, holds: str, as_csv: str) -> tuple[str, str]:
    """What is said of a packed file; R packs its data too."""
    start = _unpacked(packer, head)
    if start.startswith((b"RDX", b"X\n\x00\x00")):
        return f"this is an R data file, packed by {packer}, and not a text file", as_csv
    if start[257:262] == b"ustar":
        return f"this is a TAR archive, packed by {packer}, and not a text file", f"Unpack it, and read the file with the {holds} that it holds."
    pipe = f", or pipe it: {command} < FILE | qmethod inspect -" if holds == "sorts" else ""
    return f"this is a compressed ({packer}) file, not a text file", f"Unpack it, and read what it holds{pipe}."


def _unpacked(packer: str, head: bytes) -> bytes:
    """How a packed file begins; nothing where that cannot be told."""
    try:
        match packer:  # not every Python has each of these modules
            case "gzip":
                import zlib

                return zlib.decompressobj(wbits=31).decompress(head, _PEEK)
            case "bzip2":
                import bz2

                return bz2.BZ2Decompressor().decompress(head, _PEEK)
            case "xz":
                import lzma

                return lzma.LZMADecompressor().decompress(head, _PEEK)
    except Exception:  # of what is damaged nothing is known, whatever its module calls that
        return b""
    return b""


def _archive(raw: bytes, holds: str) -> tuple[str, str]:
    """What a ZIP archive is, and what to do where that is not to save it as CSV."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return "a damaged ZIP archive or Excel workbook", ""
    if any(name.startswith("xl/") for name in names):
        return "an Excel workbook", ""
    if any(name.startswith("word/") for name in names):
        return "a Word document", ""
    if "content.xml" in names:
        return "an OpenDocument file", ""
    if any(name.endswith(".iwa") for name in names):
        return "a Numbers or Pages document", ""
    if "sorts.txt" in names:
        return "a KADE project (ZIP)", ""
    return "a ZIP archive", f"Unpack it, and read the file with the {holds} that it holds."


def _is_json(raw: bytes) -> bool:
    try:
        json.loads(raw)
    except (ValueError, RecursionError):
        return re.match(rb'\s*(\{\s*"|\[\s*[\[{])', raw.removeprefix(b"\xef\xbb\xbf")) is not None
    return True
