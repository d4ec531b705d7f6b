"""The same people on two occasions: how often a change is found that is there, and said where there is none."""

from __future__ import annotations

import numpy as np

from benchmarks.validation.planting import GRIDS, Cell, Tally
from qmethod.data import FloatArray, QData
from qmethod.occasions.compared import OccasionComparison, compare_occasions
from qmethod.retention.chance import filled

SIZES = (16, 14, 10)
"""People who hold each of three viewpoints."""
FEW = (5, 4, 3)
REPEATED = 12
"""People, no more than there are, who sorted twice before."""
DRAWS = 2000
CHANGED = 3
"""Statements that rise for everybody; as many fall."""
MOVERS = 5
"""People who hold another viewpoint on the second occasion."""
REPEATING = {"people repeat well": (0.75, 0.95), "people repeat badly": (0.45, 0.75)}
"""Correlation of what somebody thinks on two occasions where nothing has changed, before it is put into the grid; drawn for each person."""

NOTHING, HALF, WHOLE, MOVE = "nothing changes", "six statements by half a standard deviation", "six statements by one", "five people move"


def _cell(twist: str, sizes: tuple[int, ...] = SIZES, grid: str = "classical", repeating: str = "people repeat well") -> Cell:
    name = f"{sum(sizes)} people, {grid} grid, {repeating}: {twist}"
    return Cell("occasions", name, sizes, (0.5, 0.8), 0.0, sum(sizes), grid, times=2 if twist == NOTHING else 1, twist=twist)


CELLS = (
    _cell(NOTHING),
    _cell(NOTHING, repeating="people repeat badly"),
    _cell(NOTHING, grid="small"),
    _cell(NOTHING, sizes=FEW),
    _cell(HALF),
    _cell(HALF, sizes=FEW),
    _cell(WHOLE),
    _cell(WHOLE, repeating="people repeat badly"),
    _cell(WHOLE, sizes=FEW),
    _cell(MOVE),
    _cell(MOVE, grid="small"),
)


def one(cell: Cell, rng: np.random.Generator) -> Tally:
    """One study."""
    before, after, again, changed, movers = _study(cell, rng)
    names = tuple(f"p{i}" for i in range(cell.sorts))
    repeated = min(REPEATED, cell.sorts)
    twice = tuple(f"{name} again" for name in names[:repeated])
    first = QData(np.concatenate([before, again[:repeated]]).T, participants=names + twice)
    pairs = list(zip(names, twice, strict=False))
    made = compare_occasions(first, QData(after.T, participants=names), n_factors=3, pairs=pairs, n_permutations=DRAWS, rng=rng)
    return _counted(made, changed, movers)


def _study(cell: Cell, rng: np.random.Generator) -> tuple[FloatArray, FloatArray, FloatArray, np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """Sorts (p, n) before, after and once more before, with nothing between; which statements changed, and who."""
    places = GRIDS[cell.grid].slots()
    n, p = len(places), cell.sorts
    views = rng.standard_normal((len(cell.sizes), n))
    held = np.repeat(np.arange(len(cell.sizes)), cell.sizes)
    a = rng.uniform(*cell.loadings, size=(p, 1))
    own = np.sqrt(1 - a**2) * rng.standard_normal((p, n))
    steady = rng.uniform(*next(ends for words, ends in REPEATING.items() if words in cell.name), size=(p, 1))
    changed, movers = np.zeros(n, dtype=bool), np.zeros(p, dtype=bool)
    shift, later = np.zeros(n), held.copy()
    if cell.twist in (HALF, WHOLE):
        which = rng.permutation(n)[: 2 * CHANGED]
        changed[which] = True
        shift[which] = np.repeat([1.0, -1.0], CHANGED) * (0.5 if cell.twist == HALF else 1.0)
    if cell.twist == MOVE:
        movers[rng.permutation(p)[:MOVERS]] = True
        later[movers] = (held[movers] + rng.integers(1, len(cell.sizes), MOVERS)) % len(cell.sizes)
    return (
        _sorted(a * views[held] + own, steady, places, rng),
        _sorted(a * views[later] + own + shift, steady, places, rng),
        _sorted(a * views[held] + own, steady, places, rng),
        changed,
        movers,
    )


def _sorted(thought: FloatArray, steady: FloatArray, places: FloatArray, rng: np.random.Generator) -> FloatArray:
    latent = np.sqrt(steady) * thought + np.sqrt(1 - steady) * rng.standard_normal(thought.shape)
    return np.asarray(filled(latent[None], np.broadcast_to(places, latent.shape))[0])


def _counted(made: OccasionComparison, changed: np.ndarray, movers: np.ndarray) -> Tally:  # type: ignore[type-arg]
    """What was said of a study; where statements rise for everybody, everybody moves, and where some people move, some statements do."""
    tally: Tally = {("repeating", "r"): (made.people.reliability, 1.0)}
    said = {"statements": made.changed_statements, "moved": made.moved_people, "people": made.changed_people}
    if made.viewpoints is not None and not changed.any() and not movers.any():
        tally["viewpoints", "false"] = (float((made.viewpoints.p_values <= made.alpha).any()), 1.0)
    for rule, true, null in (("statements", changed, not movers.any()), ("moved", movers, not changed.any()), ("people", movers, not changed.any())):
        if null:
            tally[rule, "false"] = (float(said[rule][~true].any()), 1.0)
        if true.any():
            tally[rule, "power"] = (float(said[rule][true].sum()), float(true.sum()))
    return tally
