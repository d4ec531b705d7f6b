"""The text file of DeliberateQ (Forq before it): sections under lines that begin with a colon, tabs between the cells.

    :Title         Example
    :Participants  2           then a line for each person: an id, and a cell for each variable
    :Variables     1
    :Q Statements  3           then a line for each sort: id, stage, a placement for each Q statement, a rank for each P statement
    :P Statements  0
    :Statements                then a line for each statement: its number and its wording

An older form has `#Title`, `#Data` and `#Statements`, and under `#Data` a header with the columns Stage, Participant No, Participant Type, QF1,
QF2, ... (and PF1, ... for the ranks). In the newer form lines that begin with # are comments. Lines of blanks and tabs at the ends of lines are
nothing; lines end in any way.

Statements are called s1, s2, ... by their numbers. Where there is more than one stage, a sort is called by its person and its stage, `ADV.Pre`. An
empty cell is a missing placement. The ranks of the P statements are left out, which is said; what is said of people beside their id is called as its
column, or variable 1, variable 2, ... A file is known by :Q Statements, or by #Data above a header with Stage and QF1. Refused are sections that are
missing, counts that do not fit, people who are not among the participants, the same sort twice, and cells that are no numbers, each with its line and
column.

Source: the reader and the studies of DeliberateQ (github.com/DeliberativeAnalysis/DeliberateQ, Data.java and src/main/resources/studies).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qmethod.errors import DataError, Fault
from qmethod.formats.placements import UNREADABLE, compact, placement
from qmethod.formats.registry import Asked, Content, Format, Found
from qmethod.formats.sorts import Place, Sorts
from qmethod.formats.text import lines_of, shown
from qmethod.notice import Notice
from qmethod.people import Detail
from qmethod.wording import counted, listed

_NEW = re.compile(r"^:Q Statements[ \t]", re.MULTILINE)
_OLD = re.compile(r"^#Data[ \t]*(?:\r\n|\r|\n)\s*Stage\t[^\r\n]*\tQF?1\t", re.MULTILINE)
_NUMBERED = re.compile(r"QF?([0-9]{1,6})")
_RANKED = re.compile(r"PF?([0-9]{1,6})")
_MOST_FAULTS = 1000


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that is no comment: its number and its cells."""

    number: int
    cells: tuple[str, ...]

    def cell(self, i: int) -> str:
        """A cell, empty where the line ends before it."""
        return self.cells[i] if i < len(self.cells) else ""


@dataclass(frozen=True, slots=True)
class _Study:
    """The parts of a file: a line for each sort, where in it what stands, a line for each statement, and what was left out."""

    sorts: Sequence[_Line]
    person: int
    stage: int
    placements: Sequence[int]
    statements: Sequence[_Line]
    left_out: str
    people: Sequence[Detail]


def _sniff(content: Content) -> Found | None:
    start = re.sub(r"\r\n?", "\n", content.start)
    if _NEW.search(start):
        return Found("it has a section :Q Statements, as DeliberateQ writes it")
    return Found("it has a section #Data of stages and statements QF1, QF2, ..., as DeliberateQ wrote it") if _OLD.search(start) else None


def _read(content: Content, _asked: Asked) -> Sorts:
    text = content.decoded.text
    lines = [_Line(i, tuple(line.split("\t"))) for i, line in enumerate(lines_of(text), start=1) if line.strip()]
    new = any(line.cell(0).startswith(":Q Statements") for line in lines)
    study = _sections(content.file, lines) if new else _older(content.file, lines)
    stages = dict.fromkeys(line.cell(study.stage).strip() for line in study.sorts)
    participants = tuple(_called(line, study, len(stages)) for line in study.sorts)
    values = np.array([[placement(line.cell(j)) for j in study.placements] for line in study.sorts], dtype=np.float64).T
    texts, faults = _texts(content.file, study.statements, len(study.placements))
    faults += _twice(content.file, study, participants)
    faults += _unreadable(content.file, study, participants, values)
    if faults:
        raise DataError(sorted(faults[:_MOST_FAULTS], key=lambda fault: fault.line or 0))
    notices = []
    if len(stages) > 1:
        said = f"The file holds {counted(len(stages), 'stage')} ({listed(stages, 6)}): sorts are called by participant and stage, {participants[0]}."
        notices.append(Notice("stages", said))
    if study.left_out:
        notices.append(Notice("columns-ignored", f"Left out: {study.left_out}."))

    def place(statement: int | None, participant: int | None) -> Place:
        column = None if statement is None else study.placements[statement] + 1
        return (None, column) if participant is None else (study.sorts[participant].number, column if column else study.person + 1)

    statements = tuple(f"s{i}" for i in range(1, len(study.placements) + 1))
    return Sorts(compact(values), statements, participants, texts, tuple(notices), place, kind="DeliberateQ, text", people=tuple(study.people))


