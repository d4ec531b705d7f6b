"""What the user says of a wide table: which columns are the sort, which one names the rows, and what its cells mean."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from qmethod import checks
from qmethod.brief import brief
from qmethod.errors import DataError, Fault, Setting
from qmethod.formats.placements import is_placement, placement
from qmethod.wording import listed

_PAIR = re.compile(r"\s*(?P<code>.+?)\s*=\s*(?P<value>[^=,;]*?)\s*(?:[,;]|$)")
_MOST_TYPED = 150  # letters of an option that a message proposes
_SPAN = ":"
_SHOWN = 12
_LONGEST = 24


@dataclass(frozen=True, slots=True)
class Selection:
    """Which part of a wide table are the sorts, and what its cells mean; empty where nothing was said.

    Parameters
    ----------
    columns : tuple of str
        The columns that hold placements. Each is what one is called, with ``*`` for any signs and ``?`` for one; or two of these with a colon between
        them, for the columns from one to the other; or numbers of columns, counted from 1, where none is called so. Several may stand in one text,
        with commas between them.
    id : str
        The column that names the rows: the participants, or the statements where these are in rows.
    skip : int
        How many rows below the header hold no sort; empty ones are not counted. What stands above the header is left out by itself.
    codes : tuple of tuple (str, float)
        What stands in cells in place of a number, and the placement it means. Capitals make no difference.
    missing_code : tuple of str
        What stands in cells where a placement is missing, besides nothing and ``NA``.
    sheet : str
        The sheet of a workbook, or the table of an R file.
    header : bool
        Whether a line names the columns.
    """

    columns: tuple[str, ...] = ()
    id: str = ""
    skip: int = 0
    codes: tuple[tuple[str, float], ...] = ()
    missing_code: tuple[str, ...] = ()
    sheet: str = ""
    header: bool = True

    __repr__ = brief

    def __bool__(self) -> bool:
        return self != Selection()

    @property
    def names_columns(self) -> bool:
        """Whether it says which columns are what."""
        return bool(self.columns or self.id)

    @property
    def arguments(self) -> dict[str, Any]:
        """The same as arguments of `qmethod.read`."""
        said: dict[str, Any] = {key: value or None for key, value in ((key, getattr(self, key)) for key in self.__slots__) if key != "header"}
        return {**said, "codes": dict(self.codes) or None, "header": None if self.header else False}

    def to_dict(self) -> dict[str, Any]:
        """What was said, in TOML's types."""
        said = {
            "columns": list(self.columns),
            "id": self.id,
            "skip": self.skip,
            "codes": {code: int(value) if value == int(value) else value for code, value in self.codes},
            "missing_code": list(self.missing_code),
            "sheet": self.sheet,
        }
        return {key: value for key, value in said.items() if value} | ({} if self.header else {"header": False})


def selection_of(
    columns: Any = None, id: Any = None, skip: Any = None, codes: Any = None, missing_code: Any = None, sheet: Any = None, header: Any = None
) -> Selection:
    """What arguments of `qmethod.read`, or keys of a recipe, say.

    Parameters
    ----------
    columns : str or iterable of str, optional
    id : str, optional
    skip : int, optional
    codes : str or mapping of str to float, optional
        As text ``"C1=-4,C2=-3"``.
    missing_code : str, float or iterable of these, optional
    sheet : str, optional
    header : bool, optional

    Raises
    ------
    PolicyError
        By the name of the argument.
    """
    return Selection(
        columns=_texts("columns", columns),
        id=checks.text("id", id).strip() if id is not None else "",
        skip=checks.whole("skip", skip, 0) if skip is not None else 0,
        codes=_codes(codes),
        missing_code=_texts("missing_code", missing_code, numbers=True),
        sheet=checks.text("sheet", sheet) if sheet is not None else "",
        header=checks.switch("header", header) if header is not None else True,
    )


