"""How long a sort takes to be typed in: a robot at the page of ``qmethod enter``, with the hands of the keystroke-level model.

Card, Moran and Newell (1980, Communications of the ACM 23(7), 396-410) take 0.20 seconds for a key of an average skilled typist, 0.28 of one who is
none, 0.50 where random letters and 0.75 where complex codes are typed, and 1.35 for a thought. The robot thinks before each column and before it
saves. Its time runs from the first key of the participant's id to the sort on the disk; it makes no mistakes.

    python -m benchmarks.entry --sorts 3 --key 0.20 0.28 0.50 0.75
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, expect, sync_playwright

from qmethod_analysis.commands.spoken import told
from qmethod_analysis.entry.desk import Desk
from qmethod_analysis.entry.server import Server
from qmethod_studies.definition import Study
from qmethod_studies.loading import find, load

THOUGHT = 1.35
"""Seconds."""


def sheet(study: Study, seed: int) -> list[list[int]]:
    """What stands on a score sheet: the numbers in each column, ascending, by chance."""
    order = (np.random.default_rng(seed).permutation(len(study.ids)) + 1).tolist()
    return [[order.pop() for _ in range(places)] for places in study.capacity.values()]


def keys(study: Study, numbers: list[int]) -> list[str]:
    """The keys that numbers take: figures, and a blank where a longer number could follow."""
    n, pressed = len(study.ids), []
    for number in numbers:
        pressed += [*str(number), *([] if len(str(number)) == len(str(n)) or number * 10 > n else [" "])]
    return pressed


def type_in(page: Page, study: Study, participant: str, columns: list[list[int]], key: float) -> tuple[int, float]:
    """Type a sort on a page that waits for a participant.

    Parameters
    ----------
    page : Page
    study : Study
    participant : str
    columns : list of list of int
        From `sheet`.
    key : float
        Seconds a key.

    Returns
    -------
    keys : int
    seconds : float
    """
    pressed = 0

    def press(*names: str) -> None:
        nonlocal pressed
        for name in names:
            time.sleep(key)
            page.keyboard.press(name)
            pressed += 1

    expect(page.locator("#participant")).to_be_focused()
    began = time.monotonic()
    press(*participant, "Enter")
    expect(page.locator("#c0")).to_be_focused()
    for numbers in columns:
        time.sleep(THOUGHT)
        press(*keys(study, numbers))
    expect(page.locator("#save")).to_be_focused()
    time.sleep(THOUGHT)
    press("Enter")
    expect(page.locator("#saved")).to_have_text(f"Saved: {participant}, {len(study.ids)} cards.")
    return pressed, time.monotonic() - began


def main(arguments: list[str] | None = None) -> None:
    """Type sorts and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study", default="leadership")
    parser.add_argument("--sorts", type=int, default=1)
    parser.add_argument("--key", type=float, nargs="+", default=[0.2, 0.28, 0.5, 0.75])
    given: Any = parser.parse_args(arguments)
    study, root = load(find(given.study)), Path(__file__).parents[1]
    chromium = subprocess.run([root / "tools" / "find-chromium"], capture_output=True, text=True, check=True).stdout.strip()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Desk(study, Path(folder) / "sorts.csv", study.first_language, False, told), "AB")
        serving = threading.Thread(target=server.run)
        serving.start()
        try:
            page = playwright.chromium.launch(executable_path=chromium, args=["--headless", "--no-sandbox"]).new_page()
            page.goto(server.address)
            for key in given.key:
                for n in range(given.sorts):
                    pressed, seconds = type_in(page, study, f"p{round(key * 100)}{n}", sheet(study, n), key)
                    print(f"{key:.2f} s a key: {pressed} keys, {seconds:.1f} s", flush=True)
        finally:
            server.ended.set()
            serving.join()


if __name__ == "__main__":
    main()
