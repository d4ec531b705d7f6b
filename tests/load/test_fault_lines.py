"""What a real server writes where something fails: one line for each fault, which says what to do and nothing of anybody."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks.copies import Browser
from benchmarks.respondents import new_key
from benchmarks.serving import STUDY, Server
from qmethod_studies.loading import find, load
from qmethod_studies.writing import write
from tests.load.stopped import Cluster, until

SETTINGS = {"QMETHOD_LOG": "json"}
ID, ANSWER = "ann-0815", "What nobody else should read."


def lines(log: Path) -> list[dict[str, Any]]:
    """The lines of a log that are objects; whatever else is there is what the command says when it begins and ends."""
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]


def begun(server: Server) -> Browser:
    """Somebody who has come with an id, agreed and written an answer."""
    person = Browser(server.port, batch=1, pace=0)
    person.ask("GET", f"?participant={ID}")
    person.begin()
    act = {"key": new_key(), "act": "comment", "statement": "s1", "text": ANSWER}
    assert person.ask("POST", "acts", json.dumps({"acts": [act]}).encode(), "application/json")[0] in (200, 409)
    return person


def nothing_of(person: Browser, log: Path) -> bool:
    """Whether nothing that is somebody's own stands in a log."""
    said = log.read_text()
    return not any(part in said for part in (ID, ANSWER, person.code, person.code.replace("-", ""), person.token, person.cookie, "Traceback"))


def test_a_database_that_is_stopped_is_a_line_for_each_request_that_failed(own: Cluster, tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    server = Server(own.address, log, settings=SETTINGS)
    server.start()
    try:
        person = begun(server)
        assert lines(log) == []
        own.control("stop", "-m", "fast")
        paths = ("presort", f"?participant={ID}", "i/a-secret-of-somebody", "before")
        answers = [person.ask("GET", path)[0] for path in paths]
        acts = json.dumps({"acts": [{"key": new_key(), "act": "comment", "statement": "s1", "text": ANSWER}]}).encode()
        answers.append(person.ask("POST", "acts", acts, "application/json")[0])
        assert set(answers) == {503}
        failed = lines(log)
        own.control("start", "-o", own.options)
        until(lambda: person.ask("GET", "before")[0] != 503)
    finally:
        server.stop()
    assert len(failed) == len(answers)
    for line in failed:
        assert line["level"] == "error"
        assert "database" in line["what"]
        assert "Look whether the database runs" in line["do"]
    assert nothing_of(person, log)


def test_a_study_whose_last_day_has_passed_is_one_line(tmp_path: Path) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
    write(load(find(STUDY)).model_copy(update={"closes": yesterday}), tmp_path / STUDY)
    log = tmp_path / "server.log"
    server = Server(f"sqlite:///{tmp_path / 'a.sqlite3'}", log, study=tmp_path / STUDY, settings=SETTINGS)
    server.start()
    try:
        person = Browser(server.port, batch=1, pace=0)
        for path in (f"?participant={ID}", "", "consent", ""):
            person.ask("GET", path)
    finally:
        server.stop()
    [line] = lines(log)
    assert line["what"] == "nobody can begin: its last day has passed"
    assert line["study"] == STUDY
    assert "`closes`" in line["do"]
    assert ID not in log.read_text()


@pytest.mark.parametrize(
    ("name", "value", "what", "to_do"),
    [
        ("QMETHOD_PORTT", "80", "there is no setting QMETHOD_PORTT", "Did you mean QMETHOD_PORT?"),
        ("QMETHOD_THREADS", "many", "QMETHOD_THREADS: 'many' is no whole number", ""),
        ("QMETHOD_PRODUCTION", "yes", "needs a secret key of its own", "Make one: "),
        ("QMETHOD_DATABASE", "postgresql://nobody@127.0.0.1:1/x", "cannot be used", "Check host, name, user"),
        ("QMETHOD_STUDIES", "/nowhere", "/nowhere", ""),
    ],
)
def test_a_wrong_setting_is_said_once_with_what_to_do(name: str, value: str, what: str, to_do: str, tmp_path: Path) -> None:
    plain = {key: kept for key, kept in os.environ.items() if not key.startswith("QMETHOD_")}
    serve = [Path(sys.executable).parent / "qmethod", "serve", "--port", "0"]
    done = subprocess.run(serve, cwd=tmp_path, env={**plain, name: value}, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (2, 3)
    said = [line for line in done.stderr.splitlines() if line.strip()]
    assert len([line for line in said if line.startswith("qmethod: ")]) == 1
    assert len(said) <= 2  # what is wrong, and what to do about it
    assert what in done.stderr
    assert to_do in done.stderr
    assert "Traceback" not in done.stderr
