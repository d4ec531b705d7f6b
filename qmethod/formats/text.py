"""From a path to text: opening a file, and guessing its encoding."""

from __future__ import annotations

import codecs
import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from qmethod.errors import DataError, Fault, Setting
from qmethod.notice import Notice

CHUNKS = Setting("stream", True, call="`qmethod.analyse_in_chunks`")
"""How sorts are analysed that do not fit into memory."""
MAX_BYTES = 1 << 30
"""Largest file that is read; a study of 100,000 sorts is about 20 MB."""

MOST_BESIDE = 200_000
"""Lines that a file beside the sorts may have; 100,000 people have half."""
MOST_LINES = MappingProxyType({"wordings": 20_000})
"""Lines of files that need fewer, by what they hold."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SPOKEN = {"cp1252": "Windows-1252 (Latin-1)", "cp850": "DOS code page 850", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}
_FORBIDDEN = ("the file may not be read", "Ask for permission to read it.")
_SCORED_BYTES = 1 << 20


class Readable(Protocol):
    """A file object, opened for bytes or for text."""

    def read(self) -> bytes | str:
        """Everything from here to the end."""


@dataclass(frozen=True, slots=True)
class Document:
    """The bytes of a file and how the user named it; `holds` says in a word what it should hold, for messages."""

    path: Path
    file: str
    raw: bytes
    holds: str = "sorts"

    @property
    def sha256(self) -> str:
        """Hash of the bytes."""
        return hashlib.sha256(self.raw).hexdigest()

    def fault(self, message: str, *, line: int | None = None, advice: str | None = None) -> DataError:
        """An error about this file alone."""
        return DataError([Fault(message, file=self.file, line=line, advice=advice)])


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text of a file with the encoding it was read in; a notice where that was a guess."""

    text: str
    encoding: str
    notices: tuple[Notice, ...] = ()


_KINDS = ((stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"), (stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"))


def check_ordinary(path: str | os.PathLike[str], holds: str = "sorts") -> os.stat_result:
    """Refuse what is no ordinary file; what there is to know of one that is, its size above all.

    Parameters
    ----------
    path : path
    holds : str
        What it should hold, in a word for messages.

    Raises
    ------
    DataError
        If there is no such file, or it is a folder, a pipe or a device.
    """
    file = os.fspath(path)
    try:
        known = os.stat(file)
    except (FileNotFoundError, PermissionError) as error:
        absent = isinstance(error, FileNotFoundError)
        message, advice = ("there is no such file", "Check the name and the folder.") if absent else _FORBIDDEN
        raise DataError([Fault(message, file=file, advice=advice)]) from None
    except (OSError, ValueError) as error:
        raise _unopened(file, error) from None
    if stat.S_ISDIR(known.st_mode):
        raise DataError([Fault("this is a folder, not a file", file=file, advice=f"Name the file with the {holds} inside it.")])
    if not stat.S_ISREG(known.st_mode):
        kind = next((f": it is {name}" for is_one, name in _KINDS if is_one(known.st_mode)), "")
        raise DataError([Fault(f"this is not an ordinary file{kind}", file=file, advice=f"Save the {holds} to a file first.")])
    return known


def _unopened(file: str, error: OSError | ValueError) -> DataError:
    reason = getattr(error, "strerror", None) or str(error)
    return DataError([Fault(f"the file cannot be opened: {reason}", file=repr(file)[1:-1])])


def load(path: str | os.PathLike[str], *, holds: str = "sorts", largest: int = MAX_BYTES) -> Document:
    """Read all bytes of a regular file.

    Parameters
    ----------
    path : path
    holds : str
        What the file should hold, in a word for messages: ``"sorts"``, ``"flags"``.
    largest : int
        Bytes that it may have.

    Raises
    ------
    DataError
        If there is no such file, it is a folder or a device, may not be read, is empty, or is larger than `largest`.
    """
    file = os.fspath(path)
    size = check_ordinary(path, holds).st_size
    if size > largest:
        message = f"the file has {size:,} bytes; at most {largest:,} are read"
        advice = f"Check that this is the file with the {holds}."
        if holds == "sorts":
            advice += f" With one row a participant it can be analysed in chunks with {CHUNKS}."
        raise DataError([Fault(message, file=file, advice=advice, settings=(CHUNKS,) if holds == "sorts" else ())])
    try:
        raw = Path(file).read_bytes()
    except PermissionError:
        raise DataError([Fault(_FORBIDDEN[0], file=file, advice=_FORBIDDEN[1])]) from None
    except MemoryError:
        raise DataError([Fault("the file does not fit into memory", file=file)]) from None
    except (OSError, ValueError) as error:
        raise _unopened(file, error) from None
    return _filled(Document(Path(file), file, raw, holds))


