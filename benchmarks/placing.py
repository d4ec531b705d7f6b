"""How long a card takes to be placed on the board, from the press to the next paint, by the browser's own Event Timing.

Run: ``python -m benchmarks.placing`` (Chromium; 42 and 100 cards; the processor as it is and four times slower), with ``--acts N`` placements each.
Beside the times it says how many changes one act makes to the page, how often styles and layout are worked out for it, and what that takes in
milliseconds of the processor, which depend less on how busy the machine is.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright

from qmethod_studies.definition import Study
from tests.browser.survey import DESKTOP, Site, Visits, lopsided, serving, visitors

TIMES = """() => {
    window.times = [];
    window.changes = 0;
    const all = { subtree: true, childList: true, attributes: true, characterData: true };
    new MutationObserver((found) => { changes += found.length; }).observe(document, all);
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (entry.name === "click") times.push(entry.duration);
    }).observe({ type: "event", durationThreshold: 16 });
}"""
GRIDS = {42: (2, 4, 5, 6, 8, 6, 5, 4, 2), 100: (5, 9, 12, 15, 18, 15, 12, 9, 5)}
WORK = ("RecalcStyleCount", "LayoutCount", "RecalcStyleDuration", "LayoutDuration", "ScriptDuration", "TaskDuration")


def large(cards: int) -> Study:
    """A study with so many statements."""
    whole = lopsided().model_dump(mode="json", by_alias=True, exclude_none=True)
    texts = [statement["text"] for statement in whole["statements"]]
    statements = [{"id": f"t{i}", "text": texts[i % len(texts)]} for i in range(cards)]
    grid = dict(zip(range(-4, 5), GRIDS[cards], strict=True))
    return Study.model_validate({**whole, "study": f"cards-{cards}", "grid": grid, "statements": statements})


def worked(browser: CDPSession) -> dict[str, float]:
    """How often and how long this page has worked."""
    return {one["name"]: one["value"] for one in browser.send("Performance.getMetrics")["metrics"] if one["name"] in WORK}


def placed(page: Page, acts: int, slower: int) -> tuple[list[float], float, dict[str, float]]:
    """Milliseconds from press to paint of so many placements, and of one the changes of the page and the work."""
    browser = page.context.new_cdp_session(page)
    browser.send("Performance.enable", {"timeDomain": "threadTicks"})
    browser.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    page.evaluate(TIMES)
    before = worked(browser)
    for i in range(acts):
        free = page.locator(".column:not(.full)").evaluate_all("all => all.map(one => one.dataset.column)")
        box = page.locator(f".to[data-to='{free[i % len(free)]}']").bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.wait_for_timeout(500)
    after = worked(browser)
    browser.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    times: list[float] = page.evaluate("times")
    return sorted(times), page.evaluate("changes") / acts, {name: (after[name] - before[name]) / acts for name in WORK}


def measured(site: Site, visit: Visits, cards: int, acts: int, slower: int) -> None:
    """Say what one kind of board costs."""
    study = large(cards)
    if study.study not in site.studies:
        site.add(study)
    visitor: Any = visit(DESKTOP, reduced_motion="no-preference")
    visitor.as_one(study.study, "grid")
    times, changes, work = placed(visitor.page, acts, slower)
    spread = f"p50 {statistics.median(times):.0f}, p95 {times[int(0.95 * (len(times) - 1))]:.0f}, longest {times[-1]:.0f} ms"
    print(f"{cards} cards, processor {slower} times slower: {len(times)} of {acts} placements timed, {spread};", end=" ")
    spent = ", ".join(f"{name.removesuffix('Duration').lower()} {1000 * work[name]:.1f}" for name in WORK if name.endswith("Duration"))
    print(
        f"an act: {changes:.0f} changes, {work['RecalcStyleCount']:.1f} styles, {work['LayoutCount']:.1f} layouts, ms of the processor: {spent}",
        flush=True,
    )


def main() -> None:
    """Place cards on all boards."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--acts", type=int, default=30)
    acts = parser.parse_args().acts
    found = subprocess.run([Path(__file__).parents[1] / "tools" / "find-chromium"], capture_output=True, text=True, check=True).stdout.strip()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        for cards in GRIDS:
            for slower in (1, 4):
                with visitors(browser, site) as visit:
                    measured(site, visit, cards, acts, slower)
        browser.close()


if __name__ == "__main__":
    main()
