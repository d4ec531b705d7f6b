"""Bitmaps of figures, drawn once in a run for each figure and size.

Drawing letters and packing pixels takes a good part of a report for Word, and tests write reports on the same analyses again and again. What is
remembered is what the library made of exactly the same drawing; `tests/test_bitmaps.py` sees to it that it makes the same of it each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

import pytest
import resvg_py

Draw = Callable[..., bytes]
MOST = 300
"""How many are remembered, of less than 100 kB as a rule."""


def remembering(draw: Draw) -> Draw:
    """A way to draw that draws the same only once, of late."""
    return lru_cache(MOST)(draw)


@pytest.fixture(scope="session", autouse=True)
def bitmaps_once() -> Iterator[None]:
    """In this process; commands that tests start draw anew."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(resvg_py, "svg_to_bytes", remembering(resvg_py.svg_to_bytes))
        yield
