"""Costs told before they are spent: what would take very long is not begun unless somebody says so."""

from __future__ import annotations

import time
from collections.abc import Callable

from qmethod.errors import DataError, Fault, Setting

LONG = 3600.0
"""Seconds of one piece of work that nobody has to ask for twice."""
HOWEVER_LONG = Setting("however_long", True)
_TRIED, _SURE = 1.0, 60.0
"""Seconds of work by which the rest is judged: not by less, and not any more when so much is done that it would be a pity."""


def within(
    limit: float | None, what: str, tell: Callable[[int, int], None], clock: Callable[[], float] = time.monotonic
) -> Callable[[int, int], None]:
    """Pass on how far work has come, and end it soon after it began where the rest would take longer than a limit.

    Parameters
    ----------
    limit : float or None
        Seconds; None for none.
    what : str
        The work, in words: ``drawing the participants anew``.
    tell : callable
        Called with how much is done and how much there is.
    clock : callable, optional
        Tells the time in seconds.

    Returns
    -------
    callable
        To be called as `tell`; raises a `DataError` that says how long it would take, and what to say to go on.
    """
    began = clock()

    def step(done: int, of: int) -> None:
        passed = clock() - began
        rest = passed / done * (of - done) if done else 0.0
        if limit is not None and rest > limit and _TRIED <= passed <= _SURE:
            message = f"{what} {of:,} times would take about {spoken(rest)} on this machine, as the first {done:,} took {passed:.1f} s"
            advice = f"Ask for fewer, or go on with {HOWEVER_LONG}."
            raise DataError([Fault(f"{message}; nothing was written", advice=advice, settings=(HOWEVER_LONG,))])
        tell(done, of)

    return step


def within_each(limit: float | None, tell: Callable[[str, int, int], None]) -> Callable[[str, int, int], None]:
    """The same for work of several steps, each of which is told with its name.

    Parameters
    ----------
    limit : float or None
    tell : callable
        Called with the name of the step, how much of it is done and how much there is.
    """
    steps: dict[str, Callable[[int, int], None]] = {}

    def step(name: str, done: int, of: int) -> None:
        if name not in steps:
            steps[name] = within(limit, name, lambda done, of: tell(name, done, of))
        steps[name](done, of)

    return step


def spoken(seconds: float) -> str:
    """A long time in words.

    Examples
    --------
    >>> spoken(7000), spoken(30 * 3600), spoken(10 * 86400)
    ('2 hours', '30 hours', '10 days')
    """
    hours = seconds / 3600
    number, unit = (hours, "hour") if hours < 48 else (hours / 24, "day")
    return f"{max(1, round(number)):,} {unit}{'' if max(1, round(number)) == 1 else 's'}"
