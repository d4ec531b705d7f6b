"""One respondent in two windows: scripts and plain forms mixed, answers lost, requests repeated, against a sort kept in plain dictionaries."""

from __future__ import annotations

import json
import re
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from werkzeug.test import TestResponse

from qmethod_studies.store import Store
from qmethod_webform.app import create_app
from qmethod_webform.settings import Settings
from tests.studies.store.acting import make_study

ROOM = {-2: 1, -1: 2, 0: 3, 1: 2, 2: 1}
OUTSIDE_IN = (2, -2, 1, -1, 0)
NAMES = [f"s{i}" for i in range(1, 10)]
PILES = ["disagree", "neutral", "agree"]
LANGUAGES = ["en", "es"]
_numbers = count(1)

names = st.sampled_from(NAMES)
columns = st.sampled_from(list(ROOM))
windows = st.integers(0, 1)
moves = st.one_of(
    st.fixed_dictionaries({"act": st.just("pile"), "statement": names, "pile": st.sampled_from([*PILES, None])}),
    st.fixed_dictionaries({"act": st.just("place"), "statement": names, "column": columns}),
    st.fixed_dictionaries({"act": st.just("swap"), "statement": names, "other": names}),
    st.fixed_dictionaries({"act": st.just("return"), "statement": names}),
    st.fixed_dictionaries({"act": st.sampled_from(["undo", "redo"])}),
    st.fixed_dictionaries({"act": st.just("arrange"), "columns": st.dictionaries(names, columns, max_size=9)}),
    st.fixed_dictionaries({"act": st.just("comment"), "statement": names, "text": st.sampled_from(["", " ", "why", "porqué\r\nsí"])}),
    st.fixed_dictionaries({"act": st.just("answer"), "question": st.just("age"), "value": st.sampled_from(["44", 7, "x", 0, None])}),
    st.fixed_dictionaries({"act": st.just("language"), "language": st.sampled_from([*LANGUAGES, "fr"])}),
)


def new_key() -> str:
    return f"protocol-{next(_numbers):08d}"


class Sort:
    """What the store should hold. The rules stand here a second time, written from what people are told."""

    def __init__(self) -> None:
        self.piles: dict[str, str] = {}
        self.columns: dict[str, int] = {}
        self.draft: dict[str, int] = {}
        self.before: list[dict[str, int]] = []
        self.undone: list[dict[str, int]] = []
        self.comments: dict[str, str] = {}
        self.age: int | None = None
        self.language = "en"

    def does(self, act: dict[str, Any]) -> bool:
        """Do what an act says; False, and nothing done, where it may not be."""
        new = dict(self.columns)
        match act:
            case {"act": "pile", "statement": name, "pile": pile}:
                self.piles.pop(name, None)
                self.piles |= {name: pile} if pile else {}
            case {"act": "place", "statement": name, "column": column}:
                new[name] = column
            case {"act": "swap", "statement": one, "other": other}:
                if one == other or not {one, other} & set(new):
                    return False
                mine, theirs = new.pop(one, None), new.pop(other, None)
                new |= {name: column for name, column in ((one, theirs), (other, mine)) if column is not None}
            case {"act": "return", "statement": name}:
                if new.pop(name, None) is None:
                    return False
            case {"act": "arrange", "columns": wanted}:
                new = dict(wanted)
            case {"act": "pick", "column": column, "statements": picked}:
                need, pool = self.step()
                if need is None or column != need[0] or len(set(picked)) != need[1] or not set(picked) <= set(pool):
                    return False
                new |= dict.fromkeys(picked, column)
            case {"act": "undo" | "redo" as way}:
                source, target = (self.before, self.undone) if way == "undo" else (self.undone, self.before)
                if not source:
                    return False
                target.append(self.columns)
                self.columns, self.draft = source.pop(), {}
                return True
            case {"act": "comment", "statement": name, "text": text}:
                self.comments.pop(name, None)
                self.comments |= {name: text.replace("\r\n", "\n")} if text.strip() else {}
            case {"act": "answer", "value": value}:
                if value in ("x", 0):
                    return False
                self.age = None if value is None else int(value)
            case {"act": "language", "language": language}:
                if language not in LANGUAGES:
                    return False
                self.language = language
        if any(list(new.values()).count(column) > room for column, room in ROOM.items()):
            return False
        if act["act"] in ("place", "swap", "return", "arrange", "pick"):
            self.goes_to(new)
        return True

    def goes_to(self, new: dict[str, int]) -> None:
        self.draft = {}
        if new != self.columns:
            self.before.append(self.columns)
            self.undone = []
            self.columns = new

    def step(self) -> tuple[tuple[int, int] | None, list[str]]:
        """The column that is chosen for next and how many it still needs; and the cards to choose from."""
        unplaced = [name for name in NAMES if name not in self.columns]
        for place, column in enumerate(OUTSIDE_IN):
            need = ROOM[column] - list(self.columns.values()).count(column)
            if need and unplaced:
                pool: list[str] = []
                for pile in PILES if place % 2 else PILES[::-1]:
                    pool += [name for name in unplaced if self.piles.get(name, "neutral") == pile]
                    if len(pool) >= need:
                        break
                return (column, need), sorted(pool)
        return None, []


