"""How the server listens: for how long it waits for whoever sends or takes slowly, and how it ends when it is told to.

Requests are taken in by one thread that waits for nobody; a thread of the application gets each when it is whole. So who is slow holds a connection,
and of these there are only so many. The application can have an answer held back for a while, which holds a connection and no thread either. The
seconds here are those of a clock that nobody sets.
"""

from __future__ import annotations

import heapq
import math
import select
import threading
import time
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

import waitress
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer
from waitress.task import WSGITask

from qmethod_webform.limits import HOLD

EXCHANGE_SECONDS = 120
"""From the first byte of a request to its last, and from the first byte of the answer to its last: a minute is enough for the largest request
that is taken at 10 kB a second."""
IDLE_SECONDS = 20
"""How long a browser's connection stays open between requests. Browsers open up to six and leave them open, so that a class needs many; each costs
a little with every request. Browsers open new ones unasked."""
CROWDED = 0.9
"""From this share of all connections on, whoever is slow or idle is let go after a twelfth of these seconds."""
HURRY = 12


@dataclass(frozen=True, slots=True)
class Line:
    """Where a connection is.

    Parameters
    ----------
    answering : bool
        Whether a thread of the application works on a request of it.
    under_way : bool
        Whether part of a request is here, or part of an answer is not gone yet.
    since : float
        Since when that is so; for a connection at rest, since when nothing came.
    """

    answering: bool
    under_way: bool
    since: float


def let_go(line: Line, now: float, n_open: int, most: int) -> bool:
    """Whether a connection is closed: what is worked on never is.

    Parameters
    ----------
    line : Line
    now : float
    n_open, most : int
        How many connections are open, and how many may be.
    """
    seconds = EXCHANGE_SECONDS if line.under_way else IDLE_SECONDS
    return not line.answering and now - line.since > (seconds if n_open < CROWDED * most else seconds / HURRY)


class Turns:
    """The loop of a server, which takes its next turn no later than the first answer is due that was held back."""

    def __init__(self) -> None:
        self._due: list[float] = []
        self._lock = threading.Lock()

    def expect(self, moment: float) -> None:
        """Note when an answer is due."""
        with self._lock:
            heapq.heappush(self._due, moment)

    def rest(self, longest: float, now: float) -> float:
        """Seconds until the first answer is due, or the longest rest; what is due already is due no more.

        In whole thousandths and one more, since a turn that came a little too early would find nothing.
        """
        with self._lock:
            while self._due and self._due[0] <= now:
                heapq.heappop(self._due)
            return min(longest, math.ceil(1000 * (self._due[0] - now) + 1) / 1000) if self._due else longest

    def loop(self, timeout: float, use_poll: bool, map: MutableMapping[int, Any]) -> None:
        """Take turns until something ends it."""
        turn = wasyncore.poll2 if use_poll else wasyncore.poll
        while map:
            turn(self.rest(timeout, time.monotonic()), map)


class Task(WSGITask):
    """A request that tells the application how to have its answer held back."""

    def get_environment(self) -> Any:
        """What the application gets."""
        environ = super().get_environment()
        environ[HOLD] = self.channel.hold
        return environ


class Channel(HTTPChannel):
    """A connection that knows since when a request or an answer is under way, and until when that is held back."""

    task_class = Task

    def __init__(self, *arguments: Any, **given: Any) -> None:
        self._since = time.monotonic()
        self._held_until = 0.0
        super().__init__(*arguments, **given)

    def hold(self, seconds: float) -> None:
        """Send the answer that is being made no earlier than so many seconds from now; another request of this connection is not read before."""
        self._held_until = time.monotonic() + seconds
        self.server.asyncore.expect(self._held_until)

    def writable(self) -> bool:
        """Whether there is something to send; asked in every turn of the loop."""
        return bool(self.will_close or (super().writable() and time.monotonic() >= self._held_until))

    def received(self, data: bytes) -> Any:
        """Take in what came; a request begins with its first byte, its answer where it ends."""
        before = self.request
        done = super().received(data)
        if before is None or self.request is not before:
            self._since = time.monotonic()
        return done

    def service(self) -> None:
        """Answer a request, in a thread of the application."""
        super().service()
        self._since = time.monotonic()

    def _flush_some(self, do_close: bool = True) -> Any:
        if time.monotonic() < self._held_until:
            return False
        sent = super()._flush_some(do_close=do_close)
        if sent and not self.total_outbufs_len:
            self._since = time.monotonic()
        return sent

    def readable(self) -> bool:
        """Whether more is read; asked in every turn of the loop, so that who is too slow is noticed here."""
        line = Line(bool(self.requests), self.request is not None or self.total_outbufs_len > 0, self._since)
        if let_go(line, time.monotonic(), len(self.server.active_channels), self.adj.connection_limit):
            self.will_close = True
        return bool(super().readable())


class Told:
    """Among what a server listens to, what tells it to end: safely between two turns of its loop, where nothing can swallow it."""

    accepting = False

    def __init__(self) -> None:
        self.said = False

    def end(self) -> None:
        """Let the server end; for a handler of signals, any number of times."""
        self.said = True

    def readable(self) -> bool:
        """Asked in every turn of the loop."""
        if self.said:
            raise KeyboardInterrupt
        return False

    def writable(self) -> bool:
        """Nothing is ever written to it."""
        return False

    def close(self) -> None:
        """Nothing is open."""


def listen(application: Callable[..., Any], told: Told, **given: Any) -> Any:
    """A server of waitress that lets slow connections go and ends when it is told to.

    Parameters
    ----------
    application : callable
        As WSGI has it.
    told : Told
    **given : Any
        What `waitress.create_server` takes.

    Raises
    ------
    OSError
        If it cannot listen where it is to.
    """
    listened_to: dict[int, Any] = {}
    server = waitress.create_server(
        application,
        map=listened_to,
        asyncore_use_poll=hasattr(select, "poll"),
        channel_timeout=10 * EXCHANGE_SECONDS,  # by a clock that may be set; `let_go` decides
        asyncore_loop_timeout=1,
        **given,
    )
    turns = Turns()
    for one in (server, *listened_to.values()):  # where it listens to several addresses, what runs is not among what is listened to
        one.asyncore = turns
        if isinstance(one, BaseWSGIServer):
            one.channel_class = Channel
    listened_to[-1] = told
    return server
