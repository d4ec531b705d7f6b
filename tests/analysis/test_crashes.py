"""A machine that stops, a disk that is full: what was in a folder is there, or what is new, never some of both; and doing it again works."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from qmethod_analysis.commands.cli import main
from qmethod_analysis.commands.export import write as write_export
from qmethod_analysis.folder import staging
from qmethod_analysis.folder.listing import LISTING, MADE, UNNAMED, listing_of, read_listing
from qmethod_analysis.folder.writing import add_parts, write_analysis
from qmethod_analysis.report.folder import FOLDERS
from qmethod_analysis.site.publish import write_site
from tests.analysis.conftest import LIPSET, hashes

resource = pytest.importorskip("resource", reason="limits of a process as POSIX has them")
QUICK = ("--no-retention",)
COMMANDS = {
    "analyse": ("analyse", "sorts.csv", "-k", "3", "--out", "here", "--overwrite", *QUICK),
    "run": ("run", "three/analysis.toml", "--out", "here", "--overwrite"),
    "report": ("report", "here", "--formats", "html,md,xlsx,figures"),
    "publish": ("publish", "three", "--out", "here", "--overwrite"),
}


def do(*words: str) -> None:
    result = CliRunner().invoke(main, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For each command a folder as it is before, and as it is after."""
    place = tmp_path_factory.mktemp("states")
    shutil.copy(LIPSET, place / "sorts.csv")
    with contextlib.chdir(place):
        do("analyse", "sorts.csv", "-k", "2", "--out", "two", "--bootstrap", "20", *QUICK)
        do("analyse", "sorts.csv", "-k", "3", "--out", "three", *QUICK)
        do("publish", "two", "--out", "site")
        for command, words in COMMANDS.items():
            shutil.copytree("site" if command == "publish" else "two", f"before-{command}")
            shutil.copytree(f"before-{command}", "here")
            do(*words)
            shutil.move("here", f"after-{command}")
    return place


@pytest.fixture
def place(states: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("sorts.csv",):
        shutil.copy(states / name, name)
    for name in ("two", "three"):
        shutil.copytree(states / name, name)
    return states


def state(states: Path, command: str) -> str:
    """Whether the folder is what it was or what it was to be, once a stopped writer's plan is finished."""
    staging.finish(Path("here"))
    here = {name: value for name, value in hashes(Path("here")).items() if not name.startswith((staging.STAGE, staging.STREAMING))}
    for which in ("before", "after"):
        if here == hashes(states / f"{which}-{command}"):
            return which
    return "a mixture"


class Stopped(BaseException):
    """A machine that is no more."""


STEPS = ("os.fsync", "os.link", "pathlib.Path.replace", "pathlib.Path.rename", "pathlib.Path.unlink", "pathlib.Path.mkdir", "pathlib.Path.rmdir")


@contextlib.contextmanager
def stopping(monkeypatch: pytest.MonkeyPatch, at: int, error: Callable[[], BaseException]) -> Iterator[list[int]]:
    """Let nothing happen on the disk any more from the nth step on."""
    done = [0]

    def wrapped(real: Callable[..., object]) -> Callable[..., object]:
        def step(*args: object, **kwargs: object) -> object:
            done[0] += 1
            if done[0] > at:
                raise error()
            return real(*args, **kwargs)

        return step

    with monkeypatch.context() as patched:
        for name in STEPS:
            owner, _, what = name.rpartition(".")
            holder = os if owner == "os" else Path
            patched.setattr(holder, what, wrapped(getattr(holder, what)))
        patched.setattr(shutil, "rmtree", wrapped(shutil.rmtree))
        yield done


def contents(folder: Path, without: tuple[str, ...] = ()) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in hashes(folder) if name not in without}


def analyse(states: Path) -> None:
    write_analysis(Path("here"), contents(states / "after-analyse", (LISTING,)), MADE)


def report(states: Path) -> None:
    new = contents(states / "after-report", tuple(hashes(states / "before-report")))
    mine = {"report.toml": new.pop("report.toml")}
    add_parts(Path("here"), new, UNNAMED, read_listing(Path("here")).solution, anew=FOLDERS, beside=mine)


def publish(states: Path) -> None:
    write_site(Path("here"), contents(states / "after-publish"), overwrite=True)


def export(states: Path) -> None:
    files = contents(states / "after-publish")
    write_export(Path("here"), {name.replace("/", "-"): content for name, content in files.items()})


WRITERS = {"analyse": analyse, "report": report, "publish": publish, "export": export}


