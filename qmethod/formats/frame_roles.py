"""What the columns of a data frame are: ids of statements, their wordings, or sorts. A header says what a column may be, its cells decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from qmethod.brief import short
from qmethod.data import FloatArray
from qmethod.errors import DataError, Fault
from qmethod.formats.headings import ID_HEADERS, OTHER_HEADERS, PARTICIPANT_HEADERS, STATEMENT_HEADERS, TEXT_HEADERS, VALUE_HEADERS, plain
from qmethod.formats.placements import LARGEST, UNREADABLE, placement

if TYPE_CHECKING:
    import narwhals as nw

Columns: TypeAlias = "dict[str, nw.Series[Any]]"

WAY = "Statements are rows and sorts are columns: turn it round, in pandas with `frame.T`, in polars with `frame.transpose(...)`."
_WORDS_OF_A_SENTENCE = 3
_ROLES = "`id_column` names the column with the ids of the statements, `text_column` the one with their wordings."


@dataclass(frozen=True, slots=True)
class Roles:
    """What the columns of a frame are.

    Parameters
    ----------
    statements : tuple of str
        Ids of the statements; empty where the frame names none.
    texts : tuple of str
        Their wordings; empty where it has none.
    sorts : tuple of str
        Names of the columns that are sorts.
    """

    statements: tuple[str, ...]
    texts: tuple[str, ...]
    sorts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """Labels of the rows of a frame, which a library keeps beside its columns.

    Parameters
    ----------
    labels : tuple
        Empty where there are none, or they only count the rows from 0.
    doubtful : bool
        Whether they are whole numbers without a name, which may be ids or what is left of a count.
    """

    labels: tuple[Any, ...] = ()
    doubtful: bool = False


def roles_of(columns: Columns, index: Index, id_column: str | None, text_column: str | None) -> Roles:
    """Which column is what.

    Parameters
    ----------
    columns : dict of str to narwhals.Series
    index : Index
    id_column, text_column : str, optional
        What the caller says.

    Raises
    ------
    DataError
        If two of them could be the ids, or the index could be ids or a count.
    """
    texts_at = text_column or next((name for name in columns if plain(name) in TEXT_HEADERS and name != id_column and _worded(columns[name])), None)
    ids_at, guessed = (id_column, None) if id_column is not None else _ids_among(columns, () if index.doubtful else index.labels, texts_at)
    texts_at = texts_at or guessed
    if ids_at is None and index.doubtful and index.labels != tuple(range(1, len(index.labels) + 1)):
        advice = (
            "They may be what is left of a count, or ids: `frame.reset_index(drop=True)` takes them away, "
            "`frame.rename_axis('statement')` says that they are the ids of the statements."
        )
        raise DataError([Fault(f"the index of the frame holds numbers that do not count its rows: {short(index.labels)}", advice=advice)])
    labels = columns[ids_at].to_list() if ids_at is not None else index.labels
    statements = tuple(["" if absent(value) else _id(value) for value in labels])
    if ids_at is None and not statements and (who := _first(columns, PARTICIPANT_HEADERS)) is not None and not numbers(columns[who])[1]:
        raise DataError([Fault(f"the frame lies the wrong way: its column {who!r} names people", advice=WAY)])
    texts = () if texts_at is None else tuple(["" if absent(value) else str(value).strip() for value in columns[texts_at].to_list()])
    return Roles(statements, texts, tuple(name for name in columns if name not in (ids_at, texts_at)))


def refuse_long(columns: Columns) -> None:
    """Refuse a frame with one placement a row."""
    roles = [_first(columns, words) for words in (PARTICIPANT_HEADERS, STATEMENT_HEADERS, VALUE_HEADERS)]
    if None not in roles and len(columns) <= len(roles) + 1:
        who, what, value = roles
        advice = f"Make it wide first, in pandas: frame.pivot(index={what!r}, columns={who!r}, values={value!r})."
        raise DataError([Fault("the frame has one placement a row", advice=advice)])


def placements_of(columns: Columns) -> FloatArray:
    """The sorts of a frame, shape (n_statements, n_sorts).

    Raises
    ------
    DataError
        If a column holds no placements, or something else than a sort: an age, a year.
    """
    read = {name: numbers(column) for name, column in columns.items()}
    advice = "Take such columns out; `text_column` names the one with the wordings of the statements, `id_column` the one with their ids."
    faults = []
    for name, (found, sound) in read.items():
        if not sound:
            odd = columns[name].to_list()[int(np.argmax(found == UNREADABLE))]
            faults.append(Fault(f"the column {name!r} holds no placements: {str(odd)[:40]!r}", advice=advice))
    if faults:
        raise DataError(faults)
    if not read:
        raise DataError([Fault("the frame has no columns with placements", advice=WAY)])
    table = np.column_stack([found for found, _ in read.values()])
    others = np.array([plain(name) in OTHER_HEADERS for name in read])
    if others.any() and not others.all():
        usual = np.unique(table[:, ~others])
        for name, column in zip(np.array(list(read))[others], table[:, others].T, strict=True):
            strange = column[~np.isnan(column) & ~np.isin(column, usual)]
            if strange.size:
                said = f"the column {str(name)!r} is no sort: it holds {strange[0]:g}, where no other column does"
                faults.append(Fault(said, advice="Take such columns out, or call the sort by another name."))
    if faults:
        raise DataError(faults)
    return table


def numbers(column: nw.Series[Any]) -> tuple[FloatArray, bool]:
    """The placements of a column, and whether each of its cells is one or empty."""
    import narwhals as nw

    if column.dtype.is_numeric():
        found = np.array(column.cast(nw.Float64()).fill_null(float("nan")).to_numpy(), dtype=float)
        found[np.abs(found) > LARGEST] = UNREADABLE
    else:
        found = np.array([_cell(value) for value in column.to_list()], dtype=float)
    return found, bool((found != UNREADABLE).all())


def absent(value: Any) -> bool:
    """Whether a cell is empty: None, NaN, or what a library has for it."""
    if value is None:
        return True
    try:
        return bool(value != value)
    except TypeError:  # pandas.NA is neither equal to itself nor not
        return True
    except ValueError:  # an array in a cell
        return False


def _cell(value: Any) -> float:
    """A placement, NaN for an empty cell, `UNREADABLE` for anything else; truth values are no placements."""
    if isinstance(value, str):
        return placement(value)
    if absent(value):
        return float("nan")
    try:
        number = UNREADABLE if isinstance(value, bool | np.bool_) else float(value)
    except (TypeError, ValueError, OverflowError):
        return UNREADABLE
    return number if abs(number) <= LARGEST else UNREADABLE


def _id(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _first(columns: Columns, words: frozenset[str]) -> str | None:
    return next((name for name in columns if plain(name) in words), None)


def _ids_among(columns: Columns, index: Sequence[Any], texts_at: str | None) -> tuple[str | None, str | None]:
    """The column with the ids, and the one with the wordings where two are called like statements; None for what the frame has not."""
    called = [name for name in columns if name != texts_at and plain(name) in ID_HEADERS]
    sure = [name for name in called if _worded(columns[name]) or _numbered(columns[name])]
    if not sure and len(index) == 0:  # no column reads like ids, but one that is called statement is nothing else
        sure = [name for name in called if plain(name) in STATEMENT_HEADERS][:1]
    if sure and len(index) and [str(label) for label in index] != [str(value) for value in columns[sure[0]].to_list()]:
        raise _two("the index", repr(sure[0]))
    words = _wordings_among(columns, sure) if texts_at is None else None
    ids = [name for name in sure if name != words]
    if len(ids) > 1:
        raise _two(repr(ids[0]), repr(ids[1]))
    return (ids[0] if ids else None), words


def _two(first: str, second: str) -> DataError:
    advice = f"Take one of them out, or say which it is: {_ROLES} A sort that is called so needs another name."
    return DataError([Fault(f"{first} and {second} both look like the ids of the statements", advice=advice)])


def _wordings_among(columns: Columns, sure: list[str]) -> str | None:
    """Of two columns that could be ids, the one that holds sentences while the other holds codes, or counts the rows."""
    if len(sure) != 2:
        return None
    words = {name: np.mean([len(str(value).split()) for value in columns[name].to_list()]) for name in sure}
    short_one, long_one = sorted(sure, key=lambda name: float(words[name]))
    sentences = plain(long_one) in STATEMENT_HEADERS and _worded(columns[long_one]) and words[long_one] >= _WORDS_OF_A_SENTENCE > words[short_one]
    return long_one if sentences and (_worded(columns[short_one]) or _counting(columns[short_one])) else None


def _counting(column: nw.Series[Any]) -> bool:
    """Whether a column counts the rows, from 0 or 1: no sort does."""
    found, _ = numbers(column)
    return bool(np.array_equal(found - found[0], np.arange(len(found))) and found[0] in (0, 1))


def _worded(column: nw.Series[Any]) -> bool:
    """Whether a column holds texts, not placements; one of texts that are all empty does too."""
    if column.dtype.is_numeric():
        return False
    found, sound = numbers(column)
    return not sound or bool(np.isnan(found).all())


def _numbered(column: nw.Series[Any]) -> bool:
    """Whether a column numbers the rows: whole numbers from 0 up, all different."""
    found, sound = numbers(column)
    whole = sound and not np.isnan(found).any() and bool(((found >= 0) & (found == np.round(found))).all())
    return whole and len(np.unique(found)) == len(found) > 1
