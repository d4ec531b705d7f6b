"""Writers: files that `read` reads back, and that other programs take."""

from __future__ import annotations

import csv
import io
import os
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from qmethod import checks
from qmethod.data import Grid, QData
from qmethod.errors import DataError, Fault
from qmethod.formats.headings import TEXT_HEADERS, plain
from qmethod.formats.placements import LARGEST

LOWEST, HIGHEST, NAME_WIDTH = -6, 13, 8
"""Values that a .DAT can hold, and how long its names are."""
DATA = "sorts, as `qmethod.read` gives them"
_TITLE_WIDTH = 68
_MOST = 999


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
    values = np.asarray(data.sorts, dtype=np.float64)
    faults += [
        Fault(f"{values[i, j]:g} is no placement", file=file, participant=data.participants[j], statement=data.statements[i])
        for i, j in np.argwhere(np.abs(values) > LARGEST).tolist()
    ]
    if faults:
        raise DataError(faults)
    with_texts = any(data.texts) or any(plain(name) in TEXT_HEADERS for name in data.participants) or any(" " in name for name in data.statements)
    strings = "".join((*data.statements, *data.participants, *data.texts))
    quoting: int = csv.QUOTE_NONNUMERIC if re.search(r"[;\t]", strings) else csv.QUOTE_MINIMAL
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=quoting, lineterminator="\n")  # type: ignore[arg-type]
    writer.writerow(["statement", *(["text"] if with_texts else []), *data.participants])
    for i, name in enumerate(data.statements):
        writer.writerow([name, *([data.texts[i]] if with_texts else []), *map(_cell, values[i].tolist())])
    return _write(file, out.getvalue().encode("utf-8"))


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
    grid = data.grid if data.grid is not None else _median_grid(data)
    title = title.replace('"', "'")
    faults = _pqmethod_faults(data, grid, title, str(dat))
    wordings = [re.sub(r"\s+", " ", text).strip() or name for name, text in zip(data.statements, data.texts, strict=True)]
    try:
        sta_bytes = "".join(wording + "\r\n" for wording in wordings).encode(encoding)
    except (UnicodeError, LookupError) as error:
        faults.append(Fault(f"`encoding`: the wordings cannot be written as {encoding}: {error}", file=str(sta), advice="Use encoding utf-8."))
    if faults:
        raise DataError(faults)
    spread = dict(zip(grid.values, grid.counts, strict=True))
    line_2 = [int(grid.values[0]), int(grid.values[-1]), *(spread.get(value, 0) for value in range(LOWEST, HIGHEST + 1))]
    lines = [f"  0{data.n_sorts:3d}{data.n_statements:3d} {title:<{_TITLE_WIDTH}}", "".join(f"{number:3d}" for number in line_2)]
    placed = np.asarray(data.sorts).T.astype(int).tolist()
    names = pqmethod_names(data.participants)
    lines += [f"{name:<{NAME_WIDTH}}  " + "".join(f"{value:2d}" for value in column) for name, column in zip(names, placed, strict=True)]
    dat.with_name(f"{dat.stem}-names.csv").unlink(missing_ok=True)  # of an earlier file of this name
    if names != data.participants:
        _write(str(dat.with_name(f"{dat.stem}-names.csv")), _mapping(data.participants, names))
    return _write(str(dat), "".join(line + "\r\n" for line in lines).encode("ascii")), _write(str(sta), sta_bytes)


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


def _mapping(names: Sequence[str], written: Sequence[str]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([("participant", "name"), *zip(names, written, strict=True)])
    return out.getvalue().encode("utf-8")


def _pqmethod_faults(data: QData, grid: Grid, title: str, file: str) -> list[Fault]:
    faults = []
    for count, what in ((data.n_sorts, "sorts"), (data.n_statements, "statements")):
        if count > _MOST:
            faults.append(Fault(f"{count:,} {what}; the format holds at most {_MOST}", file=file, advice="Write CSV instead."))
    if len(title) > _TITLE_WIDTH or not _plain_ascii(title):
        faults.append(Fault(f"the title {title[:80]!r} is not at most {_TITLE_WIDTH} ASCII characters", file=file, advice="Shorten the title."))
    values = np.asarray(data.sorts, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        wrong = ~((values >= LOWEST) & (values <= HIGHEST) & (values == np.round(values)))
    faults += [
        Fault(
            "a placement is missing"
            if np.isnan(values[i, j])
            else f"the placement {values[i, j]:g} is not a whole number from {LOWEST} to {HIGHEST}",
            file=file,
            participant=data.participants[j],
            statement=data.statements[i],
            advice="Write CSV instead.",
        )
        for i, j in np.argwhere(wrong).tolist()
    ]
    if not wrong.any() and any(value not in range(LOWEST, HIGHEST + 1) for value in grid.values):
        faults.append(Fault(f"the grid {grid} has columns that are not whole numbers from {LOWEST} to {HIGHEST}", file=file))
    return faults


def _median_grid(data: QData) -> Grid:
    """A distribution between those of the sorts: the lower median of each place."""
    ranked = np.sort(np.nan_to_num(np.asarray(data.sorts, dtype=np.float64)), axis=0)
    return Grid.of(np.sort(ranked, axis=1)[:, (data.n_sorts - 1) // 2])


def _cell(value: float) -> str | int | float:
    if value != value:
        return ""
    return int(value) if value.is_integer() else value


def _printable(text: str) -> bool:
    """Whether a text survives as UTF-8 without control characters."""
    return not re.search(r"[\x00-\x08\x0b-\x0c\x0e-\x1f\ufeff\ud800-\udfff]", text)


def _plain_ascii(text: str) -> bool:
    return all(" " <= character <= "~" for character in text)


def _write(file: str, raw: bytes) -> Path:
    try:
        Path(file).write_bytes(raw)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError([Fault(f"the file cannot be written: {reason}", file=file, advice="Check the folder and its permissions.")]) from None
    return Path(file)
