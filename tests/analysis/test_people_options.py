"""`--people` and `--exclude`: in every command that takes them, in the recipe, in the report and the site, with and without names."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

import qmethod
from qmethod_analysis.commands.cli import main
from qmethod_analysis.recipe.reading import load

SECRET = "Kohlrabi"
"""In the name of the one who is left out."""


def call(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def done(*words: object) -> Result:
    found = call(*words)
    assert found.exit_code == 0, found.output
    return found


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> qmethod.QData:
    """Twenty-four people of two views, one of whom is left out; nurses hold the one and teachers the other. In a folder with all files."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(7)
    views = np.repeat(rng.standard_normal((20, 2)), 12, axis=1)
    latent = 0.85 * views + 0.5 * rng.standard_normal((20, 24))
    places = np.repeat([-2, -1, 0, 1, 2], [2, 5, 6, 5, 2])[latent.argsort(axis=0).argsort(axis=0)]
    names = tuple(f"Person{chr(65 + j)}{chr(97 + j)}" if j != 3 else f"{SECRET} Marta" for j in range(24))
    data = qmethod.QData(places, tuple(f"s{i}" for i in range(1, 21)), names)
    qmethod.write_csv(data, "sorts.csv")
    rows = [f"{name},{'nurse' if j < 12 else 'teacher'},{30 + j * 7 % 31},{name.lower()}@example.org" for j, name in enumerate(names)]
    Path("people.csv").write_text("\n".join(["code,job,age,e-mail", *rows]) + "\n")
    Path("out.csv").write_text(f"participant,reason\n{SECRET} Marta,fell asleep over the cards\n")
    return data


BOTH = ("--people", "people.csv", "--exclude", "out.csv")


def analysed(*more: object, out: str = "a") -> Path:
    done("analyse", "sorts.csv", "-k", 2, "--no-retention", *BOTH, "--out", out, *more)
    return Path(out)


def test_inspect_says_what_is_known_and_who_is_left_out(study: qmethod.QData) -> None:
    words = " ".join(done("inspect", "sorts.csv", *BOTH).output.split())
    assert "People job, age" in words
    assert f"Left out {SECRET} Marta: fell asleep over the cards" in words
    values = json.loads(done("inspect", "sorts.csv", *BOTH, "--json").output)
    assert values["n_sorts"] == 23
    assert values["people"] == [{"name": name, "label": "", "n_known": 23} for name in ("job", "age")]
    assert values["excluded"] == [{"participant": f"{SECRET} Marta", "reason": "fell asleep over the cards"}]


def test_the_recipe_keeps_both_and_repeats_them_byte_for_byte(study: qmethod.QData) -> None:
    folder = analysed("--exclude-participant", "PersonBb=said so, later")
    recipe = load(folder / "analysis.toml")
    assert (recipe.input.people, recipe.input.people_id) == ("../people.csv", "")
    assert recipe.exclude == ((f"{SECRET} Marta", "fell asleep over the cards"), ("PersonBb", "said so, later"))
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    done("run", folder, "--out", "b")
    assert {file.name: file.read_bytes() for file in Path("b").iterdir()} == before
    done("run", folder)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    Path("people.csv").write_text(Path("people.csv").read_text().replace("teacher", "farmer", 1))
    changed = call("run", folder)
    assert changed.exit_code != 0
    assert "people.csv: the input has changed since the recipe was made" in changed.output
    done("run", folder, "--accept-changed-input")
    assert load(folder / "analysis.toml").input.people_sha256 != recipe.input.people_sha256
    Path("people.csv").unlink()
    assert "the table of people that this recipe names is not there" in call("run", folder).output


def test_who_was_left_out_changes_figures_as_if_never_there(study: qmethod.QData) -> None:
    analysed()
    qmethod.write_csv(study.keep([j for j in range(24) if j != 3]), "fewer.csv")
    done("analyse", "fewer.csv", "-k", 2, "--no-retention", "--out", "fewer")
    for name in ("loadings.csv", "z_scores.csv", "factor_arrays.csv", "contrasts.csv", "characteristics.csv"):
        assert Path("a", name).read_bytes() == Path("fewer", name).read_bytes()


