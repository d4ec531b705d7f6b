"""What formats can hold: names, ids and wordings as close to those of a study as the rules of a format let them be."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from qmethod.data import QData
from qmethod.errors import Fault
from qmethod.formats.placements import LARGEST
from qmethod.formats.spreadsheet import safe_text
from qmethod.grid import Grid

NAMES = "participant"
"""What a table calls the column with the names of participants."""
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]+")
_UNSEEN_BUT_LINES = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]+")


def plain(text: str) -> str:
    r"""A text in one line, without blanks at its ends.

    >>> plain(" a\nb ")
    'a b'
    """
    return _UNSEEN.sub(" ", text).strip()


def in_spreadsheets(text: str) -> str:
    """A text in one line that no spreadsheet takes for a formula.

    >>> in_spreadsheets("=1+1 "), in_spreadsheets("-1"), in_spreadsheets("anna")
    ("'=1+1", '-1', 'anna')
    """
    return safe_text(plain(text))


def mended(names: Sequence[str], mend: Callable[[str], str], otherwise: str, *, width: int | None = None) -> tuple[str, ...]:
    """Names that a format can hold, different as they were; capitals alone make no difference.

    Parameters
    ----------
    names : sequence of str
    mend : callable
        A name as the format can hold it: the same where it can, nothing where nothing of it is left.
    otherwise : str
        What a name begins with of which nothing is left; its position follows.
    width : int, optional
        How many characters a name may have.

    Examples
    --------
    >>> mended(["ann", "a;nn", ";", "Ann "], lambda name: name.strip().replace(";", ""), "p")
    ('ann', 'ann2', 'p3', 'Ann3')
    """
    first: dict[str, str] = {}
    for name in names:
        if mend(name) == name:
            first.setdefault(name.casefold(), name)
    taken = set(first)
    found = []
    for i, name in enumerate(names, start=1):
        new = name
        if first.get(name.casefold()) != name or mend(name) != name:
            stem = mend(name) or f"{otherwise}{i}"
            number = 1
            new = stem
            while new.casefold() in taken:
                number += 1
                new = f"{stem[: width - len(str(number)) if width else None]}{number}"
            taken.add(new.casefold())
        found.append(new)
    return tuple(found)


def plain_names(names: Sequence[str]) -> tuple[str, ...]:
    """Names of participants in one line each."""
    return mended(names, plain, "p")


def plain_ids(names: Sequence[str]) -> tuple[str, ...]:
    """Ids of statements in one line each."""
    return mended(names, plain, "s")


def spreadsheet_names(names: Sequence[str]) -> tuple[str, ...]:
    """Names of participants that no spreadsheet takes for a formula."""
    return mended(names, in_spreadsheets, "p")


def spreadsheet_ids(names: Sequence[str]) -> tuple[str, ...]:
    """Ids of statements that no spreadsheet takes for a formula."""
    return mended(names, in_spreadsheets, "s")


def counted_ids(names: Sequence[str]) -> tuple[str, ...]:
    """Ids of a format without ids: s1, s2, ... by position."""
    return tuple(f"s{i}" for i in range(1, len(names) + 1))


def plain_texts(data: QData) -> tuple[str, ...]:
    """Wordings without control characters and blanks at the ends; lines stay."""
    return tuple(_UNSEEN_BUT_LINES.sub(" ", re.sub(r"\r\n?", "\n", text)).strip() for text in data.texts)


def spreadsheet_texts(data: QData) -> tuple[str, ...]:
    """Wordings that no spreadsheet takes for a formula."""
    return tuple(map(safe_text, plain_texts(data)))


def lines_of_texts(data: QData) -> tuple[str, ...]:
    """Wordings in a line each, for formats in which none may be empty: the id stands where there is none."""
    return tuple(
        re.sub(r"\s+", " ", plain(text)) or plain(name) or f"s{i}" for i, (name, text) in enumerate(zip(data.statements, data.texts, strict=True), 1)
    )


def no_texts(data: QData) -> tuple[str, ...]:
    """Wordings of a format without any."""
    return ("",) * data.n_statements


def cut(text: str, n_bytes: int) -> str:
    """As much of a text as some bytes of UTF-8 hold.

    >>> cut("übel", 4)
    'übe'
    """
    return text.encode()[:n_bytes].decode(errors="ignore").rstrip()


def ascii_of(text: str) -> str:
    """The ASCII in a text, letters without their accents.

    >>> ascii_of("Müller, 林")
    'Muller, '
    """
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def shown_or_median(data: QData) -> Grid:
    """The distribution for formats that need one: that of the study, or one between those of the sorts, the lower median of each place."""
    if data.grid is not None:
        return data.grid
    ranked = np.sort(np.nan_to_num(np.asarray(data.sorts, dtype=np.float64)), axis=0)
    return Grid.of(np.sort(ranked, axis=1)[:, (data.n_sorts - 1) // 2])


def given_grid(data: QData) -> Grid | None:
    """The distribution of the study, for formats that need none."""
    return data.grid


def wrong_placements(data: QData, file: str, lowest: float, highest: float, advice: str) -> list[Fault]:
    """What a format cannot hold that takes whole numbers within a range, and none missing."""
    values = np.asarray(data.sorts, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        wrong = ~((values >= lowest) & (values <= highest) & (values == np.round(values)))
    return [
        Fault(
            "a placement is missing"
            if np.isnan(values[i, j])
            else f"the placement {values[i, j]:g} is not a whole number from {lowest} to {highest}",
            file=file,
            participant=data.participants[j],
            statement=data.statements[i],
            advice=advice,
        )
        for i, j in np.argwhere(wrong).tolist()
    ]


def beyond_placements(data: QData, file: str) -> list[Fault]:
    """Values so large that no reader takes them for placements."""
    values = np.asarray(data.sorts, dtype=np.float64)
    return [
        Fault(f"{values[i, j]:g} is no placement", file=file, participant=data.participants[j], statement=data.statements[i])
        for i, j in np.argwhere(np.abs(values) > LARGEST).tolist()
    ]


def cell(value: float) -> str | int | float:
    """A placement as a cell of a table: whole numbers without a point, nothing for a missing one."""
    if value != value:
        return ""
    return int(value) if float(value).is_integer() else value


def people_table(data: QData, names: Sequence[str], *, safe: bool = True) -> bytes:
    """What is known of the participants as CSV, a row for each, under `NAMES` and the titles of what is known; nothing where nothing is.

    Parameters
    ----------
    data : QData
    names : sequence of str
        What the participants are called there.
    safe : bool, default True
        As for `csv_bytes`.
    """
    if not data.people:
        return b""
    return csv_bytes([(NAMES, *(one.title for one in data.people)), *zip(names, *(one.values for one in data.people), strict=True)], safe=safe)


def csv_bytes(rows: Iterable[Sequence[Any]], *, safe: bool = True) -> bytes:
    """A table as CSV: UTF-8, commas, quotes around every text where one holds another sign that may separate cells.

    Parameters
    ----------
    rows : iterable of sequence
        The header first.
    safe : bool, default True
        Whether a text that begins like a formula gets an apostrophe in front.
    """
    # Which quotes there are is known at the end only. Both ways are written meanwhile, which takes less room than the rows.
    plain, quoted = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
    separates = False
    writers = [csv.writer(plain, lineterminator="\n"), csv.writer(quoted, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")]
    for row in rows:
        made = [safe_text(value) if safe and isinstance(value, str) else value for value in row]
        separates = separates or re.search(r"[;\t|\r]", "".join([value for value in made if isinstance(value, str)])) is not None
        for writer in writers:
            writer.writerow(made)
    chosen = quoted if separates else plain
    chosen.flush()
    held = chosen.buffer
    assert isinstance(held, io.BytesIO)
    return held.getvalue()
