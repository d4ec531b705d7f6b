"""What a monitor is told: whether the server is well, and figures; nobody else learns anything, and nobody makes the database work by asking."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from qmethod_studies.store import Damaged, Store, Unavailable
from qmethod_webform.app import create_app
from qmethod_webform.health import Looks
from qmethod_webform.metrics import BUCKETS, FORWARDED
from qmethod_webform.settings import Settings
from tests.studies.store.acting import begin, make_study, submitted
from tests.webform.people import new_scene

TOKEN = "t" * 40


def served(tmp_path: Path, **given: Any) -> tuple[Flask, Store]:
    store = Store.open(f"sqlite:///{tmp_path / 'a.sqlite3'}")
    return create_app([make_study()], store, Settings(**given)), store


def test_however_many_ask_the_database_is_looked_at_once_a_second() -> None:
    asked: list[int] = []
    looks = Looks(lambda: asked.append(1), seconds=60)
    assert [looks.look() for _ in range(100)] == [(None, True)] + [(None, False)] * 99
    assert len(asked) == 1
    looks.forget()
    assert looks.look() == (None, True)


def test_while_one_request_waits_for_the_database_others_are_told_what_was_found_before() -> None:
    going, on = threading.Event(), threading.Event()
    answers: list[Any] = [None]

    def ping() -> None:
        if answers[0]:
            going.set()
            assert on.wait(60)
            raise answers[0]

    looks = Looks(ping, seconds=0)
    assert looks.look() == (None, True)
    answers[0] = Unavailable("locked")
    waiting = threading.Thread(target=looks.look)
    waiting.start()
    assert going.wait(60)
    assert looks.look() == (None, False)
    on.set()
    waiting.join()
    assert looks._found is not None
    assert looks._found[1] is answers[0]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Unavailable("a.sqlite3: the database cannot be used now: database or disk is full"), "the disk is full"),
        (Unavailable("a.sqlite3: another program keeps the database locked"), "the database does not answer"),
        (Damaged("a.sqlite3: the database is damaged: malformed"), "the database is damaged"),
        (RuntimeError("anything"), "the database does not answer"),
    ],
)
def test_a_server_that_is_not_well_says_in_which_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, status: str) -> None:
    app, store = served(tmp_path)

    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(Store, "ping", fail)
    reply = app.test_client().get("/healthz")
    store.close()
    assert (reply.status_code, reply.json["status"]) == (503, status)


def test_monitors_reach_it_by_any_name_and_people_do_not(tmp_path: Path) -> None:
    app, store = served(tmp_path, trusted_hosts="survey.example.org")
    for path in ("/healthz", "/metrics"):
        assert app.test_client().get(path, base_url="http://10.0.0.7:8000").status_code == 200
    assert app.test_client().get("/demo/", base_url="http://10.0.0.7:8000").status_code == 400
    store.close()


def test_figures_are_for_this_machine_or_for_who_has_the_token(tmp_path: Path) -> None:
    app, store = served(tmp_path)
    assert app.test_client().get("/metrics").status_code == 200
    assert app.test_client().get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 404
    for name in FORWARDED:  # a proxy on this machine is not this machine
        assert app.test_client().get("/metrics", headers={name: "127.0.0.1"}).status_code == 404
    behind = create_app([make_study()], store, Settings(proxies=1, secret_key="s" * 40, metrics_token=TOKEN))
    for said in ("", "Bearer", "Bearer t", f"Bearer {TOKEN}x", f"bearer {TOKEN}", f"Bearer {TOKEN[:-1]}é"):
        assert behind.test_client().get("/metrics", headers={"Authorization": said}).status_code == 404
    assert behind.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}", "X-Forwarded-For": "203.0.113.9"}).status_code == 200
    spoofed = create_app([make_study()], store, Settings(proxies=1, secret_key="s" * 40))
    assert (
        spoofed.test_client().get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}, environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code
        == 404
    )
    store.close()


def figure(text: str, name: str) -> float:
    [found] = re.findall(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found)


def test_what_was_done_is_counted_and_nobody_is_named(tmp_path: Path) -> None:
    scene = new_scene(tmp_path)
    scene.attacker_acts({"act": "place", "statement": "nowhere", "column": 0})
    begin(scene.store, scene.app.extensions["qmethod"].studies["demo"])
    text = scene.app.test_client().get("/metrics").text
    assert figure(text, 'qmethod_acts_total{outcome="refused"}') == 1
    assert figure(text, 'qmethod_acts_total{outcome="saved"}') > 50
    assert figure(text, 'qmethod_sorts{study="demo",state="sent"}') == 1
    assert figure(text, 'qmethod_sorts{study="demo",state="open"}') == 3
    assert figure(text, "qmethod_database_faults_total") == 0
    assert figure(text, 'qmethod_requests_total{route="/<study>/submit",status="302"}') == 1
    counts = [figure(text, f'qmethod_request_seconds_bucket{{le="{bound}"}}') for bound in (*BUCKETS, "+Inf")]
    assert counts == sorted(counts)
    assert (
        counts[-1]
        == figure(text, "qmethod_request_seconds_count")
        == sum(map(float, re.findall(r"^qmethod_requests_total\S+ (\S+)", text, re.MULTILINE)))
    )
    assert not any(part in text for part in (scene.victim.code, scene.victim.cookie, str(scene.victim.number)))
    for line in text.splitlines():
        assert re.fullmatch(r'# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"\\]+"(,\w+="[^"\\]+")*\})? [\d.e+-]+', line), line
    scene.store.close()


def test_figures_do_not_count_people_anew_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app, store = served(tmp_path)
    study = make_study()
    submitted(store, study)
    before = app.test_client().get("/metrics").text
    submitted(store, study)
    asked: list[str] = []
    monkeypatch.setattr(Store, "counts", lambda _self, name: asked.append(name))
    assert figure(app.test_client().get("/metrics").text, 'qmethod_sorts{study="demo",state="sent"}') == 1
    assert figure(before, 'qmethod_sorts{study="demo",state="sent"}') == 1
    assert asked == []
    store.close()
