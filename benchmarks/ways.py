"""Whether a whole study can be done by mouse, by touch, by keys and without scripts, in every language of the pages.

Run: ``python -m benchmarks.ways`` (Chromium), with ``--languages de ar`` or ``--ways touch`` for some. Each robot means a sort, answers and comments,
and what the store holds in the end must be just these. How a study is done by ear is a test of its own, `tests/browser/test_survey_heard.py`.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error, sync_playwright

from tests.browser.robots import Finger, Keys, Robot, Scriptless
from tests.browser.survey import DESKTOP, PHONE, Site, mind, serving, visitors
from tests.webform.tongues import LANGUAGES, in_language

WAYS: dict[str, tuple[type[Robot], dict[str, Any]]] = {
    "mouse": (Robot, DESKTOP),
    "touch": (Finger, PHONE),
    "keys": (Keys, DESKTOP),
    "scriptless": (Scriptless, {**DESKTOP, "java_script_enabled": False}),
}


def done(browser: Browser, site: Site, language: str, way: str) -> str:
    """What became of one study in one language."""
    robot, profile = WAYS[way]
    study = in_language(site.studies["garden"], language, study=f"garden-{language.lower()}")
    if study.study not in site.studies:
        site.add(study)
    meant = mind(study)
    try:
        with visitors(browser, site) as visit:
            robot(visit(profile, locale=language), meant).whole()
        meant.stored(site.newest(study.study))
    except (AssertionError, Error) as wrong:
        return f"NOT FINISHED: {str(wrong)[:300]}"
    return "finished as meant"


def main() -> None:
    """Try all ways in all languages."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--languages", nargs="+", choices=LANGUAGES, default=LANGUAGES)
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), default=list(WAYS))
    given = parser.parse_args()
    found = subprocess.run([Path(__file__).parents[1] / "tools" / "find-chromium"], capture_output=True, text=True, check=True).stdout.strip()
    results: list[str] = []
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        for language in given.languages:
            for way in given.ways:
                results.append(done(browser, site, language, way))
                print(f"{language}, {way}: {results[-1]}", flush=True)
        browser.close()
    print(f"{results.count('finished as meant')} of {len(results)} finished as meant")


if __name__ == "__main__":
    main()
