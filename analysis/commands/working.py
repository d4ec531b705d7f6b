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
