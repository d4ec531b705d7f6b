"""The bootstrap of an analysis: what the recipe asks for, the tables it writes, and the processes that may do the work."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager

import numpy as np

from analysis.recipe import Recipe
from analysis.tables import Cell, Table, number, placement
from qmethod.data import FloatArray
from qmethod.resampling.batched import suits
from qmethod.resampling.bootstrap import Bootstrap, bootstrap
from qmethod.solution import QSolution

WORTH_PROCESSES = 100  # resamples, each through the whole method, below which starting processes takes longer than the work

Progress = Callable[[str], None]


@contextmanager
def processes() -> Iterator[Executor | None]:
    """Processes on all cores, none of which starts before it has work; None on one core."""
    cores = os.cpu_count() or 1
    if cores == 1:
        yield None
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        yield pool


def resampled(solution: QSolution, recipe: Recipe, step: Progress, executor: Executor | None = None) -> Bootstrap | None:
    """The bootstrap that a recipe asks for; None where it asks for none.

    Parameters
    ----------
    solution : QSolution
    recipe : Recipe
    step : callable
        Called with how far it has come, in words.
    executor : concurrent.futures.Executor, optional
        Processes, used where each resample runs through the whole method and threads would not help.
    """
    asked = recipe.bootstrap
    if asked is None:
        return None
    together = suits(solution.policies, missing=bool(solution.data.missing.any()))
    return bootstrap(
        solution,
        asked.replicates,
        level=asked.level,
        interval=asked.interval,
        rng=np.random.default_rng(asked.seed),
        target=_target(solution, recipe),
        executor=None if together or asked.replicates < WORTH_PROCESSES else executor,
        progress=lambda done, of: step(f"drawing the participants anew {bar(done, of)} {done} of {of}"),
    )


def bar(done: int, of: int, width: int = 24) -> str:
    """A bar of text: ``━━━━━━────``."""
    full = width * done // of
    return "━" * full + "─" * (width - full)


def _target(solution: QSolution, recipe: Recipe) -> FloatArray | None:
    """The target with a row for each sort of the solution, which may be fewer than were read."""
    if not recipe.target:
        return None
    rows = dict(recipe.target)
    free = (math.nan,) * recipe.n_factors
    return np.array([rows.get(name, free) for name in solution.data.participants])


def files(solution: QSolution, found: Bootstrap) -> dict[str, Table]:
    """Tables of the bootstrap by the name of their file."""
    return {
        "bootstrap_z_scores.csv": z_scores(solution, found),
        "bootstrap_arrays.csv": arrays(found),
        "bootstrap_loadings.csv": loadings(found),
        "bootstrap_flags.csv": flags(found),
        "bootstrap_replication.csv": replication(found),
    }


def to_json(found: Bootstrap, belongs: Mapping[str, str]) -> str:
    """Everything as JSON, one line for each part, beginning with what it `belongs` to; see `analysis.listing.parsed`."""
    values = {**belongs, **found.to_dict()}
    lines = [f" {json.dumps(key)}: {json.dumps(value, allow_nan=False, ensure_ascii=False)}" for key, value in values.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def z_scores(solution: QSolution, found: Bootstrap) -> Table:
    """z-scores with their intervals, one row for each viewpoint and statement."""
    z = found.z_scores
    rows: list[tuple[Cell, ...]] = [
        (
            label,
            statement,
            solution.data.texts[i],
            *_numbers(z.estimate[i, f], z.low[i, f], z.high[i, f], z.standard_error[i, f], z.bias[i, f]),
            int(z.n_used[i, f]),
        )
        for f, label in enumerate(found.labels)
        for i, statement in enumerate(found.statements)
    ]
    return Table(("factor", "statement", "text", "z_score", "low", "high", "standard_error", "bias", "resamples"), tuple(rows))


def arrays(found: Bootstrap) -> Table:
    """Positions with their intervals and the share of resamples that give each, one row for each viewpoint and statement."""
    a = found.arrays
    header = ("factor", "statement", "array", "low", "high", *(f"share_at_{placement(value)}" for value in a.values), "resamples")
    rows: list[tuple[Cell, ...]] = [
        (
            label,
            statement,
            *(placement(values[i, f]) for values in (a.estimate, a.low, a.high)),
            *_numbers(*a.probability[i, f]),
            int(a.n_used[f]),
        )
        for f, label in enumerate(found.labels)
        for i, statement in enumerate(found.statements)
    ]
    return Table(header, tuple(rows))


def loadings(found: Bootstrap) -> Table:
    """Loadings with their intervals, one row for each participant and viewpoint."""
    s = found.loadings
    rows: list[tuple[Cell, ...]] = [
        (who, label, *_numbers(s.estimate[i, f], s.low[i, f], s.high[i, f], s.standard_error[i, f], s.bias[i, f]), int(s.n_used[i, f]))
        for i, who in enumerate(found.participants)
        for f, label in enumerate(found.labels)
    ]
    return Table(("participant", "factor", "loading", "low", "high", "standard_error", "bias", "resamples"), tuple(rows))


def flags(found: Bootstrap) -> Table:
    """How often each participant defines each viewpoint, of the resamples that hold the sort."""
    columns = [name for label in found.labels for name in (f"{label}_defines", f"{label}_frequency")]
    rows: list[tuple[Cell, ...]] = []
    for i, who in enumerate(found.participants):
        cells: list[Cell] = []
        for f in range(len(found.labels)):
            cells += ["yes" if found.flags.estimate[i, f] else "no", number(found.flags.frequency[i, f])]
        rows.append((who, int(found.flags.n_used[i]), *cells))
    return Table(("participant", "resamples", *columns), tuple(rows))


def replication(found: Bootstrap) -> Table:
    """How well each viewpoint comes back."""
    r = found.replication
    header = ("factor", "defining_sorts", "phi_median", "phi_5_percent", "share_85", "share_95", "resamples", "scored", "empty", "contested")
    rows: list[tuple[Cell, ...]] = [
        (
            label,
            int(found.n_defining[f]),
            *_numbers(r.median[f], r.low[f], r.fair[f], r.equal[f]),
            found.n_completed,
            *(int(counted[f]) for counted in (r.n_used, r.n_empty, r.n_contested)),
        )
        for f, label in enumerate(found.labels)
    ]
    return Table(header, tuple(rows))


def _numbers(*values: float) -> tuple[Cell, ...]:
    return tuple(number(value) for value in values)
