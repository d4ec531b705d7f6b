"""Acts that come at a rate: they come when they were planned to, what waits is counted from then, and what is lost is found."""

from __future__ import annotations

import random
import sqlite3
import statistics
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchmarks.arrivals import Arrivals, arrive, enter, line, lost, moments, quantile
from benchmarks.serving import STUDY, Server, of_tree
from qmethod_studies.loading import find, load

ROOT = Path(__file__).parents[2]


def test_moments_are_those_of_a_poisson_process() -> None:
    """In each second so many on average; the variance of a Poisson count is its mean."""
    found = moments(50, 400, random.Random(1))
    assert found == sorted(found)
    counts = [sum(second <= one < second + 1 for one in found) for second in range(400)]
    assert statistics.mean(counts) == pytest.approx(50, rel=0.03)
    assert statistics.variance(counts) == pytest.approx(50, rel=0.25)


def test_what_was_acknowledged_is_kept_and_what_is_lost_is_found(tmp_path: Path) -> None:
    file = tmp_path / "responses.sqlite3"
    server = Server(f"sqlite:///{file}", tmp_path / "server.log")
    server.start()
    try:
        entered = enter([server], 3, load(find(STUDY)))
        with ThreadPoolExecutor(1) as apart:  # tests of browsers leave a loop of their own in this thread
            found = apart.submit(arrive, [server], entered, 10, 3, seed=1).result()
    finally:
        server.stop()
    assert found.errors == []
    assert len(found.acknowledged) >= len(found.waits) > 0
    assert lost(f"sqlite:///{file}", found.acknowledged) == 0
    with sqlite3.connect(file) as connection:
        connection.execute("DELETE FROM event WHERE key = ?", (found.acknowledged[-1],))
    assert lost(f"sqlite:///{file}", found.acknowledged) == 1
    assert f"{quantile(found.waits, 0.5) * 1000:.1f}" in line("this", found, 0)
    assert "Traceback" not in (tmp_path / "server.log").read_text()


def test_the_line_of_nothing_can_be_written() -> None:
    assert "this" in line("this", Arrivals(5), 0)


def test_another_version_is_run_by_its_own_entry(tmp_path: Path) -> None:
    (tmp_path / "webform").mkdir()
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "__init__.py").touch()
    (tmp_path / "pyproject.toml").write_text('[project]\n[project.scripts]\nqmethod = "analysis.cli:main"\n')
    command, path = of_tree(tmp_path)
    assert command[1:] == ["-c", "from analysis.cli import main; main()"]
    assert path.split(":") == [str(tmp_path), str(tmp_path / "webform")]  # a folder that is a package is found from its parent
