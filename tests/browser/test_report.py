"""The report in a browser: alone in the network, readable by everyone, on a phone and on a desk, in light and dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.axe import faults

WCAG = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]}}
# Each width and each colour scheme once for each report; all combinations would take minutes and show nothing more.
VIEWS = [("climate", 390, "light"), ("climate", 1366, "dark"), ("lipset", 390, "dark"), ("lipset", 1366, "light"), ("lipset-oblique", 390, "light")]
PARAMETERS = [pytest.param(view, id="-".join(map(str, view))) for view in VIEWS]
pytestmark = [pytest.mark.browser, pytest.mark.parametrize("seen", PARAMETERS, indirect=True, scope="module")]


@dataclass
class Seen:
    """A page, and what went on while it was loaded."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def seen(request: pytest.FixtureRequest, browser: Browser, report_of: Callable[[str], Path]) -> Iterator[Seen]:
    name, width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme, reduced_motion="reduce")
    watched = Seen(context.new_page())
    watched.page.on("request", lambda sent: watched.requests.append(sent.url))
    watched.page.on("console", lambda said: watched.complaints.append(said.text) if said.type in ("error", "warning") else None)
    watched.page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    watched.page.goto(report_of(name).as_uri(), wait_until="networkidle")
    yield watched
    context.close()


def test_it_stands_alone_and_has_no_error(seen: Seen) -> None:
    assert [url for url in seen.requests if not url.startswith(("file:", "data:", "blob:"))] == []
    assert len([url for url in seen.requests if url.startswith("file:")]) == 1
    assert seen.complaints == []
    assert seen.page.title()
    assert seen.page.locator("h1").count() == 1
    assert seen.page.locator("html").get_attribute("lang")


def test_axe_finds_no_barrier(seen: Seen) -> None:
    assert faults(seen.page, WCAG) == []


def test_the_page_itself_does_not_scroll_sideways(seen: Seen) -> None:
    wide = seen.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide[0] <= wide[1]


CARDS = ".board .cards > li"
LOOK = """cards => cards.filter(card => card.offsetParent !== null).map(card => {
    const parts = [card, ...card.querySelectorAll('*')].filter(part => part.textContent.trim());
    return {
        text: card.textContent.trim().slice(0, 60),
        size: Math.min(...parts.map(part => parseFloat(getComputedStyle(part).fontSize))),
        cut: card.scrollHeight > card.clientHeight + 1 || card.scrollWidth > card.clientWidth + 1,
    };
})"""


def test_statements_can_be_read(seen: Seen) -> None:
    cards = seen.page.locator(CARDS).evaluate_all(LOOK)
    assert cards, f"no visible element matches {CARDS}"
    assert [card for card in cards if card["size"] < 12] == []
    assert [card for card in cards if card["cut"]] == []


NARROW = """cells => cells.filter(cell => cell.offsetParent !== null && cell.textContent.length > 40).map(cell => cell.clientWidth)"""


def test_wordings_in_tables_have_several_words_to_the_line(seen: Seen) -> None:
    for fold in seen.page.locator("details").all():
        fold.evaluate("fold => { fold.open = true; }")
    widths = seen.page.locator("tbody .statement").evaluate_all(NARROW)
    assert widths
    assert min(widths) >= 140  # ten signs to the line and more
    wide = seen.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide[0] <= wide[1]
    captions = seen.page.locator("caption").evaluate_all("captions => captions.map(one => one.getBoundingClientRect().width)")
    assert max(captions) <= wide[1]


PICTURES = """pictures => pictures.map(picture => {
    const room = picture.getBoundingClientRect();
    const words = [...picture.querySelectorAll('text')];
    return {
        name: picture.getAttribute('aria-labelledby'),
        size: Math.min(...words.map(text => parseFloat(getComputedStyle(text).fontSize) * room.width / picture.viewBox.baseVal.width)),
        outside: words.filter(text => {
            const box = text.getBoundingClientRect();
            return box.left < room.left - 1 || box.right > room.right + 1 || box.top < room.top - 1 || box.bottom > room.bottom + 1;
        }).map(text => text.textContent),
        wording: Math.max(0, ...[...picture.querySelectorAll('.wording')].map(part => part.getBBox().width)),
        left: Math.min(Infinity, ...[...picture.querySelectorAll('.points')].map(part => part.getBBox().x)),
    };
})"""


def test_pictures_can_be_read(seen: Seen) -> None:
    pictures = seen.page.locator("svg.figure").evaluate_all(PICTURES)
    assert len(pictures) > 1
    for picture in pictures:
        assert picture["size"] >= 12, picture
        assert picture["outside"] == [], picture
        assert picture["wording"] < picture["left"], picture
