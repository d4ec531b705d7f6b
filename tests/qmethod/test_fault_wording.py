"""Advice names policies and arguments: as keywords in Python, as options on the command line."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
import pytest

import qmethod
from qmethod import DataError, Policies, PolicyError, Setting
from qmethod_analysis.commands.cli import COMMANDS, main
from qmethod_analysis.commands.spoken import option, told
from tests.references import sorts

ROOT = Path(__file__).parents[2]
CORE = sorted((ROOT / "qmethod").rglob("*.py"))
DESK = sorted((ROOT / "analysis" / "qmethod_analysis").rglob("*.py"))
OPTION = re.compile(r"(?<![\w-])--[a-z][\w-]*")


@pytest.mark.parametrize("file", CORE, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_the_core_knows_no_options(file: Path):
    texts = [node.value for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Constant)]
    assert [text for text in texts if isinstance(text, str) and OPTION.search(text)] == []


def _names(call: ast.Call) -> bool:
    return bool(call.args) and isinstance(call.args[0], ast.Constant)


def settings() -> Iterator[tuple[str, dict[str, object]]]:
    """Every setting that is written anywhere: what it is called with. One that is made from another is called what that is."""
    for file in (*CORE, *DESK):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Setting" and _names(node):
                named = {word.arg or "": getattr(word.value, "value", "?") for word in node.keywords}
                yield file.name, {**dict(zip(("name", "value", "call"), (getattr(arg, "value", "?") for arg in node.args), strict=False)), **named}


def test_every_setting_can_be_given_both_ways():
    found = list(settings())
    assert len(found) >= 8
    context = click.Context(main)
    commands = [command for name in COMMANDS if (command := main.get_command(context, name)) is not None]
    options = {text for command in commands for parameter in command.params for text in parameter.opts}
    keywords = {
        name
        for function in (qmethod.analyse, qmethod.read, qmethod.write, qmethod.run, qmethod.load, qmethod.report)
        for name in inspect.signature(function).parameters
    }
    keywords |= set(Policies.__dataclass_fields__)
    for file, given in found:
        name = str(given["name"])
        assert given.get("command") or f"--{name.replace('_', '-')}" in options, (file, given)
        assert given.get("call") or name in keywords, (file, given)


def test_a_fault_says_the_keyword_in_python_and_the_option_on_the_command_line():
    holes = np.array([[1.0, 2.0], [np.nan, 1.0], [0.0, 3.0]])
    with pytest.raises(DataError) as caught:
        qmethod.analyse(holes, 1)
    assert 'missing="drop-sort"' in str(caught.value)
    assert 'missing="pairwise"' in str(caught.value)
    spoken = told(caught.value)
    assert "choose --missing drop-sort to leave such sorts out, or --missing pairwise to use" in spoken
    assert "missing=" not in spoken
    assert caught.value.faults[0].settings == (Setting("missing", "drop-sort"), Setting("missing", "pairwise"))


def test_what_advice_says_works(tmp_path: Path):
    """The keyword, given as it is written, makes the call succeed."""
    holes = sorts("lipset").sorts.astype(float)
    holes[3, 2] = np.nan
    with pytest.raises(DataError) as caught:
        qmethod.analyse(holes, 1)
    for setting in caught.value.faults[0].settings:
        assert eval(f"qmethod.analyse(holes, 1, {setting})", {"qmethod": qmethod, "holes": holes}).n_factors == 1
    solution = qmethod.analyse(sorts("lipset"), 2)
    qmethod.save(solution, tmp_path / "a")
    with pytest.raises(DataError, match="overwrite=True"):
        qmethod.save(qmethod.analyse(sorts("lipset"), 1), tmp_path / "a")
    qmethod.save(qmethod.analyse(sorts("lipset"), 1), tmp_path / "a", overwrite=True)


def test_values_are_quoted_for_a_shell():
    assert option(Setting("grid", "-1:2, 0:3")) == "--grid='-1:2, 0:3'"
    assert told(PolicyError("as it is")) == "as it is"


@pytest.mark.parametrize("factor", ["f9", "F1", 7, -3, ""])
def test_a_factor_that_is_not_there_is_named(factor: int | str):
    solution = qmethod.analyse(sorts("lipset"), 2)
    with pytest.raises(PolicyError, match=re.escape(f"there is no factor {factor!r}; there are f1, f2, at positions 0 to 1")):
        solution.defining(factor)


def test_a_factor_goes_by_label_or_position():
    solution = qmethod.analyse(sorts("lipset"), 2)
    assert solution.defining("f2") == solution.defining(1) == solution.defining(-1) == solution.defining(np.int64(1))  # type: ignore[arg-type]
    assert solution.defining("f1")
