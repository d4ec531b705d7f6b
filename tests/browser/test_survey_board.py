"""The board in every window and with any text: what the next act needs is in sight, nothing runs away, and nothing is cut."""

from __future__ import annotations

import random
import unicodedata
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from qmethod_studies.definition import Study
from tests.browser.axe import violations
from tests.browser.survey import DESKTOP, PHONE, Site, Visits, new_key, resize

pytestmark = pytest.mark.browser

WINDOWS = (
    (390, 844),
    (844, 390),
    (683, 384),
    (341, 192),
    (320, 256),
    (768, 1024),
    (1024, 768),
    (1180, 820),
    (1366, 625),
    (1366, 768),
    (1920, 1080),
    (2560, 1440),
)
IN_HAND = """() => {
    const uncovered = (element, box) => {
        const there = document.elementFromPoint(box.left + Math.min(box.width / 2, 30), box.top + Math.min(box.height / 2, 10));
        return there && (element.contains(there) || there.contains(element));
    };
    const whole = (box) => box.top >= 0 && box.bottom <= innerHeight + .5 && box.left >= 0 && box.right <= innerWidth + .5;
    const wrong = [];
    const text = document.querySelector(".hand-text");
    const line = text.getBoundingClientRect();
    if (!text.textContent || line.top < 0 || line.top + 20 > innerHeight || !uncovered(text, line)) wrong.push(`text at ${line.top}`);
    const bar = document.querySelector(".places").getBoundingClientRect();
    for (const button of document.querySelectorAll(".to")) {
        const box = button.getBoundingClientRect();
        if (box.width < 44 || box.height < 44) wrong.push(`${button.dataset.to} is ${box.width} x ${box.height}`);
        if (button.scrollWidth > button.clientWidth + 1) wrong.push(`${button.dataset.to} is cut`);
        if (button.querySelector("bdi").getClientRects().length !== 1) wrong.push(`${button.dataset.to} is broken in two`);
        const scrolls = bar.width && (box.right > bar.right || box.left < bar.left);  // within its own row
        const hidden = scrolls ? box.top < 0 || box.bottom > innerHeight + .5 : !whole(box) || !uncovered(button, box);
        if (hidden) wrong.push(`${button.dataset.to} at ${box.top}`);
    }
    return wrong;
}"""
"""What an act needs and is not in sight: the text of the card in the hand, and the button of each column."""
SPREAD = """() => {
    const wrong = [];
    const page = document.documentElement;
    if (page.scrollWidth > page.clientWidth) wrong.push(`scrolls sideways to ${page.scrollWidth}`);
    for (const card of document.querySelectorAll("#board .card")) {
        if (!card.checkVisibility()) continue;
        const home = card.closest(".column, .deck-list").getBoundingClientRect();
        const box = card.getBoundingClientRect();
        const range = document.createRange();
        range.selectNodeContents(card.firstChild);
        const text = range.getBoundingClientRect();
        const inColumn = card.closest(".column");
        if (inColumn && (box.left < home.left - .5 || box.right > home.right + .5)) wrong.push(`${card.dataset.card} is wider than its column`);
        if (text.left < box.left - .5 || text.right > box.right + .5 || text.top < box.top - 1 || text.bottom > box.bottom + 1) {
            wrong.push(`${card.dataset.card} ends outside of its card`);
        }
        if (card.scrollWidth > card.clientWidth + 1 || card.scrollHeight > card.clientHeight + 1) wrong.push(`${card.dataset.card} is cut`);
        if (parseFloat(getComputedStyle(card).fontSize) < 12) wrong.push(`${card.dataset.card} is too small`);
    }
    const rows = [...document.querySelectorAll("#board :is(.column, .pile-group) .card")].filter((card) => card.checkVisibility());
    const boxes = rows.map((card) => card.getBoundingClientRect());
    boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b, k) => {
        const lies = Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
        const one = rows[i].closest(".column, .deck") === rows[i + 1 + k].closest(".column, .deck");
        if (lies && one) wrong.push(`${rows[i].dataset.card} lies over ${rows[i + 1 + k].dataset.card}`);
    }));
    const hand = document.querySelector(".held");
    if (hand.scrollWidth > hand.clientWidth + 1) wrong.push("the hand is cut");
    return wrong;
}"""
"""What is cut, or wider than where it stands."""


