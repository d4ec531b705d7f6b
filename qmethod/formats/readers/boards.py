"""One file for each person, as R's qmethod imports them: a table that looks like the board, with the id of a statement where its card lay.

    ,,c02,,
    ,c05,c04,c01,
    c07,c08,c09,c03,c06

A column of the table is a column of the board, from left to right; an empty cell, or NA, is a place without a card. The ids have one stem and a
number (c01, i7, 41), or are the eight or fewer signs that R makes of a wording (f95b5ce6). Cards are piled upwards or downwards.

A row of numbers that rise, above the cards or below them, says what the columns stand for: ``-2,-1,0,1,2``. They rise by one, or begin below zero and
end above it: then there may be gaps, and two columns of one number. Without such a row an odd number of columns counts from its middle: 0 there,
negative to the left. What stands behind the row of numbers below the cards is left out, which is said.

A folder of such files, ending in .csv, is a study: a person is called as the file, without its ending. A file statements.csv among them that is no
board holds the wordings. Other files in the folder are left out, which is said; folders in it and hidden files are not looked at. One such file
alone is a study of one sort. Statements come in the order of their numbers, else of their ids; all files must show the same ones, and a statement
without a card is a missing placement. Refused are an id that stands twice on a board, an id that most other boards do not have, boards of an even
number of columns or of different widths without a row of numbers, and an empty column between others; each with file and line.

A file is known by ids that stand once each, in columns that are filled without a gap from below or from above; a folder by such files, which are
at least half of those ending in .csv. Any sign may stand between the cells.

Source: import.q.sorts of R's qmethod and its example (github.com/aiorazabala/qmethod, inst/extdata/importexample).
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from qmethod.errors import DataError, Fault
from qmethod.formats.cells import split_cells
from qmethod.formats.placements import compact, filled, is_placement, placement
from qmethod.formats.registry import Asked, Content, Format, Found
from qmethod.formats.sorts import Place, Sorts
from qmethod.formats.text import shown, visible
from qmethod.formats.wordings import attach, read_wordings
from qmethod.notice import Notice
from qmethod.wording import counted, listed

_NUMBERED = re.compile(r"([^\W\d_]{0,12}[_.-]?)([0-9]{1,6})")
_HASH = re.compile(r"[0-9a-f]{5,8}")
_FEWEST_IDS, _FEWEST_COLUMNS = 4, 3
_LARGEST = 1 << 16
_GLANCE = 40
_MOST_FILES, _MOST_FOLDERS = 10_000, 50
_WORDINGS = "statements.csv"
_SIGNS = (",", ";", "\t")
_VALUES = "Write a row with the numbers of the columns below the cards, such as -2,-1,0,1,2."


@dataclass(frozen=True, slots=True)
class _Board:
    """A board as a file shows it.

    Parameters
    ----------
    file : str
    cards : dict of str to tuple (int, int)
        Line and column of each id, counted from 1; of one that stands twice, where it first does.
    twice : dict of str to int
        Ids that stand again, and on which line.
    columns : tuple of int
        The columns that hold anything, counted from 1.
    values : tuple of float
        What those columns stand for; empty where no row says it.
    rest : tuple of int
        Lines that were left out.
    piled : bool
        Whether the cards are piled without a gap, and not all columns equally high.
    """

    file: str
    cards: dict[str, tuple[int, int]]
    twice: dict[str, int]
    columns: tuple[int, ...]
    values: tuple[float, ...]
    rest: tuple[int, ...]
    piled: bool

    @property
    def certain(self) -> bool:
        """Whether nothing but a board looks like this."""
        enough = len(self.cards) >= _FEWEST_IDS and len(self.columns) >= _FEWEST_COLUMNS
        return enough and not self.rest_of_ids and (self.piled or bool(self.values)) and len(self.twice) <= max(1, len(self.cards) // 10)

    @property
    def rest_of_ids(self) -> list[str]:
        """Ids that are not formed like most."""
        hashes = [each for each in self.cards if not _HASH.fullmatch(each)]
        stems = Counter(found[1] for each in self.cards if (found := _NUMBERED.fullmatch(each)))
        stem = stems.most_common(1)[0][0] if stems else None
        others = [each for each in self.cards if not (found := _NUMBERED.fullmatch(each)) or found[1] != stem]
        return min(hashes, others, key=len)


def _board(content: Content) -> _Board | None:
    """The board of a file; None where it holds none."""
    if len(content.head) >= _LARGEST or content.text is None:
        return None
    text = content.decoded.text
    sign = max(_SIGNS, key=text.count)
    try:
        table = split_cells(text, content.file, delimiter=sign)
    except DataError:
        return None
    rows = [[filled(cell) for cell in row] for row in table.rows]
    at = next((i for i, row in enumerate(rows) if _tells_values(row, (each for k, each in enumerate(rows) if k != i))), None)
    below = at is None or at > 0
    last = len(rows) if at is None else at
    if at == 0:
        last = next((i for i, row in enumerate(rows) if i and _tells_values(row, [])), len(rows))
    used = [(row, line) for i, (row, line) in enumerate(zip(rows, table.lines, strict=True)) if (i < last if below else 0 < i < last)]
    rest = [line for i, line in enumerate(table.lines) if i >= last and i != at]
    cards: dict[str, tuple[int, int]] = {}
    twice = {}
    for row, line in used:
        for j, cell in enumerate(row, start=1):
            if cell and cards.setdefault(cell, (line, j)) != (line, j):
                twice[cell] = line
    numbers = {} if at is None else {j: placement(cell) for j, cell in enumerate(rows[at], start=1) if cell}
    columns = tuple(sorted({column for _, column in cards.values()} | set(numbers)))
    values = tuple(numbers[j] for j in columns) if numbers and set(columns) == set(numbers) else ()
    if numbers and not values:
        return None
    return _Board(content.file, cards, twice, columns, values, tuple(rest), _piled([row for row, _ in used], columns))


def _tells_values(row: Sequence[str], others: Iterable[Sequence[str]]) -> bool:
    """Whether a row holds the numbers of the columns: they rise by one, or from below zero to above it in any way, and are no ids."""
    cells = [cell for cell in row if cell]
    if len(cells) < _FEWEST_COLUMNS or not all(map(is_placement, cells)):
        return False
    numbers = [placement(cell) for cell in cells]
    from_below_zero = numbers[0] < 0 < numbers[-1]  # no id is negative: then other steps than 1 cannot be taken for ids
    if any(b < a if from_below_zero else b - a != 1 for a, b in pairwise(numbers)):
        return False
    elsewhere = {cell for each in others for cell in each if cell}
    return numbers[0] < 1 or elsewhere.issuperset(cells) or not any(map(str.isdigit, elsewhere))


def _piled(rows: Sequence[Sequence[str]], columns: Sequence[int]) -> bool:
    """Whether each column is filled from the bottom, or each from the top, and they are not all equally high."""
    full = np.array([[len(row) >= j and bool(row[j - 1]) for j in columns] for row in rows], dtype=int)
    if full.size == 0 or len(set(full.sum(axis=0).tolist())) == 1:
        return False
    steps = np.diff(full, axis=0)
    return bool((steps >= 0).all() or (steps <= 0).all())


def _files(folder: Path) -> tuple[list[Path], list[str]]:
    """The files of a folder that may be boards, and the names of the other files."""
    there = [path for path in visible(folder)[: _MOST_FILES + 1] if path.is_file()]
    files = [path for path in there if path.suffix.lower() == ".csv"]
    known = set(files)
    return files, [path.name for path in there if path not in known]


def _is_folder(content: Content) -> bool:
    return content.given is None and os.path.isdir(content.file)


def _sniff(content: Content) -> Found | None:
    if not _is_folder(content):
        found = _board(content) if _at_first_sight(content.start) else None
        return Found("each id stands once, in columns like those of a board") if found is not None and found.certain else None
    files, _ = _files(content.path)
    if not files and (within := _within(content)):
        return Found(f"it holds {counted(len(within), 'folder')} of boards")
    looked = files[:_GLANCE]
    boards = sum(1 for path in looked if (found := _board(Content(str(path), content.encoding))) is not None and found.certain)
    if 2 * boards < max(len(looked), 1):
        return None
    first = "first " if len(looked) < len(files) else ""
    return Found(f"{boards} of its {first}{counted(len(looked), 'file')} ending in .csv look like boards, with an id on each card")


def _within(content: Content) -> list[str]:
    """Names of folders in a folder that hold boards."""
    folders = [path for path in visible(content.path)[: _MOST_FILES + 1] if path.is_dir()]
    inner = (Content(str(path), content.encoding) for path in folders[:_MOST_FOLDERS])
    return [each.path.name for each in inner if _files(each.path)[0] and _sniff(each) is not None]


def _at_first_sight(start: str) -> bool:
    """Whether the first lines do not yet speak against a board: none of their cells is longer than an id."""
    return bool(start) and all(len(cell) <= 24 for line in start[:400].split("\n")[:2] for cell in re.split("[,;\t]", line))


def _read(content: Content, asked: Asked) -> Sorts:
    folder = _is_folder(content)
    files, others = _files(content.path) if folder else ([content.path], [])
    inside = _wordings_inside(files, content.encoding) if folder else None
    if inside is not None:
        files = [path for path in files if path != inside]
        others += [inside.name] if asked.wordings is not None else []
    if not files:
        message = f"the sorts are in folders of this one: {listed(_within(content), 10)}"
        raise DataError([Fault(message, file=content.file, advice="Name one of them; each is a study of its own.")])
    if len(files) > _MOST_FILES:
        raise DataError([Fault(f"the folder holds more than {_MOST_FILES:,} files", file=content.file, advice="Name the folder of one study.")])
    told = [Content(str(path), content.encoding) for path in files] if folder else [content]
    boards, faults = [], []
    for each in told:
        found = _board(each)
        if found is None or 2 * len(found.rest_of_ids) >= len(found.cards):
            advice = "Write the id of a statement where its card lay, or take the file out of the folder."
            faults.append(Fault("this is no board", file=each.file, advice=advice))
        else:
            boards.append(found)
    if faults:
        raise DataError(faults)
    ids = _statements(boards)
    values = [_values(board, boards) for board in boards]
    faults += [fault for board, value in zip(boards, values, strict=True) for fault in _faults(board, value, ids)]
    if faults:
        raise DataError(faults)
    sorts = np.full((len(ids), len(boards)), np.nan)
    for k, (board, value) in enumerate(zip(boards, values, strict=True)):
        for i, name in enumerate(ids):
            if name in board.cards and isinstance(value, dict):
                sorts[i, k] = value[board.cards[name][1]]

    def place(statement: int | None, participant: int | None) -> Place:
        return (None, None) if folder or statement is None or participant is None else boards[0].cards.get(ids[statement], (None, None))

    participants = tuple(path.stem for path in files)
    texts, said = _texts(inside, content.encoding, ids) if inside is not None and asked.wordings is None else ((), ())
    notices = (*(guess for each in told for guess in each.guesses if folder), *_notices(boards, ids, others), *said)
    kind = f"a folder of {counted(len(boards), 'board')}, one a person" if folder else "the board of one person"
    return Sorts(compact(sorts), ids, participants, texts, notices, place, kind=kind)


def _wordings_inside(files: Sequence[Path], encoding: str | None) -> Path | None:
    """The file among those of a folder that holds the wordings; none where somebody is called so, whose board it is."""
    path = next((path for path in files if path.name.lower() == _WORDINGS), None)
    if path is None or len(files) == 1:
        return None
    board = _board(Content(str(path), encoding))
    return None if board is not None and board.certain else path


def _texts(path: Path, encoding: str | None, ids: Sequence[str]) -> tuple[tuple[str, ...], tuple[Notice, ...]]:
    """The wordings of statements, and that they were taken."""
    texts, said = attach(read_wordings(path, encoding), ids)
    return texts, (Notice("wordings-inside", f"The wordings were taken from {path.name} in the folder."), *said)


def _statements(boards: Sequence[_Board]) -> tuple[str, ...]:
    """The ids that more than half of the boards have, in order."""
    counts = Counter(each for board in boards for each in board.cards)
    common = [each for each, n in counts.items() if 2 * n > len(boards)]
    if all(_NUMBERED.fullmatch(each) for each in common):
        return tuple(sorted(common, key=lambda each: (int(re.split(r"(?=[0-9]+$)", each, maxsplit=1)[-1]), each)))
    return tuple(sorted(common))


def _values(board: _Board, boards: Sequence[_Board]) -> dict[int, float] | str:
    """What each column of a board stands for; why that cannot be told, where it cannot."""
    if board.values:
        return dict(zip(board.columns, board.values, strict=True))
    first, last = board.columns[0], board.columns[-1]
    n = last - first + 1
    if len(board.columns) < n:
        empty = next(j for j in range(first, last) if j not in board.columns)
        return f"column {empty} is empty, so that it is not clear what the others stand for"
    if n % 2 == 0:
        return f"the board has {n} columns, an even number, so that none of them is the middle"
    widths = Counter(len(each.columns) for each in boards if not each.values)
    usual = widths.most_common(1)[0][0]
    if n != usual:
        return f"the board has {n} columns, most others {usual}, so that it is not clear which is the middle"
    return {j: float(j - first - n // 2) for j in board.columns}


def _faults(board: _Board, values: dict[int, float] | str, ids: tuple[str, ...]) -> list[Fault]:
    found = [] if isinstance(values, dict) else [Fault(values, file=board.file, advice=_VALUES)]
    for each, line in board.twice.items():
        message = f"{shown(each)} stands twice, here and in line {board.cards[each][0]}"
        found.append(Fault(message, file=board.file, line=line, advice="A card lies in one place: correct one of the two."))
    known = set(ids)
    missing = [each for each in ids if each not in board.cards]
    for each, (line, column) in board.cards.items():
        if each not in known:
            lacking = f"; it lacks {listed(missing, 5)}" if missing else ""
            message = f"{shown(each)} is not among the statements of most other boards{lacking}"
            found.append(Fault(message, file=board.file, line=line, column=column, advice="Correct the id."))
    return found


def _notices(boards: Sequence[_Board], ids: Sequence[str], others: Sequence[str]) -> tuple[Notice, ...]:
    found = []
    if rest := [f"{Path(board.file).name} from line {board.rest[0]}" for board in boards if board.rest]:
        found.append(Notice("lines-left-out", f"What stands behind the board was left out: {listed(rest, 10)}."))
    for board in boards:
        if lacking := [each for each in ids if each not in board.cards]:
            message = f"{Path(board.file).name} shows no card of {listed(lacking, 10)}: missing placements."
            found.append(Notice("cards-missing", message, participants=(Path(board.file).stem,), statements=tuple(lacking)))
    if others:
        found.append(Notice("files-left-out", f"Of the folder these were left out: {listed(map(shown, others), 10)}."))
    if silent := [board for board in boards if not board.values]:
        n = len(silent[0].columns)
        which = "" if len(silent) == len(boards) else f" in {listed((Path(board.file).name for board in silent), 10)}"
        message = f"No row says what the columns stand for{which}: they were counted from the middle of {n}, {-(n // 2)} to {n // 2}."
        found.append(Notice("columns-counted", message))
    return tuple(found)


FORMAT = Format(
    name="boards",
    about="A folder of one file a person, or one such file: a table that looks like the board, with the ids of the statements.",
    endings=(".csv",),
    told_by="structure",
    sniff=_sniff,
    read=_read,
)