def _called(line: _Line, study: _Study, n_stages: int) -> str:
    name, stage = line.cell(study.person).strip(), line.cell(study.stage).strip()
    return f"{name}.{stage}" if n_stages > 1 and name else name


def _sections(file: str, lines: Sequence[_Line]) -> _Study:
    """The newer form: counts, people, sorts, statements."""
    told = [line for line in lines if not line.cells[0].startswith("#")]
    heads = {line.cells[0].strip().lower(): i for i, line in enumerate(told) if line.cells[0].startswith(":")}
    ends = sorted((*heads.values(), len(told)))

    def below(head: str) -> Sequence[_Line]:
        at = heads.get(head)
        return () if at is None else told[at + 1 : ends[ends.index(at) + 1]]

    n, n_ranks, n_people = (_count(file, told, heads, head) for head in (":q statements", ":p statements", ":participants"))
    people, sorts = below(":variables") or below(":participants"), below(":p statements") or below(":q statements")
    if not sorts:
        raise DataError([Fault("no sort follows :P Statements", file=file, advice="Each sort needs a line of its own: id, stage, placements.")])
    faults = []
    if len(people) != n_people:
        message = f":Participants declares {counted(n_people, 'participant')}, {len(people)} follow"
        faults.append(Fault(message, file=file, line=told[heads[":participants"]].number, advice="Correct the number, or add the lines."))
    known = {line.cells[0].strip() for line in people}
    for line in sorts:
        extent = max((j + 1 for j, cell in enumerate(line.cells) if cell.strip()), default=0)
        cells = len(line.cells)
        if extent > n + n_ranks + 2 or cells < n + n_ranks + 2:
            held = min(cells, extent) if extent > n + n_ranks + 2 else cells
            message = f"the line holds {held} cells; a sort has {n + n_ranks + 2}: id, stage, {n} placements and {n_ranks} ranks"
            faults.append(Fault(message, file=file, line=line.number, advice="Write the line as :Q Statements and :P Statements declare it."))
        elif line.cells[0].strip() not in known:
            message = f"{shown(line.cells[0].strip())} is not among the participants"
            faults.append(Fault(message, file=file, line=line.number, column=1, advice="Add a line to the section :Participants."))
    if faults:
        raise DataError(faults[:_MOST_FAULTS])
    left = [f"the ranks of {counted(n_ranks, 'P statement')}"] if n_ranks else []
    of = {line.cells[0].strip(): line for line in people}
    width = max(len(line.cells) for line in people)
    details = [Detail(f"variable {j}", tuple(of[line.cells[0].strip()].cell(j) for line in sorts)) for j in range(1, width)]
    details = [detail for detail in details if any(value.strip() for value in detail.values)]
    return _Study(sorts, 0, 1, range(2, 2 + n), below(":statements"), " and ".join(left), details)


def _count(file: str, told: Sequence[_Line], heads: dict[str, int], head: str) -> int:
    at = heads.get(head)
    if at is None and head == ":p statements":
        return 0
    cell = told[at].cell(1).strip() if at is not None else ""
    if not re.fullmatch(r"[0-9]{1,6}", cell):
        name = head.replace(":p", ":P").replace(":q", ":Q").replace("s", "S", 1) if "statements" in head else ":Participants"
        message = f"the line {name} with their number is missing" if at is None else f"behind {name} stands {shown(cell)}, not a number"
        raise DataError(
            [Fault(message, file=file, line=told[at].number if at is not None else None, advice="Write it as `:Q Statements`, a tab, `42`.")]
        )
    return int(cell)


