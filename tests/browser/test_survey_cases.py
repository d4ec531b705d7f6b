"""The acceptance cases of the survey from the third on, but for the last: each is a failure that was seen in a survey of this kind."""

from __future__ import annotations

import csv
import io
import random
import re
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Route, expect

from qmethod_studies.definition import PILES
from qmethod_studies.export import collect, export
from tests.browser.robots import Finger, Keys, Robot, Scriptless
from tests.browser.survey import AWKWARD, DESKTOP, PHONE, Site, Visits, mind, new_key, press_twice, saving

pytestmark = pytest.mark.browser

HANDS: dict[str, tuple[type[Robot], dict[str, Any]]] = {
    "mouse": (Robot, DESKTOP),
    "taps": (Finger, PHONE),
    "keys": (Keys, DESKTOP),
    "scripts off": (Scriptless, {**DESKTOP, "java_script_enabled": False}),
}
WHOLE = [*(("garden", hands) for hands in HANDS if hands != "keys"), ("lopsided", "keys")]
LATER = ("before", "presort", "refine", "grid", "grid/list", "why", "after", "review", "submit", "thanks", "copy", "copy.json", "acts")
PARTICIPANTS = ("Zoë +1/=x%20&y?#", "سارة ٣", '=HYPERLINK("x")', "<b>'\"\\;|é", "007", "🌱 e\u0301")

COMMENTS = (AWKWARD, "\n\n  first lines empty, \"quotes\", 'more', a,b;c\td  \n", "</textarea><script>alert(1)</script> <b>x</b> &amp; &")


# ---- 3 and 9


@pytest.mark.parametrize(("study", "hands"), WHOLE)
def test_cases_3_and_9_whoever_takes_part_however_the_sort_is_what_they_meant(site: Site, visit: Visits, study: str, hands: str) -> None:
    """Also on a grid that is not symmetric (lopsided), where a phone and a desk must store the same."""
    kind, profile = HANDS[hands]
    meant = mind(site.studies[study])
    visitor = visit(profile)
    kind(visitor, meant).whole()
    response = site.newest(study)
    assert response.status == "submitted"
    meant.stored(response)
    capacity = site.studies[study].capacity
    assert {column: sum(place.column == column for place in response.board.places.values()) for column in capacity} == capacity
    assert {place.by for place in response.board.places.values()} == {"participant"}


def test_case_9_by_dragging(site: Site, visit: Visits) -> None:
    visitor = visit()
    number = visitor.as_one("garden", "grid")
    page = visitor.page
    for column in ("2", "-2"):
        with saving(page):
            page.locator(".deck .card").first.drag_to(page.locator(f"[data-column='{column}'] .slot").first)
    top, bottom = (page.locator(f"[data-column='{column}'] .card") for column in ("2", "-2"))
    names = [card.get_attribute("data-card") for card in (top, bottom)]
    with saving(page):
        top.drag_to(bottom)
    places = site.store.response(number).board.places
    assert [places[name].column for name in names] == [-2, 2]


# ---- 4


def test_case_4_double_clicks_count_once(site: Site, visit: Visits) -> None:
    visitor = visit()
    before = len(site.responses("garden"))
    page = visitor.goto("garden", "consent")
    page.locator("button[value=agree]").dblclick()
    expect(page).to_have_url(re.compile("/before$"))  # the second click may cut the first one's navigation short
    page.wait_for_load_state()
    assert len(site.responses("garden")) == before + 1
    meant = mind(site.studies["garden"])
    number = visitor.as_one("garden", "review", meant=meant)
    page.locator("form[action$=submit] button").dblclick()
    expect(page).to_have_url(re.compile("/thanks$"))
    page.wait_for_load_state()
    meant.stored(site.store.response(number))
    assert [event.act for event in site.store.events(number.number)].count("submit") == 1


