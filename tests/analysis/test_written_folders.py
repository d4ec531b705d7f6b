"""Folders as they are written: on the disk before they are called whole, and open to those who may read what is in them."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qmethod.formats.putting import place
from qmethod_analysis.commands.export import write as write_export
from qmethod_analysis.folder.listing import MADE, listing_of
from qmethod_analysis.folder.staging import STAGE
from qmethod_analysis.folder.writing import add_parts, renew_recipe, write_analysis
from qmethod_analysis.site.publish import LISTING as SITE
from qmethod_analysis.site.publish import write_site

if os.name != "posix":
    pytest.skip("permissions and waiting for the disk as POSIX has them", allow_module_level=True)
FILES = {"analysis.toml": b"recipe", "solution.json": b"{}", "sorts.csv": b"p,1", "inner/analysis.toml": b"other", "inner/solution.json": b"{}"}


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def modes(folder: Path) -> tuple[set[int], set[int]]:
    """Of a folder and those in it, and of the files."""
    inside = list(folder.rglob("*"))
    return {mode(folder), *(mode(path) for path in inside if path.is_dir())}, {mode(path) for path in inside if path.is_file()}


def test_an_analysis_is_for_its_owner(tmp_path: Path) -> None:
    folder, drawn = tmp_path / "an", tmp_path / "loadings.csv"
    drawn.write_bytes(b"p,0.5")
    write_analysis(folder, {**FILES, "loadings.csv": drawn}, MADE)
    assert modes(folder) == ({0o700}, {0o600})
    add_parts(folder, {"report.html": b"p", "files/f1.csv": b"p"}, "qmethod report", listing_of(folder).solution, beside={"report.toml": b""})
    renew_recipe(folder, b"recipe of a study", listing_of(folder).solution)
    add_parts(folder / "inner", {"report.html": b"p"}, "qmethod report", listing_of(folder / "inner").solution)
    write_analysis(folder, {**FILES, "sorts.csv": b"p,3"}, MADE)
    assert modes(folder) == ({0o700}, {0o600})


def test_a_folder_that_is_opened_to_others_stays_so(tmp_path: Path) -> None:
    folder = tmp_path / "an"
    folder.mkdir(0o755)
    write_analysis(folder, {"analysis.toml": b"recipe", "solution.json": b"{}"}, MADE)
    assert mode(folder) == 0o700  # nothing was in it that somebody could have been given
    folder.chmod(0o750)
    write_analysis(folder, {"analysis.toml": b"recipe", "solution.json": b"{}", "inner/sorts.csv": b"p,1"}, MADE)
    assert modes(folder) == ({0o750}, {0o640})


def test_an_export_is_for_its_owner_always_and_a_site_for_all(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(0o755)
    (tmp_path / "data" / "sorts.csv").write_bytes(b"earlier")
    write_export(tmp_path / "data", FILES)
    assert modes(tmp_path / "data") == ({0o700}, {0o600})
    write_site(tmp_path / "site", {"index.html": b"<p>", "data/sorts.csv": b"p1", SITE: b""})
    assert modes(tmp_path / "site") == ({0o755}, {0o644})


def put(folder: Path) -> None:
    place({folder / name: content for name, content in FILES.items()})


def put_new(folder: Path) -> None:
    place({folder / name: content for name, content in FILES.items()}, new=True)


def analysis(folder: Path) -> None:
    drawn = folder.with_name("drawn")
    drawn.write_bytes(b"p,0.5")
    write_analysis(folder, {**FILES, "loadings.csv": drawn}, MADE)


def export(folder: Path) -> None:
    write_export(folder, FILES)


def site(folder: Path) -> None:
    write_site(folder, {"index.html": b"<p>", "data/sorts.csv": b"p1", SITE: b""})


@pytest.mark.parametrize("writer", [put, put_new, analysis, export, site])
def test_a_file_is_on_the_disk_before_it_has_its_name_and_then_its_name_is(
    writer: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file with all its bytes before it is moved, and its folder after the last move into it."""
    waited: dict[int, tuple[int, int]] = {}  # by file or folder: when last, and with how many bytes
    moved: dict[Path, int] = {}
    clock = iter(range(10_000))
    sync, replace, link = os.fsync, Path.replace, os.link

    def syncing(number: int) -> None:
        sync(number)
        known = os.fstat(number)
        waited[known.st_ino] = (next(clock), known.st_size)

    def waited_for(path: Path, target: Path) -> None:
        if not target.parent.name.startswith(STAGE):  # what is there has no name of its own yet
            assert waited.get(path.stat().st_ino, (0, -1))[1] == path.stat().st_size, f"{target} got its name first"

    def moving(path: Path, target: Path) -> Path:
        waited_for(path, target)
        moved[Path(target)] = next(clock)
        return replace(path, target)

    def linking(path: Path, target: Path) -> None:
        waited_for(path, target)
        moved[Path(target)] = next(clock)
        link(path, target)

    monkeypatch.setattr(os, "fsync", syncing)
    monkeypatch.setattr(Path, "replace", moving)
    monkeypatch.setattr(os, "link", linking)
    folder = tmp_path / "there"
    writer(folder)
    there = [path for path in folder.rglob("*") if path.is_file()]
    assert len(there) >= 3
    for path in there:
        assert moved[path] < waited.get(path.parent.stat().st_ino, (-1, 0))[0], f"the name of {path} may be gone with the machine"
