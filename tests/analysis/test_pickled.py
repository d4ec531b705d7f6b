"""What goes to another process or is copied comes back as it was: errors with what they say, results with arrays that nobody can change."""

from __future__ import annotations

import copy
import importlib
import pickle
import pkgutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields, is_dataclass
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest

import qmethod

WAYS = {"pickle": lambda value: pickle.loads(pickle.dumps(value)), "deepcopy": copy.deepcopy, "copy": copy.copy}


def error_classes() -> Iterator[type[Exception]]:
    for package in ("qmethod", "qmethod_analysis", "qmethod_studies"):
        home = importlib.import_module(package)
        for found in pkgutil.walk_packages(home.__path__, f"{package}."):
            if found.name.endswith("__main__") or ".migrations" in found.name:
                continue  # these run when they are imported
            for value in vars(importlib.import_module(found.name)).values():
                if isinstance(value, type) and issubclass(value, Exception) and value.__module__ == found.name:
                    yield value


def raised(kind: type[Exception]) -> Exception:
    fault = qmethod.Fault("wrong", file="a.csv", line=3, advice="Mend it.")
    for arguments in (([fault],), ("message", "advice"), ("message", 2), ("message",), ()):
        try:
            return kind(*arguments)
        except (TypeError, AttributeError):
            continue
    raise AssertionError(f"no idea how to make {kind}")


@pytest.mark.parametrize("way", WAYS)
def test_every_error_comes_back(way: str) -> None:
    classes = list(error_classes())
    assert qmethod.DataError in classes
    assert len(classes) >= 8
    for kind in classes:
        error = raised(kind)
        again = WAYS[way](error)
        assert type(again) is kind
        assert (str(again), again.args, vars(again).keys()) == (str(error), error.args, vars(error).keys()), kind
    faults = (qmethod.Fault("one", participant="Ana"), qmethod.Fault("two", settings=(qmethod.Setting("missing", "drop-sort"),)))
    assert WAYS[way](qmethod.DataError(faults)).faults == faults


def refused(_: int) -> Any:
    return qmethod.analyse(np.zeros((5, 3)), 1)


def test_a_refused_analysis_leaves_a_pool_of_processes_alive() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        for _ in range(2):
            with pytest.raises(qmethod.DataError, match="all placements are the same"):
                pool.submit(refused, 1).result(timeout=120)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("pickled")
    data = qmethod.datasets.load("climate").keep(range(60))
    solution = qmethod.analyse(data, 2)
    qmethod.save(solution, home / "one")
    picks = qmethod.choices([2], ["pca"], ["varimax", "none"], [".05"])
    return {
        "data": data,
        "grid": data.grid,
        "solution": solution,
        "retention": qmethod.retain(data, n_random=19, nest=False, rng=1),
        "bootstrap": qmethod.bootstrap(solution, 20, rng=1),
        "multiverse": qmethod.multiverse(solution, picks),
        "shortening": qmethod.shorten(solution, longest=5, rng=1),
        "simulated": qmethod.simulate(solution.scores.z_scores, solution.scores.grid, (3, 3), rng=1),
        "streamed": qmethod.analyse_in_chunks(qmethod.ArraySorts(data, 20), 2),
        "loaded": qmethod.load(home / "one"),
        "reported": qmethod.report(home / "one"),
        "analysis": qmethod.save(solution, home / "two"),
    }


def parts(value: Any, where: str) -> Iterator[tuple[str, Any]]:
    """All arrays and mappings of a result, however deep."""
    if isinstance(value, np.ndarray | Mapping):
        yield where, value
    elif isinstance(value, tuple):
        for i, one in enumerate(value[:3]):
            yield from parts(one, f"{where}[{i}]")
    elif is_dataclass(value):
        for spec in fields(value):
            yield from parts(getattr(value, spec.name), f"{where}.{spec.name}")


@pytest.mark.parametrize("way", ["as it is", *WAYS])
def test_nobody_can_change_a_result(results: dict[str, Any], way: str) -> None:
    seen = 0
    for name, value in results.items():
        again = value if way == "as it is" else WAYS[way](value)
        assert type(again) is type(value)
        for (where, one), (_, was) in zip(parts(again, name), parts(value, name), strict=True):
            seen += 1
            if isinstance(one, np.ndarray):
                assert not one.flags.writeable, f"{where} can be written to"
                np.testing.assert_array_equal(one, was, err_msg=where)
            else:
                assert not hasattr(one, "__setitem__"), f"{where} can be written to"
                assert dict(one) == dict(was), where
    assert seen > 80
