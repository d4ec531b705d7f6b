"""SPSS's .sav: participants in rows, the wording of a statement as the label of its variable.

Written byte by byte as PSPP documents the system file (its developers' manual, "System File Format"): header ``$FL2``, a record a variable with its
label, records of machine, decimals, display, long names and encoding, then the cases without compression. UTF-8, numbers little-endian. A label has
255 bytes at most, a name of a participant too. Labels that are the names of their variables, or one that all have, are no wordings to a reader, so
that such wordings stand beside the file alone.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from qmethod.data import QData
from qmethod.formats.carrying import ascii_of, cut, mended, plain
from qmethod.formats.headings import labels_tell
from qmethod.formats.writer import SortsWriter
from qmethod.formats.writers.spss_syntax import labels, variables, width_of

_PRODUCT = b"@(#) SPSS DATA FILE qmethod"
_FIRST = "participant"
_SYSMIS = -sys.float_info.max
_SCALE, _NOMINAL, _LEFT, _RIGHT = 3, 1, 0, 1


def _names(names: Sequence[str]) -> tuple[str, ...]:
    return mended(names, lambda name: cut(plain(name), 255), "p", width=None)


def _texts(data: QData) -> tuple[str, ...]:
    """Wordings as labels hold them; none where readers take such labels for none."""
    found = labels(data)
    return found if labels_tell(found, variables(data.statements)) else ("",) * len(found)


def _format(kind: int, width: int, decimals: int) -> int:
    return kind << 16 | width << 8 | decimals


def _variable(short: str, kind: int, shown: int, label: str) -> bytes:
    """A variable: its type is 0 for a number, else the bytes of a text, whose further parts follow as variables without a name."""
    said = label.encode()
    record = struct.pack("<iiiiii8s", 2, kind, int(bool(said)), 0, shown, shown, short.encode().ljust(8))
    if said:
        record += struct.pack("<i", len(said)) + said.ljust(-(-len(said) // 4) * 4)
    further = max(0, -(-kind // 8) - 1)
    return record + struct.pack("<iiiiii8s", 2, -1, 0, 0, 0, 0, b"".ljust(8)) * further


def _extension(subtype: int, size: int, content: bytes) -> bytes:
    return struct.pack("<iiii", 7, subtype, size, len(content) // size) + content


def _parts(data: QData, stem: str) -> Iterator[bytes]:
    values = np.asarray(data.sorts, dtype=np.float64)
    whole = bool((np.isnan(values) | (values == np.round(values))).all())
    width = width_of(data.participants)
    wide = -(-width // 8) * 8
    short = [f"V{i:07d}" for i in range(data.n_statements + 1)]
    yield b"$FL2" + _PRODUCT.ljust(60)
    yield struct.pack("<iiiiid", 2, wide // 8 + data.n_statements, 0, 0, data.n_sorts, 100.0)
    yield b"01 Jan 80" + b"00:00:00" + cut(ascii_of(plain(stem)), 64).encode().ljust(64) + bytes(3)
    yield _variable(short[0], width, _format(1, width, 0), "")
    shown = _format(5, 8, 0) if whole else _format(5, 12, 6)
    yield from (_variable(name, 0, shown, text) for name, text in zip(short[1:], data.texts, strict=True))
    yield _extension(3, 4, struct.pack("<8i", 1, 0, 0, -1, 1, 1, 2, 65001))
    yield _extension(4, 8, struct.pack("<3d", _SYSMIS, sys.float_info.max, np.nextafter(_SYSMIS, 0)))
    display = [(_NOMINAL, min(width, 40), _LEFT), *((_SCALE, 8, _RIGHT),) * data.n_statements]
    yield _extension(11, 4, b"".join(struct.pack("<iii", *one) for one in display))
    long = [_FIRST, *data.statements]
    yield _extension(13, 1, "\t".join(f"{a}={b}" for a, b in zip(short, long, strict=True)).encode())
    yield _extension(20, 1, b"UTF-8")
    yield struct.pack("<ii", 999, 0)
    for name, sort in zip(data.participants, np.where(np.isnan(values), _SYSMIS, values).T, strict=True):
        yield name.encode().ljust(wide) + sort.astype("<f8").tobytes()


def _encode(data: QData, stem: str) -> Mapping[str, bytes]:
    return {".sav": b"".join(_parts(data, stem))}


WRITER = SortsWriter(
    key="spss",
    name="SPSS .sav",
    about="Participants in rows, a variable a statement, labelled with its wording.",
    cannot="Ids that are no names of variables, more than 255 bytes of a wording or a name, wordings that are all the same or only the ids, and a "
    "grid that not all sorts follow.",
    judged="pyreadstat (ReadStat), PSPP, R's foreign",
    endings=(".sav",),
    encode=_encode,
    ours=lambda content: content.startswith(b"$FL2" + _PRODUCT),
    statements=variables,
    participants=_names,
    texts=_texts,
)
