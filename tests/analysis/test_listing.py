"""The folder of an analysis is one value: nothing of another one in it, nothing read that is not as it was made, nothing of the researcher's lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qmethod
from qmethod import DataError
from qmethod_analysis.folder import listing, staging
from qmethod_analysis.folder.listing import LISTING, MADE, Listing, Part, read_listing, recipe_hash
from qmethod_analysis.folder.writing import add_parts, write_analysis
from qmethod_studies import library
from tests.analysis.calls import QUICK
from tests.analysis.conftest import LIPSET, Copied, Qmethod, hashes, succeed
from tests.references import sorts


def test_another_recipe_needs_a_word(qmethod_command: Qmethod):
    assert qmethod_command("analyse", LIPSET, "-k", 2, "--out", "st", "--bootstrap", 20, *QUICK).exit_code == 0
    before = hashes(Path("st"))
    for command in (
        ("analyse", LIPSET, "-k", 3, "--out", "st", *QUICK),
        ("analyse", LIPSET, "-k", "2..3", "--out", "st", *QUICK),
        ("multiverse", LIPSET, "-k", 2, "--try-extractions", "pca", "--try-rotations", "varimax", "--out", "st"),
    ):
        refused = qmethod_command(*command)
        assert refused.exit_code == 2
        assert "an earlier analysis is here, by other choices; nothing was written" in refused.stderr
        assert "--overwrite" in refused.stderr
        assert hashes(Path("st")) == before
    assert qmethod_command("analyse", LIPSET, "-k", 2, "--out", "st", "--bootstrap", 20, *QUICK).exit_code == 0
    done = qmethod_command("analyse", LIPSET, "-k", 3, "--out", "st", "--overwrite", *QUICK)
    assert "Gone with the earlier analysis: " in done.stdout
    assert not Path("st/bootstrap.json").exists()
    report = qmethod_command("report", "st", "--formats", "md")
    assert report.exit_code == 0
    assert "drawn anew" not in Path("st/report.md").read_text()


def two_whole_analyses() -> None:
    for name, k in (("a", 2), ("b", 3)):
        succeed("analyse", LIPSET, "-k", k, "--out", name, "--bootstrap", 20)


@pytest.mark.parametrize("part", ["solution.json", "analysis.toml", "bootstrap.json", "retention.json"])
@pytest.mark.parametrize("how", ["of another analysis", "changed", "gone"])
def test_what_is_not_as_it_was_made_is_not_read(part: str, how: str, qmethod_command: Qmethod, copied: Copied):
    copied(two_whole_analyses)
    file = Path("a") / part
    if how == "of another analysis":
        shutil.copy(Path("b") / part, file)
    elif how == "changed":
        file.write_bytes(file.read_bytes().replace(b"2", b"3", 1))
    else:
        file.unlink()
    for command in (("report", "a", "--formats", "md"), ("publish", "a", "--out", "site")):
        result = qmethod_command(*command)
        assert result.exit_code == 2, result.output
        assert f"a/{part}" in result.stderr
        assert MADE in result.stderr
        assert ("qmethod analyse SORTS" if (part, how) == ("analysis.toml", "gone") else "qmethod run a/analysis.toml") in result.stderr


def test_a_part_that_nobody_listed_is_not_read(qmethod_command: Qmethod):
    assert qmethod_command("analyse", LIPSET, "-k", 2, "--out", "a", *QUICK).exit_code == 0
    assert qmethod_command("analyse", LIPSET, "-k", 2, "--out", "b", "--bootstrap", 20, *QUICK).exit_code == 0
    shutil.copy("b/bootstrap.json", "a/bootstrap.json")
    result = qmethod_command("report", "a", "--formats", "md")
    assert result.exit_code == 2
    assert "no part of the analysis in its folder" in result.stderr


def test_a_part_says_which_solution_it_belongs_to(qmethod_command: Qmethod):
    """Even where somebody wrote the listing to fit."""
    assert qmethod_command("analyse", LIPSET, "-k", 2, "--out", "a", "--bootstrap", 20, *QUICK).exit_code == 0
    assert qmethod_command("analyse", LIPSET, "-k", 3, "--out", "b", "--bootstrap", 20, *QUICK).exit_code == 0
    shutil.copy("b/bootstrap.json", "a/bootstrap.json")
    old = {part.name: part.sha256 for part in read_listing(Path("a")).parts}["bootstrap.json"]
    new = {part.name: part.sha256 for part in read_listing(Path("b")).parts}["bootstrap.json"]
    file = Path("a") / LISTING
    file.write_text(file.read_text().replace(old, new))
    result = qmethod_command("report", "a", "--formats", "md")
    assert result.exit_code == 2
    assert f"made by {MADE}, belongs to another solution" in result.stderr


@pytest.mark.parametrize("command", [("report",), ("sheet",), ("shorten",), ("multiverse",), ("publish", "--out", "site"), ("compare", "leadership")])
def test_a_file_where_the_folder_of_an_analysis_is_wanted(command: tuple[str, ...], qmethod_command: Qmethod):
    Path("sorts.csv").write_bytes(LIPSET.read_bytes())
    result = qmethod_command(command[0], "sorts.csv", *command[1:])
    assert result.exit_code == 2
    assert "NotADirectoryError" not in result.stderr
    said = " ".join(result.stderr.split())
    assert ("the folder of an analysis is wanted" in said and "qmethod analyse sorts.csv" in said) or "--factors K" in said, said


def test_own_texts_and_changed_files_are_never_lost(qmethod_command: Qmethod):
    assert qmethod_command("analyse", LIPSET, "-k", 2, "--out", "a", *QUICK).exit_code == 0
    assert qmethod_command("report", "a", "--formats", "md,html").exit_code == 0
    texts = Path("a/report.toml")
    texts.write_text(texts.read_text().replace('limits = ""', 'limits = "Nine people."'))
    Path("a/LICENSE").write_text("CC0")
    Path("a/report.md").write_text("Corrected by hand.")
    again = qmethod_command("report", "a", "--formats", "md")
    assert "Set aside, since it was not as it had been made: a/kept-1/report.md" in again.stdout
    Path("a/z_scores.csv").write_text("annotated")
    Path("a/naming.html").write_text("not made by anybody")
    assert qmethod_command("analyse", LIPSET, "-k", 3, "--out", "a", "--overwrite", *QUICK).exit_code == 0
    assert qmethod_command("sheet", "a").exit_code == 0
    kept = {path.relative_to("a").as_posix(): path.read_text() for path in Path("a").rglob("kept-*/*")}
    assert set(kept.values()) == {"Corrected by hand.", "annotated", "not made by anybody"}
    assert Path("a/LICENSE").read_text() == "CC0"
    assert "Nine people." in texts.read_text()


def test_a_report_with_own_texts_is_what_run_writes_again(qmethod_command: Qmethod):
    """`qmethod run` does not write over the words of the researcher."""
    assert qmethod_command("analyse", LIPSET, "-k", 2, "--out", "a", *QUICK).exit_code == 0
    qmethod_command("report", "a", "--formats", "html,md", "--named")
    texts = Path("a/report.toml")
    texts.write_text(texts.read_text().replace('limits = ""', 'limits = "Nine people are few."'))
    assert qmethod_command("report", "a", "--formats", "html,md", "--named").exit_code == 0
    before = hashes(Path("a"))
    assert "Nine people are few." in Path("a/report.html").read_text()
    assert qmethod_command("run", "a/analysis.toml").exit_code == 0
    assert {name: value for name, value in hashes(Path("a")).items() if name != LISTING} == {n: v for n, v in before.items() if n != LISTING}


def test_a_recipe_corrected_by_hand_is_run_before_anything_is_read(qmethod_command: Qmethod):
    assert qmethod_command("analyse", LIPSET, "-k", 2, "--out", "a", *QUICK).exit_code == 0
    assert qmethod_command("report", "a", "--formats", "md").exit_code == 0
    recipe = Path("a/analysis.toml")
    recipe.write_text(recipe.read_text().replace("n_factors = 2", "n_factors = 3"))
    refused = qmethod_command("report", "a", "--formats", "md")
    assert (refused.exit_code, "a/analysis.toml" in refused.stderr) == (2, True)
    assert qmethod_command("run", "a").exit_code == 0
    assert not Path("a/report.md").exists()
    assert qmethod_command("report", "a", "--formats", "md").exit_code == 0
    assert "n_factors = 3" in recipe.read_text()


def test_several_analyses_are_named_where_one_is_wanted(qmethod_command: Qmethod):
    assert qmethod_command("analyse", LIPSET, "-k", "2..3", "--out", "a", *QUICK).exit_code == 0
    refused = qmethod_command("report", "a")
    assert "several analyses" in refused.stderr
    assert "a/3-factors" in refused.stderr
    assert qmethod_command("report", "a/3-factors", "--formats", "md").exit_code == 0
    assert qmethod_command("analyse", LIPSET, "-k", "2..3", "--out", "a", *QUICK).exit_code == 0
    assert Path("a/3-factors/report.md").exists(), "made by the same recipe from the same solution"
    assert qmethod_command("analyse", LIPSET, "-k", 2, "--out", "a", "--overwrite", *QUICK).exit_code == 0
    left = {path.relative_to("a").as_posix() for path in Path("a").rglob("*-factors/**/*") if path.is_file()}
    copies = {f"{k}-factors/input/sorts.csv" for k in (2, 3)}  # where the sorts lie under another root
    assert left - copies == {"3-factors/report.toml"}, "the researcher's own, and copies of sorts"
    assert qmethod_command("report", "a", "--formats", "md").exit_code == 0


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("precious")
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "inner").symlink_to(elsewhere)
    (folder / "table.csv").symlink_to(elsewhere / "precious")
    with pytest.raises(DataError, match="a link stands in the way"):
        write_analysis(folder, {"analysis.toml": b"x", "inner/precious": b"new"}, MADE)
    (folder / "inner").unlink()
    done = write_analysis(folder, {"analysis.toml": b"x", "table.csv": b"new"}, MADE)
    assert done.kept == ("kept-1/table.csv",)
    assert (elsewhere / "precious").read_text() == "precious"


NAMES = st.text("abcé -._", min_size=1, max_size=8).filter(lambda name: name.strip() == name and name not in (".", "..") and "  " not in name)


@given(
    parts=st.lists(
        st.builds(Part, NAMES, st.text("0123456789abcdef", min_size=64, max_size=64), st.sampled_from([MADE, "qmethod report"])),
        unique_by=lambda p: p.name,
    ),
    finished=st.booleans(),
)
def test_a_listing_is_read_back(tmp_path_factory: pytest.TempPathFactory, parts, finished):
    folder = tmp_path_factory.mktemp("listed")
    (folder / LISTING).write_text(Listing("ab", tuple(parts), finished).to_text(), encoding="utf-8")
    found = read_listing(folder)
    assert found is not None
    assert (found.recipe, found.finished) == ("ab", finished)
    assert sorted(found.parts, key=str) == sorted(parts, key=str)


def test_parts_are_added_only_to_what_is_whole(qmethod_command: Qmethod):
    assert qmethod_command("analyse", LIPSET, "-k", 2, "--out", "a", *QUICK).exit_code == 0
    solution = read_listing(Path("a")).solution
    add_parts(Path("a"), {"more.txt": b"1"}, "qmethod more", solution)
    with pytest.raises(DataError, match="another analysis was written here meanwhile"):
        add_parts(Path("a"), {"more.txt": b"1"}, "qmethod more", "another")
    assert [part.command for part in read_listing(Path("a")).of("more.txt")] == ["qmethod more"]
    Path("a/solution.json").write_text("{}")
    with pytest.raises(DataError, match=r"no longer what .* made"):
        add_parts(Path("a"), {"more.txt": b"2"}, "qmethod more", solution)
    assert recipe_hash({"analysis.toml": b"x"}) != recipe_hash({"analysis.toml": b"y"})
    assert staging.KEPT == "kept"


@pytest.mark.parametrize("content", [b"", b"\xff", b"# something else\n", b"\n\n", (listing._FIRST + "\n").encode()])
def test_a_damaged_listing_says_so(content: bytes, qmethod_command: Qmethod):
    assert qmethod_command("analyse", LIPSET, "-k", 2, "--out", "a", *QUICK).exit_code == 0
    (Path("a") / LISTING).write_bytes(content)
    result = qmethod_command("report", "a")
    assert result.exit_code == 2
    assert f"a/{LISTING}" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_study_beside_the_sorts_is_kept_in_the_recipe(qmethod_command: Qmethod, monkeypatch: pytest.MonkeyPatch):
    """Report and publish need no repeating of it; where it is gone they say so, and go on without it when told."""
    monkeypatch.setenv("QMETHOD_DATABASE", "sqlite:///r.sqlite3")
    for command in (
        ("simulate", "leadership", "-n", 12, "--seed", 1, "--database", "sqlite:///r.sqlite3"),
        ("export", "leadership", "--include-simulated", "--out", "data"),
        ("analyse", "data/sorts.csv", "-k", 2, "--out", "deep/er/a", *QUICK),
    ):
        result = qmethod_command(*command)
        assert result.exit_code == 0, result.output
    assert 'study = "../../../data"' in Path("deep/er/a/analysis.toml").read_text()
    assert "The study is that of study.json" in " ".join(result.stdout.split())
    assert qmethod_command("report", "deep/er/a", "--formats", "md").exit_code == 0
    told = Path("deep/er/a/report.md").read_text()
    assert "Most unlike good leadership" in told or "condition of instruction" in told.lower()
    before = hashes(Path("deep/er/a"))
    assert qmethod_command("report", "deep/er/a", "--formats", "md", "--study", "data").exit_code == 0
    assert hashes(Path("deep/er/a")) == before, "named or kept, it is the same study"
    assert qmethod_command("run", "deep/er/a/analysis.toml", "--out", "again").exit_code == 0
    assert 'study = "../data"' in Path("again/analysis.toml").read_text()
    assert qmethod_command("publish", "deep/er/a", "--out", "site").exit_code == 0
    assert "study = " not in Path("site/data/analysis.toml").read_text().partition("[input]")[0], "a path of this machine is nobody's business"
    shutil.move("data", "elsewhere")
    for command in (("report", "deep/er/a", "--formats", "md"), ("publish", "deep/er/a", "--out", "site2"), ("run", "again")):
        refused = qmethod_command(*command)
        assert refused.exit_code == 2
    assert "is not where its recipe says" in qmethod_command("report", "deep/er/a", "--formats", "md").stderr
    assert qmethod_command("report", "deep/er/a", "--formats", "md", "--study", "none").exit_code == 0
    assert qmethod_command("publish", "deep/er/a=elsewhere", "--out", "site2").exit_code == 0


def test_a_study_beside_the_sorts_that_does_not_fit_is_left_out_and_told(qmethod_command: Qmethod):
    shutil.copytree(library.path("leadership"), "study")
    shutil.copy(LIPSET, "study/sorts.csv")
    result = qmethod_command("analyse", "study/sorts.csv", "-k", 2, "--out", "a", *QUICK)
    assert result.exit_code == 0
    said = " ".join(result.stdout.split())
    assert "study.yaml lies beside the sorts but was left out: the study leadership has no statement" in said
    assert qmethod_command("analyse", LIPSET, "-k", 2, "--out", "b", "--study", "leadership", *QUICK).exit_code == 2


def test_sorts_that_a_recipe_reads_never_go(tmp_path: Path):
    """The copy in the folder may be the only one there is: whatever becomes of the analysis, the sorts stay, or are set aside."""
    data = sorts("lipset")
    saved = qmethod.save(qmethod.analyse(data, 2), tmp_path / "t")
    before = (tmp_path / "t" / "sorts.csv").read_bytes()
    recipe = tmp_path / "t" / "analysis.toml"
    recipe.write_text(recipe.read_text().replace("n_factors = 2", "n_factors = 3"))
    for _ in range(2):
        qmethod.run(recipe)
        assert (tmp_path / "t" / "sorts.csv").read_bytes() == before
    assert saved.change.removed == ()
    succeed("analyse", tmp_path / "t" / "sorts.csv", "-k", 2, "--out", tmp_path / "t", "--overwrite", *QUICK)
    assert (tmp_path / "t" / "sorts.csv").read_bytes() == before
    qmethod.save(qmethod.analyse(data.keep(range(6)), 2), tmp_path / "t", overwrite=True)
    assert [path.read_bytes() for path in (tmp_path / "t").rglob("kept-*/sorts.csv")] == [before]


def test_another_program_version_does_not_cost_the_sorts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Versions stand in the solution, so an upgrade makes another one from the same recipe."""
    qmethod.save(qmethod.analyse(sorts("lipset"), 2), tmp_path / "t")
    monkeypatch.setattr("numpy.__version__", "9.9.9")
    assert "sorts.csv" not in qmethod.run(tmp_path / "t" / "analysis.toml").change.removed
    assert (tmp_path / "t" / "sorts.csv").exists()


