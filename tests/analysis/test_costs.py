"""What would take very long is told before it is done, with what to say to go on."""

from __future__ import annotations

import math
import re
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from itertools import count
from pathlib import Path

import pytest

from qmethod import DataError
from qmethod_analysis.runs import besides, costs
from qmethod_analysis.runs.costs import LONG, spoken, within, within_each
from tests.analysis.conftest import LIPSET, Copied, Qmethod, succeed


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("passed", "done", "of", "limit", "refused"),
    [
        (2.0, 10, 100_000, LONG, True),
        (2.0, 10, 10_000, LONG, False),
        (0.5, 10, 10_000_000, LONG, False),  # too little to judge by
        (90.0, 10, 10_000_000, LONG, False),  # too late to be told before
        (2.0, 0, 10_000_000, LONG, False),
        (2.0, 10, 10_000_000, None, False),
    ],
)
def test_the_rest_is_judged_by_the_beginning(passed: float, done: int, of: int, limit: float | None, refused: bool) -> None:
    clock, told = Clock(), list[tuple[int, int]]()
    step = within(limit, "drawing", lambda *numbers: told.append(numbers), clock)
    clock.now = passed
    if refused:
        with pytest.raises(DataError, match=r"drawing 100,000 times would take about 6 hours on this machine, as the first 10 took 2\.0 s"):
            step(done, of)
    else:
        step(done, of)
    assert told == ([] if refused else [(done, of)])


def test_each_step_is_judged_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(costs, "within", lambda limit, what, tell: within(limit, what, tell, clock))
    step = within_each(LONG, lambda *_: None)
    step("first", 1, 10)
    clock.now = 100.0
    step("second", 1, 100_000)
    clock.now = 102.0
    with pytest.raises(DataError, match="second 100,000 times"):
        step("second", 2, 100_000)


def test_hours_and_days() -> None:
    assert [spoken(hours * 3600) for hours in (1, 1.4, 2, 47, 49, 24 * 5000)] == ["1 hour", "1 hour", "2 hours", "47 hours", "2 days", "5,000 days"]


LENGTHY = {
    "analyse": ("analyse", "sorts.csv", "-k", "2", "--no-retention", "--bootstrap", "1000000", "--out", "new"),
    "analyse several": ("analyse", "sorts.csv", "-k", "2..3", "--no-retention", "--bootstrap", "1000000", "--out", "new"),
    "run": ("run", "an/analysis.toml"),
    "retain": ("retain", "sorts.csv", "--random", "100000"),
    "partition": ("partition", "sorts.csv", "-k", "2", "--sweeps", "1000000", "--out", "new"),
}


def with_a_lengthy_recipe() -> None:
    """Sorts, and an analysis of them whose recipe asks for a million replicates."""
    shutil.copy(LIPSET, "sorts.csv")
    succeed("analyse", "sorts.csv", "-k", 2, "--no-retention", "--bootstrap", 20, "--out", "an")
    recipe = Path("an/analysis.toml")
    recipe.write_text(recipe.read_text().replace("replicates = 20", "replicates = 1000000"))


@pytest.mark.parametrize("command", LENGTHY)
def test_what_takes_hours_is_refused_soon(command: str, qmethod_command: Qmethod, copied: Copied, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine on which an hour is a second; with ``--however-long`` it is begun."""
    copied(with_a_lengthy_recipe)
    monkeypatch.setattr(costs, "_TRIED", 0.05)
    for module in ("qmethod_analysis.runs.costs", "qmethod_analysis.runs.runs"):
        monkeypatch.setattr(f"{module}.LONG", 2.0)
    began = time.process_time()
    refused = qmethod_command(*LENGTHY[command])
    assert refused.exit_code == 2, refused.output
    assert re.search(r"would take about [0-9,]+ (hours?|days?) on this machine", refused.stderr)
    assert "--however-long" in refused.stderr
    assert not Path("new").exists()
    assert time.process_time() - began < 20
    seen = list[object]()

    def ended(limit: float | None, *_: object, **__: object) -> object:
        seen.append(limit)
        raise KeyboardInterrupt

    for module in ("qmethod_analysis.runs.besides", "qmethod_analysis.runs.costs"):
        for name in ("within", "within_each"):
            monkeypatch.setattr(f"{module}.{name}", ended)
    qmethod_command(*LENGTHY[command], "--however-long")
    assert seen == [None]


def test_work_is_handed_to_processes_only_when_they_would_have_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """In order, all of it, each piece once; the first pieces here, the rest there."""
    clock = count(step=besides.SECONDS_TO_START / 2.5)
    monkeypatch.setattr(besides.time, "process_time", lambda: next(clock))
    with ThreadPoolExecutor(1, thread_name_prefix="there") as pool:
        monkeypatch.setattr(besides, "processes", lambda: nullcontext(pool))
        with besides.processes_for_much() as executor:
            done = list(executor.map(lambda a, b: (a, b, threading.current_thread().name[:5]), range(5), "abcde"))
    here = threading.current_thread().name[:5]
    assert done == [(0, "a", here), (1, "b", here), (2, "c", "there"), (3, "d", "there"), (4, "e", "there")]


def test_a_few_analyses_start_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_given: object, **_named: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr("concurrent.futures.ProcessPoolExecutor.submit", refuse)
    monkeypatch.setattr(besides, "SECONDS_TO_START", math.inf)
    succeed("multiverse", "climate", "-k", 2, "--try-factors", "2", "--try-extractions", "pca", "--try-rotations", "varimax", "--try-flags", ".05")
