"""At a narrow terminal words stay whole and commands can be copied; an output of few signs gets signs near to those it lacks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from io import StringIO
from itertools import islice
from pathlib import Path

import click.testing
import numpy as np
import pytest
from click.testing import CliRunner
from rich.table import Table

from qmethod import QData
from qmethod.bayesian import partitioning
from qmethod_analysis.commands.cli import main
from qmethod_analysis.commands.speaking import screen, show
from qmethod_analysis.tabletop import kit, reading
from qmethod_analysis.tabletop.photographs import Seen
from qmethod_studies.store import Store
from tests.analysis.calls import CALLS
from tests.analysis.conftest import Qmethod, come_again

WIDTHS = (20, 27, 40, 61, 80, 120, 200)
SAYS = sorted(
    {*CALLS}
    - {
        "study new",
        "study import",
        "study schema",
        "study words",
        "invite",
        "export",
        "backup",
        "restore",
        "simulate",
        "run",
        "report",
        "sheet",
        "publish",
    }
)
"""Commands that print a table; the others print lines that are broken by nobody."""
MORE = {"compare": ("leadership", "leadership"), "shorten": CALLS["shorten"]}


def printed(called: str, monkeypatch: pytest.MonkeyPatch, width: int | None = None, charset: str = "utf-8") -> str:
    """What a command prints; at a terminal where a width is given."""
    come_again(called)
    with monkeypatch.context() as patch:
        patch.setattr(Store, "free_space", lambda _: 25 * 10**9)  # other tests fill the disk meanwhile
        if width is not None:
            patch.setenv("COLUMNS", str(width))
            patch.setenv("TERM", "xterm")
            patch.setenv("NO_COLOR", "1")
            patch.setattr(click.testing._NamedTextIOWrapper, "isatty", lambda _self: True, raising=False)
        words = [*called.split(), *MORE.get(called, CALLS[called])]
        done = CliRunner(charset=charset).invoke(main, words, catch_exceptions=False, prog_name="qmethod")
    assert done.exit_code == 0, done.output
    return re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", done.stdout)


@pytest.fixture(scope="module", autouse=True)
def _worked_out_once() -> Iterator[None]:
    """What commands print here differs in its width alone: draws, pages of a kit and marks of a photograph are those of the first time."""
    drawn: dict[object, tuple[partitioning.Partition, list[tuple[int, int]]]] = {}

    def partition(data: QData, n_factors: int, *, n_sweeps: int, rng: int, progress: Callable[[int, int], None]) -> partitioning.Partition:
        asked = (data.sorts.tobytes(), data.statements, data.participants, data.texts, n_factors, n_sweeps, rng)
        if asked not in drawn:
            steps: list[tuple[int, int]] = []
            drawn[asked] = (real(data, n_factors, n_sweeps=n_sweeps, rng=rng, progress=lambda *step: steps.append(step)), steps)
        found, told = drawn[asked]
        for step in told:
            progress(*step)
        return found

    looked: dict[bytes, list[list[Seen]]] = {}

    def marks_in(picture: np.ndarray) -> Iterator[list[Seen]]:
        """As many looks as were asked for before, then further ones."""
        known = looked.setdefault(picture.tobytes(), [])
        yield from map(list, known)
        for look in islice(look_at(picture), len(known), None):
            known.append(look)
            yield list(look)

    real, look_at = partitioning.partition, reading.marks_in
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(partitioning, "partition", partition)
        patch.setattr(kit, "compiled", cache(kit.compiled))
        patch.setattr(reading, "marks_in", marks_in)
        yield


@pytest.fixture(scope="module")
def at_its_widest() -> dict[str, str]:
    """What a command prints where no terminal is; each prints it once for all tests."""
    return {}


@pytest.fixture
def whole(called: str, at_its_widest: dict[str, str], place: Qmethod, monkeypatch: pytest.MonkeyPatch) -> str:
    if called not in at_its_widest:
        at_its_widest[called] = printed(called, monkeypatch)
    return at_its_widest[called]


def words_of(text: str) -> set[str]:
    return {bare for word in text.split() if (bare := word.strip("│|─+-–.:,;()╭╮╰╯ "))}


def to_copy(text: str) -> list[str]:
    return [line for line in text.splitlines() if re.match(r"(Next  |      |Repeat  )qmethod ", line)]


@pytest.mark.parametrize("called", SAYS)
def test_words_stay_whole_and_commands_in_one_piece(called: str, whole: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known = words_of(whole)
    for width in WIDTHS:
        narrow = printed(called, monkeypatch, width)
        assert to_copy(narrow) == to_copy(whole)
        assert "…" not in narrow
        if width >= max(len(word) for word in known if not re.fullmatch(r"[0-9a-f]{64}|\S*/\S*", word)) + 8:
            broken = {word for word in words_of(narrow) - known if not re.fullmatch(r"[0-9a-f]+", word)}
            assert not broken, (width, broken, narrow)
            lost = {word for word in known - words_of(narrow) if not re.fullmatch(r"[0-9a-f]{64}|\S*/\S*", word)}
            assert not lost, (width, lost, narrow)


@pytest.mark.parametrize("header", [True, False])
def test_a_table_that_does_not_fit_keeps_every_cell(header: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    cells = [[f"cell-{row}-{column}" for column in range(4)] for row in range(3)]
    for width in (12, 30, 200):
        monkeypatch.setenv("COLUMNS", str(width))
        table = Table(show_header=header, box=None)
        for column in range(4):
            table.add_column(f"head-{column}")
        for row in cells:
            table.add_row(*row)
        with screen(out := Terminal()) as console:
            show(console, table)
        assert [text for row in cells for text in row] == re.findall(r"cell-\d-\d", out.getvalue())


@pytest.mark.parametrize("charset", ["ascii", "latin-1", "cp1252", "utf-8"])
@pytest.mark.parametrize("called", SAYS)
def test_no_sign_is_lost_in_an_output_of_few(called: str, charset: str, whole: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = printed(called, monkeypatch, charset=charset)
    assert plain.count("?") == whole.count("?")
    assert len(plain.splitlines()) == len(whole.splitlines())
    assert charset == "utf-8" or "−" not in plain


@pytest.mark.parametrize("charset", ["ascii", "cp1252"])
def test_names_of_all_alphabets_stay_apart(charset: str, qmethod_command: Qmethod) -> None:
    names = ["Zoë", "Łukasz", "عمر", "علي", "李"]
    rows = ["statement," + ",".join(names), *(",".join([f"s{i}", *(str((i * (j + 2)) % 5 - 2) for j in range(5))]) for i in range(5))]
    Path("sorts.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    done = CliRunner(charset=charset).invoke(main, ["inspect", "sorts.csv"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "?" not in done.stdout
    assert "\\u0639\\u0645\\u0631" in done.stdout
    assert ("Zoe" if charset == "ascii" else "Zoë") in done.stdout
