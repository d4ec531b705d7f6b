"""A question of any kind on its page: what a browser without scripts would send comes back from the store, the page and the export."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

import numpy as np
import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from qmethod_studies.export import collect, export
from qmethod_studies.questions import KINDS, Question
from qmethod_studies.questions.answers import Reason
from qmethod_studies.store import Store
from qmethod_webform.app import create_app
from qmethod_webform.settings import Settings
from tests.studies.drawn_questions import questions
from tests.studies.store.acting import make_study
from tests.webform.people import new_key

TEMPLATE = Path(__file__).parents[2] / "webform" / "qmethod_webform" / "respondent" / "templates" / "respondent" / "kinds.html"
EVERY = pytest.mark.parametrize("kind", KINDS)
GARBAGE: tuple[object, ...] = (
    [["a"]],
    ["other:x"],
    {"quiet": 1, "green": 1},
    {"quiet": 0},
    {"no-such-row": "no-such-option"},
    True,
    "\0",
    "x" * 30_000,
    [1, 2],
    {"a": {"b": 1}},
    10**400,
)


@dataclass
class Form(HTMLParser):
    """The fields of a question as a browser has them: what each would send, by its name."""

    question: str
    inside: int = 0
    typed: dict[str, str] = field(default_factory=dict)
    boxes: list[tuple[str, str, bool]] = field(default_factory=list)
    area: str | None = None
    select: str | None = None
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "div":
            self.inside = self.inside + 1 if self.inside else int(given.get("data-question") == self.question)
        if not self.inside:
            return
        if tag == "textarea":
            self.area = given["name"]
            self.typed[self.area] = ""
        if tag == "select":
            self.select = given["name"]
        elif tag == "option":
            assert self.select
            self.boxes.append((self.select, given["value"], "selected" in given))
        elif tag == "input" and given.get("type") in ("radio", "checkbox"):
            self.boxes.append((given["name"], given["value"], "checked" in given))
        elif tag == "input" and "name" in given:  # one without a name is sent by no browser
            self.typed[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self.inside -= tag == "div" and self.inside > 0
        self.area = None if tag == "textarea" else self.area

    def handle_data(self, data: str) -> None:
        if self.inside and self.area:
            self.typed[self.area] += data.removeprefix("\n")
        elif self.inside:
            self.text += data

    def filled(self, answer: Any) -> dict[str, Any]:
        """What is sent once a person has answered."""
        if not self.boxes:
            return {name: str(answer) if not name.endswith(":sent") else value for name, value in self.typed.items()}
        kept = answer if isinstance(answer, list) else [answer]
        written = "".join(one.partition(":")[2] for one in kept if isinstance(one, str))
        typed = {name: written if name.endswith(":text") else value for name, value in self.typed.items()}
        answer = (
            [one.partition(":")[0] for one in answer] if isinstance(answer, list) else answer.partition(":")[0] if isinstance(answer, str) else answer
        )
        wanted = {
            name: str(answer[name.partition(":")[2]]) if isinstance(answer, dict) else answer if isinstance(answer, list) else str(answer)
            for name, _, _ in self.boxes
        }
        ticked = [
            (name, value) for name, value, _ in self.boxes if (value in wanted[name] if isinstance(wanted[name], list) else value == wanted[name])
        ]
        return {**typed, **{name: [value for other, value in ticked if other == name] for name, _ in ticked}}

    def shown(self) -> dict[str, Any]:
        """What is sent if nothing is touched."""
        on = {name: [value for other, value, checked in self.boxes if other == name and checked and value] for name, _, _ in self.boxes}
        return {**self.typed, **{name: values for name, values in on.items() if values}}


@contextmanager
def fresh_store() -> Iterator[Store]:
    with TemporaryDirectory() as folder, Store.open(f"sqlite:///{folder}/a.sqlite3") as store:
        yield store


def form(page: str, question: Question) -> Form:
    made = Form(question.id)
    made.feed(page)
    return made


def token(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found
    return found[1]


def begin(client: FlaskClient) -> str:
    sent = {"csrf_token": token(client.get("/demo/consent").text), "key": new_key(), "choice": "agree"}
    assert client.post("/demo/consent", data=sent).location == "/demo/before"
    return client.get("/demo/before").text


@EVERY
def test_every_kind_has_a_macro_of_its_name(kind: str) -> None:
    assert f"{{% macro {kind}(question, field) %}}" in TEMPLATE.read_text(encoding="utf-8")


@EVERY
@settings(max_examples=6)  # each with a server and a store of its own
@given(st.data(), st.integers(0, 2**32 - 1))
def test_what_a_browser_sends_is_kept_shown_again_and_exported(kind: str, data: st.DataObject, seed: int) -> None:
    asked = data.draw(st.lists(questions(kind), min_size=1, max_size=4, unique_by=lambda one: one.id))
    asked = [one.model_copy(update={"page": False}) for one in asked]  # pages have tests of their own
    study = make_study(questions={"before": [one.model_dump(mode="json", by_alias=True) for one in asked]})
    rng = np.random.default_rng(seed)
    with fresh_store() as store:
        client = create_app([study], store, Settings()).test_client()
        page = begin(client)
        answers = {one.id: _written_beside(one, one.simulated(rng)) for one in asked if one.answerable}
        sent = {name: value for one in asked if one.answerable for name, value in form(page, one).filled(answers[one.id]).items()}
        reply = client.post("/demo/before", data={"csrf_token": token(page), "key": new_key(), **sent})
        assert reply.location == "/demo/presort", re.findall(r'class="error"[^<]*<[^>]*', reply.text)
        (response,) = store.responses("demo")
        kept = {one.id: one.clean(answers[one.id]) for one in asked if one.answerable}
        assert response.answers == kept
        again = client.get("/demo/before").text
        made = export(collect(store, "demo"))
        lines = list(csv.DictReader(io.StringIO(made.files["answers.csv"].decode(), newline="")))
        book = list(csv.DictReader(io.StringIO(made.files["codebook.csv"].decode(), newline="")))
        (exported,) = json.loads(made.files["study.json"])["responses"]
        personal = {one.id for one in asked if one.personal}
        assert exported["answers"] == {name: value for name, value in kept.items() if name not in personal}
        assert {line["question"] for line in lines} == set(kept) - personal
        for one in asked:
            assert one.label.in_("en") in form(again, one).text
            assert one.id in {row["question"] for row in book}
            if not one.answerable:
                continue
            assert form(again, one).shown() == form(page, one).filled(kept[one.id])
            if one.personal:
                assert not any(str(kept[one.id]).encode() in content for content in made.files.values())
                continue
            mine = [line for line in lines if line["question"] == one.id]
            wanted = [(row or "", f"{value:.15g}" if isinstance(value, float) else str(value)) for row, value in one.exported(kept[one.id])]
            assert [(line["row"], line["value"].removeprefix("'")) for line in mine] == wanted
            explained = {(row["column"], row["value"]) for row in book if row["question"] == one.id}
            for line in mine:
                assert not line["row"] or ("row", line["row"]) in explained
                assert not line["text"] or ("value", line["value"]) in explained


def _written_beside(question: Question, answer: Any) -> Any:
    """An answer with something written beside the option that takes it."""
    if not question.beside:
        return answer
    put = {"other": "other:w <b> & 'é'"}
    return [put.get(one, one) for one in answer] if isinstance(answer, list) else put.get(answer, answer)


@EVERY
def test_what_is_no_answer_is_refused_with_a_reason_and_never_kept(kind: str) -> None:
    one = KINDS[kind].example()
    study = make_study(languages={"en": {"name": "English"}}, questions={"before": [one]})
    [question] = study.questions
    with fresh_store() as store:
        client = create_app([study], store, Settings()).test_client()
        page = begin(client)
        first = question.clean(question.simulated(np.random.default_rng(1))) if question.answerable else None

        def say(value: object) -> dict[str, Any]:
            act = {"key": new_key(), "act": "answer", "question": question.id, "value": value}
            (result,) = client.post("/demo/acts", json={"acts": [act]}, headers={"X-CSRFToken": token(page)}).json["results"]
            return result

        assert (say(first)["outcome"] == "saved") is question.answerable
        before = {question.id: first} if question.answerable else {}
        for value in GARBAGE:
            result = say(value)
            assert (result["outcome"], result["code"] in get_args(Reason)) == ("refused", True), value
        (response,) = store.responses("demo")
        assert response.answers == before
