"""Type checkers find a slip in what is chosen by a text, and take what is right."""

from __future__ import annotations

import inspect
import re
import shutil
import subprocess
import sys
import types
from pathlib import Path
from typing import Any, get_args, get_type_hints

import qmethod
from qmethod import literals
from qmethod.formats.frames import BACKENDS
from qmethod.layouts import LAYOUTS
from qmethod.matching.multiverse import VARIED
from qmethod.policies import Rotating
from qmethod.resampling.bootstrap import INTERVALS

ROOT = Path(__file__).parents[2]
RIGHT = """
import numpy as np
import pandas
import polars
import pyarrow

import qmethod
from qmethod import Policies

data = qmethod.read("sorts.csv", layout="long")
solution = qmethod.analyse(data, 2, extraction="centroid")
qmethod.analyse(np.zeros((3, 4)), 2)
qmethod.analyse([[1, 2], [2, 1]], 2)
qmethod.analyse(polars.DataFrame(), 2)
qmethod.analyse(polars.LazyFrame(), 2)
qmethod.retain("sorts.csv")
qmethod.QData.from_frame(polars.DataFrame())
qmethod.compare(solution, polars.DataFrame())
qmethod.classify(data, solution)
Policies(extraction="centroid")
qmethod.open_sorts("sorts.csv", layout="participants-in-rows")
qmethod.report("a", "html")
qmethod.report("a", ["html", "pdf"])
qmethod.choices([2], ["pca"], ["varimax"], [".05"])
qmethod.bootstrap(solution, interval="expanded-percentile")
solution.plot("loadings", factors=["f1", 1]).save("a.svg")
solution.to_frame("statements" if False else "z_scores")
qmethod.load("a").to_frame("z_scores")
reveal_type(solution.to_frame("arrays", backend="polars"))
reveal_type(solution.to_frame(backend="polars"))
reveal_type(qmethod.simulate([[1.0]], qmethod.Grid((0,), (1,)), [1]).to_frame("profiles"))
"""
WRONG = """
Policies(extraction="centriod")
qmethod.analyse(data, 2, extraction="centriod")
qmethod.read("sorts.csv", layout="sidewise")
solution.to_frame("statments")
solution.to_frame(backend="panda")
qmethod.bootstrap(solution).to_frame("contrasts")
qmethod.analyse_in_chunks(qmethod.ArraySorts(data, 9), 2).to_frame("loadings")
solution.plot("loading")
solution.plot("z_scores", bootstrap="yes")
qmethod.retain(data).plot("loadings")
qmethod.open_sorts("sorts.csv", layout="long")
qmethod.report("a", "odt")
qmethod.report("a", ["html", "odt"])
qmethod.choices([2], ["pac"], ["varimax"], [".05"])
qmethod.choices([2], ["pca"], ["target"], [".05"])
qmethod.bootstrap(solution, interval="normal")
qmethod.analyse(object(), 2)
qmethod.analyse(None, 2)
qmethod.retain({"a": 1})
qmethod.compare(object(), solution)
qmethod.classify(data, None)
qmethod.QData.from_frame(7)
"""


def test_a_type_checker_takes_what_is_right_and_refuses_every_slip(tmp_path: Path) -> None:
    wrong = [line for line in WRONG.splitlines() if line]
    right = RIGHT.splitlines()
    (tmp_path / "calls.py").write_text("\n".join([*right, *wrong]) + "\n", encoding="utf-8")
    if (ROOT / ".mypy_cache").is_dir():  # what the type checker knows already of everything else
        shutil.copytree(ROOT / ".mypy_cache", tmp_path / ".cache")
    call = [sys.executable, "-m", "mypy", "--no-error-summary", "--cache-dir", str(tmp_path / ".cache"), str(tmp_path / "calls.py")]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, timeout=500, check=False)
    assert not done.stderr, done.stderr
    refused = {int(found[1]) for found in re.finditer(r"calls\.py:(\d+): error:", done.stdout, re.MULTILINE)}
    lines = [*right, *wrong]
    assert [lines[n - 1] for n in sorted(refused)] == wrong, done.stdout
    revealed = re.findall(r'Revealed type is "(.*)"', done.stdout)
    assert [one.split(".")[-1] for one in revealed[:2]] == ["DataFrame", "DataFrame"]
    assert all("polars" in one for one in revealed[:2])
    assert "polars" in revealed[2]
    assert "|" in revealed[2]


def test_what_type_checkers_know_is_what_is_checked_at_run_time() -> None:
    from qmethod_analysis.commands.analyse import command as analyse_command
    from qmethod_analysis.report.formats import FORMATS, Format

    assert get_args(literals.Layout) == LAYOUTS
    assert get_args(literals.Backend) == BACKENDS
    assert get_args(literals.Interval) == INTERVALS
    assert get_args(Format) == FORMATS
    assert {*VARIED, "target"} == {*get_args(Rotating)}
    options: dict[str, Any] = {option.name: option.type for option in analyse_command.params}
    assert tuple(options["layout"].choices) == LAYOUTS
    assert tuple(options["bootstrap_interval"].choices) == INTERVALS


def test_no_public_argument_is_of_any_type() -> None:
    """What takes anything lets every slip pass."""
    loose = []
    for name in qmethod.__all__:
        value = getattr(qmethod, name)
        functions = {name: value} if isinstance(value, types.FunctionType) else {}
        if isinstance(value, type) and not issubclass(value, Exception | dict):
            own = {key: getattr(one, "__func__", one) for key, one in inspect.getmembers(value) if not key.startswith("_")}
            functions = {f"{name}.{key}": one for key, one in own.items() if isinstance(one, types.FunctionType)}
        for called, function in functions.items():
            for argument, hint in {key: str(one) for key, one in function.__annotations__.items() if key != "return"}.items():
                if re.search(r"(^|\| )Any($| \|)", hint):
                    loose.append(f"{called}({argument})")
    assert loose == []
    assert get_type_hints(qmethod.describe)
