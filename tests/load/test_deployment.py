"""Two servers on one PostgreSQL behind nginx, restarted one after the other while people sort: nobody notices, whichever server answers."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from benchmarks.deployment import faults, run


def test_nobody_notices_a_rolling_restart(postgres_url: str, tmp_path: Path) -> None:
    if shutil.which("nginx") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("nginx is not at hand, so what is said of a rolling restart was not run")
    outcome, restarts = run(postgres_url, tmp_path, respondents=5, pace=0.05)
    assert faults(postgres_url, tmp_path, outcome, restarts) == []
    assert len(restarts) == 2
    assert all(person.thanked for person in outcome.respondents)
    both = [(tmp_path / f"server-{i}.log").read_text().count('"what": "request"') for i in range(2)]
    assert min(both) > 50  # each has answered, and neither knew anybody
    outcome.respondents[0].troubles.append("GET grid: 502")  # and the check would see it
    outcome.respondents[1].acknowledged.append("a key that nobody has sent")
    assert len(faults(postgres_url, tmp_path, outcome, restarts)) == 2
