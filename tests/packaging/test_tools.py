"""The tools of the repository that decide something: which Python will do, and whether imports run in a circle."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT

PYPROJECT = """
[tool.importlinter]
root_packages = ["house"]
[tool.pytest.ini_options]
pythonpath = ["src"]
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A package of four modules: the roof stands on the walls, these on the ground, and the garden on nothing."""
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    rooms = tmp_path / "src" / "house"
    (rooms / "walls").mkdir(parents=True)
    for name, text in {"roof": "import house.walls.east", "walls/east": "from house import ground", "ground": "", "garden": ""}.items():
        (rooms / f"{name}.py").write_text(text + "\n")
    for folder in (rooms, rooms / "walls"):
        (folder / "__init__.py").write_text("")
    return tmp_path


def count(house: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, ROOT / "tools/count-arrows"], cwd=house, capture_output=True, text=True, check=False)


def test_what_a_package_consists_of_is_counted(house: Path) -> None:
    done = count(house)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].split()[:9] == ["house", "5", "4", "2", "2", "3", "3", "0", "0"]


def test_modules_that_import_one_another_are_refused(house: Path) -> None:
    (house / "src/house/ground.py").write_text("import house.roof\n")
    done = count(house)
    assert done.returncode == 1
    assert "these import one another: house.ground, house.roof, house.walls.east\n" in done.stderr
    assert "these import one another: house.ground, house.roof, house.walls\n" in done.stderr


def test_rooms_are_refused_whose_modules_run_in_no_circle(house: Path) -> None:
    (house / "src/house/walls/west.py").write_text("from house import roof\n")
    done = count(house)
    assert done.returncode == 1
    assert done.stderr == "these import one another: house.roof, house.walls\n"


def test_imports_for_type_checkers_are_no_arrows(house: Path) -> None:
    (house / "src/house/ground.py").write_text("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import house.roof\n")
    assert count(house).returncode == 0


@pytest.mark.parametrize(("lines", "code"), [(500, 0), (501, 1)])
def test_a_module_too_long_to_be_read_is_refused(house: Path, lines: int, code: int) -> None:
    (house / "src/house/garden.py").write_text("# grass\n" * lines)
    done = count(house)
    assert done.returncode == code
    assert ("house/garden.py has 501 lines" in done.stderr) == (code == 1)


def find(**variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([ROOT / "tools/find-python"], env=variables, capture_output=True, text=True, check=False)


def test_a_python_that_is_named_is_taken() -> None:
    assert find(PYTHON=sys.executable, PATH="/usr/bin:/bin").stdout == f"{sys.executable}\n"


def test_a_python_too_old_is_refused_with_what_to_do(tmp_path: Path) -> None:
    old = tmp_path / "python3.10"
    pretend = "import sys; sys.version_info = (3, 10, 4, 'final', 0); exec(sys.argv[2])"
    old.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{pretend}" "$@"\n')
    old.chmod(0o755)
    done = find(PYTHON=str(old), PATH="/usr/bin:/bin")
    assert done.returncode == 1
    assert done.stdout == ""
    first, then, last = done.stderr.splitlines()
    assert first == f"{old} is Python 3.10.4."
    assert then.startswith("Version 3.11 or newer")
    assert "make PYTHON=" in last


WRITERS = (
    'open("x", "w")',
    'open("x", mode="ab")',
    'open("x", how)',
    'gzip.open("x", "wt")',
    'path.open("r+")',
    'path.open(mode="x")',
    'path.write_text("")',
    'path.write_bytes(b"")',
    "path.mkdir()",
    "path.touch()",
    "path.unlink()",
    "path.rmdir()",
    "path.rename(other)",
    "path.replace(other)",
    "path.symlink_to(other)",
    "path.chmod(0o644)",
    "os.replace(a, b)",
    "os.open(a, os.O_WRONLY)",
    "os.makedirs(a)",
    "shutil.rmtree(a)",
    "shutil.copy(a, b)",
    "rmtree(a)",
    "tempfile.mkdtemp()",
    "parquet.ParquetWriter(a, b)",
)
READERS = (
    'open("x")',
    'open("x", "rb")',
    'path.open("rb")',
    "path.read_text()",
    'text.replace("a", "b")',
    "replace(study, name=name)",
    "dataclasses.replace(study, name=name)",
    "Store.open(url)",
    'archive.open("member")',
    "form.open(content, rows, layout)",
)


@pytest.mark.parametrize("line", WRITERS)
def test_who_writes_files_is_found(line: str, tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(f"def f():\n    {line}\n")
    done = subprocess.run([sys.executable, ROOT / "tools/find-writers", "."], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.startswith("module.py:2: ")) == (1, True), done.stdout


def test_who_reads_files_is_not(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("\n".join(READERS) + "\n")
    done = subprocess.run([sys.executable, ROOT / "tools/find-writers", "."], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "Files are written in two rooms.\n")


def test_files_are_written_in_two_rooms() -> None:
    done = subprocess.run([sys.executable, ROOT / "tools/find-writers"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
