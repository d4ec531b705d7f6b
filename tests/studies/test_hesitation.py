"""The cards that somebody hesitated over, against a count by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from qmethod_studies.quality import HESITATIONS, MOST_REPLAYED, hesitated_over
from qmethod_studies.store import Event

from .made import study

FREE = study({-1: 3, 0: 3, 1: 3}, distribution="free")
START = datetime(2026, 1, 1, tzinfo=UTC)


def events(acts: Sequence[tuple[float, str, dict[str, Any]]]) -> list[Event]:
    """Acts with the seconds before each."""
    found, now = [Event(1, START, "visit", {"stage": "grid"}, "k0", None, None)], 0.0
    for i, (seconds, name, parts) in enumerate(acts, start=2):
        now += seconds
        found.append(Event(i, START + timedelta(seconds=now), name, parts, f"k{i}", round(1000 * now), None))
    return found


def over(acts: Sequence[tuple[float, str, dict[str, Any]]]) -> tuple[str, ...]:
    return hesitated_over(FREE, SimpleNamespace(id=1), events(acts))  # type: ignore[arg-type]


def place(name: str, column: int, seconds: float = 1.0) -> tuple[float, str, dict[str, Any]]:
    return seconds, "place", {"statement": name, "column": column}


@given(st.lists(st.tuples(st.sampled_from(FREE.ids), st.sampled_from((-1, 0, 1)), st.sampled_from((1.0, 4.0, 11.0, 30.0, 90.0))), max_size=60))
def test_they_are_the_ones_moved_most_and_then_those_thought_about_longest(said: list[tuple[str, int, float]]) -> None:
    lies: dict[str, int] = {}
    moves: Counter[str] = Counter()
    longest: dict[str, float] = {}
    for name, column, seconds in said:
        moves[name] += lies.get(name, column) != column
        lies[name] = column
        if 10 <= seconds <= 60:
            longest[name] = max(seconds, longest.get(name, 0))
    found = over([place(*one) for one in said])
    worth = {name: (moves[name] if moves[name] >= 2 else 0, longest.get(name, 0)) for name in FREE.ids}
    rest = [worth[name] for name in FREE.ids if name not in found]
    assert all(worth[name] > (0, 0) for name in found)
    assert len(found) == min(HESITATIONS, sum(one > (0, 0) for one in worth.values()))
    assert sorted((worth[name] for name in found), reverse=True) == [worth[name] for name in found]
    assert not rest or not found or min(worth[name] for name in found) >= max(rest)


def test_a_card_moved_once_or_moved_by_the_machine_or_during_a_break_is_none() -> None:
    assert over([place("s1", -1), place("s1", 0), place("s2", 1, 100)]) == ()
    assert over([(1.0, "pile", {"statement": "s1", "pile": "agree"}), (1.0, "pile", {"statement": "s1", "pile": "neutral"})]) == ()


def test_piles_swaps_and_undo_count_as_moves() -> None:
    piles = [(1.0, "pile", {"statement": "s3", "pile": pile}) for pile in ("agree", "neutral", "agree")]
    assert over(piles) == ("s3",)
    there_and_back = [place("s1", -1), place("s2", 1), (1.0, "swap", {"statement": "s1", "other": "s2"}), (1.0, "undo", {})]
    assert over(there_and_back) == ("s1", "s2")


def test_whoever_does_nothing_but_move_cards_keeps_nobody_waiting() -> None:
    assert over([place("s1", i % 2) for i in range(MOST_REPLAYED + 1)]) == ()
