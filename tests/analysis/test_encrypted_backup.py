"""``qmethod backup --encrypt`` and what reads it, as they are typed."""

from __future__ import annotations

import os
import pty
import shlex
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from qmethod_studies.store import DEFAULT_URL, Store, read_keys, sealing
from qmethod_studies.store.sealing import open_sealed
from tests.analysis.calls import in_shape
from tests.analysis.conftest import Qmethod
from tests.studies.store.acting import make_study, submitted

QMETHOD = Path(sys.executable).parent / "qmethod"
PASSPHRASE = "five words drawn at random"
WORDS = "what nobody else is to read"


def fill(url: str) -> None:
    with Store.open(url) as store:
        study = make_study()
        store.register(study)
        submitted(store, study, {"s9": WORDS}, participant="ann-4711")


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least that a file may ask of scrypt."""
    monkeypatch.setattr(sealing, "_COST", 15)


@pytest.fixture
def kept(qmethod_command: Qmethod) -> Qmethod:
    fill(DEFAULT_URL)
    Path("secret").write_text(f"{PASSPHRASE}\n")
    Path("other").write_text("five other words, not those\n")
    return qmethod_command


FILE = ("--passphrase-file", "secret")


def opened(path: str) -> bytes:
    with Path(path).open("rb") as file:
        return open_sealed(file, PASSPHRASE, path).read()


def test_there_and_back(kept: Qmethod) -> None:
    done = kept("backup", "--encrypt", *FILE, "--out", "a.backup")
    assert done.exit_code == 0, done.output
    assert "Written: a.backup (demo with 1 response), encrypted, readable by you only." in done.stdout
    for name, begins in (("a.backup", b'{"qmethod backup":'), ("backup.keys", b'{"qmethod keys":')):
        whole = Path(name).read_bytes()
        assert whole.startswith(b'{"qmethod encrypted":1,')
        assert stat.S_IMODE(Path(name).stat().st_mode) == 0o600
        assert not [word for word in (b"demo", b"withdrawn", b"placement", b"sqlite") if word in whole]
        assert opened(name).startswith(begins)
    keys = read_keys(opened("backup.keys"), "x")
    assert keys.keys
    assert not [key for key in keys.keys.values() if key.hex().encode() in Path("backup.keys").read_bytes()]
    following = next(line for line in done.stdout.splitlines() if line.startswith("Next"))
    assert kept(*shlex.split(following[4:])[1:]).stdout.startswith("The backup is whole: demo with 1 response")
    put = kept("restore", "a.backup", *FILE, "--to", "sqlite:///b.sqlite3")
    assert put.exit_code == 0, put.output
    with Store.open("sqlite:///b.sqlite3") as store:
        (response,) = store.responses("demo")
        assert (response.participant, response.comments["s9"]) == ("ann-4711", WORDS)


def test_between_the_databases(store_url: str, qmethod_command: Qmethod) -> None:
    fill(store_url)
    Path("secret").write_text(PASSPHRASE)
    done = qmethod_command("backup", "--encrypt", *FILE, "--out", "a.backup", "--database", store_url)
    assert done.exit_code == 0, done.output
    assert qmethod_command("restore", "a.backup", *FILE, "--to", store_url, "--overwrite").exit_code == 0
    assert qmethod_command("restore", "a.backup", *FILE, "--to", "sqlite:///b.sqlite3").exit_code == 0
    for url in (store_url, "sqlite:///b.sqlite3"):
        with Store.open(url) as store:
            assert [one.comments["s9"] for one in store.responses("demo")] == [WORDS]


def test_another_passphrase_changed_files_and_missing_keys_are_told(kept: Qmethod) -> None:
    kept("backup", "--encrypt", *FILE, "--out", "a.backup")
    whole = Path("a.backup").read_bytes()
    for words in (("--check",), ("--to", "sqlite:///b.sqlite3")):
        lines = in_shape(kept("restore", "a.backup", "--passphrase-file", "other", *words))
        assert lines[0] == "qmethod: a.backup: this passphrase does not open the file"
        for broken in (whole[:-1], whole[:300], whole[:400] + b"\0" + whole[401:], whole + b"more"):
            Path("broken.backup").write_bytes(broken)
            assert "broken.backup: the encrypted file is damaged" in in_shape(kept("restore", "broken.backup", *FILE, *words))[0]
    keys = Path("backup.keys").read_bytes()
    Path("backup.keys").write_bytes(keys[:-1])
    assert "backup.keys: the encrypted file is damaged" in in_shape(kept("restore", "a.backup", *FILE, "--to", "sqlite:///b.sqlite3"))[0]
    assert not Path("b.sqlite3").exists()


def test_a_copy_of_keys_is_not_taken_for_another(kept: Qmethod) -> None:
    assert kept("backup", "--encrypt", *FILE, "--out", "a.backup").exit_code == 0
    there = Path("backup.keys").read_bytes()
    assert in_shape(kept("backup", "--out", "b.backup"))[0] == "qmethod: backup.keys: the copy of keys that is here is encrypted; nothing was written"
    lines = in_shape(kept("backup", "--encrypt", "--passphrase-file", "other", "--out", "b.backup"))
    assert lines[0] == "qmethod: backup.keys: this passphrase does not open the file"
    assert Path("backup.keys").read_bytes() == there
    assert not Path("b.backup").exists()
    assert "an earlier backup is here" in in_shape(kept("backup", "--encrypt", *FILE, "--out", "a.backup"))[0]
    assert kept("backup", "--encrypt", *FILE, "--out", "a.backup", "--overwrite").exit_code == 0
    assert Path("backup.keys").read_bytes() != there
    fill("sqlite:///b.sqlite3")
    lines = in_shape(kept("backup", "--encrypt", *FILE, "--out", "b.backup", "--database", "sqlite:///b.sqlite3"))
    assert "has others, which this database does not need" in lines[0]


@pytest.mark.parametrize("content", [b"", b"\n", b"short", b"two lines that are\nlong enough", b"\xff" * 20, b"x" * 5000, b"a zero in the \0 middle"])
def test_what_is_no_passphrase_is_refused_before_anything_is_written(content: bytes, kept: Qmethod) -> None:
    Path("secret").write_bytes(content)
    assert "passphrase" in in_shape(kept("backup", "--encrypt", *FILE, "--out", "a.backup"))[0]
    assert not Path("a.backup").exists()


def test_without_a_terminal_a_file_is_named(kept: Qmethod) -> None:
    lines = in_shape(kept("backup", "--encrypt", "--out", "a.backup"))
    assert "the passphrase cannot be asked for without a terminal" in lines[0]
    assert "-> Name a file that holds it with --passphrase-file." in lines
    assert "goes with --encrypt" in in_shape(kept("backup", *FILE, "--out", "a.backup"))[0]
    assert not Path("a.backup").exists()


def test_through_a_pipe(kept: Qmethod, tmp_path: Path) -> None:
    made = subprocess.run([QMETHOD, "backup", "--encrypt", *FILE, "--out", "-", "--keys", "k"], capture_output=True, check=True)
    assert made.stdout.startswith(b'{"qmethod encrypted":1,')
    checked = subprocess.run([QMETHOD, "restore", "-", *FILE, "--check"], input=made.stdout, capture_output=True, check=True)
    assert b"The backup is whole: demo with 1 response" in checked.stdout
    put = [QMETHOD, "restore", "-", *FILE, "--keys", "k", "--to", "sqlite:///c.sqlite3"]
    subprocess.run(put, input=made.stdout, capture_output=True, check=True)
    with Store.open("sqlite:///c.sqlite3") as store:
        assert [one.comments["s9"] for one in store.responses("demo")] == [WORDS]
    cut = subprocess.run([QMETHOD, "restore", "-", *FILE, "--check"], input=made.stdout[:-1], capture_output=True, check=False)
    assert cut.returncode != 0


def typed(command: list[str | Path], *lines: str) -> str:
    """What a terminal shows of a command, when lines are typed into it as it asks."""
    number, terminal = pty.openpty()
    try:
        process = subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True)
        os.close(terminal)
        shown, waiting = b"", list(lines)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                shown += os.read(number, 10_000)
            except OSError:  # the other end is closed
                break
            if waiting and shown.rstrip().endswith(b":"):
                os.write(number, waiting.pop(0).encode() + b"\n")
                shown += b" ...\n"
        process.wait(30)
    finally:
        os.close(number)
    return shown.decode()


def test_a_passphrase_that_is_typed_is_asked_for_twice_and_never_shown(kept: Qmethod) -> None:
    shown = typed([QMETHOD, "backup", "--encrypt", "--out", "a.backup"], PASSPHRASE, PASSPHRASE)
    assert shown.count("assphrase") >= 2
    assert PASSPHRASE not in shown
    assert opened("a.backup").startswith(b'{"qmethod backup":')
    shown = typed([QMETHOD, "restore", "a.backup", "--to", "sqlite:///b.sqlite3"], PASSPHRASE)
    assert "Put into sqlite:///b.sqlite3" in shown
    assert PASSPHRASE not in shown
