"""Whom to invite: a list of participants as spreadsheets and registrars write it, with all that stands beside each of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from qmethod.errors import DataError, Fault
from qmethod.formats.cells import BLANKS, DELIMITERS, one_column, possible_headers
from qmethod.formats.foreign import refuse_foreign
from qmethod.formats.headings import PARTICIPANT_HEADERS, PARTICIPANT_HEADERS_ELSEWHERE, names_of, plain
from qmethod.formats.placements import filled
from qmethod.formats.suspicion import called_total
from qmethod.formats.table import Table, parse_named, plain_list
from qmethod.formats.text import Decoded, decode, load
from qmethod.names import folded
from qmethod.wording import counted
from qmethod_studies.store.access import check_participant

OWN_COLUMNS = ("participant", "link", "uses")
"""Columns of a file of invitations; those of the list come after them."""
SHOWN = 2

_NAMES_OF_PEOPLE = frozenset({"name", "names"})
_PEOPLE = _NAMES_OF_PEOPLE | {"participantname", "sortname", "qsortname"}
_FULL_NAME = re.compile(r"[^\W\d_][\w.'’-]*(?:,? +[^\W\d_][\w.'’-]*)+")
"""Headers that stand for an id in a file of sorts; in a list from a registrar they are real names, which no id should be."""
_HEADERS = (PARTICIPANT_HEADERS - _PEOPLE) | PARTICIPANT_HEADERS_ELSEWHERE | {"id", "ids"}
_FIRST = ("participant", "teilnehm", "deelnemer", "partecipant")
_BESIDE = frozenset(
    {
        *("email", "emailaddress", "mail", "emailadresse", "correo", "vorname", "nachname", "firstname", "lastname", "surname", "familyname"),
        *("givenname", "group", "gruppe", "matrikelnummer"),
    }
)
_EMAIL = re.compile(r"\S+@\S+\.\S+")
_SIGNS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
_HARMLESS = "Write an id that says nothing about the person into a column participant; what stands in the other columns is kept beside the link."


@dataclass(frozen=True, slots=True)
class Invitees:
    """People to invite.

    Parameters
    ----------
    file : str
        As the user named it.
    ids : tuple of str
        Of the participants, in the order of the file.
    column : str
        What the column of the ids is called; empty where the file is a list without header.
    others : tuple of str
        Names of the other columns, all different, and different from `OWN_COLUMNS`.
    cells : tuple of tuple of str
        What stands in the other columns, for each participant.
    delimiter : str
        What stands between the cells of the file; a comma where those are blanks.
    marked : bool
        Whether text for the same spreadsheet should begin with a byte order mark: the file did, or was no UTF-8.
    told : tuple of str
        What whoever invites should know.
    """

    file: str
    ids: tuple[str, ...]
    column: str
    others: tuple[str, ...] = ()
    cells: tuple[tuple[str, ...], ...] = ()
    delimiter: str = ","
    marked: bool = False
    told: tuple[str, ...] = ()

    def understood(self) -> list[str]:
        """How the file was read, in lines: to be looked at before anything is made of it."""
        how = f"named by the column {self.column!r}" if self.column else "one a line, without a header"
        lines = [f"{self.file}: {counted(len(self.ids), 'participant')}, {how}."]
        lines.append(f"Kept beside each link: {', '.join(self.others)}." if self.others else "There are no other columns.")
        for name, cells in list(zip(self.ids, self.cells or ((),) * len(self.ids), strict=True))[:SHOWN]:
            beside = "; ".join(f"{column}: {cell}" for column, cell in zip(self.others, cells, strict=True))
            lines.append(f"  {name}{f'  ({beside})' if beside else ''}")
        if len(self.ids) > SHOWN:
            lines.append(f"  and {len(self.ids) - SHOWN} more")
        return [*lines, *self.told]


def read_invitees(path: Path, column: str | None = None, encoding: str | None = None) -> Invitees:
    """Read a list of participants: one a line, or a table with a header, whatever stands between its cells.

    Parameters
    ----------
    path : pathlib.Path
    column : str, optional
        The column that names the participants, where that is not plain from the header.
    encoding : str, optional
        Guessed where it is not given.

    Raises
    ------
    DataError
        For what cannot be read; for a header that does not say which column names the participants; and, all at once, for each line without a
        participant, with one that stands twice, or with an id that is none.
    """
    document = load(path, holds="participants")
    refuse_foreign(document)
    decoded, file = decode(document, encoding), document.file
    told = tuple(f"{notice.message.removesuffix('.')} with --encoding." for notice in decoded.notices)
    table = _table(decoded, file, column)
    told += tuple(notice.message for notice in table.notices)
    if len(table.header) == 1:
        table, header = _list(table, column)
        at = 0
    else:
        header, at = True, _column_of(table, column)
    ids = tuple(row[at].strip() for row in table.rows)
    if not ids:  # a header alone
        raise DataError([Fault("the file names no participants", file=file, advice="Write one id a line, under the header participant.")])
    emails = _check(table, ids, at, chosen=column is not None)
    if emails:
        hold = "holds an e-mail address" if emails == 1 else "hold e-mail addresses"
        told += (f"Mind that {counted(emails, 'id')} {hold}: ids go into the database and into every file of sorts.",)
    rest = [j for j in range(len(table.header)) if j != at]
    return Invitees(
        file=file,
        ids=ids,
        column=table.header[at] if header else "",
        others=_names([table.header[j] or f"column {table.columns[j]}" for j in rest], path.name),
        cells=tuple(tuple(row[j].strip() for j in rest) for row in table.rows),
        delimiter="," if table.delimiter == BLANKS else table.delimiter,
        marked=decoded.encoding != "utf-8",
        told=told if header else (f"There is no header: the first line, {ids[0]!r}, is a participant too.", *told),
    )


def _table(decoded: Decoded, file: str, column: str | None) -> Table:
    """The file as a table, with its first line as the header; a line that holds several cells under a header of one is found later, as an odd id."""
    known = _HEADERS | _BESIDE | ({plain(column)} if column else set())
    headers = possible_headers(decoded.text, known)
    single = None if any(sum(1 for cell in row if cell.strip()) > 1 for row in headers) else one_column(decoded.text, known)
    parted = any(len(row) > 1 and names_of(row) & known for row in headers)
    if single is not None and not (parted and any(sign in cell for (cell,) in single.rows for sign in DELIMITERS)):
        below, said = plain_list(single, _HEADERS | (PARTICIPANT_HEADERS & _PEOPLE) | ({plain(column)} if column else set()))
        return Table(file, tuple(below.rows[0]), (1,), below.rows[1:], below.lines[1:], below.lines[0], ",", notices=said)
    table, faults = parse_named(decoded.text, file, known, whole=True)
    if faults:
        raise DataError(faults)
    return table


def _list(table: Table, column: str | None) -> tuple[Table, bool]:
    """A table of one column with its first line among the rows, unless that is a header; and whether it is."""
    first = table.header[0]
    if column is not None:
        if plain(first) != plain(column) and first != column:
            message = f"the file has one column, and its first line reads {first!r}, not {column!r}"
            raise DataError([Fault(message, file=table.file, line=table.header_line, advice="Write the header into the first line.")])
        return table, True
    if plain(first) in (PARTICIPANT_HEADERS & _PEOPLE):
        message = f"the header {first!r} says that these are names, which would go into the database and into every file of sorts"
        raise DataError(
            [Fault(message, file=table.file, line=table.header_line, advice=f"{_HARMLESS} To use them all the same: --column {_quoted(first)}.")]
        )
    if plain(first) in _HEADERS | _BESIDE:
        return table, True
    alike = re.compile(r"\d")
    if table.rows and not alike.search(first) and all(alike.search(row[0]) for row in table.rows):
        advice = f"If it is, say so: --column {_quoted(first)}. If not, write the header participant into a line above it."
        message = f"the first line, {first!r}, may be a header: it alone holds no figure"
        raise DataError([Fault(message, file=table.file, line=table.header_line, advice=advice)])
    rows, lines = [[first], *table.rows], [table.header_line, *table.lines]
    return replace(table, header=("",), rows=rows, lines=lines), False


def _column_of(table: Table, column: str | None) -> int:
    """Which column names the participants."""
    named = ", ".join(name or f"nothing above column {at}" for name, at in zip(table.header, table.columns, strict=True))
    if address := next((name for name in table.header if _EMAIL.fullmatch(name)), None):
        advice = "Write a line with the names of the columns above it: participant, and what else there is."
        raise DataError([Fault(f"the first line is no header: it holds {address!r}", file=table.file, line=table.header_line, advice=advice)])
    if column is not None:
        same = [i for i, name in enumerate(table.header) if name == column.strip()]
        same = same or [i for i, name in enumerate(table.header) if plain(name) and plain(name) == plain(column)]
        if len(same) == 1:
            return same[0]
        message = f"{len(same)} columns are called {column!r}" if same else f"there is no column {column!r}"
        raise DataError([Fault(message, file=table.file, line=table.header_line, advice=f"The header reads: {named}.")])
    found = [i for i, name in enumerate(table.header) if plain(name) in _HEADERS]
    first = [i for i in found if plain(table.header[i]).startswith(_FIRST)]
    if len(first) == 1 or len(found) == 1:
        return (first if len(first) == 1 else found)[0]
    example = _quoted(table.header[found[0]]) if found else "NAME"
    advice = (
        f"Say which column holds the ids: --column {example}. Ids go into the database and into every file of sorts, so names, "
        "addresses and matriculation numbers are poor ones: better add a column participant with ids that say nothing. "
        "If the first line is no header, write one above it."
    )
    message = (
        f"several columns may name the participants: {', '.join(table.header[i] for i in found)}"
        if found
        else (f"no column is called participant; the header reads: {named}")
    )
    raise DataError([Fault(message, file=table.file, line=table.header_line, advice=advice)])


def _check(table: Table, ids: Sequence[str], at: int, *, chosen: bool) -> int:
    """Refuse ids that are none, and people who stand twice; how many look like addresses, where their column was chosen on purpose."""
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    emails = 0
    for line, name in zip(table.lines, ids, strict=True):

        def odd(message: str, advice: str | None = None, line: int = line) -> None:
            faults.append(Fault(message, file=table.file, line=line, column=table.columns[at], advice=advice))

        if not filled(name):
            missing = f": {name!r} stands for something that is missing" if name else ""
            odd(f"this line names no participant{missing}", "Give each line an id, or take it out.")
            continue
        if name.startswith("#") and not all(other.startswith("#") for other in ids):
            odd(f"{name!r} may be a comment or an id", "If it is a comment, take it out or write a blank after the #; if not, take the # out.")
        same_to_readers = folded(name)
        if same_to_readers in seen:
            before = seen[same_to_readers]
            same = ids[table.lines.index(before)]
            how = f"the participant {name!r} stands twice" if same == name else f"{name!r} can hardly be told from {same!r}"
            odd(f"{how}: here and in line {before}", "Name each participant once.")
        seen.setdefault(same_to_readers, line)
        if called_total(name):
            odd(f"{name!r} is a word for a sum or a mean, not for a participant", "Take the line out, or give the participant another id.")
        if sign := next((sign for sign in _SIGNS if sign in name), None):
            odd(f"{name!r} is no id: it holds {_SIGNS[sign]}, so that it looks like several cells", "Name the columns in the first line, one a cell.")
        elif _EMAIL.search(name):
            emails += 1
            if not chosen:
                odd(f"{name!r} holds an e-mail address, which would go into the database and into every file of sorts", _HARMLESS)
        try:
            check_participant(name)
        except DataError as error:
            odd(error.faults[0].message, error.faults[0].advice)
    people = [i for i, name in enumerate(ids) if _FULL_NAME.fullmatch(name)]
    if not faults and not chosen and 2 * len(people) > len(ids):
        like = f"{len(people)} ids look" if len(people) > 1 else "an id looks"
        message = f"{like} like people's names, as {ids[people[0]]!r} does, and would go into the database and into every file of sorts"
        faults.append(Fault(message, file=table.file, line=table.lines[people[0]], column=table.columns[at], advice=_HARMLESS))
    if faults:
        raise DataError(faults)
    return emails


def _names(headers: Sequence[str], file: str) -> tuple[str, ...]:
    """Names of columns beside the link: each once, and none that the file of invitations has itself."""
    names: dict[str, str] = {}
    numbers: Counter[str] = Counter()  # all below are taken
    for header in headers:
        name = wanted = f"{header} in {file}" if header.casefold() in OWN_COLUMNS else header
        while name.casefold() in names:
            numbers[wanted] += 1
            name = f"{wanted} ({numbers[wanted] + 1})"
        names[name.casefold()] = name
    return tuple(names.values())


def _quoted(name: str) -> str:
    return f'"{name}"' if re.search(r"[^\w-]", name) else name
