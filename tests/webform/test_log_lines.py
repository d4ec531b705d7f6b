"""The lines of the log: one for each fault with what to do, and never a word about who it was."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from qmethod.errors import DataError
from qmethod_studies.store import Store, Unavailable
from qmethod_webform import log
from qmethod_webform.app import create_app, from_settings
from qmethod_webform.limits import Reserve
from qmethod_webform.settings import Settings
from tests.days import day
from tests.studies.store.acting import make_study
from tests.webform.forging import odd_acts, odd_addresses, odd_bodies_of_forms, odd_forms, odd_json, wrong_cookies, wrong_tokens
from tests.webform.people import ANSWERS, PRIVATE, Forged, Scene, new_scene

Captured = Callable[[], list[str]]


@pytest.fixture
def captured(monkeypatch: pytest.MonkeyPatch) -> Captured:
    """What the log has written since the application was made."""
    written = io.StringIO()
    made = log._Ours.__init__
    monkeypatch.setattr(log._Ours, "__init__", lambda self: made(self, written))
    return lambda: written.getvalue().splitlines()


def served(tmp_path: Path, study: Any = None, **given: Any) -> tuple[Flask, Store]:
    store = Store.open(f"sqlite:///{tmp_path / 'a.sqlite3'}")
    return create_app([study or make_study()], store, Settings(**given)), store


@pytest.mark.parametrize("style", ["plain", "json"])
def test_a_request_is_one_line_with_the_pattern_of_its_address(captured: Captured, tmp_path: Path, style: str) -> None:
    app, store = served(tmp_path, log=style, access_log=True)
    reply = app.test_client().get("/demo/i/a-secret-of-somebody?participant=ann-0815", environ_base={"REMOTE_ADDR": "203.0.113.9"})
    store.close()
    [line] = captured()
    if style == "json":
        said = json.loads(line)
        assert said.pop("ms") > 0
        assert said.pop("time").startswith("20")
        expected = {"method": "GET", "route": "/<study>/i/<secret>", "study": "demo", "request": reply.headers["X-Request-Id"]}
        assert said == {"level": "info", "what": "request", "status": 403, **expected}
    else:
        number = reply.headers["X-Request-Id"]
        assert re.fullmatch(
            rf"time=\S+Z level=info what=request status=403 ms=[\d.]+ request={number} method=GET route=/<study>/i/<secret> study=demo", line
        )


def test_a_whole_hostile_run_writes_nothing_of_anybody(captured: Captured, tmp_path: Path) -> None:
    scene = new_scene(tmp_path, log="json", access_log=True)
    people = [person for name in ("victim", "attacker", "finished", "newcomer") for person in [getattr(scene, name)]]
    secrets = [part for one in people for part in (one.cookie, one.token, one.code, one.code.replace("-", ""), str(one.number or "")) if part]
    secrets += [
        PRIVATE,
        "203.0.113.9",
        "ann-0815",
        "participant",
        "Mozilla",
        *(value for value in ANSWERS.values() if isinstance(value, str) and len(value) > 4),
    ]
    secrets += list(scene.store.studies()[0].title.split())[1:]
    for forged in chain(*(make(scene) for make in MAKERS)):
        scene.send(forged)
    odd: Iterator[Forged] = iter(Forged(f"/demo/?participant=ann-0815&x={one}", method="GET") for one in ("\n", "%0a%0dlevel=error", "é"))
    for forged in odd:
        scene.app.test_client().get(forged.path, headers={"User-Agent": "Mozilla"}, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    scene.store.close()
    lines = captured()
    assert len(lines) > 300
    for line in lines:
        said = json.loads(line)
        assert {*said} <= {"time", "level", "what", "status", "ms", "request", "method", "route", "study", "do", "at"}
        assert not [secret for secret in secrets if secret in line.replace(said.get("request", "-"), "").replace(said["time"], "")], line


MAKERS: tuple[Callable[[Scene], Iterator[Forged]], ...] = (
    *(odd_acts, odd_json, odd_forms, odd_bodies_of_forms, wrong_tokens, wrong_cookies, odd_addresses),
)


def test_each_request_has_a_number_of_its_own_whatever_it_says(tmp_path: Path) -> None:
    app, store = served(tmp_path)
    numbers = [app.test_client().get(path, headers={"X-Request-Id": "mine"}).headers["X-Request-Id"] for path in ("/demo/", "/nowhere", "/healthz")]
    store.close()
    assert len({*numbers}) == 3
    assert all(re.fullmatch("[0-9a-f]{16}", number) for number in numbers)


def test_a_fault_of_the_program_says_where_and_not_with_what(captured: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app, store = served(tmp_path)

    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError(PRIVATE)

    monkeypatch.setattr(Store, "invitation", fail)
    assert app.test_client().get("/demo/i/a-secret").status_code == 500
    store.close()
    [line] = captured()
    assert 'what="a fault of the program: RuntimeError"' in line
    assert "entry.py:" in line
    assert "do=" in line
    assert not any(secret in line for secret in (PRIVATE, "a-secret"))


@pytest.mark.parametrize(
    ("error", "what", "to_do"),
    [
        (Unavailable("a.sqlite3: the database cannot be used now: database or disk is full", "Make room on the disk."), "disk is full", "Make room"),
        (Unavailable("the database postgresql://h/x cannot be used now: connection refused"), "connection refused", "Look whether the database runs"),
    ],
)
def test_a_database_that_fails_says_what_to_do(
    captured: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Unavailable, what: str, to_do: str
) -> None:
    app, store = served(tmp_path)

    def fail(*_: Any, **__: Any) -> Any:
        raise error

    monkeypatch.setattr(Store, "invitation", fail)
    app.test_client().get("/demo/i/a-secret")
    store.close()
    [line] = captured()
    assert what in line
    assert f'do="{to_do}' in line


def test_the_end_of_a_study_and_a_full_disk_are_said_once(captured: Captured, tmp_path: Path) -> None:
    yesterday = day(-1).isoformat()
    app, store = served(tmp_path, make_study(closes=yesterday))
    free = [10]
    reserve = Reserve(lambda: free[0] * 10**6, 256 * 10**6, log.room)
    for _ in range(3):
        app.test_client().get("/demo/")
        with app.app_context():
            reserve.short()
    store.close()
    [over, full] = captured()
    assert "nobody can begin: its last day has passed" in over
    assert "closes" in over
    assert "study=demo" in over
    assert "10 MB are free" in full
    assert 'do="Make room' in full


def test_a_wrong_setting_of_another_server_is_a_line_too(captured: Captured, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    log.write("plain")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QMETHOD_PORTT", "80")
    with pytest.raises(DataError):
        from_settings()
    [line] = captured()
    assert "there is no setting QMETHOD_PORTT" in line
    assert 'do="Did you mean QMETHOD_PORT?"' in line


def test_what_the_server_under_it_says_of_an_address_is_left_out(captured: Captured) -> None:
    log.write("plain")
    logging.getLogger("waitress").error("Exception while serving %s", "/demo/i/a-secret")
    logging.getLogger("waitress.queue").warning("Task queue depth is 7")
    [line] = captured()
    assert "Exception while serving (path)" in line
