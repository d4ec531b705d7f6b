"""Typed sorts on their way into the file of sorts, the same one that photographs are read into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from qmethod.brief import brief
from qmethod.data import QData
from qmethod.errors import DataError, Fault
from qmethod.formats.putting import place
from qmethod_analysis.entry import drafts, people, record
from qmethod_analysis.entry.second import Difference, Settled, corrected, differences, settle
from qmethod_analysis.entry.typed import filled, slips, values
from qmethod_analysis.folder.renewing import OUT, OVERWRITE
from qmethod_analysis.tabletop.collecting import added, adding_to, as_csv, earlier_sorts
from qmethod_studies.definition import Study

LONGEST_NAME, LONGEST_INITIALS = 100, 20


@dataclass(frozen=True, slots=True)
class Kept:
    """What is on the disk.

    Parameters
    ----------
    data : QData or None
        The file of sorts.
    lines : mapping of str to record.Line
        How they got there.
    """

    data: QData | None
    lines: Mapping[str, record.Line]

    __repr__ = brief

    @property
    def participants(self) -> tuple[str, ...]:
        """Whose sorts there are."""
        return () if self.data is None else self.data.participants

    def sort_of(self, participant: str) -> tuple[float, ...] | None:
        """Somebody's sort; None where there is none."""
        if self.data is None or participant not in self.data.participants:
            return None
        return tuple(self.data.sorts[:, self.data.participants.index(participant)].tolist())


def read(study: Study, out: Path) -> Kept:
    """What a file of sorts and its record hold now.

    Parameters
    ----------
    study : Study
    out : pathlib.Path

    Raises
    ------
    DataError
        If what is there is not as this program writes it, or is of another study.
    """
    data = earlier_sorts(study, out)
    return Kept(data, record.read(out, data))


def initials(given: str) -> str:
    """Who types, as it is recorded.

    Raises
    ------
    DataError
        If nothing is given, or something that is too long.
    """
    by = " ".join(given.split())
    if not by or len(by) > LONGEST_INITIALS or not by.isprintable():
        message = "initials of whoever types are needed" if not by else f"initials have at most {LONGEST_INITIALS} signs"
        raise DataError([Fault(message, advice="Give two or three letters.")])
    return by


def named(study: Study, out: Path, given: str, *, overwrite: bool) -> str:
    """The participant that a sort is to be typed of, before it is typed in vain.

    Parameters
    ----------
    study : Study
    out : pathlib.Path
    given : str
    overwrite : bool
        Whether the sort may take the place of another one.

    Raises
    ------
    DataError
        If the name could not stand in the file of sorts, or stands there already.
    """
    name = given.strip()
    kept = read(study, out)
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        message = "a participant id is needed" if not name else f"a participant id has at most {LONGEST_NAME} signs, and no control characters"
        raise DataError([Fault(message, advice="Write what stands on the sheet, such as p1.")])
    if name in kept.participants and not overwrite:
        raise DataError([_there(out, name)])
    some = [value for value, places in study.capacity.items() for _ in range(places)][: len(study.ids)]
    some += [study.columns[0]] * (len(study.ids) - len(some))
    try:
        as_csv(added(study, out, kept.data, {name: tuple(some)}, overwrite=True))
    except DataError:
        message = "in a file of sorts this participant id would be taken for something else, such as a number or a heading"
        raise DataError([Fault(message, participant=name, advice="Write another one, such as p1.")]) from None
    return name


def _there(out: Path, name: str) -> Fault:
    message = "a sort of this participant is here; nothing was written"
    advice = f"Give another id; or end, and add {OVERWRITE} to replace the sort, or name another file with {OUT}."
    return Fault(message, file=str(out), participant=name, advice=advice, settings=(OUT, OVERWRITE))


def save(study: Study, out: Path, draft: drafts.Draft, sort: Sequence[float], *, overwrite: bool) -> None:
    """Write a sort that was typed for the first time, with its record and what the person answered; its draft goes last.

    Parameters
    ----------
    study : Study
    out : pathlib.Path
    draft : Draft
        Which it was typed in.
    sort : sequence of float
        From `qmethod_analysis.entry.typed.values`.
    overwrite : bool
        Whether it may take the place of another sort of this participant.

    Raises
    ------
    DataError
        If there is another sort of this participant and `overwrite` is not set, or an answer is none.
    """
    name, by = draft.participant, initials(draft.by)
    answers = people.checked(study, draft.answers)
    with adding_to(out):
        kept = read(study, out)
        there = kept.sort_of(name)
        if there is not None and there != tuple(sort) and not overwrite:
            raise DataError([_there(out, name)])
        line = record.Line(name, record.digest(sort), by, _now())
        before = kept.lines.get(name)
        if there == tuple(sort) and before is not None and before.typed_by == by:
            line = before  # the same button pressed twice
        _write(study, out, kept, name, sort, line, people.renewed(study, out, name, answers))
        drafts.drop(out, name, check=False)


