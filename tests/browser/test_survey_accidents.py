"""No card is moved by accident: what comes too soon, or from a key held down, is no press."""

from __future__ import annotations

import random
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from qmethod_studies.sorting import Board, next_step
from qmethod_studies.store import Handle
from tests.browser.accidents import CLOCK, FRAMES, POINT, READING, Careless, Put, compared
from tests.browser.survey import DESKTOP, PHONE, Site, Visitor, Visits, new_key

pytestmark = pytest.mark.browser


def opened(visit: Visits, profile: dict[str, Any] = DESKTOP) -> Visitor:
    visitor = visit(profile, hurried=True)
    visitor.context.add_init_script(CLOCK)
    return visitor


def on_the_board(site: Site, visit: Visits, *, chosen: bool = False) -> tuple[Visitor, Handle, Put]:
    """Somebody at a board: from the first look, or with every card placed by choosing."""
    visitor = opened(visit)
    study = site.studies["garden"]
    number, code = site.begun("garden", "refine")
    while chosen and (step := next_step(study, found.board if (found := site.store.response(number)) else Board())) is not None:
        site.store.save(number, [{"key": new_key(), "act": "pick", "column": step.column, "statements": list(step.pool[: step.need])}])
    site.store.save(number, [{"key": new_key(), "act": "finish", "stage": "refine"}])
    visitor.resume("garden", code)
    visitor.goto("garden", "grid")
    return visitor, number, Put(visitor.page)


def saved(page: Page) -> None:
    page.locator("#saving[data-state=saved]").wait_for(state="attached")


@pytest.mark.parametrize("hands", ["mouse", "keys", "touch"])
def test_careless_people_move_no_card_that_they_do_not_mean(site: Site, visit: Visits, hands: str) -> None:
    visitor = opened(visit, PHONE if hands == "touch" else DESKTOP)
    study = site.studies["garden"]
    number = visitor.as_one("garden", "presort")
    somebody = Careless(Put(visitor.page, touch=hands == "touch"), study, random.Random(hands), keys=hands == "keys")
    somebody.first_look(len(study.ids))
    saved(visitor.page)
    site.store.save(number, [{"key": new_key(), "act": "finish", "stage": stage} for stage in ("presort", "refine")])
    saved(visitor.goto("garden", "grid"))  # which may first send what the page before could not
    somebody.board(len(study.ids) + (0 if hands == "keys" else 4))
    saved(visitor.page)
    assert compared(somebody.meant, site.store.events(number.number)) == ([], [])
    assert somebody.accidents.keys() >= ({"held", "again"} if hands == "keys" else {"double", "triple", "resting", "stray"})


def test_careless_people_tick_what_they_mean(site: Site, visit: Visits) -> None:
    visitor = opened(visit)
    number = visitor.as_one("lopsided", "refine")
    somebody = Careless(Put(visitor.page), site.studies["lopsided"], random.Random(3), keys=False)
    assert somebody.ticking(6, ".three-ways input") == (6, 0)
    visitor.goto("lopsided", "refine?all=1")
    assert somebody.ticking(6, "input[name=statements]") == (6, 0)
    saved(visitor.page)
    site.store.save(number, [{"key": new_key(), "act": "finish", "stage": "refine"}])
    visitor.goto("lopsided", "grid/list")
    assert somebody.ticking(6, "input[type=radio]") == (6, 0)
    assert somebody.accidents.keys() >= {"double", "resting"}


UNTOLD = """
    const own = Object.getOwnPropertyDescriptor(UIEvent.prototype, "detail").get;
    Object.defineProperty(UIEvent.prototype, "detail", { get() { return this.target?.matches?.("input") ? 0 : own.call(this); } });
"""
"""Some browsers do not say of the click of a box that a finger has pressed its label."""


