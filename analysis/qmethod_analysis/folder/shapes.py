"""Whether a solution that was read fits together: values of the right types, and arrays of the shapes that its sorts and factors give them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from qmethod.resampling.bootstrap import Bootstrap
from qmethod.retention.retain import Retention
from qmethod.solution import QSolution

_SHAPES = {
    "data.sorts": "nm",
    "extraction.loadings": "mk",
    "extraction.sums_of_squares": "k",
    "rotation.loadings": "mk",
    "rotation.matrix": "kk",
    "rotation.phi": "kk",
    "rotation.pattern": "mk",
    "loadings": "mf",
    "communalities": "m",
    "flags": "mf",
    "scores.weights": "mf",
    "scores.z_scores": "nf",
    "scores.arrays": "nf",
    "scores.ranks": "nf",
    "characteristics.n_defining": "f",
    "characteristics.eigenvalues": "f",
    "characteristics.explained_variance": "f",
    "characteristics.mean_correlation": "f",
    "characteristics.reliability": "f",
    "characteristics.standard_errors": "f",
    "factor_correlations": "ff",
    "contrasts.sed": "ff",
    "contrasts.differences": "np",
    "contrasts.p_values": "np",
    "contrasts.levels": "np",
    "contrasts.cohens_d": "np",
    "contrasts.distinguishing": "nf",
    "contrasts.consensus": "n",
    "sort_means": "m",
    "sort_sds": "m",
    "calibration.beyond.sorts": "mf",
    "calibration.reliability": "f",
    "calibration.recovery": "f",
    "calibration.matched": "f",
    "calibration.shared.bound": "n",
    "calibration.shared.within": "n",
    "calibration.shared.above": "n",
    "calibration.shared.below": "n",
    "calibration.places.low": "nf",
    "calibration.places.high": "nf",
}
"""Of each array, in statements (n), sorts (m), extracted factors (k), reported factors (f) and pairs of these (p); None is in order too."""
_SAME = {"rotation.reflected": "k", "rotation.tied": "k", "calibration.labels": "f", "calibration.statements": "n"}
"""Lengths of sequences."""


def check_whole(solution: QSolution) -> None:
    """Refuse a solution whose parts do not fit together.

    Parameters
    ----------
    solution : QSolution

    Raises
    ------
    ValueError
        Naming the first part that does not.
    """
    for path, what in _unlike(solution, QSolution, ""):
        raise ValueError(f"{path} is no {what}")
    sizes = {
        "n": solution.data.n_statements,
        "m": solution.data.n_sorts,
        "k": solution.n_factors,
        "f": len(solution.factors),
        "p": len(solution.contrasts.pairs),
    }
    for path, letters in {**_SHAPES, **_SAME}.items():
        value = _at(solution, path)
        wanted = tuple(sizes[letter] for letter in letters)
        if value is not None and (value.shape if isinstance(value, np.ndarray) else (len(value),)) != wanted:
            raise ValueError(f"{path} does not have the shape {wanted}"[:200])
    if len(solution.data.texts) != solution.data.n_statements:
        raise ValueError("there is not one wording for each statement")
    if not all(0 <= factor.source < solution.n_factors for factor in solution.factors) or len(set(solution.labels)) != len(solution.labels):
        raise ValueError("the factors are not those that were rotated")
    if not all(0 <= a < b < sizes["f"] for a, b in solution.contrasts.pairs):
        raise ValueError("contrasts.pairs names factors that are not there")
    placed = solution.scores.arrays
    if not np.isin(placed[~np.isnan(placed)], solution.scores.grid.values).all():
        raise ValueError("scores.arrays does not follow its grid")


def check_beside(found: Bootstrap | Retention, solution: QSolution) -> None:
    """Refuse what was worked out beside a solution where it does not fit to it.

    Parameters
    ----------
    found : Bootstrap or Retention
    solution : QSolution

    Raises
    ------
    ValueError
        Naming the first part that does not.
    """
    for path, what in _unlike(found, type(found), ""):
        raise ValueError(f"{path} is no {what}")
    n, m, f = solution.data.n_statements, solution.data.n_sorts, len(solution.factors)
    if isinstance(found, Retention):
        if (found.n_statements, found.n_sorts) != (n, m) or [row.k for row in found.rows] != list(range(len(found.rows))):
            raise ValueError("it is of other sorts")
        return
    if (found.statements, found.participants, found.labels) != (solution.data.statements, solution.data.participants, solution.labels):
        raise ValueError("it is of other sorts or factors")
    places = len(found.arrays.values)
    shapes = {"z_scores": (n, f), "loadings": (m, f), "arrays": (n, f), "flags": (m, f), "replication": (f,)}
    others = {"arrays.values": (places,), "arrays.probability": (n, f, places), "arrays.n_used": (f,), "flags.n_used": (m,)}
    for name, shape in shapes.items():
        part = getattr(found, name)
        for spec in fields(part):
            wanted = others.get(f"{name}.{spec.name}", shape)
            if getattr(part, spec.name).shape != wanted:
                raise ValueError(f"{name}.{spec.name} does not have the shape {wanted}")
    if found.n_defining.shape != (f,) or found.tail.shape != (f,):
        raise ValueError("there is not one number for each factor")


def _at(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = None if value is None else getattr(value, name)
    return value


_hints = cache(get_type_hints)
"""The types that a class declares, looked up once."""


def _unlike(value: Any, kind: Any, path: str) -> Iterator[tuple[str, str]]:
    """The parts of a value that are not of the types their class declares."""
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        if not any(next(_unlike(value, one, path), None) is None for one in get_args(kind)):
            yield path, str(kind)
    elif origin is Literal:
        if value not in get_args(kind):
            yield path, " or ".join(map(str, get_args(kind)))
    elif origin is tuple:
        inner = get_args(kind)
        if not isinstance(value, tuple) or (inner[-1] is not ... and len(value) != len(inner)):
            yield path, "list of that length"
            return
        for i, item in enumerate(value):
            yield from _unlike(item, inner[0] if inner[-1] is ... else inner[i], f"{path}[{i}]")
    elif origin is np.ndarray or kind is np.ndarray:
        if not isinstance(value, np.ndarray):
            yield path, "array"
    elif isinstance(kind, type) and is_dataclass(kind):
        if not isinstance(value, kind):
            yield path, kind.__name__
            return
        hints = _hints(kind)
        for spec in fields(kind):
            if spec.name in hints:
                yield from _unlike(getattr(value, spec.name), hints[spec.name], f"{path}.{spec.name}".lstrip("."))
    elif kind is float:
        if not isinstance(value, int | float) or isinstance(value, bool):
            yield path, "number"
    elif kind in (int, str, bool) and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
        yield path, {int: "whole number", str: "text", bool: "truth value"}[kind]
