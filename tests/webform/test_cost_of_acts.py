"""What an act and a page cost: statements and commits are counted, never seconds."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from qmethod_studies.store import Store
from qmethod_webform.app import create_app
from qmethod_webform.settings import Settings
from tests.studies.store.acting import make_study
from tests.studies.store.asking import said

AT_MOST = 4
"""Statements that a request with one act takes, whoever sends it looked up and all."""
WRITES = ("INSERT", "UPDATE", "DELETE", "BEGIN IMMEDIATE")
PAGES = ("consent", "before", "presort", "grid", "grid/list")


class Person:
    """A browser in the middle of a sort."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        key = {"csrf_token": self._token(self.client.get("/demo/consent")), "key": secrets.token_hex(12)}
        self.client.post("/demo/consent", data={**key, "choice": "agree"})
        page = self.client.get("/demo/before")
        self.token = self._token(page)
        [data] = re.findall(r'id="page-data"[^>]*>(.*?)</script>', page.text, re.DOTALL)
        self.data = json.loads(data)

    @staticmethod
    def _token(page: TestResponse) -> str:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
        assert found
        return found[1]

    def acts(self, *acts: dict[str, Any], **more: Any) -> TestResponse:
        body = {"response": self.data["response"], "acts": [{"key": secrets.token_hex(12), **one} for one in acts], **more}
        return self.client.post("/demo/acts", json=body, headers={"X-CSRFToken": self.token})


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with Store.open(store_url) as store:
        yield store


@pytest.fixture
def app(store: Store) -> Flask:
    return create_app([make_study()], store, Settings())


def pile(name: str, onto: str = "agree") -> dict[str, Any]:
    return {"act": "pile", "statement": name, "pile": onto}


def test_a_request_with_one_act_takes_so_many_statements(app: Flask) -> None:
    person = Person(app)
    person.acts(pile("s2"))  # with which the definition is read, once in a process
    acts = [pile("s1"), pile("s1", "neutral"), {"act": "answer", "question": "age", "value": 40}, {"act": "comment", "statement": "s1", "text": "so"}]
    for one in [*acts, {"act": "place", "statement": "s1", "column": 0}, {"act": "swap", "statement": "s1", "other": "s2"}, {"act": "undo"}]:
        with said() as statements:
            reply = person.acts(one, opened=person.data["opened"])
        assert reply.status_code == 200
        assert "Set-Cookie" not in reply.headers
        asked = [statement for statement in statements if not statement.startswith("BEGIN")]
        assert 0 < len(asked) <= AT_MOST, "\n".join(asked)


def test_to_look_at_a_page_writes_nothing(app: Flask, store: Store) -> None:
    person = Person(app)
    person.acts({"act": "answer", "question": "age", "value": 40}, {"act": "finish", "stage": "before"})
    before = store.events(person.data["response"])
    for page in PAGES:
        with said() as statements:
            reply = person.client.get(f"/demo/{page}")
        assert reply.status_code in (200, 302)
        assert not [statement for statement in statements if statement.startswith(WRITES)]
        assert "Set-Cookie" not in reply.headers
    assert store.events(person.data["response"]) == before


def test_a_page_is_a_visit_with_the_first_act_on_it(app: Flask, store: Store) -> None:
    person = Person(app)
    opened = person.data["opened"]
    assert opened["stage"] == "before"
    for name in ("s1", "s2"):
        reply = person.acts(pile(name), opened=opened)
        assert [one["outcome"] for one in reply.json["results"]] == ["saved"]  # of what was sent, and no more
    visit, first, second = store.events(person.data["response"])
    assert [visit.act, first.act, second.act] == ["visit", "pile", "pile"]
    assert [visit.number, first.number, second.number] == [1, 2, 3]
    assert visit.detail == {"stage": "before"}
    assert visit.at.timestamp() == pytest.approx(opened["at"], abs=0.01)
    assert visit.at <= first.at <= second.at


NO_PAGES = [
    None,
    7,
    [],
    "grid",
    {},
    {"stage": "grid"},
    {"stage": "nowhere", "at": 0},
    {"stage": ["grid"], "at": 0},
    {"stage": "grid", "at": "0"},
    {"stage": "grid", "at": True},
    {"stage": "grid", "at": -1},
    {"stage": "grid", "at": 1e300},
    {"stage": {"a": 1}, "at": 0},
]


@pytest.mark.parametrize("told", NO_PAGES)
def test_what_is_no_page_is_no_visit_and_keeps_no_act_from_being_saved(app: Flask, store: Store, told: Any) -> None:
    person = Person(app)
    assert person.acts(pile("s1"), opened=told).status_code == 200
    assert [one.act for one in store.events(person.data["response"])] == ["pile"]


@pytest.mark.parametrize("at", [0, 2**31, 2**32 - 1])
def test_a_visit_is_never_before_what_was_kept_nor_after_now(app: Flask, store: Store, at: float) -> None:
    person = Person(app)
    person.acts(pile("s1"))
    person.acts(pile("s2"), opened={"stage": "presort", "at": at})
    events = store.events(person.data["response"])
    assert [one.act for one in events] == ["pile", "visit", "pile"]
    assert [one.at for one in events] == sorted(one.at for one in events)


def test_an_act_that_is_refused_is_no_visit(app: Flask, store: Store) -> None:
    person = Person(app)
    assert person.acts(pile("s99"), opened=person.data["opened"]).status_code == 409
    assert store.events(person.data["response"]) == []


def test_whoever_is_forgotten_elsewhere_saves_nothing_more(app: Flask, store: Store) -> None:
    """What a server recalls of a token opens nothing: another process may have let it go."""
    person = Person(app)
    with person.client.session_transaction() as session:
        token = session["studies"]["demo"]["token"]
    assert person.acts(pile("s1")).status_code == 200
    with Store.open(store._engine.url.render_as_string(hide_password=False)) as other:
        other.dismiss("demo", token)
    assert person.acts(pile("s2")).status_code == 403
    assert [one.act for one in store.events(person.data["response"])] == ["pile"]


def test_whoever_has_a_receipt_since_saves_nothing_more(app: Flask, store: Store) -> None:
    person = Person(app)
    with person.client.session_transaction() as session:
        token = session["studies"]["demo"]["token"]
    assert person.acts(pile("s1")).status_code == 200
    with Store.open(store._engine.url.render_as_string(hide_password=False)) as other:
        other.prolong("demo", token, 60, receipt=True)
    reply = person.acts(pile("s2"))
    assert (reply.status_code, reply.json["error"]) == (403, "no-sort")
    assert [one.act for one in store.events(person.data["response"])] == ["pile"]


def test_what_is_recalled_of_one_leads_to_no_sort_of_another(app: Flask, store: Store) -> None:
    one, other = Person(app), Person(app)
    assert one.acts(pile("s1")).status_code == other.acts(pile("s1")).status_code == 200
    one.data["response"], mine = other.data["response"], one.data["response"]
    assert one.acts(pile("s2")).status_code == 403
    assert [len(store.events(number)) for number in (mine, other.data["response"])] == [1, 1]
