"""How the server listens: for how long it waits for whoever sends or takes slowly, and how it ends when it is told to.

Requests are taken in by one thread that waits for nobody; a thread of the application gets each when it is whole. So who is slow holds a connection,
and of these there are only so many. The application can have an answer held back for a while, which holds a connection and no thread either. The
seconds here are those of a clock that nobody sets.
"""

from __future__ import annotations

import heapq
import math
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import waitress
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer
from waitress.task import WSGITask

from qmethod_webform.limits import HOLD
from qmethod_webform.watching import watch

EXCHANGE_SECONDS = 120
"""From the first byte of a request to its last, and from the first byte of the answer to its last: a minute is enough for the largest request
that is taken at 10 kB a second."""
IDLE_SECONDS = 20
"""How long a browser's connection stays open between requests. Browsers open up to six and leave them open, so that a class needs many; each costs
a little with every request. Browsers open new ones unasked."""
CROWDED = 0.9
"""From this share of all connections on, whoever is slow or idle is let go after a twelfth of these seconds."""
HURRY = 12
TURN_SECONDS = 1.0
LOOK_SECONDS = 0.25
"""How often it is asked at most which connections have waited too long."""
ENDING_TURN_SECONDS = 0.05
ENDING_SECONDS = 10
"""For how long a server that is told to end lets requests end that are under way."""
QUIET_SECONDS = 0.5
"""How long a connection has to be at rest before a server that is to end closes it: who has just connected is about to send a request."""


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


def all_answered(lines: Iterable[Line], now: float) -> bool:
    """Whether a server that is to end may: nothing is under way, and nobody has connected just now and is about to ask.

    Parameters
    ----------
    lines : iterable of Line
        Of the connections that are open.
    now : float
    """
    return not any(line.answering or line.under_way or now - line.since < QUIET_SECONDS for line in lines)


class Turns:
    """When the loop of a server takes its next turn: no later than the first answer is due that was held back."""

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


class Task(WSGITask):
    """A request that tells the application how to have its answer held back."""

    def get_environment(self) -> Any:
        """What the application gets."""
        environ = super().get_environment()
        environ[HOLD] = self.channel.hold
        return environ

    def finish(self) -> None:
        """End the answer, and send it from this thread, which has it at hand; what is not taken at once the loop sends."""
        super().finish()
        self.channel.send_now()


class Channel(HTTPChannel):
    """A connection that knows since when a request or an answer is under way, and until when that is held back."""

    task_class = Task

    def __init__(self, *arguments: Any, **given: Any) -> None:
        self._since = time.monotonic()
        self._held_until = 0.0
        super().__init__(*arguments, **given)

    def add_channel(self, map: Any = None) -> None:
        """Be one of the open connections."""
        super().add_channel(map)
        self.server.watch.new(self._fileno)

    def del_channel(self, map: Any = None) -> None:
        """Be none of them any more."""
        self.server.watch.gone(self._fileno)
        super().del_channel(map)

    def at_rest(self) -> bool:
        """Whether what the connection waits for stays as it is until something comes: no request of it is here, and no answer is on its way."""
        return not (self.requests or self.request is not None or self.total_outbufs_len or self.will_close or self.close_when_flushed)

    def send_now(self) -> None:
        """Send what is taken at once."""
        self._flush_exception(self._flush_some_if_lockable, do_close=False)

    def line(self) -> Line:
        """Where the connection is."""
        return Line(bool(self.requests), self.request is not None or self.total_outbufs_len > 0, self._since)

    @property
    def _held(self) -> bool:
        """Whether nothing is sent yet. A server that is to end holds nothing back."""
        return time.monotonic() < self._held_until and not self.server.told.said

    def hold(self, seconds: float) -> None:
        """Send the answer that is being made no earlier than so many seconds from now; another request of this connection is not read before."""
        self._held_until = max(self._held_until, time.monotonic() + seconds)
        self.server.turns.expect(self._held_until)

    def writable(self) -> bool:
        """Whether there is something to send; asked in every turn of the loop."""
        return bool(self.will_close or (super().writable() and not self._held))

    def received(self, data: bytes) -> Any:
        """Take in what came; a request begins with its first byte, its answer where it ends."""
        before = self.request
        done = super().received(data)
        if before is None or self.request is not before:
            self._since = time.monotonic()
        return done

    def service(self) -> None:
        """Answer a request, in a thread of the application; where the server is to end, the answer says that it is the last on its connection."""
        if self.server.told.said:
            self.requests[0].headers["CONNECTION"] = "close"
        super().service()
        self._since = time.monotonic()

    def _flush_some(self, do_close: bool = True) -> Any:
        if self._held:
            return False
        sent = super()._flush_some(do_close=do_close)
        if sent and not self.total_outbufs_len:
            self._since = time.monotonic()
        return sent


class Told:
    """Whether a server was told to end; its loop looks in each turn, where nothing can swallow it."""

    def __init__(self) -> None:
        self.said = False

    def end(self) -> None:
        """Let the server end; for a handler of signals, any number of times."""
        self.said = True


class Listener:
    """A server of waitress in a loop of its own, which ends when it is told to and not before everybody who asked was answered.

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

    def __init__(self, application: Callable[..., Any], told: Told, **given: Any) -> None:
        self._told, self._turns, self._looked = told, Turns(), 0.0
        self._map: dict[int, Any] = {}
        self._server = waitress.create_server(
            application,
            map=self._map,
            channel_timeout=10 * EXCHANGE_SECONDS,  # by a clock that may be set; `let_go` decides
            **given,
        )
        self.watch = watch(self._map)
        self._doors = [one for one in self._map.values() if isinstance(one, BaseWSGIServer)]
        for door in self._doors:
            door.channel_class, door.told, door.turns, door.watch = Channel, told, self._turns, self.watch

    @property
    def port(self) -> int:
        """The port that it listens on."""
        port: int = self._doors[0].effective_port
        return port

    @property
    def n_open(self) -> int:
        """How many connections are open."""
        return len(self._channels())

    def run(self) -> None:
        """Serve until it is told to end; then take in nobody new, and let what is under way end, for some seconds."""
        while not self._told.said:
            self.turn(TURN_SECONDS)
        self._shut_doors()
        deadline = time.monotonic() + ENDING_SECONDS
        while time.monotonic() < deadline and not all_answered([channel.line() for channel in self._channels()], time.monotonic()):
            self.turn(ENDING_TURN_SECONDS)
        self._server.task_dispatcher.shutdown()

    def turn(self, seconds: float) -> None:
        """One turn of the loop: wait so long at most for something to come or go, and see to it."""
        if time.monotonic() - self._looked > LOOK_SECONDS:
            self._let_go()
        self.watch.turn(self._turns.rest(seconds, time.monotonic()))

    def close(self) -> None:
        """Close all connections that are still open."""
        wasyncore.close_all(self._map)

    def _let_go(self) -> None:
        """Close what has waited too long, also where nothing can be sent because nobody takes it."""
        channels, now = self._channels(), time.monotonic()
        for channel in channels:
            if let_go(channel.line(), now, len(channels), channel.adj.connection_limit):
                channel.handle_close()
        self.watch.ask_all()
        self._looked = now

    def _channels(self) -> list[Channel]:
        return [one for one in list(self._map.values()) if isinstance(one, Channel)]

    def _shut_doors(self) -> None:
        """Listen no more: first who has come is taken in, because to be shut out after that looks to a proxy like a request that failed."""
        for door in self._doors:
            before = -1
            while before < (before := len(self._map)):
                door.handle_accept()
            self.watch.gone(door._fileno)
            wasyncore.dispatcher.close(door)
