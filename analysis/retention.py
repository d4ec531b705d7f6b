"""How many viewpoints an analysis could have: what the recipe asks for, and the files it becomes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import astuple, fields
from typing import Any

import numpy as np

from analysis.recipe import Counting, Recipe
from analysis.tables import Table
from qmethod.retention.retain import Retention, retain
from qmethod.retention.row import RetentionRow
from qmethod.solution import QSolution

FEW, MANY, MOST = 100, 500, 5_000
"""Sorts up to which an analysis draws `OFTEN` sets of random sorts, asks NEST, and asks at all; beyond them `qmethod retain` does."""
OFTEN, SELDOM = 100, 39


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


def counted(solution: QSolution, recipe: Recipe, step: Callable[[str], None]) -> Retention | None:
    """The retention table that a recipe asks for; None where it asks for none.

    Parameters
    ----------
    solution : QSolution
    recipe : Recipe
    step : callable
        Called with what is being done.
    """
    asked = recipe.retention
    if asked is None:
        return None
    step("asking how many viewpoints there are")
    rng = np.random.default_rng(asked.seed)
    return retain(solution.data, policies=solution.policies, max_factors=asked.max_factors, n_random=asked.n_random, rng=rng, nest=asked.nest)


def table(found: Retention) -> Table:
    """The retention table, one row for each number of viewpoints."""
    return Table(tuple(field.name for field in fields(RetentionRow)), tuple(astuple(row) for row in found.rows))


def as_dict(found: Retention, seed: int) -> dict[str, Any]:
    """A retention table in JSON's types, the answer of each criterion at the top, with the seed of its random sorts."""
    return {**found.to_dict(), "seed": seed}


def to_json(found: Retention, recipe: Recipe, belongs: Mapping[str, str]) -> str:
    """The file ``retention.json``, one line for each part, beginning with what it `belongs` to; see `analysis.listing.parsed`."""
    values = {**belongs, **as_dict(found, recipe.retention.seed if recipe.retention else 1)}
    lines = [f" {json.dumps(key)}: {json.dumps(value, allow_nan=False, ensure_ascii=False)}" for key, value in values.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"
