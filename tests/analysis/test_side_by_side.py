"""Several numbers of factors: a whole analysis for each, and a page that says what each further factor changes."""

from __future__ import annotations

import csv
import re
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import qmethod
from qmethod import Grid, Policies
from qmethod.simulation import Simulated, simulate
from qmethod_analysis.commands.cli import main
from qmethod_analysis.commands.exit_codes import ExitCode
from qmethod_analysis.pictures import flow
from qmethod_analysis.report.side_by_side import STOOD, sentences
from qmethod_analysis.tables.side_by_side import CONFOUNDED, NONE, WEAK, side_by_side, sources, standings
from tests.analysis.conftest import LIPSET, Qmethod, hashes
from tests.analysis.page import Page
from tests.references import sorts

CRITICAL = Policies.preset("standard").flag_critical


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("side-by-side")
    shutil.copy(LIPSET, home / "sorts.csv")
    arguments = ["analyse", str(home / "sorts.csv"), "--factors", "2..4", "--out", str(home / "out"), "--title", "R & D <now>"]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == ExitCode.OK, result.output
    return home


@pytest.fixture
def made(once: Path, qmethod_command: Qmethod) -> Path:
    """A copy of the folder in an empty one, beside the sorts."""
    shutil.copytree(once, Path(), dirs_exist_ok=True)
    return Path("out")


def test_each_number_gets_the_analysis_it_would_get_alone(made: Path, qmethod_command: Qmethod):
    assert sorted(path.name for path in made.iterdir() if path.is_dir()) == ["2-factors", "3-factors", "4-factors"]
    qmethod_command("analyse", "sorts.csv", "--factors", 3, "--out", "out/alone", "--title", "R & D <now>", "--no-retention")
    assert hashes(made / "3-factors") == hashes(made / "alone")
    before = hashes(made / "4-factors")
    assert qmethod_command("run", made / "4-factors/analysis.toml").exit_code == ExitCode.OK
    assert hashes(made / "4-factors") == before


def test_retention_is_asked_once_as_a_single_analysis_asks_it(made: Path, qmethod_command: Qmethod):
    qmethod_command("analyse", "sorts.csv", "--factors", 2, "--out", "single")
    assert hashes(made)["retention.json"] == hashes(Path("single"))["retention.json"]
    assert not list(made.glob("*-factors/retention.*"))
    assert "How many viewpoints" in (made / "side-by-side.html").read_text()
    qmethod_command("analyse", "sorts.csv", "--factors", "2,3", "--out", "without", "--no-retention")
    assert not Path("without/retention.json").exists()
    assert "How many viewpoints" not in Path("without/side-by-side.html").read_text()


def test_the_same_again_gives_the_same_bytes(made: Path, qmethod_command: Qmethod):
    before = hashes(made)
    assert qmethod_command("analyse", "sorts.csv", "--factors", "4,2,3,2", "--out", "out", "--title", "R & D <now>").exit_code == ExitCode.OK
    assert hashes(made) == before


def test_amounts_are_those_of_the_tables_of_each_analysis(made: Path):
    table = {int(row["factors"]): row for row in rows(made / "side-by-side.csv")}
    assert list(table) == [2, 3, 4]
    for k, row in table.items():
        loadings = rows(made / f"{k}-factors/loadings.csv")
        free = [one for one in loadings if not one["defines"]]
        significant = [sum(abs(float(one[f"f{j}"])) > CRITICAL / np.sqrt(33) for j in range(1, k + 1)) for one in free]
        counted = Counter(min(n, 2) for n in significant)
        assert int(row["defining"]) == len(loadings) - len(free)
        assert [int(row[name]) for name in ("none", "too_weak", "confounded")] == [counted[0], counted[1], counted[2]]
        characteristics = rows(made / f"{k}-factors/characteristics.csv")
        assert float(row["variance"]) == pytest.approx(sum(float(one["explained_variance"]) for one in characteristics))
        smallest = min(characteristics, key=lambda one: int(one["defining_sorts"]))
        assert (row["fewest_defining"], row["fewest_of"]) == (smallest["defining_sorts"], smallest["factor"])
        correlations = rows(made / f"{k}-factors/factor_correlations.csv")
        pairs = {f"{one['factor']} f{j}": float(one[f"f{j}"]) for one in correlations for j in range(int(one["factor"][1:]) + 1, k + 1)}
        assert abs(float(row["correlation"])) == pytest.approx(max(map(abs, pairs.values())))
        assert float(row["correlation"]) == pytest.approx(pairs[row["correlated"]])


