"""Stata data sets (.dta), formats 113 to 115 (Stata 8 to 12) and 117 to 119 (Stata 13 and later).

Formats 113 to 115 begin with the number of the format, a byte that says which byte of a number comes first (1 the highest, 2 the lowest), 1 and
0; then stand the number of variables (2 bytes), of observations (4), a label (81) and a time (18); a type for each variable (1 byte: 1 to 244 a text
of so many bytes, 251 to 255 numbers of 1, 2, 4 bytes, float and double); names (33 bytes each), order of sorting, formats (12 or 49), names of value
labels (33), labels (81); fields that are skipped by their length; the observations, row by row; tables of value labels.

Formats 117 to 119 hold the same between tags, ``<stata_dta><header><release>118</release>...``, with a map of where each part begins, more room for
names and labels, and long texts (``strL``) in a part of their own to which the observations refer.

Numbers from a value on that depends on their type are missing (byte: 101). Texts are UTF-8 from format 118 on, Windows-1252 before. The sorts
may lie in each of the three ways of a table; names of variables are its header. Where no variable holds the wordings, they are taken
from the labels of the variables that are statements, or of the values of the variable that names the statements, which is said.

Source: Stata's help files dta_113 to dta_119, https://www.stata.com/help.cgi?dta.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from qmethod.errors import DataError
from qmethod.formats.dataset import MOST_CELLS, Variable, numbers_as_text, sorts_of_dataset
from qmethod.formats.registry import Asked, Content, Format, Found
from qmethod.formats.selection import refuse_sheet
from qmethod.formats.sorts import Sorts
from qmethod.formats.text import Document

_NEW = b"<stata_dta><header><release>"
_OLD = (113, 114, 115)
_NUMBERS = {"b": 100, "h": 32_740, "i": 2_147_483_620, "f": 2.0**127, "d": 2.0**1023}
"""Types of numbers as `struct` writes them, and the highest (of floats, the lowest that is not) that is not missing."""
_FAMILY = {"b": "i", "h": "i", "i": "i", "f": "f", "d": "f"}
"""What numpy calls them."""
_OLD_TYPES = {251: "b", 252: "h", 253: "i", 254: "f", 255: "d"}
_NEW_TYPES = {65530: "b", 65529: "h", 65528: "i", 65527: "f", 65526: "d"}
_STRL, _LONGEST, _LONGEST_OLD = 32_768, 2_045, 244
_ADVICE = "Save the data set again in Stata, or write the sorts as CSV: export delimited."


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the parts of a data set lie, and how wide their fields are."""

    order: str
    encoding: str
    n_variables: int
    n_rows: int
    types: tuple[int, ...]
    names_at: int
    value_names_at: int
    labels_at: int
    data_at: int
    texts_at: int | None
    values_at: int
    name_width: int
    label_width: int
    release: int


def _sniff(content: Content) -> Found | None:
    head = content.head
    if head.startswith(_NEW):
        return Found("it begins as data sets of Stata 13 and later do")
    if len(head) > 109 and head[0] in _OLD and head[1] in (1, 2) and head[2] == 1 and head[3] == 0:
        return Found(f"it begins as data sets of Stata do, format {head[0]}")
    return None


def _read(content: Content, asked: Asked) -> Sorts:
    refuse_sheet(content.file, asked.selection)
    release, variables = variables_of(content.document)
    return sorts_of_dataset(content.file, variables, asked, f"Stata, format {release}")


def variables_of(document: Document) -> tuple[int, list[Variable]]:
    """The number of the format, and the variables of a data set.

    Raises
    ------
    DataError
        If it is damaged, or larger than is read.
    """
    try:
        layout = _new(document) if document.raw.startswith(_NEW) else _old(document)
        return layout.release, _variables(document, layout)
    except (struct.error, IndexError, ValueError, OverflowError) as error:
        if isinstance(error, DataError):
            raise
        raise document.fault("the Stata data set is damaged or cut short", advice=_ADVICE) from None


