"""Connections to PostgreSQL that wait for seconds only: the server is asked to give up, and where it does not answer at all, so do we."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any

import psycopg
from sqlalchemy import Engine, event


class _Late(psycopg.OperationalError):
    """No answer in time."""


class _Impatient(psycopg.Connection[Any]):
    """A connection that ends where an answer does not come in time: a server that is stopped keeps its connections open and says nothing."""

    seconds: float

    def wait(self, gen: Generator[Any, Any, Any], *args: Any, **kwargs: Any) -> Any:
        try:
            return super().wait(_in_time(gen, self.seconds), *args, **kwargs)
        except _Late:
            self.pgconn.finish()  # what comes later on it would be taken for the answer to something else
            raise


def _in_time(waiting: Generator[Any, Any, Any], seconds: float) -> Generator[Any, Any, Any]:
    """What a statement waits for, until it has waited for too long."""
    end = time.monotonic() + seconds
    try:
        wanted = next(waiting)
        while True:
            ready = yield wanted
            if not ready and time.monotonic() > end:
                raise _Late(f"no answer in {seconds:g} seconds")
            wanted = waiting.send(ready)
    except StopIteration as done:
        return done.value


def connect_impatiently(engine: Engine, limit: float) -> None:
    """Let an engine make connections that wait for so many seconds at most: for a lock, for a statement, for any answer.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    limit : float
        In seconds.
    """

    class OfEngine(_Impatient):
        """Of this engine."""

        seconds = limit + 1  # the server may say so first

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: object, _record: object, args: list[Any], kwargs: dict[str, Any]) -> Any:
        made = OfEngine.connect(*args, **kwargs)
        limits = {"lock_timeout": 0.9 * limit, "statement_timeout": limit, "idle_in_transaction_session_timeout": 3 * limit}
        for name, value in limits.items():
            made.execute("SELECT set_config(%s, %s, false)", (name, f"{round(value * 1000)}ms"))
        made.commit()
        return made
