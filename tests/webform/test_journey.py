"""The respondent's journey as the server sees it: which page opens to whom, and what each records."""

from __future__ import annotations

import json
import re

import pytest

from tests.days import day
from tests.studies.store.acting import SLOTS, make_study
from tests.webform.house import COLUMNS, STAGES, Build, new_key

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