def _older(file: str, lines: Sequence[_Line]) -> _Study:
    """The older form: a table under #Data, and the statements."""
    heads = {line.cells[0].strip().lower(): i for i, line in enumerate(lines) if line.cells[0].startswith("#")}
    if "#data" not in heads or heads["#data"] + 1 >= len(lines):
        message = "no line begins with :Q Statements, and none with #Data above a table"
        raise DataError(
            [Fault(message, file=file, advice="Begin each section at the start of its line, and export the file again if it was changed.")]
        )
    start, end = heads["#data"] + 1, heads.get("#statements", len(lines))
    header = [cell.strip() for cell in lines[start].cells]
    numbered = {int(found[1]): j for j, name in enumerate(header) if (found := _NUMBERED.fullmatch(name))}
    person = next((j for j, name in enumerate(header) if name.lower() in ("participant no", "participant id", "participant")), None)
    if person is None or "Stage" not in header or sorted(numbered) != list(range(1, len(numbered) + 1)):
        message = "the header below #Data needs the columns Stage, Participant No and QF1, QF2, ... without a gap"
        raise DataError([Fault(message, file=file, line=lines[start].number, advice="Correct the header.")])
    sorts = lines[start + 1 : end]
    if not sorts:
        raise DataError([Fault("no sort follows the header below #Data", file=file, line=lines[start].number, advice="Export the file again.")])
    placements = [numbered[i] for i in sorted(numbered)]
    extents = [(line, max((j + 1 for j, cell in enumerate(line.cells) if cell.strip()), default=0)) for line in sorts]
    faults = [
        Fault(f"the line holds {extent} cells, the header {len(header)}", file=file, line=line.number, advice="Write a cell for each column.")
        for line, extent in extents
        if extent > len(header)
    ]
    if faults:
        raise DataError(faults[:_MOST_FAULTS])
    ranks = [j for j, name in enumerate(header) if _RANKED.fullmatch(name)]
    other = [j for j, name in enumerate(header) if name and j not in (*placements, *ranks, person, header.index("Stage"))]
    details = [Detail(header[j], tuple(line.cell(j) for line in sorts)) for j in other]
    left = f"the ranks of {counted(len(ranks), 'P statement')}" if ranks else ""
    return _Study(sorts, person, header.index("Stage"), placements, lines[end + 1 :], left, details)


def _texts(file: str, statements: Sequence[_Line], n: int) -> tuple[tuple[str, ...], list[Fault]]:
    """The wordings by number; none where the file has none."""
    told = [line for line in statements if not line.cells[0].startswith("#")]
    if not told:
        return (), []
    found: dict[int, str] = {}
    faults = []
    for line in told:
        number = line.cells[0].strip()
        if not re.fullmatch(r"[0-9]{1,6}", number) or not 1 <= int(number) <= n or int(number) in found:
            message = f"{shown(number)} is not the number of a statement, 1 to {n}, that stands once"
            faults.append(Fault(message, file=file, line=line.number, column=1, advice="Correct the number, or :Q Statements."))
            continue
        text = line.cell(1).strip()
        found[int(number)] = text[1:-1].replace('""', '"') if len(text) > 1 and text[0] == text[-1] == '"' else text
    return tuple(found.get(i, "") for i in range(1, n + 1)), faults


def _twice(file: str, study: _Study, participants: Sequence[str]) -> list[Fault]:
    """Sorts without a name, or with that of another."""
    first: dict[str, int] = {}
    faults = []
    for line, name in zip(study.sorts, participants, strict=True):
        if not name:
            faults.append(Fault("a sort has no participant", file=file, line=line.number, column=study.person + 1, advice="Write the id."))
        elif first.setdefault(name, line.number) != line.number:
            message = f"two sorts are called {shown(name)}, here and in line {first[name]}"
            faults.append(Fault(message, file=file, line=line.number, column=study.person + 1, advice="Give each sort of a person its own stage."))
    return faults


def _unreadable(file: str, study: _Study, participants: Sequence[str], values: np.ndarray) -> list[Fault]:
    faults = []
    for i, j in np.argwhere(values == UNREADABLE)[:_MOST_FAULTS].tolist():
        line, column = study.sorts[j], study.placements[i]
        advice = "Write each placement as a number; leave the cell empty where one is missing."
        message = f"{shown(line.cell(column).strip())} is not a placement"
        faults.append(Fault(message, file, line.number, column + 1, participants[j], f"s{i + 1}", advice))
    return faults


FORMAT = Format(
    name="DeliberateQ",
    about="The text of DeliberateQ: sections of participants, sorts and statements, with tabs between the cells.",
    endings=(".txt",),
    told_by="structure",
    sniff=_sniff,
    read=_read,
)