def _texts(name: str, given: Any, *, numbers: bool = False) -> tuple[str, ...]:
    """One text or several, trimmed and not empty."""
    if given is None:
        return ()
    kinds = (str, int, float) if numbers else (str,)
    several = (given,) if isinstance(given, kinds) else checks.several(name, given, "texts")
    found = tuple(f"{one:g}" if isinstance(one, int | float) and not isinstance(one, bool) and numbers else one for one in several)
    if not all(isinstance(one, str) and one.strip() for one in found):
        raise checks.refuse(name, "a text or a list of texts, none of them empty", given)
    return tuple(one.strip() for one in found)


def _codes(given: Any) -> tuple[tuple[str, float], ...]:
    if given is None:
        return ()
    wanted = 'codes with the placement that each means, for example "C1=-2,C2=-1,C3=0"'
    if isinstance(given, str):
        pairs = [(found["code"], found["value"]) for found in _PAIR.finditer(given)]
        if "".join(found[0] for found in _PAIR.finditer(given)) != given or not pairs:
            raise checks.refuse("codes", wanted, given)
    elif isinstance(given, Mapping) and given:
        pairs = [(code.strip() if isinstance(code, str) else f"{code:g}", str(value)) for code, value in given.items()]
    else:
        raise checks.refuse("codes", wanted, given)
    values = [placement(value) for _, value in pairs]
    plain = [code.casefold() for code, _ in pairs]
    if not np.isfinite(values).all() or not all(plain) or len(set(plain)) < len(plain):
        raise checks.refuse("codes", f"{wanted}, each code once", given)
    return tuple((code, value) for (code, _), value in zip(pairs, values, strict=True))


@dataclass(frozen=True, slots=True)
class Picked:
    """The columns of a header that were named.

    Parameters
    ----------
    sorts : tuple of int
        Positions of those with placements, in the order of the header; empty where none were named.
    id : int or None
        Position of the one that names the rows.
    """

    sorts: tuple[int, ...] = ()
    id: int | None = None


def pick(header: Sequence[str], said: Selection, columns: Sequence[int], *, file: str, line: int | None) -> Picked:
    """Find the named columns in a header.

    Parameters
    ----------
    header : sequence of str
    said : Selection
    columns : sequence of int
        Number of each column in the file.
    file, line
        Of the header, for messages.

    Raises
    ------
    DataError
        If a name leads to no column or to several, or a column is named twice; says what there is.
    """
    found: dict[int, str] = {}
    faults = []
    for pattern in said.columns:
        at = _matched(pattern, header, columns)
        if not at:
            faults.append(_unmatched("columns", pattern, header, file, line))
        for j in at:
            if j in found:
                message = f"the column {header[j]!r} is named twice, by {found[j]!r} and by {pattern!r}"
                advice = f"Name it once in {Setting('columns')}."
                faults.append(Fault(message, file=file, line=line, column=columns[j], advice=advice, settings=(Setting("columns"),)))
            found.setdefault(j, pattern)
    ids = _one(said.id, header, columns) if said.id else []
    if said.id and not ids:
        faults.append(_unmatched("id", said.id, header, file, line))
    if len(ids) > 1:
        where = listed((str(columns[j]) for j in ids), 8)
        advice = f"Name it by its number: {Setting('id', str(columns[ids[0]]))}."
        settings = (Setting("id", str(columns[ids[0]])),)
        message = f"{len(ids)} columns are called {said.id!r}: columns {where}"
        faults.append(Fault(message, file=file, line=line, column=columns[ids[1]], advice=advice, settings=settings))
    for j in set(ids[:1]) & found.keys():
        message = f"the column {header[j]!r} is named as the names of the rows and as placements, by {found[j]!r}"
        advice = "Leave it out of one of the two."
        faults.append(Fault(message, file=file, line=line, column=columns[j], advice=advice))
    if faults:
        raise DataError(faults)
    return Picked(tuple(sorted(found)), ids[0] if ids else None)


