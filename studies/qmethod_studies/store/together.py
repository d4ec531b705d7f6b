"""Several write, and one commit puts it all on the disk: whoever comes when nobody writes does so for all who have come meanwhile.

A disk takes as long for one transaction as for ten. Nobody is told that something is kept before it is on the disk, and what fails for one is taken
back for that one alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from copy import copy
from typing import Any, TypeVar

from qmethod_studies.store.plain import Link
from qmethod_studies.store.values import Unavailable

Outcome = TypeVar("Outcome")
Transaction = Callable[[], AbstractContextManager[Link]]


class _Waiting:
    """What somebody wants written, and what became of it."""

    def __init__(self, work: Callable[[Link], Any]) -> None:
        self.work = work
        self.outcome: Any = None
        self.error: BaseException | None = None
        self.leads = False
        self.told = threading.Semaphore(0)


class Together:
    """Lets threads share the transactions of a database that takes one at a time.

    Parameters
    ----------
    transaction : callable
        Gives a connection in a transaction, which is committed at its end.
    seconds : float
        How long somebody waits until the one before is done.
    """

    def __init__(self, transaction: Transaction, seconds: float) -> None:
        self._transaction = transaction
        self._seconds = seconds
        self._lock = threading.Lock()
        self._queue: list[_Waiting] = []
        self._busy = False

    def write(self, work: Callable[[Link], Outcome]) -> Outcome:
        """Do some work in a transaction, and give what came of it once that is on the disk.

        Parameters
        ----------
        work : callable
            Quick, and asks for nothing that another thread holds: others wait for it.

        Raises
        ------
        Unavailable
            If nobody got to write.
        """
        mine = _Waiting(work)
        with self._lock:
            self._queue.append(mine)
            mine.leads, self._busy = not self._busy, True
        if not mine.leads:
            self._wait(mine)
        if mine.leads:
            self._lead()
        if mine.error is not None:
            raise mine.error
        outcome: Outcome = mine.outcome
        return outcome

    def _wait(self, mine: _Waiting) -> None:
        """Until somebody has written it, or leaves the lead."""
        while not mine.told.acquire(timeout=self._seconds):
            with self._lock:
                if mine in self._queue and not mine.leads:
                    self._queue.remove(mine)
                    raise Unavailable("the database does not answer now: others wait for it already")

    def _lead(self) -> None:
        """Write for all who wait, tell them, and leave the lead to the first of those who have come meanwhile."""
        with self._lock:
            those, self._queue = self._queue, []
        try:
            with self._transaction() as link:
                for one in those:
                    _do(link, one, apart=len(those) > 1)
        except BaseException as error:
            for one in those:
                one.error = copy(error) if isinstance(error, Exception) else Unavailable("the server is stopping")
            if not isinstance(error, Exception):
                raise
        finally:
            with self._lock:
                following = self._queue[0] if self._queue else None
                self._busy = following is not None
                if following is not None:
                    following.leads = True
            if following is not None:
                following.told.release()
            for one in those:
                one.told.release()


def _do(link: Link, one: _Waiting, *, apart: bool) -> None:
    """Do what one of some wants, so that it can be taken back alone where it is not all."""
    if not apart:
        one.outcome = one.work(link)
        return
    link.say("SAVEPOINT one")
    try:
        one.outcome = one.work(link)
    except Exception as error:
        one.error = error
        link.say("ROLLBACK TO one")  # where the database has ended the transaction this fails, and with it all of it
    link.say("RELEASE one")
