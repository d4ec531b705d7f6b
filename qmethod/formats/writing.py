"""Writers: files that `read` reads back, and that other programs take."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from qmethod import checks
from qmethod.data import QData
from qmethod.errors import DataError, Fault
from qmethod.formats.carrying import beyond_placements, cell, csv_bytes, shown_or_median, wrong_placements
from qmethod.formats.headings import TEXT_HEADERS, plain
from qmethod.formats.putting import put, take_away
from qmethod.grid import Grid

LOWEST, HIGHEST, NAME_WIDTH = -6, 13, 8
"""Values that a .DAT can hold, and how long its names are."""
DATA = "sorts, as `qmethod.read` gives them"
TITLE_WIDTH = 68
_MOST = 999

_TOLD = ("participant", "name")
"""The header of the table that says how participants are called in a file whose names are short."""


def write_csv(data: QData, path: str | os.PathLike[str]) -> Path:
    """Write sorts as CSV, statements in rows: ``statement,[text,]p1,p2,...``, UTF-8.

    Parameters
    ----------
    data : QData
        The sorts. A missing placement becomes an empty cell.
    path : path
        The file to write.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    DataError
        If a name would not read back as it is (blanks at its ends, control characters), a placement is beyond a million, or
        the file cannot be written.

    Notes
    -----
    `read` gives back the same sorts, names and wordings, save for blanks at the ends of a wording. The grid is not part of the
    file; where the sorts do not show it, give it to `read`.
    """
    checks.instance("data", data, QData, DATA)
    file = os.fspath(checks.path("path", path))
    faults = [
        Fault(f"the {kind} name {name!r} does not survive a CSV file", file=file, advice="Take out control characters and blanks at the ends.")
        for kind, names in (("participant", data.participants), ("statement", data.statements))
        for name in names
        if name != name.strip() or not _printable(name)
    ]
    faults += [
        Fault(f"the wording {text[:40]!r} holds control characters", file=file, statement=name, advice="Take out control characters.")
        for name, text in zip(data.statements, data.texts, strict=True)
        if not _printable(text)
    ]
    faults += beyond_placements(data, file)
    if faults:
        raise DataError(faults)
    put({Path(file): csv_bytes(statement_rows(data), safe=False)})
    return Path(file)


def statement_rows(data: QData) -> Iterator[list[str | int | float]]:
    """Sorts as a table with statements in rows, the header first; row by row, so that of many sorts no second table is made.

    The column ``text`` stands where there are wordings, or where without it something else would be read as one.

    Parameters
    ----------
    data : QData
    """
    with_texts = any(data.texts) or any(plain(name) in TEXT_HEADERS for name in data.participants) or any(" " in name for name in data.statements)
    yield ["statement", *(["text"] if with_texts else []), *data.participants]
    for name, text, sort in zip(data.statements, data.texts, data.sorts, strict=True):
        yield [name, *([text] if with_texts else []), *map(cell, np.asarray(sort, dtype=np.float64).tolist())]


def write_pqmethod(data: QData, path: str | os.PathLike[str], *, title: str = "", encoding: str = "utf-8") -> tuple[Path, Path]:
    """Write sorts as PQMethod .DAT with the .STA beside it.

    Parameters
    ----------
    data : QData
        The sorts: integers from -6 to 13, at most 999 sorts and statements.
    path : path
        The .DAT file; the ending is added where it is missing.
    title : str
        Title of the study, at most 68 ASCII characters. A double quote in it becomes a single one, since R would not read on.
    encoding : str
        Encoding of the wordings. PQMethod itself expects ``"cp850"``.

    Returns
    -------
    dat, sta : Path
        The files written. Where names had to be changed, a CSV file ``<name>-names.csv`` beside them says which is which.

    Raises
    ------
    DataError
        Naming everything that the format cannot hold, or if a file cannot be written.

    Notes
    -----
    Line 2 holds the grid; where the sorts share none, the median of the sorts, place by place. A statement without wording is
    written with its id. Ids of statements are not part of the format. Names are those of `pqmethod_names`.
    """
    checks.instance("data", data, QData, DATA)
    target, title, encoding = checks.path("path", path), checks.text("title", title), checks.text("encoding", encoding)
    dat = target if target.suffix.lower() == ".dat" else target.with_name(target.name + ".dat")
    sta = dat.with_suffix(".STA" if dat.suffix.isupper() else ".sta")
    grid = shown_or_median(data)
    title = title.replace('"', "'")
    wordings = [re.sub(r"\s+", " ", text).strip() or name for name, text in zip(data.statements, data.texts, strict=True)]
    faults = pqmethod_faults(data, grid, title, str(dat))
    try:
        "".join(wordings).encode(encoding)
    except (UnicodeError, LookupError) as error:
        faults.append(Fault(f"`encoding`: the wordings cannot be written as {encoding}: {error}", file=str(sta), advice="Use encoding utf-8."))
    if faults:
        raise DataError(faults)
    names = pqmethod_names(data.participants)
    dat_bytes, sta_bytes = pqmethod_bytes(replace(data, participants=names, grid=grid), title, wordings, encoding)
    told = dat.with_name(f"{dat.stem}-names.csv")
    files = {dat: dat_bytes, sta: sta_bytes}
    if names != data.participants:
        files[told] = csv_bytes([_TOLD, *zip(data.participants, names, strict=True)], safe=False)
    put(files)
    if names == data.participants:
        take_away(told, csv_bytes([_TOLD], safe=False))  # of an earlier file of this name
    return dat, sta


def pqmethod_bytes(data: QData, title: str, wordings: Sequence[str], encoding: str = "utf-8") -> tuple[bytes, bytes]:
    """A .DAT and its .STA.

    Parameters
    ----------
    data : QData
        With names of `pqmethod_names`, and nothing of `pqmethod_faults`.
    title : str
    wordings : sequence of str
        One line each.
    encoding : str
        Of the wordings.
    """
    grid = shown_or_median(data)
    spread = dict(zip(grid.values, grid.counts, strict=True))
    line_2 = [int(grid.values[0]), int(grid.values[-1]), *(spread.get(value, 0) for value in range(LOWEST, HIGHEST + 1))]
    lines = [f"  0{data.n_sorts:3d}{data.n_statements:3d} {title:<{TITLE_WIDTH}}", "".join(f"{number:3d}" for number in line_2)]
    placed = np.asarray(data.sorts).T.astype(int).tolist()
    lines += [f"{name:<{NAME_WIDTH}}  " + "".join(f"{value:2d}" for value in column) for name, column in zip(data.participants, placed, strict=True)]
    return "".join(line + "\r\n" for line in lines).encode("ascii"), "".join(wording + "\r\n" for wording in wordings).encode(encoding)


def pqmethod_names(participants: Sequence[str]) -> tuple[str, ...]:
    """Names of sorts as a .DAT can hold them and R's reader takes them.

    Parameters
    ----------
    participants : sequence of str
        Different names.

    Returns
    -------
    tuple of str
        The same names where they have at most 8 plain characters, no ``#`` and no quote, and are still different without blanks; else such names made
        from them, or ``p001`` and so on by position where nothing of a name is left.

    Notes
    -----
    R splits the lines as a table in which ``#`` begins a comment and quotes hold cells together, and takes the blanks out of names.

    Examples
    --------
    >>> pqmethod_names(["ann", "a#1", "Montgomery", "a b", "ab", "小林"])
    ('ann', 'a1', 'Montgome', 'a b', 'ab2', 'p006')
    """
    kept: dict[str, str] = {}  # by what R makes of them
    for name in participants:
        if _fits_pqmethod(name):
            kept.setdefault(_squeezed(name), name)
    taken = set(kept)
    names = []
    for i, name in enumerate(participants, start=1):
        new = name
        if kept.get(_squeezed(name)) != name:
            plainly = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
            stem = re.sub(r"[^A-Za-z0-9._-]", "", plainly)[:NAME_WIDTH] or f"p{i:03d}"
            new = next(
                shorter
                for number in range(1, len(participants) + len(taken) + 2)
                if _squeezed(shorter := stem if number == 1 else f"{stem[: NAME_WIDTH - len(str(number))]}{number}") not in taken
                and _fits_pqmethod(shorter)
            )
            taken.add(_squeezed(new))
        names.append(new)
    return tuple(names)


def _squeezed(name: str) -> str:
    return name.replace(" ", "")


def _fits_pqmethod(name: str) -> bool:
    whole = 0 < len(name) <= NAME_WIDTH and name == name.strip() and _plain_ascii(name)
    return whole and not re.search("[#\"']", name) and name != "NA"


def pqmethod_faults(data: QData, grid: Grid, title: str, file: str) -> list[Fault]:
    """What a .DAT cannot hold.

    Parameters
    ----------
    data : QData
    grid : Grid
    title, file : str
    """
    faults = []
    for count, what in ((data.n_sorts, "sorts"), (data.n_statements, "statements")):
        if count > _MOST:
            faults.append(Fault(f"{count:,} {what}; the format holds at most {_MOST}", file=file, advice="Write CSV instead."))
    if len(title) > TITLE_WIDTH or not _plain_ascii(title):
        faults.append(Fault(f"the title {title[:80]!r} is not at most {TITLE_WIDTH} ASCII characters", file=file, advice="Shorten the title."))
    wrong = wrong_placements(data, file, LOWEST, HIGHEST, "Write CSV instead.")
    faults += wrong
    if not wrong and any(value not in range(LOWEST, HIGHEST + 1) for value in grid.values):
        faults.append(Fault(f"the grid {grid} has columns that are not whole numbers from {LOWEST} to {HIGHEST}", file=file))
    return faults


def _printable(text: str) -> bool:
    """Whether a text survives as UTF-8 without control characters."""
    return not re.search(r"[\x00-\x08\x0b-\x0c\x0e-\x1f\ufeff\ud800-\udfff]", text)


def _plain_ascii(text: str) -> bool:
    return all(" " <= character <= "~" for character in text)