def held(content: bytes | bytearray | memoryview | Readable) -> Document:
    """Bytes that are in memory already, or what a file object still holds.

    Raises
    ------
    DataError
        If they are empty.
    """
    raw = content if isinstance(content, bytes | bytearray | memoryview) else content.read()
    raw = raw.encode() if isinstance(raw, str) else bytes(raw)
    name = os.path.basename(str(getattr(content, "name", ""))) or "bytes"
    return _filled(Document(Path(name), name, raw))


def _filled(document: Document) -> Document:
    """The document, unless nothing is in it."""
    if not document.raw.strip(b" \t\r\n\x00\x1a\xef\xbb\xbf"):
        raise document.fault("the file is empty", advice=f"Export or save the {document.holds} again.")
    return document


def decode(document: Document, encoding: str | None = None) -> Decoded:
    """Turn bytes into text: byte-order mark, then UTF-8, then the likelier of Windows-1252 and DOS code page 850.

    Raises
    ------
    DataError
        If `encoding` does not exist or does not fit, or if the bytes are no text.
    """
    decoded = _decode(document, encoding)
    most = MOST_LINES.get(document.holds, MOST_BESIDE)
    if document.holds != "sorts" and (n := max(map(decoded.text.count, "\n\r"))) > most:
        raise document.fault(f"the file has {n:,} lines; at most {most:,} are read", advice=f"Check that this is the file with the {document.holds}.")
    if not decoded.text.strip(" \t\r\n\x1a\ufeff\xa0\x0c"):
        raise document.fault("the file is empty", advice=f"Export or save the {document.holds} again.")
    return decoded


def _decode(document: Document, encoding: str | None) -> Decoded:
    raw = document.raw
    if encoding is not None:
        return Decoded(_decode_as(document, encoding), encoding)
    for mark, name in _BOMS:
        if raw.startswith(mark):
            return Decoded(_decode_as(document, name), name)
    if b"\x00" in raw:
        wide = _utf16_without_mark(raw)
        if wide is None:
            before = raw[: raw.index(b"\x00")]
            message = "the file holds zero bytes, so it is not text or it was damaged"
            raise document.fault(message, line=before.count(b"\n") + 1, advice=f"Export the {document.holds} as CSV (UTF-8) again.")
        return Decoded(_decode_as(document, wide), wide, (_encoding_notice(document, wide),))
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        guess = _eight_bit(raw)
        text = raw.decode(guess, errors="replace")
        _refuse_controls(document, text)
        return Decoded(text, guess, (_encoding_notice(document, guess),))
    _refuse_controls(document, text)
    return Decoded(text, "utf-8")


