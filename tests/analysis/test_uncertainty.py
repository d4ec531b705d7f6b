"""A bootstrap from the command line to the report, and the two standard errors beside each other."""

from __future__ import annotations

import csv
import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest

import qmethod
from qmethod import DataError, Policies, QSolution
from qmethod.resampling.bootstrap import INTERVALS, Bootstrap, bootstrap
from qmethod_analysis.commands.analyse import command
from qmethod_analysis.folder.loaded import understand
from qmethod_analysis.pictures import figures
from qmethod_analysis.recipe.reading import load
from qmethod_analysis.recipe.recipe import Input, Recipe, Resampling
from qmethod_analysis.report.html import report
from qmethod_analysis.report.uncertainty import replication
from qmethod_analysis.runs import besides
from qmethod_analysis.tables import bootstrap as uncertainty
from qmethod_analysis.words.narrative import whole_percent
from tests.analysis.conftest import LIPSET, hashes
from tests.analysis.page import Page
from tests.references import sorts


@pytest.fixture(scope="module")
def found(lipset: QSolution) -> Bootstrap:
    return bootstrap(lipset, 200, rng=np.random.default_rng(1))


@pytest.fixture(scope="module")
def page(lipset: QSolution, found: Bootstrap) -> Page:
    return Page(report(understand(lipset, Recipe(input=Input(path="sorts.csv"), n_factors=3), found=found)))


def rows(path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.open(newline="", encoding="utf-8-sig")))


def test_the_folder_holds_the_bootstrap_and_run_repeats_it(qmethod_command, tmp_path):
    assert qmethod_command("analyse", LIPSET, "-k", 3, "--bootstrap", 60, "--seed", 7, "--out", "a").exit_code == 0
    given = load(tmp_path / "a" / "analysis.toml").bootstrap
    assert given == Resampling(60, "automatic", 0.95, 7)
    result = json.loads((tmp_path / "a" / "bootstrap.json").read_text(encoding="utf-8"))
    assert result["n_replicates"] == 60
    expected = bootstrap(qmethod.analyse(qmethod.read(LIPSET), 3), 60, rng=np.random.default_rng(7))
    assert result["z_scores"]["low"] == expected.z_scores.low.tolist()
    before = hashes(tmp_path / "a")
    (tmp_path / "a" / "bootstrap.json").write_text("gone", encoding="utf-8")
    assert qmethod_command("run", "a/analysis.toml").exit_code == 0
    shutil.rmtree(tmp_path / "a" / "kept-1")
    assert hashes(tmp_path / "a") == before
    assert qmethod_command("analyse", LIPSET, "-k", 3, "--bootstrap", 60, "--seed", 8, "--out", "c").exit_code == 0
    assert hashes(tmp_path / "c")["bootstrap.json"] != hashes(tmp_path / "a")["bootstrap.json"]


def test_the_command_offers_every_kind_of_interval():
    option = next(parameter for parameter in command.params if parameter.name == "bootstrap_interval")
    assert tuple(option.type.choices) == INTERVALS


def test_without_a_bootstrap_nothing_of_it_is_written(qmethod_command, tmp_path):
    assert qmethod_command("analyse", LIPSET, "-k", 3, "--out", "a").exit_code == 0
    assert not list((tmp_path / "a").glob("bootstrap*"))
    assert "bootstrap" not in (tmp_path / "a" / "analysis.toml").read_text(encoding="utf-8")
    assert 'id="sure"' not in (tmp_path / "a" / "report.html").read_text(encoding="utf-8")


def test_processes_do_the_work_where_threads_would_not_help(lipset, monkeypatch):
    class Watched:
        asked = 0

        def map(self, work, batches):
            Watched.asked += 1
            return map(work, batches)

    centroid = qmethod.analyse(sorts("lipset"), 3, extraction="centroid")
    monkeypatch.setattr(besides, "WORTH_PROCESSES", 5)
    recipe = Recipe(input=Input(path="x"), n_factors=3, bootstrap=Resampling(5))
    said: list[str] = []
    for solution, asked in ((lipset, 0), (centroid, 1)):
        made = besides.resampled(solution, recipe, said.append, Watched())
        assert made is not None
        assert Watched.asked == asked
    assert said[-1].endswith("5 of 5")


def test_a_target_follows_the_sorts_that_were_kept():
    data = sorts("lipset")
    target = np.tile(np.eye(3), (3, 1)) * np.linspace(0.4, 0.8, 9)[:, None]
    solution = qmethod.analyse(data.keep([0, 1, 2, 4, 5, 6, 7, 8]), 3, rotation="target", target=target[[0, 1, 2, 4, 5, 6, 7, 8]])
    recipe = Recipe(Input(path="x"), 3, target=tuple(zip(data.participants, map(tuple, target), strict=True)), bootstrap=Resampling(4))
    given = besides.target_of(solution, recipe)
    np.testing.assert_array_equal(given, target[[0, 1, 2, 4, 5, 6, 7, 8]])
    assert besides.resampled(solution, recipe, lambda _: None).n_completed > 1


