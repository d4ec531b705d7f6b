"""A wheel built from the source distribution, and an environment that holds it and what it declares, nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]


def run(command: list[str | Path], **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; a failure shows what it printed."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=300, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


@dataclass(frozen=True)
class Archives:
    """What a release consists of."""

    sdist: Path
    wheel: Path


@pytest.fixture(scope="session")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Archives:
    """Source distribution, and the wheel that was built from it."""
    out = tmp_path_factory.mktemp("dist")
    run([sys.executable, "-m", "build", "--no-isolation", "--outdir", out, ROOT])
    (sdist,), (wheel,) = out.glob("*.tar.gz"), out.glob("*.whl")
    return Archives(sdist, wheel)


def declared(name: str, seen: dict[str, Distribution]) -> dict[str, Distribution]:
    """The distributions that `name` needs, itself included, found by what each declares."""
    if name not in seen:
        seen[name] = distribution(name)
        for line in seen[name].requires or ():
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                declared(needed.name.lower().replace("_", "-"), seen)
    return seen


def tops(installed: Distribution) -> Iterator[Path]:
    """Files and folders of a distribution that lie directly in site-packages."""
    for first in {file.parts[0] for file in installed.files or () if file.parts[0] != ".."} - {"__pycache__"}:
        yield Path(str(installed.locate_file(first)))


@pytest.fixture(scope="session")
def clean(archives: Archives, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of an environment with the wheel and its declared dependencies, which are linked to save time; no tool for tests is in it."""
    home = tmp_path_factory.mktemp("clean")
    run([sys.executable, "-m", "venv", "--without-pip", home])
    python = home / "bin" / "python"
    run([sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", "--quiet", archives.wheel])
    site = Path(run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).stdout.strip())
    (metadata,) = site.glob("qmethod_engine-*.dist-info")
    needed: dict[str, Distribution] = {}
    for line in Distribution.at(metadata).requires or ():
        declared(Requirement(line).name.lower().replace("_", "-"), needed)
    for installed in needed.values():
        for top in tops(installed):
            (site / top.name).symlink_to(top)
    run([sys.executable, "-m", "pip", "--python", python, "check"])
    return home


@pytest.fixture
def in_clean(clean: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a program of the clean environment in a folder of the user's, without inherited variables."""

    def call(program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        variables = {"HOME": str(tmp_path), "PATH": os.defpath, "LANG": "C.UTF-8"}
        return run([clean / "bin" / program, *arguments], cwd=tmp_path, env=variables, stdin=subprocess.DEVNULL)

    return call
