"""A photograph of a table, for tests that need one."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from benchmarks.photographs import CONDITIONS, laid_out, photographed
from qmethod_studies.loading import find, load


@lru_cache(maxsize=4)
def photograph(seed: int = 1, language: str = "en") -> tuple[bytes, tuple[float, ...]]:
    """A JPEG of a sort of the leadership study in good light, and the column of each statement."""
    rng = np.random.default_rng(seed)
    table, values = laid_out(load(find("leadership")), rng, language)
    return photographed(table, CONDITIONS["good light"], rng).tobytes(), values
