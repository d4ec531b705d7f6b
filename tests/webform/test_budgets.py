"""What one respondent may ask, and how whoever asks more is told: kindly, with when to come again, and nothing lost."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event
from werkzeug.test import TestResponse

import qmethod_webform
from qmethod_studies.sorting import DEEPEST_UNDO
from qmethod_studies.store import Store, Unavailable
from qmethod_studies.store.budgets import MOST_ACTS as MOST_KEPT
from qmethod_studies.store.budgets import MOST_BROWSERS, MOST_TEXT, VISIT_APART
from qmethod_studies.store.waiting import SERVING_SECONDS
from qmethod_webform.app import create_app, open_store
from qmethod_webform.limits import HOLD
from qmethod_webform.respondent.acting import MOST_ACTS
from qmethod_webform.respondent.budgets import (
    ACTS_A_MINUTE,
    ACTS_AT_ONCE,
    BRISK_A_MINUTE,
    BRISK_AT_ONCE,
    LONGEST_HOLD,
    REQUESTS_A_MINUTE,
    REQUESTS_AT_ONCE,
    Allowance,
    Budgets,
)
from qmethod_webform.security import MOST_BYTES_OF_ACTS
from qmethod_webform.settings import Settings
from tests.studies.store.acting import make_study
from tests.webform.people import new_key, shown


class Clock:
    """Stands still until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    file = tmp_path_factory.mktemp("budgets") / "responses.sqlite3"
    with open_store(Settings(database=f"sqlite:///{file}")) as opened:
        yield opened


@pytest.fixture(scope="module")
def app(store: Store, clock: Clock) -> Flask:
    made = create_app([make_study(why={"columns": 1, "any_card": True}), make_study(study="linked", access={"kind": "link"})], store, Settings())
    made.extensions["qmethod budgets"] = Budgets(clock)
    return made