def test_a_multiverse_never_takes_an_analysis_away(qmethod_command: Qmethod):
    few = ("--try-extractions", "pca", "--try-rotations", "varimax", "--try-flags", ".05")
    assert qmethod_command("analyse", LIPSET, "-k", 2, "--out", "a", *QUICK).exit_code == 0
    assert qmethod_command("run", "a/analysis.toml", "--out", "b").exit_code == 0
    before = hashes(Path("b"))
    refused = qmethod_command("multiverse", "a", "--out", "b", *few)
    assert (refused.exit_code, "--overwrite" in refused.stderr) == (2, True)
    assert hashes(Path("b")) == before
    assert qmethod_command("multiverse", "a", "--out", "c", *few).exit_code == 0
    assert qmethod_command("multiverse", "a", "--out", "c", *few).exit_code == 0


def test_work_by_hand_in_one_of_several_analyses_needs_a_word_to_go(qmethod_command: Qmethod):
    assert qmethod_command("analyse", LIPSET, "-k", "2..3", "--out", "r", *QUICK).exit_code == 0
    recipe = Path("r/3-factors/analysis.toml")
    recipe.write_text(recipe.read_text() + '\n[[rotations]]\nfirst = 1\nsecond = 2\ndegrees = 25.0\nreason = "my work"\n')
    assert qmethod_command("run", "r/3-factors").exit_code == 0
    refused = qmethod_command("analyse", LIPSET, "-k", "2..3", "--out", "r", *QUICK)
    assert (refused.exit_code, "--overwrite" in refused.stderr) == (2, True)
    assert "my work" in recipe.read_text()


