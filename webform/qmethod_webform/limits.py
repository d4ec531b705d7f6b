"""What a server lets through: people who begin, wrong access codes, and room on the disk. Wrong codes are counted by all processes together."""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from qmethod_studies.store.guessing import Guesses

HOLD = "qmethod.hold"
"""Where a request holds a function that has its answer held back for so many seconds, while no thread waits; not every server has one."""
WINDOW = 60
"""Seconds in which people who begin are counted."""
MANY_NETWORKS = 5
"""How many networks may send at once as many people as one may."""
MOST_ALLOWED = 10_000
"""Of so many an allowance remembers what they took; then those are forgotten who have made up for it."""
MOST_NETWORKS = 100_000
"""Networks that are remembered at once; those that sent a wrong code longest ago are forgotten first."""


class Beginnings:
    """Counts who begins in a study, or declines: each is a row of the database, and a program could make thousands.

    It is counted by network first, so that one program keeps nobody else from beginning; whoever is told to wait is not counted.

    Parameters
    ----------
    a_minute : int
        How many from one network in any minute, in each study; from all networks `MANY_NETWORKS` times as many.
    clock : callable, default time.monotonic
        Seconds that no clock which is set changes.
    """

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._of_network = a_minute
        self._in_all = a_minute * MANY_NETWORKS
        self._clock = clock
        self._begun: dict[tuple[str, ...], deque[float]] = {}  # the moments of the last minute, by study and network and by study
        self._turn = threading.Lock()

    def wait(self, study: str, address: str) -> int:
        """Seconds after which one more from an address may begin; 0 where that is now, and it is counted."""
        with self._turn:
            now = self._clock()
            self._forget(now)
            counted = [(self._recent((study, network(address)), now), self._of_network), (self._recent((study,), now), self._in_all)]
            waits = [moments[0] + WINDOW - now for moments, most in counted if len(moments) >= most]
            if waits:
                return max(1, math.ceil(max(waits)))
            for moments, _ in counted:
                moments.append(now)
            return 0

    def _recent(self, whose: tuple[str, ...], now: float) -> deque[float]:
        """The moments of the last minute."""
        moments = self._begun.setdefault(whose, deque())
        while moments and moments[0] <= now - WINDOW:
            moments.popleft()
        return moments

    def _forget(self, now: float) -> None:
        """Where very many networks are remembered, forget those of whom nobody has begun in the last minute."""
        if len(self._begun) >= MOST_NETWORKS:
            self._begun = {name: moments for name, moments in self._begun.items() if moments and moments[-1] > now - WINDOW}


class Shared(Protocol):
    """Where all processes of a server count wrong codes together."""

    def guessed(self, study: str, network: str, at_once: int) -> int:
        """Seconds after which a code of a network is looked at; 0 where that is now, and it counts as wrong."""

    def guessed_right(self, study: str, network: str, at_once: int) -> None:
        """Take back what the last code of a network was counted as."""


class WrongCodes:
    """A brake on guessing access codes, some of which people have chosen. It slows a network, never a study: nobody shuts out others elsewhere.

    Each process counts in its memory, by a clock that nobody sets, and all of them together where they share something. Who is told to wait by
    either waits. Personal links, respondents' codes and signatures are drawn at random and too long to be guessed, so none of them comes here.

    Parameters
    ----------
    at_once : int
        Wrong codes that a network may send before the next has to wait; room for the slips of a class behind one address.
    clock : callable, default time.monotonic
    shared : Shared, optional
    """

    def __init__(self, at_once: int, clock: Callable[[], float] = time.monotonic, shared: Shared | None = None) -> None:
        self._at_once = at_once
        self._clock = clock
        self._shared = shared
        self._networks: dict[tuple[str, str], Guesses] = {}
        self._turn = threading.Lock()

    def wait(self, study: str, address: str) -> int:
        """Seconds after which a code from an address is looked at; 0 where that is now. It counts as wrong until `right` is called."""
        key, now = (study, network(address)), self._clock()
        with self._turn:
            found = self._networks.pop(key, None) or Guesses(0.0, now, 0.0)
            seconds = found.wait(now)
            self._networks[key] = found if seconds else found.one_more(now, self._at_once)
            if len(self._networks) > MOST_NETWORKS:
                del self._networks[next(iter(self._networks))]
        if seconds or self._shared is None:
            return seconds
        if seconds := self._shared.guessed(*key, self._at_once):
            self._take_back(key)  # it was not looked at
        return seconds

    def right(self, study: str, address: str) -> None:
        """Take back what the last code from an address was counted as: it was right."""
        key = (study, network(address))
        self._take_back(key)
        if self._shared is not None:
            self._shared.guessed_right(*key, self._at_once)

    def _take_back(self, key: tuple[str, str]) -> None:
        with self._turn:
            if key in self._networks:
                self._networks[key] = self._networks[key].one_right()


