"""What a recipe asks for besides the solution: the bootstrap, and how many viewpoints there could be."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from qmethod import threads
from qmethod.data import FloatArray
from qmethod.resampling.batched import suits
from qmethod.resampling.bootstrap import Bootstrap, bootstrap
from qmethod.retention.retain import Retention, retain
from qmethod.solution import QSolution
from qmethod_analysis.folder.tags import NONE_LAID, tags_of
from qmethod_analysis.recipe.recipe import Counting, Recipe
from qmethod_analysis.runs.costs import within, within_each
from qmethod_analysis.tables.bootstrap import Progress
from qmethod_analysis.tables.retention import FEW, MANY, MOST, OFTEN, SELDOM

T = TypeVar("T")
_ANEW, _ASKING = "drawing the participants anew", "asking how many viewpoints there are"
SECONDS_TO_START = 0.5
"""About how long a process takes until it can work."""
WORTH_PROCESSES = 100  # resamples, each through the whole method, below which starting processes takes longer than the work


@contextmanager
def processes() -> Iterator[Executor | None]:
    """Processes on all cores, none of which starts before it has work; None on one core."""
    cores = os.cpu_count() or 1
    if cores == 1:
        yield None
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(cores, mp_context=get_context("spawn"), initializer=threads.hold) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # else all that was to be done is done first
            raise


class _HereAtFirst(Executor):
    """Works here for as long as processes would take to start, and hands them only what is left then."""

    def __init__(self, pool: Executor) -> None:
        self._pool = pool

    def map(self, fn: Callable[..., T], *iterables: Iterable[Any], timeout: float | None = None, chunksize: int = 1) -> Iterator[T]:
        # Of the processor, not of the clock: on a busy machine processes take longer to start, too.
        began, todo = time.process_time(), zip(*iterables, strict=False)
        while time.process_time() - began < SECONDS_TO_START:
            given = next(todo, None)
            if given is None:
                return
            yield fn(*given)
        left = list(todo)
        yield from self._pool.map(fn, *zip(*left, strict=True), timeout=timeout, chunksize=chunksize) if left else ()


@contextmanager
def processes_for_much() -> Iterator[Executor | None]:
    """The same for work of which nobody knows how much it is: none starts before it would be of use."""
    with processes() as pool:
        yield None if pool is None else _HereAtFirst(pool)


def resampled(solution: QSolution, recipe: Recipe, step: Progress, executor: Executor | None = None, limit: float | None = None) -> Bootstrap | None:
    """The bootstrap that a recipe asks for; None where it asks for none.

    Parameters
    ----------
    solution : QSolution
    recipe : Recipe
    step : callable
        Called with how far it has come, in words.
    executor : concurrent.futures.Executor, optional
        Processes, used where each resample runs through the whole method and threads would not help.
    limit : float, optional
        Seconds that it may take; see `qmethod_analysis.runs.costs.within`.
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
        target=target_of(solution, recipe),
        executor=None if together or asked.replicates < WORTH_PROCESSES else executor,
        progress=within(limit, _ANEW, lambda done, of: step(f"{_ANEW} {bar(done, of)} {done} of {of}")),
    )


def bar(done: int, of: int, width: int = 24) -> str:
    """A bar of text: ``━━━━━━────``."""
    full = width * done // of
    return "━" * full + "─" * (width - full)


def target_of(solution: QSolution, recipe: Recipe) -> FloatArray | None:
    """The target with a row for each sort of the solution, which may be fewer than were read."""
    if not recipe.target:
        return None
    rows = dict(recipe.target)
    free = (math.nan,) * recipe.n_factors
    return np.array([rows.get(name, free) for name in solution.data.participants])


def counting(n_sorts: int, seed: int) -> Counting | None:
    """What an analysis of so many sorts asks by itself, so that it stays quick; None where that would take too long.

    Parameters
    ----------
    n_sorts : int
    seed : int
    """
    if n_sorts > MOST:
        return None
    return Counting(n_random=OFTEN if n_sorts <= FEW else SELDOM, seed=seed, nest=n_sorts <= MANY)


def viewpoints_to_expect(
    solution: QSolution,
    recipe: Recipe,
    step: Progress,
    folder: Path = Path(),
    laid: Mapping[str, bytes] = NONE_LAID,
    limit: float | None = None,
) -> Retention | None:
    """The retention table that a recipe asks for; None where it asks for none.

    Parameters
    ----------
    solution : QSolution
    recipe : Recipe
    step : callable
        Called with what is being done.
    folder : pathlib.Path, optional
        Where the recipe lies, or is to lie. From there the tags of the statements are found.
    laid : mapping of str to bytes, optional
        Files that are to lie there and do not yet.
    limit : float, optional
        As for `resampled`.
    """
    asked = recipe.retention
    if asked is None:
        return None
    step(_ASKING)
    return retain(
        solution.data,
        policies=solution.policies,
        max_factors=asked.max_factors,
        n_random=asked.n_random,
        rng=np.random.default_rng(asked.seed),
        nest=asked.nest,
        themes=tags_of(recipe, solution.data, folder, laid),
        progress=within_each(limit, lambda drawing, done, of: step(f"{_ASKING}: {drawing} {bar(done, of)} {done} of {of}")),
    )
