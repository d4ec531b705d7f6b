"""What has to be done soon, on a machine that may be slow for a moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def promptly(act: Callable[[], T], within: float, clock: Callable[[], float] = time.process_time) -> T:
    """What an act gives that takes less than so many seconds; one that takes longer by chance does not do so three times.

    Parameters
    ----------
    act : callable
        Which can be done again.
    within : float
    clock : callable
        That of the processor, unless what is done is waiting.

    Raises
    ------
    AssertionError
        If it took longer each time.
    """
    taken: list[float] = []
    for _ in range(3):
        began = clock()
        done = act()
        taken.append(clock() - began)
        if taken[-1] < within:
            return done
    raise AssertionError(f"it took {', '.join(f'{seconds:.2f}' for seconds in taken)} seconds, and is to take less than {within}")
