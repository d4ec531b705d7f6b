"""What counts as an accident is decided by the times that the browser gives, and no page is excused that broke its own rule."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from qmethod_studies.store import Event
from tests.browser.witness import PAUSE, Press, by_accident, stretched


def press(began: float, ended: float | None = None, *, passed: bool | None = True, repeat: bool = False) -> Press:
    return Press("mouse", "", began, began + 20 if ended is None else ended, passed, repeat)


def kept(ms: int | None) -> Event:
    return Event(1, datetime(2000, 1, 1, tzinfo=UTC), "place", {}, "a-key-of-an-act", ms, None)


@pytest.mark.parametrize(
    ("gap", "repeat", "late"),
    [(PAUSE - 1, False, False), (PAUSE, False, True), (PAUSE + 500, False, True), (PAUSE + 500, True, False)],
)
def test_a_second_press_is_late_once_the_page_has_waited_and_no_key_was_held(gap: float, repeat: bool, late: bool) -> None:
    first, second = press(100), press(120 + gap, repeat=repeat)
    assert stretched([first, second]) == ((second,) if late else ())


def test_a_press_that_came_to_nothing_makes_none_late() -> None:
    nothing = Press("touch", "", 100, None, None, False)
    assert stretched([nothing, press(900)]) == ()
    assert stretched([press(100), press(900, passed=False)]) == ()


def test_an_act_is_excused_by_the_late_press_that_did_it_and_by_no_other() -> None:
    first, late, soon = press(100), press(600), press(700, passed=True)
    acts = [kept(121), kept(621), kept(722), kept(20)]
    assert by_accident(acts, [first, late, soon], [late]) == [acts[0], acts[2], acts[3]]


def test_an_act_of_a_press_that_nobody_saw_is_the_fault_of_the_page() -> None:
    assert by_accident([kept(500), kept(None)], [], []) != []
    assert by_accident([kept(500)], [press(450, passed=False)], [press(450, passed=False)]) != []
