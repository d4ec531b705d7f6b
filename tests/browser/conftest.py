"""Chromium for the tests, and the pages they look at."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.survey import PATIENCE, Site, Visits, serving, visitors

ROOT = Path(__file__).parents[2]
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ANALYSES = {
    "climate": ("climate", "--factors", "1", "--no-flag-majority", "--bipolar", "split"),
    "lipset": (str(ROOT / "tests/reference/lipset/sorts.csv"), "--factors", "3"),
    "lipset-oblique": (str(ROOT / "tests/reference/lipset/sorts.csv"), "--factors", "2", "--rotation", "promax"),
}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium. Where there is none the tests are skipped, but never where CI is set."""
    found = subprocess.run([ROOT / "tools" / "find-chromium", "--shell"], capture_output=True, text=True, check=True).stdout.strip()
    if not found:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no Chromium: install one, or set CHROMIUM to its path")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def report_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The report of one of `ANALYSES`, as the command writes it."""
    command = shutil.which("qmethod", path=str(Path(sys.executable).parent))
    assert command, "the package is not installed"
    home = tmp_path_factory.mktemp("reports")

    @cache
    def write(name: str) -> Path:
        subprocess.run([command, "analyse", *ANALYSES[name], "--out", home / name], check=True, stdin=subprocess.DEVNULL, timeout=120)
        return home / name / "report.html"

    return write


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A survey server with its store."""
    with serving(tmp_path_factory.mktemp("survey")) as running:
        yield running


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Visits]:
    """Makes browsers of visitors' own; see `tests.browser.survey.visitors`."""
    with visitors(browser, site) as made:
        yield made