def test_congruences_are_those_of_the_z_scores(made: Path):
    table = rows(made / "side-by-side-congruence.csv")
    assert len(table) == 2 * 3 + 3 * 4
    for row in table:
        one, other = (
            np.array([float(line[row[viewpoint]]) for line in rows(made / f"{row[factors]}-factors/z_scores.csv")])
            for factors, viewpoint in (("factors", "viewpoint"), ("next_factors", "next_viewpoint"))
        )
        assert float(row["phi"]) == pytest.approx(one @ other / np.sqrt((one @ one) * (other @ other)))
    for factors, n in (("2", 2), ("3", 3)):
        going = [row for row in table if row["factors"] == factors and row["goes_on"] == "yes"]
        assert len({row["viewpoint"] for row in going}) == len({row["next_viewpoint"] for row in going}) == len(going) <= n
        assert all(abs(float(row["phi"])) >= 0.6 for row in going)


def test_sorts_are_listed_with_what_they_define(made: Path):
    table = rows(made / "side-by-side-sorts.csv")
    for k in (2, 3, 4):
        loadings = {row["participant"]: row["defines"] for row in rows(made / f"{k}-factors/loadings.csv")}
        for row in table:
            assert row[f"factors_{k}"] == (loadings[row["participant"]] or row[f"factors_{k}"])
            assert loadings[row["participant"]] or row[f"factors_{k}"] in (CONFOUNDED, WEAK, NONE)


def test_the_page_stands_alone_and_leads_to_the_reports(made: Path):
    page = Page((made / "side-by-side.html").read_text())
    assert page.crossed == page.open == []
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(page.headings, page.headings[1:], strict=False))
    assert len(page.all("table")) == len(page.all("caption"))
    assert all("scope" in attributes for attributes in page.all("th"))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    leads = {attributes["href"] for attributes in page.all("a")}
    assert {f"{k}-factors/report.html" for k in (2, 3, 4)} <= leads
    for lead in leads:
        assert lead.lstrip("#") in ids if lead.startswith("#") else (made / lead).is_file()
    assert "2, 3 and 4 factors side by side: R & D <now>" in page.text
    assert "nan" not in page.text.lower().split()
    assert not {"script", "img", "iframe"} & {tag for tag, attributes in page.tags if attributes.get("src")}


def test_the_page_says_which_sorts_move_where(made: Path):
    page = Page((made / "side-by-side.html").read_text()).text
    solutions = [qmethod.analyse(qmethod.read("sorts.csv"), k) for k in (2, 3, 4)]
    compared = side_by_side(solutions)
    for step in compared.steps:
        for move in step.moves:
            origin, to = (STOOD.get(standing, standing) for standing in (move.origin, move.to))
            assert f"{origin} {to} {len(move.participants)} {', '.join(move.participants)}" in page
        for sentence in sentences(step):
            assert sentence in page


def planted(sizes: tuple[int, ...], seed: int = 1) -> Simulated:
    """Sorts drawn around independent viewpoints, so many around each."""
    grid = Grid.parse("-4:2,-3:4,-2:5,-1:6,0:8,1:6,2:5,3:4,4:2")
    rng = np.random.default_rng(seed)
    viewpoints = rng.normal(size=(42, len(sizes)))
    return simulate(viewpoints.tolist(), grid, sizes, rng)


def test_a_viewpoint_that_one_factor_too_few_hides_is_new_and_takes_its_own_sorts():
    drawn = planted((12, 9, 7))
    two, three = qmethod.analyse(drawn.data, 2), qmethod.analyse(drawn.data, 3)
    step = side_by_side([two, three]).steps[0]
    third = {drawn.data.participants[i] for i in np.flatnonzero(drawn.membership == 2)}
    assert len(step.added) == 1
    new = step.added[0]
    assert set(three.defining(new)) == third
    assert sum(n for _, n in sources(step, new)) == len(third)
    assert [one.into >= 0 for one in step.continued] == [True, True]
    assert {name for move in step.moves for name in move.participants} >= third
    assert any(f"f{new + 1} is new. Of its 7 defining sorts" in sentence for sentence in sentences(step))