def scrolled(page: Page) -> list[float]:
    return list(page.evaluate("[scrollX, scrollY]"))


def press(page: Page, selector: str) -> None:
    """Press where it is, without scrolling the page to it; a row of buttons is scrolled as a finger would."""
    box = page.evaluate(
        """(selector) => {
            const element = document.querySelector(selector);
            const bar = element.closest(".places, .deck");
            const box = element.getBoundingClientRect();
            if (bar) bar.scrollBy({ left: box.left - bar.getBoundingClientRect().left - 60, behavior: "instant" });
            const now = element.getBoundingClientRect();
            return [now.left + now.width / 2, now.top + Math.min(now.height / 2, 20)];
        }""",
        selector,
    )
    page.mouse.click(*box)


def columns_to_press(study: Study, most: int) -> list[float]:
    """Columns for so many cards, the outer ones and the middle in turn, none of them full before."""
    slots = [column for column, n in study.capacity.items() for _ in range(n)]
    random.Random(4).shuffle(slots)
    return slots[:most]


@pytest.mark.parametrize("size", WINDOWS, ids=lambda size: f"{size[0]}x{size[1]}")
def test_cards_are_placed_one_after_the_other_without_scrolling(site: Site, visit: Visits, size: tuple[int, int]) -> None:
    visitor = visit({"viewport": {"width": size[0], "height": size[1]}})
    visitor.as_one("leadership", "grid")
    page = visitor.page
    page.locator(".to").first.wait_for()
    for n, column in enumerate(columns_to_press(site.studies["leadership"], 8)):
        assert page.evaluate(IN_HAND) == []
        spots = page.locator(".to").evaluate_all("all => all.map(each => Math.round(each.getBoundingClientRect().top))")
        press(page, f".to[data-to='{column:g}']")
        expect(page.locator(".column .card")).to_have_count(n + 1)
        assert scrolled(page) == [0, 0]
        after = page.locator(".to").evaluate_all("all => all.map(each => Math.round(each.getBoundingClientRect().top))")
        assert after == spots, "the buttons moved under the finger"
    assert page.evaluate(IN_HAND) == []
    assert page.evaluate(SPREAD) == []


# ---- any text


def hostile(rng: random.Random) -> str:
    """A statement that somebody may really write, and no layout likes."""
    letters = "abcdefghijklmnopqrstuvwxyzäöüßåøéàçñłžİ"
    word = lambda n: "".join(rng.choice(letters) for _ in range(n))  # noqa: E731
    kinds = {
        "long word": lambda: f"Die {word(rng.randint(24, 90))} ist wichtig.",
        "only a word": lambda: word(rng.randint(60, 90)).upper(),
        "address": lambda: f"See https://example.org/{word(rng.randint(20, 60))}?q={word(20)}&r=%20{word(10)}#a",
        "chinese": lambda: "领导者应当在共同生产的过程中分享权力并且倾听每一个人的声音" * rng.randint(1, 4),
        "thai": lambda: "ผู้นำควรแบ่งปันอำนาจและรับฟังเสียงของทุกคนในกระบวนการ" * rng.randint(1, 3),
        "emoji": lambda: "👩🏽‍🌾🏳️‍🌈👨‍👩‍👧‍👦" * rng.randint(1, 12),
        "two directions": lambda: f"שלום {word(30)} مرحبا بكم (123) {word(8)}، +4 −4 נכון",
        "arabic": lambda: "والمسؤوليةالمشتركةبينالجميعفيالمجتمع" * rng.randint(1, 2),
        "marks": lambda: "Z̤͔̎a̘̫̎l̘̥̽g̱͑̀o̘͌ " * rng.randint(2, 8),
        "long": lambda: " ".join(word(rng.randint(1, 14)) for _ in range(60))[:300],
        "lines": lambda: "One line\n\nthen another,\nand " + word(40),
        "unbroken": lambda: "a\u00a0" * 40 + "end",
        "dots": lambda: "." * 70,
        "short": lambda: "No.",
    }
    return unicodedata.normalize("NFC", kinds[rng.choice(list(kinds))]())


