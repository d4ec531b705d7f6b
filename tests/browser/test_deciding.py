"""The pages for deciding and naming in a browser: readable by everyone on a screen, and on paper each sheet on its own side."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.axe import faults
from tests.browser.test_report import PICTURES, WCAG

PAGES = ("side-by-side.html", "3-factors/naming.html")
SHOWN = [(page, *look) for page in PAGES for look in ((390, "light"), (1366, "dark"))]
VIEWS = [pytest.param(view, id="-".join(map(str, view)).replace("/", "-")) for view in SHOWN]
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Analyses of simulated sorts side by side, and the sheets of the one with three factors."""
    command = shutil.which("qmethod", path=str(Path(sys.executable).parent))
    assert command, "the package is not installed"
    home = tmp_path_factory.mktemp("deciding")
    for arguments in (
        ("simulate", "leadership", "-n", "24", "--seed", "1", "--out", home / "sorts.csv"),
        ("analyse", home / "sorts.csv", "--factors", "2..5", "--out", home / "range"),
        ("sheet", home / "range/3-factors"),
    ):
        subprocess.run([command, *arguments], check=True, stdin=subprocess.DEVNULL, timeout=120)
    return home / "range"


@pytest.fixture(scope="module")
def seen(request: pytest.FixtureRequest, browser: Browser, folder: Path) -> Iterator[tuple[Page, list[str]]]:
    """A page, and whatever it complained of or asked the network for."""
    name, width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme, reduced_motion="reduce")
    page, complaints = context.new_page(), list[str]()
    page.on("request", lambda sent: complaints.append(sent.url) if not sent.url.startswith(("file:", "data:")) else None)
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto((folder / name).as_uri(), wait_until="networkidle")
    yield page, complaints
    context.close()


on_every_page = pytest.mark.parametrize("seen", VIEWS, indirect=True, scope="module")


@on_every_page
def test_it_stands_alone_and_has_no_error(seen: tuple[Page, list[str]]) -> None:
    page, complaints = seen
    assert complaints == []
    assert page.locator("h1").count() == 1


@on_every_page
def test_axe_finds_no_barrier(seen: tuple[Page, list[str]]) -> None:
    assert faults(seen[0], WCAG) == []


@on_every_page
def test_the_page_itself_does_not_scroll_sideways(seen: tuple[Page, list[str]]) -> None:
    wide, room = seen[0].evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= room


@on_every_page
def test_pictures_can_be_read(seen: tuple[Page, list[str]]) -> None:
    page = seen[0]
    for picture in page.locator("svg.figure").evaluate_all(PICTURES) if "side-by-side" in page.url else ():
        if picture["size"]:  # one that is folded away has no size
            assert picture["size"] >= 12, picture
        assert picture["outside"] == [], picture


TEXTS_IN_CARDS = """svg => {
    const cards = [...svg.querySelectorAll('rect')].filter(part => part.getBBox().width === 200).map(part => part.getBBox());
    const texts = [...svg.querySelectorAll('g > text')].filter(part => !part.closest('.key')).map(part => part.getBBox());
    return texts.filter(text => !cards.some(card => text.x > card.x && text.x + text.width < card.x + card.width
        && text.y > card.y && text.y + text.height < card.y + card.height)).length;
}"""


@pytest.mark.parametrize("seen", [("side-by-side.html", 1366, "light")], indirect=True, scope="module")
def test_statements_stay_within_their_cards(seen: tuple[Page, list[str]]) -> None:
    assert seen[0].locator("svg[aria-labelledby^='flow']").evaluate(TEXTS_IN_CARDS) == 0


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_each_side_of_each_sheet_is_one_page(paper: str, browser: Browser, folder: Path) -> None:
    page = browser.new_page()
    page.goto((folder / PAGES[1]).as_uri())
    printed = page.pdf(format=paper, landscape=True)
    page.close()
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 3 * 2 + 2


@pytest.mark.parametrize("width", [979, 1046])  # the width of Letter and A4 in landscape within the margins, in CSS pixels
def test_on_paper_statements_are_whole_and_black(width: int, browser: Browser, folder: Path) -> None:
    page = browser.new_page(viewport={"width": width, "height": 720})
    page.goto((folder / PAGES[1]).as_uri())
    page.emulate_media(media="print")
    cut = page.locator(".board .cards li").evaluate_all(
        "cards => cards.filter(card => card.scrollHeight > card.clientHeight + 1 || card.scrollWidth > card.clientWidth + 1).length"
    )
    colours = page.locator(".board, .board *, table *, h2, h3").evaluate_all("parts => [...new Set(parts.map(part => getComputedStyle(part).color))]")
    heights = page.locator(".side").evaluate_all("sides => sides.map(side => side.getBoundingClientRect().height * 25.4 / 96)")
    page.close()
    assert cut == 0
    assert set(colours) <= {"rgb(0, 0, 0)", "rgb(51, 51, 51)"}
    assert max(heights) <= 190  # of A4's 210 mm within the margins
