"""Say on a terminal what is going on, while it goes on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def working(first: str) -> Iterator[Callable[[str], None]]:
    """Show the current step on stderr where that is a terminal; otherwise stay silent.

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
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status(f"{first} ...") as status:
        yield lambda step: status.update(f"{step} ...")


@contextmanager
def counting() -> Iterator[Callable[[str, int, int], None]]:
    """Show on stderr how far the current step has come, where that is a terminal; otherwise stay silent.

    Yields
    ------
    callable
        To be called with the name of the step, how much of it is done and how much there is.
    """
    if not sys.stderr.isatty():
        yield lambda _step, _done, _total: None
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