def named_row(rows: Sequence[Sequence[str]], said: Selection, highest: int = 12) -> int | None:
    """Which of the first rows holds everything that was named: the header; None where none does or nothing was named."""
    if not said.names_columns:
        return None
    for at, row in enumerate(rows[:highest]):
        header = [cell.strip() for cell in row]
        # numbers of columns are found in every row, so names must lead to something that is called so
        named = [*said.columns, *([said.id] if said.id else [])]
        if all(_matched(pattern, header, range(1, len(header) + 1)) for pattern in named) and any(_is_called(pattern, header) for pattern in named):
            return at
    return None


def _is_called(pattern: str, header: Sequence[str]) -> bool:
    """Whether a pattern leads somewhere by names, and not by numbers of columns."""
    return bool(_matched(pattern, header, ()))


def _matched(pattern: str, header: Sequence[str], columns: Sequence[int]) -> list[int]:
    """Positions of the columns that a pattern leads to: as a name, a span, or several of these; none where a part of it leads nowhere."""
    if whole := _one(pattern, header, columns, any_number=True):
        return whole
    for at in [found.start() for found in re.finditer(_SPAN, pattern)]:
        first, last = (_one(part.strip(), header, columns) for part in (pattern[:at], pattern[at + 1 :]))
        if len(first) == len(last) == 1:
            low, high = sorted((first[0], last[0]))
            return list(range(low, high + 1))
    if "," in pattern:
        parts = [_matched(part.strip(), header, columns) for part in pattern.split(",") if part.strip()]
        return [j for part in parts for j in part] if all(parts) else []
    return []


def _one(name: str, header: Sequence[str], columns: Sequence[int], *, any_number: bool = False) -> list[int]:
    """Positions of the columns that are called so; by ``*`` and ``?`` where `any_number` of them may be meant; else by the number of one."""
    if not name:
        return []
    exact = [j for j, other in enumerate(header) if other == name]
    if exact:
        return exact
    if any_number and ("*" in name or "?" in name):
        return [j for j, other in enumerate(header) if other and _fits(name, other)]
    if name.isdecimal() and name.isascii() and int(name) in columns:
        return [list(columns).index(int(name))]
    return []


def _fits(pattern: str, name: str) -> bool:
    """Whether a name is what a pattern with ``*`` and ``?`` says; without going back, so that no pattern takes long.

    >>> _fits("Q*_?", "Q12_3"), _fits("Q*_?", "Q12_34"), _fits("*a*b*", "xaybz"), _fits("ab*ba", "aba")
    (True, False, True, False)
    """
    first, *rest = pattern.split("*")
    if not rest:
        return _alike(first, name)
    *middle, last = rest
    at, end = len(first), len(name) - len(last)
    if end < at or not _alike(first, name[:at]) or not _alike(last, name[end:]):
        return False
    for part in middle:
        found = next((i for i in range(at, end - len(part) + 1) if _alike(part, name[i : i + len(part)])), None)
        if found is None:
            return False
        at = found + len(part)
    return True


def _alike(pattern: str, text: str) -> bool:
    return len(pattern) == len(text) and all(sign in ("?", other) for sign, other in zip(pattern, text, strict=True))


def _unmatched(what: str, name: str, header: Sequence[str], file: str, line: int | None) -> Fault:
    called = [other for other in header if other]
    near = difflib.get_close_matches(name, called, 1) or [other for other in called if other.casefold() == name.casefold()]
    way = Setting("columns") if what == "columns" else Setting("id")
    shown = listed([repr(other[:_LONGEST]) for other in called], _SHOWN) or "nothing"
    meant = f"Did you mean {near[0]!r}? " if near else ""
    how = "with * for any signs, or as FIRST:LAST" if what == "columns" else "or give its number, counted from 1"
    advice = f"{meant}Write {way} as the header does, {how}."
    return Fault(f"no column is called {name!r}; the header names {shown}", file=file, line=line, advice=advice, settings=(way,))


