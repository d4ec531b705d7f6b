"""The folder of an analysis that somebody else made: nothing outside it is read or written because of what lies in it."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qmethod import DataError
from qmethod_analysis.folder.listing import LISTING, MADE, digest, read_listing
from qmethod_analysis.folder.staging import PLAN, STAGE, Plan, finish, is_inside
from qmethod_analysis.folder.writing import write_analysis
from tests.analysis.conftest import LIPSET, Qmethod, hashes

PRIVATE = "-----BEGIN OPENSSH PRIVATE KEY----- never to be seen"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="links, pipes and sockets as POSIX has them")


def link(path: Path, target: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def hard(path: Path, target: Path) -> None:
    path.unlink(missing_ok=True)
    path.hardlink_to(target)


def pipe(path: Path, _: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def plug(path: Path, _: Path) -> None:
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as one:
        here = Path.cwd()
        os.chdir(path.parent)  # the name of a socket must be short
        try:
            one.bind(path.name)
        finally:
            os.chdir(here)


def folder(path: Path, _: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()


def dangling(path: Path, target: Path) -> None:
    link(path, target.with_name("not-there"))


KINDS: dict[str, Callable[[Path, Path], None]] = {"link": link, "dangling link": dangling, "pipe": pipe, "socket": plug, "folder": folder}
READ = ("report.toml", "analysis.toml", "solution.json", "bootstrap.json", LISTING)
COMMANDS = {
    "report": ("report", "an", "--formats", "md"),
    "publish": ("publish", "an", "--out", "site"),
    "run": ("run", "an/analysis.toml"),
    "sheet": ("sheet", "an"),
    "multiverse": ("multiverse", "an", "--try-extractions", "pca", "--try-rotations", "varimax", "--try-flags", ".05"),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An analysis, and a home with a private key, side by side."""
    from click.testing import CliRunner

    from qmethod_analysis.commands.cli import main

    place = tmp_path_factory.mktemp("made")
    shutil.copy(LIPSET, place / "sorts.csv")
    words = ["analyse", str(place / "sorts.csv"), "-k", "2", "--out", str(place / "an"), "--no-retention", "--bootstrap", "20"]
    assert CliRunner().invoke(main, words, catch_exceptions=False).exit_code == 0
    return place


