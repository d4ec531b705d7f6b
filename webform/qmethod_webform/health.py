"""Whether the server is well: it answers, and its database takes writes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from flask import Blueprint, Response, current_app, jsonify

from qmethod import __version__
from qmethod_studies.store import Damaged, Unavailable
from qmethod_webform import log
from qmethod_webform.respondent.person import store

SECONDS = 1.0
"""How long an answer is given again: each look is a write to the disk, and anybody may ask."""

blueprint = Blueprint("health", __name__)


class Looks:
    """Looks at the database, one at a time and at most one in `seconds`; who asks in between is told what was found last.

    Parameters
    ----------
    ping : callable
        Raises where the database is not well.
    seconds : float
    """

    def __init__(self, ping: Callable[[], object], seconds: float = SECONDS) -> None:
        self._ping = ping
        self.seconds = seconds
        self._turn = threading.Lock()
        self._found: tuple[float, Exception | None] | None = None

    def look(self) -> tuple[Exception | None, bool]:
        """What is wrong with the database, None where nothing is; and whether that was found just now.

        While one request looks, which may take as long as a database is waited for, others are told what was found before.
        """
        before = self._found
        if not self._turn.acquire(blocking=before is None) and before is not None:
            return before[1], False
        try:
            if self._found is not None and time.monotonic() - self._found[0] < self.seconds:
                return self._found[1], False
            wrong: Exception | None = None
            try:
                self._ping()
            except Exception as error:  # whatever is wrong with a database, it is not well
                wrong = error
            self._found = (time.monotonic(), wrong)
            return wrong, True
        finally:
            self._turn.release()

    def forget(self) -> None:
        """Look anew when somebody asks next: a request has come upon damage."""
        self._found = None


@blueprint.get("/healthz")
def healthz() -> tuple[Response, int]:
    """200 and ``{"status": "ok"}`` where responses can be saved, 503 where not. Says nothing about who or how many.

    Where the disk is so full that nobody may begin, the status is ``"the disk is nearly full: nobody can begin"``, with 200: who sorts can finish,
    and a proxy that takes a server away for a 503 would keep them from it. ``disk`` says whether room is known at all.

    The database is read from end to end when the server starts, or where it is large from then on; it counts as damaged once that or any request has
    come upon damage.
    """
    wrong, new = current_app.extensions["qmethod"].looks.look()
    if wrong is not None:
        if new:
            log.fault(wrong if isinstance(wrong, Unavailable) else f"the database does not answer: {type(wrong).__name__}")
        return jsonify(status=_status(wrong), version=__version__), 503
    short = current_app.extensions["qmethod"].reserve.short()
    disk = "not known" if store().free_space() is None else "nearly full" if short else "enough"
    return jsonify(status="the disk is nearly full: nobody can begin" if short else "ok", disk=disk, version=__version__), 200


def _status(wrong: Exception) -> str:
    if isinstance(wrong, Damaged):
        return "the database is damaged"
    full = isinstance(wrong, Unavailable) and any(words in str(wrong) for words in ("is full", "No space"))
    return "the disk is full" if full else "the database does not answer"