def test_case_4_a_choice_pressed_twice_is_one_choice(site: Site, visit: Visits) -> None:
    visitor = visit()
    number = visitor.as_one("garden", "refine")
    page = visitor.page
    for button in ("pick", "same", "back"):
        if button == "pick":
            page.locator("#picking input[type=checkbox]").first.check()
        if button == "same":
            page.get_by_role("link", name="make no difference").click()
            page.wait_for_url("**same=1*")
        press_twice(page, page.locator(f"button[value={button}]"))
    acts = [event.act for event in site.store.events(number.number)]
    assert [acts.count(name) for name in ("pick", "same", "undo")] == [1, 1, 1]
    assert site.store.response(number).refused == 0


def test_case_4_a_lost_answer_and_a_retry_count_once(site: Site, visit: Visits) -> None:
    visitor = visit()
    number = visitor.as_one("garden", "grid")
    page = visitor.page
    lost = []

    def lose(route: Route) -> None:
        lost.append(route.fetch().status)  # the server did it, and the browser does not learn of it
        route.abort()

    page.route("**/acts", lose, times=1)
    with page.expect_response("**/acts"):
        page.locator(".to[data-to='1']").click()
    page.locator("#saving[data-state=saved]").wait_for()
    assert lost == [200]
    placed = [event for event in site.store.events(number.number) if event.act == "place"]
    assert len(placed) == 1
    assert [place.column for place in site.store.response(number).board.places.values()] == [1]


def test_case_4_the_same_request_twice_counts_once(site: Site, visit: Visits) -> None:
    visitor = visit()
    before = len(site.responses("garden"))
    key = new_key()
    assert [visitor.post("garden", "consent", {"choice": "agree", "key": key}).status for _ in range(2)] == [302, 302]
    assert len(site.responses("garden")) == before + 1
    number = site.newest("garden").handle
    act = {"act": "place", "statement": "s1", "column": 1, "key": new_key()}
    outcomes = [visitor.act("garden", act).json()["results"][0]["outcome"] for _ in range(3)]
    assert outcomes == ["saved", "repeated", "repeated"]
    assert [event.key for event in site.store.events(number.number)].count(act["key"]) == 1


# ---- 5


@pytest.mark.parametrize("study", ["garden", "garden-code"])
def test_case_5_no_stage_is_reached_by_its_address(site: Site, visit: Visits, study: str) -> None:
    visitor = visit()
    before = len(site.responses(study))
    statement = site.studies[study].statements[0].text.in_("en")
    for stage in LATER:
        replies = []
        if stage not in ("thanks", "copy", "copy.json", "review"):
            reply = visitor.post(study, stage, {"go_on": "1", "code": "x"})
            assert reply.status == (403 if stage == "acts" else 303)  # what is refused has an address of its own
            replies = [reply] if stage == "acts" else [visitor.context.request.get(f"{site.base}{reply.headers['location']}", max_redirects=0)]
        if stage not in ("submit", "acts"):
            replies.append(visitor.context.request.get(site.url(study, stage), max_redirects=0))
        for reply in replies:
            assert reply.status == 403, (stage, reply.status)
            assert statement not in reply.text()
    if study == "garden-code":
        assert visitor.context.request.get(site.url(study, "consent")).status == 403
        assert "refused=" in visitor.post(study, "consent", {"choice": "agree"}).headers["location"]
    assert len(site.responses(study)) == before


def test_case_5_no_stage_is_skipped(site: Site, visit: Visits) -> None:
    visitor = visit()
    number = visitor.as_one("garden", "before")
    for stage in ("presort", "refine", "grid", "grid/list", "why", "after", "review"):
        for reply in (
            visitor.context.request.get(site.url("garden", stage), max_redirects=0),
            *([visitor.post("garden", stage, {"go_on": "1", "do": "board"})] if stage != "review" else []),
        ):
            assert reply.status == 302, (stage, reply.status)
            assert reply.headers["location"].endswith("/garden/before")
    assert visitor.post("garden", "submit", {}).status in (302, 303)
    assert site.store.response(number).status == "started"
    assert site.store.response(number).done == frozenset()