def test_the_same_solution_twice_moves_nobody_and_adds_nothing():
    solution = qmethod.analyse(sorts("lipset"), 3)
    step = side_by_side([solution, solution]).steps[0]
    assert step.moves == ()
    assert step.added == ()
    assert [one.into for one in step.continued] == [0, 1, 2]
    assert sentences(step)[-1] == "9 sorts of 9 stay where they were."


def test_a_viewpoint_that_falls_in_two_is_said_to_be_split():
    data = planted((16,)).data
    halved = qmethod.analyse(data, 2, rotation="none", rotations=[(1, 2, 45)], flag_majority=False)
    step = side_by_side([qmethod.analyse(data, 1), halved]).steps[0]
    assert (np.abs(step.congruences) >= 0.85).all()
    assert len(step.added) == 1
    assert f"It is similar to f1 (φ {step.congruences[0, step.added[0]]:.2f}), which it splits." in " ".join(sentences(step))


def test_a_mirror_image_goes_on_turned_round_and_its_opponents_with_it():
    data = sorts("lipset")
    solution = qmethod.analyse(data, 2)
    mirrored = qmethod.analyse(data, 2, reflection="none", rotations=[(1, 2, 180)])
    step = side_by_side([solution, mirrored]).steps[0]
    turned = np.sign((solution.loadings * mirrored.loadings).sum(axis=0))
    assert -1 in turned
    assert [one.sign for one in step.continued] == turned.tolist()
    assert [one.phi for one in step.continued] == pytest.approx([1, 1])
    assert step.moves == ()
    assert f"as the mirror image of f{turned.tolist().index(-1) + 1}" in sentences(step)[0]


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 10_000), st.integers(1, 4), st.integers(1, 4))
def test_every_sort_stays_or_moves_once(seed: int, before: int, further: int):
    data = planted((5, 4, 3), seed).data
    compared = side_by_side([qmethod.analyse(data, before), qmethod.analyse(data, before + further)])
    step = compared.steps[0]
    moved = [name for move in step.moves for name in move.participants]
    assert len(moved) == len(set(moved)) == step.n_moved
    into = {one.into for one in step.continued if one.into >= 0}
    assert into.isdisjoint(step.added)
    assert into | set(step.added) == set(range(len(step.after.factors)))
    for amount, solution in zip(compared.amounts, compared.solutions, strict=True):
        assert amount.defining + amount.confounded + amount.too_weak + amount.none == data.n_sorts
        assert len(standings(solution)) == data.n_sorts
    for at, solution in zip(flow.rows(compared), compared.solutions, strict=True):
        assert len(set(at)) == len(solution.factors)
    for i, one in enumerate(step.continued):
        if one.into >= 0:
            assert flow.rows(compared)[1][one.into] == flow.rows(compared)[0][i]


def test_bands_are_thicker_where_viewpoints_are_more_alike():
    assert flow.thickness(0.6) == pytest.approx(2)
    assert flow.thickness(-1.0) == pytest.approx(12)
    assert flow.thickness(0.9) > flow.thickness(0.8)
    compared = side_by_side([qmethod.analyse(sorts("lipset"), k) for k in (2, 3)])
    assert {(i, j) for i, j, _ in flow.bands(compared.steps[0])} == {(0, 1), (0, 2), (1, 0)}
    drawn = str(flow.flow(compared).svg("flow", "t", flow.words(compared)))
    assert drawn.count("stroke-dasharray") == 1 + 1  # the mirror image, and the key
    assert "f1 to f2 0.81, f1 to f3 −0.73, f2 to f1 0.99" in drawn


def test_an_empty_viewpoint_has_a_card_and_no_band():
    data = sorts("lipset")
    flags = [qmethod.ManualFlag("US1", "f1", True, "to see")]
    compared = side_by_side([qmethod.analyse(data, 1), qmethod.analyse(data, 2, flagging="none", flags=flags)])
    assert "No viewpoint: no sort defines it." in str(flow.flow(compared).body)
    assert "f2 is no viewpoint: no sort defines it." in sentences(compared.steps[0])


