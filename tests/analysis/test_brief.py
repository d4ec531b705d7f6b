"""At a prompt and in a notebook every result says in a few lines what it is."""

from __future__ import annotations

import dataclasses
import importlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import qmethod
from qmethod import Grid, QData, QSolution
from qmethod.brief import MOST_LINES, MOST_SIGNS, brief
from qmethod.door import HOMES
from qmethod.streaming.chunks import ArraySorts
from qmethod_analysis.pictures import figures
from qmethod_analysis.tables import solution as tables

ROOTS = ("qmethod", "qmethod_analysis", "qmethod_studies")
API = (Path(__file__).parents[2] / "docs" / "api.rst").read_text(encoding="utf-8")
LONG = "A <b>statement</b>\nof many words, " * 40
GRID = Grid.parse("-4:2,-3:3,-2:5,-1:6,0:8,1:6,2:5,3:3,4:2")


def drawn(n_sorts: int, k: int, grid: Grid = GRID) -> QData:
    profiles = np.random.default_rng(k).standard_normal((grid.n_statements, k))
    data = qmethod.simulate(profiles, grid, [n_sorts // k + (i < n_sorts % k) for i in range(k)], rng=1).data
    names = tuple(f"{'a very long name ' * 30}{i}" for i in range(n_sorts))
    return QData(data.sorts, tuple(f"s{i}-{'x' * 200}" for i in range(grid.n_statements)), names, (LONG,) * grid.n_statements, grid)


def everything(data: QData, k: int, folder: Path) -> Iterator[Any]:
    solution = qmethod.analyse(data, k, flags=[qmethod.ManualFlag(data.participants[0], "f1", True, "because " * 300)], rotations=[(1, 2, 5)])
    yield from (data, solution, data.origin())
    yield qmethod.retain(data, max_factors=2, n_random=19, nest=False)
    yield qmethod.bootstrap(solution, 5)
    yield qmethod.compare(solution.scores.z_scores, solution.scores.z_scores, n_permutations=10)
    yield qmethod.classify(data.sorts, solution.scores.z_scores)
    yield qmethod.classify(data.sorts, solution, rng=1)
    yield qmethod.retest(data, [data.participants[:2]])
    yield qmethod.multiverse(solution, qmethod.choices([k], ["pca", "centroid"], ["varimax"], [".05"]))
    yield qmethod.simulate(np.eye(4), Grid((0, 1), (2, 2)), (2, 1, 1, 0))
    yield qmethod.save(solution, folder / "a", title="A title " * 200, names={"f1": "Ever so long a name " * 20})
    yield qmethod.report(folder / "a")
    yield qmethod.load(folder / "a")
    yield qmethod.load(folder / "a", "leadership" if data.n_statements == 42 else "")
    yield from tables.files(solution).values()
    yield figures.scree(solution)
    source = ArraySorts(qmethod.QData(data.sorts), rows=16)
    yield source
    yield from source.chunks(0)
    results: list[Any] = []
    yield qmethod.analyse_in_chunks(source, 2, write=results.append)
    yield from results
    yield qmethod.Policies.preset("kade", **{spec["name"]: spec["default"] for spec in qmethod.describe() if spec["name"] != "contrast_adjust"})


def parts(value: Any, seen: set[int]) -> Iterator[Any]:
    """A value and all that it holds, as far as it is made of our classes."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, Mapping):
        inner = list(value.values())
    elif isinstance(value, tuple | list | frozenset):
        inner = list(value)[:50]
    elif type(value).__module__.partition(".")[0] in ROOTS:
        yield value
        inner = [getattr(value, name) for name in (*getattr(value, "__dataclass_fields__", ()), *getattr(type(value), "model_fields", ()))]
    else:
        return
    for one in inner:
        yield from parts(one, seen)


@pytest.mark.parametrize(("n_sorts", "k"), [(250, 9), (12, 2)])
def test_nothing_shows_more_than_a_few_lines(n_sorts: int, k: int, tmp_path: Path):
    kept = list(everything(drawn(n_sorts, k), k, tmp_path))  # so that no id is given twice
    seen: set[int] = set()
    shown = [part for one in kept for part in parts(one, seen)]
    assert len({type(one) for one in shown}) > 40
    for one in shown:
        said = repr(one)
        assert len(said) <= MOST_SIGNS, (type(one), said)
        assert said.count("\n") < MOST_LINES, (type(one), said)
        assert said.startswith(type(one).__name__)


def documented() -> Iterator[type]:
    for name in re.findall(r"^\.\. autoclass:: ([\w.]+)$", API, re.MULTILINE):
        module, _, own = name.rpartition(".")
        yield getattr(importlib.import_module(module), own)
    yield from (found for name in HOMES if isinstance(found := getattr(qmethod, name), type))


def test_no_documented_class_escapes():
    results = {found for found in documented() if dataclasses.is_dataclass(found)}
    assert len(results) > 40
    assert [found for found in results if found.__repr__ is not brief] == []


def test_a_solution_says_what_it_is():
    said = repr(qmethod.analyse(qmethod.datasets.load("climate"), 1, flag_majority=False, bipolar="split")).splitlines()
    assert said[0] == "QSolution: 2 viewpoints from 435 sorts of 30 statements"
    assert said[2].startswith("  f1: 281 defining sorts, ")
    assert said[3].startswith("  f2: 36 defining sorts, ")


def test_many_viewpoints_are_counted(lipset_many: QSolution):
    said = repr(lipset_many)
    assert "and 2 more" in said
    share = float(lipset_many.characteristics.explained_variance[5:].sum())
    assert f"and 2 more: {share:.1f} % of the variance" in said


@pytest.fixture
def lipset_many() -> QSolution:
    return qmethod.analyse(drawn(40, 4), 7)
