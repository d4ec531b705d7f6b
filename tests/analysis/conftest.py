"""What the tests of the desk share: the command, and solutions worth looking at."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

import qmethod
from qmethod import QData, QSolution
from qmethod_analysis.commands.cli import main
from qmethod_studies import library
from qmethod_studies.store import DEFAULT_URL, Store
from tests.analysis.calls import QUICK
from tests.analysis.photographed import photograph
from tests.studies.store.acting import make_study, submitted

LIPSET = Path(__file__).parents[1] / "reference" / "lipset" / "sorts.csv"
UNFORCED = Path(__file__).parents[1] / "reference" / "kr_power_likert" / "sorts.csv"

Qmethod = Callable[..., Result]


@pytest.fixture
def qmethod_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Qmethod:
    """The command, run in an empty folder; a crash is a crash of the test."""
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: object) -> Result:
        return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False, prog_name="qmethod")

    return invoke


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a folder, by its path inside."""
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="session")
def lipset() -> QSolution:
    return qmethod.analyse(qmethod.read(LIPSET), 3)


@pytest.fixture(scope="session")
def climate() -> QSolution:
    folder = library.path("climate")
    return qmethod.analyse(qmethod.read(folder / "sorts.csv", statements=folder / "statements.csv"), 3)


@pytest.fixture(scope="session")
def awkward() -> QSolution:
    """Names and texts that are markup, formulas and mathematics; the second factor is defined by nobody."""
    grid = np.array([-2, -1, -1, 0, 0, 0, 1, 1, 2])
    rng = np.random.default_rng(3)
    base = rng.permutation(grid)
    sorts = np.column_stack([base, base, np.roll(base, 1), rng.permutation(grid), rng.permutation(grid)])
    names = ("<b>Ann</b>", "=1+1", "Bo & Co", "-x", "$a_b$")
    texts = ("<script>alert(1)</script>", "R & D", '=HYPERLINK("http://x")', "$x^2$ costs $5", "@home", "+1 more", "- dash", "a\nb", "plain “text”")
    data = QData.from_array(sorts, participants=names, texts=texts)
    return qmethod.analyse(
        data, 2, flagging="none", flags=[qmethod.ManualFlag(names[0], "f1", True, "she & I agree"), qmethod.ManualFlag(names[1], "f1", True, "so")]
    )


@pytest.fixture
def place(qmethod_command: Qmethod, request: pytest.FixtureRequest) -> Qmethod:
    """A folder with sorts, an analysis of them, and a database with responses."""
    Path("sorts.csv").write_bytes(LIPSET.read_bytes())
    assert qmethod_command("analyse", "sorts.csv", "-k", 2, "--out", "analysis", *QUICK).exit_code == 0
    with Store.open(DEFAULT_URL) as store:
        study = make_study(access={"kind": "link"})
        store.register(study)
        submitted(store, study)
    if "photo" in request.node.name:
        Path("table.jpg").write_bytes(photograph()[0])
    if "shorten" in request.node.name:
        assert qmethod_command("simulate", "leadership", "-n", 24, "--out", "people.csv").exit_code == 0
        assert qmethod_command("analyse", "people.csv", "-k", 4, "--out", "drawn", *QUICK).exit_code == 0
    return qmethod_command
