"""Numbers without measure: what asks for the impossible or the endless is refused at once, and what takes long is told beforehand or on the way."""

from __future__ import annotations

import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import click
import pytest
from click.testing import Result

from qmethod_analysis.commands import multiverse, working
from tests.analysis.calls import CALLS, EVERY, QUICK, in_shape, options
from tests.analysis.conftest import Qmethod

SOON = 20
"""Seconds within which any call of these ends; one that waits for an endless number ends in none."""
MANY = (10**9, 10**30)
COUNTED = (click.types.IntParamType, click.types.FloatParamType)
NUMBERS = [
    (called, name)
    for called in CALLS
    for name, one in options(EVERY[called]).items()
    if name.startswith("--") and (isinstance(one.type, COUNTED) or one.metavar in ("K", "A..B"))
]
GOES_WITH = {
    ("invite", "--uses"): ("--codes", "1"),
    ("multiverse", "--factors"): (),
    ("multiverse", "--skip"): ("--factors", "2"),
    ("analyse", "--rotation-seed"): ("--rotation", "oblimin"),
}
"""Options that mean nothing in the usual call of their command."""


class Late(BaseException):
    """The time is over."""


@pytest.fixture
def soon() -> Iterator[None]:
    """Whatever takes longer is stopped."""
    if sys.platform == "win32":
        pytest.skip("an alarm of Unix")

    def late(_signal: int, _frame: FrameType | None) -> None:
        raise Late

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SOON)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def called_with(place: Qmethod, called: str, name: str, value: object) -> Result:
    words = list(CALLS[called])
    for opt in options(EVERY[called])[name].opts:
        if opt in words:
            at = words.index(opt)
            del words[at : at + 2]
    if called == "multiverse" and name in ("--factors", "--skip"):
        words[0] = "sorts.csv"
    if (called, name) == ("invite", "--uses"):
        words = ["demo", "--out", "new/codes.csv"]
    return place(*called.split(), *words, *GOES_WITH.get((called, name), ()), name, value)


@pytest.mark.parametrize(("called", "name"), NUMBERS)
@pytest.mark.usefixtures("soon")
def test_a_number_without_measure_is_refused_by_name_or_makes_no_difference(called: str, name: str, place: Qmethod) -> None:
    for number in MANY:
        if Path("new").exists():
            shutil.rmtree("new")
        result = called_with(place, called, name, number)
        if name in ("--seed", "--rotation-seed", "--calibration-seed") and result.exit_code == 0:
            continue  # any number begins as well as another
        said = "\n".join(in_shape(result))
        asked = str(number) in said.replace(",", "") or f"{float(number)}" in said
        assert name in said or asked, said
        assert name in said or "factors" in name or "version" in name, said
        assert re.search(r"\d", said.replace(str(number), "")), f"what is possible: {said}"


@pytest.mark.parametrize("key", ["n_factors", "replicates", "n_random", "max_factors", "rotation_starts", "paf_cycles", "horst_cycles"])
@pytest.mark.usefixtures("soon")
def test_a_recipe_asks_for_no_more_than_an_option(key: str, place: Qmethod) -> None:
    assert place("analyse", "sorts.csv", "-k", 2, "--bootstrap", 20, "--out", "whole").exit_code == 0
    recipe = Path("whole/analysis.toml").read_text(encoding="utf-8")
    for number in MANY:
        changed, n = re.subn(rf"(?m)^{key} = \d+$", f"{key} = {number}", recipe)
        assert n == 1, recipe
        Path("whole/analysis.toml").write_text(changed, encoding="utf-8")
        lines = in_shape(place("run", "whole", "--overwrite"))
        assert str(number) in lines[0]


def test_more_factors_than_sorts_can_carry_are_refused_before_anything_is_done(place: Qmethod) -> None:
    lines = in_shape(place("multiverse", "analysis", "--try-factors", "1..1000"))
    assert lines[0] == "qmethod: `--try-factors` asks for 1000 factors, and 9 sorts hold at most 9; try 1..9"
    few = ("--try-extractions", "pca", "--try-rotations", "none", "--try-flags", ".05")
    done = place("multiverse", "analysis", "--try-factors", "1..9", *few)
    assert (done.exit_code, done.stderr) == (0, "")


def test_many_analyses_are_counted_before_they_begin(place: Qmethod, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiverse, "MANY", 1)
    few = ("--try-factors", "1..3", "--try-extractions", "pca", "--try-rotations", "none", "--try-flags", ".05")
    for more, said in ((), "3 analyses are to be done ...\n"), (("--json",), "3 analyses are to be done ...\n"), (("--quiet",), ""):
        assert place("multiverse", "analysis", *few, *more).stderr == said


LONG: dict[str, tuple[str, ...]] = {
    "multiverse": CALLS["multiverse"],
    "retain": CALLS["retain"],
    "partition": CALLS["partition"],
    "analyse": ("sorts.csv", "-k", "2", *QUICK, "--bootstrap", "40"),
    "simulate": ("leadership", "-n", "3", "--database", "sqlite:///drawn.sqlite3"),
}


@pytest.mark.parametrize("called", LONG)
def test_what_takes_long_says_how_far_it_has_come(called: str, place: Qmethod, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no terminal shows it; here all that takes time takes long."""
    monkeypatch.setattr(working, "FIRST", 0.0)
    assert re.search(r"\d of \d", place(called, *LONG[called]).stderr)


def test_it_is_said_more_and_more_seldom(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(1000))
    clock: Callable[[], float] = lambda: float(next(now))  # noqa: E731
    monkeypatch.setattr(working.time, "monotonic", clock)
    with working.counting() as show:
        for done in range(1, 500):
            show("Analyses", done, 500)
    assert capsys.readouterr().err.splitlines() == [f"Analyses: {n} of 500 ..." for n in (30, 60, 120, 240, 480)]
