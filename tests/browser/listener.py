"""A robot that takes part as somebody who sees nothing: it has keys, what the browser tells a screen reader of the page, and what is announced.

It never looks at the page itself. It knows the language of the page as a person does: what things are called in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page

from qmethod_studies.definition import Study
from qmethod_studies.languages import interface_translations

LISTENS = """
    window.said = [];
    const LIVE = "[role=status], [role=alert], [aria-live]";
    new MutationObserver((records) => {
        const parts = records.map(({ target }) => (target.nodeType === 1 ? target : target.parentElement)?.closest(LIVE));
        for (const region of new Set(parts)) if (region?.textContent.trim()) window.said.push(region.textContent.trim());
    }).observe(document, { subtree: true, childList: true, characterData: true });
"""
"""Keeps what is announced."""
SETTLED = """() => new Promise((done) => {
    const sign = document.getElementById("saving");
    const look = () => (!sign || sign.dataset.state === "saved" ? setTimeout(() => done(window.said.splice(0)), 30) : setTimeout(look, 10));
    requestAnimationFrame(() => requestAnimationFrame(look));
})"""
"""What was announced until all was saved; a screen reader would have read it."""
ISOLATES = re.compile("[\u2066-\u2069]")
VALUE = re.compile(r"(?:%\\\((\w+)\\\)s)|(?:\\\{(\w+)\\\})")


@dataclass(frozen=True)
class Thing:
    """One thing of a page as a screen reader has it.

    Parameters
    ----------
    role, name : str
    states : dict
        Such as ``pressed``, ``checked``, ``disabled``.
    """

    role: str
    name: str
    states: dict[str, Any]


@dataclass
class Listener:
    """Somebody who sees nothing.

    Attributes
    ----------
    announced : list of (str, list of str)
        For each act what was announced of it.
    nameless : set of str
        Things that took the focus and have no name.
    stopped : callable
        Called on each page, and once more when a page has changed while somebody worked on it.
    """

    page: Page
    study: Study
    language: str
    stopped: Callable[[str], None]
    announced: list[tuple[str, list[str]]] = field(default_factory=list)
    nameless: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.browser = self.page.context.new_cdp_session(self.page)
        self.browser.send("Accessibility.enable")

    # What is there.

    def called(self, text: str) -> re.Pattern[str]:
        """What a text of the pages is called in the language, whatever its values are."""
        said = re.escape(ISOLATES.sub("", interface_translations(self.language).get(text, text)))
        return re.compile(VALUE.sub(".+?", said))

    def things(self) -> list[Thing]:
        """All there is on the page, in its order."""
        nodes = self.browser.send("Accessibility.getFullAXTree")["nodes"]
        return [_thing(node) for node in nodes if not node["ignored"]]

    def here(self) -> Thing:
        """What has the focus."""
        found = self.browser.send("Runtime.evaluate", {"expression": "document.activeElement"})["result"]["objectId"]
        thing = _thing(self.browser.send("Accessibility.getPartialAXTree", {"objectId": found, "fetchRelatives": False})["nodes"][0])
        if not thing.name and thing.role not in ("RootWebArea", "main", "none"):
            self.nameless.add(f"{self.page.url}: {thing.role}")
        return thing

    # What is done.

    def act(self, what: str, *keys: str) -> list[str]:
        """Press keys, one act; what is announced of it."""
        for key in keys:
            self.page.keyboard.press(key)
        heard: list[str] = self.page.evaluate(SETTLED)
        self.announced.append((what, heard))
        return heard

    def go_to(self, role: str, name: re.Pattern[str] | None = None, **states: Any) -> Thing:
        """Tab to a thing of a kind that is called so and is in these states."""
        for _ in range(120):
            thing = self.here()
            fits = thing.role == role and (name is None or name.fullmatch(thing.name) is not None)
            if fits and all(thing.states.get(state) == value for state, value in states.items()):
                return thing
            self.page.keyboard.press("Tab")
        raise AssertionError(f"no {role} called {name} with {states} at {self.page.url}; there are {self.things()}")

    def leave(self, role: str, text: str) -> None:
        """Tab to what leads on, and press Enter."""
        self.go_to(role, self.called(text))
        with self.page.expect_navigation(wait_until="domcontentloaded"):
            self.page.keyboard.press("Enter")
        self.page.evaluate(SETTLED)

    # The study.

    def whole(self, address: str) -> None:
        """From the first page to the thanks."""
        self.page.goto(address, wait_until="domcontentloaded")
        for stage in (self.welcome, self.consent, self.questions, self.first_look, self.choosing, self.board, self.reasons, self.questions):
            self.stopped(stage.__name__)
            stage()
        self.stopped("review")
        self.leave("button", "Send my sort")
        self.stopped("thanks")
        heading = next(thing for thing in self.things() if thing.role == "heading")
        assert self.called("Thank you. Your sort has arrived.").fullmatch(heading.name)

    def welcome(self) -> None:
        self.leave("link", "Begin")

    def consent(self) -> None:
        self.leave("button", "I agree and begin")

    def questions(self) -> None:
        """A figure where something can be written, and the last box."""
        things = self.things()
        if any(thing.role == "checkbox" for thing in things):
            last = [thing for thing in things if thing.role == "checkbox"][-1]
            self.go_to("checkbox", re.compile(re.escape(last.name)))
            self.act("tick", "Space")
        else:
            self.go_to("textbox")
            self.act("write", "4", "4")
        self.leave("button", "Continue")

    def first_look(self) -> None:
        """By the buttons and by digits; each announcement has the text of the next card."""
        texts = [statement.text.in_(self.language) for statement in self.study.statements]
        piles = [self.called(text) for text in ("Disagree", "Neutral or unsure", "Agree")]
        self.go_to("button", piles[0])
        shown = {thing.name for thing in self.things() if thing.role == "StaticText"} & set(texts)
        assert len(shown) == 1
        for i in range(len(texts)):
            heard = self.act("pile", *(["Enter"] if i == 0 else [str(i % 3 + 1)]))
            told = [text for text in texts if heard and text in heard[0]]
            assert told or self.called("All cards are on a pile.").fullmatch(heard[0]), heard
        self.stopped("first look, done")
        self.leave("button", "Continue")

    def choosing(self) -> None:
        """One column, and the rest is left for the board."""
        place = self.called("Place in %(column)s")
        for box in [thing for thing in self.things() if thing.role == "checkbox"]:
            if not next(thing for thing in self.things() if place.fullmatch(thing.name)).states.get("disabled"):
                break
            self.go_to("checkbox", re.compile(re.escape(box.name)))
            self.act("tick", "Space")
        self.leave("button", "Place in %(column)s")
        self.leave("button", "Place the rest on the board")

    def board(self) -> None:
        """Each card that waits into the first column that has room, then one step back and forth."""
        column, room = self.called("Place at {column}, {free}"), self.called("{free} of {count} free")
        waiting = next(thing for thing in self.things() if thing.role == "button" and thing.states.get("pressed") == "true")
        self.go_to("button", re.compile(re.escape(waiting.name)), pressed="true")
        for _ in range(len(self.study.ids)):
            columns = [thing.name for thing in self.things() if thing.role == "button" and column.fullmatch(thing.name)]
            free = next((i for i, name in enumerate(columns, start=1) if room.search(name)), None)
            if free is None:
                break
            self.act("aim", str(free))
            self.act("place", "Enter")
        assert free is None, "there is room left on the board"
        self.act("undo", "u")
        self.stopped("board, one card left")
        self.go_to("button", self.called("Redo"))
        self.act("redo", "Enter")
        self.leave("button", "Continue")

    def reasons(self) -> None:
        self.go_to("textbox")
        self.act("write", "y", "e", "s")
        self.leave("button", "Continue")


def _thing(node: dict[str, Any]) -> Thing:
    states = dict(_states(node))
    name = " ".join(ISOLATES.sub("", node.get("name", {}).get("value", "")).split())
    return Thing(node["role"]["value"], name, states)


def _states(node: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for state in node.get("properties", []):
        yield state["name"], state["value"].get("value")
