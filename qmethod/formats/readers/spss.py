"""SPSS data sets (.sav, .zsav), whole numbers and texts of any length, compressed or not.

A file begins with ``$FL2`` (``$FL3`` where zlib packs it) and a header of 176 bytes: who wrote it (60), a number 2 by which the order of bytes is
told, the size of an observation, the compression (0 none, 1 by codes, 2 zlib), a weight, the number of observations (-1 where not known), what codes
are counted from, and a date and label. Records follow, each with its number in 4 bytes:

- 2, a variable: its type (0 a number, 1 to 255 a text of so many bytes, -1 what goes on from the one before), whether it has a label, how many
  values count as missing, two formats, a name of 8 bytes, the label, the missing values. A text takes 8 bytes for each 8 letters begun.
- 3 and 4, words for values, and the variables that they are for.
- 6, documents, which are skipped.
- 7, extensions: of these 3 (number of the code page), 13 (long names), 14 (texts of more than 255 bytes, which are cut into several variables), 20
  (encoding) and 21 (words for values of long texts, skipped) matter here.
- 999, the end; the observations follow.

Compressed by codes, 8 bytes say what the next 8 values are: 0 nothing, 1 to 251 a number (less what codes are counted from), 252 the end, 253
eight bytes as they are, 254 eight blanks, 255 a number that is missing. With zlib such data lie in blocks, listed at the end of the file.

A number that SPSS calls missing, and one that the data set declares as such, is a missing placement. The sorts may lie in each of the three ways of a
table; names of variables are its header. Where no variable holds the wordings, they are taken from the labels of the variables that are
statements, or of the values of the variable that names the statements, which is said.

Source: GNU PSPP, System File Format, https://www.gnu.org/software/pspp/pspp-dev/html_node/System-File-Format.html.
"""

from __future__ import annotations

import codecs
import re
import struct
import sys
import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from qmethod.errors import DataError
from qmethod.formats.dataset import MOST_CELLS, Variable, numbers_as_text, sorts_of_dataset
from qmethod.formats.registry import Asked, Content, Format, Found
from qmethod.formats.selection import refuse_sheet
from qmethod.formats.sorts import Sorts
from qmethod.formats.text import Document

_MAGIC = (b"$FL2", b"$FL3")
_HEADER, _BLOCK, _PIECE = 176, 8, 255
_LARGEST = 32 << 20
_MOST_VARIABLES, _MOST_IDLE = 50_000, 100_000
_CODE_PAGES = {2: "cp1252", 3: "cp1252", 65001: "utf-8", 28591: "latin-1", 20127: "ascii"}
_ADVICE = "Save the data set again in SPSS, or write the sorts as CSV."


