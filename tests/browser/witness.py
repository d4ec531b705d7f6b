"""What the browser says of each press: when it began, when it ended, and whether the page let it through.

Robots mean to press twice within so many milliseconds; whether they did only the browser can tell. A second press that began as late as a page waits
is a press like any other, whatever the robot meant by it, and what it did is no accident. Times are those of the events themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from qmethod_studies.store import Event

PAUSE = 350
"""Milliseconds for which no page takes a press after the one before, as the documentation says; not read from the pages' own script."""

CLOCKS = 50
"""Milliseconds by which the time of a press may lie after that of what it did: not every browser takes both from one clock."""

WATCH = """() => {
    if (window.presses) return;
    window.presses = [];
    const down = new Set();
    let [open, last] = [null, null];
    const on = ({ target }) => {
        const control = target.closest?.("main") && target.closest("button, a, label, input, summary");
        return control ? (control.dataset.card ?? control.dataset.to ?? (control.value || control.id || control.tagName)) : "";
    };
    const end = (event, passed) => {
        if (event.type !== "click" || !open || (open.passed !== null && open.ended !== event.timeStamp)) return;
        Object.assign(open, { ended: event.timeStamp, passed });
    };
    const stop = Event.prototype.stopImmediatePropagation;
    Event.prototype.stopImmediatePropagation = function () {
        if (this.type === "keydown") key(this, false);
        end(this, false); // also where the page's gate came later than this, and the click seemed to pass
        stop.call(this);
    };
    const key = (event, passed) => {
        if (last === event) return void (window.presses.at(-1).passed = passed);
        last = event;
        const repeat = event.repeat || down.has(event.code);
        down.add(event.code);
        open = null; // the click of a key is that key's
        window.presses.push({ how: "key", on: on(event), began: event.timeStamp, ended: event.timeStamp, passed, repeat });
    };
    addEventListener("pointerdown", (event) => {
        open = { how: event.pointerType, on: on(event), began: event.timeStamp, ended: null, passed: null, repeat: false };
        window.presses.push(open);
    }, { capture: true });
    addEventListener("keydown", (event) => key(event, true), { capture: true });
    addEventListener("keyup", (event) => down.delete(event.code), { capture: true });
    addEventListener("click", (event) => end(event, true), { capture: true });
}"""
"""Begins to watch a page; what its gate swallows is seen by what the gate calls to swallow it."""

TOLD = """() => {
    const pending = window.presses.at(-1)?.passed === null && window.presses.at(-1).began > performance.now() - 900;
    return window.presses.splice(0, window.presses.length - (pending ? 1 : 0));
}"""
"""The presses since the last time; one that may still be going on is told when it is over."""


@dataclass(frozen=True)
class Press:
    """One press of a finger or of a key, as the browser tells it.

    Parameters
    ----------
    how : str
        ``mouse``, ``touch``, ``pen`` or ``key``.
    on : str
        The card, column or button that it struck; empty where it struck none.
    began : float
        Milliseconds since the page was opened.
    ended : float or None
        When it acted; none where it came to nothing.
    passed : bool or None
        Whether the page let it through.
    repeat : bool
        Whether it came from a key that was down already.
    """

    how: str
    on: str
    began: float
    ended: float | None
    passed: bool | None
    repeat: bool


def presses(told: Iterable[dict[str, Any]]) -> list[Press]:
    """Presses, as a page tells them."""
    return [Press(**one) for one in told]


def stretched(accident: Sequence[Press]) -> tuple[Press, ...]:
    """Those presses of one accident that were let through, so late after the one before that nobody can tell them from presses that were meant."""
    acted = [press for press in accident if press.ended is not None]
    return tuple(later for before, later in pairwise(acted) if later.passed and not later.repeat and later.began >= (before.ended or 0) + PAUSE)


def by_accident(unmeant: Sequence[Event], seen: Sequence[Press], other: Sequence[Press]) -> list[Event]:
    """Of the acts of one page that nobody meant, those done by none of the presses that were no accidents: there the page broke its own rule.

    An act is that of the last press that was let through before it. Where none was seen, the page is to blame.
    """
    passed = [press for press in seen if press.passed]

    def done_by(act: Event) -> Press | None:
        return max((press for press in passed if (press.ended or 0) <= (act.ms or 0) + CLOCKS), key=lambda press: press.ended or 0, default=None)

    return [act for act in unmeant if done_by(act) not in other]
