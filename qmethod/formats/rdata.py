"""Values that R saves (``save``, ``saveRDS``), read within bounds; nothing in them is run.

A file is packed by gzip, bzip2, xz or not at all. ``RDX2`` or ``RDX3`` and a line end stand before what ``save`` wrote, which is a list of named
values. Then ``X`` and a line end say that numbers are big-endian (XDR); three numbers follow (the version, 2 or 3, and two versions of R), in version
3 also the encoding. Each item is a number whose lowest byte is its type, with a sign for attributes (0x200) and for a tag (0x400), and what the type
needs: a length and as many numbers or items, or pairs that go on until one is nothing. Functions, environments and objects of classes that hold no
data are read over as far as is needed to find what stands behind them.

Source: R Internals, section 1.8 (Serialization Formats), https://cran.r-project.org/doc/manuals/r-release/R-ints.html.
"""

from __future__ import annotations

import bz2
import lzma
import struct
import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from qmethod.errors import DataError
from qmethod.formats.text import Document

LARGEST = 32 << 20
_SAVED, _XDR = tuple(f"RD{form}{version}\n".encode() for form in "XAB" for version in "23"), b"X\n"
_HEAD = 16
_DEEPEST, _MOST_ITEMS = 60, 500_000
_NOTHING = frozenset((254, 253, 252, 251, 250, 242, 241))
_NUMBERS = {10: ">i4", 13: ">i4", 14: ">f8"}
_MISSING = -(2**31)
_ADVICE = "Write the sorts as CSV in R: write.csv(x, 'sorts.csv')."


@dataclass(frozen=True, slots=True)
class Value:
    """A value of R.

    Parameters
    ----------
    data : ndarray, list or None
        Numbers (missing whole ones and truth values as NaN), texts (None for a missing one), or values of a list; None for what holds no data.
    attributes : dict of str to Value
        ``names``, ``dim``, ``class``, ...
    """

    data: Any
    attributes: dict[str, Value] = field(default_factory=dict)

    def texts(self, attribute: str) -> list[str]:
        """The texts of an attribute; empty where there is none."""
        found = self.attributes.get(attribute)
        return [text or "" for text in found.data] if found is not None and isinstance(found.data, list) and _is_texts(found.data) else []


def begins_like_r(head: bytes) -> bool:
    """Whether a file begins as R's do, packed or not."""
    start = _unpacked(head, _HEAD)
    return start.startswith(_SAVED) or (start.startswith(_XDR) and start[2:6] in (b"\0\0\0\2", b"\0\0\0\3"))


def read_values(document: Document) -> dict[str, Value]:
    """The values of a file by their names; one that ``saveRDS`` wrote has none.

    Raises
    ------
    DataError
        If the file is damaged, or larger or deeper than a table of sorts can be.
    """
    raw = _unpacked(document.raw, LARGEST + 1)
    if len(raw) > LARGEST:
        raise document.fault(f"the file is larger than {LARGEST:,} bytes when it is unpacked; no more is read", advice=_ADVICE)
    saved = raw.startswith(_SAVED)
    reader = _Reader(document, raw, len(_SAVED[0]) if saved else 0)
    try:
        value = reader.whole()
    except (struct.error, IndexError, ValueError, OverflowError) as error:
        if isinstance(error, DataError):
            raise
        raise document.fault("the R data file is damaged or cut short", advice="Save it again in R.") from None
    return value.attributes if saved else {"": value}


def _unpacked(raw: bytes, most: int) -> bytes:
    """The first bytes of what is packed; nothing where it is damaged."""
    try:
        if raw.startswith(b"\x1f\x8b"):
            return zlib.decompressobj(wbits=31).decompress(raw, most)
        if raw.startswith(b"BZh"):
            return bz2.BZ2Decompressor().decompress(raw, most)
        if raw.startswith(b"\xfd7zXZ\x00"):
            return lzma.LZMADecompressor(memlimit=LARGEST).decompress(raw, most)
    except (zlib.error, OSError, EOFError, ValueError, lzma.LZMAError, MemoryError):
        return b""
    return raw[:most]


def _is_texts(data: list[Any]) -> bool:
    return all(item is None or isinstance(item, str) for item in data)