def test_every_format_says_how_many_and_why_and_who_only_with_names(study: qmethod.QData) -> None:
    folder = analysed()
    page = (folder / "report.html").read_text()
    sentence = "Of 24 sorts the researchers left out 1: fell asleep over the cards (1)."
    assert page.count(sentence) == 2  # under participants, and where the method is told
    assert f"{SECRET} Marta" in page
    assert "nurse" in page
    assert "example.org" not in page
    done("report", folder, "--formats", "html,md,docx,xlsx,pdf")
    for name in ("report.html", "report.md"):
        text = (folder / name).read_text()
        assert sentence in text
        assert SECRET not in text
        assert "Sorts left out of the analysis" in text
    done("report", folder, "--formats", "md", "--language", "es")
    spanish = (folder / "report.md").read_text()
    assert "De 24 ordenaciones, el equipo de investigación excluyó 1: fell asleep over the cards (1)." in spanish
    assert "the researchers" not in spanish
    assert SECRET not in spanish
    done("publish", folder, "--out", "site")
    everything = b"".join(file.read_bytes() for file in Path("site").rglob("*") if file.is_file())
    assert SECRET.encode() not in everything
    assert b"example.org" not in everything
    assert "De 24 ordenaciones, el equipo de investigación excluyó 1: fell asleep over the cards (1).".encode() in everything


def test_a_reason_that_names_somebody_goes_into_no_anonymous_report(study: qmethod.QData) -> None:
    Path("out.csv").write_text(f"participant,reason\n{SECRET} Marta,{SECRET} is my aunt\n")
    folder = analysed()
    refused = call("report", folder, "--formats", "html")
    assert refused.exit_code != 0
    assert SECRET in refused.output
    assert SECRET not in b"".join(file.read_bytes() for file in folder.glob("report*.md")).decode()


def test_who_holds_what_is_told_by_the_table(study: qmethod.QData) -> None:
    solution = qmethod.load(analysed())
    assert {one.label: one.kind for one in solution.background.questions} == {"job": "choice", "age": "number"}
    told = [(one.question, one.answer) for reading in solution.interpretation.readings if reading for one in reading.traits if one.corrected <= 0.05]
    assert {answer for question, answer in told if question == "job"} == {"nurse", "teacher"}


def test_a_small_group_is_withheld_as_any_other(study: qmethod.QData) -> None:
    lines = Path("people.csv").read_text().splitlines()
    lines[1] = lines[1].replace("nurse", "astronaut")
    lines[2] = lines[2].replace("nurse", "diver")
    Path("people.csv").write_text("\n".join(lines) + "\n")
    folder = analysed()
    done("report", folder, "--formats", "html,md")
    done("publish", folder, "--out", "site")
    shown = [folder / "report.html", folder / "report.md", *Path("site").rglob("*.html")]
    assert all("astronaut" not in file.read_text() and "diver" not in file.read_text() for file in shown)


def test_run_takes_another_table_and_changes_no_figure(study: qmethod.QData) -> None:
    done("analyse", "sorts.csv", "-k", 2, "--no-retention", "--out", "a")
    before = Path("a/loadings.csv").read_bytes()
    done("run", "a", "--people", "people.csv", "--people-id", "code")
    recipe = load(Path("a/analysis.toml"))
    assert (recipe.input.people, recipe.input.people_id) == ("../people.csv", "code")
    assert Path("a/loadings.csv").read_bytes() == before
    assert "nurse" in Path("a/report.html").read_text()
    after = {file.name: file.read_bytes() for file in Path("a").iterdir() if file.is_file()}
    done("run", "a", "--out", "b")
    assert {file.name: file.read_bytes() for file in Path("b").iterdir()} == {name: after[name] for name in after if (Path("b") / name).is_file()}


def test_classify_puts_people_beside_the_answers(study: qmethod.QData) -> None:
    folder = analysed()
    found = done("classify", "sorts.csv", folder, *BOTH, "--out", "c.csv")
    header, *rows = Path("c.csv").read_text().splitlines()
    assert header.endswith("people: job,people: age")
    assert len(rows) == 23
    assert "job: nurse" in found.output
    values = json.loads(done("classify", "sorts.csv", folder, *BOTH, "--json").output)
    assert values["sorts"][0]["people"] == {"job": "nurse", "age": "30"}
    assert values["excluded"] == [{"participant": f"{SECRET} Marta", "reason": "fell asleep over the cards"}]


