"""What a page asks the server for besides itself: every script at once, each under an address that lasts, and none that it has already."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.browser.survey import Visits

pytestmark = pytest.mark.browser

STAGES = ["", "consent", "before", "presort", "refine", "grid", "grid/list", "why", "after", "review", "thanks"]
LOADED = """() => performance.getEntriesByType("resource").map(one => [one.name, one.initiatorType, one.transferSize])"""


@pytest.mark.parametrize("stage", STAGES)
def test_all_scripts_of_a_page_are_asked_for_at_once_and_used(visit: Visits, stage: str) -> None:
    """What a script imports is asked for by the page itself, before that script was read; the browser complains of what is asked for and not used."""
    visitor = visit()
    if stage not in ("", "consent"):
        visitor.as_one("garden", {"grid/list": "grid", "thanks": "submitted"}.get(stage, stage))
    said: list[str] = []
    visitor.page.on("console", lambda message: said.append(message.text))
    visitor.goto("garden", stage)
    visitor.page.wait_for_load_state("networkidle")
    visitor.page.wait_for_timeout(4_000 if stage == "grid" else 0)  # Chromium tells of what nobody used three seconds later
    assert said == []
    asked = visitor.page.evaluate("""() => [...document.querySelectorAll('link[rel=modulepreload], script[src]')].map(one => one.href || one.src)""")
    loaded = [name for name, _, _ in visitor.page.evaluate(LOADED) if urlsplit(name).path.endswith(".js")]
    assert sorted(loaded) == sorted(set(asked))
    versions = {urlsplit(name).path.split("/")[2] for name in loaded}
    assert len(versions) <= 1
    visitor.goto("garden", stage)
    assert [
        name for name, _, size in visitor.page.evaluate(LOADED) if size and "/static/" in name
    ] == []  # the second time nothing comes over the wire
