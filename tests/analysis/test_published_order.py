"""What is published tells nothing of the order of the file: whoever has the list of a class has no key to its sorts."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

import numpy as np
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

import qmethod
from qmethod import ManualFlag, QData
from qmethod.errors import DataError
from qmethod.method.notices import Who, excluded
from qmethod.notice import Notice
from qmethod.resampling.bootstrap import bootstrap
from qmethod_analysis.folder.loaded import Loaded, understand
from qmethod_analysis.folder.writing import write
from qmethod_analysis.interpretation.background import NOTHING, Asked, Comment
from qmethod_analysis.recipe.recipe import Input, Recipe, target_rows
from qmethod_analysis.recipe.texts import Texts
from qmethod_analysis.report.anonymous import anonymised
from qmethod_analysis.runs import runs as folders
from tests.analysis.conftest import LIPSET, Qmethod
from tests.analysis.everywhere import pages, published
from tests.references import sorts

GRID = np.array([-2, -1, -1, 0, 0, 0, 1, 1, 2])
PEOPLE = ("Adams", "Baker", "Clarke", "Davis", "Evans", "Foster", "Graham", "Harris", "Irving", "Jones", "Keller", "Lewis")


@st.composite
def studies(draw: st.DrawFn) -> tuple[dict[str, object], list[int]]:
    """A study of two viewpoints and noise, some sorts there twice, some simulated, some flagged by hand; and its people in another order."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    n = draw(st.integers(6, 12))
    bases = [rng.permutation(GRID) for _ in range(2)]
    sorts = []
    for i in range(n):
        twin = draw(st.integers(0, 3)) == 0 and bool(sorts)
        mine = bases[i % 2].copy()
        for _ in range(draw(st.integers(0, 2))):
            a, b = rng.choice(len(mine), 2, replace=False)
            mine[[a, b]] = mine[[b, a]]
        sorts.append(sorts[draw(st.integers(0, len(sorts) - 1))] if twin else mine)
    simulated = draw(st.sets(st.integers(0, n - 1), max_size=n))
    names = [f"sim-{i + 1:04}" if i in simulated else PEOPLE[i] for i in range(n)]
    flags = [(names[i], f"f{draw(st.integers(1, 2))}", draw(st.booleans())) for i in sorted(draw(st.sets(st.integers(0, n - 1), max_size=2)))]
    noticed = sorted(draw(st.sets(st.integers(0, n - 1), min_size=1, max_size=n)))
    study = {"sorts": np.column_stack(sorts), "names": names, "flags": flags, "noticed": [names[i] for i in noticed], "texts": draw(st.booleans())}
    return study, draw(st.permutations(range(n)))


def analysed(study: dict[str, object], order: list[int]) -> Loaded:
    names = [study["names"][i] for i in order]  # type: ignore[index]
    listed = tuple(name for name in names if name in study["noticed"])  # type: ignore[operator]
    texts = tuple(f"What number {i} says." for i in range(1, 10)) if study["texts"] else ()
    data = QData.from_array(study["sorts"][:, order], participants=names, texts=texts)  # type: ignore[index]
    data = replace(data, notices=(Notice("odd-sorts", f"These sorts are odd: {', '.join(listed)}.", participants=listed),))
    flags = [ManualFlag(*flag, "because") for who in names for flag in study["flags"] if flag[0] == who]  # type: ignore[attr-defined]
    solution = qmethod.analyse(data, 2, flags=flags)
    asked = Asked("q", "Where?", "choice", ("here", "there"), MappingProxyType({who: (("here", "there")[len(who) % 2],) for who in names}))
    said = tuple(Comment(who, "2", f"What {who[::-1]} said.", 1.0) for who in names)
    recipe = Recipe(Input(path="sorts.csv"), 2, solution.policies, flags=tuple(flags))
    return understand(solution, recipe, background=replace(NOTHING, questions=(asked,), comments=said))


@settings(max_examples=60, deadline=None)
@given(studies())
def test_another_order_of_the_file_gives_the_same_bytes(drawn: tuple[dict[str, object], list[int]]) -> None:
    study, order = drawn
    try:
        one = analysed(study, list(range(len(order))))
    except DataError:  # the sorts are too few and too alike for two factors
        reject()
    other = analysed(study, order)
    values = one.solution.extraction.eigenvalues
    assume(abs(values[1] - np.append(values, 0.0)[2]) > 1e-6)  # else the analysis itself may turn the axes as it likes
    assume(np.allclose(one.solution.scores.z_scores, other.solution.scores.z_scores, equal_nan=True))
    assume(not np.isnan(one.solution.scores.z_scores).all(axis=0).all())
    released = {(one.solution.data.participants[0], "2")}
    first, second = (published(each, Texts(released=frozenset(released))) for each in (one, other))
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []
    plain = "\n".join(line for lines in pages(first).values() for line in lines)
    assert not [who for who in (*PEOPLE, "sim-0") if who in plain]
    if len(set(map(tuple, study["sorts"].T.tolist()))) == len(order):  # type: ignore[attr-defined]
        columns = read(first["data/sorts.csv"])
        position = {tuple(column): i for i, column in enumerate(study["sorts"].T.tolist())}  # type: ignore[attr-defined]
        marked = [study["names"][position[tuple(map(int, column))]].startswith("sim-") for column in columns.values()]  # type: ignore[index]
        assert [name.startswith("sim-") for name in columns] == marked


