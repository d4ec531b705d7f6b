"""Days that tests speak of: of the moment a test runs, not of the one at which it was collected, since a run can go past midnight."""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime, timedelta

# No test that speaks of days takes as long.
QUIET = timedelta(seconds=90)


def day(offset: int = 0) -> date:
    """The day, in universal time, so many days from today.

    Raises
    ------
    RuntimeError
        If no test is running: what was collected before midnight may run after it.
    """
    if "PYTEST_CURRENT_TEST" not in os.environ:
        raise RuntimeError("ask for the day in a test, not where tests are collected")
    return datetime.now(UTC).date() + timedelta(days=offset)


def past_midnight(now: datetime) -> timedelta:
    """How long to wait so that a test which begins afterwards ends on the day it began."""
    midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
    return midnight - now if midnight - now < QUIET else timedelta(0)


def wait_for_a_day() -> None:
    """Return when the day is not about to end."""
    time.sleep(past_midnight(datetime.now(UTC)).total_seconds())
