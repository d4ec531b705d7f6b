"""What a user gets from the wheel: everything the packages hold, nothing else, and a command that works in any folder."""

from __future__ import annotations

import csv
import json
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from .conftest import ROOT, Archives

PACKAGES = ("qmethod", "qmethod_analysis", "qmethod_studies", "qmethod_webform")
Call = Callable[..., subprocess.CompletedProcess[str]]


def source_files() -> set[str]:
    files = (file for package in PACKAGES for file in (ROOT / package).rglob("*"))
    return {file.relative_to(ROOT).as_posix() for file in files if file.is_file() and "__pycache__" not in file.parts}


def test_the_wheel_holds_the_packages_whole_and_nothing_else(archives: Archives) -> None:
    with zipfile.ZipFile(archives.wheel) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
        extra = {name.partition("/")[2] for name in wheel.namelist() if ".dist-info/" in name}
    assert names == source_files()
    assert {"qmethod/py.typed", "qmethod_studies/library/climate/sorts.csv", "qmethod_studies/library/climate/README.md"} <= names
    assert "licenses/LICENSE" in extra


def test_the_source_distribution_can_be_tested_and_cited(archives: Archives) -> None:
    with tarfile.open(archives.sdist) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    wanted = {
        "LICENSE",
        "README.md",
        "CHANGELOG.md",
        "CITATION.cff",
        "Makefile",
        "requirements/dev.txt",
        "docs/conf.py",
        "tests/packaging/test_wheel.py",
    }
    assert wanted <= names
    assert source_files() <= names


def test_the_metadata_name_licence_and_command(in_clean: Call) -> None:
    code = """
from importlib.metadata import entry_points, metadata, version
import qmethod
about = metadata("qmethod-engine")
assert about["License-Expression"] == "BSD-3-Clause", about
assert version("qmethod-engine") == qmethod.__version__
(command,) = entry_points(group="console_scripts", name="qmethod")
assert command.value == "qmethod_analysis.commands.cli:main"
"""
    in_clean("python", "-P", "-c", code)


def test_the_command_says_what_it_can_do(in_clean: Call) -> None:
    said = in_clean("qmethod", "--help").stdout
    assert "analyse" in said
    assert "inspect" in said


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A researcher's folder with files of their own that are called like our packages."""
    shout = "raise SystemExit('a file of the user was imported')\n"
    (tmp_path / "analysis.py").write_text(shout)
    for package in ("studies", "qmethod"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text(shout)
    return tmp_path


def test_files_of_the_user_do_not_get_in_the_way(in_clean: Call, foreign: Path) -> None:
    in_clean("qmethod", "--help")
    in_clean("qmethod", "analyse", "climate", "--factors", "1", "--no-flag-majority", "--bipolar", "split", "--out", "out")
    assert (foreign / "out" / "report.html").stat().st_size > 10_000
    with (ROOT / "tests/reference/climate_s1/published/study-2-factor-scores.csv").open(newline="") as lines:
        published = np.array([row[1:3] for row in list(csv.reader(lines))[1:]], dtype=float)
    solution = json.loads((foreign / "out" / "solution.json").read_text(encoding="utf-8"))
    np.testing.assert_allclose(solution["scores"]["z_scores"], published, atol=1e-9)


def test_a_foreign_folder_in_python(in_clean: Call) -> None:
    code = """
import qmethod, qmethod_studies.library
solution = qmethod.analyse(qmethod.read(qmethod_studies.library.path("climate") / "sorts.csv"), n_factors=2)
assert solution.scores.arrays.shape == (30, 2)
"""
    in_clean("python", "-c", code)


def test_what_uses_factor_analyzer_works_from_the_wheel(in_clean: Call) -> None:
    lipset = ROOT / "tests/reference/lipset/sorts.csv"
    in_clean("qmethod", "analyse", lipset, "--factors", "2", "--extraction", "minres", "--rotation", "promax", "--out", "out")
