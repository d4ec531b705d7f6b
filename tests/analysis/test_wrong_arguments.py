"""Whoever gives an argument of the wrong kind is told so by its name: every public function, every argument, one wrong value after the other."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterator
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
    "inf": float("inf"),
    "-1": -1,
    "1.5": 1.5,
    "True": True,
    "bytes": b"x",
    "empty list": [],
    "empty dict": {},
    "set": {1, 2},
    "row": np.arange(3.0),
    "cube": np.zeros((2, 2, 2)),
    "words": np.array([["a", "b"], ["c", "d"]]),
    "object": object(),
}
DATA = qmethod.datasets.load("climate").keep(range(30))
SOLUTION = qmethod.analyse(DATA, 2)
CHOICES = qmethod.choices([1], ["pca"], ["none"], [".05"])
SINGLE = ("extraction", "rotation", "rotation_starts", "kaiser", "flag_level", "contrast_levels", "contrast_critical")
"""Some of the single policies, one of each type; `Policies` itself is given all."""

CALLS: dict[str, dict[str, Any]] = {
    "analyse": {"data": DATA, "n_factors": 2},
    "analyse_in_chunks": {"source": qmethod.ArraySorts(DATA, 15), "n_factors": 2},
    "bootstrap": {"solution": SOLUTION, "n_replicates": 3, "rng": 1},
    "partition": {"data": SOLUTION.data, "n_factors": 2, "n_sweeps": 1000, "level": 0.95, "rng": 1, "progress": None},
    "calibrate": {"solution": SOLUTION, "n_replicates": 3, "rng": 1, "target": None},
    "choices": {"factors": [2], "extractions": ["pca"], "rotations": ["varimax"], "flags": [".05"]},
    "classify": {"sorts": DATA, "profiles": SOLUTION},
    "compare": {"found": SOLUTION, "reference": SOLUTION, "rng": 1, "n_permutations": 9},
    "compare_occasions": {"before": DATA, "after": DATA, "n_factors": 2, "rng": 1, "n_permutations": 99},
    "describe": {},
    "load": {"folder": "saved"},
    "multiverse": {"reference": SOLUTION, "wanted": CHOICES},
    "open_sorts": {"path": "rows.csv"},
    "publish": {"analyses": "saved", "out": "site", "overwrite": True},
    "read": {"path": "saved/sorts.csv"},
    "report": {"folder": "saved", "formats": "md"},
    "retest": {"data": DATA, "pairs": [DATA.participants[:2]]},
    "retain": {"data": DATA, "n_random": 19, "nest": False, "max_factors": 2, "rng": 1},
    "run": {"recipe_file": "saved/analysis.toml", "out": "again", "overwrite": True},
    "save": {"solution": SOLUTION, "out": "other", "overwrite": True},
    "screen": {"data": DATA},
    "shorten": {"solution": SOLUTION, "longest": 5, "folds": 2, "rng": 1},
    "simulate": {"profiles": SOLUTION.scores.z_scores, "grid": SOLUTION.scores.grid, "sizes": (2, 2), "rng": 1},
    "with_people": {"data": DATA, "people": {"participant": DATA.participants, "group": ["a", "b"] * 15}},
    "exclude": {"data": DATA, "who": {DATA.participants[0]: "asked to be"}},
    "write": {"what": DATA, "path": "written.csv"},
    "write_csv": {"data": DATA, "path": "written.csv"},
    "write_pqmethod": {"data": DATA, "path": "written.dat"},
    "datasets.load": {"name": "climate"},
    "datasets.path": {"name": "climate"},
    "ArraySorts": {"data": DATA, "rows": 10},
    "ManualFlag": {"participant": "p", "factor": "f1", "defines": True, "reason": "so"},
    "Policies": {},
    "Policies.from_dict": {"values": {}},
    "Policies.preset": {"preset": "standard"},
    "Grid.parse": {"text": "-1:1,0:2,1:1"},
    "Grid.of": {"placements": [-1, 0, 1]},
    "QData.from_array": {"sorts": DATA.sorts},
    "QData.keep": {"self": DATA, "which": [0, 1]},
    "QData.to_frame": {"self": DATA, "backend": "polars"},
    "QSolution.from_dict": {"values": SOLUTION.to_dict()},
    "QSolution.to_frame": {"self": SOLUTION, "what": "loadings", "backend": "polars"},
    "QSolution.plot": {"self": SOLUTION, "what": "loadings"},
    "QSolution.defining": {"self": SOLUTION, "factor": 0},
    "QSolution.position": {"self": SOLUTION, "factor": 0},
}
MADE: dict[str, Callable[[], dict[str, Any]]] = {
    "QData.from_frame": lambda: {"frame": DATA.to_frame(backend="polars")},
    "Retention.from_dict": lambda: {"values": qmethod.retain(DATA, max_factors=2, n_random=19, nest=False, rng=1).to_dict()},
    "Bootstrap.from_dict": lambda: {"values": qmethod.bootstrap(SOLUTION, 3, rng=1).to_dict()},
    "Partition.from_dict": lambda: {"values": qmethod.partition(SOLUTION.data, 2, n_sweeps=1000, rng=1).to_dict()},
    "Calibration.from_dict": lambda: {"values": qmethod.calibrate(SOLUTION, 3, rng=1).to_dict()},
    "Multiverse.by_choice": lambda: {"self": qmethod.multiverse(SOLUTION, CHOICES), "viewpoint": 0},
}
"""Calls with what takes seconds to be computed, which no worker need do before it tries them."""
PASSED_ON = {
    "ArraySorts.chunks": "called by `analyse_in_chunks` alone",
    "Detail.at": "called by `QData.keep` alone",
    "Fault.advised": "called by the command line alone",
    "Recipe.target_array": "called by `run` alone",
}
"""Methods that nobody calls by hand."""


def function(name: str) -> Any:
    found: Any = qmethod
    for part in name.split("."):
        found = getattr(found, part)
    return found


def arguments(name: str) -> list[str]:
    named = [one.name for one in inspect.signature(function(name)).parameters.values() if one.kind is not one.VAR_KEYWORD]
    return [*(one for one in named if one != "self"), *(SINGLE if name in ("analyse", "analyse_in_chunks", "Policies.preset") else ())]


def public() -> Iterator[tuple[str, Any]]:
    """Every public function and every public method with arguments, each once where classes share it."""
    seen = set()
    for name in qmethod.__all__:
        value = getattr(qmethod, name)
        if isinstance(value, types.FunctionType):
            yield name, value
        if not isinstance(value, type) or issubclass(value, Exception | dict):
            continue
        for own, _ in inspect.getmembers(value, callable):
            method = getattr(getattr(value, own), "__func__", getattr(value, own))
            if own.startswith("_") or not isinstance(method, types.FunctionType) or method in seen:
                continue
            if [one for one in inspect.signature(method).parameters if one not in ("self", "cls")]:
                seen.add(method)
                yield f"{name}.{own}", method


def test_every_public_function_is_tried() -> None:
    tried = {getattr(function(name), "__func__", function(name)) for name in (*CALLS, *MADE)}
    assert [name for name, method in public() if method not in tried and name not in PASSED_ON] == []


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    there = tmp_path_factory.mktemp("arguments")
    qmethod.save(SOLUTION, there / "saved")
    rows = [",".join(["participant", *DATA.statements]), *(",".join([who, *map(str, DATA.sorts[:, j])]) for j, who in enumerate(DATA.participants))]
    (there / "rows.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return there


def names(said: str, argument: str, what: str) -> bool:
    """Whether a message names the argument; a text or bytes that stand for a file or a name may be quoted instead."""
    return f"`{argument}`" in said or (what == "text" and (said.startswith("x:") or "'x'" in said)) or (what == "bytes" and said.startswith("bytes"))


@pytest.mark.parametrize("name", [*CALLS, *MADE])
@pytest.mark.filterwarnings("ignore")
def test_a_wrong_argument_is_refused_by_its_name(name: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    given = CALLS[name] if name in CALLS else MADE[name]()
    function(name)(**given)  # what is refused is refused for the one argument that is wrong
    odd = []
    for argument in arguments(name):
        for what, wrong in WRONG.items():
            try:
                function(name)(**{**given, argument: wrong})
            except QMethodError as error:
                if not names(str(error), argument, what):
                    odd.append(f"{argument}={what}: {type(error).__name__}: {error}")
            except Exception as error:
                odd.append(f"{argument}={what}: {type(error).__name__}: {error}")
    assert not odd, "\n".join(odd)


def test_a_wrong_argument_of_a_picture_is_refused_by_its_name(home: Path) -> None:
    for what, wrong in WRONG.items():
        if what not in ("text", "bytes"):
            with pytest.raises(PolicyError, match="`path`"):
                SOLUTION.plot("scree").save(wrong)


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
