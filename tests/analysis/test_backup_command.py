"""``qmethod backup`` and ``qmethod restore``, as they are typed."""

from __future__ import annotations

import errno
import json
import os
import re
import shlex
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from qmethod_analysis.commands.cli import main
from qmethod_analysis.commands.exit_codes import ExitCode
from qmethod_studies.store import DEFAULT_URL, Store
from tests.analysis.calls import in_shape, started
from tests.analysis.conftest import Qmethod
from tests.studies.store.acting import begin, make_study, submitted

PAGE = Path(__file__).parents[2] / "docs" / "data.md"


@pytest.fixture
def kept(qmethod_command: Qmethod) -> Qmethod:
    """A folder with a database, in which a study has two responses."""
    with Store.open(DEFAULT_URL) as store:
        study = make_study()
        store.register(study)
        submitted(store, study)
        begin(store, study)
    return qmethod_command


def test_there_and_back(kept: Qmethod) -> None:
    done = kept("backup", "--out", "new/all.backup")
    assert done.exit_code == 0, done.output
    assert "Written: new/all.backup (demo with 2 responses), readable by you only." in done.stdout
    assert stat.S_IMODE(Path("new/all.backup").stat().st_mode) == 0o600
    assert "Written: new/backup.keys, the keys, without which nobody reads what people wrote in it." in done.stdout
    assert sorted(path.name for path in Path("new").iterdir()) == ["all.backup", "backup.keys"]
    assert stat.S_IMODE(Path("new/backup.keys").stat().st_mode) == 0o600
    looked = kept("restore", "new/all.backup", "--check")
    assert re.fullmatch(r"The backup is whole: demo with 2 responses, made \S+ \S+ UTC by qmethod \S+ from SQLite\.\n", looked.stdout), looked.output
    put = kept("restore", "new/all.backup", "--to", "sqlite:///b.sqlite3")
    assert put.stdout.startswith("Put into sqlite:///b.sqlite3: demo with 2 responses, as saved up to ")
    said = json.loads(kept("restore", "new/all.backup", "--to", "sqlite:///b.sqlite3", "--overwrite", "--json").stdout)
    assert (said["way"], said["studies"], said["set_aside"]) == ("replaced", {"demo": 2}, [])
    following = re.search(r"^Next  (.*)$", put.stdout, re.MULTILINE)
    assert following
    assert kept(*shlex.split(following[1])[1:]).exit_code == 0
    assert "submitted" in Path("after-restore/responses.csv").read_text()


def test_an_earlier_backup_goes_only_where_it_may_and_nothing_else_ever(kept: Qmethod) -> None:
    Path("notes.txt").write_text("Monday")
    assert "no earlier backup" in in_shape(kept("backup", "--out", "notes.txt", "--overwrite"))[0]
    assert Path("notes.txt").read_text() == "Monday"
    assert kept("backup", "--out", "a.backup").exit_code == 0
    first = Path("a.backup").read_bytes()
    assert "an earlier backup is here" in in_shape(kept("backup", "--out", "a.backup"))[0]
    assert Path("a.backup").read_bytes() == first
    assert kept("backup", "--out", "a.backup", "--overwrite").exit_code == 0
    assert Path("a.backup").read_bytes() != first