# ---- 6


@pytest.mark.parametrize("participant", PARTICIPANTS)
def test_case_6_a_participant_id_arrives_as_it_was_sent(site: Site, visit: Visits, participant: str) -> None:
    visitor = visit()
    page = visitor.goto("garden-panel", f"?pid={quote(participant, safe='')}")
    robot = Robot(visitor, mind(site.studies["garden-panel"]))
    robot.leave(page.locator("a.button.main"))
    robot.leave(page.locator("button[value=agree]"))
    response = site.newest("garden-panel")
    assert response.participant.encode() == participant.encode()
    site.store.save(response.handle, site.acts(robot.study, "review", robot.meant))
    visitor.goto("garden-panel", "review")
    robot.leave(page.locator("form[action$=submit] button"))
    back = page.locator("main a.button.main").get_attribute("href")
    receipt = site.store.receipt("garden-panel", response.code_hash)  # which is not the code
    assert back == f"https://panel.example.org/done?id={quote(participant, safe='')}&code={receipt}"
    files = export(collect(site.store, "garden-panel")).files
    rows = list(csv.reader(io.StringIO(files["responses.csv"].decode())))
    column = rows[0].index("participant")
    guarded = participant.startswith(("=", "+", "-", "@"))  # one apostrophe keeps a spreadsheet from computing it
    assert (f"'{participant}" if guarded else participant) in [row[column] for row in rows]


# ---- 7


@pytest.mark.parametrize("text", COMMENTS)
@pytest.mark.parametrize("scripts", [True, False], ids=["by itself", "by the form"])
def test_case_7_a_comment_comes_back_as_it_was_written(site: Site, visit: Visits, scripts: bool, text: str) -> None:
    visitor = visit(java_script_enabled=scripts)
    number = visitor.as_one("garden", "why")
    page = visitor.page
    box = page.locator("[data-comment] textarea").first
    if scripts:
        with saving(page):
            box.fill(text)
    else:
        box.fill(text)
        with page.expect_navigation():
            page.locator("main button.main").click()
    assert text in site.store.response(number).comments.values()
    visitor.goto("garden", "why")
    assert page.locator("[data-comment] textarea").first.input_value() == text
    for statement in ("s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10"):
        visitor.act("garden", {"act": "comment", "statement": statement, "text": text})
    visitor.act("garden", {"act": "finish", "stage": "why"}, *site.acts(site.studies["garden"], "review", mind(site.studies["garden"]))[-6:])
    visitor.goto("garden", "review")
    assert page.locator(".said").first.evaluate("said => said.textContent") == text


# ---- 8


@pytest.mark.parametrize("seed", range(2))
def test_case_8_changing_piles_never_ends_in_a_dead_end(site: Site, visit: Visits, seed: int) -> None:
    rng = random.Random(seed)
    visitor = visit(java_script_enabled=seed % 2 == 0)
    number = visitor.as_one("garden", "refine", meant=mind(site.studies["garden"], seed))
    page, robot = visitor.page, Robot(visitor, mind(site.studies["garden"], seed + 10))
    for _ in range(12):
        what = rng.choice(["pile", "pile", "pick", "pick", "same", "back"])
        if what == "pile":
            visitor.goto("garden", f"presort?card=s{rng.randint(1, 10)}")
            button = page.locator(f"button.pile[value={rng.choice(PILES)}]")
            if seed % 2 == 0:
                with saving(page):
                    button.click()
            else:
                robot.leave(button)
        visitor.goto("garden", "refine")
        boxes = page.locator("#picking input[type=checkbox]")
        if not boxes.count():  # what has no place yet follows from what was said
            assert page.locator("button[value=board]").is_visible()
        elif what == "pick":
            need = int(page.locator("#picking").get_attribute("data-need") or 0)
            assert 1 <= need <= boxes.count()
            names = boxes.evaluate_all("boxes => boxes.map(box => box.value)")
            wanted = rng.sample(names, need)
            for name in names:
                page.locator(f"#picking input[value={name}]").set_checked(name in wanted)
            robot.leave(page.locator("button[value=pick]"))
            assert page.locator(".alert").count() == 0
        if what == "same" and (asking := page.get_by_role("link", name="make no difference")).count():
            robot.leave(asking)
        button = page.locator(f"button[value={what}]")
        if what in ("same", "back") and button.count():
            robot.leave(button)
    visitor.goto("garden", "refine")
    asked = page.locator("#picking input[type=checkbox]").count()
    robot.leave(page.locator("button[value=board]"))
    assert asked or not site.store.response(number).board.unplaced(robot.study)
    visitor.goto("garden", "grid/list")
    robot.from_here(until="why")
    assert {name: place.column for name, place in site.store.response(number).board.places.items()} == dict(robot.meant.columns)


