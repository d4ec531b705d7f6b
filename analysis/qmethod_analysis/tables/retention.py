"""How many viewpoints an analysis could have: what the recipe asks for, and the files it becomes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import astuple, fields
from typing import Any

from qmethod.retention.retain import Retention
from qmethod.retention.row import RetentionRow
from qmethod_analysis.recipe.recipe import Recipe
from qmethod_analysis.tables.solution import Table

FEW, MANY, MOST = 100, 500, 5_000
"""Sorts up to which an analysis draws `OFTEN` sets of random sorts, asks NEST, and asks at all; beyond them `qmethod retain` does."""
OFTEN, SELDOM = 100, 39


def table(found: Retention) -> Table:
    """The retention table, one row for each number of viewpoints."""
    return Table(tuple(field.name for field in fields(RetentionRow)), tuple(astuple(row) for row in found.rows))


def as_dict(found: Retention, seed: int) -> dict[str, Any]:
    """A retention table in JSON's types, the answer of each criterion at the top, with the seed of its random sorts."""
    return {**found.to_dict(), "seed": seed}


def to_json(found: Retention, recipe: Recipe, belongs: Mapping[str, str]) -> str:
    """The file ``retention.json``, one line for each part, beginning with what it `belongs` to; see `qmethod_analysis.folder.listing.parsed`."""
    values = {**belongs, **as_dict(found, recipe.retention.seed if recipe.retention else 1)}
    lines = [f" {json.dumps(key)}: {json.dumps(value, allow_nan=False, ensure_ascii=False)}" for key, value in values.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"