def test_a_folder_where_a_file_belongs_is_named_before_anything_changes(qmethod_command: Qmethod):
    assert qmethod_command("analyse", LIPSET, "-k", 2, "--out", "a", *QUICK).exit_code == 0
    Path("a/naming.html").mkdir()
    refused = qmethod_command("sheet", "a")
    assert (refused.exit_code, "a/naming.html" in refused.stderr) == (2, True)
    Path("a/report-figures").write_text("mine")
    assert qmethod_command("report", "a", "--formats", "md").exit_code == 2
    assert qmethod_command("sheet", "a", "--out", "elsewhere.html").exit_code == 0
    Path("mine.csv").write_text("precious")
    assert qmethod_command("sheet", "a", "--out", "mine.csv").exit_code == 2
    assert qmethod_command("sheet", "a", "--out", "a/solution.json").exit_code == 2
    assert Path("mine.csv").read_text() == "precious"


def test_a_folder_without_a_listing_is_written_over_only_on_demand_and_keeps_nothing_that_misleads(qmethod_command: Qmethod):
    assert qmethod_command("analyse", LIPSET, "-k", 2, "--bootstrap", 20, "--out", "a", *QUICK).exit_code == 0
    assert qmethod_command("report", "a", "--formats", "md").exit_code == 0
    (Path("a") / LISTING).unlink()
    assert qmethod_command("analyse", LIPSET, "-k", 3, "--out", "a", *QUICK).exit_code == 2
    assert qmethod_command("analyse", LIPSET, "-k", 3, "--out", "a", "--overwrite", *QUICK).exit_code == 0
    assert not Path("a/report.md").exists()
    assert Path("a/kept-1/report.md").exists()
    assert qmethod_command("report", "a", "--formats", "md").exit_code == 0
    assert "drawn anew" not in Path("a/report.md").read_text()