# ---- 10


def test_case_10_a_forged_sort_is_refused(site: Site, visit: Visits) -> None:
    visitor = visit()
    meant = mind(site.studies["garden"])
    number = visitor.as_one("garden", "grid", meant=meant)
    good = dict(meant.columns)
    one, other = next((a, b) for a in good for b in good if good[a] != good[b])
    forged: list[dict[str, Any]] = [
        {"act": "arrange", "columns": {**good, one: good[other]}},
        {"act": "arrange", "columns": dict.fromkeys(good, 2)},
        {"act": "arrange", "columns": {**good, "t1": 0}},
        {"act": "arrange", "columns": {**good, one: 7}},
        {"act": "arrange", "columns": {**good, one: "2"}},
        {"act": "arrange", "columns": [[one, 2], [one, 2]]},
        {"act": "place", "statement": "t1", "column": 0},
        {"act": "place", "statement": "s1", "column": 3},
        {"act": "pick", "column": 2, "statements": ["s1", "s1"]},
        {"act": "finish", "stage": "grid"},
        {"act": "finish", "stage": "review"},
        {"act": "submit"},
    ]
    for act in forged:
        reply = visitor.act("garden", act)
        assert reply.status == 409, act
        assert reply.json()["results"][0]["outcome"] == "refused"
    fields = {f"s-{name}": f"{column:g}" for name, column in good.items()}
    for wrong in ({f"s-{one}": fields[f"s-{other}"]}, {f"s-{one}": "nan"}, {f"s-{one}": "1e999"}, {f"s-{one}": "99"}, {f"s-{one}": "2.0000000001"}):
        assert visitor.post("garden", "grid/list", {**fields, **wrong, "go_on": "1"}).status == 303, wrong
    response = site.store.response(number)
    assert dict(response.board.places) == {}
    assert "grid" not in response.done
    assert visitor.post("garden", "submit", {}).status in (302, 303)
    assert site.store.response(number).status == "started"
    assert visitor.post("garden", "grid/list", {**fields, "go_on": "1"}).status == 302
    assert {name: place.column for name, place in site.store.response(number).board.places.items()} == good


# ---- 11


def test_case_11_no_other_host_is_asked_for_anything(site: Site, visit: Visits) -> None:
    """Each visitor's requests are checked when a test ends; here they are counted, so that the check is known to see them."""
    visitor = visit()
    meant = mind(site.studies["leadership"])
    Robot(visitor, meant).whole()
    meant.stored(site.newest("leadership"))
    visitor.goto("leadership", "copy")
    assert {url.partition("//")[2].partition("/")[0] for url in visitor.requests} == {site.base.partition("//")[2]}
    kinds = {url.partition("?")[0].rpartition("/")[2] for url in visitor.requests}
    assert {"survey.css", "saving.js", "grid.js", "acts", "consent", "submit", "thanks"} <= kinds
    assert [cookie["domain"] for cookie in visitor.context.cookies()] == ["127.0.0.1"]