class _Reader:
    """What is read of a file, and where."""

    def __init__(self, document: Document, raw: bytes, at: int) -> None:
        self._document, self._raw, self._at = document, raw, at
        self._items = self._depth = 0
        self._known: list[Any] = []
        self._encoding = "utf-8"

    def whole(self) -> Value:
        """The one value of the file; of pairs it has the values as attributes."""
        if self._raw[self._at : self._at + 2] != _XDR:
            raise self._document.fault("the R data file is not in R's usual binary form (XDR)", advice=f"Save it without ascii = TRUE. {_ADVICE}")
        self._at += 2
        version = self._int()
        self._at += 8
        if version == 3:
            self._encoding = self._bytes(self._int()).decode("ascii", errors="replace") or "utf-8"
        elif version != 2:
            raise self._document.fault(f"the R data file has the unknown version {version}", advice=_ADVICE)
        found = self._item()
        return found if isinstance(found, Value) else Value(None)

    def _int(self) -> int:
        (found,) = struct.unpack_from(">i", self._raw, self._at)
        self._at += 4
        return int(found)

    def _bytes(self, n: int) -> bytes:
        if n < 0 or self._at + n > len(self._raw):
            raise ValueError(n)
        self._at += n
        return self._raw[self._at - n : self._at]

    def _item(self) -> Any:
        """A value, a text, the name of a symbol, or None for nothing."""
        self._depth += 1
        self._items += 1
        if self._depth > _DEEPEST or self._items > _MOST_ITEMS:
            raise self._document.fault("the R data file is larger or nested deeper than a table of sorts can be", advice=_ADVICE)
        flags = self._int()
        found = self._of_type(flags & 0xFF, flags)
        self._depth -= 1
        return found

    def _of_type(self, kind: int, flags: int) -> Any:
        if kind in _NOTHING:
            return None
        if kind == 255:
            at = flags >> 8 or self._int()
            return self._known[at - 1]
        if kind == 1:
            name = self._item()
            self._known.append(name)
            return name
        if kind == 9:
            return self._text(flags)
        if kind in (2, 3, 5, 6):
            return self._pairs(flags)
        if kind == 238:
            return self._compact()
        if kind in (4, 247, 249):
            return self._place(kind)
        if kind in (7, 8):
            return self._bytes(self._int()) and None
        return self._vector(kind, flags)

    def _text(self, flags: int) -> str | None:
        n = self._int()
        if n == -1:
            return None
        encoding = "utf-8" if flags >> 12 & 8 else "latin-1" if flags >> 12 & 4 else self._encoding
        raw = self._bytes(n)
        try:
            return raw.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            return raw.decode("cp1252", errors="replace")

    def _pairs(self, flags: int) -> Value:
        """Pairs until one is nothing: values as data, and by their tags."""
        data, named = [], {}
        while True:
            own = self._item() if flags & 0x200 else None
            tag = self._item() if flags & 0x400 else None
            value = self._item()
            data.append(value)
            if isinstance(tag, str):
                named[tag] = value if isinstance(value, Value) else Value(None)
            self._items += 1
            if self._items > _MOST_ITEMS:
                raise self._document.fault("the R data file is larger than a table of sorts can be", advice=_ADVICE)
            flags = self._int()
            if flags & 0xFF in _NOTHING:
                return Value(data, named)
            if flags & 0xFF not in (2, 6):
                self._of_type(flags & 0xFF, flags)
                return Value(data, named)
            del own

    def _place(self, kind: int) -> None:
        """An environment, a package or a namespace: what it holds is of no interest, but may be referred to."""
        self._known.append(None)
        if kind == 4:
            self._int()
            for _ in range(4):
                self._item()
            return
        self._int()
        for _ in range(self._length()):
            self._item()

    def _compact(self) -> Value:
        """What R writes in short: a sequence, or a value with a wrapper around it."""
        info, state, own = self._item(), self._item(), self._item()
        name = info.data[0] if isinstance(info, Value) and info.data else ""
        attributes = own.attributes if isinstance(own, Value) else {}
        if name in ("compact_intseq", "compact_realseq") and isinstance(state, Value):
            n, start, step = (float(number) for number in state.data[:3])
            if not 0 <= n <= _MOST_ITEMS:
                raise ValueError(n)
            return Value(start + step * np.arange(int(n)), attributes)
        inner = state.data[0] if isinstance(state, Value) and isinstance(state.data, list) and state.data else None
        if name == "deferred_string" and isinstance(inner, Value) and isinstance(inner.data, np.ndarray):
            return Value([None if np.isnan(number) else f"{number:g}" for number in inner.data.tolist()], attributes)
        return Value(inner.data, inner.attributes | attributes) if isinstance(inner, Value) else Value(None)

    def _length(self) -> int:
        n = self._int()
        if n < 0:
            raise ValueError(n)
        return n

    def _vector(self, kind: int, flags: int) -> Value:
        data: Any = None
        if kind in (22, 23, 25):  # objects without data of their own
            for _ in range(2 if kind == 22 else 0):
                self._item()
            if kind == 22:
                self._known.append(None)
        elif kind == 24:
            self._bytes(self._length())
        elif kind == 15:
            self._bytes(16 * self._length())
        elif kind in _NUMBERS:
            form = np.dtype(_NUMBERS[kind])
            data = np.frombuffer(self._bytes(self._length() * form.itemsize), form).astype(float)
            if kind != 14:
                data[data == _MISSING] = np.nan
        elif kind in (16, 19, 20):
            data = [self._item() for _ in range(self._length())]
        elif kind == 21:
            raise self._document.fault(
                "the R data file holds a function, which is not read", advice=f"Save the table with the sorts alone. {_ADVICE}"
            )
        else:
            raise ValueError(kind)
        own = self._item() if flags & 0x200 else None
        return Value(data, own.attributes if isinstance(own, Value) else {})