def test_a_label_ticks_its_box_where_the_browser_does_not_say_how(site: Site, visit: Visits) -> None:
    visitor = opened(visit)
    visitor.context.add_init_script(UNTOLD)
    visitor.as_one("lopsided", "refine")
    visitor.goto("lopsided", "refine?all=1")
    label, hands = visitor.page.locator("label.pick:nth-of-type(3)"), Put(visitor.page)
    for wanted in (True, False, True):
        hands.rest(READING)
        hands.press(*hands.evaluate(POINT, "label.pick:nth-of-type(3) .statement"), gaps=(120,))
        expect(label.locator("input")).to_be_checked(checked=wanted)


def test_a_second_press_on_a_label_is_swallowed_however_busy_the_page_is(site: Site, visit: Visits) -> None:
    """Its timers wait then, and two clicks come one right after the other."""
    visitor = opened(visit)
    visitor.as_one("lopsided", "refine")
    visitor.goto("lopsided", "refine?all=1")
    hands = Put(visitor.page)
    for wanted in (True, False, True):
        hands.rest(READING)
        ticked = hands.evaluate(
            """(selector) => {
                const label = document.querySelector(selector);
                for (const gap of [0, 120]) {
                    window.clock += gap;
                    label.querySelector(".statement").dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, detail: 1 }));
                }
                return label.querySelector("input").checked;
            }""",
            "label.pick:nth-of-type(3)",
        )
        assert ticked is wanted


BURST = """([key, gaps]) => {
    const code = key === "1" ? "Digit1" : key;
    for (const gap of gaps) {
        window.clock += gap;
        const down = new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true });
        if (document.activeElement.dispatchEvent(down) && key === "Enter") document.activeElement.click(); // as browsers do it
        document.activeElement.dispatchEvent(new KeyboardEvent("keyup", { key, code, bubbles: true }));
    }
}"""


@pytest.mark.parametrize("key", ["1", "Enter"])
def test_a_burst_of_keys_is_one_press_however_busy_the_page_is(site: Site, visit: Visits, key: str) -> None:
    """Its timers wait then, so that a key seems to be held that was let go; the press after that one is of the same burst nevertheless."""
    visitor = opened(visit)
    number = visitor.as_one("garden", "presort")
    page, hands = visitor.page, Put(visitor.page)
    for n_piled in (1, 2):
        hands.rest(READING)
        page.locator("button.pile[value=agree]").focus()
        for gaps in ([0], [180, 180], [180], [180, 180], [180]):  # frames and timers have their turn in between
            hands.evaluate(BURST, [key, gaps])
            hands.evaluate(FRAMES)
        saved(page)
        assert len(site.store.response(number).board.piles) == n_piled  # type: ignore[union-attr]


def test_a_burst_is_one_press_however_long_each_press_of_it_takes(site: Site, visit: Visits) -> None:
    """Between two presses lies the time from the end of one to the beginning of the next; a hand that shakes may rest in between."""
    visitor = opened(visit)
    number = visitor.as_one("garden", "presort")
    page, hands = visitor.page, Put(visitor.page)
    hands.rest(READING)
    where = hands.evaluate(POINT, "button.pile[value=agree]")
    for gap, hold in ((0, 0), (200, 0), (300, 600), (200, 250), (300, 0)):
        hands.rest(gap)
        hands.press(*where, hold=hold)
    saved(page)
    assert len(site.store.response(number).board.piles) == 1  # type: ignore[union-attr]
    hands.rest(READING)
    hands.press(*where)
    saved(page)
    assert len(site.store.response(number).board.piles) == 2  # type: ignore[union-attr]


def test_what_was_swallowed_is_counted_once_for_each_card(site: Site, visit: Visits) -> None:
    visitor = opened(visit)
    number = visitor.as_one("garden", "presort")
    page, hands = visitor.page, Put(visitor.page)
    shown = page.locator("#piling input[name=statement]")
    hands.rest(READING)
    hands.key("1", 6)
    second = shown.input_value()
    hands.rest(READING)
    page.locator("button.pile[value=agree]").click()  # what was swallowed goes first
    saved(page)
    hands.rest(READING)
    third = shown.input_value()
    with page.expect_response("**/acts"):  # of the card; a second later, of what was swallowed
        hands.key("2", 4)
    with page.expect_response("**/acts"):
        saved(page)
    kept = [dict(event.detail) for event in site.store.events(number.number) if event.act == "swallowed"]
    assert kept == [{"statement": second, "presses": 6}, {"statement": shown.input_value(), "presses": 4}]
    assert third in dict(site.store.response(number).board.piles)  # type: ignore[union-attr]


