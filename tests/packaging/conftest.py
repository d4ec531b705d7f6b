"""A wheel built from the source distribution, and environments on the oldest and newest Python here with it and what it declares, nothing else."""

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
UV = [sys.executable, "-m", "uv", "--no-config", "--system-certs", "--quiet"]
Call = Callable[..., subprocess.CompletedProcess[str]]


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


def link_what_it_declares(python: Path) -> None:
    """Give an environment the dependencies that the tests themselves run with, by links: quick, and possible where versions of Python agree."""
    site = Path(run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).stdout.strip())
    (metadata,) = site.glob("qmethod-*.dist-info")
    needed: dict[str, Distribution] = {}
    for line in Distribution.at(metadata).requires or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            declared(requirement.name.lower().replace("_", "-"), needed)
    for installed in needed.values():
        for top in tops(installed):
            (site / top.name).symlink_to(top)


def fetch_what_is_locked(python: Path) -> None:
    """Install the locked dependencies; what is needed to build the one of them that has no wheel is there only meanwhile."""
    install = [*UV, "pip", "install", "--python", python, "--require-hashes", "--no-build-isolation"]
    run([*install, "-r", ROOT / "requirements/build.txt"])
    run([*install, "-r", ROOT / "requirements/runtime.txt"])
    run([*UV, "pip", "sync", "--python", python, "--require-hashes", "--no-build-isolation", ROOT / "requirements/runtime.txt"])


@dataclass(frozen=True)
class Python:
    """A Python of this machine."""

    version: tuple[int, ...]
    program: Path


def pythons() -> list[Python]:
    """Those that the project can run on, oldest first; each version once."""
    found = {}
    for line in run([ROOT / "tools/find-python", "--all"]).stdout.splitlines():
        version, _, program = line.partition(" ")
        found.setdefault(tuple(int(part) for part in version.split(".")), Path(program))
    return [Python(version, program) for version, program in sorted(found.items())]


@pytest.fixture(scope="session", params=["oldest", "newest"])
def clean(request: pytest.FixtureRequest, archives: Archives, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of an environment with the wheel and its declared dependencies; no tool for tests is in it."""
    here = pythons()
    if request.param == "newest" and len(here) == 1:
        pytest.skip(f"the only suitable Python here is {here[0].program}")
    chosen = here[0] if request.param == "oldest" else here[-1]
    home = tmp_path_factory.mktemp(f"clean-{request.param}")
    run([chosen.program, "-m", "venv", "--without-pip", home])
    python = home / "bin" / "python"
    alike = chosen.version[:2] == sys.version_info[:2]
    if not alike:
        try:
            fetch_what_is_locked(python)
        except AssertionError as failed:
            if os.environ.get("CI") or not any(word in str(failed) for word in ("error sending request", "dns error", "Could not connect")):
                raise
            pytest.skip(f"no network, and {chosen.program} needs wheels of its own")
    run([sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", "--quiet", archives.wheel])
    if alike:
        link_what_it_declares(python)
    run([sys.executable, "-m", "pip", "--python", python, "check"])
    return home


@pytest.fixture
def in_clean(clean: Path, tmp_path: Path) -> Call:
    """Run a program of the clean environment in a folder of the user's, without inherited variables."""

    def call(program: str, *arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        own = {"HOME": str(tmp_path), "PATH": os.defpath, "LANG": "C.UTF-8", **variables}
        return run([clean / "bin" / program, *arguments], cwd=tmp_path, env=own, stdin=subprocess.DEVNULL)

    return call
