"""The sheet and the report of a study with questions and groups in a browser: read by everyone; the sheet on one page of paper."""

from __future__ import annotations

import io
from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import Browser

from qmethod_analysis.recipe.texts import Texts
from qmethod_analysis.report.html import report
from qmethod_analysis.report.sheet import page, sheet
from tests.analysis.report_cases import leadership
from tests.browser.axe import faults
from tests.browser.test_report import WCAG

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, loaded = tmp_path_factory.mktemp("sheet"), leadership(40)
    (folder / "sheet.html").write_text(page(sheet(loaded, Texts())), encoding="utf-8")
    (folder / "report.html").write_text(report(loaded, Texts()), encoding="utf-8")
    return folder


@pytest.mark.parametrize("width", [390, 1366])
@pytest.mark.parametrize("name", ["sheet", "report"])
def test_it_can_be_read_by_everyone(browser: Browser, written: Path, name: str, width: int) -> None:
    seen = browser.new_page(viewport={"width": width, "height": 844})
    seen.goto((written / f"{name}.html").as_uri())
    assert seen.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert faults(seen, WCAG) == []
    seen.close()


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_page_prints_on_one_side(browser: Browser, written: Path, paper: str) -> None:
    seen = browser.new_page()
    seen.goto((written / "sheet.html").as_uri())
    assert len(pypdf.PdfReader(io.BytesIO(seen.pdf(format=paper))).pages) == 1
    seen.close()