def differing(study: Study, out: Path, participant: str, second: Sequence[float]) -> tuple[Difference, ...]:
    """Where a second typing differs from the sort in the file.

    Parameters
    ----------
    study : Study
    out : pathlib.Path
    participant : str
    second : sequence of float

    Raises
    ------
    DataError
        If there is no sort of this participant.
    """
    return differences(study, _first(read(study, out), out, participant), second)


def to_check(study: Study, out: Path, given: str, by: str) -> str:
    """The participant whose sort is to be typed again.

    Parameters
    ----------
    study : Study
    out : pathlib.Path
    given : str
    by : str
        Initials of who types it now.

    Raises
    ------
    DataError
        If there is no such sort, somebody has checked it, or the same person typed it first.
    """
    kept, name = read(study, out), given.strip()
    _first(kept, out, name)
    line = kept.lines.get(name)
    if line is not None and line.checked_by:
        raise DataError([Fault(f"{line.checked_by} has checked this sort already", participant=name, advice="Choose another one.")])
    record.refuse_same_hand(line, by)
    return name


def save_check(
    study: Study, out: Path, draft: drafts.Draft, second: Sequence[float], choices: Mapping[int, tuple[float, str]]
) -> tuple[Settled, ...]:
    """Record that a sort was typed again, and put right what was settled; the draft goes last.

    Parameters
    ----------
    study : Study
    out : pathlib.Path
    draft : Draft
        Of the second typing.
    second : sequence of float
        The sort as it was typed again.
    choices : mapping of int to (float, str)
        By number of the card: what is right, and why. See `settle`.

    Returns
    -------
    tuple of Settled

    Raises
    ------
    DataError
        If something is not settled, or what is settled is no sort.
    """
    name, by = draft.participant, initials(draft.by)
    with adding_to(out):
        kept = read(study, out)
        first = _first(kept, out, name)
        to_check(study, out, name, by)
        settled = settle(study, differences(study, first, second), choices)
        sort = corrected(study, first, settled)
        line = replace(kept.lines.get(name, record.Line(name, "")), sha256=record.digest(sort), checked_by=by, checked=_now(), differences=settled)
        _write(study, out, kept, name, sort, line, None)
        drafts.drop(out, name, check=True)
    return settled


def _first(kept: Kept, out: Path, name: str) -> tuple[float, ...]:
    sort = kept.sort_of(name)
    if sort is None:
        there = f"It has sorts of {', '.join(kept.participants[:8])}." if kept.participants else "It has none yet: type them first, without --check."
        raise DataError([Fault("there is no sort of this participant to check", file=str(out), participant=name, advice=there)])
    return sort


def _write(study: Study, out: Path, kept: Kept, name: str, sort: Sequence[float], line: record.Line, table: bytes | None) -> None:
    """The files of a sort. Whenever this is cut short, what is recorded of a sort that is not in the file counts for nothing."""
    data = added(study, out, kept.data, {name: tuple(sort)}, overwrite=True)
    content, lines = as_csv(data), {**kept.lines, name: line}
    beside = {people.file_of(out): table} if table is not None else {}
    place({**beside, record.file_of(out): record.as_json(study, lines), out: content})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def clear(study: Study, out: Path) -> None:
    """Take away drafts of sorts that are in the file as they were typed: only the last step of saving them is missing.

    Parameters
    ----------
    study : Study
    out : pathlib.Path

    Raises
    ------
    DataError
        If something in the places of its files is none of them.
    """
    kept = read(study, out)
    for draft in drafts.all_of(study, out):
        sort = kept.sort_of(draft.participant)
        if not draft.check and sort is not None and _same(study, draft, sort):
            drafts.drop(out, draft.participant, check=False)


def _same(study: Study, draft: drafts.Draft, sort: Sequence[float]) -> bool:
    board = filled(study, draft.lines)
    return not slips(board) and values(board) == sort