def test_the_shares_of_a_bootstrap_tell_nothing_of_the_order_either() -> None:
    """People are drawn by the dictionary order of their sorts, not by their places in the file."""
    data = sorts("climate_s1").keep(range(24))
    order = np.random.default_rng(2).permutation(24).tolist()

    def made(some: QData) -> dict[str, bytes]:
        solution = qmethod.analyse(some, 2)
        found = bootstrap(solution, 60, rng=np.random.default_rng(1))
        return published(understand(solution, Recipe(Input(path="sorts.csv"), 2, solution.policies), found=found))

    first, second = made(data), made(data.keep(order))
    assert [name for name in first if first[name] != second[name]] == []
    assert any(b"60 times" in content for content in first.values())


def read(content: bytes) -> dict[str, list[str]]:
    rows = list(csv.reader(io.StringIO(content.decode())))
    return {name: [row[j] for row in rows[1:]] for j, name in enumerate(rows[0]) if j}


def test_numbers_are_those_of_the_anonymous_report(lipset: qmethod.QSolution) -> None:
    loaded = understand(lipset, Recipe(Input(path="sorts.csv"), 3, lipset.policies))
    columns = read(published(loaded)["data/sorts.csv"])
    shown = anonymised(loaded).solution.data
    assert tuple(columns) == shown.participants
    assert [list(map(int, column)) for column in columns.values()] == shown.sorts.T.tolist()
    assert shown.sorts.tolist() != lipset.data.sorts.tolist()


def test_the_packaged_recipe_runs_with_flags_a_target_and_simulated_people(lipset: qmethod.QSolution, tmp_path: Path) -> None:
    names = tuple(f"sim-{9 - i:04}" if i % 2 else name for i, name in enumerate(lipset.data.participants))
    data = replace(lipset.data, participants=names)
    target = np.full((9, 2), math.nan)
    target[0], target[3], target[7] = (1, 0), (0, 1), (0, 1)
    flags = [ManualFlag(names[5], "f1", True, "why"), ManualFlag(names[1], "f2", True, "why")]
    solution = qmethod.analyse(data, 2, rotation="target", target=target, flags=flags)
    recipe = Recipe(Input(path="x.csv"), 2, solution.policies, flags=tuple(flags), target=target_rows(target, data))
    made = published(understand(solution, recipe))
    write(tmp_path / "data", {name.removeprefix("data/"): content for name, content in made.items() if name.startswith("data/")})
    again = folders.run(tmp_path / "data" / "analysis.toml", tmp_path / "again")
    np.testing.assert_allclose(again.solution.scores.z_scores, solution.scores.z_scores, atol=1e-9)
    np.testing.assert_array_equal(again.solution.scores.arrays, solution.scores.arrays)
    place = {name: i for i, name in enumerate(again.solution.data.participants)}
    for listed in ([flag.participant for flag in again.recipe.flags], [who for who, _ in again.recipe.target]):
        assert listed == sorted(listed, key=place.__getitem__)
    told = next(notice for notice in again.solution.notices if notice.code == "simulated-sorts")
    assert "4 of 9 sorts are simulated" in told.message
    assert sorted(told.participants) == sorted(name for name in place if name.startswith("sim-"))


def test_people_who_only_sound_simulated_are_not_marked(lipset: qmethod.QSolution) -> None:
    data = replace(lipset.data, participants=("sim-card", "sim-0001x", *lipset.data.participants[2:]))
    solution = qmethod.analyse(data, 3)
    made = published(understand(solution, Recipe(Input(path="sorts.csv"), 3, solution.policies)))
    assert not any(name.startswith("sim-") for name in read(made["data/sorts.csv"]))
    assert "simulated" not in made["data/README.txt"].decode()