def network(address: str) -> str:
    """The network of an address: the first 24 bits of IPv4, the first 48 of IPv6, which is what one household or one firm is given.

    Parameters
    ----------
    address : str
        As the server, or the proxy in front of it, saw it.
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped or found
    return str(ipaddress.ip_network((found, 24 if found.version == 4 else 48), strict=False))


class Allowance:
    """So many at once, and so many a minute from then on, for each of whom it is asked.

    Parameters
    ----------
    at_once : int
    a_minute : float
    clock : callable, optional
        Seconds that never run backwards.
    """

    def __init__(self, at_once: int, a_minute: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds_each = 60 / a_minute
        self._slack = at_once * self._seconds_each
        self._clock = clock
        self._used_up: dict[str, float] = {}  # until when what somebody took is being made up for
        self._lock = threading.Lock()

    def take(self, whose: str, number: int = 1) -> float:
        """Take so many, all or none.

        Parameters
        ----------
        whose : str
        number : int, default 1

        Returns
        -------
        float
            0 where they were taken; otherwise the seconds until they can be.
        """
        now = self._clock()
        with self._lock:
            until = max(now, self._used_up.get(whose, now)) + number * self._seconds_each
            if until - now > self._slack:
                return until - now - self._slack
            self._note(whose, until, now)
        return 0.0

    def queue(self, whose: str, longest: float) -> float:
        """Take one, whether it is there or not.

        Parameters
        ----------
        whose : str
        longest : float
            Seconds; whoever would have to wait longer has lost no more than that.

        Returns
        -------
        float
            Seconds until it is there: one after the other comes so.
        """
        now = self._clock()
        with self._lock:
            until = min(max(now, self._used_up.get(whose, now)) + self._seconds_each, now + self._slack + longest)
            self._note(whose, until, now)
        return max(0.0, until - now - self._slack)

    def _note(self, whose: str, until: float, now: float) -> None:
        if len(self._used_up) >= MOST_ALLOWED:
            self._used_up = {name: moment for name, moment in self._used_up.items() if moment > now}
        self._used_up[whose] = until


class Reserve:
    """Room on the disk that is kept for people who sort: below it nobody begins.

    Parameters
    ----------
    free : callable
        Bytes that are free where responses are kept; None where that is not known.
    least : int
        Bytes that are kept.
    say : callable
        Told, in a sentence, once when room has run short, and once when there is enough again.
    """

    def __init__(self, free: Callable[[], int | None], least: int, say: Callable[[str], object]) -> None:
        self._free = free
        self._least = least
        self._say = say
        self._short = False
        self._turn = threading.Lock()

    def short(self) -> bool:
        """Whether nobody may begin."""
        free = self._free()
        short = free is not None and free < self._least
        with self._turn:
            changed, self._short = short != self._short, short
        if changed and short:
            self._say(f"{(free or 0) // 10**6} MB are free on the disk of the responses, less than {self._least // 10**6} MB: nobody can begin")
        elif changed:
            self._say(f"{(free or 0) // 10**6} MB are free on the disk of the responses: people can begin again")
        return short
