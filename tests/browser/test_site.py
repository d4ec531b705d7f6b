"""A published site in a browser, opened from its folder: alone in the network, readable by everyone, and five cards to sort with any keyboard."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from qmethod_analysis.folder.loaded import load_analysis
from qmethod_analysis.report.anonymous import public
from qmethod_analysis.site.nearest import five_cards, orders, probabilities, step_of
from tests.browser.axe import violations

pytestmark = pytest.mark.browser
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice")
WHOLE = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": TAGS}, "preload": False}  # axe may not load the sheet again either
KINDS = ("index", "leadership/index", "leadership/viewpoint-1", "leadership/shared", "leadership/compare-1-3", "leadership/nearest")
MORE = ("leadership/method", "leadership/data", "climate/viewpoint-2", "climate/shared", "climate/compare-1-2")
LOOKS = [(390, "dark"), (1366, "light")]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two analyses and the site made of them."""
    command = shutil.which("qmethod", path=str(Path(sys.executable).parent))
    assert command, "the package is not installed"
    home = tmp_path_factory.mktemp("site")
    for line in (
        "analyse climate --factors 1 --no-flag-majority --bipolar split --no-retention --out climate",
        "simulate leadership -n 40 --seed 1 --out sorts.csv",
        "analyse sorts.csv --factors 4 --bootstrap 60 --no-retention --out leadership-analysis",
        "publish climate leadership-analysis=leadership --out site",
    ):
        subprocess.run([command, *line.split()], cwd=home, check=True, stdin=subprocess.DEVNULL, timeout=120)
    return home


@pytest.fixture(params=LOOKS, ids=lambda look: "-".join(map(str, look)))
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme, reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1366, "height": 844}, reduced_motion="reduce")
    yield context.new_page()
    context.close()


def address(home: Path, name: str) -> str:
    return (home / "site" / f"{name}.html").as_uri()


def sort_all(page: Page) -> None:
    for _ in range(5):
        page.locator("#pile .take").first.click()


SMALL = """[...document.querySelectorAll("main li, main p, main td, main th, main button")]
    .filter(part => part.checkVisibility() && part.textContent.trim() && parseFloat(getComputedStyle(part).fontSize) < 12)
    .map(part => part.outerHTML.slice(0, 80))"""


def test_every_kind_of_page_has_no_barrier_and_asks_nobody_for_anything(page: Page, home: Path) -> None:
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda sent: requests.append(sent.url))
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    found = []
    for name in (*KINDS, *MORE):
        page.goto(address(home, name))
        for state in ("", "sorted") if name.endswith("nearest") else ("",):
            if state:
                sort_all(page)
            found += [f"{name} {state}: {each['id']} {[node['target'] for node in each['nodes'][:3]]}" for each in violations(page, WHOLE)]
            wide = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
            found += [f"{name} {state} scrolls sideways: {wide}"] if wide[0] > wide[1] else []
            found += [f"{name} {state} is small: {part}" for part in page.evaluate(SMALL)]
        if (details := page.locator("summary")).count():
            details.first.click()
    assert found == []
    assert complaints == []
    assert {url.partition("/site/")[2] for url in requests if not url.startswith("data:")} == {
        "site.css",
        "nearest.js",
        *(f"{name}.html" for name in (*KINDS, *MORE)),
    }
    assert all(url.startswith((home.as_uri(), "data:")) for url in requests)


def test_no_page_scrolls_sideways_on_the_smallest_screen(plain: Page, home: Path) -> None:
    plain.set_viewport_size({"width": 320, "height": 568})
    for name in (*KINDS, *MORE):
        plain.goto(address(home, name))
        wide = plain.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide[0] <= wide[1], name


def test_five_cards_with_the_keyboard_alone(plain: Page, home: Path) -> None:
    plain.goto(address(home, "leadership/nearest"))
    page, said = plain, plain.locator("#said")
    assert not page.locator("#result").is_visible()
    while page.evaluate("document.activeElement.className") != "take":
        page.keyboard.press("Tab")
    texts = page.locator("#pile .wording").all_text_contents()
    for n in range(1, 5):
        page.keyboard.press("Enter")
        assert said.text_content() == f"Placed {n} of 5: {texts[n - 1]}"
        assert page.evaluate("document.activeElement.className") == "take"
    page.keyboard.press("Space")
    assert page.evaluate("document.activeElement.id") == "result-title"
    assert page.locator("#ranking .wording").all_text_contents() == texts
    answer = page.locator("#answer").text_content()
    assert answer
    assert said.text_content() == f"Placed 5 of 5: {texts[4]} {answer}"
    while "Down" not in page.evaluate("document.activeElement.textContent"):
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")  # from the fourth card's Down to its Up
    for n in (3, 2, 1):
        page.keyboard.press("Enter")
        assert said.text_content().startswith(f"Placed {n} of 5: {texts[3]}")
    assert page.locator("#ranking .wording").all_text_contents() == [texts[3], *texts[:3], texts[4]]
    assert page.evaluate("document.activeElement.textContent") == "Down"  # Up is of no use at the top
    assert page.locator("#ranking .up").first.is_disabled()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert said.text_content() == f"Taken back: {texts[3]}"
    assert not page.locator("#result").is_visible()
    assert page.evaluate("document.activeElement.textContent") == texts[3]