class TwoWindows(RuleBasedStateMachine):
    """The same respondent's sort, open twice."""

    app: Any
    store: Store

    @initialize(piles=st.lists(st.sampled_from(PILES), min_size=9, max_size=9))
    def begin(self, piles: list[str]) -> None:
        self.sort = Sort()
        self.done: set[str] = set()
        self.kept: list[dict[str, Any]] = []
        self.clients: list[FlaskClient] = [self.app.test_client(), self.app.test_client()]
        self.tokens = [self.token(0, "consent"), self.token(1, "code")]
        key = new_key()
        for _ in range(2):  # the first answer is lost, with the cookie in it
            fresh = self.app.test_client()
            token = self.token_of(fresh.get("/demo/consent"))
            fresh.post("/demo/consent", data={"csrf_token": token, "key": key, "choice": "agree"})
        self.clients[0], self.tokens[0] = fresh, token
        with fresh.session_transaction() as session:
            token = session["studies"]["demo"]["token"]
        who = self.store.known("demo", token)
        assert who is not None
        self.code = who.code
        self.form(1, "code", {"code": self.code.lower().replace("-", " ")})
        self.tokens[1] = self.token(1, "presort")
        self.acts(0, [{"act": "pile", "statement": name, "pile": pile} for name, pile in zip(NAMES, piles, strict=True)])
        for stage in ("presort", "refine"):
            self.acts(0, [{"act": "finish", "stage": stage}])

    # ---- how pages speak

    def token_of(self, page: TestResponse) -> str:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
        assert found, page.status
        return found[1]

    def token(self, window: int, page: str) -> str:
        return self.token_of(self.clients[window].get(f"/demo/{page}"))

    def form(self, window: int, page: str, fields: dict[str, Any], times: int = 1) -> TestResponse:
        """Post a plain form, perhaps more than once because the answer did not come."""
        for _ in range(times):
            answer = self.clients[window].post(f"/demo/{page}", data={"key": new_key(), **fields, "csrf_token": self.tokens[window]})
        return answer

    def post(self, window: int, acts: list[dict[str, Any]]) -> Any:
        answer = self.clients[window].post("/demo/acts", json={"acts": acts}, headers={"X-CSRFToken": self.tokens[window]})
        outcomes = [result["outcome"] for result in answer.json["results"]]
        assert [result["key"] for result in answer.json["results"]] == [act["key"] for act in acts]
        assert answer.status_code == (409 if "refused" in outcomes else 200)
        return answer.json, outcomes

    def acts(self, window: int, acts: list[dict[str, Any]], lost: int = 0) -> None:
        """Send acts as the scripts do. The answers to the first ones are lost; what is sent again counts once."""
        acts = [{"key": new_key(), **act} for act in acts]
        wanted = ["saved" if self.sort.does(act) else "refused" for act in acts]
        state, outcomes = self.post(window, acts)
        assert outcomes == wanted
        self.kept += [act for act, outcome in zip(acts, wanted, strict=True) if outcome == "saved"]
        for _ in range(lost):
            again = [act for act, outcome in zip(acts, wanted, strict=True) if outcome == "saved"]
            state, outcomes = self.post(window, again)
            assert set(outcomes) <= {"repeated"}
        assert (state["places"], state["piles"]) == (self.sort.columns, self.sort.piles)
        assert (state["canUndo"], state["canRedo"]) == (bool(self.sort.before), bool(self.sort.undone))

    # ---- what people do

    @rule(window=windows, acts=st.lists(moves, min_size=1, max_size=5), lost=st.integers(0, 2))
    def scripts_send_acts(self, window: int, acts: list[dict[str, Any]], lost: int) -> None:
        self.acts(window, acts, lost)

    # What is drawn must not hang on what is stored: how "same" shuffles differs from response to response.
    @rule(window=windows, which=st.lists(st.integers(0, 1000), min_size=1, max_size=4))
    def old_acts_come_late(self, window: int, which: list[int]) -> None:
        _state, outcomes = self.post(window, [self.kept[i % len(self.kept)] for i in which])
        assert set(outcomes) == {"repeated"}

    @rule(window=windows, name=names, pile=st.sampled_from([*PILES, "both"]), times=st.integers(1, 2))
    def presort_form(self, window: int, name: str, pile: str, times: int) -> None:
        answer = self.form(window, "presort", {"key": new_key(), "statement": name, "pile": pile}, times)
        assert answer.status_code == (302 if pile in PILES and self.sort.does({"act": "pile", "statement": name, "pile": pile}) else 303)

    @rule(window=windows, seed=st.permutations(NAMES), least=st.integers(0, 9), extra=st.sampled_from([None, 2]), times=st.integers(1, 2))
    def list_form(self, window: int, seed: list[str], least: int, extra: int | None, times: int) -> None:
        slots = [column for column, room in ROOM.items() for _ in range(room)]
        chosen = dict(list(zip(seed, slots, strict=True))[least:])
        if extra is not None:
            chosen[seed[0]] = extra
        # A row that says nothing leaves its card where it was chosen to be before, and what does not add up is kept to be mended.
        whole = self.sort.columns | self.sort.draft | chosen
        answer = self.form(window, "grid/list", {"key": new_key(), "count": "1"} | {f"s-{name}": str(at) for name, at in chosen.items()}, times)
        allowed = self.sort.does({"act": "arrange", "columns": whole})
        assert answer.status_code == (302 if allowed else 303)
        if not allowed:
            self.sort.draft = whole

    @rule(window=windows, liked=st.permutations(NAMES), beside=st.sampled_from([0, 0, 0, -1, 1]), times=st.integers(1, 2))
    def refine_form(self, window: int, liked: list[str], beside: int, times: int) -> None:
        need, pool = self.sort.step()
        column, number = need or (0, 1)
        picked = [name for name in liked if name in pool][: number + beside]
        fields = {"key": new_key(), "do": "pick", "column": str(column), "statements": picked}
        answer = self.form(window, "refine", fields, times)
        assert answer.status_code == (302 if self.sort.does({"act": "pick", "column": column, "statements": picked}) else 303)

    @rule(window=windows)
    def all_the_same(self, window: int) -> None:
        """The machine chooses places; which, only the store can say, but not for whom and how many."""
        need, pool = self.sort.step()
        answer = self.form(window, "refine", {"do": "same", "statements": list(pool)})
        assert answer.status_code == (302 if need else 303)
        if need:
            found = self.store.find("demo", self.code)
            assert found is not None
            new = {name: int(place.column) for name, place in found.board.places.items()}
            assert {name: new[name] for name in self.sort.columns} == self.sort.columns
            assert set(new) == set(self.sort.columns) | set(pool)
            self.sort.goes_to(new)

    @rule(window=windows)
    def back_in_refining(self, window: int) -> None:
        assert self.form(window, "refine", {"do": "back"}).status_code == (302 if self.sort.does({"act": "undo"}) else 303)

    @rule(window=windows)
    def done_with_the_grid(self, window: int) -> None:
        answer = self.form(window, "grid", {}, times=2)
        if len(self.sort.columns) == len(NAMES):
            assert answer.location == "/demo/why"
            self.done.add("grid")
        else:
            assert answer.status_code == 303

    @rule(window=windows, name=names, text=st.sampled_from(["", "because", "weil\r\ndarum"]))
    def why_form(self, window: int, name: str, text: str) -> None:
        answer = self.form(window, "why", {f"c-{name}": text}, times=2)
        assert answer.location == ("/demo/why" if "grid" in self.done else "/demo/grid")
        if "grid" in self.done:
            self.sort.does({"act": "comment", "statement": name, "text": text})

    @rule(window=windows, language=st.sampled_from([*LANGUAGES, "fr"]))
    def choose_a_language(self, window: int, language: str) -> None:
        assert self.form(window, "language", {"language": language, "page": "grid"}).location == "/demo/grid"
        self.sort.does({"act": "language", "language": language})

    @rule(window=windows, page=st.sampled_from(["presort", "grid"]))
    def reload(self, window: int, page: str) -> None:
        answer = self.clients[window].get(f"/demo/{page}")
        found = re.search(r'<script type="application/json" id="page-data"[^>]*>(.*?)</script>', answer.text, re.DOTALL)
        assert found
        state = json.loads(found[1])["state"]
        assert (state["places"], state["piles"]) == (self.sort.columns, self.sort.piles)
        assert f'lang="{self.sort.language}"' in answer.text.split("<head>")[0]

    @rule(window=windows)
    def come_back_by_code(self, window: int) -> None:
        self.clients[window] = self.app.test_client()
        self.tokens[window] = self.token(window, "code")
        assert self.form(window, "code", {"code": self.code}).status_code == 302
        self.tokens[window] = self.token(window, "withdraw")

    @rule(window=windows)
    def nothing_can_be_sent_yet(self, window: int) -> None:
        assert "thanks" not in (self.form(window, "submit", {}).location or "")

    @invariant()
    def the_stored_sort_is_the_one_that_was_made(self) -> None:
        found = self.store.find("demo", self.code) if hasattr(self, "code") else None
        if found is None:
            return
        assert {name: place.column for name, place in found.board.places.items()} == self.sort.columns
        assert dict(found.board.piles) == self.sort.piles
        assert dict(found.comments) == self.sort.comments
        assert dict(found.draft or {}) == self.sort.draft
        assert found.answers.get("age") == self.sort.age
        assert found.language == self.sort.language
        assert (found.can_undo, found.can_redo) == (bool(self.sort.before), bool(self.sort.undone))
        assert found.status == "started"

    def teardown(self) -> None:
        if not hasattr(self, "code"):
            return
        keys = [event.key for event in self.store.events(self.store.find("demo", self.code).id)]
        assert len(set(keys)) == len(keys)
        assert [key for key in keys if key in {act["key"] for act in self.kept}] == [act["key"] for act in self.kept]


@pytest.mark.parametrize("examples", [20])
def test_what_is_stored_is_what_was_done(tmp_path: Path, examples: int) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'a.sqlite3'}") as store:
        questions = {"after": [{"id": "age", "type": "number", "label": {"en": "Age", "es": "Edad"}, "required": True, "minimum": 1}]}
        app = create_app([make_study(questions=questions)], store, Settings())
        machine = type("Machine", (TwoWindows,), {"app": app, "store": store})
        run_state_machine_as_test(
            machine, settings=settings(max_examples=examples, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck))
        )
