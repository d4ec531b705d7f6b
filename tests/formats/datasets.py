"""Studies as data sets of statistics programs: written by pandas, which is not what reads them here."""

from __future__ import annotations

import io
import struct
import sys
from typing import Any

import numpy as np
import pandas as pd

from tests.formats.workbooks import Study

STATA = {114: "1984", 117: "1987", 118: "1990", 119: "1993"}


def by_participant(study: Study) -> tuple[pd.DataFrame, dict[str, str]]:
    """Participants in rows, and the statements as labels of the variables."""
    names = [f"s{i + 1}" for i in range(len(study.texts))]
    frame = pd.DataFrame(study.sorts.T, columns=names)
    frame.insert(0, "participant", list(study.participants))
    return frame, dict(zip(names, study.texts, strict=True))


def by_statement(study: Study) -> tuple[pd.DataFrame, dict[str, str]]:
    """As the package qfactor has it: sorts first, then the numbers of the statements and their words."""
    frame = pd.DataFrame(study.sorts, columns=[f"qsort{j + 1}" for j in range(len(study.participants))])
    return frame.assign(StatNo=np.arange(1, len(study.texts) + 1), statement=list(study.texts)), {}


def stata(frame: pd.DataFrame, labels: dict[str, str], version: int = 118, **options: Any) -> bytes:
    out = io.BytesIO()
    frame.to_stata(out, write_index=False, version=version, variable_labels=labels, **options)
    return out.getvalue()


def sav(
    frame: pd.DataFrame, labels: dict[str, str], *, order: str = "<", packed: bool = False, words: dict[str, dict[float, str]] | None = None
) -> bytes:
    """A data set of SPSS after the description of PSPP: texts of up to 255 bytes, names of any length, words for numbers."""

    def number(*values: int) -> bytes:
        return struct.pack(f"{order}{len(values)}i", *values)

    def block(value: float) -> bytes:
        return struct.pack(order + "d", -sys.float_info.max if np.isnan(value) else value)

    widths = {name: 0 if frame[name].dtype.kind in "if" else max(1, *(len(cell.encode()) for cell in frame[name])) for name in frame}
    n_blocks = {name: max(1, -(-width // 8)) for name, width in widths.items()}
    head = number(2, sum(n_blocks.values()), int(packed), 0, len(frame)) + struct.pack(order + "d", 100.0)
    out = [b"$FL2" + b"@(#) SPSS DATA FILE".ljust(60) + head + b"01 Jan 26" + b"10:00:00" + b" " * 64 + b"\0" * 3]
    at, records, long_names = 1, [], []
    for i, (name, width) in enumerate(widths.items()):
        short, label = f"V{i}", labels.get(name, "").encode()
        long_names.append(f"{short}={name}")
        out.append(number(2, width, int(bool(label)), 0, 0, 0) + short.encode().ljust(8))
        out.append(number(len(label)) + label.ljust(-(-len(label) // 4) * 4) if label else b"")
        out += [number(2, -1, 0, 0, 0, 0) + b" " * 8] * (n_blocks[name] - 1)
        if words and name in words:
            pairs = [(block(value), text.encode()) for value, text in words[name].items()]
            each = [value + (bytes([len(text)]) + text).ljust(-(-(len(text) + 1) // 8) * 8) for value, text in pairs]
            records.append(number(3, len(pairs)) + b"".join(each) + number(4, 1, at))
        at += n_blocks[name]
    out += records
    for subtype, body in ((13, "\t".join(long_names).encode()), (20, b"UTF-8")):
        out.append(number(7, subtype, 1, len(body)) + body)
    out.append(number(999, 0))
    cells: list[bytes] = []
    for row in frame.to_dict("records"):
        for name, value in row.items():
            raw = block(value) if widths[name] == 0 else value.encode().ljust(8 * n_blocks[name])
            cells += [raw[i : i + 8] for i in range(0, len(raw), 8)]
    return b"".join(out) + (_codes(cells, order) if packed else b"".join(cells))


def _codes(cells: list[bytes], order: str) -> bytes:
    """Cells behind codes, eight at a time."""
    small = {struct.pack(order + "d", value): value + 100 for value in range(-99, 152)}
    small |= {b" " * 8: 254, struct.pack(order + "d", -sys.float_info.max): 255}
    out = []
    for start in range(0, len(cells), 8):
        eight = cells[start : start + 8]
        codes = bytes(small.get(cell, 253) for cell in eight)
        out += [codes.ljust(8, b"\0"), *(cell for cell in eight if cell not in small)]
    return b"".join(out)


def r_saved(values: dict[str, Any], *, version: int = 3, alone: bool = False) -> bytes:
    """What R saves of data frames, matrices (arrays of two dimensions) and lists, after the description in R Internals.

    `alone` is how ``saveRDS`` writes one value. Columns of a frame are numbers, texts, or pandas' categories, which are factors.
    """
    top = b"X\n" + struct.pack(">3i", version, 0x040300, 0x020300 if version == 2 else 0x030500)
    top += struct.pack(">i", 5) + b"UTF-8" if version == 3 else b""
    if alone:
        return top + _r(next(iter(values.values())))
    return b"RDX%d\n" % version + top + _r_pairs(values)


def _r_text(text: str | None) -> bytes:
    return struct.pack(">2i", 9, -1) if text is None else struct.pack(">2i", 9 | 8 << 12, len(text.encode())) + text.encode()


def _r_pairs(values: dict[str, Any]) -> bytes:
    return b"".join(struct.pack(">2i", 2 | 0x400, 1) + _r_text(name) + _r(value) for name, value in values.items()) + struct.pack(">i", 254)


def _r(value: Any, **attributes: Any) -> bytes:
    if isinstance(value, tuple):
        return _r(value[0], **value[1])
    if isinstance(value, pd.DataFrame):
        rows = list(map(str, value.index)) if value.index.dtype.kind not in "iu" else np.array([-(2**31), -len(value)], dtype=np.int32)
        return _r([value[name] for name in value], names=list(value.columns), **{"class": ["data.frame"], "row.names": rows})
    if isinstance(value, pd.Series):
        label = {"label": [value.attrs["label"]]} if "label" in value.attrs else {}
        if value.dtype == "category":
            return _r((value.cat.codes + 1).to_numpy(np.int32), levels=list(value.cat.categories), **{"class": ["factor"]})
        return _r(list(value) if value.dtype.kind not in "iuf" else value.to_numpy(), **label)
    if isinstance(value, dict):
        return _r(list(value.values()), names=list(value), **attributes)
    if isinstance(value, np.ndarray) and value.ndim > 1:
        return _r(value.T.reshape(-1), dim=np.array(value.shape, dtype=np.int32), **attributes)
    flags = (0x200 if attributes else 0) | (0x100 if "class" in attributes else 0)
    if isinstance(value, np.ndarray):
        whole = value.dtype.kind in "iu"
        body = struct.pack(">2i", (13 if whole else 14) | flags, len(value)) + value.astype(">i4" if whole else ">f8").tobytes()
    elif all(item is None or isinstance(item, str) for item in value) and value:
        body = struct.pack(">2i", 16 | flags, len(value)) + b"".join(map(_r_text, value))
    else:
        body = struct.pack(">2i", 19 | flags, len(value)) + b"".join(map(_r, value))
    return body + (_r_pairs(attributes) if attributes else b"")
