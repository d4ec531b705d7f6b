"""``qmethod compare ANALYSIS LISTING``: how far an analysis is from figures that were printed of the same sorts."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

import qmethod
from qmethod_analysis.commands.cli import main
from qmethod_analysis.commands.exit_codes import ExitCode
from tests.analysis.conftest import Qmethod
from tests.references import sorts


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two analyses of the same sorts, and a listing of one of them."""
    folder = tmp_path_factory.mktemp("made")
    table = qmethod.write_csv(sorts("lipset"), folder / "lipset.csv")
    for name, more in (("mine", ()), ("other", ("--extraction", "centroid"))):
        call = ["analyse", str(table), "-k", "3", "--out", str(folder / name), "--no-retention", *more]
        assert CliRunner().invoke(main, call).exit_code == ExitCode.OK
    assert CliRunner().invoke(main, ["convert", str(folder / "mine"), str(folder / "study.lis")]).exit_code == ExitCode.OK
    return folder


@pytest.fixture
def printed(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return Path("study.lis")


def told(qmethod_command: Qmethod, folder: str, file: Path) -> list[dict[str, object]]:
    done = qmethod_command("compare", folder, file, "--json")
    assert done.exit_code == ExitCode.OK, done.output
    found: list[dict[str, object]] = json.loads(done.stdout)["factors"]
    return found


def test_nothing_but_rounding_parts_a_listing_from_its_analysis(qmethod_command: Qmethod, printed: Path) -> None:
    for i, one in enumerate(told(qmethod_command, "mine", printed), start=1):
        assert (one["found"], one["mirrored"], one["array_differs"]) == (f"f{i}", False, 0)
        assert one["loadings"]["largest"] <= 0.00005001  # type: ignore[index]
        assert one["z_scores"]["largest"] <= 0.005001  # type: ignore[index]
        assert one["defining_only_in_listing"] == one["defining_only_found"] == []
    assert "Each factor is defined by the same sorts." in qmethod_command("compare", "mine", printed).output


def test_what_differs_is_told_with_its_place(qmethod_command: Qmethod, printed: Path) -> None:
    """A loading is changed in the listing, then a defining sort."""
    whole = printed.read_text()
    head, matrix, after = re.split(r"(Factor Matrix with an X.*?\n)(?=\n?[A-Z][a-z]+ Distribution)", whole, maxsplit=1, flags=re.DOTALL)
    row = next(line for line in matrix.splitlines() if re.match(r"\s+1 US1 ", line))
    figure = re.findall(r"-?\d\.\d{4}", row)[0]
    changed = row.replace(figure, f"{float(figure) + 0.1:.4f}", 1)
    printed.write_text(head + matrix.replace(row, changed) + after)
    first = told(qmethod_command, "mine", printed)[0]
    assert first["loadings"]["at"] == "US1"  # type: ignore[index]
    assert first["loadings"]["largest"] == pytest.approx(0.1, abs=1e-4)  # type: ignore[index]
    flagged = next(line for line in matrix.splitlines() if "X" in line and not line.startswith("Factor"))
    name = flagged.split()[1]
    printed.write_text(head + matrix.replace(flagged, flagged.replace("X", " ")) + after)
    found = told(qmethod_command, "mine", printed)
    assert [one["defining_only_found"] for one in found].count([name]) == 1
    assert f"is defined in the analysis only by {name}." in qmethod_command("compare", "mine", printed).output


def test_other_choices_are_further_away(qmethod_command: Qmethod, printed: Path) -> None:
    found = told(qmethod_command, "other", printed)
    assert max(one["loadings"]["largest"] for one in found) > 0.05  # type: ignore[index]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace("US1 ", "UK9 "), "calls its sorts otherwise, or has them in another order: UK9 for US1"),
        (lambda text: re.sub(r"(?m)^ +9 \S.*\n", "", text), "has 8 sorts, the analysis 9|row 9 of a table of the listing is missing"),
        (lambda text: text.replace("Factor Matrix with an X", "Factor Matrix"), "has no factor matrix with defining sorts"),
    ],
)
def test_a_listing_of_other_sorts_is_refused(change, words: str, qmethod_command: Qmethod, printed: Path) -> None:
    printed.write_text(change(printed.read_text()))
    refused = qmethod_command("compare", "mine", printed)
    assert refused.exit_code == ExitCode.BAD_INPUT
    assert re.search(words, refused.stderr), refused.stderr


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (("lipset.csv", "study.lis"), "this is no folder of one"),
        (("mine", "study.lis", "--seed", "3"), "`--seed` belongs to viewpoints"),
        (("mine", "study.lis", "--mirrored"), "`--mirrored` belongs to viewpoints"),
    ],
)
def test_what_a_listing_is_not_compared_with(call: tuple[str, ...], words: str, qmethod_command: Qmethod, printed: Path) -> None:
    refused = qmethod_command("compare", *call)
    assert refused.exit_code == ExitCode.BAD_INPUT
    assert words in refused.stderr


def test_the_listing_given_as_sorts_names_the_way(qmethod_command: Qmethod, printed: Path) -> None:
    said = qmethod_command("inspect", printed).stderr
    assert "`qmethod compare ANALYSIS LISTING`" in said