def test_missing_placements_do_not_let_the_order_show(lipset: qmethod.QSolution) -> None:
    sorts = lipset.data.sorts.astype(float)
    sorts[:2, [0, 4, 8]] = np.nan
    sorts[:, [7, 8]] = sorts[:, [4]]  # three are equal, and of one of them something is said
    made = []
    for order in (list(range(9)), [7, 3, 0, 8, 4, 1, 2, 6, 5]):
        data = QData.from_array(sorts[:, order], participants=[lipset.data.participants[i] for i in order], grid=lipset.data.grid)
        one = lipset.data.participants[7]
        data = replace(data, notices=(Notice("odd-sorts", f"The sort of {one} is odd.", participants=(one,)),))
        solution = qmethod.analyse(data, 2, missing="pairwise")
        made.append(published(understand(solution, Recipe(Input(path="sorts.csv"), 2, solution.policies))))
    assert [name for name in made[0] if made[0][name] != made[1][name]] == []


def test_those_left_out_stand_in_no_order_of_the_file(lipset: qmethod.QSolution) -> None:
    sorts = lipset.data.sorts.astype(float)
    sorts[0, [1, 5, 6]] = np.nan
    made = []
    for order in (list(range(9)), [6, 5, 4, 3, 2, 1, 0, 8, 7]):
        data = QData.from_array(sorts[:, order], participants=[lipset.data.participants[i] for i in order], grid=lipset.data.grid)
        solution = qmethod.analyse(data, 2, missing="drop-sort")
        made.append(published(understand(solution, Recipe(Input(path="sorts.csv"), 2, solution.policies))))
    assert [name for name in made[0] if made[0][name] != made[1][name]] == []
    assert "Left out of the analysis: P7, P8, P9" in "\n".join(pages(made[0])["method.html"])


def test_what_the_package_says_of_its_order_is_true(qmethod_command: Qmethod) -> None:
    qmethod_command("analyse", LIPSET, "--factors", 3, "--no-retention", "--out", "mine")
    assert qmethod_command("publish", "mine", "--out", "site").exit_code == 0
    readme = " ".join(Path("site/data/README.txt").read_text().split())
    assert "People are called P1 to P9. Their order comes from the sorts themselves" in readme
    assert "in the order of the study" not in readme
    assert qmethod_command("run", "site/data/analysis.toml", "--out", "again").exit_code == 0
    with Path("again/loadings.csv").open() as file:
        rows = list(csv.DictReader(file))
    first = [int(row["defines"].lstrip("-")[1]) if row["defines"] else 9 for row in rows]
    largest = [max(abs(float(row[f"f{i}"])) for i in (1, 2, 3)) for row in rows]
    assert first == sorted(first)
    assert all(a >= b for i, (a, b) in enumerate(pairwise(largest)) if first[i] == first[i + 1])


def test_reasons_for_leaving_sorts_out_tell_nothing_of_their_order() -> None:
    reasons = ["all placements are the same", "no placement for 1 of 16 statements"]
    assert excluded(Who.of(["a", "b"]), reasons) == excluded(Who.of(["a", "b"]), reasons[::-1])


def test_oblique_rotations_do_not_depend_on_the_order_to_the_last_published_digit() -> None:
    data, rng = sorts("climate_s1").keep(range(24)), np.random.default_rng(3)
    for rotation in ("promax", "oblimin"):
        for extraction in ("pca", "minres"):
            policies = {"rotation": rotation, "extraction": extraction}
            plain = qmethod.analyse(data, 2, **policies)
            order = rng.permutation(24).tolist()
            shuffled = qmethod.analyse(data.keep(order), 2, **policies)
            np.testing.assert_allclose(shuffled.scores.z_scores, plain.scores.z_scores, atol=1e-12)


def test_only_names_of_the_researcher_travel_in_the_packaged_recipe(qmethod_command: Qmethod) -> None:
    qmethod_command("simulate", "leadership", "-n", 40, "--seed", 1, "--out", "s.csv")
    qmethod_command("analyse", "s.csv", "-k", 4, "--study", "leadership", "--no-retention", "--name", "f1=Mine alone", "--out", "a")
    assert qmethod_command("publish", "a", "--out", "site").exit_code == 0
    recipe = Path("site/data/analysis.toml").read_text()
    assert "Mine alone" in recipe
    assert "leadership" not in recipe.lower()


def test_a_site_that_was_edited_is_not_written_over(qmethod_command: Qmethod) -> None:
    qmethod_command("analyse", LIPSET, "-k", 2, "--no-retention", "--out", "a")
    assert qmethod_command("publish", "a", "--out", "site").exit_code == 0
    page = Path("site/index.html")
    page.write_text(page.read_text() + "<!-- mine -->")
    refused = qmethod_command("publish", "a", "--out", "site")
    assert (refused.exit_code, "index.html was changed" in refused.stderr) == (2, True)
    assert "mine" in page.read_text()
