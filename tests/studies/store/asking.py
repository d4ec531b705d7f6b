"""What a database is asked: through SQLAlchemy, or by the statements that an act has put into words once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from qmethod_studies.store.plain import Link

Noted = Callable[[str, Any, Any], None]
"""Takes a statement, its values, and the connection as the driver has it."""


@contextmanager
def asking(note: Noted) -> Iterator[None]:
    """Tell of each statement that any database is asked meanwhile, before it runs; of one that runs with many rows of values once."""

    def before(connection: Connection, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        note(statement, parameters, connection.connection.dbapi_connection)

    def told(name: str) -> Callable[..., Any]:
        original = getattr(Link, name)

        def say(link: Link, words: str, values: Any = ()) -> Any:
            note(words, values, link.driver)
            return original(link, words, values)

        return say

    event.listen(Engine, "before_cursor_execute", before)
    try:
        with pytest.MonkeyPatch.context() as patch:
            for name in ("say", "say_each"):
                patch.setattr(Link, name, told(name))
            yield
    finally:
        event.remove(Engine, "before_cursor_execute", before)


@contextmanager
def said() -> Iterator[list[str]]:
    """The statements that any database is asked meanwhile."""
    found: list[str] = []
    with asking(lambda statement, _values, _driver: found.append(statement)):
        yield found
