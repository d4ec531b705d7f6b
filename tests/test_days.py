"""The day a test speaks of is that of its run."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.days import QUIET, day, past_midnight

TESTS = Path(__file__).parent
ASKED = re.compile(r"\btoday\(\)|now\([^()]*\)\.date\(\)|strftime\(.%[AaDdFj]|^[A-Z_]+\b.*\bnow\(", re.MULTILINE)


def test_only_one_file_asks_for_the_day() -> None:
    """One that asks by itself can ask before midnight, when it is collected, what it compares with after."""
    asking = {path.relative_to(TESTS).as_posix() for path in TESTS.rglob("*.py") if ASKED.search(path.read_text())}
    assert asking == {"days.py"}


@pytest.mark.parametrize(
    ("clock", "seconds"),
    [((12, 0, 0), 0), ((23, 58, 29), 0), ((23, 58, 30), 0), ((23, 58, 31), 89), ((23, 59, 59), 1), ((0, 0, 0), 0)],
)
def test_a_test_waits_for_a_day_that_is_about_to_begin(clock: tuple[int, int, int], seconds: int) -> None:
    now = datetime(2024, 2, 29, *clock, tzinfo=UTC)
    wait = past_midnight(now)
    assert wait == timedelta(seconds=seconds)
    assert past_midnight(now + wait) == timedelta(0)
    assert (now + wait).date() == (now + wait + QUIET - timedelta(seconds=1)).date()


def test_no_day_is_asked_for_before_a_test_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert day(1) - day(-1) == timedelta(days=2)
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    with pytest.raises(RuntimeError):
        day()
