"""The first two acceptance cases of the survey: a reload keeps everything, and nothing is left for whoever comes next."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from qmethod_studies.definition import PILES
from qmethod_webform.app import cookie_name
from tests.browser.robots import Robot
from tests.browser.survey import AWKWARD, Site, Visitor, Visits, mind, new_key, saving

pytestmark = pytest.mark.browser


def reloaded(page: Page) -> Page:
    page.reload(wait_until="domcontentloaded")
    return page


def test_case_1_reload_keeps_answers(site: Site, visit: Visits) -> None:
    visitor = visit()
    visitor.as_one("garden", "before")
    robot, page = Robot(visitor, mind(site.studies["garden"])), visitor.page
    with saving(page):
        robot.answer("owns", "own")
    with saving(page):
        robot.answer("size", 12.5)
    reloaded(page)
    expect(page.locator("input[value=own]")).to_be_checked()
    expect(page.get_by_label("How large")).to_have_value("12.5")


def test_case_1_reload_keeps_the_piles_half_way(site: Site, visit: Visits) -> None:
    visitor = visit()
    number = visitor.as_one("garden", "presort")
    page, piled = visitor.page, {}
    for pile in (*PILES, *PILES):
        piled[page.locator("#piling input[name=statement]").input_value()] = pile
        with saving(page):
            page.locator(f"button.pile[value={pile}]").click()
    reloaded(page)
    for pile in PILES:
        expect(page.locator(f"[data-pile={pile}] .number")).to_have_text("2")
        listed = page.locator(f"[data-pile={pile}] [data-card]").evaluate_all("all => all.map(each => each.dataset.card)")
        assert sorted(listed) == sorted(name for name, on in piled.items() if on == pile)
    assert dict(site.store.response(number).board.piles) == piled
    assert page.locator("#piling input[name=statement]").input_value() not in piled


def test_case_1_reload_keeps_ticked_boxes(site: Site, visit: Visits) -> None:
    visitor = visit()
    visitor.as_one("lopsided", "refine")
    page = visitor.goto("lopsided", "refine?all=1")
    Robot(visitor, mind(site.studies["lopsided"]))
    boxes = page.locator("input[name=statements]")
    chosen = [boxes.nth(i).input_value() for i in (1, 4, 5)]
    for name in chosen:
        with saving(page):
            page.locator(f"input[value={name}]").check()
    reloaded(page)
    assert boxes.locator("visible=true").evaluate_all("all => all.filter(box => box.checked).map(box => box.value)") == chosen
    expect(page.locator("#chosen")).to_contain_text(f"3 of {page.locator('#picking').get_attribute('data-need')}")


def test_case_1_reload_keeps_the_board_and_its_undo(site: Site, visit: Visits) -> None:
    visitor = visit()
    number = visitor.as_one("garden", "grid")
    page = visitor.page
    for column in (2, -1, 0):
        with saving(page):
            page.locator(f".to[data-to='{column}']").click()
    before = [page.locator(f"[data-column='{column}'] .card").all_inner_texts() for column in range(-2, 3)]
    reloaded(page)
    assert [page.locator(f"[data-column='{column}'] .card").all_inner_texts() for column in range(-2, 3)] == before
    assert sorted(map(len, before)) == [0, 0, 1, 1, 1]
    for _ in range(3):
        with saving(page):
            page.locator("#undo").click()
    assert dict(site.store.response(number).board.places) == {}
    assert page.locator(".column .card").count() == 0
    with saving(page):
        page.locator("#redo").click()
    assert {place.column for place in site.store.response(number).board.places.values()} == {2}


def test_case_1_reload_keeps_the_list_even_overfull(site: Site, visit: Visits) -> None:
    visitor = visit()
    visitor.as_one("garden", "grid")
    page = visitor.goto("garden", "grid/list")
    for name in ("s1", "s2", "s3"):
        with saving(page):
            page.locator(f"input[name=s-{name}][value='2']").check()
    reloaded(page)
    for name in ("s1", "s2", "s3"):
        expect(page.locator(f"input[name=s-{name}][value='2']")).to_be_checked()


def test_case_1_reload_keeps_half_a_comment(site: Site, visit: Visits) -> None:
    visitor = visit()
    number = visitor.as_one("garden", "why", meant=mind(site.studies["garden"]))
    page = visitor.page
    box = page.locator("[data-comment] textarea").first
    with saving(page):
        box.press_sequentially("Because the")
    assert "Because the" in site.store.response(number).comments.values()
    expect(reloaded(page).locator("[data-comment] textarea").first).to_have_value("Because the")


def test_case_1_reload_keeps_the_later_answers_the_review_and_the_thanks(site: Site, visit: Visits) -> None:
    visitor = visit()
    meant = mind(site.studies["garden"])
    number = visitor.as_one("garden", "after", meant=meant)
    robot, page = Robot(visitor, meant), visitor.page
    after = [question.id for question in meant.study.questions.after if question.id in meant.answers]
    for name in after:
        robot.answer(name, meant.answers[name])
    page.locator("#more, [name=q-more]").blur()
    page.locator("#saving[data-state=saved]").wait_for()
    reloaded(page)
    assert {name: site.store.response(number).answers.get(name) for name in after} == {name: meant.answers[name] for name in after}
    expect(page.locator("[name=q-more]")).to_have_value(AWKWARD)
    expect(page.locator("[name=q-tool]")).to_have_value(meant.answers["tool"])
    assert page.locator("input:checked").count() == 1 + len(meant.answers["tools"]) + len(meant.answers["seasons"])
    robot.leave(page.locator("#questions button.main"))
    shown = page.locator("main").inner_text()
    assert reloaded(page).locator("main").inner_text() == shown
    robot.leave(page.locator("form[action$=submit] button"))
    code = page.locator(".note .code").inner_text()
    assert reloaded(page).locator(".note .code").inner_text() == code
    meant.stored(site.store.response(number))


def test_case_1_what_was_not_sent_survives_a_reload(site: Site, visit: Visits, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = visit()
    number = visitor.as_one("garden", "grid")
    page = visitor.page
    with monkeypatch.context() as out_of_order:
        out_of_order.setitem(site.app.view_functions, "respondent.acts", lambda study: ("", 503))
        for column in (2, -2):
            page.locator(f".to[data-to='{column}']").click()
        expect(page.locator("#saving")).to_have_attribute("data-state", "offline")
        reloaded(page)
        expect(page.locator("#saving")).to_have_attribute("data-state", "offline")
        assert dict(site.store.response(number).board.places) == {}
    page.locator("[data-column='2'] .card").wait_for()
    page.locator("#saving[data-state=saved]").wait_for()
    assert sorted(place.column for place in site.store.response(number).board.places.values()) == [-2, 2]
    assert page.locator(".column .card").count() == 2


def test_case_1_what_arrives_while_the_page_is_loaded_is_shown(site: Site, visit: Visits) -> None:
    visitor = visit()
    visitor.as_one("garden", "why")
    page, key = visitor.page, new_key()
    named = page.locator("[data-comment]").first.get_attribute("data-comment")
    act = {"key": key, "act": "comment", "statement": named, "text": "Written last"}

    def overtake(route: Route) -> None:
        reply = route.fetch()
        visitor.act("garden", act)
        route.fulfill(response=reply)

    visitor.leave_waiting("garden", act)
    page.route("**/why", overtake, times=1)
    visitor.goto("garden", "why")
    expect(page.locator(f"[data-comment={named}] textarea")).to_have_value("Written last")


def test_case_1_a_choice_after_a_refused_one_is_not_sent_twice(site: Site, visit: Visits) -> None:
    """The page that says what is wrong came by a form; showing the next step must not send that form again."""
    visitor = visit()
    number = visitor.as_one("lopsided", "refine")
    page = visitor.page
    robot = Robot(visitor, mind(site.studies["lopsided"]))
    visitor.goto("lopsided", "refine?all=1")
    page.locator("#picking input[type=checkbox]").first.check()
    expect(page.locator("button[value=pick]")).to_be_disabled()
    page.locator("button[value=pick]").evaluate("button => (button.disabled = false)")
    robot.leave(page.locator("button[value=pick]"))
    expect(page.locator(".alert")).to_contain_text("exactly 2")
    page.locator("#picking input[type=checkbox]").nth(1).check()
    robot.leave(page.locator("button[value=pick]"))
    assert len(site.store.response(number).board.places) == 2
    expect(page.locator("#picking")).to_have_attribute("data-column", "-4")
    assert page.locator(".alert").count() == 0


def test_case_2_nothing_is_left_for_the_next_person_after_sending(site: Site, visit: Visits) -> None:
    visitor = visit()
    meant = mind(site.studies["garden"])
    visitor.as_one("garden", "why", meant=meant)
    robot, page = Robot(visitor, meant), visitor.page
    robot.from_here()
    code = page.locator(".note .code").inner_text()
    page.locator("a[href$=copy]").click()
    visitor.goto("garden")
    nothing_is_left(visitor, "garden", code)


def test_case_2_nothing_is_left_after_i_am_somebody_else(site: Site, visit: Visits, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = visit()
    number, code = site.begun("garden", "why")
    visitor.resume("garden", code)
    page = visitor.goto("garden", "why")
    with monkeypatch.context() as out_of_order:  # so that the page is left with something unsent
        out_of_order.setitem(site.app.view_functions, "respondent.acts", lambda study: ("", 503))
        page.locator("[data-comment] textarea").first.fill("private words")
        page.locator("[data-comment] textarea").first.blur()
        expect(page.locator("#saving")).to_have_attribute("data-state", "offline")
        visitor.goto("garden")
        assert "private words" in page.evaluate("JSON.stringify(localStorage)")
    with page.expect_navigation():
        page.get_by_role("button", name="I am somebody else").click()
    nothing_is_left(visitor, "garden", code)
    assert site.store.find("garden", code).id == number.number


def nothing_is_left(visitor: Visitor, study: str, code: str) -> None:
    page = visitor.page
    assert page.locator("a.button.main", has_text="Begin").count() == 1
    assert page.evaluate("[Object.keys(sessionStorage), Object.keys(localStorage)]") == [[], []]
    kept = visitor.context.cookies()
    assert [cookie["name"] for cookie in kept] == [cookie_name(visitor.site.store, secure=False)]
    session = visitor.site.app.session_interface.get_signing_serializer(visitor.site.app).loads(kept[0]["value"])
    assert study not in session["studies"]
    for stage in ("thanks", "copy", "copy.json", "review", "before", "grid", "why", "after"):
        reply = visitor.context.request.get(visitor.site.url(study, stage), max_redirects=0)
        assert reply.status == 403, stage
        assert code not in reply.text()
        assert "private" not in reply.text()
    for _ in range(3):
        page.go_back(wait_until="domcontentloaded")
        text = page.locator("body").inner_text()
        assert code not in text
        assert "private" not in text
        assert page.locator(".card, [data-comment], .said").count() == 0