@dataclass(slots=True)
class _Column:
    """A variable as the dictionary has it, or a piece of a long one."""

    name: str
    width: int
    at: int
    label: bytes = b""
    missing: tuple[float, ...] = ()
    span: tuple[float, float] | None = None
    words: dict[bytes, bytes] = field(default_factory=dict)

    @property
    def blocks(self) -> int:
        """How many times 8 bytes an observation has for it."""
        return max(1, -(-self.width // _BLOCK))


@dataclass(slots=True)
class _Dictionary:
    """What stands before the observations."""

    order: str
    compression: int
    n_rows: int
    bias: float
    columns: list[_Column]
    n_blocks: int
    data_at: int
    encoding: str
    long_names: dict[str, str]
    long_texts: dict[str, int]


def _sniff(content: Content) -> Found | None:
    return Found(f"it begins with {content.head[:4].decode()}, as data sets of SPSS do") if content.head.startswith(_MAGIC) else None


def _read(content: Content, asked: Asked) -> Sorts:
    refuse_sheet(content.file, asked.selection)
    return sorts_of_dataset(content.file, variables_of(content.document), asked, "SPSS")


def variables_of(document: Document) -> list[Variable]:
    """The variables of a data set.

    Raises
    ------
    DataError
        If it is damaged, or larger than is read.
    """
    try:
        known = _dictionary(document)
        blocks = _observations(document, known)
        return _variables(known, blocks)
    except (struct.error, IndexError, ValueError, OverflowError, zlib.error, LookupError) as error:
        if isinstance(error, DataError):
            raise
        raise document.fault("the SPSS data set is damaged or cut short", advice=_ADVICE) from None


def _dictionary(document: Document) -> _Dictionary:
    raw = document.raw
    order = next((sign for sign in "<>" if struct.unpack_from(sign + "i", raw, 64)[0] in (2, 3)), None)
    if order is None:
        raise ValueError("order")
    _, compression, _, n_rows, bias = struct.unpack_from(order + "4id", raw, 68)
    known = _Dictionary(order, compression, n_rows, bias, [], 0, 0, "", {}, {})
    at, pairs = _HEADER, list[tuple[bytes, bytes]]()
    code_page = 0
    while True:
        (kind,) = struct.unpack_from(order + "i", raw, at)
        at += 4
        if kind == 2:
            at = _variable(raw, at, known)
        elif kind == 3:
            at, pairs = _words(raw, at, order)
        elif kind == 4:
            at = _who_has_them(raw, at, known, pairs)
        elif kind == 6:
            at += 4 + 80 * _count(raw, at, order)
        elif kind == 7:
            (subtype,) = struct.unpack_from(order + "i", raw, at)
            size, count = _count(raw, at + 4, order), _count(raw, at + 8, order)
            body, at = raw[at + 12 : at + 12 + size * count], at + 12 + size * count
            if subtype == 3 and len(body) >= 32:
                (code_page,) = struct.unpack_from(order + "i", body, 28)
            _extend(known, subtype, body)
        elif kind == 999:
            known.data_at = at + 4
            break
        else:
            raise ValueError(kind)
    if not known.encoding:
        known.encoding = _CODE_PAGES.get(code_page, f"cp{code_page}" if _exists(f"cp{code_page}") else "cp1252")
    return known


def _count(raw: bytes, at: int, order: str) -> int:
    """A number of things, which is no negative one."""
    (found,) = struct.unpack_from(order + "i", raw, at)
    if not 0 <= found <= len(raw):
        raise ValueError(found)
    return int(found)


def _variable(raw: bytes, at: int, known: _Dictionary) -> int:
    width, labelled, n_missing, _, _ = struct.unpack_from(known.order + "5i", raw, at)
    name = raw[at + 20 : at + 28].decode("latin-1").rstrip()
    at += 28
    label = b""
    if labelled == 1:
        size = _count(raw, at, known.order)
        label = raw[at + 4 : at + 4 + size]
        at += 4 + -(-size // 4) * 4
    missing = struct.unpack_from(f"{known.order}{abs(n_missing)}d", raw, at) if abs(n_missing) <= 3 else ()
    at += 8 * len(missing)
    if width >= 0:
        if width > _PIECE or len(known.columns) >= _MOST_VARIABLES:
            raise ValueError(width)
        span = (missing[0], missing[1]) if n_missing < -1 else None
        single = (missing[2:] if n_missing < -1 else missing) if width == 0 else ()
        known.columns.append(_Column(name, width, known.n_blocks, label, single, span if width == 0 else None))
    known.n_blocks += 1
    return at


def _words(raw: bytes, at: int, order: str) -> tuple[int, list[tuple[bytes, bytes]]]:
    """Values and words for them."""
    n = _count(raw, at, order)
    at += 4
    pairs = []
    for _ in range(n):
        value, size = raw[at : at + 8], raw[at + 8]
        pairs.append((value, raw[at + 9 : at + 9 + size]))
        at += 8 + -(-(size + 1) // 8) * 8
    return at, pairs


def _who_has_them(raw: bytes, at: int, known: _Dictionary, pairs: list[tuple[bytes, bytes]]) -> int:
    """Give words to the variables that a record names, by the block in which each begins."""
    n = _count(raw, at, known.order)
    wanted = set(struct.unpack_from(f"{known.order}{n}i", raw, at + 4))
    for column in known.columns:
        if column.at + 1 in wanted:
            column.words = dict(pairs)
    return at + 4 + 4 * n


def _extend(known: _Dictionary, subtype: int, body: bytes) -> None:
    if subtype == 20:
        name = body.decode("ascii", errors="replace").strip()
        known.encoding = name if _exists(name) else ""
    elif subtype in (13, 14):
        text = body.decode("utf-8", errors="replace")
        pairs = re.findall(r"([^\t=\0]+)=([^\t\0]*)", text)
        if subtype == 13:
            known.long_names = dict(pairs)
        else:
            known.long_texts = {name: int(value.strip("\0 ")) for name, value in pairs}


def _exists(encoding: str) -> bool:
    try:
        codecs.lookup(encoding)
    except LookupError:
        return False
    return True


def _observations(document: Document, known: _Dictionary) -> np.ndarray[Any, np.dtype[np.bytes_]]:
    """The observations, shape (n_rows, n_blocks), each cell 8 bytes."""
    raw, n = document.raw, known.n_blocks
    if n < 1:
        raise document.fault("the data set has no variables", advice=_ADVICE)
    rows = known.n_rows if known.n_rows >= 0 else MOST_CELLS // n
    if n * max(known.n_rows, 0) > MOST_CELLS:
        message = f"the data set has {known.n_rows:,} observations of {n:,} variables; at most {MOST_CELLS:,} cells are read"
        raise document.fault(message, advice="Keep the variables with the sorts, and drop the others.")
    if known.compression == 0:
        data = raw[known.data_at : known.data_at + rows * n * _BLOCK]
    elif known.compression in (1, 2):
        codes = _inflated(document, known) if known.compression == 2 else memoryview(raw)[known.data_at :]
        data = _decoded(codes, known, rows * n)
    else:
        raise document.fault(f"the data set is compressed in the unknown way {known.compression}", advice=_ADVICE)
    whole = len(data) // (n * _BLOCK)
    if whole < known.n_rows or not whole:
        raise document.fault(f"the data set declares {known.n_rows} observations, {whole} follow; it may have been cut short", advice=_ADVICE)
    return np.frombuffer(data, np.dtype("V8"), whole * n).reshape(whole, n)


def _inflated(document: Document, known: _Dictionary) -> bytes:
    """The codes that zlib packed, block by block."""
    raw, order = document.raw, known.order
    _, end, _ = struct.unpack_from(order + "3q", raw, known.data_at)
    n_blocks = _count(raw, end + 20, order)
    parts, size = [], 0
    for i in range(n_blocks):
        _, start, whole, packed = struct.unpack_from(order + "2q2i", raw, end + 24 + 24 * i)
        size += whole
        if whole < 0 or size > _LARGEST or not 0 <= start <= len(raw) or packed < 0:
            raise document.fault(f"the data set is larger than {_LARGEST:,} bytes when it is unpacked; no more is read", advice=_ADVICE)
        parts.append(zlib.decompressobj().decompress(raw[start : start + packed], whole or 1))
    return b"".join(parts)


def _decoded(codes: bytes | memoryview, known: _Dictionary, most: int) -> bytes:
    """Values of 8 bytes each from the codes that stand for them."""
    lowest = struct.pack(known.order + "d", -sys.float_info.max)
    fixed = {code: struct.pack(known.order + "d", code - known.bias) for code in range(1, 252)} | {254: b" " * 8, 255: lowest}
    out: list[bytes] = []
    at = idle = 0
    while at + 8 <= len(codes) and len(out) < most:
        commands, at = codes[at : at + 8], at + 8
        for code in commands:
            if code == 253:
                out.append(bytes(codes[at : at + 8]))
                at += 8
            elif code == 252:
                return b"".join(out[:most])
            elif code:
                out.append(fixed[code])
            else:
                idle += 1
        if idle > _MOST_IDLE:
            raise ValueError("codes without values")
    return b"".join(out[:most])


def _variables(known: _Dictionary, blocks: np.ndarray[Any, np.dtype[np.bytes_]]) -> list[Variable]:
    found, skip = [], 0
    for i, column in enumerate(known.columns):
        if skip:
            skip -= 1
            continue
        name = known.long_names.get(column.name, column.name)
        label = column.label.decode(known.encoding, errors="replace").strip()
        if column.width == 0:
            found.append(_number(known, column, name, label, blocks[:, column.at]))
            continue
        pieces = [column]
        if column.name in known.long_texts:
            n = -(-known.long_texts[column.name] // 252)
            pieces, skip = known.columns[i : i + n], n - 1
        parts = [np.ascontiguousarray(blocks[:, piece.at : piece.at + piece.blocks]).view(f"S{8 * piece.blocks}")[:, 0] for piece in pieces]
        cells = [b"".join(_of_piece(text, piece) for text, piece in zip(texts, pieces, strict=True)) for texts in zip(*parts, strict=True)]
        found.append(Variable(name, [cell.decode(known.encoding, errors="replace").rstrip(" \0") for cell in cells], label))
    return found


def _of_piece(text: bytes, piece: _Column) -> bytes:
    """The part of a long text that a piece holds."""
    return text.ljust(8 * piece.blocks)[: piece.width]


def _number(known: _Dictionary, column: _Column, name: str, label: str, cells: np.ndarray[Any, np.dtype[np.bytes_]]) -> Variable:
    numbers = np.ascontiguousarray(cells).view(known.order + "f8").astype(float)
    missing = (numbers == -sys.float_info.max) | ~np.isfinite(numbers) | np.isin(numbers, column.missing)
    if column.span is not None:
        missing |= (numbers >= column.span[0]) & (numbers <= column.span[1])
    values = {struct.unpack(known.order + "d", value)[0]: words for value, words in column.words.items()}
    keys = numbers_as_text(np.array(list(values), dtype=float), np.zeros(len(values), dtype=bool)) if values else []
    words = [text.decode(known.encoding, errors="replace").strip() for text in values.values()]
    return Variable(name, numbers_as_text(numbers, missing), label, dict(zip(keys, words, strict=True)))


FORMAT = Format(
    name="SPSS",
    about="A data set of SPSS (.sav, .zsav); labels give the wordings where no variable does.",
    endings=(".sav", ".zsav"),
    told_by="signature",
    sniff=_sniff,
    read=_read,
    table="SPSS",
)
