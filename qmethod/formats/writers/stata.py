"""Stata's .dta, release 118 (Stata 14 and later): statements in rows, a variable a sort, as ``qfactor`` takes them.

Written as Stata documents it (``help dta``): UTF-8, numbers little-endian. The variables are ``statement``, the id; ``text``, the wording, where
there are any; then the sorts, called as the participants where Stata allows such a name (letters of ASCII, digits and ``_``, no digit first, 32 at
most), else ``p1``, ``p2``, ... by position. Each is labelled with the name of the participant, of which 80 characters are held. A text has 2,045
bytes at most.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence

import numpy as np

from qmethod.data import Array, QData
from qmethod.formats.carrying import cut, mended, plain, plain_texts
from qmethod.formats.writer import SortsWriter

TEXT = 2045
"""Bytes of a text."""
_LABEL = 80
_MADE = "qmethod"
_WORDS = {
    *("_all", "_b", "_coef", "_cons", "_n", "_N", "_pi", "_pred", "_rc", "_skip", "byte", "double", "float", "if", "in", "int", "long", "strL"),
    *("using", "with", "statement", "text"),
}
_NUMBERS = ((65530, "<i1", -127, 100, 101), (65529, "<i2", -32_767, 32_740, 32_741), (65528, "<i4", -2_147_483_647, 2_147_483_620, 2_147_483_621))
"""Types of whole numbers, each with the lowest and the highest it holds and the one that means missing."""
_DOUBLE, _MISSING = 65526, float.fromhex("0x1p1023")


def _allowed(name: str) -> bool:
    return re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,31}", name) is not None and name not in _WORDS and re.fullmatch(r"str\d+", name) is None


def _variables(names: Sequence[str]) -> tuple[str, ...]:
    """What the variables of sorts are called."""
    return mended(names, lambda name: name if _allowed(name) else "", "p", width=32)


def _names(names: Sequence[str]) -> tuple[str, ...]:
    """Names as labels hold them."""
    return mended(names, lambda name: plain(name)[:_LABEL].rstrip(), "p", width=_LABEL)


def _ids(names: Sequence[str]) -> tuple[str, ...]:
    return mended(names, lambda name: cut(plain(name), TEXT), "s")


def _texts(data: QData) -> tuple[str, ...]:
    return tuple(cut(text, TEXT) for text in plain_texts(data))


def _stored(data: QData) -> tuple[int, Array]:
    """The type of the sorts, and the sorts in it."""
    values = np.asarray(data.sorts, dtype=np.float64)
    seen = values[~np.isnan(values)]
    if (seen == np.round(seen)).all():
        for kind, dtype, lowest, highest, missing in _NUMBERS:
            if not seen.size or (seen.min() >= lowest and seen.max() <= highest):
                return kind, np.where(np.isnan(values), missing, values).astype(dtype)
    return _DOUBLE, np.where(np.isnan(values), _MISSING, values).astype("<f8")


def _fixed(texts: Sequence[str], size: int) -> bytes:
    """Texts in fields of a size, each with an end."""
    return b"".join(text.encode().ljust(size, b"\0") for text in texts)


def _encode(data: QData, stem: str) -> Mapping[str, bytes]:
    kind, sorts = _stored(data)
    columns = [data.statements, *([data.texts] if any(data.texts) else [])]
    widths = [max(1, *(len(text.encode()) for text in column)) for column in columns]
    names = ["statement", "text"][: len(columns)] + list(_variables(data.participants))
    labels = ["Statement", "Wording"][: len(columns)] + list(data.participants)
    k, n = len(names), data.n_statements
    label = cut(plain(stem), _LABEL).encode()
    header = (
        b"<header><release>118</release><byteorder>LSF</byteorder>"
        + b"<K>" + struct.pack("<H", k) + b"</K><N>" + struct.pack("<Q", n) + b"</N>"
        + b"<label>" + struct.pack("<H", len(label)) + label + b"</label><timestamp>\0</timestamp></header>"
    )  # fmt: skip
    note = b"<ch>" + struct.pack("<I", 2 * 129 + len(_MADE) + 1) + _fixed(["_dta", "made_by"], 129) + _MADE.encode() + b"\0</ch>"
    shown = "%8.0g" if kind != _DOUBLE else "%10.0g"
    rows = [
        b"".join(column[i].encode().ljust(width, b"\0") for column, width in zip(columns, widths, strict=True)) + sorts[i].tobytes() for i in range(n)
    ]
    sections = {
        "variable_types": struct.pack(f"<{k}H", *widths, *[kind] * data.n_sorts),
        "varnames": _fixed(names, 129),
        "sortlist": bytes(2 * (k + 1)),
        "formats": _fixed([*(f"%-{min(width, 244)}s" for width in widths), *[shown] * data.n_sorts], 57),
        "value_label_names": bytes(129 * k),
        "variable_labels": _fixed(labels, 321),
        "characteristics": note,
        "data": b"".join(rows),
        "strls": b"",
        "value_labels": b"",
    }
    return {".dta": _whole(header, {name: f"<{name}>".encode() + content + f"</{name}>".encode() for name, content in sections.items()})}


def _whole(header: bytes, sections: Mapping[str, bytes]) -> bytes:
    """The file, with a map of where each section begins."""
    begin, end = b"<stata_dta>", b"</stata_dta>"
    at = [0, len(begin) + len(header)]
    at.append(at[-1] + len(b"<map></map>") + 14 * 8)
    for content in sections.values():
        at.append(at[-1] + len(content))
    at.append(at[-1] + len(end))
    return begin + header + b"<map>" + struct.pack("<14Q", *at) + b"</map>" + b"".join(sections.values()) + end


WRITER = SortsWriter(
    key="stata",
    name="Stata .dta",
    about="Statements in rows, a variable a sort, labelled with the name of the participant; as qfactor takes it.",
    cannot="More than 80 characters of a name, more than 2,045 bytes of an id or a wording, and a grid that not all sorts follow.",
    judged="pandas, R's readstata13",
    endings=(".dta",),
    encode=_encode,
    ours=lambda content: content.startswith(b"<stata_dta>") and b"made_by".ljust(129, b"\0") + _MADE.encode() in content,
    statements=_ids,
    participants=_names,
    texts=_texts,
)