def _old(document: Document) -> _Layout:
    raw, release = document.raw, document.raw[0]
    order = ">" if raw[1] == 1 else "<"
    n, n_rows = struct.unpack_from(order + "Hi", raw, 4)
    _check_size(document, n, n_rows)
    at = 109
    types = tuple(raw[at : at + n])
    names_at = at + n
    value_names_at = names_at + 33 * n + 2 * (n + 1) + (12 if release == 113 else 49) * n
    labels_at = value_names_at + 33 * n
    at = labels_at + 81 * n
    while True:  # fields that other programs may have put there
        kind, length = struct.unpack_from(order + "bi", raw, at)
        at += 5
        if kind == 0 and length == 0:
            break
        if length < 0:
            raise ValueError(length)
        at += length
    values_at = at + n_rows * sum(_width(document, kind, release) for kind in types)
    return _Layout(order, "cp1252", n, n_rows, types, names_at, value_names_at, labels_at, at, None, values_at, 33, 81, release)


def _new(document: Document) -> _Layout:
    raw = document.raw
    told = raw[len(_NEW) : len(_NEW) + 3]
    if told not in (b"117", b"118", b"119"):
        raise document.fault(f"this is a Stata data set of format {told.decode('latin-1')!r}, which is not known", advice=_ADVICE)
    release = int(told)
    order_at = raw.index(b"<byteorder>") + 11
    order = "<" if raw[order_at : order_at + 3] == b"LSF" else ">"
    (n,) = struct.unpack_from(order + ("I" if release == 119 else "H"), raw, raw.index(b"<K>", order_at) + 3)
    (n_rows,) = struct.unpack_from(order + ("I" if release == 117 else "Q"), raw, raw.index(b"<N>", order_at) + 3)
    _check_size(document, n, n_rows)
    parts = struct.unpack_from(order + "14q", raw, raw.index(b"<map>", order_at) + 5)
    tags = {2: "variable_types", 3: "varnames", 6: "value_label_names", 7: "variable_labels", 9: "data", 10: "strls", 11: "value_labels"}
    starts = {}
    for i, tag in tags.items():
        mark = f"<{tag}>".encode()
        if not 0 <= parts[i] < len(raw) or raw[parts[i] : parts[i] + len(mark)] != mark:
            raise ValueError(tag)
        starts[tag] = parts[i] + len(mark)
    types = struct.unpack_from(f"{order}{n}H", raw, starts["variable_types"])
    name_width, label_width = (33, 81) if release == 117 else (129, 321)
    return _Layout(
        order,
        "cp1252" if release == 117 else "utf-8",
        n,
        n_rows,
        types,
        starts["varnames"],
        starts["value_label_names"],
        starts["variable_labels"],
        starts["data"],
        starts["strls"],
        starts["value_labels"],
        name_width,
        label_width,
        release,
    )


def _check_size(document: Document, n: int, n_rows: int) -> None:
    if n < 1 or n_rows < 1:
        raise document.fault("the data set holds no observations", advice="Save it with the sorts in it.")
    if n * n_rows > MOST_CELLS:
        message = f"the data set has {n_rows:,} observations of {n:,} variables; at most {MOST_CELLS:,} cells are read"
        raise document.fault(message, advice="Keep the variables with the sorts, and drop the others.")


def _width(document: Document, kind: int, release: int) -> int:
    """Bytes that a variable takes in a row."""
    old = release in _OLD
    number = (_OLD_TYPES if old else _NEW_TYPES).get(kind)
    if number is not None:
        return struct.calcsize(number)
    if kind == _STRL:
        return 8
    if not 0 < kind <= (_LONGEST_OLD if old else _LONGEST):
        raise document.fault(f"the data set has a variable of the unknown type {kind}", advice=_ADVICE)
    return kind


def _variables(document: Document, layout: _Layout) -> list[Variable]:
    raw, types = document.raw, _OLD_TYPES if layout.release in _OLD else _NEW_TYPES
    widths = [_width(document, kind, layout.release) for kind in layout.types]
    forms = [
        f"{layout.order}{_FAMILY[types[kind]]}{width}" if kind in types else f"S{width}" for kind, width in zip(layout.types, widths, strict=True)
    ]
    row = np.dtype({"names": [f"v{i}" for i in range(layout.n_variables)], "formats": forms, "offsets": np.cumsum([0, *widths[:-1]]).tolist()})
    if layout.data_at + layout.n_rows * row.itemsize > len(raw):
        raise ValueError("cut short")
    data = np.frombuffer(raw, row, layout.n_rows, layout.data_at)
    names = _texts(layout, raw, layout.names_at, layout.name_width)
    value_names = _texts(layout, raw, layout.value_names_at, layout.name_width)
    labels = _texts(layout, raw, layout.labels_at, layout.label_width)
    values = _value_labels(raw, layout)
    long = _long_texts(raw, layout) if _STRL in layout.types else {}
    return [
        Variable(names[i], _cells(data[f"v{i}"], layout, kind, types, long), labels[i], values.get(value_names[i], {}))
        for i, kind in enumerate(layout.types)
    ]