@pytest.mark.parametrize(
    "words",
    [
        ("retain", "sorts.csv", "--random", 19),
        ("partition", "sorts.csv", "-k", 2, "--sweeps", 1000),
        ("multiverse", "sorts.csv", "-k", 2, "--try-factors", 2, "--try-extractions", "pca", "--try-rotations", "varimax"),
    ],
)
def test_other_commands_leave_the_same_sorts_out(words: tuple[object, ...], study: qmethod.QData) -> None:
    """Each says the same as of a file without them."""
    qmethod.write_csv(study.keep([j for j in range(24) if j != 3]), "fewer.csv")
    without = json.loads(done(*words, "--exclude", "out.csv", "--json").output)
    never = json.loads(done(*(("fewer.csv" if word == "sorts.csv" else word) for word in words), "--json").output)
    same = [key for key in never if key not in ("said", "notices", "recipe", "input", "data", "reference", "sorts_from")]
    assert {key: without[key] for key in same} == {key: never[key] for key in same}


def test_several_numbers_of_factors_leave_them_out_too(study: qmethod.QData) -> None:
    done("analyse", "sorts.csv", "-k", "1..2", "--no-retention", *BOTH, "--out", "several")
    for part in ("1-factor", "2-factors"):
        assert load(Path("several", part, "analysis.toml")).exclude == ((f"{SECRET} Marta", "fell asleep over the cards"),)
        assert "nurse" in Path("several", part, "report.html").read_text()


REFUSED = {
    "unknown": (("--exclude-participant", "Nobody=why"), "there is no participant 'Nobody'"),
    "no reason": (("--exclude-participant", "PersonBb"), "is not a participant and a reason"),
    "a column alone": (("--people-id", "code"), "`--people-id` names a column of the table that `--people FILE` gives"),
    "the sorts as people": (("--people", "sorts.csv"), "this reads as the sorts, not as a table about participants"),
    "no such column": (("--people", "people.csv", "--people-id", "nix"), "there is no column 'nix'"),
    "in chunks": (("--people", "people.csv", "--stream"), "--people cannot be used with --stream"),
    "out in chunks": (("--exclude", "out.csv", "--stream"), "--exclude cannot be used with --stream"),
}


@pytest.mark.parametrize("case", sorted(REFUSED))
def test_what_cannot_be_is_refused(case: str, study: qmethod.QData) -> None:
    options, words = REFUSED[case]
    found = call("analyse", "sorts.csv", "-k", 2, *options, "--out", "a")
    assert found.exit_code != 0
    assert words in " ".join(found.output.split())
    assert not Path("a").exists()


def test_people_in_place_of_sorts_name_the_option(study: qmethod.QData) -> None:
    Path("people.csv").write_text(Path("people.csv").read_text().replace("code", "participant"))
    words = " ".join(call("inspect", "people.csv").output.split())
    assert "this reads as a table about participants" in words
    assert "with --people" in words


def test_a_flag_of_somebody_left_out_is_told_as_that(study: qmethod.QData) -> None:
    Path("flags.csv").write_text(f"participant,factor,defines,reason\n{SECRET} Marta,f1,yes,why\n")
    found = call("analyse", "sorts.csv", "-k", 2, *BOTH, "--flags", "flags.csv", "--out", "a")
    assert "is left out of the analysis" in found.output


def test_an_edited_recipe_is_checked(study: qmethod.QData) -> None:
    folder = analysed()
    recipe = folder / "analysis.toml"
    for old, new, words in (
        (f"{SECRET} Marta", "Nobody", "`exclude`: there is no participant 'Nobody'"),
        ("fell asleep over the cards", "", "an exclusion needs a `reason`"),
    ):
        text = recipe.read_text()
        recipe.write_text(text.replace(old, new))
        assert words in call("run", folder).output
        recipe.write_text(text)


def test_what_python_saves_repeats_with_people_and_without_who_was_left_out(study: qmethod.QData) -> None:
    known = qmethod.with_people(study, "people.csv")
    kept = qmethod.exclude(known, "out.csv")
    solution = qmethod.analyse(kept, 2)
    with pytest.raises(qmethod.DataError, match="1 sort was left out of this solution"):
        qmethod.save(solution, "saved")
    saved = qmethod.save(solution, "saved", data=known)
    assert saved.recipe.exclude == ((f"{SECRET} Marta", "fell asleep over the cards"),)
    again = qmethod.run("saved/analysis.toml", "again")
    assert again.solution.data.people == kept.people
    assert again.solution.excluded == solution.excluded
    assert Path("again/solution.json").read_bytes() == Path("saved/solution.json").read_bytes()
    assert "example.org" not in Path("saved/people.csv").read_text()
