"""`exclude`: sorts that the researcher leaves out of an analysis, each with the reason."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from qmethod import checks
from qmethod.brief import short
from qmethod.data import QData
from qmethod.errors import DataError, Fault, PolicyError
from qmethod.formats.headings import PARTICIPANT_HEADERS, REASON_HEADERS, columns_of
from qmethod.formats.placements import filled
from qmethod.formats.tables import open_tables
from qmethod.formats.text import load
from qmethod.names import folded
from qmethod.people import Exclusion
from qmethod.wording import counted, listed

Exclusions: TypeAlias = "str | os.PathLike[str] | Mapping[str, str] | Iterable[tuple[str, str]]"
"""Who is left out and why: the path of a table, reasons by participant, or pairs of both."""
_COLUMNS = {"participant": PARTICIPANT_HEADERS | {"id", "ids"}, "reason": REASON_HEADERS}


@dataclass(frozen=True, slots=True)
class _Said:
    """Who is to be left out and why, and where that stands."""

    participant: str
    reason: str
    file: str | None = None
    line: int | None = None

    def fault(self, message: str, advice: str | None = None) -> Fault:
        return Fault(message, file=self.file, line=self.line, advice=advice)


def exclude(data: QData, who: Exclusions) -> QData:
    """The same study without some sorts, which its `excluded` names with the reasons.

    Parameters
    ----------
    data : QData
    who : path, mapping of str to str, or iterable of (str, str)
        Participants, each with the reason; or a table with the columns participant and reason.

    Returns
    -------
    QData
        Without their sorts and whatever was noticed of them alone. An analysis of it gives the same figures as one of a file without them, and
        names them in its `excluded`.

    Raises
    ------
    DataError
        If somebody is unknown, stands twice or has no reason, or if nobody would be left; names all, with their lines.
    PolicyError
        For exclusions that are none.

    Examples
    --------
    >>> import qmethod
    >>> data = qmethod.datasets.load("climate").keep(range(4))
    >>> kept = qmethod.exclude(data, {data.participants[0]: "stopped half way"})
    >>> kept.n_sorts, kept.excluded[0].reason
    (3, 'stopped half way')
    """
    checks.instance("data", data, QData, "a `qmethod.QData`, as `qmethod.read` gives it")
    said = _read(who) if isinstance(who, str | os.PathLike) else _given(who)
    faults = _faults(data, said)
    if faults:
        raise DataError(faults)
    out = {one.participant: one.reason for one in said}
    if not out:
        return data
    kept = data._only([i for i, name in enumerate(data.participants) if name not in out], data.source)
    notices = tuple(one for one in kept.notices if not one.participants or not out.keys() >= set(one.participants))
    new = tuple(Exclusion(one.participant, one.reason, by_hand=True) for one in said)
    return replace(kept, notices=notices, excluded=(*data.excluded, *new))


def _read(path: str | os.PathLike[str]) -> tuple[_Said, ...]:
    opened = open_tables(load(checks.path("who", path), holds="exclusions"), frozenset().union(*_COLUMNS.values()))
    found = [(one, at) for one in opened if (at := columns_of(one.table.header, _COLUMNS)) is not None]
    if len(found) != 1:
        first = opened[0]
        named = ", ".join(name or f"nothing above column {at}" for name, at in zip(first.table.header, first.table.columns, strict=True))
        message = f"the header must name the columns participant and reason; it reads {named or 'nothing'}"
        raise DataError(
            [first.fault(message, first.table.header_line or None, advice="Write these names above the table, and take other columns out.")]
        )
    [(one, at)] = found
    rows = zip(one.table.lines, one.table.rows, strict=True)
    said = tuple(_Said(cells[at["participant"]].strip(), filled(cells[at["reason"]]), one.table.file, line) for line, cells in rows)
    if not said:
        raise DataError([one.fault("no participants in this file", one.table.header_line or None)])
    return said


def _given(who: Any) -> tuple[_Said, ...]:
    wanted = "`who` must be a path, or participants with reasons such as {'p7': 'stopped half way'}"
    pairs = list(who.items()) if isinstance(who, Mapping) else list(who) if isinstance(who, Iterable) else None
    if pairs is None:
        raise PolicyError(f"{wanted}; got {short(who)}")
    for pair in pairs:
        if not isinstance(pair, list | tuple) or len(pair) != 2 or not all(isinstance(part, str) for part in pair):
            raise PolicyError(f"{wanted}; got {short(pair)} among them")
    return tuple(_Said(name.strip(), filled(reason)) for name, reason in pairs)


def _faults(data: QData, said: tuple[_Said, ...]) -> list[Fault]:
    known, out = set(data.participants), {one.participant for one in data.excluded}
    near = {folded(name): name for name in data.participants}
    seen: dict[str, _Said] = {}
    faults = []
    for one in said:
        if not one.participant:
            faults.append(one.fault("an exclusion names no participant", "Write the name that the participant has in the sorts."))
            continue
        if one.participant not in known:
            meant = near.get(folded(one.participant))
            already = " any more: it is left out already" if one.participant in out else ""
            advice = f"Did you mean {meant!r}?" if meant else f"Participants are called {listed(data.participants, 6)}."
            faults.append(one.fault(f"there is no participant {one.participant!r}{already}", advice))
        elif one.participant in seen:
            first = seen[one.participant]
            where = f" in line {first.line} already" if first.line else " twice"
            faults.append(one.fault(f"{one.participant!r} is left out{where}", "Name each participant once."))
        if not one.reason:
            faults.append(one.fault(f"{one.participant!r} is left out without a reason", "A reason is needed: it is shown in the report."))
        seen.setdefault(one.participant, one)
    if not faults and known <= seen.keys():
        file = next((one.file for one in said), None)
        faults.append(Fault(f"all {counted(len(known), 'sort')} would be left out", file=file, advice="Leave at least two in, to be analysed."))
    return faults
