"""What a user gets from the wheel: everything the packages hold, nothing else, and a command that works in any folder."""

from __future__ import annotations

import ast
import csv
import json
import re
import shutil
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import numpy as np
import pytest

from .conftest import ROOT, Archives, Call, run

PACKAGES = {"qmethod": "qmethod", "qmethod_analysis": "analysis", "qmethod_studies": "studies", "qmethod_webform": "webform"}
"""Each package of the wheel, and the folder of the repository that holds it or is it."""
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs").glob("*.rst"))]


def source_files() -> dict[str, str]:
    """Place in the wheel of every file of the packages, and its place in the repository."""
    roots = [ROOT / package if package == folder else ROOT / folder / package for package, folder in PACKAGES.items()]
    files = [(root, file) for root in roots for file in root.rglob("*") if file.is_file() and "__pycache__" not in file.parts]
    return {file.relative_to(root.parent).as_posix(): file.relative_to(ROOT).as_posix() for root, file in files}


def test_the_wheel_holds_the_packages_whole_and_nothing_else(archives: Archives) -> None:
    with zipfile.ZipFile(archives.wheel) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
        extra = {name.partition("/")[2] for name in wheel.namelist() if ".dist-info/" in name}
    assert names == set(source_files())
    assert {name.partition("/")[0] for name in names} == set(PACKAGES)
    assert {f"{package}/py.typed" for package in PACKAGES} <= names
    assert {"qmethod_studies/library/climate/sorts.csv", "qmethod_studies/library/climate/README.md"} <= names
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
    assert set(source_files().values()) <= names


def test_the_metadata_name_licence_and_command(in_clean: Call) -> None:
    code = """
from importlib.metadata import entry_points, metadata, version
import qmethod
about = metadata("qmethod")
assert about["License-Expression"] == "BSD-3-Clause", about
assert version("qmethod") == qmethod.__version__
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
    """A researcher's folder with files and folders of their own that are called like our folders."""
    shout = "raise SystemExit('a file of the user was imported')\n"
    for file in ("analysis.py", "studies.py", "webform.py"):
        (tmp_path / file).write_text(shout)
    for package in ("analysis", "studies", "webform"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text(shout)
    return tmp_path


@pytest.mark.parametrize("variables", [{}, {"PYTHONPATH": "."}], ids=["plain", "PYTHONPATH=."])
def test_files_of_the_user_do_not_get_in_the_way(in_clean: Call, foreign: Path, variables: dict[str, str]) -> None:
    assert "analyse" in in_clean("python", "-m", "qmethod", "--help", **variables).stdout
    in_clean("qmethod", "analyse", "climate", "--factors", "1", "--no-flag-majority", "--bipolar", "split", "--out", "out", **variables)
    assert (foreign / "out" / "report.html").stat().st_size > 10_000
    with (ROOT / "tests/reference/climate_s1/published/study-2-factor-scores.csv").open(newline="") as lines:
        published = np.array([row[1:3] for row in list(csv.reader(lines))[1:]], dtype=float)
    solution = json.loads((foreign / "out" / "solution.json").read_text(encoding="utf-8"))
    np.testing.assert_allclose(solution["scores"]["z_scores"], published, atol=1e-9)


def test_a_package_of_the_user_that_is_called_like_ours_does_not_stop_the_command(in_clean: Call, tmp_path: Path) -> None:
    (tmp_path / "qmethod").mkdir()
    (tmp_path / "qmethod" / "__init__.py").write_text("raise SystemExit('a file of the user was imported')\n")
    assert "sorts.csv" in in_clean("qmethod", "inspect", "climate").stdout


def test_all_that_is_documented_of_python_holds_in_any_folder(in_clean: Call, foreign: Path) -> None:
    shutil.copy(Path(__file__).with_name("documented.py"), foreign / "documented.py")
    counts = ast.literal_eval(in_clean("python", "documented.py", *PAGES).stdout)
    assert counts["pages"] == len(PAGES)
    assert counts["modules"] > 150
    assert min(counts["examples"], counts["names"]) > 30
    assert counts["imports"] > 0


@pytest.mark.parametrize("clean", ["oldest"], indirect=True)
def test_types_are_there_for_who_builds_on_it(clean: Path, foreign: Path) -> None:
    asked = {
        "qmethod.analyse([[1, 2], [2, 1], [0, 0]], 1)": "qmethod.solution.QSolution",
        "load_analysis(Path())": "qmethod_analysis.folder.loaded.Loaded",
        "library.path('climate')": "pathlib.Path",
        "from_environment({})": "qmethod_webform.settings.Settings",
    }
    lines = [
        "from pathlib import Path",
        "import qmethod",
        "from qmethod_analysis.folder.loaded import load_analysis",
        "from qmethod_studies import library",
    ]
    lines += ["from qmethod_webform.settings import from_environment", *(f"reveal_type({expression})" for expression in asked)]
    (foreign / "theirs.py").write_text("\n".join(lines) + "\n")
    mypy = [sys.executable, "-m", "mypy", "--strict", "--python-executable", clean / "bin" / "python", "--cache-dir", foreign / "cache", "theirs.py"]
    said = run(mypy, cwd=foreign).stdout
    for kind in asked.values():
        assert f'Revealed type is "{kind}"' in said


def test_what_uses_factor_analyzer_works_from_the_wheel(in_clean: Call) -> None:
    lipset = ROOT / "tests/reference/lipset/sorts.csv"
    in_clean("qmethod", "analyse", lipset, "--factors", "2", "--extraction", "minres", "--rotation", "promax", "--out", "out")


def test_every_advice_to_install_names_this_package_and_an_extra_it_has() -> None:
    about = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    texts = [
        *PAGES,
        ROOT / "CONTRIBUTING.md",
        ROOT / "CHANGELOG.md",
        *(ROOT / file for file in source_files().values() if file.endswith((".py", ".html"))),
    ]
    said = [found for text in texts for found in re.findall(r'pip install (?:--upgrade )?"?([\w-]+)(?:\[(\w+)\])?', text.read_text(encoding="utf-8"))]
    assert ("qmethod", "pdf") in said
    assert {(name, extra) for name, extra in said if name == about["name"] and extra not in ("", *about["optional-dependencies"])} == set()
    assert {name for name, extra in said if extra} == {about["name"]}


def test_no_command_of_a_page_installs_the_package_from_an_index() -> None:
    """It is on none; an extra of what is installed is found all the same, which is what messages and prose name."""
    lines = [line for page in PAGES for line in page.read_text(encoding="utf-8").splitlines() if "pip install" in line]
    commands = [line for line in lines if re.match(r"\$ |    \S", line)]
    assert any("./qmethod-main.zip" in line for line in commands)
    assert [line for line in commands if re.search(r"""[ "']qmethod(\[|["' ]|$)""", line.partition("pip install")[2])] == []
