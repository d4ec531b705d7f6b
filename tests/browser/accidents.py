"""Robots that are as careless as people: who press twice, keep a key down, rest a finger, and touch what is no button."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from playwright.sync_api import Page

from qmethod_studies.definition import PILES, Study
from qmethod_studies.store import Event
from qmethod_studies.store.acts import SORTING
from tests.browser.witness import TOLD, WATCH, Press, presses, stretched

READING = 450
"""Milliseconds before somebody means a press: longer than the pages wait."""
STRAY = (".column .head", ".column .slot", ".board-blank", ".hand-text", "h1", "#card-text", ".counts caption", ".hint", "legend")
"""What people touch without meaning anything by it."""
POINT = """(selector) => {
    const shown = (element) => element.getClientRects().length > 0;
    if (selector === ".board-blank") {
        const lists = [...document.querySelectorAll("#board.wide .column .cards")];
        const list = lists.sort((a, b) => a.getBoundingClientRect().bottom - b.getBoundingClientRect().bottom)[0];
        list?.scrollIntoView({ block: "center", behavior: "instant" });
        const box = list?.getBoundingClientRect();
        const point = box && [box.left + box.width / 2, box.bottom + 6];
        return point && document.elementFromPoint(...point)?.matches(".column, .columns") ? point : null;
    }
    const element = [...document.querySelectorAll(selector)].find(shown);
    if (!element) return null;
    element.scrollIntoView({ block: "center", behavior: "instant" });
    const box = element.getBoundingClientRect();
    const point = [box.left + Math.min(box.width / 2, 40), box.top + box.height / 2];
    const there = document.elementFromPoint(...point);
    return there && (element.contains(there) || there.contains(element)) ? point : null;
}"""


Act = tuple[str, dict[str, Any]]


class Hands(Protocol):
    """What a robot does with a browser."""

    def evaluate(self, function: str, argument: Any = None) -> Any:
        """What a function of the page gives."""

    def press(self, x: float, y: float, gaps: Sequence[float] = (), hold: float = 0) -> None:
        """Press a point, and once more after each of these gaps in milliseconds; the last press lasts for `hold`."""

    def key(self, key: str, repeats: int = 0, gaps: Sequence[float] = ()) -> None:
        """Press a key that repeats so often, and again after each of these gaps."""

    def rest(self, milliseconds: float) -> None:
        """Let time pass."""


CLOCK = """
    window.clock = 1000;
    const times = new WeakMap();
    const time = (event) => times.get(event) ?? times.set(event, window.clock).get(event);
    performance.now = () => window.clock;
    Object.defineProperty(Event.prototype, "timeStamp", { get() { return time(this); } });
    for (const kind of ["pointerdown", "keydown", "keyup", "click"]) addEventListener(kind, time, { capture: true });