def test_tables_hold_what_was_found(lipset, found, tmp_path):
    tables = uncertainty.files(lipset, found)
    assert set(tables) == {f"bootstrap_{name}.csv" for name in ("z_scores", "arrays", "loadings", "flags", "replication")}
    z = tables["bootstrap_z_scores.csv"]
    assert z.header[3:6] == ("z_score", "low", "high")
    assert z.rows[33 + 4][3:6] == (lipset.scores.z_scores[4, 1], found.z_scores.low[4, 1], found.z_scores.high[4, 1])
    arrays = tables["bootstrap_arrays.csv"]
    assert arrays.header[2:6] == ("array", "low", "high", "share_at_-4")
    assert all(sum(row[5:-1]) == pytest.approx(1) for row in arrays.rows)
    flags = tables["bootstrap_flags.csv"]
    assert [row[1] for row in flags.rows] == found.flags.n_used.tolist()
    assert all(len(table.header) == len(row) for table in tables.values() for row in table.rows)


def test_recipe_round_trip(tmp_path):
    recipe = Recipe(Input(path="x.csv", sha256="0" * 64), 2, Policies.preset("standard"), bootstrap=Resampling(500, "expanded-percentile", 0.9, 3))
    (tmp_path / "analysis.toml").write_text(recipe.to_toml(), encoding="utf-8")
    assert load(tmp_path / "analysis.toml") == recipe


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("replicates = 1", r"`replicates` must be a whole number from 2 to 1000000; got 1"),
        ("replicates = true", r"got True"),
        ('replicates = 10\ninterval = "bca"', r"`interval` must be one of automatic, percentile, widened-percentile, expanded"),
        ("replicates = 10\nlevel = 95", r"`level` must be a number between 0 and 1"),
        ("replicates = 10\nseed = -1", r"`seed` must be"),
        ("replicates = 10\nreplicate = 3", r"Did you mean replicates"),
        ("seed = 3", r"`replicates` must be a whole number from 2 to 1000000; got None"),
    ],
)
def test_faults_of_the_recipe_are_named_with_their_line(tmp_path, line, words):
    text = Recipe(Input(path="x.csv", sha256="0" * 64), 2).to_toml() + f"\n[bootstrap]\n{line}\n"
    path = tmp_path / "analysis.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=words) as caught:
        load(path)
    assert re.search(r"toml:\d+: ", str(caught.value))


def test_the_report_says_how_sure(lipset, found, page):
    assert page.crossed == []
    assert page.open == []
    text = " ".join(" ".join(page.words).split())
    assert "drawn anew with replacement 200 times" in text
    assert all(b - a <= 1 for a, b in zip(page.headings, page.headings[1:], strict=False))
    for f in range(3):
        assert f"Viewpoint {f + 1}" in text
    who = lipset.data.participants[0]
    assert who in text
    assert whole_percent(found.flags.frequency[0, 0]) in text
    assert "bars are intervals" in page.text


@pytest.mark.parametrize("choices", [{"bipolar": "split"}, {"flagging": "none"}, {"extraction": "centroid"}], ids=str)
def test_awkward_solutions_have_a_report_too(choices):
    solution = qmethod.analyse(sorts("lipset"), 2, **choices)
    made = bootstrap(solution, 12, rng=np.random.default_rng(1), interval="expanded-percentile")
    page = Page(report(understand(solution, Recipe(input=Input(path="x"), n_factors=2), found=made)))
    assert page.crossed == []
    assert "nan" not in page.text.lower().replace("nano", "")


def test_one_defining_sort_is_said_to_tell_little(lipset, found):
    single = replace(found, n_defining=np.array([1, 3, 0]))
    words = [" ".join(replication(lipset, single, f, f"View {f}")) for f in range(3)]
    assert "rests on one sort" in words[0]
    assert "rests on 3 sorts" in words[1]
    assert "nothing that could come back" in words[2]


def test_the_figure_has_a_bar_for_every_interval(lipset, found):
    body = str(figures.z_intervals(lipset, found.z_scores.low, found.z_scores.high).body)
    groups = re.findall(r'<g [^>]*class="intervals">(.*?)</g>', body)
    assert [part.count("<line") for part in groups] == [33] * 3
    low, high = found.z_scores.low.copy(), found.z_scores.high
    low[5, 1] = np.nan
    groups = re.findall(r'<g [^>]*class="intervals">(.*?)</g>', str(figures.z_intervals(lipset, low, high).body))
    assert [part.count("<line") for part in groups] == [33, 32, 33]


@pytest.mark.parametrize(("share", "words"), [(0.0, "0 %"), (0.001, "<1 %"), (0.5, "50 %"), (0.999, ">99 %"), (1.0, "100 %"), (np.nan, "–")])
def test_percentages_claim_no_false_certainty(share, words):
    assert whole_percent(share) == words