def _cells(column: Any, layout: _Layout, kind: int, types: dict[int, str], long: dict[bytes, str]) -> list[str]:
    if kind in types:
        highest = _NUMBERS[types[kind]]
        missing = (column >= highest) | ~np.isfinite(column) if types[kind] in "fd" else column > highest
        return numbers_as_text(column, missing)
    if kind == _STRL:
        return [long.get(bytes(key).ljust(8, b"\0"), "") for key in column.tolist()]
    return [text.split(b"\0")[0].decode(layout.encoding, errors="replace") for text in column.tolist()]


def _texts(layout: _Layout, raw: bytes, at: int, width: int) -> list[str]:
    """A text of fixed width for each variable."""
    fields = [raw[at + width * i : at + width * (i + 1)] for i in range(layout.n_variables)]
    return [field.split(b"\0")[0].decode(layout.encoding, errors="replace").strip() for field in fields]


def _value_labels(raw: bytes, layout: _Layout) -> dict[str, dict[str, str]]:
    """Words for values, by the name of each table; what is damaged at the end of a file is left."""
    found: dict[str, dict[str, str]] = {}
    at, new = layout.values_at, layout.release not in _OLD
    while at + 8 < len(raw):
        if new:
            if raw[at : at + 5] != b"<lbl>":
                break
            at += 5
        (length,) = struct.unpack_from(layout.order + "i", raw, at)
        name = raw[at + 4 : at + 4 + layout.name_width].split(b"\0")[0].decode(layout.encoding, errors="replace")
        start = at + 4 + layout.name_width + 3
        n, size = struct.unpack_from(layout.order + "2i", raw, start)
        if n < 0 or size < 0 or length < 0 or 8 + 8 * n + size > len(raw) - start:
            break
        offsets = struct.unpack_from(f"{layout.order}{n}i", raw, start + 8)
        keys = struct.unpack_from(f"{layout.order}{n}i", raw, start + 8 + 4 * n)
        texts = raw[start + 8 + 8 * n : start + 8 + 8 * n + size] + b"\0"
        found[name] = {
            str(key): texts[offset : texts.find(b"\0", offset)].decode(layout.encoding, errors="replace")
            for key, offset in zip(keys, offsets, strict=True)
            if 0 <= offset < size
        }
        at = start + length + (6 if new else 0)
    return found


def _long_texts(raw: bytes, layout: _Layout) -> dict[bytes, str]:
    """Long texts by what observations refer to them with."""
    found: dict[bytes, str] = {}
    at = layout.texts_at or 0
    form = layout.order + ("IIBI" if layout.release == 117 else "IQBI")
    while raw[at : at + 3] == b"GSO":
        variable, row, kind, length = struct.unpack_from(form, raw, at + 3)
        at += 3 + struct.calcsize(form)
        text = raw[at : at + length]
        found[_reference(layout, variable, row)] = text.rstrip(b"\0").decode(layout.encoding, errors="replace") if kind == 130 else ""
        at += length
    return found


def _reference(layout: _Layout, variable: int, row: int) -> bytes:
    """What stands in an observation for a long text: variable and observation in 4 and 4, 2 and 6, or 3 and 5 bytes."""
    first = {117: 4, 118: 2, 119: 3}[layout.release]
    order: Literal["little", "big"] = "little" if layout.order == "<" else "big"
    return variable.to_bytes(first, order) + row.to_bytes(8 - first, order)


FORMAT = Format(
    name="Stata",
    about="A data set of Stata (.dta), formats 113 to 119; labels give the wordings where no variable does.",
    endings=(".dta",),
    told_by="signature",
    sniff=_sniff,
    read=_read,
    table="Stata",
)
