"""Whoever gives an argument of the wrong kind is told so by its name: every public function, every argument, one wrong value after the other."""

from __future__ import annotations

import inspect
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import qmethod
from qmethod import PolicyError, QMethodError

WRONG: dict[str, Any] = {
    "None": None,
    "text": "x",
    "nan": float("nan"),
    "-1": -1,
    "1.5": 1.5,
    "empty list": [],
    "empty dict": {},
    "object": object(),
}
DATA = qmethod.datasets.load("climate").keep(range(30))
SOLUTION = qmethod.analyse(DATA, 2)
SINGLE = ("extraction", "rotation", "rotation_starts", "kaiser", "flag_level", "contrast_levels", "contrast_critical")
"""Some of the single policies, one of each type; `Policies` itself is given all."""

CALLS: dict[str, dict[str, Any]] = {
    "analyse": {"data": DATA, "n_factors": 2},
    "analyse_in_chunks": {"source": qmethod.ArraySorts(DATA, 15), "n_factors": 2},
    "bootstrap": {"solution": SOLUTION, "n_replicates": 3, "rng": 1},
    "choices": {"factors": [2], "extractions": ["pca"], "rotations": ["varimax"], "flags": [".05"]},
    "describe": {},
    "load": {"folder": "saved"},
    "multiverse": {"reference": SOLUTION, "wanted": qmethod.choices([1], ["pca"], ["none"], [".05"])},
    "open_sorts": {"path": "saved/sorts.csv"},
    "publish": {"analyses": "saved", "out": "site", "overwrite": True},
    "read": {"path": "saved/sorts.csv"},
    "report": {"folder": "saved", "formats": "md"},
    "retest": {"data": DATA, "pairs": [DATA.participants[:2]]},
    "retain": {"data": DATA, "n_random": 19, "nest": False, "max_factors": 2, "rng": 1},
    "run": {"recipe_file": "saved/analysis.toml", "out": "again", "overwrite": True},
    "save": {"solution": SOLUTION, "out": "other", "overwrite": True},
    "screen": {"data": DATA},
    "calibrate": {"solution": SOLUTION, "n_replicates": 3, "rng": 1, "target": None},
    "shorten": {"solution": SOLUTION, "longest": 5, "folds": 2, "rng": 1},
    "simulate": {"profiles": SOLUTION.scores.z_scores, "grid": SOLUTION.scores.grid, "sizes": (2, 2), "rng": 1},
    "ArraySorts": {"data": DATA, "rows": 10},
    "ManualFlag": {"participant": "p", "factor": "f1", "defines": True, "reason": "so"},
    "Policies": {},
    "Policies.from_dict": {"values": {}},
    "Policies.preset": {"preset": "standard"},
    "datasets.load": {"name": "climate"},
    "datasets.path": {"name": "climate"},
    "plot": {"self": SOLUTION, "what": "loadings"},
    "to_frame": {"self": SOLUTION, "what": "loadings", "backend": "polars"},
    "defining": {"self": SOLUTION, "factor": 0},
    "Picture.save": {"self": SOLUTION.plot("scree"), "path": "scree.svg"},
}
ELSEWHERE = {"compare", "classify", "write_csv", "write_pqmethod"}
"""Functions with tests of their own."""
METHODS = {"plot": SOLUTION.__class__.plot, "to_frame": SOLUTION.__class__.to_frame, "defining": SOLUTION.__class__.defining}


def function(name: str) -> Any:
    if name == "Picture.save":
        return type(SOLUTION.plot("scree")).save
    found: Any = METHODS.get(name, qmethod)
    for part in name.split(".") if found is qmethod else ():
        found = getattr(found, part)
    return found


def arguments(name: str) -> list[str]:
    named = [one.name for one in inspect.signature(function(name)).parameters.values() if one.kind is not one.VAR_KEYWORD]
    return [*(one for one in named if one != "self"), *(SINGLE if name in ("analyse", "analyse_in_chunks", "Policies.preset") else ())]


def test_every_public_function_is_tried() -> None:
    functions = {name for name in qmethod.__all__ if isinstance(getattr(qmethod, name), types.FunctionType)}
    assert functions - ELSEWHERE <= set(CALLS)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    there = tmp_path_factory.mktemp("arguments")
    qmethod.save(SOLUTION, there / "saved")
    return there


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.filterwarnings("ignore")
def test_a_wrong_argument_is_refused_by_its_name(name: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    odd = []
    for argument in arguments(name):
        for what, wrong in WRONG.items():
            try:
                function(name)(**{**CALLS[name], argument: wrong})
            except PolicyError as error:
                if argument not in str(error) and what != "text":  # "there is no picture 'x'" says it as well
                    odd.append(f"{argument}={what}: {error}")
            except QMethodError:
                pass
            except Exception as error:
                odd.append(f"{argument}={what}: {type(error).__name__}: {error}")
    assert not odd, "\n".join(odd)


@pytest.mark.parametrize(
    "given",
    [
        {"rotations": [(1, 2)]},
        {"rotations": [(1, 2, 10, 3)]},
        {"rotations": [(1, 2, "10")]},
        {"rotations": [("f1", "f2", 10)]},
        {"rotations": [(1.5, 2, 10)]},
        {"flags": ["p1"]},
        {"flags": qmethod.ManualFlag("p1", "f1", True, "so")},
        {"target": "abc", "rotation": "target"},
        {"target": np.full((30, 2), np.inf), "rotation": "target"},
        {"rotation_starts": float("inf")},
        {"contrast_critical": (float("nan"), 2.0)},
        {"contrast_critical": (-1.0, -5.0)},
        {"contrast_critical": (2.5, 1.9)},
    ],
    ids=lambda given: str(given)[:50],
)
def test_what_lies_inside_an_argument_is_refused_by_its_name(given: dict[str, Any]) -> None:
    with pytest.raises(PolicyError, match=next(iter(given))):
        qmethod.analyse(DATA, 2, **given)


def test_numbers_of_numpy_are_numbers() -> None:
    made = qmethod.Policies(rotation_starts=np.int64(5), flag_level=np.float32(0.05), kaiser=np.True_)
    assert (type(made.rotation_starts), type(made.flag_level), made.kaiser) == (int, float, True)
    assert qmethod.analyse(DATA, np.int64(2)).n_factors == 2
    assert SOLUTION.defining(np.int64(1)) == SOLUTION.defining("f2")
    assert qmethod.bootstrap(SOLUTION, np.int64(3), rng=np.int64(1)).seed == 1


def test_an_unknown_policy_is_met_with_the_nearest() -> None:
    for call in (lambda: qmethod.Policies.from_dict({"extracton": "pca"}), lambda: qmethod.analyse(DATA, 2, extracton="pca")):
        with pytest.raises(PolicyError, match="did you mean 'extraction'"):
            call()
    with pytest.raises(PolicyError, match=r"there is no policy 'name'$"):
        qmethod.analyse(DATA, 2, name="x")