def test_a_full_disk_leaves_the_earlier_backup(kept: Qmethod, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kept("backup", "--out", "a.backup").exit_code == 0
    first = Path("a.backup").read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        lines = in_shape(kept("backup", "--out", "a.backup", "--overwrite"), ExitCode.ENVIRONMENT)
    assert lines == ["qmethod: backup.keys: No space left on device", "-> Make room, or choose another place."]
    assert Path("a.backup").read_bytes() == first
    assert {path.name for path in Path().iterdir() if "backup" in path.name} == {"a.backup", "backup.keys"}


def test_what_would_go_is_named_with_the_way_out(kept: Qmethod) -> None:
    kept("backup", "--out", "a.backup")
    lines = in_shape(kept("restore", "a.backup", "--to", DEFAULT_URL))
    assert "the database holds demo, with 2 responses; nothing was changed" in lines[0]
    assert lines[-1] == "-> Name another database with --to, or add --overwrite to put the backup in the place of all that."
    with Store.open(DEFAULT_URL):
        lines = in_shape(kept("restore", "a.backup", "--to", DEFAULT_URL, "--overwrite"), ExitCode.ENVIRONMENT)
        assert "the database is in use, by a server or another program" in lines[0]


@pytest.mark.parametrize("words", [("a.backup",), ("a.backup", "--check", "--to", "sqlite:///b.sqlite3")])
def test_it_is_said_where_to_put_it(words: tuple[str, ...], kept: Qmethod, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QMETHOD_DATABASE", "sqlite:///elsewhere.sqlite3")  # which a restore does not go by
    Path("a.backup").touch()
    assert "it must be said where" in in_shape(kept("restore", *words))[0]
    assert not Path("elsewhere.sqlite3").exists()


def test_a_damaged_backup_and_one_that_is_none(kept: Qmethod) -> None:
    kept("backup", "--out", "a.backup")
    content = Path("a.backup").read_bytes()
    Path("cut.backup").write_bytes(content[:-200])
    Path("sorts.csv").write_text("statement,p1\n")
    for words in (("--check",), ("--to", "sqlite:///b.sqlite3")):
        assert "cut.backup: the backup is damaged" in in_shape(kept("restore", "cut.backup", *words))[0]
        assert "sorts.csv: this is no backup" in in_shape(kept("restore", "sorts.csv", *words))[0]
    assert not Path("b.sqlite3").exists()


def test_who_withdrew_after_a_backup_is_left_out_of_it_and_counted(kept: Qmethod) -> None:
    study = make_study()
    with Store.open(DEFAULT_URL) as store:
        goes = begin(store, study)
    for name in ("monday", "tuesday"):
        assert kept("backup", "--out", f"{name}.backup").exit_code == 0
        with Store.open(DEFAULT_URL) as store:
            assert store.withdraw("demo", goes.code) is (name == "monday")
    # Tuesday's keys took the place of Monday's: also where the database and its keys are gone, Monday's backup has forgotten.
    for file in Path().glob("qmethod-responses.sqlite3*"):
        file.unlink()
    put = kept("restore", "monday.backup", "--to", DEFAULT_URL)
    assert "Left out: 1 person who withdrew after the backup was made." in put.stdout
    with Store.open(DEFAULT_URL) as store:
        assert (len(list(store.responses("demo"))), store.find("demo", goes.code), store.withdrawals("demo")) == (2, None, 1)


def test_keys_of_another_database_are_not_written_over(kept: Qmethod) -> None:
    assert kept("backup", "--out", "a.backup").exit_code == 0
    first = Path("backup.keys").read_bytes()
    other = "sqlite:///other.sqlite3"
    with Store.open(other) as store:
        store.register(make_study())
    lines = in_shape(kept("backup", "--out", "b.backup", "--database", other))
    assert "backup.keys: the copy of keys that is here has others, which this database does not need; nothing was written" in lines[0]
    assert Path("backup.keys").read_bytes() == first
    assert not Path("b.backup").exists()
    assert kept("backup", "--out", "b.backup", "--database", other, "--keys", "b.keys").exit_code == 0
    Path("backup.keys").unlink()
    assert "keys that the backup needs are not there" in in_shape(kept("restore", "a.backup", "--to", "sqlite:///c.sqlite3"))[0]
    Path("backup.keys").write_text("statement,p1")
    assert "this is no copy of keys" in in_shape(kept("restore", "a.backup", "--to", "sqlite:///c.sqlite3"))[0]
    assert "this is no copy of keys" in in_shape(kept("backup", "--out", "a.backup", "--overwrite"))[0]


@pytest.mark.skipif(os.name == "nt", reason="pipes of Unix")
def test_through_pipes_to_be_encrypted_on_the_way(kept: Qmethod, tmp_path: Path) -> None:
    """Nothing in clear lies on a disk; tr stands for the program that encrypts."""
    qmethod = f"{sys.executable} -m qmethod"
    turned = "tr '\\000-\\177\\200-\\377' '\\200-\\377\\000-\\177'"

    def shell(line: str) -> str:
        done = subprocess.run(["bash", "-o", "pipefail", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert shell(f"{qmethod} backup --out - --keys elsewhere.keys | LC_ALL=C {turned} > secret") == ""
    assert b"qmethod" not in Path("secret").read_bytes()
    assert "The backup is whole" in shell(f"LC_ALL=C {turned} < secret | {qmethod} restore - --check")
    assert "Put into" in shell(f"LC_ALL=C {turned} < secret | {qmethod} restore - --keys elsewhere.keys --to sqlite:///b.sqlite3")
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".backup"]
    assert "the file for the copy of the keys is to be named: --keys FILE" in in_shape(kept("backup", "--out", "-"))[0]
    assert "--json goes with a file" in in_shape(kept("backup", "--out", "-", "--json"))[0]
    cut = CliRunner().invoke(main, ["restore", "-", "--check"], input=Path("secret").read_bytes())
    assert "standard input: this is no backup" in cut.stderr


def commands() -> list[str]:
    """What the page shows of backups, line by line."""
    part = PAGE.read_text(encoding="utf-8").split("\n## Backup\n")[1].split("\n## ")[0]
    return re.findall(r"^\$ (.*)$", part, re.MULTILINE)


def test_the_commands_of_the_page_do_what_it_says(qmethod_command: Qmethod, postgres_url: str, tmp_path: Path) -> None:
    """Each line as it is typed; the address of PostgreSQL is that of a test."""
    with Store.open(DEFAULT_URL) as store:
        for name in ("leadership", "park"):
            study = make_study(study=name)
            store.register(study)
            submitted(store, study)
    with Store.open(postgres_url) as store:
        study = make_study(study="third")
        store.register(study)
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    (tmp_path / "secret").write_text("five words drawn at random\n")
    ran = []
    for line in commands():
        if "age " in line:  # which asks for a passphrase at a terminal
            continue
        typed = re.sub(r"postgresql://\S+", shlex.quote(postgres_url), line)
        done = subprocess.run(["bash", "-o", "pipefail", "-c", typed], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (line, done.stderr)
        ran.append(line)
    assert len(ran) >= 5
    with Store.open(postgres_url) as store:
        assert {one.name: one.submitted for one in store.studies()} == {"third": 0, "leadership": 1}


def test_a_backup_that_nobody_reads_further_ends_in_peace(kept: Qmethod, tmp_path: Path) -> None:
    with Store.open(DEFAULT_URL) as store:
        study = store.study("demo")
        for _ in range(300):
            begin(store, study)
    with started("backup", "--out", "-", "--keys", "all.keys", cwd=tmp_path) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.read(10)
        running.stdout.close()
        err: Any = running.stderr.read()
        assert (running.wait(60) in (ExitCode.NOBODY_READS, ExitCode.OK), err) == (True, b"")
