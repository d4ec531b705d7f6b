"""Tables of the report: sorted by a press of a key or a click, copied with tabs, and as they were written without the script."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(browser: Browser, report_of: Callable[[str], Path]) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1366, "height": 844})
    opened = context.new_page()
    opened.goto(report_of("lipset").as_uri())
    yield opened
    context.close()


LOADINGS = "table:has(caption:text-matches('^Table [0-9]+. Loadings'))"


def column(page: Page, table: str, n: int) -> list[str]:
    return page.locator(f"{table} tbody tr").evaluate_all("(rows, n) => rows.map(row => row.cells[n].textContent)", n)


def figures(page: Page, table: str, n: int) -> list[float]:
    return [float(text.split()[0].replace("−", "-")) for text in column(page, table, n)]


def test_a_click_sorts_figures_by_size_and_a_third_one_restores_the_order(page: Page) -> None:
    head = page.locator(f"{LOADINGS} thead th").nth(1)
    written = column(page, LOADINGS, 0)
    assert head.get_attribute("aria-sort") == "none"
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert figures(page, LOADINGS, 1) == sorted(figures(page, LOADINGS, 1))
    head.locator("button").press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert figures(page, LOADINGS, 1) == sorted(figures(page, LOADINGS, 1), reverse=True)
    head.locator("button").press("Space")
    assert head.get_attribute("aria-sort") == "none"
    assert column(page, LOADINGS, 0) == written


def test_one_column_at_a_time_is_said_to_be_sorted(page: Page) -> None:
    heads = page.locator(f"{LOADINGS} thead th")
    heads.nth(0).locator("button").click()
    heads.nth(2).locator("button").click()
    assert heads.evaluate_all("heads => heads.map(head => head.getAttribute('aria-sort'))").count("ascending") == 1
    assert page.locator("[role=status]").last.text_content() == "Sorted, ascending"


def test_every_table_with_a_header_can_be_sorted_and_all_can_be_copied(page: Page) -> None:
    assert page.locator("button.copy").count() == page.locator("table").count()
    bare = page.locator("table:has(thead):has(tbody tr + tr)").evaluate_all("tables => tables.filter(one => !one.querySelector('.sort')).length")
    assert bare == 0


def test_copy_gives_tabs_between_cells(page: Page) -> None:
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    page.get_by_role("button", name=re.compile(r"^Copy Table \d+\. Loadings")).first.click()
    page.wait_for_function("window.copied")
    lines = page.evaluate("window.copied").split("\n")
    assert len(lines) == 1 + len(column(page, LOADINGS, 0))
    assert lines[0].split("\t")[0] == "Sort"
    assert {line.count("\t") for line in lines} == {4}
    assert "defines" not in "".join(lines[1:])
    assert page.get_by_role("button", name=re.compile(r"^Copy Table \d+\. Loadings")).first.text_content() == "Copied"


def test_without_script_tables_are_whole_and_have_no_buttons(browser: Browser, report_of: Callable[[str], Path]) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report_of("lipset").as_uri())
    assert page.locator("button").count() == 0
    assert page.locator(f"{LOADINGS} tbody tr").count() == 9
    context.close()