@pytest.mark.parametrize("writer", WRITERS)
def test_stopped_at_any_step_leaves_one_state(writer: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step of writing in turn is the last that happens on the disk; even taking away what is half done fails."""
    before = place / f"before-{'analyse' if writer == 'export' else writer}"
    if writer == "export":  # nothing but files lies there, all of which may go
        before = Path("before-export")
        before.mkdir()
        (before / "study.json").write_text("{}")
    shutil.copytree(before, "here")
    with stopping(monkeypatch, 100_000, Stopped) as steps:
        WRITERS[writer](place)
    after = hashes(Path("here"))
    ends = []
    for at in range(steps[0] + 1):
        shutil.rmtree("here")
        shutil.copytree(before, "here")
        with stopping(monkeypatch, at, Stopped), contextlib.suppress(Stopped):
            WRITERS[writer](place)
        staging.finish(Path("here"))
        found = {name: value for name, value in hashes(Path("here")).items() if not name.startswith(staging.STAGE)}
        assert found in (hashes(before), after), (at, found.keys() ^ after.keys())
        ends.append(found == after)
        WRITERS[writer](place)
        assert hashes(Path("here")) == after
    assert ends == sorted(ends), "once it is new it stays new"
    assert {*ends} == {False, True}


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_killed_at_random_leaves_one_state(command: str, how: signal.Signals, place: Path) -> None:
    """A process of its own, killed while it writes: as soon as its stage is seen, or a little later."""
    draw = random.Random(f"{command}{how}")
    for _ in range(2):
        shutil.rmtree("here", ignore_errors=True)
        shutil.copytree(place / f"before-{command}", "here")
        process = subprocess.Popen([sys.executable, "-m", "qmethod", *COMMANDS[command]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and not list(Path("here").glob(f"{staging.STAGE}*")):
            time.sleep(0.001)
        time.sleep(draw.choice([0, 0.002, 0.01, 0.03, 0.1]))
        process.send_signal(how)
        process.wait()
        assert state(place, command) in ("before", "after")
    do(*COMMANDS[command])
    assert state(place, command) == "after"


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process")
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("most", [900, 20_000])
def test_no_room_for_a_file_changes_nothing(command: str, most: int, place: Path) -> None:
    """The system itself refuses to let a file grow."""
    shutil.copytree(place / f"before-{command}", "here")
    limited = f"import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, ({most}, {most}))"
    code = f"import sys; sys.dont_write_bytecode = True\nfrom qmethod_analysis.commands.cli import main\n{limited}\nmain({list(COMMANDS[command])!r})"
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (3, False), done.stderr
    assert done.stderr.startswith("qmethod: here"), done.stderr
    assert state(place, command) == "before"
    assert not list(Path("here").glob(f"{staging.STAGE}*"))
    do(*COMMANDS[command])
    assert state(place, command) == "after"


def mounted(tmp_path: Path) -> Path | None:
    """A disk of 2 MB; None where this process may not mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], capture_output=True, check=False)
    return disk if done.returncode == 0 else None


@pytest.mark.skipif(sys.platform != "linux", reason="a small disk of its own")
def test_a_disk_that_is_full_changes_nothing(place: Path, tmp_path: Path) -> None:
    """With so many bytes left, for many numbers of bytes; each ends in the old state with code 3, or in the new one with code 0."""
    disk = mounted(tmp_path)
    if disk is None:
        pytest.skip("this process may not mount a disk")
    try:
        shutil.copytree(place / "before-analyse", disk / "here")
        os.symlink(disk / "here", "here")
        words = COMMANDS["analyse"]
        ends = set()
        for left in range(0, 1_000_000, 120_000):
            space = shutil.disk_usage(disk).free
            (disk / "ballast").write_bytes(b"\0" * max(0, space - left))
            result = CliRunner().invoke(main, words)
            listing_of(Path("here"))
            found = state(place, "analyse")
            found = (
                "after" if found != "before" and "n_factors = 3" in Path("here/analysis.toml").read_text() else found
            )  # sorts lie elsewhere seen from there
            assert (result.exit_code, found) in ((3, "before"), (0, "after")), (left, result.output)
            ends.add(found)
            (disk / "ballast").unlink()
            if found == "after":
                break
        assert ends == {"before", "after"}
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("folder_is", ["new", "empty"])
def test_a_new_study_stopped_on_its_way_is_not_there(folder_is: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full at each step in turn: no half study stays, and doing it again works."""
    monkeypatch.chdir(tmp_path)
    if folder_is != "new":
        Path("park").mkdir()
    before = hashes(Path())
    for at in range(6):
        with stopping(monkeypatch, at, lambda: OSError(28, "No space left on device")):
            result = CliRunner().invoke(main, ["study", "new", "park"])
        assert result.exit_code == 3, result.output
        if at == 0:
            assert hashes(Path()) == before
        left = [name for name in hashes(Path()) if name not in before]
        for name in left:  # what could not even be taken back, since nothing can be done on this disk any more
            Path(name).unlink()
        for path in sorted(Path().rglob(".qmethod-*"), reverse=True):
            path.rmdir()
    do("study", "new", "park")
    assert Path("park/study.yaml").is_file()