def meaning(rows: Sequence[Sequence[str]], said: Selection, used: Sequence[int]) -> Sequence[Sequence[str]]:
    """The same cells with the placements that codes mean, and nothing where they say that one is missing, in some columns.

    Numbers that are no code stay what they are where all codes are words; where some codes are numbers, they become ``?``, which is no placement.
    """
    if not said.codes and not said.missing_code:
        return rows
    coded = {code.casefold(): f"{value:g}" for code, value in said.codes}
    numbered = {placement(code): value for code, value in said.codes if is_placement(code)}
    nothing, no_numbers = {text.casefold() for text in said.missing_code}, {placement(text) for text in said.missing_code if is_placement(text)}
    memo: dict[str, str] = {}

    def told(cell: str) -> str:
        text = cell.strip().casefold()
        value = placement(text)
        if text in nothing or value in no_numbers:
            return ""
        if text in coded:
            return coded[text]
        if value in numbered:
            return f"{numbered[value]:g}"
        return "?" if numbered and np.isfinite(value) else cell

    there = set(used)

    def once(cell: str) -> str:
        if cell not in memo:
            memo[cell] = told(cell)
        return memo[cell]

    return [[once(cell) if j in there else cell for j, cell in enumerate(row)] for row in rows]


def range_of(header: Sequence[str], columns: Sequence[int], positions: Sequence[int]) -> Setting | None:
    """How columns are named to a reader: from the first to the last of each run, by names where these are short and stand once, else by numbers.

    None where that is longer than anybody types.

    Parameters
    ----------
    header : sequence of str
        All names.
    columns : sequence of int
        Number of each column in the file.
    positions : sequence of int
        Of those to be named, ascending.
    """
    runs: list[list[int]] = []
    for j in positions:
        if runs and j == runs[-1][-1] + 1:
            runs[-1].append(j)
        else:
            runs.append([j])
    ends = [header[j] for run in runs for j in (run[0], run[-1])]
    plain = all(re.fullmatch(r"[\w.\- ]{1,24}", name) and not name.isdecimal() and list(header).count(name) == 1 for name in ends)
    shown = [[header[j] if plain else str(columns[j]) for j in (run[0], run[-1])] for run in runs]
    said = ",".join(first if first == last else f"{first}{_SPAN}{last}" for first, last in shown)
    return Setting("columns", said) if len(said) <= _MOST_TYPED else None


def codes_proposed(words: Sequence[str], values: Sequence[float] = ()) -> Setting | None:
    """The placements that codes of one stem, numbered, may mean from left to right; None where the words are no such codes.

    Parameters
    ----------
    words : sequence of str
        In the order of their numbers.
    values : sequence of float
        The columns of the grid, where it is known.
    """
    numbers = [re.fullmatch(r"(.*?)([0-9]{1,3})", word) for word in words]
    if not words or not all(numbers) or len({number[1].casefold() for number in numbers if number}) > 1:
        return None
    where = [int(number[2]) for number in numbers if number]
    low, high = min(where), max(where)
    if high - low > 2 * len(words):
        return None
    stem = words[0][: len(words[0]) - len(numbers[0][2])] if numbers[0] else ""
    scale = list(values) if len(values) == high - low + 1 else [n - (high - low) // 2 for n in range(high - low + 1)] if (high - low) % 2 == 0 else []
    scale = scale or list(range(1, high - low + 2))
    return Setting("codes", ",".join(f"{stem}{low + i}={value:g}" for i, value in enumerate(scale)))


def refuse_sheet(file: str, said: Selection) -> None:
    """Refuse a sheet of a file that has none.

    Raises
    ------
    DataError
    """
    if said.sheet:
        advice = f"Leave {Setting('sheet')} out."
        raise DataError([Fault("the file has no sheets", file=file, advice=advice, settings=(Setting("sheet"),))])


def no_sheet(file: str, said: Selection, names: Sequence[str], what: str = "sheet") -> DataError:
    """What is said of a sheet that a file does not have."""
    one = Setting("sheet", names[0]) if names else Setting("sheet")
    message = f"there is no {what} {said.sheet!r}; there are {listed(map(repr, names), _SHOWN) or 'none'}"
    return DataError([Fault(message, file=file, advice=f"Name one of them: {one}.", settings=(one,))])