"""
"""A clock of the page that stands still but where it is put forward, so that a busy machine makes no press late."""
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))))"


class Put:
    """Hands that Playwright moves; time passes by putting the clock of the page forward."""

    def __init__(self, page: Page, *, touch: bool = False) -> None:
        self.page, self.touch = page, touch

    def evaluate(self, function: str, argument: Any = None) -> Any:
        return self.page.evaluate(function, argument)

    def rest(self, milliseconds: float) -> None:
        if milliseconds > 300:
            self.page.evaluate(FRAMES)
        self.page.evaluate("(ms) => { window.clock += ms }", milliseconds)

    def press(self, x: float, y: float, gaps: Sequence[float] = (), hold: float = 0) -> None:
        for i, gap in enumerate((0, *gaps)):
            self.rest(gap)
            if self.touch:
                self.page.touchscreen.tap(x, y)
                continue
            self.page.mouse.move(x, y)
            self.page.mouse.down()
            if i == len(gaps):
                self.rest(hold)
            self.page.mouse.up()

    def key(self, key: str, repeats: int = 0, gaps: Sequence[float] = ()) -> None:
        for gap in (0, *gaps):
            self.rest(gap)
            for _ in range(repeats + 1):
                self.page.keyboard.down(key)
                self.rest(30 if repeats else 0)
            self.page.keyboard.up(key)


@dataclass(frozen=True)
class Watched:
    """The presses that the browser saw on one page, and those of them that were no accidents: too late, or on something that was not aimed at."""

    seen: list[Press] = field(default_factory=list)
    other: list[Press] = field(default_factory=list)


@dataclass
class Careless:
    """Somebody who takes part, with accidents.

    Attributes
    ----------
    meant : list of (str, dict)
        Acts that were meant, as the event log keeps them.
    accidents : dict of str to int
        How many there were, by what they are called; ``late`` are those whose presses reached the browser too late to be one, ``once`` those
        of a key that should have repeated and did not, ``unseen`` those of which not every press reached it, and ``amiss`` touches of what is no
        button that struck one.
    watched : dict of str to Watched
        What the browser saw, by page.
    slowest : float
        Milliseconds between the presses of one accident at most.
    """

    hands: Hands
    study: Study
    rng: random.Random
    keys: bool
    meant: list[Act] = field(default_factory=list)
    accidents: dict[str, int] = field(default_factory=dict)
    slowest: float = 250
    watched: dict[str, Watched] = field(default_factory=dict)
    page: str = ""
    steady: bool = True

    def arrive(self, page: str) -> None:
        """Begin to watch a page that was opened."""
        self.page = page
        self.watched[page] = Watched()
        self.hands.evaluate(WATCH)

    def watch(self, act: Callable[[], None], at_least: int = 1) -> list[Press]:
        """The presses of one act, as the browser saw them: as many as there were, once it has."""
        here = self.watched[self.page]
        here.seen.extend(presses(self.hands.evaluate(TOLD)))
        act()
        accident: list[Press] = []
        for _ in range(20):
            accident += presses(self.hands.evaluate(TOLD))
            if len(accident) >= at_least and accident[-1].passed is not None:
                break
            time.sleep(0.05)
        here.seen.extend(accident)
        if late := stretched(accident):
            self.unsettled(late)
        return accident

    def unsettled(self, which: Sequence[Press]) -> None:
        """Something was pressed that may have chosen a card; let go of it where all are placed, and touch nothing blank while it is up."""
        self.watched[self.page].other.extend(which)
        self.steady = False
        if self.page == "grid" and not self.hands.evaluate("() => document.querySelector('.deck .card') !== null"):
            self.hands.rest(READING)
            self.hands.key("Escape")
            self.steady = True

    def press(self, selector: str, *, astray: bool = True) -> None:
        """Press something on purpose, and perhaps once more by accident; with a card chosen, a touch of a column is no accident."""
        self.hands.rest(READING)
        point = None
        for _ in range(5):  # not every browser knows at once what lies where after it has scrolled
            if (point := self.hands.evaluate(POINT, selector)) is not None:
                break
            self.hands.rest(50)
        assert point is not None, f"{selector} cannot be pressed"
        kind = self.rng.choice(("double", "triple", "burst", "resting", "none", *(["stray"] if astray and self.steady else [])))
        gap = self.rng.uniform(30, self.slowest)
        more = {"double": (gap,), "triple": (gap / 2, gap / 2), "burst": (gap,) * 4, "resting": (gap,)}.get(kind, ())
        accident = self.watch(lambda: self.hands.press(*point, gaps=more, hold=700 if kind == "resting" else 0), 1 + len(more))
        self.counted(kind, accident, 1 + len(more))
        if kind == "stray":
            self.stray()

    def key(self, key: str) -> None:
        """Press a key on purpose, too long or twice by accident."""
        kind = self.rng.choice(("held", "again", "burst", "none"))
        repeats = self.rng.randint(3, 30) if kind == "held" else 0
        gap = self.rng.uniform(30, self.slowest)
        again = {"again": (gap,), "burst": (gap,) * 4}.get(kind, ())
        self.counted(kind, self.watch(lambda: self.hands.key(key, repeats, again), 1 + len(again)), 1 + len(again))

    def stray(self) -> None:
        """Touch something that is no button, when there was time to read."""
        self.hands.rest(READING)
        for selector in self.rng.sample(STRAY, 3):
            if not self.steady or (point := self.hands.evaluate(POINT, selector)) is None:
                continue
            if struck := [press for press in self.watch(lambda point=point: self.hands.press(*point)) if press.on]:  # type: ignore[misc]
                self.accidents["amiss"] = self.accidents.get("amiss", 0) + 1
                self.unsettled(struck)

    def counted(self, kind: str, accident: Sequence[Press], at_least: int) -> None:
        """Count an accident, by what the browser saw of it."""
        if len(accident) < at_least:
            kind = "unseen"
        elif kind == "held" and not any(press.repeat for press in accident):
            kind = "once"
        elif stretched(accident):
            kind = "late"
        self.accidents[kind] = self.accidents.get(kind, 0) + 1

    def first_look(self, acts: int) -> None:
        """Put so many cards on piles."""
        self.arrive("presort")
        for _ in range(acts):
            card = self.hands.evaluate("() => document.querySelector('#piling:not([hidden]) input[name=statement]')?.value ?? null")
            if card is None:
                return
            pile = self.rng.choice(PILES)
            self.meant.append(("pile", {"statement": card, "pile": pile}))
            if self.keys:
                self.hands.rest(READING)
                if self.rng.random() < 0.5:
                    self.key(str(PILES.index(pile) + 1))
                else:
                    self.hands.evaluate("(pile) => document.querySelector(`button[value=${pile}]`).focus()", pile)
                    self.key("Enter")
            else:
                self.press(f"button.pile[value={pile}]")

    def board(self, acts: int) -> None:
        """Place so many cards that wait; some of them chosen from the deck and put where a column begins, once all are there two change places."""
        self.arrive("grid")
        for _ in range(acts):
            waiting = self.hands.evaluate("() => [...document.querySelectorAll('.deck .card')].map((card) => card.dataset.card)")
            if not waiting:
                self.change_places()
                continue
            filled = self.hands.evaluate(
                "() => [...document.querySelectorAll('.column')].filter((one) => one.querySelector('.slot')).map((one) => one.dataset.column)"
            )
            column = self.rng.choice(filled)
            card = self.hands.evaluate("() => document.querySelector('.card[aria-pressed=true]')?.dataset.card ?? null")
            if let_go := card is None:
                card = self.rng.choice(waiting)
            if self.keys:
                self.hands.rest(READING)
                if self.hands.evaluate("() => document.getElementById('deck').hidden"):
                    self.hands.evaluate("() => document.querySelector('.opener').focus()")
                    self.hands.key("Enter")
                    self.hands.rest(READING)
                self.hands.evaluate("(card) => document.querySelector(`.card[data-card='${card}']`).focus()", card)
                self.hands.key(str([f"{value:g}" for value in self.study.columns].index(column) + 1))
                self.key("Enter")
            elif let_go or self.rng.random() < 0.3:
                card = self.rng.choice(waiting)
                if self.hands.evaluate("() => document.getElementById('deck').hidden"):
                    self.hands.rest(READING)
                    self.hands.press(*self.hands.evaluate(POINT, ".opener"))
                self.press(f".deck [data-card='{card}']", astray=False)
                self.press(f"[data-column='{column}'] .head")
            else:
                self.press(f".to[data-to='{column}']")
            self.meant.append(("place", {"statement": card, "column": float(column)}))
            self.steady = True

    def change_places(self) -> None:
        """Two cards in different columns, one press each."""
        placed = self.hands.evaluate(
            "() => [...document.querySelectorAll('.column .card')].map((card) => [card.dataset.card, card.closest('.column').dataset.column])"
        )
        one, column = self.rng.choice(placed)
        other = self.rng.choice([name for name, at in placed if at != column])
        self.press(f".card[data-card='{one}']", astray=False)
        self.press(f".card[data-card='{other}']")
        self.meant.append(("swap", {"statement": one, "other": other}))

    def ticking(self, acts: int, boxes: str) -> tuple[int, int]:
        """Tick what is not ticked yet; how many acts there were, and how many boxes are not as meant, but after what was no accident."""
        self.arrive(boxes)
        other = self.watched[boxes].other
        ticked = f"() => [...document.querySelectorAll('{boxes}')].filter((box) => box.checked).map((box) => box.name + '=' + box.value)"
        wrong = done = 0
        for _ in range(acts):
            before = set(self.hands.evaluate(ticked))
            free = self.hands.evaluate(
                f"() => [...document.querySelectorAll('{boxes}')].filter((box) => !box.checked).map((box) => box.name + '=' + box.value)"
            )
            if not free:
                break
            name, _, value = self.rng.choice(free).partition("=")
            other_before = len(other)
            self.press(f"label:has(input[name='{name}'][value='{value}'])")
            done += 1
            meant = {one for one in before if not (name.startswith(("s-", "c-")) and one.startswith(f"{name}="))} | {f"{name}={value}"}
            if len(other) == other_before:
                wrong += len(meant ^ set(self.hands.evaluate(ticked)))
        return done, wrong


def compared(meant: Sequence[Act], events: Sequence[Event]) -> tuple[list[Event], list[Act]]:
    """Acts that were kept and nobody meant, and those that were meant and are missing."""
    left, unmeant = list(meant), []
    for event in events:
        if event.act not in SORTING:
            continue
        act = (event.act, dict(event.detail))
        if act in left:
            left.remove(act)
        else:
            unmeant.append(event)
    return unmeant, left
