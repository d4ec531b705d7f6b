"""The examples in docstrings give what they show, and every public function has one."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

import qmethod
import qmethod_analysis
import qmethod_studies
import qmethod_webform
from qmethod.door import HOMES

PACKAGES = (qmethod, qmethod_analysis, qmethod_studies, qmethod_webform)
NAMES = sorted(
    module.name
    for package in PACKAGES
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    if ">>> " in Path(module.module_finder.find_spec(module.name, None).origin).read_text(encoding="utf-8")  # type: ignore[union-attr, call-arg, arg-type]
)
SEVERAL_FILES = {"open_sorts", "analyse_in_chunks", "write_csv", "write_pqmethod", "screen", "describe", "choices"}
"""Public functions whose examples stand on the pages instead."""


@pytest.mark.parametrize("name", ["qmethod", *NAMES])
def test_examples_give_what_they_show(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    failed, tried = doctest.testmod(importlib.import_module(name))
    assert tried
    assert not failed


@pytest.mark.parametrize("name", sorted(set(HOMES) - SEVERAL_FILES))
def test_every_public_function_has_an_example(name: str):
    found = getattr(qmethod, name)
    if inspect.isfunction(found):
        assert ">>> " in (found.__doc__ or "")
    assert ">>> " in (qmethod.QData.from_frame.__doc__ or "")
    assert ">>> " in (qmethod.QSolution.to_frame.__doc__ or "")
