"""A study that a report or a site was told stays with the analysis: nobody tells it twice, wherever the folder goes."""

import shutil
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import qmethod
from qmethod_analysis.folder.studied import with_study
from qmethod_analysis.recipe.reading import load
from qmethod_analysis.recipe.recipe import Input, Recipe
from qmethod_studies import library
from tests.analysis.conftest import succeed
from tests.analysis.page import Page

FORMATS = "html,md,xlsx,docx"
ONCE = ("html", "md", "xlsx", "docx")


def text(place, name="report.html"):
    return " ".join(Page((Path(place) / name).read_text(encoding="utf-8")).text.split())


def reports(place):
    return {name: (Path(place) / f"report.{name}").read_bytes() for name in ONCE}


def untold():
    """Sorts, a study that lies elsewhere, and an analysis that was told nothing of it."""
    shutil.copytree(library.path("leadership"), "mine")
    succeed("simulate", "leadership", "-n", 24, "--seed", 1, "--out", "sorts.csv")
    succeed("analyse", "sorts.csv", "-k", 3, "--no-retention", "--out", "a")


@pytest.fixture
def place(qmethod_command, copied, tmp_path):
    """A folder with what is `untold`."""
    copied(untold)
    return tmp_path


def study_of(folder):
    return tomllib.loads((Path(folder) / "analysis.toml").read_text(encoding="utf-8")).get("study", "")


@pytest.mark.parametrize("study", ["mine", "leadership", "LEADERSHIP", "./mine/", "mine/study.yaml"])
def test_a_second_report_needs_no_repeating_and_is_the_same(qmethod_command, place, study):
    without = text(place / "a")
    assert qmethod_command("report", "a", "--formats", FORMATS, "--study", study).exit_code == 0
    first = reports("a")
    assert "condition of instruction was" in text("a")
    assert "condition of instruction was" not in without
    assert qmethod_command("report", "a", "--formats", FORMATS).exit_code == 0
    assert reports("a") == first
    assert str(place) not in (place / "a" / "analysis.toml").read_text(encoding="utf-8")
    assert study_of("a") == ("leadership" if "LEAD" in study.upper() else "../mine")
    assert qmethod_command("publish", "a", "--out", "site").exit_code == 0
    assert qmethod_command("run", "a").exit_code == 0
    assert "condition of instruction was" in text("a"), "a repeated analysis knows it too"


def test_a_site_tells_the_report(qmethod_command, place):
    assert qmethod_command("publish", "a=mine", "--out", "site").exit_code == 0
    assert study_of("a") == "../mine"
    assert qmethod_command("publish", "a", "--out", "again").exit_code == 0
    pages = sorted(path.relative_to("site") for path in Path("site").rglob("*.html"))
    assert [page for page in pages if (Path("site") / page).read_bytes() != (Path("again") / page).read_bytes()] == []
    assert qmethod_command("report", "a", "--formats", "html").exit_code == 0
    assert "condition of instruction was" in text("a")


def test_both_move_together_and_one_that_is_gone_is_told(qmethod_command, place):
    assert qmethod_command("report", "a", "--formats", FORMATS, "--study", "mine").exit_code == 0
    first = reports("a")
    Path("else/where").mkdir(parents=True)
    shutil.move("a", "else/where/a")
    shutil.move("mine", "else/where/mine")
    assert qmethod_command("report", "else/where/a", "--formats", FORMATS).exit_code == 0
    assert reports("else/where/a") == first
    shutil.move("else/where/mine", "else/mine")
    gone = qmethod_command("report", "else/where/a", "--formats", "html")
    told = " ".join(gone.output.split())
    assert gone.exit_code == 2
    assert "the study of this analysis is not where its recipe says" in told
    assert "--study" in told
    assert reports("else/where/a") == first
    assert qmethod_command("report", "else/where/a", "--formats", FORMATS, "--study", "else/mine").exit_code == 0
    assert study_of("else/where/a") == "../../mine"
    assert reports("else/where/a") == first


def test_none_is_kept_too(qmethod_command, place):
    assert qmethod_command("report", "a", "--formats", FORMATS).exit_code == 0
    without = reports("a")
    assert qmethod_command("report", "a", "--formats", FORMATS, "--study", "mine").exit_code == 0
    assert reports("a") != without
    assert qmethod_command("report", "a", "--formats", FORMATS, "--study", "none").exit_code == 0
    assert reports("a") == without
    assert qmethod_command("report", "a", "--formats", FORMATS).exit_code == 0
    assert reports("a") == without
    assert qmethod_command("run", "a").exit_code == 0


