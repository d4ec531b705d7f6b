"""Statements that every act needs, put into words once, and given to the driver of the database as they are.

SQLAlchemy says what each is in the words of a database, and what its values are there. To have it run them as well takes several times as long as the
database itself does, so an act goes past that part of it. All such statements go through `Link`.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

from sqlalchemy import Connection, Dialect, Executable, Select
from sqlalchemy.sql.compiler import SQLCompiler

from qmethod_studies.store.keyring import Keyring, keyring


@dataclass(frozen=True, slots=True)
class Link:
    """A connection to the database as its driver has it.

    Parameters
    ----------
    driver : Any
        The connection.
    dialect : sqlalchemy.Dialect
    keys : Keyring
    """

    driver: Any
    dialect: Dialect
    keys: Keyring

    @classmethod
    def of(cls, connection: Connection) -> Self:
        """The link of a connection that is open; what is said on it belongs to the same transaction."""
        return cls(connection.connection.dbapi_connection, connection.dialect, keyring(connection))

    def say(self, words: str, values: Any = ()) -> Any:
        """Run a statement; its cursor."""
        cursor = self.driver.cursor()
        cursor.execute(words, values)
        return cursor

    def say_each(self, words: str, values: Sequence[Any]) -> Any:
        """Run a statement with each of some values; its cursor."""
        cursor = self.driver.cursor()
        cursor.executemany(words, values)
        return cursor


@dataclass(frozen=True, slots=True)
class _Words:
    """A statement in one database.

    Parameters
    ----------
    text : str
    names : sequence of str or None
        The names of its values in their order; None where the database takes them by name.
    fixed : mapping of str to Any
        Values that are part of the statement.
    given : mapping of str to callable
        What is done to values by name before they are given.
    """

    text: str
    names: Sequence[str] | None
    fixed: Mapping[str, Any]
    given: Mapping[str, Callable[[Any], Any]]


class Plain:
    """A statement in the same words whatever its values.

    Parameters
    ----------
    statement : sqlalchemy.Executable
    changed : sequence of str
        Columns that an update sets; none for another statement.
    """

    def __init__(self, statement: Executable, changed: Sequence[str] = ()) -> None:
        self._statement, self._changed = statement, list(changed) or None
        self._words: dict[str, _Words] = {}  # by the name of the dialect
        self._rows: dict[str, Callable[[Sequence[Any]], Any]] = {}

    def run(self, link: Link, *rows: Mapping[str, Any]) -> int:
        """Run it once for each row of values; how many rows of the database it changed.

        Parameters
        ----------
        link : Link
        *rows : mapping
            Each with a value for each name.
        """
        words = self._in(link.dialect)
        cursor = link.say(words.text, _values(words, rows[0])) if len(rows) == 1 else link.say_each(words.text, [_values(words, row) for row in rows])
        changed: int = cursor.rowcount
        cursor.close()
        return changed

    def one(self, link: Link, values: Mapping[str, Any]) -> Any | None:
        """The one row that it reads, with an attribute for each column; None where there is none."""
        words = self._in(link.dialect)
        cursor = link.say(words.text, _values(words, values))
        found, kinds = cursor.fetchall(), cursor.description
        cursor.close()
        assert len(found) <= 1
        if found and link.dialect.name not in self._rows:
            self._rows[link.dialect.name] = _row(self._statement, link.dialect, [kind[1] for kind in kinds])
        return self._rows[link.dialect.name](found[0]) if found else None

    def _in(self, dialect: Dialect) -> _Words:
        if dialect.name not in self._words:
            compiled: Any = self._statement.compile(dialect=dialect, column_keys=self._changed)  # type: ignore[attr-defined]
            assert isinstance(compiled, SQLCompiler)
            made = {name: one.type.dialect_impl(dialect).bind_processor(dialect) for name, one in compiled.binds.items()}
            fixed = {name: one.value for name, one in compiled.binds.items() if one.value is not None}
            given = {name: does for name, does in made.items() if does is not None}
            self._words[dialect.name] = _Words(str(compiled), compiled.positiontup, fixed, given)
        return self._words[dialect.name]


def _values(words: _Words, row: Mapping[str, Any]) -> Any:
    made = {**words.fixed, **row}
    for name, does in words.given.items():
        made[name] = does(made[name])
    return made if words.names is None else tuple([made[name] for name in words.names])


def _row(statement: Executable, dialect: Dialect, kinds: Sequence[Any]) -> Callable[[Sequence[Any]], Any]:
    """What makes rows of what a database gives for a statement: values as their columns have them, by the names of these.

    Parameters
    ----------
    statement : sqlalchemy.Select
    dialect : sqlalchemy.Dialect
    kinds : sequence
        What the driver says of the type of each column.
    """
    assert isinstance(statement, Select)
    columns = statement.selected_columns
    of = namedtuple("Row", columns.keys())  # type: ignore[misc]  # the names are those of columns
    made = {i: column.type.dialect_impl(dialect).result_processor(dialect, kind) for i, (column, kind) in enumerate(zip(columns, kinds, strict=True))}
    return partial(_made, of, [(i, does) for i, does in made.items() if does is not None])


def _made(of: Callable[..., Any], does: Sequence[tuple[int, Callable[[Any], Any]]], given: Sequence[Any]) -> Any:
    values = list(given)
    for i, does_it in does:
        values[i] = does_it(values[i])
    return of(*values)
