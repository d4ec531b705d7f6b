"""How many cards careless people move without meaning to, in a browser: double presses, held keys, resting fingers, touches of blank parts.

Run: ``python -m benchmarks.accidents`` (Chromium, 1,000 acts; its clock is put forward instead of waiting), ``--acts N``, or with any other browser
``--webdriver URL`` of a driver that speaks the WebDriver protocol, in real time; with ``--display :N`` mouse and keys are those of that X server.
The acts that were meant are compared with those that the store kept, one by one; what is ticked on the pages of choosing and of the list is
compared on the page. What was done by a press that was no accident, since by the browser's own word it came too late or struck a button, is counted
apart.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, sync_playwright

from benchmarks.fingers import Desk, Driven
from tests.browser.accidents import CLOCK, Careless, Hands, Put, compared
from tests.browser.survey import DESKTOP, PHONE, Site, new_key, serving
from tests.browser.witness import by_accident

STUDY = "leadership"
SEND_CODE = """async (code) => {
    const form = document.querySelector("[name=code]").form;
    form.code.value = code;
    await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
}"""
STEPS = 12
"""Acts of each person on each page where boxes are ticked."""


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


def one_person(hands: Any, go: Any, site: Site, somebody: Careless) -> tuple[int, int, int, int]:
    """All pages of sorting; acts that were meant, kept by accident, missing, and kept of presses that were no accidents."""
    study = site.studies[STUDY]
    number, code = site.begun(STUDY, "presort")
    come_back(hands, go, site, code, "presort")
    somebody.first_look(len(study.ids))
    wait_until_saved(hands)
    acts, unmeant = 0, 0
    if not somebody.keys:
        site.store.save(number, [{"key": new_key(), "act": "finish", "stage": "presort"}])
        turn_to(hands, go, site.url(STUDY, "refine"))
        done, wrong = somebody.ticking(STEPS, "input[name=statements], .three-ways input")
        acts, unmeant = acts + done, unmeant + wrong
        wait_until_saved(hands)
    site.store.save(number, [{"key": new_key(), "act": "finish", "stage": stage} for stage in ("presort", "refine")])
    turn_to(hands, go, site.url(STUDY, "grid"))
    for _ in range(100):  # a page that had to send something first loads itself again
        with suppress(Error):
            if hands.evaluate("() => document.querySelector('.deck .card') !== null"):
                break
        time.sleep(0.05)
    somebody.board(len(study.ids) + (0 if somebody.keys else 10))
    wait_until_saved(hands)
    kept, missing = compared(somebody.meant, site.store.events(number.number))
    broken = []
    for page, acts_of_it in (("presort", {"pile"}), ("grid", {"place", "swap", "return"})):
        seen = somebody.watched[page]
        broken += by_accident([act for act in kept if act.act in acts_of_it], seen.seen, seen.other)
    for what, which in (("nobody meant", [(act.act, act.detail, act.ms) for act in kept]), ("is missing", missing)):
        for one in which:
            print(f"  {what}: {one}", file=sys.stderr)
    if broken:
        for page in ("presort", "grid"):
            for press in somebody.watched[page].seen:
                print(f"  {page} {press}", file=sys.stderr)
    if not somebody.keys:
        turn_to(hands, go, site.url(STUDY, "grid/list"))
        done, wrong = somebody.ticking(STEPS, "input[type=radio]")
        acts, unmeant = acts + done, unmeant + wrong
        wait_until_saved(hands)
    return acts + len(somebody.meant), unmeant + len(broken), len(missing), len(kept) - len(broken)


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
def driven(address: str, capabilities: dict[str, Any], way: str, display: str | None) -> Iterator[tuple[Any, Any]]:
    """A browser behind a driver."""
    size = (390, 844) if way == "touch" else (1366, 768)
    touch = way == "touch"  # which an X server cannot
    hands = (
        Desk(address, capabilities, display=display, size=size) if display and not touch else Driven(address, capabilities, touch=touch, size=size)
    )
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
    parser.add_argument("--display", help="the X server on which the browser has its window, such as :1")
    parser.add_argument("--ways", default="mouse,touch,keys")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--slowest", type=float, default=250, help="milliseconds within an accident at most; a busy machine stretches them")
    given = parser.parse_args()
    totals, accidents, presses = [0, 0, 0, 0], Counter[str](), Counter[str]()
    ways, person = given.ways.split(","), 0
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as site:
        while totals[0] < given.acts:
            way = ways[person % len(ways)]
            opened = driven(given.webdriver, json.loads(given.capabilities), way, given.display) if given.webdriver else chromium(way)
            with opened as (hands, go):
                somebody = Careless(hands, site.studies[STUDY], random.Random(given.seed + person), keys=way == "keys", slowest=given.slowest)
                found = one_person(hands, go, site, somebody)
            totals = [a + b for a, b in zip(totals, found, strict=True)]
            accidents.update({kind: n for kind, n in somebody.accidents.items() if kind != "none"})
            presses.update(press.how for page in somebody.watched.values() for press in page.seen)
            person += 1
            print(f"{way}: {found[0]} acts, {found[1]} by accident, {found[2]} missing, {found[3]} of presses that were none", flush=True)
    print(
        f"{totals[0]:,} acts of {person} people, {sum(accidents.values()):,} accidents ({', '.join(f'{kind} {n}' for kind, n in accidents.items())}):"
    )
    print(f"the browser saw {', '.join(f'{n:,} presses by {how}' for how, n in presses.items())}")
    print(f"{totals[1]} acts were kept by accident, {totals[2]} that were meant are missing, {totals[3]} were kept of presses that were no accidents")


if __name__ == "__main__":
    main()
