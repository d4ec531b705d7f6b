"""Choosing with the count and the button in sight, a bar that moves, and what is there at the end, in a browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.survey import Site, Visits

SIZES = {"phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True}, "computer": {"viewport": {"width": 1366, "height": 768}}}
STUDY = "leadership"

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", SIZES)
def test_the_button_opens_at_the_exact_number_and_a_card_too_many_can_be_taken_out_where_it_is(site: Site, visit: Visits, size: str) -> None:
    visitor = visit(SIZES[size])
    visitor.as_one(STUDY, "refine")
    page = visitor.goto(STUDY, "refine?all=1")
    boxes, place = page.locator("#picking input[type=checkbox]"), page.locator(".stick button.main")
    expect(place).to_be_disabled()
    expect(page.locator("#chosen")).to_be_in_viewport()
    names = [boxes.nth(i).input_value() for i in range(3)]
    for name in names[:2]:
        page.locator(f"input[value={name}]").check()
    expect(place).to_be_enabled()
    page.locator(f"input[value={names[2]}]").check()
    expect(page.locator("#chosen")).to_have_text("3 of 2 chosen. Take one out.")
    expect(place).to_be_disabled()
    expect(page.locator("#too-many button")).to_have_count(2)
    expect(place).to_be_in_viewport()
    page.locator("#too-many button").first.click()
    assert [box for box in names if page.locator(f"input[value={box}]").is_checked()] == names[1:]
    expect(place).to_be_enabled()
    expect(page.locator("#too-many")).to_be_hidden()


def test_the_bar_moves_with_each_card_and_minutes_go_down(site: Site, visit: Visits) -> None:
    visitor = visit(SIZES["phone"])
    visitor.as_one(STUDY, "presort")
    page = visitor.page
    done, minutes = page.locator("#done"), page.locator("#minutes-left")
    before, left = float(done.get_attribute("value") or ""), int(minutes.inner_text())
    for _ in range(12):
        with page.expect_response("**/acts"):
            page.locator("button.pile[value=agree]").click()
    page.locator("#saving[data-state=saved]").wait_for()
    expect(page.locator("#practice")).to_have_count(0)
    expect(minutes).not_to_have_text(str(left))
    assert float(done.evaluate("bar => bar.value")) > before
    assert int(minutes.inner_text()) < left


def test_how_to_use_the_board_is_open_until_somebody_has_used_it(site: Site, visit: Visits) -> None:
    visitor = visit(SIZES["computer"])
    visitor.as_one(STUDY, "grid")
    how = visitor.page.locator("details.how")
    expect(how).to_have_attribute("open", "")
    visitor.page.locator(".to[data-to='4']").click()
    visitor.page.locator("#saving[data-state=saved]").wait_for()
    visitor.goto(STUDY, "grid")
    assert how.get_attribute("open") is None


@pytest.mark.parametrize("language", ["en", "es", "ar"])
def test_how_to_use_the_board_is_never_cut_and_a_link_in_sight_leads_to_it(site: Site, visit: Visits, language: str) -> None:
    visitor = visit(SIZES["computer"], locale=language)
    visitor.as_one(STUDY, "grid", language=language)
    page = visitor.page
    page.locator("#board[data-stands=corners]").wait_for()
    how, link = page.locator("details.how"), page.locator(".how-link")
    box = how.bounding_box()
    assert box
    assert box["y"] >= 768
    expect(link).to_be_in_viewport(ratio=1)
    page.locator("details.how summary").click()
    page.evaluate("scrollTo(0, 0)")
    link.click()
    expect(how).to_have_attribute("open", "")
    expect(how).to_be_in_viewport(ratio=1)


def test_a_code_that_came_in_a_square_is_filled_in_and_leaves_the_address(site: Site, visit: Visits) -> None:
    visitor = visit(SIZES["phone"])
    visitor.as_one(STUDY, "submitted")
    page = visitor.page
    code = page.locator(".note .code").inner_text()
    expect(page.locator("img.square")).to_be_visible()
    assert page.locator("img.square").evaluate("image => image.complete && image.naturalWidth > 0")
    other = visit(SIZES["computer"])
    there = other.page
    there.goto(site.url(STUDY, "code") + f"#{code}")
    expect(there.locator("#code")).to_have_value(code)
    assert "#" not in there.url
    with there.expect_navigation():
        there.locator("main button.main").click()
    assert re.search(r"/thanks$", there.url)
