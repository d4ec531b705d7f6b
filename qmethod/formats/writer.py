"""The registry of writers: what each can hold of a study, and what is lost with it."""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from qmethod import checks
from qmethod.data import QData
from qmethod.errors import DataError, Fault, Setting
from qmethod.formats import writers as modules
from qmethod.formats.carrying import beyond_placements, csv_bytes, people_table, plain_ids, plain_names, plain_texts
from qmethod.grid import Grid
from qmethod.literals import WrittenFormat
from qmethod.notice import Notice
from qmethod.solution import QSolution
from qmethod.wording import listed

TO = Setting("to")
Names = Callable[[Sequence[str]], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Made:
    """What a writer makes.

    Parameters
    ----------
    files : mapping of str to bytes
        Contents by what follows the stem of the file's name, such as ``.sta``; the first is the file itself.
    notices : tuple of Notice
        What the format cannot hold, and where it stands instead.
    carried : QData or None
        The sorts as the files hold them; None of a solution.
    """

    files: Mapping[str, bytes]
    notices: tuple[Notice, ...]
    carried: QData | None


@dataclass(frozen=True, slots=True)
class SortsWriter:
    """A format that sorts are written in.

    Parameters
    ----------
    key : str
        What it is called where one is chosen: ``kade-zip``.
    name : str
        In a few words, for lists.
    about : str
        What such a file is, in one sentence.
    cannot : str
        What it cannot hold, in one sentence.
    judged : str
        Which reader that is not ours reads what is written, or what it was held against.
    endings : tuple of str
        How the names of such files end; the first is added where a name has none of them.
    encode : callable
        Files by what follows the stem of their name, given the sorts as the format holds them and the stem. The first is the file itself.
    ours : callable or None
        Whether a content bears the mark of having been written here, so that it may be replaced on purpose; None where a file bears none.
    statements, participants : callable
        Ids of statements and names of participants as the format holds them: the same where it can.
    texts : callable
        Wordings as it holds them.
    grid : callable or None
        The distribution that is written; None where a file holds none, so that only sorts that follow it show it.
    refuse : callable
        What it cannot hold at all, as faults of a file.
    by_name : bool, default True
        Whether a name with one of the endings is enough to choose it.
    """

    key: WrittenFormat
    name: str
    about: str
    cannot: str
    judged: str
    endings: tuple[str, ...]
    encode: Callable[[QData, str], Mapping[str, bytes]]
    ours: Callable[[bytes], bool] | None
    statements: Names = plain_ids
    participants: Names = plain_names
    texts: Callable[[QData], tuple[str, ...]] = plain_texts
    grid: Callable[[QData], Grid | None] | None = None
    refuse: Callable[[QData, str], list[Fault]] = lambda _data, _file: []
    by_name: bool = True

    def make(self, data: QData, stem: str, file: str = "") -> Made:
        """The files of a study.

        Parameters
        ----------
        data : QData
        stem : str
            The name of the file without its ending.
        file : str
            As the user named it, for messages.

        Raises
        ------
        DataError
            Naming everything that the format cannot hold, and for which there is no other place.
        """
        if faults := [*beyond_placements(data, file), *self.refuse(data, file)]:
            raise DataError(faults)
        carried = carry(self, data, None if self.grid is None else self.grid(data))
        beside, notices = accompany(self, data, carried, stem)
        return Made({**self.encode(carried, stem), **beside}, (*notices, *_lost_grid(self, data, carried)), carried)


@dataclass(frozen=True, slots=True)
class SolutionWriter:
    """A format that a solution is written in; fields as in `SortsWriter`.

    Parameters
    ----------
    key, name, about, cannot, judged : str
    endings : tuple of str
    encode : callable
        Files by what follows the stem of their name, given the solution, its sorts as the format holds them, and the stem.
    ours : callable or None
    statements, participants, texts : callable
    says : callable
        What the format cannot hold of a solution besides.
    by_name : bool, default True
    """

    key: WrittenFormat
    name: str
    about: str
    cannot: str
    judged: str
    endings: tuple[str, ...]
    encode: Callable[[QSolution, QData, str], Mapping[str, bytes]]
    ours: Callable[[bytes], bool] | None
    statements: Names
    participants: Names
    texts: Callable[[QData], tuple[str, ...]]
    says: Callable[[QSolution], tuple[Notice, ...]]
    by_name: bool = True

    def make(self, solution: QSolution, stem: str) -> Made:
        """The files of a solution."""
        carried = carry(self, solution.data, solution.data.grid)
        beside, notices = accompany(self, solution.data, carried, stem)
        return Made({**self.encode(solution, carried, stem), **beside}, (*self.says(solution), *notices), None)


Writer = SortsWriter | SolutionWriter


def names_beside(writer: Writer) -> str:
    """What follows the stem in the name of the file that says which participant is called how."""
    return f"-{writer.key}-names.csv"


def statements_beside(writer: Writer) -> str:
    """What follows the stem in the name of the file with the ids and wordings of the statements."""
    return f"-{writer.key}-statements.csv"


def people_beside(writer: Writer) -> str:
    """What follows the stem in the name of the file with what is known of the participants."""
    return f"-{writer.key}-people.csv"


def carry(writer: Writer, data: QData, grid: Grid | None) -> QData:
    """Sorts as a format holds them.

    Parameters
    ----------
    writer : Writer
    data : QData
    grid : Grid or None
        The distribution that it writes.
    """
    return QData(data.sorts, writer.statements(data.statements), writer.participants(data.participants), writer.texts(data), grid)


def accompany(writer: Writer, data: QData, carried: QData, stem: str) -> tuple[dict[str, bytes], tuple[Notice, ...]]:
    """The files that stand beside one in which names, ids or wordings are not as they were, and what is said of it.

    Parameters
    ----------
    writer : Writer
    data, carried : QData
        The sorts, and as the format holds them.
    stem : str
    """
    files = {}
    if carried.participants != data.participants:
        files[names_beside(writer)] = csv_bytes([("participant", "name"), *zip(data.participants, carried.participants, strict=True)])
    if carried.statements != data.statements or (any(data.texts) and carried.texts != data.texts):
        files[statements_beside(writer)] = _statements(data, carried.statements)
    if table := people_table(data, carried.participants):
        files[people_beside(writer)] = table
    said = (_changed_names, _changed_ids, _lost_texts, _people)
    return files, tuple(notice for one in said for notice in one(writer, data, carried, stem))


def begins(start: str) -> Callable[[bytes], bool]:
    """Whether a content begins like this; quotes, blanks between lines and a byte order mark make no difference.

    Parameters
    ----------
    start : str
    """
    wanted = start.encode()

    def ours(content: bytes) -> bool:
        head = content[: len(wanted) + 400].removeprefix(b"\xef\xbb\xbf").replace(b'"', b"")
        return b"".join(head.split(b"\n")).replace(b"{ ", b"{").startswith(wanted)

    return ours


@cache
def writers() -> tuple[Writer, ...]:
    """Every format that is written, by name: one for each module of `qmethod.formats.writers`."""
    found = [importlib.import_module(f"{modules.__name__}.{module.name}").WRITER for module in pkgutil.iter_modules(modules.__path__)]
    return tuple(sorted(found, key=lambda each: each.name.lower()))


def chosen_writer(path: str | os.PathLike[str], to: str | None) -> Writer:
    """The writer of a file: the one that is asked for, else the one that its name tells.

    Parameters
    ----------
    path : path
    to : str, optional
        Its key.

    Raises
    ------
    PolicyError
        If there is none of that key.
    DataError
        If none is asked for and the name tells none.
    """
    by_key = {each.key: each for each in writers()}
    if to is not None:
        return by_key[checks.one_of("to", to, tuple(sorted(by_key)))]
    ending = Path(path).suffix.lower()
    by_ending = {known.lower(): each for each in writers() if each.by_name for known in each.endings}
    if ending in by_ending:
        return by_ending[ending]
    known = ", ".join(sorted(by_ending))
    message = f"the name does not tell which format is meant; {known} would"
    raise DataError([Fault(message, file=os.fspath(path), advice=f"Name one with {TO}: {', '.join(sorted(by_key))}.", settings=(TO,))])


def _statements(data: QData, ids: Sequence[str]) -> bytes:
    """The statements as a table that is read as wordings: with the ids of the file, and what they were before where they were others."""
    changed = tuple(ids) != data.statements
    rows = [(new, text, *((old,) if changed else ())) for new, text, old in zip(ids, plain_texts(data), plain_ids(data.statements), strict=True)]
    return csv_bytes([("id", "text", *(("before",) if changed else ())), *rows])


def _changed_names(writer: Writer, data: QData, carried: QData, stem: str) -> list[Notice]:
    changed = [(old, new) for old, new in zip(data.participants, carried.participants, strict=True) if old != new]
    if not changed:
        return []
    message = f"Participants are called otherwise in {writer.name}: {_renamed(changed)}. {stem}{names_beside(writer)} says which is which."
    return [Notice("names-changed", message, participants=tuple(old for old, _ in changed))]


def _changed_ids(writer: Writer, data: QData, carried: QData, stem: str) -> list[Notice]:
    changed = [(old, new) for old, new in zip(data.statements, carried.statements, strict=True) if old != new]
    if not changed:
        return []
    message = f"Statements are called otherwise in {writer.name}: {_renamed(changed)}. {stem}{statements_beside(writer)} says which is which."
    return [Notice("ids-changed", message, statements=tuple(old for old, _ in changed))]


def _renamed(changed: Sequence[tuple[str, str]]) -> str:
    return listed(f"{old!r} is {new!r}" for old, new in changed)


def _lost_texts(writer: Writer, data: QData, carried: QData, stem: str) -> list[Notice]:
    texts = tuple(name for name, old, new in zip(data.statements, data.texts, carried.texts, strict=True) if old != new)
    if not texts:
        return []
    if not any(data.texts):
        message = f"{writer.name} needs wordings and there are none: the ids of the statements stand in their place."
        return [Notice("wordings-made", message, statements=texts)]
    if not any(carried.texts):
        return [
            Notice(
                "wordings-left-out",
                f"{writer.name} holds none of these wordings of statements: they stand in {stem}{statements_beside(writer)}.",
                statements=texts,
            )
        ]
    message = f"These wordings are not as they were in {writer.name}: those of {listed(texts)}."
    return [
        Notice(
            "wordings-changed",
            f"{message} {stem}{statements_beside(writer)} has them, but for control characters and blanks at the ends.",
            statements=texts,
        )
    ]


def _people(writer: Writer, data: QData, _carried: QData, stem: str) -> list[Notice]:
    if not data.people:
        return []
    known = listed([repr(one.title) for one in data.people])
    message = f"What is known of the participants ({known}) stands in {stem}{people_beside(writer)}, which can be given with the sorts again."
    return [Notice("people-beside", message)]


def _lost_grid(writer: SortsWriter, data: QData, carried: QData) -> list[Notice]:
    if carried.grid == data.grid:
        return []
    if carried.grid is not None and data.grid is None:
        message = f"{writer.name} needs a distribution and the sorts share none: the file says {carried.grid}, which lies between those of the sorts."
        return [Notice("grid-made", message)]
    return [Notice("grid-left-out", f"{writer.name} holds no grid, and not all sorts follow it. Whoever reads the file is to be told: {data.grid}.")]
