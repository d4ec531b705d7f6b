"""Windows with little height, as of a phone on its side: what a stage needs is in sight, and nothing covers what has the focus."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.survey import Site, Visitor, Visits, new_key

STUDY = "leadership"
LOW = ((844, 390), (341, 192), (1366, 400))

pytestmark = pytest.mark.browser

IN_SIGHT = """(selectors) => selectors.flatMap((selector) => [...document.querySelectorAll(selector)]).filter((one) => {
    const box = one.getBoundingClientRect();
    return box.top < -.5 || box.bottom > innerHeight + .5;
}).map((one) => `${one.id || one.className} ${Math.round(one.getBoundingClientRect().top)} to ${Math.round(one.getBoundingClientRect().bottom)}`)"""
"""Which of these are not whole in the window."""
FOCUSED = """() => {
    const now = document.activeElement;
    const box = (now.closest("label") ?? now).getBoundingClientRect();
    const bar = document.querySelector(".stick").getBoundingClientRect();
    const covered = !now.closest(".stick") && bar.top < box.bottom - 4 && bar.bottom > box.top + 4;
    return [now.tagName, covered || box.top < -4 || box.bottom > innerHeight + 4, now.closest("#picking") !== null];
}"""
"""What has the focus, whether it is covered or out of sight, and whether it is of the cards to choose from."""


def choosing(site: Site, visitor: Visitor, three_ways: bool) -> Page:
    """Choosing by ticks, or with all cards on one pile and therefore three ways."""
    number = visitor.as_one(STUDY, "refine")
    ids = site.studies[STUDY].ids
    piles = {name: "neutral" if three_ways else ("agree", "neutral", "disagree")[i % 3] for i, name in enumerate(ids)}
    site.store.save(number, [{"key": new_key(), "act": "pile", "statement": name, "pile": pile} for name, pile in piles.items()])
    return visitor.goto(STUDY, "refine")


@pytest.mark.parametrize("three_ways", [False, True], ids=["ticks", "three ways"])
@pytest.mark.parametrize("size", LOW, ids=lambda size: f"{size[0]}x{size[1]}")
def test_what_is_chosen_is_counted_in_sight_of_every_card(site: Site, visit: Visits, size: tuple[int, int], three_ways: bool) -> None:
    page = choosing(site, visit({"viewport": {"width": size[0], "height": size[1]}}), three_ways)
    bar = page.locator(".stick")
    cards = page.locator("#picking .pick, #picking [data-card]")
    assert cards.count() > 4
    for card in (cards.first, cards.nth(cards.count() // 2), cards.last):
        card.evaluate("card => card.scrollIntoView({ block: 'start', behavior: 'instant' })")
        assert page.evaluate(IN_SIGHT, [".stick .number", ".stick button.main"]) == []
    assert bar.evaluate("bar => bar.offsetHeight") < 0.4 * size[1]
    cards.first.locator("input").first.focus()
    seen = 0
    for _ in range(2 * cards.count() + 4):
        _tag, hidden, of_cards = page.evaluate(FOCUSED)
        if not of_cards:
            break
        assert not hidden
        seen += 1
        page.keyboard.press("Tab")
    assert seen > cards.count()
    if not three_ways:
        need = int(page.locator("#picking").get_attribute("data-need") or 0)
        for i in range(need + 1):
            cards.nth(i).locator("input").check()
        expect(page.locator("#too-many button")).to_have_count(need)
        assert bar.evaluate("bar => bar.offsetHeight") < 0.7 * size[1]
        page.locator("#too-many button").first.click()
        expect(bar.locator("button.main")).to_be_enabled()


@pytest.mark.parametrize("size", LOW, ids=lambda size: f"{size[0]}x{size[1]}")
def test_all_cards_go_onto_piles_without_scrolling_from_card_to_card(site: Site, visit: Visits, size: tuple[int, int]) -> None:
    visitor = visit({"viewport": {"width": size[0], "height": size[1]}})
    visitor.as_one(STUDY, "presort")
    page = visitor.page
    page.locator(".big-card").evaluate("card => scrollTo({ top: card.getBoundingClientRect().top + scrollY, behavior: 'instant' })")
    boxes = "[...document.querySelectorAll('.three .pile')].map((one) => Math.round(one.getBoundingClientRect().top))"
    start = page.evaluate(boxes)
    for i in range(len(site.studies[STUDY].ids)):
        assert page.evaluate(IN_SIGHT, ["#card-text", ".three .pile"]) == []
        assert page.evaluate(boxes) == start, "the piles moved under the finger"
        box = page.locator(".three .pile").nth(i % 3).bounding_box()
        assert box
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#presort-done button.main")).to_be_visible()


@pytest.mark.parametrize("size", [(390, 844), (341, 192)], ids=str)
def test_that_another_tab_took_the_step_is_said_in_sight_and_moves_no_card(site: Site, visit: Visits, size: tuple[int, int]) -> None:
    visitor = visit({"viewport": {"width": size[0], "height": size[1]}})
    first = choosing(site, visitor, three_ways=False)
    second = visitor.context.new_page()
    second.goto(site.url(STUDY, "refine"), wait_until="domcontentloaded")
    cards = second.locator("#picking .pick")
    cards.nth(2).evaluate("card => card.scrollIntoView({ block: 'start', behavior: 'instant' })")
    spots = "[...document.querySelectorAll('#picking .pick, .stick button.main')].map((one) => Math.round(one.getBoundingClientRect().top))"
    before = second.evaluate(spots)
    boxes = first.locator("#picking .pick input")
    for i in range(int(first.locator("#picking").get_attribute("data-need") or 0)):
        boxes.nth(i).check()
    with first.expect_navigation():
        first.locator("button[value=pick]").click()
    note = second.locator("#elsewhere")
    expect(note).to_contain_text("What you ticked still stands here and is not placed")
    assert second.evaluate(IN_SIGHT, ["#elsewhere", ".stick .number"]) == []
    assert second.evaluate(spots) == before
    assert second.locator(".stick").evaluate("bar => bar.offsetHeight") < 0.75 * size[1]
