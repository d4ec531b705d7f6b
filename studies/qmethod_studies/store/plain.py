"""Statements that every act writes with, put into words once: a database is then given words and values, and nothing is worked out anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult, Dialect, Executable
from sqlalchemy.sql.compiler import SQLCompiler

_Words = tuple[str, Sequence[str] | None, Mapping[str, Callable[[Any], Any]]]
"""Of a statement in one database: itself, the names of its values in their order, and what is done to them."""


class Plain:
    """A statement without a part that depends on its values.

    Parameters
    ----------
    statement : sqlalchemy.Executable
    changed : sequence of str
        Columns that an update sets; none for another statement.
    """

    def __init__(self, statement: Executable, changed: Sequence[str] = ()) -> None:
        self._statement, self._changed = statement, list(changed) or None
        self._words: dict[str, _Words] = {}  # by the name of the dialect

    def _in(self, dialect: Dialect) -> _Words:
        if dialect.name not in self._words:
            compiled: Any = self._statement.compile(dialect=dialect, column_keys=self._changed)  # type: ignore[attr-defined]
            assert isinstance(compiled, SQLCompiler)
            made = {name: one.type.dialect_impl(dialect).bind_processor(dialect) for name, one in compiled.binds.items()}
            self._words[dialect.name] = (str(compiled), compiled.positiontup, {name: does for name, does in made.items() if does is not None})
        return self._words[dialect.name]

    def run(self, connection: Connection, *rows: Mapping[str, Any]) -> CursorResult[Any]:
        """Run it once for each row of values.

        Parameters
        ----------
        connection : sqlalchemy.Connection
        *rows : mapping
            Each with a value for each name.
        """
        words, names, does = self._in(connection.dialect)

        def values(row: Mapping[str, Any]) -> Any:
            made = dict(row) | {name: does[name](row[name]) for name in does}
            return made if names is None else tuple(made[name] for name in names)

        return connection.exec_driver_sql(words, values(rows[0]) if len(rows) == 1 else [values(row) for row in rows])
