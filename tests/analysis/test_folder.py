"""`qmethod.save` and `qmethod.run` from Python, and the JSON they write."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import qmethod
from qmethod import DataError, QData, QSolution
from qmethod_analysis.recipe.recipe import Input, Recipe
from qmethod_analysis.recipe.sources import place_input
from qmethod_analysis.runs.runs import render
from tests.analysis.conftest import hashes
from tests.references import sorts


@pytest.fixture
def from_array() -> QSolution:
    data = sorts("lipset")
    texts = tuple(f"Statement {i}, “quoted”; with ; and , and\ttab" for i in range(data.n_statements))
    return qmethod.analyse(QData(data.sorts, data.statements, data.participants, texts), 3, rotations=[(1, 3, 20)], preset="kade")


def test_save_writes_a_folder_that_repeats_itself(from_array: QSolution, tmp_path: Path):
    done = qmethod.save(from_array, tmp_path / "saved", names={"f1": "First"}, title="From an array", notes="n")
    before = hashes(tmp_path / "saved")
    assert {"sorts.csv", "analysis.toml", "report.html", "loadings.csv"} <= set(before)
    again = qmethod.run(tmp_path / "saved" / "analysis.toml")
    assert hashes(tmp_path / "saved") == before
    assert np.array_equal(done.solution.loadings, from_array.loadings)
    assert np.array_equal(again.solution.scores.z_scores, from_array.scores.z_scores)
    assert again.solution.data.texts == from_array.data.texts
    assert again.recipe.names == (("f1", "First"),)
    (tmp_path / "saved").rename(tmp_path / "moved")
    qmethod.run(tmp_path / "moved" / "analysis.toml")
    assert hashes(tmp_path / "moved") == before


def test_save_keeps_placements_that_are_not_whole(tmp_path: Path):
    rng = np.random.default_rng(5)
    data = QData.from_array(rng.normal(size=(9, 6)))
    done = qmethod.save(qmethod.analyse(data, 2), tmp_path / "out")
    assert np.array_equal(done.solution.data.sorts, data.sorts)


def test_save_needs_all_sorts_where_some_were_left_out(tmp_path: Path):
    data = sorts("lipset")
    placements = data.sorts.copy()
    placements[:, 0] = 1
    whole = QData(placements, data.statements, data.participants)
    solution = qmethod.analyse(whole, 2, constant="drop-sort")
    with pytest.raises(DataError, match="left out"):
        qmethod.save(solution, tmp_path / "out")
    done = qmethod.save(solution, tmp_path / "out", data=whole)
    assert [who.participant for who in done.solution.excluded] == ["US1"]


def test_save_needs_the_target(tmp_path: Path):
    target = np.full((9, 2), math.nan)
    target[0] = 0.5, 0.0
    solution = qmethod.analyse(sorts("lipset"), 2, rotation="target", target=target)
    with pytest.raises(DataError, match="target"):
        qmethod.save(solution, tmp_path / "out")
    assert qmethod.save(solution, tmp_path / "out", target=target).recipe.target == (("US1", (0.5, 0.0)),)


def test_save_refuses_what_a_recipe_cannot_repeat(lipset: QSolution, tmp_path: Path):
    with pytest.raises(DataError, match="cannot repeat"):
        qmethod.save(replace(lipset, loadings=lipset.loadings * 0.9), tmp_path / "out")


def test_json_is_the_whole_solution(lipset: QSolution):
    content = render(lipset, Recipe(input=Input(path="sorts.csv"), n_factors=3))["solution.json"]
    values = json.loads(content, parse_constant=lambda constant: pytest.fail(f"{constant} is no JSON"))
    assert list(values) == list(lipset.to_dict())
    assert values["data"]["source"]["sha256"] == lipset.data.origin().sha256
    assert QSolution.from_dict(values).to_dict() == lipset.to_dict()


def test_json_without_infinity():
    solution = qmethod.analyse(sorts("climate_s1"), 12)
    content = render(solution, Recipe(input=Input(path="sorts.csv"), n_factors=12))["solution.json"]
    values = json.loads(content, parse_constant=lambda constant: pytest.fail(f"{constant} is no JSON"))
    assert np.array_equal(QSolution.from_dict(values).contrasts.cohens_d, solution.contrasts.cohens_d, equal_nan=True)


def test_input_without_a_common_folder_goes_along(tmp_path: Path):
    source = Path(__file__)
    moved, copies = place_input(Input(path=str(source)), Path(), Path("/srv/somewhere"))
    assert moved.path == f"input/{source.name}"
    assert copies == {moved.path: source.read_bytes()}
    moved, copies = place_input(Input(path="sorts.csv", statements="texts/s.csv"), tmp_path, tmp_path / "out" / "deep")
    assert (moved.path, moved.statements, copies) == ("../../sorts.csv", "../../texts/s.csv", {})


def test_importing_the_package_imports_no_arrays():
    import subprocess

    code = "import sys, qmethod; print('numpy' in sys.modules, qmethod.run.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False run\n"
    with pytest.raises(AttributeError):
        qmethod.nothing  # noqa: B018
