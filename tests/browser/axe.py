"""What axe finds wrong with a page."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page


def violations(page: Page, options: dict[str, Any]) -> list[dict[str, Any]]:
    """The rules that a page breaks, and where. Of all else that axe tells, which is much more, nothing is carried out of the browser.

    Parameters
    ----------
    page : Page
    options : dict
        As axe takes them.
    """
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate("options => axe.run(document, options).then(found => found.violations)", options)
    return found


def faults(page: Page, options: dict[str, Any]) -> list[str]:
    """Each rule that a page breaks in one line, with the first places."""
    return [f"{each['id']}: {', '.join(' '.join(map(str, node['target'])) for node in each['nodes'][:4])}" for each in violations(page, options)]
