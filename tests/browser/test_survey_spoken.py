"""What a screen reader is told outside the board: one thing an act, what went wrong with a form first, and nothing of saving unless it gets worse."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.listener import LISTENS
from tests.browser.survey import Site, Visitor, Visits, mind

pytestmark = pytest.mark.browser


def listening(visitor: Visitor) -> Visitor:
    visitor.context.add_init_script(LISTENS)
    return visitor


def heard(page: Page, act: Callable[[], object]) -> list[str]:
    """What is announced of an act until it is saved."""
    page.evaluate("() => { window.said = []; }")
    act()
    page.locator("#saving[data-state=saved]").wait_for(state="attached")
    page.wait_for_timeout(50)
    found: list[str] = page.evaluate("window.said")
    return found


def test_in_the_first_look_each_act_is_told_once(site: Site, visit: Visits) -> None:
    visitor = listening(visit())
    visitor.as_one("garden", "presort")
    page, study = visitor.page, site.studies["garden"]
    for i in range(len(study.ids)):
        [told] = heard(page, lambda i=i: page.locator("button.pile").nth(i % 3).click())
        assert (page.locator("#card-text").inner_text() if i < len(study.ids) - 1 else "All cards are on a pile.") in told
    [told] = heard(page, lambda: page.locator("[data-pile=agree] summary").click() or page.locator("[data-pile=agree] [data-card]").first.click())
    assert page.locator("#card-text").inner_text() in told


def test_in_choosing_and_in_the_list_each_act_is_told_once(site: Site, visit: Visits) -> None:
    visitor = listening(visit())
    visitor.as_one("garden", "refine")
    page = visitor.page
    for box in page.locator("#picking input[type=checkbox]").all()[:3]:
        assert len(heard(page, box.click)) == 1
    visitor.as_one("garden", "grid")
    visitor.goto("garden", "grid/list")
    for name, said in (("s1", "Column +2 has 1 cards and takes 1."), ("s2", "Column +2 has 2 cards and takes 1.")):
        assert heard(page, page.locator(f"input[name=s-{name}][value='2']").check) == [said]


def test_what_is_typed_is_not_answered_aloud_until_saving_fails(site: Site, visit: Visits) -> None:
    visitor = listening(visit())
    visitor.as_one("garden", "why", meant=mind(site.studies["garden"]))
    page = visitor.page
    box = page.locator("[data-comment] textarea").first
    assert heard(page, lambda: box.press_sequentially("Because")) == []
    page.route("**/acts", lambda route: route.fulfill(status=503, body="{}"))
    page.evaluate("() => { window.said = []; }")
    for words in (" it", " is", " so"):
        box.press_sequentially(words)
        box.blur()
        expect(page.locator("#saving")).to_have_attribute("data-state", "offline")
    assert len(page.evaluate("window.said")) == 1
    page.unroute("**/acts")
    assert heard(page, lambda: box.press_sequentially(".")) == []


@pytest.mark.parametrize("scripts", [True, False])
def test_a_refused_form_says_first_what_is_wrong_and_leads_there(site: Site, visit: Visits, scripts: bool) -> None:
    visitor = visit(java_script_enabled=scripts)
    visitor.as_one("garden", "before")
    page = visitor.page
    title = page.title()
    with page.expect_navigation():
        page.locator("#questions button.main").click()
    assert page.title() == f"Error: {title}"
    expect(page.locator(".alert")).to_be_focused()
    links = page.locator(".alert a")
    assert links.count() >= 1
    for i in range(links.count()):
        where = (links.nth(i).get_attribute("href") or "").removeprefix("#")
        block = page.locator(f"[id='{where}']")
        assert block.locator(".error").count() == 1
        links.nth(i).press("Enter")
        expect(block.locator("input:not([type=hidden]), textarea, select").first if scripts else block).to_be_focused()
    for _ in range(1 if scripts else 1 + links.count()):
        page.go_back(wait_until="domcontentloaded")
    assert page.title() == title


def test_a_wrong_code_is_said_first(site: Site, visit: Visits) -> None:
    visitor = visit()
    for study, stage in (("garden", "code"), ("garden", "withdraw"), ("garden-code", "")):
        page = visitor.goto(study, stage)
        page.locator("#code").fill("ABCD-EFGH-JKLM")
        with page.expect_navigation():
            page.locator("main form button.main").click()
        assert page.title().startswith("Error: ")
        expect(page.locator(".alert")).to_be_focused()
        page.locator(".alert a").press("Enter")
        expect(page.locator("#code")).to_be_focused()


def test_what_was_ticked_for_a_step_that_another_tab_took_stays_and_is_told(site: Site, visit: Visits) -> None:
    visitor = visit()
    number = visitor.as_one("garden", "refine")
    first, second = visitor.page, visitor.context.new_page()
    second.goto(site.url("garden", "refine"), wait_until="domcontentloaded")
    for page, ticked in ((second, 1), (first, 0)):
        page.locator("#picking input[type=checkbox]").nth(ticked).check()
    with first.expect_navigation():
        first.locator("button[value=pick]").click()
    expect(second.locator("#elsewhere")).to_contain_text("What you ticked still stands here and is not placed")
    second.locator("button[value=pick]").click()
    expect(second.locator("#saving")).to_have_attribute("data-state", "refused")
    boxes = second.locator("#picking input[type=checkbox]")
    assert [i for i in range(boxes.count()) if boxes.nth(i).is_checked()] == [1]
    assert len(site.store.response(number).board.places) == 1
