"""A server with people on it, and a look at what is stored of them that goes past our own code."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.test import Client, TestResponse

from qmethod_studies.store import Store
from qmethod_webform.app import create_app
from qmethod_webform.respondent.budgets import Budgets
from qmethod_webform.settings import Settings
from tests.studies.store.acting import make_study

GRID = {-2: 1, -1: 2, 0: 3, 1: 2, 2: 1}
SORT = dict(zip([f"s{i}" for i in range(1, 10)], [-2, -1, -1, 0, 0, 0, 1, 1, 2], strict=True))
ANSWERS = {"age": 44, "job": ["desk"], "mood": 3, "one": "yes", "view": {"town": "good", "land": "bad"}, "crop": "wheat", "more": "nothing"}
PRIVATE = "words that only their author may read"
OPTIONS = {"good": {"en": "Good"}, "bad": {"en": "Bad"}}
QUESTIONS = {
    "before": [
        {"id": "age", "type": "number", "label": {"en": "Age"}, "required": True, "minimum": 1, "maximum": 120},
        {"id": "job", "type": "choices", "label": {"en": "Work"}, "options": {"field": {"en": "Field"}, "desk": {"en": "Desk"}}},
        {"id": "mood", "type": "rating", "label": {"en": "Mood"}, "minimum": 1, "maximum": 5},
        {"id": "one", "type": "choice", "label": {"en": "One"}, "options": {"yes": {"en": "Yes"}, "no": {"en": "No"}}},
        {"id": "view", "type": "matrix", "label": {"en": "View"}, "options": OPTIONS, "rows": {"town": {"en": "Town"}, "land": {"en": "Land"}}},
        {"id": "crop", "type": "text", "label": {"en": "Crop"}, "longest": 50},
    ],
    "after": [{"id": "more", "type": "long_text", "label": {"en": "More"}}],
}
_keys = count(1)


def new_key() -> str:
    return f"forged-{next(_keys):08d}"


@dataclass(frozen=True)
class Person:
    """A browser: its cookie, its token, and what hangs on them."""

    cookie: str
    token: str
    code: str = ""
    number: int = 0


@dataclass(frozen=True)
class Forged:
    """A request. Whoever sends it is an attacker with a sort of their own, unless it says otherwise."""

    path: str
    body: dict[str, Any] = field(default_factory=dict)
    method: str = "POST"
    cookie: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Scene:
    """A server with four people: one whose sort is nobody else's business, an attacker, somebody who has submitted, and somebody new.

    The attacker has finished every stage and then taken s1 off the board: every page is open, one place is free, and nothing can be submitted.
    """

    app: Flask
    store: Store
    file: Path
    victim: Person = field(init=False)
    attacker: Person = field(init=False)
    finished: Person = field(init=False)
    newcomer: Person = field(init=False)

    def __post_init__(self) -> None:
        take_time(self.app)
        self.victim = self.join(comment=PRIVATE)
        self.attacker = self.join(comment="mine")
        self.attacker_acts({"act": "return", "statement": "s1"})
        self.finished = self.join(comment=PRIVATE, submit=True)
        client = self.app.test_client()
        token = _token(client.get("/demo/consent"))
        self.newcomer = Person(self.cookie(client), token)

    def join(self, comment: str, submit: bool = False) -> Person:
        client = self.app.test_client()
        token = _token(client.get("/demo/consent"))
        client.post("/demo/consent", data={"csrf_token": token, "key": new_key(), "choice": "agree"})
        with client.session_transaction() as session:
            token_of_browser = session["studies"]["demo"]["token"]
        who = self.store.known("demo", token_of_browser)
        assert who is not None
        code = who.code
        acts = [
            *({"act": "answer", "question": name, "value": value} for name, value in ANSWERS.items()),
            *({"act": "pile", "statement": name, "pile": "neutral"} for name in SORT),
            *({"act": "place", "statement": name, "column": column} for name, column in SORT.items()),
            {"act": "comment", "statement": "s9", "text": comment},
            *({"act": "finish", "stage": stage} for stage in ("before", "presort", "refine", "grid", "why", "after")),
        ]
        reply = client.post("/demo/acts", json={"acts": [{"key": new_key(), **act} for act in acts]}, headers={"X-CSRFToken": token})
        assert {result["outcome"] for result in reply.json["results"]} == {"saved"}
        if submit:
            assert client.post("/demo/submit", data={"csrf_token": token, "key": new_key()}).location == "/demo/thanks"
            token = _token(client.get("/demo/thanks"))
        found = self.store.find("demo", code)
        assert found is not None
        return Person(self.cookie(client), token, code, found.id)

    def cookie(self, client: Any) -> str:
        return str(client.get_cookie(self.app.config["SESSION_COOKIE_NAME"]).value)

    def attacker_acts(self, *acts: dict[str, Any]) -> TestResponse:
        keyed = [{"key": new_key(), **act} for act in acts]
        return self.send(Forged("/demo/acts", {"json": {"acts": keyed}, "headers": {"X-CSRFToken": self.attacker.token}}))

    def send(self, forged: Forged) -> TestResponse:
        """Send a request with just the cookie it names; what the answer wants to put into the cookie is not kept."""
        cookie = self.attacker.cookie if forged.cookie is None else forged.cookie
        headers = {"Cookie": f"{self.app.config['SESSION_COOKIE_NAME']}={cookie}"} | forged.body.get("headers", {}) | forged.headers
        rest = {name: value for name, value in forged.body.items() if name != "headers"}
        return self.app.test_client(use_cookies=False).open(forged.path, method=forged.method, headers=headers, **rest)

    def stored(self, but: int = 0) -> dict[str, list[Any]]:
        """What is stored of people, read past our own code; `but` leaves out one of them.

        Drafts are left to `illegal`: choices of the list that do not add up are kept as such. Of the log, the acts that forms of many fields repeat.
        """
        with sqlite3.connect(self.file) as connection:
            found = {
                "response": "SELECT id, status, language, done, submitted, person_id, undoable, redoable FROM response WHERE id != ?",
                **{table: f"SELECT * FROM {table} WHERE response_id != ?" for table in ("placement", "answer", "comment", "consent")},
                "withdrawal": "SELECT count(*) FROM withdrawal WHERE id != ?",
                "event": "SELECT response_id, key FROM event WHERE act NOT IN ('visit', 'away', 'answer', 'comment', 'draft') AND response_id != ?",
            }
            rows = {table: sorted(connection.execute(query, (but,)).fetchall(), key=repr) for table, query in found.items()}
        connection.close()
        return rows


def shown(client: Client, reply: TestResponse, **options: Any) -> TestResponse:
    """What a browser shows after a form: a page that says what was wrong has an address of its own."""
    return client.get(reply.location, **options) if reply.status_code == 303 else reply


def take_time(app: Flask) -> None:
    """Let a minute pass between any two requests, so that nobody is too fast: tests of the pace itself keep time by themselves."""
    app.extensions["qmethod budgets"] = Budgets(count(0, 60).__next__)


def _token(page: TestResponse) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def illegal(stored: dict[str, list[Any]]) -> list[str]:
    """What is wrong with the stored sorts, by the rules as people are told them, written a second time."""
    found = []
    for number, status, *_rest in stored["response"]:
        mine = [(statement, value) for response, statement, _pile, value, _by in stored["placement"] if response == number and value is not None]
        filled = Counter(value for _, value in mine)
        names = [statement for statement, _ in mine]
        if len(set(names)) != len(names) or not set(names) <= set(SORT):
            found.append(f"{number} holds {names}")
        if any(filled[value] > GRID.get(value, 0) for value in filled):
            found.append(f"{number} has {dict(filled)}")
        if status == "submitted" and (dict(filled) != GRID or set(names) != set(SORT)):
            found.append(f"{number} was submitted with {dict(filled)}")
    piles = {pile for _, _, pile, _, _ in stored["placement"]}
    if not piles <= {"agree", "neutral", "disagree", None}:
        found.append(f"piles {piles}")
    return found


def new_scene(folder: Path, **given: Any) -> Scene:
    file = folder / "responses.sqlite3"
    store = Store.open(f"sqlite:///{file}")
    return Scene(create_app([make_study(questions=QUESTIONS)], store, Settings(wrong_codes=10**6, **given)), store, file)