class Person:
    """Somebody who has agreed to take part."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()
        self.token = self.token_of(self.client.get("/demo/consent"))
        self.post("consent", choice="agree")
        self.number = int(self.token_of(self.client.get("/demo/before"), r'"response": ?(\d+)'))

    @staticmethod
    def token_of(page: TestResponse, pattern: str = r'name="csrf_token"[^>]*value="([^"]+)"') -> str:
        found = re.search(pattern, page.text)
        assert found, page.text
        return found[1]

    def post(self, stage: str, **fields: str) -> TestResponse:
        return self.client.post(f"/demo/{stage}", data={"csrf_token": self.token, "key": new_key(), **fields})

    def acts(self, *acts: dict[str, Any]) -> TestResponse:
        body = {"response": self.number, "acts": [{"key": new_key(), **act} for act in acts]}
        return self.client.post("/demo/acts", json=body, headers={"X-CSRFToken": self.token})

    def many(self, requests: int) -> list[int]:
        return [self.acts(*[{"act": "pile", "statement": "s1", "pile": "agree"}] * MOST_ACTS).status_code for _ in range(requests)]


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(1, 20)), max_size=30))
def test_nobody_takes_more_than_is_allowed_and_whoever_waits_gets_it(taken: list[tuple[float, int]]) -> None:
    clock = Clock()
    allowance, given_away, begun = Allowance(20, 60, clock), 0, clock.now
    for pause, number in taken:
        clock.now += pause
        seconds = allowance.take("one", number)
        if seconds:
            clock.now += seconds + 1e-6
            assert allowance.take("one", number) == 0
        given_away += number
        assert given_away <= 20 + (clock.now - begun) + 1e-3
        assert allowance.take("another", 0) == 0


@given(st.lists(st.floats(0, 3), min_size=1, max_size=200), st.floats(1, 30))
def test_answers_in_a_queue_come_no_faster_than_is_allowed(pauses: list[float], longest: float) -> None:
    clock = Clock()
    allowance, begun, come = Allowance(20, 60, clock), clock.now, []
    for i, pause in enumerate(pauses):
        clock.now += pause
        wait = allowance.queue("one", longest)
        assert 0 <= wait <= longest
        if wait < longest:
            come.append(clock.now + wait)
        assert allowance.queue(f"another {i}", longest) == 0
    for i, moment in enumerate(come, 1):
        assert i <= 20 + (moment - begun) + 1e-3
    clock.now += longest
    assert allowance.queue("one", longest) <= 1.001  # whatever was asked for: nobody is held back for what they did long ago


def test_whoever_asks_faster_than_hands_can_has_answers_held_back(app: Flask, clock: Clock) -> None:
    person, other, held = Person(app), Person(app), list[float]()
    clock.now += 1000

    def asks(who: Person) -> int:
        return who.client.get("/demo/presort", environ_overrides={HOLD: held.append}).status_code

    for _ in range(BRISK_AT_ONCE):
        asks(person)
    assert held == []
    for i in range(1, 11):
        assert asks(person) == 302
        assert held[-1] == pytest.approx(i * 60 / BRISK_A_MINUTE)
    asks(other)
    assert len(held) == 10  # nobody else's are
    assert person.client.get("/demo/presort").status_code == 302  # a server that cannot hold back answers at once
    for _ in range(2 * REQUESTS_AT_ONCE):
        asks(person)
    assert max(held) == LONGEST_HOLD  # of what is refused too
    clock.now += 3600
    held.clear()
    assert asks(person) == 302
    assert held == []


def test_those_who_have_made_up_for_what_they_took_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qmethod_webform.limits.MOST_ALLOWED", 3)
    clock = Clock()
    allowance = Allowance(10, 60, clock)
    for i in range(50):
        clock.now += 2
        allowance.take(f"person {i}")
        assert len(allowance._used_up) <= 3


def test_whoever_sends_too_many_acts_is_told_when_to_go_on_and_nothing_is_lost(app: Flask, store: Store, clock: Clock) -> None:
    person, other = Person(app), Person(app)
    sent = ACTS_AT_ONCE // MOST_ACTS
    assert person.many(sent) == [200] * sent
    act = {"act": "pile", "statement": "s2", "pile": "agree"}
    refused = person.acts(*[act] * 30)
    assert (refused.status_code, refused.json, refused.headers["Retry-After"]) == (429, {"error": "too-fast"}, "15")
    assert other.acts(act).status_code == 200
    form = shown(person.client, person.post("before", **{"q-age": "44"}))
    assert (form.status_code, form.headers["Retry-After"]) == (429, "1")
    assert "One moment, please" in form.text
    assert len([event for event in store.events(person.number) if event.act == "pile"]) == ACTS_AT_ONCE
    clock.now += 16
    assert person.acts(*[act] * 30).status_code == 200


def test_too_many_requests_are_told_on_a_page_in_the_language_of_the_study(app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    person = Person(app)
    person.client.post("/demo/language", data={"csrf_token": person.token, "language": "es", "page": "before"})
    monkeypatch.setattr(app.extensions["qmethod budgets"], "requests", Allowance(3, 240, clock))
    assert [person.client.get("/demo/before").status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    page = person.client.get("/demo/before", headers={"Accept-Language": "es"})
    assert (page.status_code, page.headers["Retry-After"]) == (429, "1")
    assert "Un momento, por favor" in page.text
    assert "Lo guardado está a salvo" in page.text
    with person.client.get("/static/saving.js") as file:
        assert file.status_code == 200
    clock.now += 60
    assert person.client.get("/demo/before").status_code == 200


def test_a_request_holds_so_many_acts_and_so_many_bytes(app: Flask) -> None:
    person = Person(app)
    assert person.acts(*[{"act": "visit", "stage": "before"}] * (MOST_ACTS + 1)).status_code == 400
    answer = person.acts({"act": "comment", "statement": "s1", "text": "x" * MOST_BYTES_OF_ACTS})
    assert (answer.status_code, answer.json) == (413, {"error": "too-large"})
    longest = person.acts({"act": "comment", "statement": "s1", "text": "🧑" * 10_000})
    assert longest.status_code == 200


def test_a_page_loaded_again_and_again_leaves_one_visit_with_the_first_act_on_it(app: Flask, store: Store) -> None:
    person = Person(app)
    for _ in range(20):
        person.client.get("/demo/before")
    assert store.events(person.number) == []
    for _ in range(3):
        body = {"acts": [{"key": new_key(), "act": "away", "ms": 1}], "opened": {"stage": "before", "at": 0}}
        assert person.client.post("/demo/acts", json=body, headers={"X-CSRFToken": person.token}).status_code == 200
    assert [event.act for event in store.events(person.number)] == ["visit", "away", "away", "away"]


def test_a_personal_link_opened_again_and_again_leaves_one_token(app: Flask, store: Store) -> None:
    [invitation] = store.invite("linked", "link", participants=["p1"])
    client = app.test_client()
    client.get(f"/linked/i/{invitation.secret}")
    token = Person.token_of(client.get("/linked/consent"))
    client.post("/linked/consent", data={"csrf_token": token, "key": new_key(), "choice": "agree"})
    before = tokens(store)
    for _ in range(10):
        assert client.get(f"/linked/i/{invitation.secret}").location == "/linked/"
    assert tokens(store) == before
    for _ in range(30):
        app.test_client().get(f"/linked/i/{invitation.secret}")
    assert len(tokens(store)) <= len(before) + 19


def tokens(store: Store) -> list[str]:
    with store._read() as connection:
        return [row[0] for row in connection.exec_driver_sql("SELECT token_hash FROM browser ORDER BY 1")]


def test_text_for_which_there_is_no_room_stays_on_the_page_which_says_so(app: Flask, store: Store) -> None:
    person = Person(app)
    through(person)
    texts = {f"c-s{i}": f"{i}" + "🧑" * 9_998 for i in range(1, 10)}
    page = person.post("why", go_on="1", **texts)
    assert page.status_code == 303
    page = person.client.get(page.location)
    assert page.status_code == 400
    refused = page.text.count("There is no room for so much text in one sort.")
    assert refused == 5 + 5  # at each field, and in what is said first
    assert all(text in page.text for text in texts.values())
    found = next(one for one in store.responses("demo") if one.id == person.number)
    assert len(found.comments) == 4
    answer = person.acts({"act": "comment", "statement": "s8", "text": texts["c-s8"]})
    assert answer.status_code == 409
    assert answer.json["results"][0]["message"].startswith("There is no room for so much text")


def through(person: Person) -> None:
    """Everything before the reasons."""
    slots = dict(zip([f"s{i}" for i in range(1, 10)], (-2, -1, -1, 0, 0, 0, 1, 1, 2), strict=True))
    piles = [{"act": "pile", "statement": name, "pile": "neutral"} for name in slots]
    stages = [{"act": "finish", "stage": stage} for stage in ("before", "presort", "refine", "grid")]
    answer = person.acts({"act": "answer", "question": "age", "value": "44"}, *piles, {"act": "arrange", "columns": slots}, *stages)
    assert answer.status_code == 200, answer.json


def test_while_the_database_is_locked_pages_say_so_and_files_and_health_are_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("engine", "database"):
        monkeypatch.setattr(f"qmethod_studies.store.{module}.SERVING_SECONDS", 0.1)
    file = tmp_path / "locked.sqlite3"
    with open_store(Settings(database=f"sqlite:///{file}")) as store:
        app = create_app([make_study()], store, Settings())
        app.extensions["qmethod"].looks.seconds = 0
        person = Person(app)
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        answer = person.acts({"act": "pile", "statement": "s1", "pile": "agree"})
        assert (answer.status_code, answer.json, answer.headers["Retry-After"]) == (503, {"error": "our-fault"}, "5")
        page = person.post("before", **{"q-age": "44"})
        assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
        assert "What was saved is safe" in page.text
        with app.test_client().get("/static/saving.js") as static:
            assert static.status_code == 200
        assert app.test_client().get("/healthz").status_code == 503
        other.execute("ROLLBACK")
        other.close()
        assert person.acts({"act": "pile", "statement": "s1", "pile": "agree"}).status_code == 200
        assert app.test_client().get("/healthz").status_code == 200


def test_a_server_keeps_threads_for_what_needs_no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(Store, "open", lambda *_args, at_once, connections, **_given: asked.append((at_once, connections)))
    for threads in (1, 3, 8):
        open_store(Settings(threads=threads))
    open_store(Settings(threads=8, connections=4))
    assert asked == [(1, 3), (1, 5), (6, 10), (6, 4)]


def test_no_more_connections_are_open_than_may_be(store_url: str) -> None:
    with Store.open(store_url, at_once=20, connections=3) as opened, ThreadPoolExecutor(12) as pool:
        opened.register(make_study())
        before, made = opened._engine.pool.checkedin(), set[object]()  # type: ignore[attr-defined]  # of the pool that a store has
        event.listen(opened._engine, "connect", lambda connection, _record: made.add(connection))
        event.listen(opened._engine, "close", lambda connection, _record: made.discard(connection))
        most = [*pool.map(lambda _: (opened.names(), len(made))[1], range(200))]
        assert 1 < before + max(most) <= 3
        held = [opened._engine.connect() for _ in range(3)]
        with pytest.raises(Unavailable, match="too many"):
            opened.names()
        for one in held:
            one.close()
        assert opened.names() == ["demo"]


def test_acts_from_all_threads_are_counted_together() -> None:
    allowance = Allowance(100, 1, Clock())
    granted: list[float] = []
    workers = [threading.Thread(target=lambda: granted.extend(allowance.take("one") for _ in range(50))) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert granted.count(0.0) == 100


def test_the_documentation_has_the_limits_as_they_are() -> None:
    page = (Path(__file__).parents[2] / "docs" / "survey.md").read_text(encoding="utf-8")
    for row in (
        f"| acts, kept in all | {MOST_KEPT:,}; ",
        f"| acts a minute | {ACTS_A_MINUTE}, after {ACTS_AT_ONCE} at once |",
        f"| requests a minute | {REQUESTS_A_MINUTE}, after {REQUESTS_AT_ONCE} at once |",
        f"| acts in one request, its size | {MOST_ACTS}, {MOST_BYTES_OF_ACTS // 1024} KiB |",
        f"| comments and answers together | {MOST_TEXT:,} bytes as they are stored: ",
        f"| acts that can be undone | {DEEPEST_UNDO} |",
        f"| devices on which a person is known | {MOST_BROWSERS} |",
    ):
        assert row in page, row
    assert timedelta(minutes=10) == VISIT_APART  # one in ten minutes
    assert SERVING_SECONDS == 3  # waited for three seconds


def test_the_script_sends_no_more_than_the_server_takes() -> None:
    script = (Path(str(qmethod_webform.__file__)).parent / "static" / "saving.js").read_text(encoding="utf-8")
    acts, signs = (int(re.search(rf"const {name} = (\d+);", script)[1]) for name in ("MOST_ACTS", "MOST_SIGNS"))  # type: ignore[index]
    assert acts == MOST_ACTS
    assert 3 * signs + 10_000 < MOST_BYTES_OF_ACTS  # three bytes at most for a sign of JavaScript
    assert acts * 5 < ACTS_AT_ONCE
