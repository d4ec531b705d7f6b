"""What hypothesis draws: grids and sorts."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from qmethod import Grid


@st.composite
def grids(draw: st.DrawFn, most_statements: int = 20) -> Grid:
    """Any grid: asymmetric, without 0, with gaps between values."""
    values = draw(st.lists(st.integers(-6, 13), min_size=2, max_size=7, unique=True))
    counts = draw(st.lists(st.integers(1, 4), min_size=len(values), max_size=len(values)))
    counts[0] += max(0, 6 - sum(counts))
    while sum(counts) > most_statements:
        counts[counts.index(max(counts))] -= 1
    return Grid(tuple(sorted(values)), tuple(counts))


@st.composite
def forced_sorts(draw: st.DrawFn, least_sorts: int = 4, most_sorts: int = 12) -> tuple[Grid, np.ndarray]:
    """A grid and sorts that follow it, drawn around a few viewpoints so that factors exist; shape (n, m)."""
    grid = draw(grids())
    m = draw(st.integers(least_sorts, most_sorts))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    views = rng.standard_normal((grid.n_statements, draw(st.integers(1, 3))))
    latent = views[:, rng.integers(0, views.shape[1], m)] + draw(st.sampled_from([0.3, 1.0, 3.0])) * rng.standard_normal((grid.n_statements, m))
    sorts = np.empty(latent.shape, dtype=int)
    np.put_along_axis(sorts, latent.argsort(axis=0), grid.slots().astype(int)[:, None], axis=0)
    return grid, sorts