@pytest.fixture
def victim(made: Path, tmp_path: Path, qmethod_command: Qmethod) -> Iterator[Path]:
    """A copy of the analysis to spoil; what lies in the home is the same afterwards."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    home = tmp_path / "home"
    home.mkdir()
    (home / "key").write_text(PRIVATE)
    (home / ".bashrc").write_text("# mine\n")
    before = hashes(home)
    yield home
    assert hashes(home) == before
    assert sorted(path.name for path in home.iterdir()) == [".bashrc", "key"]


def leaked(place: Path) -> list[str]:
    """Files outside the home that hold the key."""
    home = place / "home"
    files = [path for path in place.rglob("*") if not path.is_symlink() and path.is_file() and not path.is_relative_to(home)]
    return [str(path) for path in files if os.stat(path).st_nlink == 1 and PRIVATE.encode() in path.read_bytes()]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_file_of_the_folder_is_not_read(kind: str, name: str, command: str, victim: Path, qmethod_command: Qmethod) -> None:
    """Refused by its name, or not needed; never waited for, never followed."""
    KINDS[kind](Path("an") / name, victim / "key")
    result = qmethod_command(*COMMANDS[command])
    assert result.exit_code in (0, 2), result.output
    if result.exit_code == 2:
        assert f"an/{name}" in result.stderr or (name == LISTING and "an" in result.stderr), result.stderr
        assert "-> " in result.stderr
    else:
        assert command == "run" or name in ("report.toml", "bootstrap.json")
        assert not (command == "report" and name in READ)
    assert PRIVATE not in result.output
    assert leaked(Path.cwd()) == []


@pytest.mark.parametrize("name", ["LICENSE", "LICENSE.txt", "LICENSE.md", "CITATION.cff"])
@pytest.mark.parametrize("kind", [*KINDS, "hard link"])
def test_nothing_is_published_but_what_was_put_there(kind: str, name: str, victim: Path, qmethod_command: Qmethod) -> None:
    {**KINDS, "hard link": hard}[kind](Path("an") / name, victim / "key")
    result = qmethod_command("publish", "an", "--out", "site")
    assert (result.exit_code, f"an/{name}" in result.stderr, Path("site").exists()) == (2, True, False), result.output


@pytest.mark.parametrize("command", ["report", "run", "sheet", "multiverse"])
def test_what_is_written_is_written_in_the_folder(command: str, victim: Path, qmethod_command: Qmethod) -> None:
    """Every name that a command may write leads to the home: each such link is set aside or refused, none is written through."""
    result = qmethod_command(*COMMANDS[command])
    assert result.exit_code == 0, result.output
    written = [name for name in hashes(Path("an")) if name != LISTING]
    for name in written:
        shutil.rmtree("an")
        shutil.copytree(Path(os.environ["MADE"]), "an")
        path = Path("an") / name
        if path.exists() and name in READ:
            continue  # refused when it is read, as above
        path.parent.mkdir(parents=True, exist_ok=True)
        link(path, victim / ".bashrc")
        result = qmethod_command(*COMMANDS[command])
        assert result.exit_code in (0, 2), result.output
        assert (victim / ".bashrc").read_text() == "# mine\n"


@pytest.fixture(autouse=True)
def _where(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MADE", str(made / "an"))


@pytest.mark.parametrize("at", ["report-figures", "figures", "kept-1"])
def test_a_folder_that_is_a_link_is_not_written_to(at: str, victim: Path, qmethod_command: Qmethod) -> None:
    link(Path("an") / at, victim)
    Path("an/report.md").write_text("somebody's")
    qmethod_command("report", "an", "--formats", "md,figures")


def test_a_site_is_not_written_through_links(victim: Path, qmethod_command: Qmethod) -> None:
    assert qmethod_command("publish", "an", "--out", "site").exit_code == 0
    for name in sorted(hashes(Path("site"))):
        link(Path("site") / name, victim / ".bashrc")
    result = qmethod_command("publish", "an", "--out", "site", "--overwrite")
    assert result.exit_code == 2
    shutil.rmtree("site")
    assert qmethod_command("publish", "an", "--out", "site").exit_code == 0
    shutil.rmtree("site/data")
    link(Path("site/data"), victim)
    result = qmethod_command("publish", "an", "--out", "site", "--overwrite")
    assert (result.exit_code, "a link stands in the way" in result.stderr) == (2, True), result.output


@pytest.mark.parametrize("name", ["../home/.bashrc", "/etc/passwd", "a/../../home/key", "..", ".", "", "a//b", "a\\..\\b", "a\nb", "C:/x"])
def test_a_listing_names_files_of_its_folder(name: str, victim: Path) -> None:
    assert not is_inside(name) or (os.name != "nt" and name == "C:/x")
    with pytest.raises(DataError, match="no name of a file"):
        write_analysis(Path("b"), {"analysis.toml": b"x", name if not is_inside(name) else "..": b"1"}, MADE)
    file = Path("an") / LISTING
    if name and "\n" not in name and not is_inside(name):
        file.write_text(f"{file.read_text()}# qmethod x\n{digest(b'# mine')}  {name}\n")
        with pytest.raises(DataError, match="no listing of an analysis, or a damaged one"):
            read_listing(Path("an"))


@pytest.mark.parametrize("names", [("../home/.bashrc",), ("up/.bashrc",), ("ok", "/etc/x")])
@pytest.mark.parametrize("part", ["files", "gone", "listing"])
def test_a_plan_that_leads_elsewhere_is_not_carried_out(names: tuple[str, ...], part: str, victim: Path) -> None:
    """What a stopped writer left is finished only inside its folder."""
    link(Path("an/up"), victim)
    stage = Path("an") / f"{STAGE}x"
    stage.mkdir()
    sums = {name: (digest(b"# mine\n"),) for name in names}
    files, gone, listing = {"files": (names, (), ""), "gone": ((), names, ""), "listing": (("ok",), (), names[-1])}[part]
    (stage / PLAN).write_bytes(Plan(files, gone, sums, listing).to_json())
    for number in range(len(names)):
        (stage / str(number)).write_text("evil")
    (stage / "meanwhile").write_text("evil")
    finish(Path("an"))
    assert not Path("/etc/x").exists()


def test_what_a_recipe_reads_must_be_what_it_was(victim: Path, qmethod_command: Qmethod) -> None:
    """A recipe may name sorts beside its folder, by their hash: another file is refused, and none of it is shown or copied."""
    recipe = Path("an/analysis.toml")
    for path in ("../home/key", str(victim / "key"), "key"):
        link(Path("an/key"), victim / "key")
        lines = [f'path = "{path}"' if line.startswith("path = ") else line for line in recipe.read_text().splitlines()]
        recipe.write_text("\n".join(lines) + "\n")
        for out in ((), ("--out", "b"), ("--out", "b", "--accept-changed-input")):
            result = qmethod_command("run", "an/analysis.toml", *out)
            assert result.exit_code == 2
            assert "PRIVATE KEY" not in result.output
    assert leaked(Path.cwd()) == []