def test_numbers_without_a_solution_are_listed_with_the_reason(qmethod_command: Qmethod):
    Path("sorts.csv").write_text("statement,p1,p2,p3,p4\ns1,-1,0,1,-1\ns2,0,1,-1,1\ns3,1,-1,0,0\ns4,0,0,0,0\ns5,0,0,0,0\n")
    result = qmethod_command("analyse", "sorts.csv", "--factors", "1..9", "--out", "out")
    assert result.exit_code == ExitCode.OK, result.output
    assert "No solution with 9 factors" in result.output
    table = rows(Path("out/side-by-side.csv"))
    assert [row["factors"] for row in table] == [str(k) for k in range(1, 10)]
    assert table[-1]["failure"]
    assert "Numbers of factors without a solution" in Path("out/side-by-side.html").read_text()
    assert not Path("out/9-factors").exists()
    result = qmethod_command("analyse", "sorts.csv", "--factors", "8,9", "--out", "none")
    assert result.exit_code == ExitCode.BAD_INPUT
    assert not Path("none").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--rotate", "1,2,15", "--name", "f1=A"), ("`--rotate` fits one number of factors, and `--factors` asks for 3", "`--name` fits one")),
        (("--rotation", "target"), ("`--rotation target` fits one number",)),
        (("--factors", "1..40"), ("at most 12 fit side by side",)),
        (("--factors", "5..2"), ("no range of numbers such as 2..5",)),
        (("--factors", "0"), ("no number from 1",)),
        (("--factors", "two"), ("no number from 1",)),
        (("--stream",), ("one number of factors at a time",)),
    ],
)
def test_what_fits_one_number_only_is_refused(arguments: tuple[str, ...], said: tuple[str, ...], qmethod_command: Qmethod):
    asked = () if "--factors" in arguments else ("--factors", "2..4")
    result = qmethod_command("analyse", LIPSET, *asked, *arguments, "--out", "out")
    assert result.exit_code == 2
    for words in said:
        assert words in " ".join(result.output.split())
    assert not Path("out").exists()


def test_flags_and_target_are_refused_with_several(qmethod_command: Qmethod):
    Path("f.csv").write_text("participant,factor,defines,reason\nUS1,f1,yes,so\n")
    result = qmethod_command("analyse", LIPSET, "--factors", "2,3", "--flags", "f.csv", "--target", "f.csv", "--rotation", "target")
    assert "`--flags` fits one" in result.output
    assert "`--target` fits one" in result.output
    assert "--factors 2 --flags" in result.output


def test_other_files_are_left_alone(made: Path, qmethod_command: Qmethod):
    Path("full").mkdir()
    Path("full/letter.txt").write_text("dear")
    result = qmethod_command("analyse", "sorts.csv", "--factors", "2,3", "--out", "full")
    assert result.exit_code == ExitCode.BAD_INPUT
    assert "no earlier analysis" in result.stderr
    assert [path.name for path in Path("full").iterdir()] == ["letter.txt"]
    assert qmethod_command("analyse", "sorts.csv", "--factors", 2, "--out", "out").exit_code == ExitCode.BAD_INPUT
    assert "this is a file" in qmethod_command("analyse", "sorts.csv", "--factors", "2,3", "--out", "full/letter.txt").stderr


def test_a_range_of_one_is_an_analysis_as_ever(qmethod_command: Qmethod):
    shutil.copy(LIPSET, "sorts.csv")
    qmethod_command("analyse", "sorts.csv", "--factors", "3..3", "--out", "a", "--no-retention")
    qmethod_command("analyse", "sorts.csv", "--factors", "3", "--out", "b", "--no-retention")
    assert hashes(Path("a")) == hashes(Path("b"))


def test_split_poles_are_counted_apart():
    solutions = [qmethod.analyse(sorts("lipset"), k, bipolar="split") for k in (1, 2)]
    compared = side_by_side(solutions)
    assert [a.viewpoints for a in compared.amounts] == [len(s.factors) for s in solutions]
    assert compared.amounts[0].viewpoints > compared.amounts[0].factors
    assert re.search(r"f1, \d+ defining sorts?", str(flow.flow(compared).body))
