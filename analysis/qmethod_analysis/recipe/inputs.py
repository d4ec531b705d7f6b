"""Input of an analysis besides the sorts' own format: where sorts are, the researcher's flags, the target of a rotation."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qmethod.data import FloatArray, QData
from qmethod.errors import DataError, Fault, Setting
from qmethod.formats.headings import DEFINES_HEADERS, FACTOR_HEADERS, PARTICIPANT_HEADERS, REASON_HEADERS, columns_of
from qmethod.formats.placements import filled
from qmethod.formats.registry import Content, claim, folder_fault
from qmethod.formats.selection import Selection
from qmethod.formats.table import Table, read_table
from qmethod.formats.text import last_part
from qmethod.manual_flag import ManualFlag
from qmethod_analysis.recipe.typed import decimal, factor_label
from qmethod_analysis.words.shell import command_line

_FLAG_COLUMNS = {"participant": PARTICIPANT_HEADERS, "factor": FACTOR_HEADERS, "defines": DEFINES_HEADERS, "reason": REASON_HEADERS}
_YES = {"yes", "y", "true", "1"}
_NO = {"no", "n", "false", "0"}


@dataclass(frozen=True, slots=True)
class SortsFile:
    """Where the sorts of an analysis are.

    Parameters
    ----------
    path : pathlib.Path
    study : str or None
        Name of the study that ships, where the sorts are one's.
    """

    path: Path
    study: str | None = None


def find_sorts(name: str) -> SortsFile:
    """A file, the sorts in the folder of an export, a folder with a file for each person, or else a study that ships by that name.

    Parameters
    ----------
    name : str
        As the user wrote it; capitals make no difference to the name of a study.

    Raises
    ------
    DataError
        If there is none of them; the message lists the studies that ship.
    """
    from qmethod_studies import library

    path = Path(name)
    if _exists(path) and not path.is_dir():  # of a device it is said, where it is read, that it is one
        return SortsFile(path)
    if (path / "study.json").is_file() and (path / "sorts.csv").is_file():
        return SortsFile(path / "sorts.csv")
    if path.is_dir() and claim(Content(name)) is not None:
        return SortsFile(path if path.name == last_part(path) else path.resolve())
    if (called := name.lower()) in library.names():
        return SortsFile(library.path(called) / "sorts.csv", called)
    shipped = ", ".join(library.names())
    if path.is_dir() and called not in library.definitions():
        raise _no_sorts_in(path, name)
    if called in library.definitions():
        draw = command_line(("simulate", called, "--out", "sorts.csv"))
        advice = f"Studies that ship with sorts: {shipped}. `{draw}` draws sorts of people who do not exist."
        raise DataError([Fault(f"the study {called!r} ships as a definition, without sorts", advice=advice)])
    near = difflib.get_close_matches(called, library.names(), 1)
    meant = f"Did you mean {near[0]}? " if near else ""
    raise DataError([Fault("there is no such file", file=name, advice=f"{meant}Name a file of sorts, or a study that ships with sorts: {shipped}.")])


_OCCASION = re.compile(r"sorts\.((?:[A-Za-z][A-Za-z0-9_-]*)(?:\.[A-Za-z][A-Za-z0-9_-]*)?)\.csv")
"""How an export calls the sorts of one condition, of one wave, or of a condition in a wave."""


def occasion_of(sorts: Path) -> list[str] | None:
    """The condition, the wave, or both, whose sorts a file of an export holds; None for any other file."""
    return named_occasion(sorts.name) if (sorts.parent / "study.json").is_file() else None


def named_occasion(name: str) -> list[str] | None:
    """The condition, the wave, or both, in the name of a file of sorts; None where it has none."""
    found = _OCCASION.fullmatch(name)
    return found[1].split(".") if found else None


def find_occasion(name: str, condition: str | None, wave: str | None) -> SortsFile:
    """The sorts of one occasion, in the folder of an export.

    Parameters
    ----------
    name : str
        The folder, or the file ``sorts.csv`` in it.
    condition, wave : str, optional
        Ids of the study; one of them will do where it says which file.

    Raises
    ------
    DataError
        If there is no such file, or more than one.
    """
    from qmethod_studies.loading import load

    folder = Path(name) if Path(name).is_dir() else Path(name).parent
    settings = tuple(Setting(key, value) for key, value in (("condition", condition), ("wave", wave)) if value)
    there = {path: occasion for path in sorted(folder.glob("sorts.*.csv")) if (occasion := occasion_of(path)) is not None}
    if not there:
        advice = "Give the folder that `qmethod export` writes, of a study with conditions or waves."
        raise DataError([Fault("there are no sorts of several occasions here", file=name, advice=advice, settings=settings)])
    study = load(folder)
    known = (("condition", condition, [one.id for one in study.conditions]), ("wave", wave, [one.id for one in study.waves]))
    faults = [
        Fault(
            f"the study {study.study!r} has no {what} {given!r}",
            file=name,
            advice=f"It has {', '.join(ids)}." if ids else f"It has no {what}s: leave the option out.",
            settings=tuple(one for one in settings if one.name == what),
        )
        for what, given, ids in known
        if given is not None and given not in ids
    ]
    if faults:
        raise DataError(faults)
    wanted = [(i, given) for i, given in enumerate(given for _, given, ids in known if ids) if given is not None]
    fit = [path for path, occasion in there.items() if all(occasion[i] == given for i, given in wanted)]
    if len(fit) == 1:
        return SortsFile(fit[0])
    if not fit:
        listed = ", ".join(" ".join(occasion) for occasion in there.values())
        advice = f"There are sorts of: {listed}."
        raise DataError([Fault("nobody has submitted a sort of this occasion", file=name, advice=advice, settings=settings)])
    missing = next(what for what, given, ids in known if given is None and ids)
    could = dict.fromkeys(there[path][-1 if missing == "wave" else 0] for path in fit)
    advice = f"Add --{missing}: {', '.join(could)}."
    raise DataError([Fault(f"{len(fit)} files of sorts fit", file=name, advice=advice, settings=settings)])


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _no_sorts_in(folder: Path, name: str) -> DataError:
    """What is said of a folder that is no export with sorts, and none of boards."""
    if (folder / "study.json").is_file():
        fault = Fault("this export holds no sorts: nobody has submitted any", file=name, advice="Export again when people have: qmethod export.")
    elif (folder / "analysis.toml").is_file():
        advice = f"Name the sorts that it was made from; `path` in {folder / 'analysis.toml'} says where they are."
        fault = Fault("this is the folder of an analysis, and sorts are wanted", file=name, advice=advice)
    elif (folder / "study.yaml").is_file():
        advice = f"Name a file of its sorts, or the folder that `{command_line(('export', Path(name), '--out', 'DIR'))}` writes."
        fault = Fault("this is the folder of a study, which holds no sorts", file=name, advice=advice)
    else:
        fault = folder_fault(name)
    return DataError([fault])


def read_flags(path: Path, data: QData, labels: Sequence[str]) -> tuple[ManualFlag, ...]:
    """The researcher's changes to the flags.

    Parameters
    ----------
    path : pathlib.Path
        A table with the columns participant, factor (f1 or 1), defines (yes or no) and reason, in any order.
    data : QData
        The sorts, to check names against.
    labels : sequence of str
        The labels a factor can have.

    Raises
    ------
    DataError
        Every fault of the file, with line numbers.
    """
    table, faults = read_table(path, frozenset().union(*_FLAG_COLUMNS.values()), holds="flags", key="participant")
    at = columns_of(table.header, _FLAG_COLUMNS)
    if at is None:
        raise DataError([_header_fault(table, _FLAG_COLUMNS)])
    flags: list[ManualFlag] = []
    seen: dict[tuple[str, str], int] = {}
    for line, cells in zip(table.lines, table.rows, strict=True):
        if any(fault.line == line for fault in faults):
            continue
        name, label, defines, reason = (cells[at[column]].strip() for column in _FLAG_COLUMNS)
        reason = filled(reason)
        label = factor_label(label)
        found = _flag_faults(data, labels, name, label, defines, reason)
        if (name, label) in seen:
            found.append(f"{name} and {label} stand in line {seen[name, label]} already")
        seen.setdefault((name, label), line)
        faults += [Fault(message, file=table.file, line=line) for message in found]
        flags.append(ManualFlag(name, label, defines.lower() in _YES, reason))
    if not flags and not faults:
        faults.append(Fault("no flags in this file", file=table.file, line=table.header_line))
    if faults:
        raise DataError(sorted(faults, key=lambda fault: fault.line or 0))
    return tuple(flags)


def _header_fault(table: Table, wanted: Iterable[str]) -> Fault:
    named = ", ".join(name or f"nothing above column {column}" for name, column in zip(table.header, table.columns, strict=True))
    message = f"the header must name the columns {', '.join(wanted)}; it reads {named or 'nothing'}"
    advice = "Write a line with these names above the table, and take other columns out."
    return Fault(message, file=table.file, line=table.header_line, advice=advice)


def _flag_faults(data: QData, labels: Sequence[str], name: str, label: str, defines: str, reason: str) -> list[str]:
    found = []
    if name not in data.participants:
        found.append(_unknown(data, name))
    if label not in labels:
        found.append(f"there is no factor {label!r}; there are {', '.join(labels)}")
    if defines.lower() not in _YES | _NO:
        found.append(f"`defines` must be yes or no, got {defines!r}")
    if not reason:
        found.append("a reason is needed: it is shown in the report")
    return found


def _unknown(data: QData, name: str) -> str:
    """What is said of a name that no sort has."""
    left_out = any(one.participant == name for one in data.excluded)
    return f"{name!r} is left out of the analysis" if left_out else f"there is no participant {name!r}"


def read_target(path: Path, data: QData, n_factors: int) -> FloatArray:
    """The target of a target rotation.

    Parameters
    ----------
    path : pathlib.Path
        A table with a column participant and a column for each factor, in any order; an empty cell, or NA, is free.
    data : QData
        The sorts. A participant without a row is free throughout.
    n_factors : int

    Returns
    -------
    ndarray of shape (m, k)
        NaN for free entries.

    Raises
    ------
    DataError
        Every fault of the file, with line numbers.
    """
    wanted = {"participant": PARTICIPANT_HEADERS, **{f"f{i}": {f"f{i}", f"{i}", f"factor{i}"} for i in range(1, n_factors + 1)}}
    table, faults = read_table(path, frozenset().union(*wanted.values()), holds="target", key="participant")
    at = columns_of(table.header, wanted)
    if at is None:
        raise DataError([_header_fault(table, wanted)])
    file = table.file
    target = np.full((data.n_sorts, n_factors), math.nan)
    position = {name: i for i, name in enumerate(data.participants)}
    seen: dict[str, int] = {}
    for line, cells in zip(table.lines, table.rows, strict=True):
        name = cells[at["participant"]].strip()
        if name not in position:
            faults.append(Fault(_unknown(data, name), file=file, line=line))
            continue
        if name in seen:
            faults.append(Fault(f"{name} stands in line {seen[name]} already", file=file, line=line))
        seen.setdefault(name, line)
        for f in range(n_factors):
            column = at[f"f{f + 1}"]
            text = cells[column].strip()
            value = _loading(text)
            if value is None:
                message, advice = f"{text!r} is not a loading between -1 and 1", "Leave a cell empty to let it be free."
                faults.append(Fault(message, file=file, line=line, column=table.columns[column], participant=name, advice=advice))
            else:
                target[position[name], f] = value
    if not faults and not np.isfinite(target).any():
        faults.append(Fault("every entry of the target is free", file=file, advice="Give at least one loading."))
    if faults:
        raise DataError(sorted(faults, key=lambda fault: fault.line or 0))
    return target


def _loading(text: str) -> float | None:
    """A loading, NaN for an empty cell or NA, None for anything else."""
    if not filled(text):
        return math.nan
    try:
        value = decimal(text)
    except ValueError:
        return None
    return value if abs(value) <= 1 else None


@dataclass(frozen=True, slots=True)
class WordingBeside:
    """A file with the wording of statements that lies beside the sorts.

    Parameters
    ----------
    path : pathlib.Path
    fits : bool
        Whether it has a text for every statement.
    why : str
        Why it does not fit.
    """

    path: Path
    fits: bool
    why: str = ""


def wording_beside(sorts: Path, data: QData, table: Selection | None = None) -> WordingBeside | None:
    """The wording of the statements where it lies beside the sorts: ``statements.csv``, or for a .DAT the .STA of its name.

    Parameters
    ----------
    sorts : pathlib.Path
    data : QData
        The sorts as read without it.
    table : Selection, optional
        Which part of a wide table they are.

    Returns
    -------
    WordingBeside or None
        None where there is no such file, or the sorts have their texts already from elsewhere.
    """
    from qmethod.formats import read

    if sorts.suffix.lower() == ".dat":
        candidates = [path for suffix in (".sta", ".STA", ".Sta") if (path := sorts.with_suffix(suffix)).is_file()]
    else:
        candidates = [] if any(data.texts) else [path for path in [sorts.with_name("statements.csv")] if path.is_file() and path != sorts]
    if not candidates:
        return None
    try:
        found = read(sorts, grid=data.grid, statements=candidates[0], **(table or Selection()).arguments)
    except DataError as error:
        return WordingBeside(candidates[0], False, error.faults[0].message)
    without = [name for name, text in zip(found.statements, found.texts, strict=True) if not text]
    if without or found.statements != data.statements or found.participants != data.participants:
        why = f"it has no text for {', '.join(without[:6])}" if without else "it names other statements"
        return WordingBeside(candidates[0], False, why)
    return WordingBeside(candidates[0], True)