def test_a_streamed_folder_is_run_as_one(qmethod_command: Qmethod):
    data = sorts("lipset")
    rows = [",".join(["participant", *data.statements])]
    rows += [",".join([name, *map(str, column)]) for name, column in zip(data.participants, data.sorts.T.tolist(), strict=True)]
    Path("rows.csv").write_text("\n".join(rows) + "\n")
    assert qmethod_command("analyse", "rows.csv", "-k", 2, "--stream", "--out", "s").exit_code == 0
    before = hashes(Path("s"))
    assert qmethod_command("run", "s").exit_code == 0
    assert hashes(Path("s")) == before
    assert "made in chunks" in qmethod_command("report", "s").stderr


def test_what_the_program_laid_belongs_to_the_input(tmp_path: Path):
    from qmethod_analysis.recipe.recipe import Input
    from qmethod_analysis.recipe.sources import read_input, with_hashes

    shutil.copy(LIPSET, tmp_path / "sorts.csv")
    (tmp_path / "study.json").write_text("{}")
    given = Input(path="sorts.csv")
    hashed = []
    for laid in (1, 2):
        (tmp_path / "responses.csv").write_text(f"participant,auto_placed\nUS1,{laid}\n")
        hashed.append(with_hashes(given, read_input(given, tmp_path), tmp_path))
    assert hashed[0].responses_sha256 != hashed[1].responses_sha256
    assert hashed[0].sha256 == hashed[1].sha256


def test_a_folder_behind_a_link_is_run_and_reported(qmethod_command: Qmethod):
    Path("deep/er/real").mkdir(parents=True)
    Path("link").symlink_to("deep/er/real")
    shutil.copy(LIPSET, "sorts.csv")
    assert qmethod_command("analyse", "sorts.csv", "-k", 2, "--out", "link", *QUICK).exit_code == 0
    before = hashes(Path("link"))
    assert qmethod_command("run", "link").exit_code == 0
    assert hashes(Path("link")) == before
    assert qmethod_command("report", "link", "--formats", "md").exit_code == 0
