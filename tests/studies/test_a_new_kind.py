"""Whoever adds a kind of question cannot forget a place: the type checker names each that does not know it yet."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOM = Path("studies/qmethod_studies/questions")
FORMS = Path("webform/qmethod_webform/respondent/forms.py")
BACKGROUND = Path("analysis/qmethod_analysis/interpretation/background.py")
BARE = '''"""A kind of which only the name is there."""

from typing import Literal, final

from qmethod_studies.questions.question import Question


@final
class Fragrance(Question):
    """A fragrance."""

    type: Literal["fragrance"]
'''
SAID = '''"""A kind that says everything of itself."""

from typing import Any, Literal, final

import numpy as np

from qmethod_studies.questions.answers import clean_text
from qmethod_studies.questions.question import Compared, Question
from qmethod_studies.questions.shapes import Line, Shape


@final
class Sound(Question):
    """A sound."""

    type: Literal["sound"]

    @classmethod
    def example(cls) -> dict[str, Any]:
        return {"id": "noise", "type": "sound", "label": "Which sound?"}

    def shape(self, language: str) -> Shape:
        return Line()

    def cleaned(self, value: object) -> str:
        return clean_text(value, 100)

    def simulated(self, rng: np.random.Generator) -> str:
        return "bell"

    @property
    def compared(self) -> Compared:
        return "not"
'''


def put(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, (file, old)
    file.write_text(text.replace(old, new), encoding="utf-8")


def complaints(tree: Path) -> list[str]:
    """What mypy says of everything that has to do with questions: file and message."""
    call = [sys.executable, "-m", "mypy", "--no-error-summary", "--cache-dir", ".cache", str(ROOM), str(FORMS), str(BACKGROUND)]
    done = subprocess.run(call, cwd=tree, capture_output=True, text=True, timeout=500, check=False)
    assert not done.stderr, done.stderr
    return [re.sub(r":\d+: ", ": ", line) for line in done.stdout.splitlines() if ": error: " in line]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The packages, in a place where they can be changed."""
    for folder in ("qmethod", "analysis", "studies", "webform"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "*.csv", "static"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    if (ROOT / ".mypy_cache").is_dir():  # what the type checker knows already of everything else
        shutil.copytree(ROOT / ".mypy_cache", tmp_path / ".cache")
    return tmp_path


def test_the_type_checker_refuses_a_kind_until_every_place_knows_it(tree: Path) -> None:
    """One whose answers have a known shape, and that says everything of itself, is known everywhere: nothing is said of it beside the other."""
    kinds = {"fragrance": ("Fragrance", BARE), "sound": ("Sound", SAID)}
    for name, (_, text) in kinds.items():
        (tree / ROOM / f"{name}.py").write_text(text, encoding="utf-8")
    put(tree / ROOM / "__init__.py", "Kind = (\n    TextQuestion", "Kind = (\n    Fragrance\n    | Sound\n    | TextQuestion")
    imported = "".join(f"from qmethod_studies.questions.{name} import {called}\n" for name, (called, _) in kinds.items())
    put(tree / ROOM / "__init__.py", "from qmethod_studies.questions.information", f"{imported}from qmethod_studies.questions.information")
    put(tree / ROOM / "shapes.py", "Shape = Nothing", "@dataclass(frozen=True)\nclass Cloud:\n    pass\n\n\nShape = Cloud | Nothing")
    put(tree / ROOM / "question.py", 'Compared = Literal["options"', 'Compared = Literal["nose", "options"')
    put(tree / ROOM / "answers.py", 'Reason = Literal["malformed"', 'Reason = Literal["no-smell", "malformed"')
    found = complaints(tree)
    abstract = next(line for line in found if "Final class" in line)
    assert "Fragrance has abstract attributes" in abstract
    assert set(re.findall(r'"(\w+)"', abstract)) == {"example", "shape", "cleaned", "simulated", "compared"}
    never = [f"{line.partition(':')[0]}: {word[1]}" for line in found if (word := re.search(r'"assert_never" has incompatible type "([^"]+)"', line))]
    assert sorted(never) == sorted(
        [
            *[f"{ROOM / 'question.py'}: Cloud"] * 5,  # spoken, exported, named, option_texts, possible_values
            f"{FORMS}: Cloud",
            f"{FORMS}: Literal['no-smell']",
            f"{BACKGROUND}: Literal['nose']",
        ]
    )
    assert len(found) == len(never) + 1
