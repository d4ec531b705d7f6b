"""What `docs/deploying.md` tells an administrator to type: commands, options, files and users that there are, in containers too."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import click
import pytest
import yaml

from benchmarks.serving import free_port
from qmethod_analysis.commands.cli import main
from qmethod_studies.store import Store
from tests.postgres import programs
from tests.studies.store.acting import make_study

ROOT = Path(__file__).parents[2]
HERE = ROOT / "docs" / "deploying"
PAGE = (ROOT / "docs" / "deploying.md").read_text()
LINES = [line.removeprefix("$ ") for block in re.findall(r"^```console\n(.+?)^```$", PAGE, re.MULTILINE | re.DOTALL) for line in block.splitlines()]
BROUGHT = {"my-study", "qmethod-main.zip", "people.csv"}
"""What whoever follows the page has beside the files of it, or is given by a command of it."""


def of_qmethod(line: str) -> list[str] | None:
    """The words after `qmethod`, under whatever name it is run; None where the line runs something else."""
    found = re.search(r"(?:^|\s|/)(?:qmethod|on-server) ((?:status|backup|restore|responses|invite|study|serve|export)\b.*?)(?:'$|$)", line)
    return None if found is None else shlex.split(re.sub(r"\s[<|>].*", "", found[1]))


TYPED = [*filter(None, map(of_qmethod, [*LINES, *re.findall(r"`((?:sudo on-server|qmethod) [^`]+)`", PAGE)]))]


def test_the_page_has_commands_to_look_at() -> None:
    assert {words[0] for words in TYPED} >= {"status", "backup", "restore", "responses", "invite", "study"}


@pytest.mark.parametrize("words", TYPED, ids=" ".join)
def test_there_is_each_command_that_the_page_names_with_its_options(words: list[str]) -> None:
    command: click.Command = main
    while isinstance(command, click.Group):
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, words
        command, words = found, words[1:]
    known = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_each_file_that_is_copied_is_one_of_the_page() -> None:
    copied: set[str] = set()
    for line in LINES:
        found = re.fullmatch(r"sudo (?:cp(?: --[\w-]+)*|install --mode \d+) (.+) (/\S+)", line)
        copied |= {*found[1].split()} if found else set()
    assert copied - BROUGHT <= {path.name for path in HERE.iterdir()}
    assert {path.name for path in HERE.iterdir()} - copied == {  # of which the page says otherwise where they belong
        *("Caddyfile", "nginx.conf", "Dockerfile", "compose.yaml", "compose.postgres.yaml")
    }


def test_what_the_server_reads_as_its_user_may_be_read_by_it() -> None:
    """A folder keeps the permissions that it has where it is copied from; the secret is for one user alone, who is the one of the image."""
    [user] = re.findall(r"^USER (\w+)$", (text := (HERE / "Dockerfile").read_text()), re.MULTILINE)
    assert re.findall(r"^COPY (?!\*)(.+)$", text, re.MULTILINE) == [f"--chown={user} my-study /study"]
    [number] = re.findall(rf"useradd .*--uid (\d+) .*?{user}\b", text)
    [secret] = [line for line in LINES if line.endswith("/dev/stdin secret")]
    assert f"--owner {number} --mode 0400" in secret
    assert number in (HERE / "compose.yaml").read_text()
    copying = LINES.index("sudo cp --recursive --no-target-directory my-study /etc/qmethod/my-study")  # a second time it does not go inside
    assert LINES[copying + 1] == "sudo chmod --recursive a+rX /etc/qmethod/my-study"


def test_a_command_on_the_server_has_its_settings_and_its_folder(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    with Store.open(f"sqlite:///{data / 'responses.sqlite3'}") as store:
        store.register(make_study())
    (tmp_path / "survey.env").write_text((HERE / "survey.env").read_text().replace("/var/lib/qmethod", str(data)))
    script = (HERE / "on-server").read_text().replace("/etc/qmethod", str(tmp_path)).replace("/var/lib/qmethod", str(data))
    script = re.sub(r"setpriv .*/opt/qmethod/bin/qmethod", f"{shlex.quote(sys.executable)} -m qmethod", script)
    (tmp_path / "on-server").write_text(script)

    def done(*words: str) -> str:
        given = {name: value for name, value in os.environ.items() if not name.startswith("QMETHOD_")}
        return subprocess.run(["/bin/sh", tmp_path / "on-server", *words], cwd="/", env=given, check=True, capture_output=True, text=True).stdout

    assert "responses.sqlite3 takes writes" in done("status", "demo")
    done("backup", "--out", "before.backup")
    assert {path.name for path in data.iterdir()} >= {"before.backup", "backup.keys"}


def test_a_postgresql_that_only_makes_the_database_is_not_called_well(postgres: str) -> None:
    """The image starts one that answers at its socket alone, makes the database, and ends it again before the real one starts."""
    [socket] = parse_qs(urlsplit(postgres).query)["host"]
    service = yaml.safe_load((HERE / "compose.postgres.yaml").read_text())["services"]["database"]
    word, program, *options = service["healthcheck"]["test"]
    assert (word, program) == ("CMD", "pg_isready")
    folder = programs()
    assert folder is not None
    found = shutil.which("pg_isready", path=os.pathsep.join([str(folder), os.environ["PATH"]]))
    assert found is not None
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="q") as place:
        (Path(place) / f".s.PGSQL.{port}").symlink_to(Path(socket) / ".s.PGSQL.5432")
        given = os.environ | {"PGHOST": place, "PGPORT": str(port)}
        by_socket = subprocess.run([found], env=given, capture_output=True, text=True, check=False)
        assert by_socket.returncode == 0, by_socket.stdout
        assert subprocess.run([found, *options], env=given, capture_output=True, check=False).returncode == 2
