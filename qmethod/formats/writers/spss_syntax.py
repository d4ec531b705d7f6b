"""Syntax of SPSS: a CSV with participants in rows, and commands that read it and label each variable with the wording of its statement.

Variables are called as the statements where SPSS allows such a name: a letter of ASCII, then letters, digits and ``_``, 64 at most. A label has 255
bytes at most. No line is longer than 250 bytes, so older versions take the commands too; PSPP documents the same syntax.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from qmethod.data import QData
from qmethod.formats.carrying import ascii_of, cut, in_spreadsheets, lines_of_texts, mended
from qmethod.formats.writer import SortsWriter, begins
from qmethod.formats.writers.csv_participants import participants_in_rows

LABEL = 255
"""Bytes of a label."""
_BESIDE = "-spss.csv"
_TITLE = "* Sorts for SPSS, written by qmethod"
_NAME = 255
_WORDS = {"ALL", "AND", "BY", "EQ", "GE", "GT", "LE", "LT", "NE", "NOT", "OR", "TO", "WITH", "PARTICIPANT"}
_PIECE = 120


def _variable(name: str) -> str:
    """A name that SPSS allows."""
    kept = re.sub(r"[^A-Za-z0-9_]+", "_", ascii_of(name)).strip("_")[:64].rstrip("_")
    kept = kept if re.match(r"[A-Za-z]", kept) else re.sub("^[^A-Za-z]*(?=.)", "s", kept)[:64]
    return f"{kept}_1" if kept.upper() in _WORDS else kept


def variables(names: Sequence[str]) -> tuple[str, ...]:
    """Names of variables of statements."""
    return mended(names, _variable, "s", width=64)


def labels(data: QData) -> tuple[str, ...]:
    """Wordings as labels hold them."""
    return tuple(cut(text, LABEL) if any(data.texts) and old else "" for text, old in zip(lines_of_texts(data), data.texts, strict=True))


def participants(names: Sequence[str]) -> tuple[str, ...]:
    """Names that a variable of text holds."""
    return mended(names, lambda name: cut(in_spreadsheets(name), _NAME), "p")


def width_of(names: Sequence[str]) -> int:
    """Bytes of the longest name."""
    return max(len(name.encode()) for name in names)


def _literal(text: str) -> str:
    """A string of SPSS, in pieces that fit into a line."""
    pieces = [text[i : i + _PIECE // 2] for i in range(0, len(text), _PIECE // 2)] or [""]
    return " +\n  ".join("'" + piece.replace("'", "''") + "'" for piece in pieces)


def _lines(data: QData, stem: str) -> Iterator[str]:
    values = np.asarray(data.sorts, dtype=np.float64)
    whole = bool((np.isnan(values) | (values == np.round(values))).all())
    yield f"{_TITLE}: run it in the folder in which the CSV lies."
    yield "SET DECIMAL=DOT."
    yield f"GET DATA /TYPE=TXT /FILE={_literal(stem + _BESIDE)} /ENCODING='UTF8'"
    yield '  /ARRANGEMENT=DELIMITED /DELCASE=LINE /DELIMITERS="," /QUALIFIER=\'"\' /FIRSTCASE=2'
    yield "  /VARIABLES="
    yield f"  participant A{width_of(data.participants)}"
    yield from (f"  {name} F{'8.0' if whole else '12.6'}" for name in data.statements)
    yield "  ."
    yield from (f"VARIABLE LABELS {name}\n  {_literal(text)}." for name, text in zip(data.statements, data.texts, strict=True) if text)
    yield "EXECUTE."


def _encode(data: QData, stem: str) -> Mapping[str, bytes]:
    return {".sps": ("\n".join(_lines(data, stem)) + "\n").encode("utf-8-sig"), _BESIDE: participants_in_rows(data)}


WRITER = SortsWriter(
    key="spss-syntax",
    name="SPSS syntax",
    about="Commands of SPSS that read a CSV beside them and label each variable with the wording of its statement.",
    cannot="Ids that are no names of variables, more than 255 bytes of a wording or a name, and a grid that not all sorts follow.",
    judged="PSPP, which runs the commands; pandas (the CSV)",
    endings=(".sps",),
    encode=_encode,
    ours=begins(_TITLE),
    statements=variables,
    participants=participants,
    texts=labels,
)