def hostile_study(name: str, grid: dict[float, int], seed: int) -> Study:
    rng = random.Random(seed)
    return Study.model_validate(
        {
            "study": name,
            "languages": {"de": {"name": "Deutsch"}},
            "title": "Verantwortungsübernahmebereitschaft",
            "condition": "Wie sehr entspricht jede dieser Aussagen Ihrer Sicht?",
            "grid": grid,
            "scale": {"low": "entspricht meiner Sicht am wenigsten", "high": "entspricht meiner Sicht am meisten"},
            "welcome": "Willkommen.",
            "consent": "Freiwillig.",
            "stages": {"presort": False, "refine": False, "why": False},
            "statements": [{"id": f"h{i}", "text": hostile(rng)} for i in range(1, sum(grid.values()) + 1)],
        }
    )


MANY = dict(zip(range(-6, 7), (3, 5, 7, 8, 9, 10, 16, 10, 9, 8, 7, 5, 3), strict=True))
NINE = dict(zip(range(-4, 5), (2, 4, 5, 6, 8, 6, 5, 4, 2), strict=True))


@pytest.mark.parametrize(("name", "grid"), [("hostile-many", MANY), ("hostile-nine", NINE), ("hostile-three", {-1: 3, 0: 4, 1: 3})])
def test_no_text_breaks_the_board_in_any_window(site: Site, visit: Visits, name: str, grid: dict[float, int]) -> None:
    study = hostile_study(name, grid, seed=len(grid))
    site.add(study)
    visitor = visit()
    number = visitor.as_one(name, "grid", language="de")
    slots = [column for column, n in study.capacity.items() for _ in range(n)]
    half = dict(list(zip(study.ids, slots, strict=True))[::2])
    site.store.save(number, [{"key": new_key(), "act": "arrange", "columns": half}])
    page = visitor.goto(name, "grid")
    page.locator(".to").first.wait_for()
    wrong: dict[Any, Any] = {}
    for width, height in WINDOWS:
        resize(page, width, height)
        page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
        found = page.evaluate(IN_HAND) + page.evaluate(SPREAD)
        if not page.locator(".deck").is_visible():
            press(page, ".opener")
            found += page.evaluate(SPREAD)
            page.keyboard.press("Escape")
        if found:
            wrong[width, height] = found[:5]
    assert wrong == {}


# ---- the deck, swaps, undo


def test_another_card_comes_out_of_the_deck_and_the_page_stays(site: Site, visit: Visits) -> None:
    visitor = visit(PHONE)
    number = visitor.as_one("leadership", "grid")
    page = visitor.page
    page.locator(".to").first.wait_for()
    deck = page.locator(".deck")
    expect(deck).to_be_hidden()
    expect(page.locator(".opener")).to_have_text("Other cards (42)")
    page.locator(".opener").tap()
    expect(deck).to_be_in_viewport(ratio=0.9)
    expect(page.locator(".opener")).to_have_attribute("aria-expanded", "true")
    card = deck.locator(".card").nth(1)
    name, text = card.get_attribute("data-card"), card.inner_text()
    card.tap()
    expect(deck).to_be_hidden()
    expect(page.locator(".hand-text")).to_have_text(text)
    assert page.evaluate("document.activeElement.className") == "to"
    page.locator(".to[data-to='-3']").tap()
    assert scrolled(page) == [0, 0]
    page.locator("#saving[data-state=saved]").wait_for(state="attached")
    assert {key: place.column for key, place in site.store.response(number).board.places.items()} == {name: -3}  # type: ignore[union-attr]


def test_escape_closes_the_deck_and_lets_no_card_go(site: Site, visit: Visits) -> None:
    visitor = visit(PHONE)
    visitor.as_one("leadership", "grid")
    page = visitor.page
    before = page.locator(".hand-text").inner_text()
    page.locator(".opener").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('.deck') !== null")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(page.locator(".deck")).to_be_hidden()
    expect(page.locator(".hand-text")).to_have_text(before)
    assert page.evaluate("document.activeElement !== document.body")