def test_a_study_that_cannot_be_is_not_kept(qmethod_command, place):
    before = (place / "a" / "analysis.toml").read_bytes()
    for study in ("nowhere", "climate", "sorts.csv"):
        assert qmethod_command("report", "a", "--study", study).exit_code == 2
    assert (place / "a" / "analysis.toml").read_bytes() == before


def test_a_folder_of_the_name_of_a_study_that_holds_none_is_not_taken_for_it(qmethod_command, place):
    Path("leadership").mkdir()
    for _ in range(2):
        assert qmethod_command("report", "a", "--formats", "html", "--study", "leadership").exit_code == 0
        assert study_of("a") == "leadership"
        assert qmethod_command("report", "a", "--formats", "html").exit_code == 0
    assert qmethod_command("analyse", "sorts.csv", "-k", 3, "--no-retention", "--study", "leadership", "--out", "b").exit_code == 0
    assert study_of("b") == "leadership"
    assert qmethod_command("report", "b", "--formats", "html").exit_code == 0


def test_the_same_analysis_made_again_keeps_it(qmethod_command, place):
    assert qmethod_command("report", "a", "--formats", FORMATS, "--study", "mine").exit_code == 0
    again = qmethod_command("analyse", "sorts.csv", "-k", 3, "--no-retention", "--out", "a")
    assert again.exit_code == 0, again.output
    assert "The study is that which the recipe there names: ../mine." in " ".join(again.output.split())
    assert study_of("a") == "../mine"
    assert "condition of instruction was" in text("a")
    assert Path("a/report.docx").exists()
    other = qmethod_command("analyse", "sorts.csv", "-k", 3, "--no-retention", "--study", "none", "--out", "a")
    assert (other.exit_code, "by other choices" in other.output) == (2, True)


def test_one_of_several_analyses_keeps_it(qmethod_command, place):
    assert qmethod_command("analyse", "sorts.csv", "-k", "2..3", "--no-retention", "--out", "b").exit_code == 0
    assert qmethod_command("report", "b/3-factors", "--formats", FORMATS, "--study", "mine").exit_code == 0
    first = reports("b/3-factors")
    assert study_of("b/3-factors") == "../../mine"
    again = qmethod_command("analyse", "sorts.csv", "-k", "2..3", "--no-retention", "--out", "b")
    assert again.exit_code == 0, again.output
    assert (study_of("b/3-factors"), study_of("b/2-factors")) == ("../../mine", "")
    assert (Path("b/3-factors/report.docx").read_bytes(), not list(Path("b").rglob("kept-*"))) == (first["docx"], True)


def test_python_keeps_it_too(place):
    qmethod.report("a", ["html"], study="mine")
    assert study_of("a") == "../mine"
    assert qmethod.load("a").background.study is not None
    assert qmethod.load("a", study="none").background.study is None
    assert study_of("a") == "../mine", "reading writes nothing"
    solution = qmethod.load("a").solution
    qmethod.save(solution, "saved")
    qmethod.report("saved", ["html"], study="mine")
    qmethod.save(solution, "saved")
    assert study_of("saved") == "../mine"


BY_HAND = ("# my own remark", "", "  # [input]", 'title = "My study = yours"', 'notes = """\n[input]\nstudy = "no"\n"""', "notes = '''\nstudy\n'''")
EARLIER = ("", 'study = "old"\n', 'study="old" # mine\n', "  study = 'old'\n")

PRINTABLE = st.characters(exclude_categories=("C", "Z"), include_characters=" ")


@settings(deadline=None)
@given(lines=st.lists(st.sampled_from(BY_HAND), max_size=4), before=st.sampled_from(EARLIER), study=st.text(PRINTABLE, min_size=1, max_size=12))
def test_what_was_written_by_hand_stays(lines, before, study):
    keys = [line.split(" =")[0] for line in lines if " = " in line and not line.lstrip().startswith("#")]
    assume(len(set(keys)) == len(keys))
    assert study.isprintable()
    written = "\n".join(["recipe = 1", *lines, before + "n_factors = 3", 'preset = "standard"', "[input]", 'path = "sorts.csv" # here', ""])
    made = with_study(written.encode(), Recipe(Input(path="sorts.csv"), 3), study).decode()
    assert tomllib.loads(made) == {**tomllib.loads(written), "study": study}
    kept = [line for line in written.split("\n") if not line.lstrip().startswith("study") or '"no"' in line]
    assert [line for line in made.split("\n") if line in kept or not line.lstrip().startswith("study")] == kept


def test_a_recipe_as_it_is_made_is_one_with_its_study(place):
    recipe = load(place / "a" / "analysis.toml")
    made = with_study((place / "a" / "analysis.toml").read_bytes(), recipe, "../mine")
    assert made.decode() == replace(recipe, study="../mine").to_toml()
