"""An analysis whose writing is cut short, by a full disk or by the end of the process: the folder is the old one or the new one, never a mixture."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from qmethod_analysis.commands.cli import main
from qmethod_analysis.folder import staging
from qmethod_analysis.folder.listing import LISTING, MADE, read_listing
from qmethod_analysis.folder.writing import write_analysis
from tests.analysis.calls import QUICK
from tests.analysis.conftest import LIPSET, Qmethod, hashes, succeed


def test_a_full_disk_changes_nothing(qmethod_command: Qmethod, monkeypatch: pytest.MonkeyPatch):
    """The space ends at every file in turn; what was there is there, and the message names a file."""
    assert qmethod_command("analyse", LIPSET, "-k", 2, "--out", "a", *QUICK).exit_code == 0
    before = hashes(Path("a"))
    real = staging.write_through
    for last in (0, 3, 9):
        written = 0

        def full(path: Path, content: bytes, mode: int = 0o666, last: int = last) -> None:
            nonlocal written
            written += 1
            if written > last:
                raise OSError(errno.ENOSPC, "No space left on device")
            real(path, content, mode)

        with monkeypatch.context() as patched:
            patched.setattr(staging, "write_through", full)
            result = qmethod_command("analyse", LIPSET, "-k", 3, "--out", "a", "--overwrite", *QUICK)
        assert result.exit_code == 3
        assert "No space left on device" in result.stderr
        assert result.stderr.startswith("qmethod: a/")
        assert hashes(Path("a")) == before


class Killed(BaseException):
    """A process that is no more."""


def test_a_writer_killed_between_any_two_files_leaves_no_mixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Whatever the moment, the folder is read as the old analysis or as the new one; and the next run makes it whole."""
    monkeypatch.chdir(tmp_path)
    succeed("analyse", LIPSET, "-k", 2, "--out", "old", "--bootstrap", 20, *QUICK)
    succeed("analyse", LIPSET, "-k", 3, "--out", "new", *QUICK)
    files = {name: (tmp_path / "new" / name).read_bytes() for name in hashes(tmp_path / "new") if name != LISTING}
    moves, allowed = 0, 0
    real = Path.replace

    def dying(self: Path, target: Path) -> Path:
        nonlocal moves
        moves += 1
        if moves > allowed:
            raise Killed
        return real(self, target)

    states = set()
    for allowed in range(40):  # noqa: B007 - read by `dying`
        shutil.rmtree("a", ignore_errors=True)
        shutil.copytree("old", "a")
        moves = 0
        monkeypatch.setattr(Path, "replace", dying)
        try:
            write_analysis(Path("a"), files, MADE)
            killed = False
        except Killed:
            killed = True
        monkeypatch.setattr(Path, "replace", real)
        result = CliRunner().invoke(main, ["report", "a", "--formats", "md"])
        assert result.exit_code == 0, result.output
        states.add("old" if "drawn anew" in Path("a/report.md").read_text() else "new")
        assert {part.name for part in read_listing(Path("a")).parts} >= {name for name in hashes(Path("a")) if name not in (LISTING, "report.toml")}
        write_analysis(Path("a"), files, MADE)
        now = {name: value for name, value in hashes(Path("a")).items() if name in files}
        assert now == {name: value for name, value in hashes(Path("new")).items() if name != LISTING}
        if not killed:
            break
    assert states == {"old", "new"}


def test_a_run_after_a_kill_at_any_removal_leaves_nothing_of_the_old_analysis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The half-written folder hands nothing on, whichever solution's hash comes first."""
    monkeypatch.chdir(tmp_path)
    for k in (2, 3, 4):
        succeed("analyse", LIPSET, "-k", k, "--out", f"k{k}", *QUICK)
    real = Path.unlink
    for old, new in ((2, 3), (3, 2), (2, 4), (4, 2)):
        for at in range(3):
            shutil.rmtree("a", ignore_errors=True)
            shutil.copytree(f"k{old}", "a")
            succeed("report", "a", "--formats", "md")
            files = {name: (tmp_path / f"k{new}" / name).read_bytes() for name in hashes(tmp_path / f"k{new}") if name != LISTING}
            done = 0

            def dying(self: Path, missing_ok: bool = False, at: int = at) -> None:
                nonlocal done
                if "stage" not in str(self):
                    done += 1
                    if done > at:
                        raise Killed
                real(self, missing_ok=missing_ok)

            monkeypatch.setattr(Path, "unlink", dying)
            with pytest.raises(Killed):
                write_analysis(Path("a"), files, MADE)
            monkeypatch.setattr(Path, "unlink", real)
            write_analysis(Path("a"), files, MADE)
            assert set(hashes(Path("a"))) - {"report.toml"} == set(hashes(Path(f"k{new}")))


def test_a_writer_killed_in_a_new_folder_does_not_block_it(qmethod_command: Qmethod):
    Path("new/.qmethod-stage-abc").mkdir(parents=True)
    Path("new/.qmethod-stage-abc/0").write_text("half")
    assert qmethod_command("analyse", LIPSET, "-k", 2, "--out", "new", *QUICK).exit_code == 0
    assert qmethod_command("report", "new", "--formats", "md").exit_code == 0
