"""Policies as keywords: the list that editors and type checkers see is the one that runs."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args, get_origin, get_type_hints

import pytest

import qmethod
from qmethod import Policies, PolicyChoices, PolicyError
from qmethod.policies import PRESETS

FIELDS = {spec.name: spec for spec in dataclasses.fields(Policies) if spec.name != "name"}
HINTS = get_type_hints(PolicyChoices)
ROOT = Path(__file__).parents[2]

RIGHT = """
import qmethod

chosen: qmethod.PolicyChoices = {"extraction": "centroid", "kaiser": False, "flag_level": 0.01, "contrast_levels": [0.05, 0.01]}
qmethod.analyse([[1.0, 2.0], [2.0, 1.0]], 1, preset="kade", **chosen)
qmethod.Policies.preset("qmethod-r", bipolar="split")
"""
SLIPS = {
    'qmethod.analyse([[1.0, 2.0], [2.0, 1.0]], 1, extractoin="pca")': '"extractoin"',
    'qmethod.analyse([[1.0, 2.0], [2.0, 1.0]], 1, extraction="pac")': "\"Literal['pac']\"",
    'qmethod.analyse([[1.0, 2.0], [2.0, 1.0]], 1, preset="kadee")': "\"Literal['kadee']\"",
    'qmethod.Policies.preset("kade", kaiser="yes")': '"kaiser"',
    'taken: qmethod.PolicyChoices = {"rotatoin": "none"}': '"rotatoin"',
}


def test_the_keywords_are_the_fields_in_their_order():
    assert list(HINTS) == list(FIELDS)
    assert not PolicyChoices.__required_keys__


@pytest.mark.parametrize("name", FIELDS)
def test_a_keyword_takes_what_its_field_takes(name: str):
    spec, hint = FIELDS[name], HINTS[name]
    choices = spec.metadata.get("choices")
    if choices:
        assert get_origin(hint) is Literal
        assert get_args(hint) == choices
    else:
        assert hint == (Sequence[float] if isinstance(spec.default, tuple) else type(spec.default))
    with pytest.raises(PolicyError, match=f"`{name}`"):
        Policies.preset(**{name: "no such thing"})  # type: ignore[misc]


def mypy(code: str, folder: Path) -> str:
    (folder / "snippet.py").write_text(code, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), str(folder / "snippet.py")]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout


def test_mypy_finds_every_slip_and_nothing_else(tmp_path: Path):
    said = mypy("\n".join([RIGHT, *SLIPS, ""]), tmp_path)
    complaints = [(int(found[1]), text) for text in said.splitlines() if (found := re.search(r"snippet\.py:(\d+): ", text))]
    first = RIGHT.count("\n") + 2
    assert [text for line, text in complaints if line < first] == [], said
    for at, wanted in enumerate(SLIPS.values(), start=first):
        assert [text for line, text in complaints if line == at and wanted in text], said
    assert {line for line, _ in complaints} == {*range(first, first + len(SLIPS))}, said
    assert not re.search(r"^(?!\S*snippet\.py:)\S+:\d+: error:", said, re.MULTILINE), said


def test_python_finds_the_same_slips():
    for code in SLIPS:
        if "PolicyChoices" not in code:
            with pytest.raises(PolicyError):
                exec(code, {"qmethod": qmethod})


def test_presets_are_those_of_the_type():
    assert PRESETS == ("standard", "qmethod-r", "kade")


def test_what_was_taken_once_lets_nothing_else_of_the_same_value_in():
    """True is 1 and 1 is 1.0 to a dictionary, and not to a policy."""
    levels = {"contrast_errors": "normal", "contrast_levels": (0.5, 0.01)}
    for taken, refused in (
        ({"kaiser": True}, {"kaiser": 1}),
        ({"rotation_starts": 1}, {"rotation_starts": True}),
        ({**levels, "contrast_critical": (1.0, 2.0), "consensus_level": 0.01}, {**levels, "contrast_critical": (True, 2.0), "consensus_level": 0.01}),
    ):
        assert Policies.preset(**taken) == Policies.preset(**taken)
        with pytest.raises(PolicyError):
            Policies.preset(**refused)
    assert Policies.preset("kade", kaiser=False) != Policies.preset("standard", kaiser=False)