@pytest.mark.parametrize("profile", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_pressing_two_cards_swaps_them_and_a_column_takes_a_card_anywhere(site: Site, visit: Visits, profile: dict[str, Any]) -> None:
    visitor = visit(profile)
    number = visitor.as_one("leadership", "why")
    page = visitor.goto("leadership", "grid")
    before = {name: place.column for name, place in site.store.response(number).board.places.items()}  # type: ignore[union-attr]
    one, other = (next(name for name, at in before.items() if at == column) for column in (4, 3))
    for name in (one, other):
        page.locator(f".card[data-card={name}]").click()
    page.locator("#saving[data-state=saved]").wait_for(state="attached")
    now = {name: place.column for name, place in site.store.response(number).board.places.items()}  # type: ignore[union-attr]
    assert (now[one], now[other]) == (3, 4)
    page.locator("#undo").click()
    page.locator(f"[data-column='4'] .card[data-card={one}]").wait_for()
    # One card is taken off; another goes to the free place by a press on the lowest part of that column.
    page.locator(f".card[data-card={one}]").click()
    page.get_by_role("button", name="Take off the board").click()
    page.keyboard.press("Escape")
    page.locator(f".card[data-card={other}]").click()
    page.evaluate("document.querySelector('[data-column=\"4\"]').scrollIntoView({ block: 'center', behavior: 'instant' })")
    lowest = page.evaluate(
        """() => {
            const box = document.querySelector("[data-column='4']").getBoundingClientRect();
            const cards = document.querySelector("[data-column='4'] .cards").getBoundingClientRect();
            return [box.left + box.width / 2, Math.min(cards.bottom + 30, box.bottom - 2)];
        }"""
    )
    page.mouse.click(*lowest)
    expect(page.locator(f"[data-column='4'] .card[data-card={other}]")).to_have_count(1)


@pytest.mark.parametrize("size", [(390, 844), (341, 192), (844, 390), (1366, 625)], ids=str)
def test_a_full_column_and_an_undo_that_crosses_are_said_in_sight(site: Site, visit: Visits, size: tuple[int, int]) -> None:
    visitor = visit({"viewport": {"width": size[0], "height": size[1]}})
    visitor.as_one("leadership", "why")
    page = visitor.goto("leadership", "grid")
    card = page.locator("[data-column='0'] .card").first
    card.click()
    press(page, ".to[data-to='4']")
    note = page.locator(".hand-note")
    expect(note).to_contain_text("+4 is full.")
    expect(note).to_be_in_viewport()
    expect(page.locator("[data-column='4'] .card").first).to_be_in_viewport()
    # In the lowest windows the text makes room for what is said, and is reached by scrolling inside.
    assert [fault for fault in page.evaluate(IN_HAND) if size != (341, 192) or not fault.startswith("text")] == []


# ---- dragging


def test_a_dragged_card_stays_as_it_is_and_its_target_is_marked(site: Site, visit: Visits) -> None:
    visitor = visit()
    visitor.as_one("leadership", "why")
    page = visitor.goto("leadership", "grid")
    card, other = page.locator("[data-column='-4'] .card").first, page.locator("[data-column='0'] .card").nth(2)
    look = "card => [card.offsetWidth, card.offsetHeight, getComputedStyle(card).fontSize, getComputedStyle(card).fontFamily]"
    before, there = card.evaluate(look), other.bounding_box()
    card.hover()
    page.mouse.down()
    assert there
    page.mouse.move(there["x"] + 30, there["y"] + 30, steps=6)
    assert page.locator(".ghost").evaluate(look) == before
    expect(page.locator(".column.over")).to_have_attribute("data-column", "0")
    assert other.evaluate("card => card.classList.contains('over')")
    moved = [card.get_attribute("data-card"), other.get_attribute("data-card")]
    page.mouse.up()
    expect(page.locator(".over, .ghost")).to_have_count(0)
    expect(page.locator(f"[data-column='0'] [data-card={moved[0]}]")).to_have_count(1)
    expect(page.locator(f"[data-column='-4'] [data-card={moved[1]}]")).to_have_count(1)


def test_the_page_scrolls_while_a_card_is_dragged_to_its_edge(site: Site, visit: Visits) -> None:
    visitor = visit({"viewport": {"width": 1024, "height": 600}})
    visitor.as_one("leadership", "why")
    page = visitor.goto("leadership", "grid")
    page.locator("[data-column='4'] .card").first.hover()
    page.mouse.down()
    page.mouse.move(700, 400)
    assert scrolled(page) == [0, 0]
    page.mouse.move(700, 590)
    page.wait_for_function("() => scrollY > 300")
    page.mouse.move(700, 300)
    stopped = scrolled(page)
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert scrolled(page) == stopped
    page.mouse.move(700, 5)
    page.wait_for_function("() => scrollY === 0")
    page.keyboard.press("Escape")
    expect(page.locator(".ghost")).to_have_count(0)


@pytest.mark.parametrize("size", [(1366, 768), (1024, 768)], ids=str)
def test_a_card_is_dropped_on_the_button_of_a_column(site: Site, visit: Visits, size: tuple[int, int]) -> None:
    visitor = visit({"viewport": {"width": size[0], "height": size[1]}})
    number = visitor.as_one("leadership", "grid")
    page = visitor.page
    card = page.locator(".deck .card").nth(2)
    name = card.get_attribute("data-card")
    card.drag_to(page.locator(".to[data-to='-2']"))
    page.locator("#saving[data-state=saved]").wait_for(state="attached")
    assert {key: place.column for key, place in site.store.response(number).board.places.items()} == {name: -2}  # type: ignore[union-attr]


# ---- what is heard

HEARD = """() => {
    window.heard = [];
    const spoken = document.getElementById("spoken");
    new MutationObserver(() => heard.push(spoken.textContent)).observe(spoken, { childList: true });
}"""


@pytest.mark.parametrize("size", [(1366, 768), (390, 844)], ids=str)
def test_each_act_is_heard_once_with_the_texts_of_its_cards(site: Site, visit: Visits, size: tuple[int, int]) -> None:
    visitor = visit({"viewport": {"width": size[0], "height": size[1]}})
    visitor.as_one("leadership", "grid")
    page = visitor.page
    page.locator(".to").first.wait_for()
    page.evaluate(HEARD)
    heard = lambda: list(page.evaluate("heard.splice(0)"))  # noqa: E731
    first = page.locator(".hand-text").inner_text()
    page.locator(".to[data-to='2']").click()
    page.locator("#saving[data-state=saved]").wait_for(state="attached")
    said, second = heard(), page.locator(".hand-text").inner_text()
    assert len(said) == 1
    assert said[0].count(first[:40]) == 1
    assert said[0].endswith(f"Next: {second}")
    placed = page.locator(".column .card")
    placed.click()
    assert [first in one for one in heard()] == [True]
    page.locator(".to[data-to='3']").click()
    assert [first[:40] in one for one in heard()] == [True]
    # With keys the focus goes to the next card and says it; it is not said twice.
    if not page.locator(".deck").is_visible():
        page.locator(".opener").click()
    page.locator(".deck .card").first.focus()
    for key in ("1", "Enter"):
        page.keyboard.press(key)
    assert [("Next" in one, "Enter places" in one) for one in heard()] == [(False, True), (False, False)]
    page.locator("#undo").click()
    page.locator("#saving[data-state=saved]").wait_for(state="attached")
    page.wait_for_function("() => heard.length > 0")
    assert [one.startswith("Undone.") for one in heard()] == [True]


def test_controls_are_called_what_they_show(site: Site, visit: Visits) -> None:
    visitor = visit()
    visitor.as_one("leadership", "grid")
    page, rules = visitor.page, ["label-content-name-mismatch", "scrollable-region-focusable", "button-name", "nested-interactive"]
    for width, height in WINDOWS:
        resize(page, width, height)
        if not page.locator(".deck").is_visible():
            page.locator(".opener").click()
        found = violations(page, {"runOnly": rules, "resultTypes": ["violations"]})
        assert [each["id"] for each in found] == [], (width, height)
    name = page.locator(".to[data-to='4']").evaluate("button => button.innerText")
    assert "4" in name
    expect(page.get_by_role("button", name="Place at +4, 2 of 2 free")).to_have_count(1)
