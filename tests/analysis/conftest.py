"""What the tests of the desk share: the command, and solutions worth looking at."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import chdir, suppress
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

import qmethod
from qmethod import QData, QSolution
from qmethod_analysis.commands.cli import main
from qmethod_analysis.words import language as words
from qmethod_studies import library
from qmethod_studies.store import DEFAULT_URL, Store, Taken
from tests.analysis.calls import QUICK, TYPED
from tests.analysis.photographed import photograph
from tests.analysis.strange import STRANGE, Strange
from tests.studies.store.acting import make_study, submitted

LIPSET = Path(__file__).parents[1] / "reference" / "lipset" / "sorts.csv"
UNFORCED = Path(__file__).parents[1] / "reference" / "kr_power_likert" / "sorts.csv"

Qmethod = Callable[..., Result]
Copied = Callable[[Callable[[], None]], None]


def invoke(*arguments: object) -> Result:
    """The command, run in the folder of now; a crash is a crash of the test."""
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(main, words, input=TYPED.get(next(iter(words), "")), catch_exceptions=False, prog_name="qmethod")


def succeed(*arguments: object) -> None:
    """Run the command, which must succeed."""
    result = invoke(*arguments)
    assert result.exit_code == 0, result.output


@pytest.fixture
def qmethod_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Qmethod:
    """The command, run in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return invoke


@pytest.fixture
def strangely(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Write in the strange language."""
    real = words._catalogue
    monkeypatch.setattr(words, "_catalogue", lambda code: Strange() if code == STRANGE else real(code))
    monkeypatch.setattr(words, "languages", lambda: {words.SOURCE: False, STRANGE: True})
    with words.speaking(STRANGE):
        yield


@pytest.fixture(scope="session")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Copied:
    """Lays into the folder of now what a function makes in an empty one.

    The function runs once, however many tests ask for what it makes, in a folder as deep as that of a test, so that paths out of it hold in the copy.
    """

    @cache
    def made(make: Callable[[], None]) -> Path:
        folder = tmp_path_factory.mktemp("made")
        with chdir(folder):
            make()
        return folder

    def lay(make: Callable[[], None]) -> None:
        shutil.copytree(made(make), Path(), dirs_exist_ok=True)

    return lay


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


def come_again(called: str) -> None:
    """Let take part again who was taken out."""
    if called in ("responses withdraw", "responses erase"):
        with Store.open(DEFAULT_URL) as store, suppress(Taken):
            submitted(store, make_study(access={"kind": "link"}), participant="ann")


def a_study_in_work() -> None:
    """Sorts, an analysis of them, and a database with responses."""
    Path("sorts.csv").write_bytes(LIPSET.read_bytes())
    succeed("analyse", "sorts.csv", "-k", 2, "--out", "analysis", *QUICK)
    with Store.open(DEFAULT_URL) as store:
        study = make_study(access={"kind": "link"})
        store.register(study)
        submitted(store, study, participant="ann")


def four_viewpoints() -> None:
    """An analysis with more viewpoints."""
    succeed("simulate", "leadership", "-n", 24, "--out", "people.csv")
    succeed("analyse", "people.csv", "-k", 4, "--out", "drawn", *QUICK)


@pytest.fixture
def place(qmethod_command: Qmethod, copied: Copied, request: pytest.FixtureRequest) -> Qmethod:
    """The command in a folder with `a_study_in_work`."""
    copied(a_study_in_work)
    if "photo" in request.node.name:
        Path("table.jpg").write_bytes(photograph()[0])
    if "restore" in request.node.name:
        assert qmethod_command("backup", "--out", "kept.backup").exit_code == 0
        assert qmethod_command("restore", "kept.backup", "--to", "sqlite:///put-back.sqlite3").exit_code == 0
    if "shorten" in request.node.name:
        copied(four_viewpoints)
    return qmethod_command
