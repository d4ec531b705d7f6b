"""The respondent's journey as the server sees it: which page opens to whom, what each records, and what every answer carries."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import count, pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from qmethod.errors import DataError
from qmethod_studies.definition import Study
from qmethod_studies.export import collect, export
from qmethod_studies.store import Response, Store, Unavailable, codes
from qmethod_webform.app import MOST_BYTES, create_app
from qmethod_webform.settings import SETTINGS, Settings, from_environment, variable
from tests.days import day
from tests.studies.store.acting import SLOTS, make_study
from tests.webform.people import shown

STAGES = ("before", "presort", "refine", "grid", "why", "after", "review")
COLUMNS = {f"s-s{i}": f"{column:g}" for i, column in enumerate(SLOTS, start=1)}
SECRET = "a secret of a server that others can reach"
_keys = count(1)


def new_key() -> str:
    return f"journey-{next(_keys):06d}"


@dataclass
class Person:
    """Somebody with a browser of their own."""

    app: Flask
    study: str = "demo"
    base: str = "http://localhost"

    def __post_init__(self) -> None:
        self.client = self.app.test_client()

    def get(self, stage: str = "", **options: Any) -> TestResponse:
        return self.client.get(f"/{self.study}/{stage}", base_url=self.base, **options)

    def token(self) -> str:
        found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', self.get("code").text)
        assert found
        return found[1]

    def post(self, stage: str, **fields: Any) -> TestResponse:
        """A form, sent as its page would: with a token and a key, unless they are given."""
        whole = {"csrf_token": self.token(), "key": new_key(), **fields}
        reply = self.client.post(f"/{self.study}/{stage}", data=whole, base_url=self.base, headers={"Referer": f"{self.base}/"})
        return self.client.get(reply.location, base_url=self.base) if reply.status_code == 303 else reply  # what was wrong has an address

    def acts(self, *acts: dict[str, Any]) -> TestResponse:
        body = {"acts": [{"key": new_key(), **act} for act in acts]}
        headers = {"X-CSRFToken": self.token(), "Referer": f"{self.base}/"}
        return self.client.post(f"/{self.study}/acts", json=body, base_url=self.base, headers=headers)

    def agree(self) -> str:
        """Agree to the consent; the code."""
        page = self.post("consent", choice="agree")
        assert page.status_code == 302, page.text
        found = re.search(r"\b(?:[A-Z0-9]{4}-){2}[A-Z0-9]{4}\b", self.client.get(page.location, base_url=self.base).text)
        assert found
        return found[0]

    def go_through(self, *, until: str = "review") -> None:
        """Every stage by its plain form, up to one."""
        forms: dict[str, Callable[[], TestResponse]] = {
            "before": lambda: self.post("before", **{"q-age": "44"}),
            "presort": self.presort,
            "refine": lambda: self.post("refine", do="board"),
            "grid": lambda: self.post("grid/list", **COLUMNS, go_on="1"),
            "why": lambda: self.post("why", **{"c-s9": "Because."}, go_on="1"),
            "after": lambda: self.post("after", **{"q-job": "desk"}),
        }
        for stage, following in pairwise(STAGES):
            if stage == until:
                return
            assert self.get(stage).status_code == 200, stage
            assert forms[stage]().location == f"/{self.study}/{following}"

    def presort(self) -> TestResponse:
        for i in range(1, 10):
            assert self.post("presort", statement=f"s{i}", pile="agree").location == f"/{self.study}/presort"
        return self.post("presort", go_on="1")


@dataclass
class House:
    """A server, its store, and people who come to it."""

    store: Store
    app: Flask

    def person(self, study: str = "demo", **options: Any) -> Person:
        return Person(self.app, study, **options)

    def responses(self, study: str = "demo") -> list[Response]:
        return list(self.store.responses(study))


Build = Callable[..., House]


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    stores = []

    def make(*studies: Study, **settings: Any) -> House:
        store = Store.open(f"sqlite:///{tmp_path}/{len(stores)}.sqlite3")
        stores.append(store)
        return House(store, create_app(studies or (make_study(),), store, Settings(**settings)))

    yield make
    for store in stores:
        store.close()


# ---- the way through


def test_the_whole_journey_by_plain_forms(build: Build) -> None:
    house = build()
    person = house.person()
    assert person.client.get("/").location == "/demo/"
    assert person.get().status_code == 200
    code = person.agree()
    person.go_through()
    (response,) = house.responses()
    assert person.get("review").status_code == 200
    assert person.post("submit").location == "/demo/thanks"
    assert code in person.get("thanks").text
    (response,) = house.responses()
    assert response.status == "submitted"
    assert {name: place.column for name, place in response.board.places.items()} == {f"s{i}": column for i, column in enumerate(SLOTS, start=1)}
    assert dict(response.comments) == {"s9": "Because."}
    assert dict(response.answers) == {"age": 44, "job": ["desk"]}
    copy = person.get("copy.json")
    assert copy.headers["Content-Disposition"] == 'attachment; filename="demo-my-sort.json"'
    assert {placed["statement"]: placed["column"] for placed in copy.json["sort"]} == {f"s{i}": column for i, column in enumerate(SLOTS, start=1)}
    assert copy.json["answers"] == {"age": 44, "job": ["desk"]}


def test_what_was_sent_can_be_sent_again_but_not_changed(build: Build) -> None:
    house = build()
    person = house.person()
    code = person.agree()
    person.go_through()
    key = new_key()
    assert [person.post("submit", key=key).location for _ in range(2)] == ["/demo/thanks"] * 2
    (before,) = house.responses()
    assert [event.act for event in house.store.events(before.id)].count("submit") == 1
    again = house.person()
    assert again.post("code", code=code).location == "/demo/thanks"
    assert again.acts({"act": "place", "statement": "s1", "column": 0}).status_code == 403
    assert again.post("grid/list", **COLUMNS).location == "/demo/sent"
    assert house.responses() == [before]


@pytest.mark.parametrize("cookie_lost", [True, False])
def test_sending_twice_leads_to_the_thanks_though_the_first_reply_was_not_shown(build: Build, cookie_lost: bool) -> None:
    """As after a double click: the browser drops the first reply, sometimes before it has taken the newer cookie and sometimes after."""
    house = build()
    person = house.person()
    code = person.agree()
    person.go_through()
    fields = {"csrf_token": person.token(), "key": new_key()}
    cookie = person.client.get_cookie(house.app.config["SESSION_COOKIE_NAME"])
    assert person.client.post("/demo/submit", data=fields).location == "/demo/thanks"
    if cookie_lost:
        person.client.set_cookie(cookie.key, cookie.value)
    assert person.client.post("/demo/submit", data=fields).location == "/demo/thanks"
    assert code in person.get("thanks").text
    assert [event.act for event in house.store.events(house.responses()[0].id)].count("submit") == 1


@pytest.mark.parametrize("cookie_lost", [True, False])
def test_agreeing_twice_begins_once(build: Build, cookie_lost: bool) -> None:
    house = build()
    person = house.person()
    fields = {"csrf_token": person.token(), "key": new_key(), "choice": "agree"}
    cookie = person.client.get_cookie(house.app.config["SESSION_COOKIE_NAME"])
    for _ in range(2):
        assert person.client.post("/demo/consent", data=fields).location == "/demo/before"
        if cookie_lost:
            person.client.set_cookie(cookie.key, cookie.value)
    assert len(house.responses()) == 1


@pytest.mark.parametrize("reached", STAGES)
def test_only_stages_up_to_the_one_reached_open(build: Build, reached: str) -> None:
    person = build().person()
    person.agree()
    person.go_through(until=reached)
    for stage in STAGES:
        reply = person.get(stage)
        if STAGES.index(stage) <= STAGES.index(reached):
            assert reply.status_code == 200, stage
        else:
            assert (reply.status_code, reply.location) == (302, f"/demo/{reached}")
    assert person.get("consent").location == f"/demo/{reached}"
    if reached != "review":
        assert person.post("submit").location == f"/demo/{reached}"


@pytest.mark.parametrize("stage", [*STAGES, "grid/list", "thanks", "copy", "copy.json"])
def test_no_page_of_a_sort_opens_without_one(build: Build, stage: str) -> None:
    house = build()
    reply = house.person().get(stage)
    assert reply.status_code == 403
    assert "Statement 1" not in reply.text
    assert house.responses() == []


def test_what_is_missing_is_said_and_the_rest_is_kept(build: Build) -> None:
    house = build()
    person = house.person()
    person.agree()
    assert person.post("before", **{"q-age": "200"}).status_code == 400
    assert "from 1 to 120" in person.post("before", **{"q-age": "200"}).text
    assert "Please answer" in person.post("before").text
    person.go_through(until="presort")
    assert person.post("presort", go_on="1").status_code == 400
    assert person.post("presort", statement="s1", pile="maybe").status_code == 400
    person.presort()
    assert person.post("refine", do="pick", column="2", statements=["s1", "s2"]).status_code == 400
    person.post("refine", do="board")
    assert person.post("grid", go_on="1").status_code == 400
    reply = person.post("grid/list", **{**COLUMNS, "s-s9": "1"}, go_on="1")
    assert reply.status_code == 400
    assert "Column +1 has 3 cards and takes 2." in reply.text
    assert dict(house.responses()[0].draft or {})["s9"] == 1
    person.post("grid/list", **COLUMNS, go_on="1")
    person.post("why", go_on="1")
    reply = person.post("after", **{"q-job": "field"})
    assert reply.status_code == 400
    assert "more questions" in reply.text
    assert house.responses()[0].answers["job"] == ["field"]
    reply = person.post("after", **{"q-job": "field", "seen": "1"})
    assert "Please answer this question." in reply.text
    assert person.post("after", **{"q-job": "field", "q-crop": "rye", "seen": "1"}).location == "/demo/review"


# ---- consent


def test_who_agrees_is_recorded_with_the_text(build: Build) -> None:
    house = build()
    person = house.person()
    assert person.get("consent", headers={"Accept-Language": "es"}).text.count("De acuerdo") == 1
    person.post("language", language="es", page="consent")
    assert person.post("consent", choice="agree").location == "/demo/before"
    (response,) = house.responses()
    (said,) = house.store.consents(response.id)
    assert response.status == "started"
    assert (said.agreed, said.version, said.language) == (True, 1, "es")
    assert said.text_sha256 == make_study().consent_digest("es")


def test_somebody_who_declined_leaves_nothing_and_may_think_again(build: Build) -> None:
    house = build()
    person = house.person()
    assert person.post("consent", choice="decline").location == "/demo/declined"
    assert house.responses() == []
    assert house.store.declined("demo", 1) == [day()]
    assert person.get("before").status_code == 403
    assert person.get("declined").status_code == 200
    person.agree()
    assert [response.status for response in house.responses()] == ["started"]


@pytest.mark.parametrize("fields", [{}, {"choice": "yes"}, {"choice": "agree", "key": "short"}, {"choice": "agree", "key": "with blanks in it"}])
def test_a_consent_that_is_none_is_not_recorded(build: Build, fields: dict[str, str]) -> None:
    house = build()
    assert house.person().post("consent", **fields).status_code == 400
    assert house.responses() == []


# ---- languages


@pytest.mark.parametrize(("browser", "expected"), [("es-MX,es;q=0.9", "es"), ("en-GB", "en"), ("fr", "en"), ("", "en"), ("fr,es;q=0.2", "es")])
def test_the_browser_chooses_the_language_and_the_first_of_the_study_is_the_last_resort(build: Build, browser: str, expected: str) -> None:
    reply = build().person().get(headers={"Accept-Language": browser})
    assert f'<html lang="{expected}" dir="ltr">' in reply.text


def test_the_language_can_be_changed_on_every_page_and_is_kept_with_the_response(build: Build) -> None:
    house = build()
    person = house.person()
    assert person.post("language", language="es", page="consent").location == "/demo/consent"
    assert 'lang="es"' in person.get("consent").text
    person.agree()
    assert house.responses()[0].language == "es"
    person.go_through(until="presort")
    assert "Afirmación" in person.get("presort").text
    assert person.post("language", language="en", page="presort").location == "/demo/presort"
    assert house.responses()[0].language == "en"
    assert "Afirmación" not in person.get("presort").text


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example", "submit", "leave", "nowhere", "", "acts", "../../x"])
def test_a_change_of_language_leads_nowhere_else(build: Build, page: str) -> None:
    house = build()
    person = house.person()
    reply = person.post("language", language="xx", page=page)
    assert (reply.status_code, reply.location) == (302, "/demo/")
    assert 'lang="en"' in person.get().text


# ---- codes, links, participants


def by(kind: str, **more: Any) -> Study:
    return make_study(access={"kind": kind, **more})


def test_a_study_by_code_opens_to_the_code_alone(build: Build) -> None:
    house = build(by("code"))
    house.store.invite("demo", "code", participants=[None], uses=2, secret="OPENSESAME4417OAK")
    stranger = house.person()
    assert stranger.get("consent").status_code == 403
    assert stranger.post("consent", choice="agree").status_code == 403
    assert stranger.post("enter", code="closesesame4417oak").status_code == 403
    assert stranger.get("consent").status_code == 403
    assert house.responses() == []
    people = [house.person() for _ in range(3)]
    for person in people:
        assert person.post("enter", code=" open-sesame 4417-oak ").location == "/demo/consent"
    for person in people[:2]:
        person.agree()
    late = people[2].post("consent", choice="agree")
    assert late.status_code == 403
    assert "used already" in late.text
    assert len(house.responses()) == 2
    assert house.person().post("enter", code="OPENSESAME4417OAK").status_code == 403


def test_a_code_for_one_that_is_sent_twice_begins_one_response(build: Build) -> None:
    house = build(by("code"))
    house.store.invite("demo", "code", participants=[None], uses=1, secret="OPENSESAME4417OAK")
    person = house.person()
    person.post("enter", code="OPENSESAME4417OAK")
    cookie = person.client.get_cookie(house.app.config["SESSION_COOKIE_NAME"])
    key = new_key()
    assert person.post("consent", choice="agree", key=key).location == "/demo/before"
    person.client.set_cookie(cookie.key, cookie.value)  # the reply was lost, and with it the newer cookie
    assert person.post("consent", choice="agree", key=key).location == "/demo/before"
    assert len(house.responses()) == 1


def test_a_personal_link_begins_and_leads_back_from_anywhere(build: Build) -> None:
    house = build(by("link"))
    (link,) = house.store.invite("demo", "link", participants=["Ann"])
    assert house.person().get("consent").status_code == 403
    assert house.person().get("i/not-the-link").status_code == 403
    person = house.person()
    assert person.get(f"i/{link.secret}").location == "/demo/"
    person.agree()
    person.go_through(until="grid")
    elsewhere = house.person()
    elsewhere.get(f"i/{link.secret}")
    assert elsewhere.get("grid").status_code == 200
    (response,) = house.responses()
    assert response.participant == "Ann"
    person.go_through()
    person.post("submit")
    for browser in (elsewhere, house.person()):
        assert browser.get(f"i/{link.secret}").location == "/demo/sent"
        assert "You sent this sort on" in browser.get("sent").text
    assert len(house.responses()) == 1


def test_a_participant_takes_part_once(build: Build) -> None:
    house = build()
    first = house.person()
    first.get(query_string={"participant": "Ann"})
    first.agree()
    second = house.person()
    second.get(query_string={"participant": "Ann"})
    reply = second.post("consent", choice="agree")
    assert reply.status_code == 409
    assert [response.participant for response in house.responses()] == ["Ann"]
    # An address made for somebody else ends nobody's sort; who is somebody else says so.
    reply = first.get(query_string={"participant": "Bob"})
    assert "I am somebody else" in reply.text
    assert first.get("before").status_code == 200
    assert first.post("leave").location == "/demo/"
    assert first.get("before").status_code == 403
    first.agree()
    assert [response.participant for response in house.responses()] == ["Ann", "Bob"]


@pytest.mark.parametrize("participant", ["x" * 201, "two\nlines", "a\x00b", "a\u202eb"])
def test_an_address_with_an_impossible_participant_is_explained(build: Build, participant: str) -> None:
    house = build()
    reply = house.person().get(query_string={"participant": participant})
    assert reply.status_code == 400
    assert "This address cannot be right" in reply.text


PANEL = {
    "participant_parameter": "pid",
    "return_link": "https://panel.example.org/done?id={participant}&code={receipt}",
    "declined_link": "https://panel.example.org/no?id={participant}",
}


@pytest.mark.parametrize("participant", ["Zoë +1/=x%20&y", "007", "{receipt}", "a&code=forged", 'x"><b>'])
def test_a_panel_gets_its_people_back_with_their_ids(build: Build, participant: str) -> None:
    house = build(by("open", **PANEL))
    person = house.person()
    person.get(query_string={"pid": participant})
    code = person.agree()
    person.go_through()
    person.post("submit")
    receipt = house.store.receipt("demo", codes.code_hash(code))
    assert link_in(person.get("thanks").text) == f"https://panel.example.org/done?id={quote(participant, safe='')}&code={receipt}"
    decliner = house.person()
    decliner.get(query_string={"pid": f"{participant}!"})
    decliner.post("consent", choice="decline")
    assert link_in(decliner.get("declined").text) == f"https://panel.example.org/no?id={quote(participant + '!', safe='')}"


def test_a_receipt_is_no_key(build: Build) -> None:
    """It neither reads nor deletes, on no page and in no form; it is the same each time, and another for everybody."""
    house = build(by("open", **PANEL))
    receipts = []
    for _ in range(3):
        person = house.person()
        code = person.agree()
        person.go_through()
        person.post("submit")
        receipts.append(link_in(person.get("thanks").text).rpartition("=")[2])
        assert link_in(person.get("thanks").text).endswith(receipts[-1])
        assert code not in receipts[-1]
        assert code.replace("-", "")[:6] not in receipts[-1].replace("-", "")
    assert len(set(receipts)) == 3
    stranger = house.person()
    for receipt in receipts:
        for tried in (receipt, receipt.replace("-", ""), receipt[:14], receipt[5:]):
            assert stranger.post("code", code=tried).status_code in (403, 429)
            assert house.store.find("demo", tried) is None
            assert house.store.withdraw("demo", tried) is False
    assert [response.status for response in house.responses()] == ["submitted"] * 3
    made = export(collect(house.store, "demo"))
    assert [row["receipt"] for row in csv.DictReader(made.files["responses.csv"].decode().splitlines())] == receipts
    assert [one["receipt"] for one in json.loads(made.files["study.json"])["responses"]] == receipts


def link_in(text: str) -> str:
    found = re.search(r'href="(https://panel[^"]*)"', text)
    assert found
    return found[1].replace("&amp;", "&")


# ---- coming back, leaving, withdrawing


def test_a_code_leads_back_on_another_device_however_it_is_typed(build: Build) -> None:
    house = build()
    person = house.person()
    code = person.agree()
    person.go_through(until="grid")
    for typed in (code, code.lower(), code.replace("-", ""), f" {code.replace('-', ' ')} "):
        assert house.person().post("code", code=typed).location == "/demo/grid"
    assert house.person().post("code", code="").status_code == 400
    assert house.person().post("code", code="x" * 61).status_code == 400


def test_whoever_leaves_is_forgotten_here_and_nowhere_else(build: Build) -> None:
    house = build()
    person = house.person()
    code = person.agree()
    assert "begun on this device" in person.get().text
    assert person.post("leave").location == "/demo/"
    assert person.get("before").status_code == 403
    assert "begun on this device" not in person.get().text
    assert person.post("code", code=code).location == "/demo/before"


def test_the_thanks_are_shown_for_half_an_hour_and_not_to_the_next_person(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    house = build()
    person = house.person()
    code = person.agree()
    person.go_through()
    person.post("submit")
    assert {person.get(stage).status_code for stage in ("thanks", "copy", "copy.json")} == {200}
    assert {person.get(stage).location for stage in ("review", "grid", "before", "consent")} == {"/demo/sent"}

    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) + timedelta(seconds=1801)

    with monkeypatch.context() as later:
        later.setattr("qmethod_studies.store.browsers.datetime", Later)
        assert {person.get(stage).status_code for stage in ("thanks", "copy", "copy.json")} == {403}
    assert person.get("thanks").status_code == 200
    assert code not in person.get().text
    assert {person.get(stage).status_code for stage in ("thanks", "copy", "copy.json")} == {403}


def test_the_link_of_somebody_who_withdrew_says_so_kindly_and_begins_nothing(build: Build) -> None:
    house = build(by("link"))
    (invitation,) = house.store.invite("demo", "link", participants=["ann"])
    person = house.person()
    assert person.get(f"i/{invitation.secret}").status_code == 302
    code = person.agree()
    assert person.post("withdraw", code=code).status_code == 200
    for somebody in (person, house.person()):
        reply = somebody.get(f"i/{invitation.secret}")
        assert reply.status_code == 410
        assert "What was given by this invitation is deleted" in reply.text
        assert "ask whoever invited you for a new one" in reply.text
        assert somebody.get("consent").status_code == 403
    assert house.responses() == []


@pytest.mark.parametrize("sent", [False, True])
def test_withdrawing_deletes_everything(build: Build, sent: bool) -> None:
    house = build()
    person = house.person()
    code = person.agree()
    person.go_through()
    if sent:
        person.post("submit")
    assert person.get("withdraw").status_code == 200
    assert person.post("withdraw", code="ABCD-EFGH-JKLM").status_code == 403
    assert len(house.responses()) == 1
    reply = person.post("withdraw", code=code)
    assert reply.status_code == 200
    assert "Everything is deleted" in reply.text
    assert house.responses() == []
    assert house.store.withdrawals("demo") == 1
    assert person.post("withdraw", code=code).status_code == 403
    assert person.post("code", code=code).status_code == 403
    assert {person.get(stage).status_code for stage in ("thanks", "copy", "review")} == {403}


def test_a_page_open_elsewhere_learns_that_the_sort_is_gone(build: Build) -> None:
    house = build()
    person, other = house.person(), house.person()
    code = person.agree()
    other.post("withdraw", code=code)
    assert person.acts({"act": "answer", "question": "age", "value": "3"}).status_code == 403
    assert person.post("before", **{"q-age": "3"}).status_code == 403


def test_a_page_open_elsewhere_learns_that_the_sort_was_sent(build: Build) -> None:
    house = build()
    person, other = house.person(), house.person()
    code = person.agree()
    person.go_through()
    other.post("code", code=code)
    assert other.get("review").status_code == 200
    person.post("submit")
    (sent,) = house.responses()
    assert other.acts({"act": "place", "statement": "s1", "column": 0}, {"act": "comment", "statement": "s1", "text": "late"}).status_code == 403
    (now,) = house.responses()
    assert (now.board, now.comments, now.revision) == (sent.board, sent.comments, sent.revision)
    assert other.get("review").location == "/demo/sent"


# ---- what every answer carries


def pages(house: House) -> Iterator[tuple[str, TestResponse]]:
    """Each kind of answer the server gives."""
    person = house.person()
    for stage in ("", "consent", "declined", "code", "withdraw", "nowhere", "before", "thanks"):
        yield stage, person.get(stage)
    yield "bare", person.client.get("/no-such-study/", base_url=person.base)
    yield "index", person.client.get("/", base_url=person.base)
    yield "health", person.client.get("/healthz", base_url=person.base)
    yield "forged", person.client.post("/demo/consent", data={"choice": "agree"}, base_url=person.base)
    yield "method", person.client.put("/demo/consent", base_url=person.base)
    yield "wrong code", person.post("code", code="ABCD-EFGH-JKLM")
    person.agree()
    person.go_through()
    for stage in (*STAGES, "grid/list"):
        yield stage, person.get(stage)
    yield "acts", person.acts({"act": "visit", "stage": "review"})
    yield "refused act", person.acts({"act": "nonsense"})
    yield "submit", person.post("submit")
    for stage in ("thanks", "copy", "copy.json"):
        yield stage, person.get(stage)


def test_every_answer_carries_the_headers_that_keep_it_to_itself(build: Build) -> None:
    for name, reply in pages(build()):
        policy = {part.split()[0]: part.split()[1:] for part in reply.headers["Content-Security-Policy"].split("; ")}
        assert policy["default-src"] == ["'none'"], name
        assert {word for words in policy.values() for word in words} <= {"'none'", "'self'"}, name
        assert policy["frame-ancestors"] == policy["base-uri"] == ["'none'"], name
        assert reply.headers["X-Content-Type-Options"] == "nosniff", name
        assert reply.headers["Referrer-Policy"] in ("same-origin", "no-referrer"), name
        assert reply.headers["Cache-Control"] == "no-store", name
        assert "Strict-Transport-Security" not in reply.headers, name
        assert "Server" not in reply.headers, name


def test_no_page_needs_what_the_headers_forbid(build: Build) -> None:
    for name, reply in pages(build()):
        assert not re.search(r"<[^>]+\s(on\w+|style)=|<style|javascript:|<script(?![^>]* (src|type=\"application/json\"))", reply.text), name
        assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', reply.text), name


def test_files_of_the_pages_are_kept_by_the_browser(build: Build) -> None:
    person = build().person()
    address = re.search(r'href="(/static/\w+/survey\.css)"', person.get().text)
    assert address
    for file, kept in ((address[1], "public, max-age=31536000, immutable"), ("/static/survey.css", "no-cache")):
        with person.client.get(file) as reply:
            assert reply.headers["Cache-Control"] == kept
    assert person.client.get("/static/../app.py").status_code == 404


@pytest.mark.parametrize("public", [False, True])
def test_the_cookie_is_closed_to_scripts_and_other_sites(build: Build, public: bool) -> None:
    house = build(secret_key=SECRET, production=public)
    person = house.person(base="https://localhost" if public else "http://localhost")
    reply = person.get("consent")
    cookie = reply.headers["Set-Cookie"]
    assert cookie.startswith("__Host-qmethod-" if public else "qmethod-")
    assert "Path=/;" in f"{cookie};"
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Domain" not in cookie
    assert ("Secure" in cookie) is public
    assert ("Strict-Transport-Security" in reply.headers) is public
    assert "Expires" not in cookie  # gone with the window, until there is a sort to come back to
    assert "Expires" in person.post("consent", choice="agree").headers["Set-Cookie"]


OWN, OTHER = "https://survey.example.org", "https://evil.example"
ACCEPTED: tuple[dict[str, str], ...] = (
    {},  # a proxy that strips all: the token alone
    {"Referer": f"{OWN}/demo/consent"},
    {"Origin": OWN},
    {"Origin": OWN, "Referer": f"{OWN}/"},
    {"Origin": "null", "Referer": f"{OWN}/"},
    {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
)
REFUSED: tuple[dict[str, str], ...] = (
    {"Referer": f"{OTHER}/"},
    {"Origin": OTHER},
    {"Origin": OTHER, "Referer": f"{OWN}/"},
    {"Origin": OWN, "Referer": f"{OTHER}/"},
    {"Origin": "http://survey.example.org"},
    {"Origin": f"{OWN}:8443"},
    {"Origin": f"{OWN}.evil.example"},
    {"Origin": "null"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site", "Referer": f"{OWN}/"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "anything"},
    {"Referer": "https://[::1"},
    {"Origin": f"{OWN}:99999"},
)


@pytest.mark.parametrize("headers", [*ACCEPTED, *REFUSED], ids=str)
def test_over_https_a_form_needs_its_token_and_must_not_come_from_another_site(build: Build, headers: dict[str, str]) -> None:
    """A browser that withholds Referer is no reason to refuse; what says that another site sent the form is. Without its token nothing is taken."""
    house = build(secret_key=SECRET, production=True)
    person = house.person(base=OWN)
    good = {"csrf_token": person.token(), "key": new_key(), "choice": "agree"}
    for fields in ({**good, "csrf_token": ""}, {**good, "csrf_token": good["csrf_token"][:-1] + "."}, {"key": good["key"], "choice": "agree"}):
        reply = shown(person.client, person.client.post("/demo/consent", data=fields, base_url=OWN, headers=headers), base_url=OWN)
        assert (reply.status_code, "grown old" in reply.text) == (400, True)
    assert house.responses() == []
    reply = shown(person.client, person.client.post("/demo/consent", data=good, base_url=OWN, headers=headers), base_url=OWN)
    assert reply.status_code == (302 if headers in ACCEPTED else 400), reply.text
    assert len(house.responses()) == (headers in ACCEPTED)
    if headers in REFUSED:  # nothing is said of cookies and old pages, which are not to blame
        assert "grown old" not in reply.text
        assert "This could not be done" in reply.text
    elif headers:
        body = {"acts": [{"key": new_key(), "act": "visit", "stage": "before"}]}
        reply = person.client.post("/demo/acts", json=body, base_url=OWN, headers={"X-CSRFToken": good["csrf_token"], **headers})
        assert reply.status_code == 200, reply.text


def test_the_cookie_says_nothing_of_the_answers(build: Build) -> None:
    house = build()
    person = house.person()
    code = person.agree()
    person.go_through()
    with person.client.session_transaction() as session:
        assert set(session["studies"]["demo"]) == {"token"}
        assert code not in str(dict(session))
    person.post("submit")
    with person.client.session_transaction() as session:
        assert set(session["studies"]["demo"]) == {"token"}
    person.get()
    with person.client.session_transaction() as session:
        assert session["studies"] == {}


# ---- what goes wrong


POSTS = (
    "consent",
    "enter",
    "code",
    "language",
    "before",
    "presort",
    "refine",
    "grid",
    "grid/list",
    "why",
    "after",
    "submit",
    "withdraw",
    "leave",
    "acts",
)


@pytest.mark.parametrize("token", [{}, {"csrf_token": "forged"}], ids=["none", "forged"])
@pytest.mark.parametrize("stage", POSTS)
def test_nothing_is_done_without_the_token_of_the_page(build: Build, stage: str, token: dict[str, str]) -> None:
    house = build()
    person = house.person()
    code = person.agree()
    person.go_through()
    before, events = house.responses(), len(house.store.events(house.responses()[0].id))
    fields = {"key": new_key(), "choice": "agree", "code": code, "language": "es", "go_on": "1", "do": "board", "q-age": "50", **COLUMNS, "s-s1": "0"}
    reply = shown(person.client, person.client.post(f"/demo/{stage}", data={**fields, **token}))
    assert reply.status_code == 400
    assert house.responses() == before
    assert len(house.store.events(before[0].id)) == events
    assert person.get("review").status_code == 200


def test_a_token_of_another_browser_is_none(build: Build) -> None:
    house = build()
    stolen = house.person().token()
    assert house.person().post("consent", choice="agree", csrf_token=stolen).status_code == 400
    assert house.responses() == []


@pytest.mark.parametrize("stage", ["why", "acts"])
def test_what_is_too_large_is_refused_whole(build: Build, stage: str) -> None:
    house = build()
    person = house.person()
    person.agree()
    person.go_through()
    before = house.responses()[0]
    large = "x" * (MOST_BYTES + 1)
    reply = person.acts({"act": "comment", "statement": "s1", "text": large}) if stage == "acts" else person.post(stage, **{"c-s1": large})
    assert reply.status_code == 413
    assert house.responses()[0].comments == before.comments
    long = person.acts({"act": "comment", "statement": "s1", "text": "x" * 10_001})
    assert (long.status_code, long.json["results"][0]["code"]) == (409, "too-long")


def test_an_unknown_study_or_page_is_404_in_words(build: Build) -> None:
    house = build(make_study(), make_study(study="other"))
    person = house.person()
    assert person.client.get("/nobody/").status_code == 404
    assert person.client.get("/nobody/consent").status_code == 404
    assert person.get("nobody").status_code == 404
    assert "Traceback" not in person.client.get("/nobody/").text
    index = person.client.get("/")
    assert index.status_code == 200
    assert {'href="/demo/"', 'href="/other/"'} <= set(re.findall(r'href="/\w+/"', index.text))
    reply = person.client.post("/nobody/acts", json={}, headers={"X-CSRFToken": person.token()})
    assert (reply.status_code, reply.json) == (404, {"error": "no-study"})


def test_a_sort_of_one_study_opens_no_page_of_another(build: Build) -> None:
    house = build(make_study(), make_study(study="other"))
    person = house.person()
    code = person.agree()
    person.study = "other"
    assert person.get("before").status_code == 403
    assert person.post("code", code=code).status_code == 403
    assert person.post("withdraw", code=code).status_code == 403
    assert len(house.responses("demo")) == 1


def test_a_database_that_does_not_answer_is_said_to_be_our_fault(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    house = build()
    person = house.person()
    person.agree()
    token = person.token()

    def fail(*_given: Any, **_named: Any) -> None:
        raise Unavailable("the secret name of a server")

    for name in ("find", "save", "ping"):
        monkeypatch.setattr(Store, name, fail)
    replies = [
        person.get("before"),
        person.client.post("/demo/acts", json={"acts": []}, headers={"X-CSRFToken": token}),
        person.client.get("/healthz"),
    ]
    for reply in replies:
        assert reply.status_code == 503
        assert "secret name" not in reply.text
    assert replies[1].json == {"error": "our-fault"}


def test_a_fault_of_ours_shows_nothing_of_the_inside(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    house = build()

    def fail(*_given: Any, **_named: Any) -> None:
        raise RuntimeError("inside")

    monkeypatch.setattr(Store, "known", fail)
    person = house.person()
    with person.client.session_transaction() as session:
        session["studies"] = {"demo": {"token": "any"}}
        session["generation"] = house.store.generation
    reply = person.get("before")
    assert reply.status_code == 500
    assert "inside" not in reply.text
    assert "Something went wrong on our side" in reply.text
    assert reply.headers["Content-Security-Policy"]


def test_a_server_answers_to_its_own_names_only(build: Build) -> None:
    house = build(trusted_hosts="survey.example.org")
    assert house.person(base="http://survey.example.org").get().status_code == 200
    assert house.person(base="http://evil.example").get().status_code == 400


# ---- settings


def test_the_table_and_the_settings_are_the_same(build: Build) -> None:
    assert {setting.name: setting.default for setting in SETTINGS} == {name: getattr(Settings(), name) for name in Settings.__dataclass_fields__}
    assert len({setting.name for setting in SETTINGS}) == len(SETTINGS)
    for setting in SETTINGS:
        assert setting.help.endswith(".")
        assert setting.help[0].isupper()


@pytest.mark.parametrize(
    ("unsafe", "about"),
    [
        ({"production": True}, ["secret_key"]),
        ({"host": "0.0.0.0"}, ["secret_key"]),
        ({"host": "192.0.2.7"}, ["secret_key"]),
        ({"host": "survey.example.org"}, ["secret_key"]),
        ({"proxies": 1}, ["secret_key"]),
        ({"secret_key": "short"}, ["secret_key"]),
        ({"production": True, "secret_key": "x" * 31}, ["secret_key"]),
        ({"production": True, "secret_key": SECRET, "debug": True}, ["debug"]),
        ({"port": 65536}, ["port"]),
        ({"port": -1}, ["port"]),
        ({"threads": 0}, ["threads"]),
        ({"threads": 33}, ["threads"]),
        ({"connections": -1}, ["connections"]),
        ({"proxies": 11, "secret_key": SECRET}, ["proxies"]),
        ({"cookie_days": 0}, ["cookie_days"]),
        ({"wrong_codes": 0}, ["wrong_codes"]),
        ({"begun_a_minute": -5}, ["begun_a_minute"]),
        ({"reserve_mb": -1}, ["reserve_mb"]),
        ({"production": True, "debug": True, "port": 70000}, ["secret_key", "debug", "port"]),
    ],
)
def test_unsafe_settings_are_refused_all_at_once(unsafe: dict[str, Any], about: list[str]) -> None:
    with pytest.raises(DataError) as refused:
        Settings(**unsafe).checked()
    assert [fault.message.partition(":")[0] for fault in refused.value.faults] == [variable(name) for name in about]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost"])
def test_this_machine_alone_needs_no_secret(host: str) -> None:
    assert not Settings(host=host).checked().public


def test_the_environment_is_read_and_the_command_line_comes_first() -> None:
    given = {"QMETHOD_PORT": "9000", "QMETHOD_PRODUCTION": "yes", "QMETHOD_SECRET_KEY": SECRET, "QMETHOD_HTTPS": "no", "PATH": "x"}
    found = from_environment(given, port=9001, host=None)
    assert (found.port, found.production, found.secret_key, found.https, found.host) == (9001, True, SECRET, False, "127.0.0.1")
    assert found.public
    assert not found.secure_cookies


def test_what_the_command_line_gave_is_not_blamed_on_a_variable() -> None:
    with pytest.raises(DataError, match=r"^--port: 99999 is not between 0 and 65535$"):
        from_environment({"QMETHOD_PORT": "8000"}, port=99999)
    with pytest.raises(DataError, match=r"^QMETHOD_PORT: 99999 is not between"):
        from_environment({"QMETHOD_PORT": "99999"}, host="127.0.0.1")
    with pytest.raises(DataError, match="QMETHOD_SECRET_KEY: a server that others can reach"):
        from_environment({}, host="0.0.0.0")


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"QMETHOD_PROT": "9000"}, r"QMETHOD_PROT\n-> Did you mean QMETHOD_PORT\?"),
        ({"QMETHOD_PORT": "nine"}, "'nine'"),
        ({"QMETHOD_DEBUG": "maybe"}, "'maybe'"),
        ({"QMETHOD_PRODUCTION": "1"}, "QMETHOD_SECRET_KEY"),
    ],
)
def test_a_variable_that_means_nothing_is_refused(environment: dict[str, str], said: str) -> None:
    with pytest.raises(DataError, match=said):
        from_environment(environment)


def test_an_application_with_unsafe_settings_is_not_made(build: Build) -> None:
    with pytest.raises(DataError, match="QMETHOD_SECRET_KEY"):
        build(host="0.0.0.0")


def test_what_was_wrong_with_a_form_has_an_address_that_shows_it_once(build: Build) -> None:
    """So that no way back in a browser sends a form again; and only the browser whose form it was sees the page."""
    house = build(make_study())
    person, other = house.person(), house.person()
    person.agree()
    other.agree()
    form = {"csrf_token": person.token(), "key": new_key(), "q-age": "200"}
    headers = {"Referer": f"{person.base}/"}
    answer = person.client.post("/demo/before", data=form, base_url=person.base, headers=headers)
    assert answer.status_code == 303
    assert answer.location.startswith("/demo/before?refused=")
    elsewhere = other.client.get(answer.location, base_url=other.base)
    assert (elsewhere.status_code, elsewhere.location) == (302, "/demo/before")
    assert "What could be kept is saved" in other.client.get(elsewhere.location, base_url=other.base).text
    shown = person.client.get(answer.location, base_url=person.base)
    assert shown.status_code == 400
    assert 'value="200"' in shown.text
    assert "Some answers need another look." in shown.text
    again = person.client.get(answer.location, base_url=person.base)
    assert (again.status_code, again.location) == (302, "/demo/before")
    assert 'value="200"' not in person.get("before").text


def test_a_wrong_code_is_told_at_the_page_that_asks_for_it(build: Build) -> None:
    stranger = build(by("code")).person()
    form = {"csrf_token": stranger.token(), "code": "closesesame"}
    answer = stranger.client.post("/demo/enter", data=form, base_url=stranger.base, headers={"Referer": f"{stranger.base}/"})
    assert answer.location.startswith("/demo/?refused=")
    assert "This code does not open the study" in stranger.client.get(answer.location, base_url=stranger.base).text


@pytest.mark.parametrize(
    ("offered", "pile", "link"), [(True, "agree", True), (False, "agree", False), ("neutral", "agree", False), ("neutral", "neutral", True)]
)
def test_the_machine_spreads_cards_only_where_the_study_lets_it_and_after_it_has_said_how_many(
    build: Build, offered: object, pile: str, link: bool
) -> None:
    house = build(make_study(no_difference=offered, questions={"before": [], "after": []}))
    person = house.person()
    person.agree()
    person.acts(*({"act": "pile", "statement": f"s{i}", "pile": pile} for i in range(1, 10)), {"act": "finish", "stage": "presort"})
    asks = person.get("refine").text
    assert ("These 9 make no difference to me" in asks, 'value="same"' in asks) == (link, False)
    confirms = person.get("refine?same=1").text
    assert ("Let the machine place what is left here? Cards: 9" in confirms, "in the columns −2, −1, 0, +1, +2." in confirms) == (link, link)
    statements = [f"s{i}" for i in range(1, 10)]
    assert person.post("refine", do="same", statements=statements[1:]).status_code == 400  # not those that were asked about
    reply = person.post("refine", do="same", statements=statements)
    assert reply.status_code == (302 if link else 400)
    [response] = house.responses()
    assert [place.by for place in response.board.places.values()] == ["auto"] * 9 * link


def test_what_the_machine_placed_is_marked_and_not_asked_about(build: Build) -> None:
    house = build(make_study(questions={"before": [], "after": []}, why={"columns": 1, "minimum_words": 2, "any_card": False}))
    person = house.person()
    person.agree()
    person.acts(
        *({"act": "pile", "statement": f"s{i}", "pile": "neutral"} for i in range(1, 10)),
        {"act": "finish", "stage": "presort"},
        {"act": "pick", "column": 2, "statements": ["s4"]},
        {"act": "same", "statements": [f"s{i}" for i in range(1, 10) if i != 4]},
        *({"act": "finish", "stage": stage} for stage in ("refine", "grid")),
    )
    assert re.findall(r'data-comment="(\w+)"', person.get("why").text) == ["s4"]
    assert len(json.loads(re.search(r'id="page-data"[^>]*>(.*?)</script>', person.get("grid").text)[1])["state"]["machine"]) == 8  # type: ignore[index]
    assert person.post("why", go_on="1", **{"c-s4": "two words"}).location == "/demo/review"
    review = person.get("review").text
    assert review.count("(placed by the machine)") == 8
    assert "All your cards lie in one column" not in review
    person.post("submit")
    assert person.get("copy").text.count("(placed by the machine)") == 8


def test_all_cards_in_one_column_of_a_free_distribution_are_told(build: Build) -> None:
    house = build(make_study(distribution="free", questions={"before": [], "after": []}, stages={"presort": False, "refine": False, "why": False}))
    person = house.person()
    person.agree()
    person.acts({"act": "arrange", "columns": {f"s{i}": 1 for i in range(1, 10)}}, {"act": "finish", "stage": "grid"})
    assert "All your cards lie in one column" in person.get("review").text
