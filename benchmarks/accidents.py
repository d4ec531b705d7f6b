"""How many cards careless people move without meaning to, in a browser: double presses, held keys, resting fingers, touches of blank parts.

Run: ``python -m benchmarks.accidents`` (Chromium, 1,000 acts; its clock is put forward instead of waiting), ``--acts N``, or with any other browser
``--webdriver URL`` of a driver that speaks the WebDriver protocol, in real time. The acts that were meant are compared with those that the store
kept, one by one; what is ticked on the pages of choosing and of the list is compared on the page.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, sync_playwright

from tests.browser.accidents import CLOCK, FRAMES, Careless, Hands, Put, compared
from tests.browser.survey import DESKTOP, PHONE, Site, new_key, serving

STUDY = "leadership"
SEND_CODE = """async (code) => {
    const form = document.querySelector("[name=code]").form;
    form.code.value = code;
    await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
}"""
STEPS = 12
"""Acts of each person on each page where boxes are ticked."""


class Driven:
    """Hands of a browser behind a driver; what happens inside one press is timed by the browser."""

    def __init__(self, address: str, capabilities: dict[str, Any], *, touch: bool) -> None:
        self.address, self.touch = address, touch
        made = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        self.address += f"/session/{made['sessionId']}"

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)["value"]

    def goto(self, url: str) -> None:
        """Open a page."""
        self._ask("POST", "/url", {"url": url})

    def evaluate(self, function: str, argument: Any = None) -> Any:
        """What a function of the page gives; a promise is waited for."""
        return self._ask("POST", "/execute/sync", {"script": f"return ({function})(arguments[0])", "args": [argument]})

    def rest(self, milliseconds: float) -> None:
        """Wait; whoever reads begins to when there is something to see."""
        if milliseconds > 300:
            self._ask("POST", "/execute/async", {"script": f"({FRAMES})().then(arguments[0])", "args": []})
        time.sleep(milliseconds / 1000)

    def press(self, x: float, y: float, gaps: Sequence[float] = (), hold: float = 0) -> None:
        """Press a point; see `Hands.press`."""
        steps: list[dict[str, Any]] = [{"type": "pointerMove", "duration": 0, "x": round(x), "y": round(y)}]
        for i, gap in enumerate((0, *gaps)):
            steps += [{"type": "pause", "duration": round(gap)}] * bool(gap)
            steps += [{"type": "pointerDown", "button": 0}, {"type": "pause", "duration": round(hold if i == len(gaps) else 20)}]
            steps += [{"type": "pointerUp", "button": 0}]
        kind = {"pointerType": "touch" if self.touch else "mouse"}
        self._ask("POST", "/actions", {"actions": [{"type": "pointer", "id": "hand", "parameters": kind, "actions": steps}]})

    def key(self, key: str, repeats: int = 0, gaps: Sequence[float] = ()) -> None:
        """Press a key; see `Hands.key`."""
        value = {"Enter": "\ue007"}.get(key, key)
        steps: list[dict[str, Any]] = []
        for gap in (0, *gaps):
            steps += [{"type": "pause", "duration": round(gap)}] * bool(gap)
            # A driver repeats no key by itself: one that is pressed again before it was let go is a key that repeats.
            steps += [{"type": "keyDown", "value": value}, {"type": "pause", "duration": 30}] * (repeats + 1)
            steps += [{"type": "keyUp", "value": value}]
        self._ask("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": steps}]})

    def end(self) -> None:
        """Close the browser."""
        self._ask("DELETE", "")


def come_back(hands: Any, go: Any, site: Site, code: str, stage: str) -> None:
    """Go on with a code, and open a stage."""
    go(site.url(STUDY, "code"))
    hands.evaluate(SEND_CODE, code)
    for _ in range(20):
        time.sleep(0.2)  # not every driver waits for a promise
        go(site.url(STUDY, stage))
        if hands.evaluate("() => document.getElementById('saving') !== null"):
            return
    raise SystemExit("the code leads nowhere")


def one_person(hands: Any, go: Any, site: Site, somebody: Careless) -> tuple[int, int, int]:
    """All pages of sorting; how many acts were meant, how many were kept that were not, and how many of those that were meant are missing."""
    study = site.studies[STUDY]
    number, code = site.begun(STUDY, "presort")
    come_back(hands, go, site, code, "presort")
    somebody.first_look(len(study.ids))
    wait_until_saved(hands)
    acts, unmeant = 0, 0
    if not somebody.keys:
        site.store.save(number, [{"key": new_key(), "act": "finish", "stage": "presort"}])
        turn_to(hands, go, site.url(STUDY, "refine"))
        done, wrong = somebody.ticking(STEPS, "input[name=statements]")
        acts, unmeant = acts + done, unmeant + wrong
        wait_until_saved(hands)
    site.store.save(number, [{"key": new_key(), "act": "finish", "stage": stage} for stage in ("presort", "refine")])
    turn_to(hands, go, site.url(STUDY, "grid"))
    somebody.board(len(study.ids) + (0 if somebody.keys else 10))
    wait_until_saved(hands)
    kept, missing = compared(somebody.meant, site.store.events(number.number))
    for what, which in (("nobody meant", kept), ("is missing", missing)):
        for act in which:
            print(f"  {what}: {act}", file=sys.stderr)
    if not somebody.keys:
        turn_to(hands, go, site.url(STUDY, "grid/list"))
        done, wrong = somebody.ticking(STEPS, "input[type=radio]")
        acts, unmeant = acts + done, unmeant + wrong
        wait_until_saved(hands)
    return acts + len(somebody.meant), unmeant + len(kept), len(missing)


def turn_to(hands: Hands, go: Any, url: str) -> None:
    """Open a page, and wait for it: not every driver does, and the page before says that it has saved too."""
    go(url)
    for _ in range(200):
        with suppress(Error):
            if hands.evaluate("(url) => location.href === url && document.readyState === 'complete'", url):
                return wait_until_saved(hands)
        time.sleep(0.05)
    raise SystemExit(f"{url} does not open")


def wait_until_saved(hands: Hands) -> None:
    """Wait until the page says that it has saved."""
    for _ in range(200):
        time.sleep(0.05)
        # A page that finds acts of an earlier one still waiting sends them and loads itself again.
        with suppress(Error):
            if hands.evaluate("() => document.getElementById('saving').dataset.state") == "saved":
                return
    raise SystemExit("the page does not say that it has saved")


@contextmanager
def chromium(way: str) -> Iterator[tuple[Any, Any]]:
    """Chromium, its clock put forward instead of waiting."""
    found = subprocess.run([Path(__file__).parents[1] / "tools" / "find-chromium"], capture_output=True, text=True, check=True).stdout.strip()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        context = browser.new_context(**(PHONE if way == "touch" else DESKTOP))
        context.add_init_script(CLOCK)
        page = context.new_page()
        yield Put(page, touch=way == "touch"), page.goto
        browser.close()


@contextmanager
def driven(address: str, capabilities: dict[str, Any], way: str) -> Iterator[tuple[Any, Any]]:
    """A browser behind a driver."""
    hands = Driven(address, capabilities, touch=way == "touch")
    try:
        yield hands, hands.goto
    finally:
        hands.end()


def main() -> None:
    """Let people sort until there were acts enough, and say what was moved."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--acts", type=int, default=1000)
    parser.add_argument("--webdriver", help="address of a driver, such as http://127.0.0.1:4444")
    parser.add_argument("--capabilities", default="{}", help="what the driver is asked for, as JSON")
    parser.add_argument("--ways", default="mouse,touch,keys")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--slowest", type=float, default=250, help="milliseconds within an accident at most; a busy machine stretches them")
    given = parser.parse_args()
    totals, accidents = [0, 0, 0], Counter[str]()
    ways, person = given.ways.split(","), 0
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as site:
        while totals[0] < given.acts:
            way = ways[person % len(ways)]
            opened = driven(given.webdriver, json.loads(given.capabilities), way) if given.webdriver else chromium(way)
            with opened as (hands, go):
                somebody = Careless(hands, site.studies[STUDY], random.Random(given.seed + person), keys=way == "keys", slowest=given.slowest)
                found = one_person(hands, go, site, somebody)
            totals = [a + b for a, b in zip(totals, found, strict=True)]
            accidents.update({kind: n for kind, n in somebody.accidents.items() if kind != "none"})
            person += 1
            print(f"{way}: {found[0]} acts, {found[1]} that nobody meant, {found[2]} missing", flush=True)
    print(
        f"{totals[0]:,} acts of {person} people, {sum(accidents.values()):,} accidents ({', '.join(f'{kind} {n}' for kind, n in accidents.items())}):"
    )
    print(f"{totals[1]} acts were kept that nobody meant, {totals[2]} that were meant are missing")


if __name__ == "__main__":
    main()
