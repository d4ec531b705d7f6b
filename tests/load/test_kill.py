"""A few respondents at once on a real server that is killed on the way: nothing that was acknowledged is lost, and everybody finishes."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from benchmarks.load import losses, run
from benchmarks.respondents import Respondent
from qmethod_studies.store import Store

RESPONDENTS = 4


@pytest.fixture(autouse=True)
def installed() -> None:
    assert shutil.which("qmethod", path=str(Path(sys.executable).parent)), "the package is not installed"


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(store_url: str, tmp_path: Path) -> None:
    outcome = run(store_url, tmp_path, respondents=RESPONDENTS, kills=1, idle=2, seed=7)
    assert outcome.kills == 1
    assert sum(person.retries for person in outcome.respondents) > 0  # somebody noticed
    assert not losses(store_url, outcome)
    assert all(len(person.acknowledged) >= 90 for person in outcome.respondents)
    assert "Traceback" not in (tmp_path / "server.log").read_text()
    take_something_away(store_url, outcome.respondents[0])
    found = "\n".join(losses(store_url, outcome))
    assert "respondent 0" in found
    assert "lost 1 of" in found
    assert "meant another sort" in found


def take_something_away(url: str, person: Respondent) -> None:
    """Take one act out of the log and move two cards, to see that the check would see it."""
    with Store.open(url) as store, store._write() as connection:
        response = f"(SELECT response_id FROM event WHERE key = '{person.acknowledged[0]}')"
        connection.exec_driver_sql(f"UPDATE placement SET value = -value WHERE value = 4 AND response_id = {response}")
        connection.exec_driver_sql(f"DELETE FROM event WHERE key = '{person.acknowledged[50]}'")
