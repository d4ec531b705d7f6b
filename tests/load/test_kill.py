"""A few respondents at once on a real server that is killed on the way: nothing that was acknowledged is lost, and everybody finishes."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from benchmarks.load import losses, run
from studies.store import Store

RESPONDENTS = 6


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


def test_a_loss_would_be_seen(tmp_path: Path) -> None:
    """The check of the first test against a database from which one act was taken, and one card moved."""
    url = f"sqlite:///{tmp_path / 'responses.sqlite3'}"
    outcome = run(url, tmp_path, respondents=1)
    assert not losses(url, outcome)
    person = outcome.respondents[0]
    with Store.open(url) as store:
        response = store.find("leadership", person.code)
        assert response is not None
        with store._write() as connection:
            connection.exec_driver_sql("DELETE FROM event WHERE key = ?", (person.acknowledged[50],))
            connection.exec_driver_sql("UPDATE placement SET value = -value WHERE value = 4")
    found = "\n".join(losses(url, outcome))
    assert "lost 1 of" in found
    assert "meant another sort" in found
