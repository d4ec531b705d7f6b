"""The last acceptance case: no barrier on any page of the survey, in any state, in any language that ships."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.axe import faults
from tests.browser.survey import DESKTOP, PHONE, Site, Visits, resize
from tests.browser.survey_states import MAIN, STATES, add_other_studies, add_study_of_several_sorts

pytestmark = pytest.mark.browser

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice")
SPOKEN = {"label-content-name-mismatch": {"enabled": True}}
"""What is read on a button is in what it is called; a rule that is not on by itself."""
WHOLE = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": TAGS}, "rules": SPOKEN}
CONTRAST = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}
SMALL_TARGETS = """[...document.querySelectorAll("a[href], button, input:not([type=hidden]), textarea, select, summary")].flatMap(element => {
    const boxes = [element, element.closest("label")].filter(Boolean).map(part => part.getBoundingClientRect());
    const inRunningText = element.matches("a") && getComputedStyle(element).display === "inline"
        && element.parentElement.textContent.trim() !== element.textContent.trim();
    const skip = !element.checkVisibility() || inRunningText || element.matches(".skip:not(:focus)");
    return skip || boxes.some(box => box.width >= 24 && box.height >= 24) ? [] : [element.outerHTML.slice(0, 120)];
})"""
TOO_WIDE = """document.documentElement.scrollWidth <= document.documentElement.clientWidth ? []
    : [...document.querySelectorAll("main *, header *, footer *")].filter(element => element.checkVisibility()
        && !element.closest(".unseen") && element.getBoundingClientRect().right > document.documentElement.clientWidth + 1
        || element.getBoundingClientRect().left < -1).map(element => element.outerHTML.slice(0, 100)).slice(0, 3)
        .concat(`${document.documentElement.scrollWidth} px`)"""
LOOKS: dict[str, tuple[str, dict[str, Any]]] = {
    "en-desk": ("en", DESKTOP),
    "en-phone": ("en", PHONE),
    "es-desk": ("es", DESKTOP),
    "ar-phone": ("ar", PHONE),
}
WHOLLY = ("en-desk", "ar-phone")  # every state once at a desk and once on a phone, written either way; the main ones in each other look
EXPLAINS = {name: int(name.split()[1]) for name in STATES if name.startswith("explains")}


@pytest.fixture(scope="module", autouse=True)
def _by_code(site: Site) -> None:
    add_other_studies(site)
    add_study_of_several_sorts(site)


@pytest.mark.parametrize("look", LOOKS)
def test_case_12_axe_finds_no_barrier(site: Site, visit: Visits, look: str) -> None:
    language, profile = LOOKS[look]
    visitor = visit(profile, locale=language)
    page = visitor.page
    statuses: dict[str, int] = {}
    found: list[str] = []
    for name, reach in ((name, STATES[name]) for name in (STATES if look in WHOLLY else MAIN)):
        visitor.context.clear_cookies()
        last: list[int] = []
        page.on("response", lambda reply, last=last: last.append(reply.status) if reply.request.is_navigation_request() else None)
        reach(visitor, language)
        statuses[name] = last[-1]
        found += [f"{look}, {name}: {fault}" for fault in faults(page, WHOLE)]
        if not name.startswith(("studies", "explains 404 of")):
            assert page.locator("html").get_attribute("lang") == language, name
        found += [f"{look}, {name}: target too small: {target}" for target in page.evaluate(SMALL_TARGETS)]
        if profile is PHONE:
            resize(page, 320, 256)  # a window of 1280 x 1024 at 400 %
            found += [f"{look}, {name}: scrolls sideways at 320 px: {wide}" for wide in page.evaluate(TOO_WIDE)]
            resize(page, **PHONE["viewport"])
        if look == "en-desk" and name in MAIN:
            page.emulate_media(color_scheme="dark")
            found += [f"{look}, dark, {name}: {fault}" for fault in faults(page, CONTRAST)]
            page.emulate_media(color_scheme="light")
    assert not found, "\n".join(found)
    assert {name: status for name, status in statuses.items() if name in EXPLAINS} == {name: EXPLAINS[name] for name in EXPLAINS if name in statuses}
    assert {name for name, status in statuses.items() if status >= 400 and name not in EXPLAINS} == {
        name for name in statuses if "refused" in name or "errors" in name
    }
