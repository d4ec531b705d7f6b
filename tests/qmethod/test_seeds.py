"""`rng` is optional wherever chance is called, and whatever was drawn can be repeated."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import qmethod
from qmethod import Bootstrap, Grid, PolicyError, QSolution, Retention
from qmethod.door import HOMES
from qmethod.seeds import LARGEST_DRAWN, generator
from tests.references import sorts

PLACES = Grid((-1, 0, 1), (2, 4, 2))


def views(solution: QSolution) -> Any:
    return solution.scores.z_scores


CALLS: dict[str, Callable[[QSolution, Any], Any]] = {
    "retain": lambda solution, rng: qmethod.retain(solution.data, max_factors=2, n_random=19, rng=rng),
    "bootstrap": lambda solution, rng: qmethod.bootstrap(solution, 20, rng=rng),
    "classify": lambda solution, rng: qmethod.classify(solution.data.sorts[:, :4], solution, rng=rng),
    "partition": lambda solution, rng: qmethod.partition(solution.data, 2, n_sweeps=1000, rng=rng),
    "calibrate": lambda solution, rng: qmethod.calibrate(solution, 5, rng=rng),
    "compare": lambda solution, rng: qmethod.compare(views(solution), views(solution)[:, ::-1], n_permutations=50, rng=rng),
    "compare_occasions": lambda solution, rng: qmethod.compare_occasions(
        solution.data, replace(solution.data, sorts=solution.data.sorts[::-1]), n_factors=2, n_permutations=99, rng=rng
    ),
    "shorten": lambda solution, rng: qmethod.shorten(solution, longest=6, folds=2, rng=rng),
    "simulate": lambda _, rng: qmethod.simulate(np.eye(8)[:, :2], PLACES, (6, 4), rng=rng),
}


@pytest.fixture(scope="module")
def solution() -> QSolution:
    rng = np.random.default_rng(3)
    return qmethod.analyse(qmethod.simulate(rng.standard_normal((20, 2)), Grid((-2, -1, 0, 1, 2), (2, 5, 6, 5, 2)), (9, 8), rng).data, 2)


def plain(value: Any) -> Any:
    """Everything in a result but its seed, comparable."""
    if isinstance(value, np.ndarray):
        return np.nan_to_num(value.astype(float), nan=-9e9).tolist()
    if hasattr(value, "__dataclass_fields__"):
        return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__ if name != "seed"}
    return [plain(one) for one in value] if isinstance(value, tuple) else repr(value)


def test_every_public_function_with_rng_is_asked_here():
    drawing = {name for name in HOMES if callable(found := getattr(qmethod, name)) and not isinstance(found, type) and "rng" in signature(found)}
    assert drawing == set(CALLS)
    assert all(signature(getattr(qmethod, name))["rng"].default is None for name in drawing)


def signature(function: Any) -> Any:
    return inspect.signature(function).parameters


@pytest.mark.parametrize("name", CALLS)
def test_what_was_drawn_can_be_repeated(name: str, solution: QSolution):
    call = CALLS[name]
    first, second = call(solution, None), call(solution, None)
    assert first.seed != second.seed
    assert 0 <= first.seed < LARGEST_DRAWN
    assert plain(call(solution, first.seed)) == plain(first)
    seeded = call(solution, 7)
    assert seeded.seed == 7
    given = call(solution, np.random.default_rng(7))
    assert given.seed is None
    assert plain(given) == plain(seeded)


@pytest.mark.parametrize("rng", [-1, 1.5, "7", True, np.random.RandomState(1)])
def test_anything_else_is_refused(rng: Any):
    with pytest.raises(PolicyError, match="`rng` must be a whole number"):
        generator(rng)


def test_the_seed_is_written_and_read():
    found = qmethod.retain(sorts("lipset"), max_factors=1, n_random=19, nest=False, rng=5)
    assert Retention.from_dict(json.loads(json.dumps(found.to_dict()))).seed == 5
    drawn = qmethod.bootstrap(qmethod.analyse(sorts("lipset"), 2), 5, rng=5)
    assert Bootstrap.from_dict(json.loads(json.dumps(drawn.to_dict()))).seed == 5
    unknown = qmethod.bootstrap(qmethod.analyse(sorts("lipset"), 2), 5, rng=np.random.default_rng(5))
    assert "seed" not in unknown.to_dict()
    assert Bootstrap.from_dict(unknown.to_dict()).seed is None


def test_other_choices_are_the_usual_ones_where_none_are_named(solution: QSolution):
    made = qmethod.multiverse(qmethod.analyse(solution.data, 1))
    assert {one.choice.n_factors for one in made.analyses} == {1, 2}
    assert len(made.analyses) == 2 * 3 * 3 * 3