def test_arrows_held_down_choose_one_column_of_the_list(site: Site, visit: Visits) -> None:
    visitor = opened(visit)
    visitor.as_one("garden", "grid")
    page, hands = visitor.goto("garden", "grid/list"), Put(visitor.page)
    hands.rest(READING)
    page.locator("input[name=s-s1]").first.focus()
    page.keyboard.press("Space")
    hands.rest(READING)
    hands.key("ArrowRight", 5)
    expect(page.locator("input[name=s-s1]").nth(1)).to_be_checked()


def test_blank_parts_take_a_card_only_that_somebody_chose(site: Site, visit: Visits) -> None:
    visitor, number, hands = on_the_board(site, visit)
    page = visitor.page
    places = page.locator(".column .card")
    for selector in (".column .head", ".column .slot", ".board-blank"):
        hands.rest(READING)
        hands.press(*hands.evaluate(POINT, selector))
        expect(page.locator(".hand-note")).to_have_text("Press a card first, so that it is clear which one you mean.")
    expect(places).to_have_count(0)
    for i, selector in enumerate(("[data-column='-1'] .head", "[data-column='0'] .slot", ".board-blank"), start=1):
        card = page.locator(".deck .card").last
        for what in (f".deck [data-card='{card.get_attribute('data-card')}']", selector):
            hands.rest(READING)
            hands.press(*hands.evaluate(POINT, what))
        expect(places).to_have_count(i)
    saved(page)
    assert len(site.store.response(number).board.places) == 3  # type: ignore[union-attr]


def test_two_cards_pressed_change_places_and_one_undo_takes_it_back(site: Site, visit: Visits) -> None:
    visitor, number, hands = on_the_board(site, visit, chosen=True)
    before = dict(site.store.response(number).board.places)  # type: ignore[union-attr]
    one = next(name for name, place in before.items() if place.column == 2)
    other = next(name for name, place in before.items() if place.column == -2)
    for name in (one, other):
        hands.rest(READING)
        visitor.page.locator(f"[data-card={name}]").click()
    saved(visitor.page)
    now = dict(site.store.response(number).board.places)  # type: ignore[union-attr]
    assert (now[one].column, now[other].column) == (-2, 2)
    hands.rest(READING)
    visitor.page.locator("#undo").click()
    saved(visitor.page)
    assert site.store.response(number).board.places == before  # type: ignore[union-attr]


def test_undo_says_before_it_takes_back_what_was_chosen_in_the_stage_before(site: Site, visit: Visits) -> None:
    visitor, number, hands = on_the_board(site, visit, chosen=True)
    page, places = visitor.page, visitor.page.locator(".column .card")
    for press in (page.locator("#undo").dblclick, lambda: page.keyboard.press("u")):
        press()
        expect(page.locator(".hand-note")).to_contain_text("takes back your last choice of the stage before (cards: 4)")
        expect(page.locator("#spoken")).to_contain_text("Press Undo again to do that.")
        expect(places).to_have_count(10)
    hands.rest(READING)
    page.locator("#undo").click()
    expect(places).to_have_count(6)
    hands.rest(READING)
    page.locator("#redo").click()
    expect(places).to_have_count(10)
    saved(page)
    assert len(site.store.response(number).board.places) == 10  # type: ignore[union-attr]


def test_choosing_names_what_its_undo_takes_back(site: Site, visit: Visits) -> None:
    visitor, _number, hands = on_the_board(site, visit, chosen=True)
    page = visitor.goto("garden", "refine")
    expect(page.locator("button[value=back]")).to_have_text("Undo the last choice")
    visitor.goto("garden", "grid")
    for column in (2, -2):
        hands.rest(READING)
        page.locator(f"[data-column='{column}'] .card").click()
    saved(page)
    visitor.goto("garden", "refine")
    expect(page.locator("button[value=back]")).to_have_text("Undo the last move on the board")
