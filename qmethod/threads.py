"""The threads of the libraries under numpy, held here and nowhere else.

They would share each small product among threads of their own, which gains nothing and, beside other work, costs a hundredfold. So whatever is made
of small matrices holds them to one thread for as long as it works, and a process that works beside others does for good.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""What the libraries read when they are loaded."""


class _Hold:
    """The limit of this process: set by the first that needs it, lifted by the last, whichever threads of Python they are."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._holders = 0
        self._limits: Any = None
        self._libraries: Any = None
        self._n_modules = 0

    def take(self) -> None:
        """One more holds it."""
        with self._lock:
            if self._holders == 0:
                self._limits = self._found().limit(limits=1)
            self._holders += 1

    def leave(self) -> None:
        """One fewer does."""
        with self._lock:
            self._holders -= 1
            if self._holders == 0:
                self._limits.restore_original_limits()

    def _found(self) -> Any:
        """The libraries that are loaded. Looking for them takes as long as a small analysis, and is needed where modules came since."""
        if self._libraries is None or self._n_modules != len(sys.modules):
            from threadpoolctl import ThreadpoolController

            self._libraries = ThreadpoolController()
            self._n_modules = len(sys.modules)
        return self._libraries


_HOLD = _Hold()


@contextmanager
def one_thread() -> Iterator[None]:
    """Hold the libraries under numpy to one thread each. As a decorator, while a function runs."""
    _HOLD.take()
    try:
        yield
    finally:
        _HOLD.leave()


def hold() -> None:
    """Hold them for good, those that are loaded later too: for a process that works beside others."""
    for name in VARIABLES:
        os.environ.setdefault(name, "1")
    import numpy as np  # noqa: F401 - loads the library that is to be held

    _HOLD.take()
