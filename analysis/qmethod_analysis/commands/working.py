"""Say on a terminal what is going on, while it goes on."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from qmethod_analysis.commands.speaking import quiet

FIRST = 30.0
"""Seconds of work after which it is said where no terminal shows it how far it has come; said again whenever twice as many have passed."""


def foretell(what: str) -> None:
    """Say on stderr, before it begins, what may take long; nothing with ``--quiet``.

    Parameters
    ----------
    what : str
    """
    if not quiet():
        click.echo(f"{what} ...", err=True)


class _Seldom:
    """Says on stderr how far work has come, at times that lie further and further apart."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.next = FIRST

    def say(self, what: str) -> None:
        """Say it if it is time."""
        if (passed := time.monotonic() - self.began) >= self.next:
            self.next = 2 * passed
            foretell(what)


@contextmanager
def working(first: str) -> Iterator[Callable[[str], None]]:
    """Show the current step on stderr where that is a terminal; elsewhere say it when work takes long.

    Parameters
    ----------
    first : str
        What is done first.

    Yields
    ------
    callable
        To be called with the name of each step as it begins.
    """
    if not sys.stderr.isatty():
        seldom = _Seldom()
        yield seldom.say
        return
    from rich.console import Console

    with Console(stderr=True).status(f"{first} ...") as status:
        yield lambda step: status.update(f"{step} ...")


@contextmanager
def counting() -> Iterator[Callable[[str, int, int], None]]:
    """Show on stderr how far the current step has come, where that is a terminal; elsewhere say it when work takes long.

    Yields
    ------
    callable
        To be called with the name of the step, how much of it is done and how much there is.
    """
    if not sys.stderr.isatty():
        seldom = _Seldom()
        yield lambda step, done, total: seldom.say(f"{step}: {done:,} of {total:,}")
        return
    from rich.console import Console
    from rich.progress import Progress, TaskID

    with Progress(console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def show(step: str, done: int, total: int) -> None:
            if step not in tasks:
                for earlier in tasks.values():
                    bars.update(earlier, visible=False)
                tasks[step] = bars.add_task(step)
            bars.update(tasks[step], completed=done, total=total)

        yield show
