"""Waiting that ends. Whoever waits for a database that does not answer holds a thread of the server; so they are few, and wait for seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from qmethod_studies.store.values import Unavailable

PATIENT_SECONDS = 10
"""How long a command waits for a lock, a connection, or a turn."""
SERVING_SECONDS = 3
"""How long a call of a server waits for each of these, and for the answer to one statement; an act takes milliseconds."""
BRIEFLY = 0.5
"""How long whoever comes when all places are taken waits for one of them."""
LONG = 1.0
"""From how many seconds on a call that fails shows that the database does not answer, and not that it refused something."""
_STRIPES = 1024


@contextmanager
def taken(lock: threading.Lock | threading.Semaphore, seconds: float) -> Iterator[None]:
    """Hold a lock; wait for it for so many seconds.

    Raises
    ------
    Unavailable
        If it does not come free.
    """
    if not lock.acquire(timeout=seconds):
        raise Unavailable("the database does not answer now: others wait for it already")
    try:
        yield
    finally:
        lock.release()


class Door:
    """A way in for some at a time.

    Once somebody has waited in vain, one at a time goes in and tries, and all others are sent away at once, until somebody comes out with an answer.

    Parameters
    ----------
    room : int
        How many are in at once.
    most : int
        How many are in, or wait to go in.
    seconds : float
        How long they wait.
    """

    def __init__(self, room: int, most: int, seconds: float) -> None:
        self._places = threading.Semaphore(most)
        self._room = threading.Semaphore(room)
        self._seconds = seconds
        self._trying = threading.Lock()
        self._stuck = False

    @contextmanager
    def through(self) -> Iterator[None]:
        """Go in, and out again.

        Raises
        ------
        Unavailable
            If there is no way in.
        """
        if not self._stuck:
            with self._in():
                yield
            return
        with taken(self._trying, 0), self._in():
            yield

    @contextmanager
    def _in(self) -> Iterator[None]:
        begun = time.monotonic()
        try:
            with taken(self._places, BRIEFLY), taken(self._room, self._seconds):
                yield
        except Unavailable:
            self._stuck = self._stuck or time.monotonic() - begun > LONG
            raise
        except BaseException:
            self._stuck = False  # it did answer
            raise
        self._stuck = False


class Turns:
    """Lets one at a time work on a response. Who works on another one waits for nobody, but where their numbers chance to share a lock.

    Parameters
    ----------
    seconds : float
        How long they wait.
    """

    def __init__(self, seconds: float) -> None:
        self._locks = tuple(threading.Lock() for _ in range(_STRIPES))
        self._seconds = seconds

    @contextmanager
    def of(self, number: int) -> Iterator[None]:
        """Hold the turn of a response.

        Parameters
        ----------
        number : int

        Raises
        ------
        Unavailable
            If it does not come.
        """
        with taken(self._locks[number % _STRIPES], self._seconds):
            yield