def test_the_page_tells_what_the_method_tells(plain: Page, home: Path) -> None:
    plain.goto(address(home, "leadership/nearest"))
    cards = five_cards(public(load_analysis(home / "leadership-analysis")).solution)
    assert cards is not None
    every = orders()
    expected = probabilities(cards.profiles, cards.prior, every)
    found = plain.evaluate(
        """orders => { const known = JSON.parse(document.getElementById("known").textContent);
                       return orders.map(places => probabilities(places, known.profiles, known.prior)); }""",
        every.T.tolist(),
    )
    np.testing.assert_allclose(found, expected, atol=1e-9)
    steps = plain.evaluate(
        """orders => { const [known, steps] = ["known", "steps"].map((id) => JSON.parse(document.getElementById(id).textContent));
                       return orders.map(places => steps.indexOf(stepOf(probabilities(places, known.profiles, known.prior), steps))); }""",
        every.T.tolist(),
    )
    assert steps == step_of(expected, cards.steps).tolist()
    for _ in range(5):  # always the last card first
        plain.locator("#pile .take").last.click()
    people = cards.steps[steps[every.T.tolist().index([1, 2, 3, 4, 5])]].people
    assert tuple(int(text) for text in plain.locator("#shares .people").all_text_contents()) == people
    assert f"Of 100 simulated new people with an order like yours, {max(people)} hold " in plain.locator("#answer").text_content()
    plain.locator("#again").click()
    assert plain.locator("#pile .take").count() == 5
    assert plain.locator("#pile .take").all_text_contents() == plain.locator("#pile .wording").all_text_contents()


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("name", ["leadership/index", "climate/index"])
def test_the_page_of_a_study_is_printed_as_one_sheet(plain: Page, home: Path, name: str, paper: str) -> None:
    plain.goto(address(home, name))
    assert not plain.locator(".sheet").is_visible()
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", plain.pdf(format=paper))) == 1
    plain.emulate_media(media="print")
    assert plain.locator(".sheet").is_visible()
    assert not plain.locator("h1").is_visible()
    assert not plain.locator("footer").is_visible()


def test_on_paper_no_statement_is_cut_and_every_mark_keeps_its_colour(plain: Page, home: Path) -> None:
    plain.goto(address(home, "leadership/compare-1-3"))
    fill = "getComputedStyle(document.querySelector('.ground svg')).fill"
    before = plain.evaluate(fill)
    plain.emulate_media(media="print")
    assert plain.evaluate(fill) == before
    assert plain.evaluate("getComputedStyle(document.querySelector('.ground tbody')).breakInside") == "avoid"
    assert plain.evaluate("getComputedStyle(document.querySelector('.ground thead')).position") == "static"
    assert not plain.locator(".choose").is_visible()


def test_without_scripts_a_reader_compares_two_viewpoints_and_follows_a_statement(browser: Browser, home: Path) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(address(home, "leadership/index"))
    page.get_by_role("link", name="Common ground").click()
    page.get_by_role("region", name="Table of all pairs of viewpoints").get_by_role("link").first.click()
    assert page.url.endswith("leadership/compare-1-2.html")  # the choice is the address
    first, second = (page.locator(f"[aria-labelledby=choice-{n}]") for n in (1, 2))
    second.get_by_role("link").last.click()
    assert page.url.endswith("leadership/compare-1-4.html")
    first.get_by_role("link").nth(1).click()
    assert page.url.endswith("leadership/compare-2-4.html")
    names = page.locator(".choose [aria-current]").all_text_contents()
    assert page.locator("h1").text_content() == " and ".join(names)
    statement = page.locator(".ground tbody th a").nth(20)
    words = statement.text_content()
    statement.click()
    row = page.locator("tbody:target")
    assert " ".join(row.locator("th").text_content().split()) == " ".join(words.split())
    box, head = row.bounding_box(), row.locator("xpath=..").locator("thead").bounding_box()
    assert 0 <= box["y"] < 844
    assert box["y"] >= head["y"] + head["height"] - 1  # not behind the places, which stay in sight
    mark = row.locator("td a").first
    said = mark.get_attribute("title")
    mark.click()
    card = page.locator("li:target")
    assert page.locator("h1").text_content() == said.rpartition(":")[0]
    assert words.split()[0] in card.text_content()
    card.get_by_role("link").click()
    assert "shared.html#s" in page.url
    context.close()


def test_without_scripts_the_page_says_so(browser: Browser, home: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address(home, "leadership/nearest"))
    assert page.locator("#without").is_visible()
    assert not page.locator("#five").is_visible()
    context.close()
