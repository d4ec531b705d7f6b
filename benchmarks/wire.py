"""What pages ask for and how many bytes come over the wire, headers included, as Chromium counts them; first with nothing kept, then once more.

Run: ``python -m benchmarks.wire``; with ``--slow`` on a slow line (400 ms there and back, 400 kbit/s) and a processor four times slower, with the
milliseconds until all scripts of the page have run. Only those depend on what else the machine does.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, sync_playwright

from tests.browser.survey import PHONE, Visits, serving, visitors

PAGES = {"first page": "", "choosing": "presort", "board": "grid", "list": "grid/list"}
BYTES_A_SECOND = 400_000 / 8
READY = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"


@dataclass(frozen=True)
class Load:
    """What came over the wire for one page.

    Parameters
    ----------
    requests : int
    size : int
        Bytes.
    ready : float
        Milliseconds until its scripts have run.
    """

    requests: int
    size: int
    ready: float


def loaded(visitor: Any, browser: CDPSession, study: str, stage: str) -> Load:
    """Open a page, and count."""
    sizes: dict[str, int] = {}
    kept: set[str] = set()

    def answered(event: dict[str, Any]) -> None:
        if event["response"].get("fromDiskCache"):
            kept.add(event["requestId"])

    listeners = {
        "Network.responseReceived": answered,
        "Network.requestServedFromCache": lambda event: kept.add(event["requestId"]),
        "Network.loadingFinished": lambda event: sizes.update({event["requestId"]: int(event["encodedDataLength"])}),
    }
    for name, listen in listeners.items():
        browser.on(name, listen)
    visitor.goto(study, stage)
    visitor.page.wait_for_load_state("networkidle")
    for name, listen in listeners.items():
        browser.remove_listener(name, listen)
    sent = [size for name, size in sizes.items() if name not in kept]
    return Load(len(sent), sum(sent), visitor.page.evaluate(READY))


def measured(visit: Visits, study: str, stage: str, *, slow: bool) -> tuple[Load, Load]:
    """A page with nothing kept by the browser, and once more."""
    visitor: Any = visit(PHONE)
    if stage:
        visitor.as_one(study, stage.partition("/")[0])
    browser = visitor.page.context.new_cdp_session(visitor.page)
    browser.send("Network.enable")
    browser.send("Network.clearBrowserCache")
    visitor.page.goto("about:blank")
    if slow:
        line = {"offline": False, "latency": 400, "downloadThroughput": BYTES_A_SECOND, "uploadThroughput": BYTES_A_SECOND}
        browser.send("Network.emulateNetworkConditions", line)
        browser.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    return loaded(visitor, browser, study, stage), loaded(visitor, browser, study, stage)


def main() -> None:
    """Open all pages twice."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--slow", action="store_true", help="on a slow line, with a slow processor")
    parser.add_argument("--study", default="leadership")
    args = parser.parse_args()
    found = subprocess.run([Path(__file__).parents[1] / "tools" / "find-chromium"], capture_output=True, text=True, check=True).stdout.strip()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        for name, stage in PAGES.items():
            with visitors(browser, site) as visit:
                loads = measured(visit, args.study, stage, slow=args.slow)
            for kind, one in zip(("first", "again"), loads, strict=True):
                print(f"{name}, {kind}: {one.requests} requests, {one.size:,} bytes{f', {one.ready:.0f} ms' if args.slow else ''}", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