def sha256_of(path: str) -> str:
    """Hash of the bytes of a file, read piece by piece."""
    with open(path, "rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def sha256_of_folder(path: str) -> str:
    """Hash of the files directly in a folder: of a line for each with its hash and its name, in the order of the names. Hidden ones do not count."""
    files = [each for each in visible(path) if each.is_file()]
    return hashlib.sha256("".join(f"{sha256_of(str(each))}  {each.name}\n" for each in files).encode("utf-8", "surrogateescape")).hexdigest()


def last_part(path: Path) -> str:
    """The last part of a path, also of one such as ``.`` that does not name it."""
    return path.name if path.name not in ("", "..") else path.resolve().name


def visible(folder: str | os.PathLike[str]) -> list[Path]:
    """What lies directly in a folder, in the order of the names, without what programs hide there; nothing where it may not be looked into."""
    try:
        return sorted(path for path in Path(folder).iterdir() if not path.name.startswith("."))
    except OSError:
        return []


def shown(text: str) -> str:
    """Text in a message: in quotes, and no longer than a line bears."""
    return repr(text if len(text) <= 40 else text[:37] + "...")


def start_of(head: bytes, encoding: str | None) -> str:
    """The beginning of a file as text, whatever of it is none replaced; without blanks before it."""
    named = encoding or next((name for mark, name in _BOMS if head.startswith(mark)), None)
    guessed = named or (_utf16_without_mark(head[: len(head) // 2 * 2]) if b"\x00" in head else None) or "utf-8"
    try:
        return head.decode(guessed, errors="replace").lstrip("\ufeff \t\r\n")
    except (LookupError, ValueError):
        return ""


def guesses(path: str | os.PathLike[str]) -> tuple[Notice, ...]:
    """What has to be guessed to read a file as text: nothing, or its encoding.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    return decode(load(path)).notices


def lines_of(text: str) -> list[str]:
    """Lines at CR, LF or CRLF only, at least one; a final DOS end-of-file mark does not count."""
    lines = re.split(r"\r\n|\r|\n", text.rstrip("\x1a"))
    while lines and not lines[-1].strip(" \t\x1a\x0c"):
        lines.pop()
    return lines or [""]


def _decode_as(document: Document, encoding: str) -> str:
    try:
        text = document.raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = document.raw[: error.start].count(b"\n") + 1
        message = f"the bytes are not {encoding}: {error.reason} at byte {error.start + 1}"
        advice = "Name the right encoding, or save the file as UTF-8."
        raise document.fault(message, line=line, advice=advice) from None
    except (LookupError, ValueError):
        advice = "Usual ones are utf-8, utf-16, cp1252 and cp850."
        raise document.fault(f"there is no text encoding called {encoding!r}", advice=advice) from None
    text = text.removeprefix("\ufeff")
    _refuse_controls(document, text)
    return text


def _refuse_controls(document: Document, text: str) -> None:
    found = re.search(r"[\x00-\x08\x0b\x0e-\x19\x1b-\x1d]", text)
    if found is not None:
        line = text.count("\n", 0, found.start()) + 1
        message = f"the file holds control characters (\\x{ord(found[0]):02x}), so it is not text"
        raise document.fault(message, line=line, advice=f"Export the {document.holds} as CSV (UTF-8).")


def _utf16_without_mark(raw: bytes) -> str | None:
    """UTF-16 of mostly Latin text has a zero in every second byte."""
    sample = raw[:4096]
    if len(raw) % 2 or len(sample) < 4:
        return None
    half = len(sample) / 2
    if sample[1::2].count(0) > 0.6 * half and sample[0::2].count(0) == 0:
        return "utf-16-le"
    if sample[0::2].count(0) > 0.6 * half and sample[1::2].count(0) == 0:
        return "utf-16-be"
    return None


def _eight_bit(raw: bytes) -> str:
    """The likelier of the two eight-bit encodings; Windows-1252 on a tie."""
    sample = raw[:_SCORED_BYTES]
    return max(("cp1252", "cp850"), key=lambda name: _plausibility(sample.decode(name, errors="replace")))


def _plausibility(text: str) -> int:
    """Accented small letters in words speak for a decoding, symbols and capitals inside words against it."""
    score = 0
    for found in re.finditer(r"[^\x00-\x7f]", text):
        before = text[found.start() - 1 : found.start()]
        after = text[found.end() : found.end() + 1]
        letter = found[0]
        inside = before.isalpha() and after.isalpha()
        if letter.isalpha():
            score += -1 if letter.isupper() and before.islower() else int(before.isalpha() or after.isalpha())
        elif (inside and letter not in "’´`") or letter in "\ufffd░▒▓│┤╣║╗╝┐└┴┬├─┼╚╔╩╦╠═╬┘┌█▄▀■":
            score -= 1
    return score


def _encoding_notice(document: Document, encoding: str) -> Notice:
    spoken = _SPOKEN.get(encoding, encoding)
    return Notice(
        "guessed-encoding",
        f"{document.path.name} is not UTF-8; it was read as {spoken}. Check names and wordings, or name the encoding.",
    )
