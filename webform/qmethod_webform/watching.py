"""Waiting until one of many connections has something to say or takes something, without asking each of them in every turn.

A loop that asks every open connection whether it wants to read or write does so for each browser at rest with every request of any other. Here the
system is told once what each waits for, and only those are asked anew with which something happens.
"""

from __future__ import annotations

import select
from collections.abc import MutableMapping
from typing import Any, Protocol

from waitress import wasyncore

Connections = MutableMapping[int, Any]
"""By the number of the file: connections, doors and triggers as `waitress.wasyncore` has them."""
READS, WRITES, ENDS = 1 | 2, 4, 8 | 16
"""What is waited for and told, in the numbers that poll and epoll have in common: something came, something is taken, it broke or was closed."""


class Watch(Protocol):
    """How a loop waits."""

    def turn(self, seconds: float) -> None:
        """Wait so long at most for something to come or go, and see to it."""

    def new(self, number: int) -> None:
        """Watch a connection as well."""

    def gone(self, number: int) -> None:
        """Watch a connection no more, which is about to be closed."""

    def ask_all(self) -> None:
        """Ask every connection in the next turn what it waits for."""


class Polling:
    """Asks every connection in every turn, which every system knows.

    Parameters
    ----------
    connections : mapping of int to dispatcher
    """

    def __init__(self, connections: Connections) -> None:
        self._all = connections

    def turn(self, seconds: float) -> None:
        """Wait so long at most for something to come or go, and see to it."""
        (wasyncore.poll2 if hasattr(select, "poll") else wasyncore.poll)(seconds, self._all)

    def new(self, number: int) -> None:
        """Nothing to do."""

    def gone(self, number: int) -> None:
        """Nothing to do."""

    def ask_all(self) -> None:
        """Nothing to do."""


class Epoll:
    """Is told by the system (epoll, on Linux); asks those connections with which something happens, until they are at rest.

    A connection whose request is being answered is watched as before: mostly nothing comes meanwhile. What does is looked at once it can be.

    Parameters
    ----------
    connections : mapping of int to dispatcher
        A connection may have ``at_rest``, which tells whether what it waits for stays as it is until something comes.
    """

    def __init__(self, connections: Connections) -> None:
        self._all = connections
        self._epoll = select.epoll()
        self._watched: dict[int, int] = {}
        self._asked = set(connections)

    def turn(self, seconds: float) -> None:
        """Wait so long at most for something to come or go, and see to it."""
        for number in list(self._asked):
            self._settle(number)
        for number, told in self._epoll.poll(seconds):
            one = self._all.get(number)
            if one is None:
                continue
            self._asked.add(number)
            wanted = _wanted(one)
            if wanted:
                wasyncore.readwrite(one, told & (wanted | ENDS))
            else:
                self._watch(number, 0)

    def new(self, number: int) -> None:
        """Watch a connection as well."""
        self._asked.add(number)

    def gone(self, number: int) -> None:
        """Watch a connection no more, which is about to be closed."""
        self._asked.discard(number)
        self._watch(number, 0)

    def ask_all(self) -> None:
        """Ask every connection in the next turn what it waits for."""
        self._asked.update(self._all)

    def _settle(self, number: int) -> None:
        one = self._all.get(number)
        if one is None:
            self.gone(number)
            return
        wanted = _wanted(one)
        if wanted:
            self._watch(number, wanted)
        if getattr(one, "at_rest", bool)():
            self._asked.discard(number)

    def _watch(self, number: int, wanted: int) -> None:
        before = self._watched.get(number, 0)
        if wanted == before:
            return
        if not wanted:
            del self._watched[number]
            self._epoll.unregister(number)
            return
        self._watched[number] = wanted
        (self._epoll.modify if before else self._epoll.register)(number, wanted)


def watch(connections: Connections) -> Watch:
    """The best way of waiting that the system has.

    Parameters
    ----------
    connections : mapping of int to dispatcher
    """
    return Epoll(connections) if hasattr(select, "epoll") else Polling(connections)


def _wanted(one: Any) -> int:
    return (READS if one.readable() else 0) | (WRITES if one.writable() and not one.accepting else 0)
