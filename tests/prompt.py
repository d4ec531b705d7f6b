"""What has to be done soon."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def promptly(act: Callable[[], T], within: float, clock: Callable[[], float] = time.process_time) -> T:
    """What an act gives that takes less than so many seconds.

    Parameters
    ----------
    act : callable
    within : float
    clock : callable
        That of the processor, unless what is done is waiting.

    Raises
    ------
    AssertionError
        If it took longer.
    """
    began = clock()
    done = act()
    taken = clock() - began
    assert taken < within, f"it took {taken:.2f} seconds"
    return done
