"""What is found where statements come in themes that each person likes or dislikes in a way of their own, with tags and without."""

from __future__ import annotations

import numpy as np

from benchmarks.validation.planting import GRIDS, Cell, Tally
from benchmarks.validation.retention import table_of
from qmethod import QData
from qmethod.data import FloatArray
from qmethod.retention.themes import Themes

SORTS = 30
VIEWS = (10, 10, 10)
SIZES, OWN = (2, 3, 6), (0.15, 0.3, 0.5)
LEVEL = 0.05


def _cell(theme: int, own: float, sizes: tuple[int, ...]) -> Cell:
    what = "three viewpoints" if sizes else "no shared view"
    name = f"{what}, themes of {theme}, {f'own liking {own:.0%}' if own else 'random sorts'}"
    return Cell("themes", name, sizes, sorts=SORTS, theme=theme, own=own, times=1 if sizes else 3)


CELLS = (
    *(_cell(theme, 0.0, ()) for theme in SIZES),
    *(_cell(theme, own, ()) for theme in SIZES for own in OWN),
    *(_cell(theme, own, VIEWS) for theme in SIZES for own in OWN),
)


def drawn(cell: Cell, rng: np.random.Generator) -> tuple[QData, Themes]:
    """Sorts of a cell, and the themes of the statements.

    A latent score is a e + sqrt(1 - a^2) u, e being the viewpoint and u what is the person's own: independent normal numbers, of which the share
    `Cell.own` of the variance is the same for all statements of a theme. Viewpoints have the share `Cell.common` of theirs in common.
    """
    grid = GRIDS[cell.grid]
    n, m = grid.n_statements, cell.sorts
    numbers = rng.permutation(n) // cell.theme
    liking: FloatArray = rng.standard_normal((numbers.max() + 1, m))[numbers]
    latent = np.sqrt(cell.own) * liking + np.sqrt(1 - cell.own) * rng.standard_normal((n, m))
    if cell.sizes:
        views = rng.standard_normal((n, len(cell.sizes)))
        loadings = rng.uniform(*cell.loadings, m)
        if cell.common:
            views = np.sqrt(1 - cell.common) * views + np.sqrt(cell.common) * rng.standard_normal((n, 1))
        latent = loadings * views[:, np.repeat(np.arange(len(cell.sizes)), cell.sizes)] + np.sqrt(1 - loadings**2) * latent
    return QData(grid.slots()[latent.argsort(axis=0).argsort(axis=0)]), Themes(numbers, tuple(f"theme {i}" for i in range(int(numbers.max()) + 1)))


def one(cell: Cell, rng: np.random.Generator) -> Tally:
    """Whether NEST, NEST beyond themes and the empirical Kaiser criterion find what is there, and whether sorts agree more than they oppose."""
    data, themes = drawn(cell, rng)
    truth = len(cell.sizes)
    table = table_of(data, truth + 1)
    streams = rng.spawn(4)
    table.eigenvalues()
    table.nest(table.parallel(streams[0]), streams[1], True)
    table.beyond_themes(themes, streams[2], True)
    tally: Tally = {}
    for rule in ("nest", "nest_themes", "parallel_95", "ekc"):
        k = table.answers[rule]
        assert k is not None
        tally[rule, "too many"] = (float(k > truth), 1.0)
        if truth:
            tally[rule, "all found"] = (float(k >= truth), 1.0)
            tally[rule, "exact"] = (float(k == truth), 1.0)
    tally["agreement", "more than chance"] = (float(table.agreement(streams[3])[1] <= LEVEL), 1.0)
    return tally
