"""The recipe: a file that says everything, reads back as itself, and repeats an analysis byte for byte."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmethod import DataError, ManualFlag, Policies
from qmethod.policies import BEFORE, describe
from qmethod_analysis.commands.exit_codes import ExitCode
from qmethod_analysis.recipe.reading import parse
from qmethod_analysis.recipe.recipe import Input, Recipe, Turn
from tests.analysis.conftest import LIPSET, Qmethod, hashes
from tests.analysis.page import Page

HASH = "0123456789abcdef" * 4
text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=30)
word = text.filter(str.strip)
loading = st.one_of(st.just(math.nan), st.floats(-1, 1))


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    k = draw(st.integers(2, 4))
    factor = st.integers(1, k)
    turn = st.builds(Turn, factor, factor, st.floats(-180, 180), text).filter(lambda t: t.first != t.second)
    overrides = draw(
        st.sampled_from(
            [{}, {"extraction": "horst", "kaiser": False}, {"contrast_adjust": "holm", "contrast_levels": (0.1, 0.05), "contrast_critical": ()}]
        )
    )
    return Recipe(
        input=Input(path=draw(word), sha256=HASH, statements=draw(text), encoding=draw(st.sampled_from(["", "cp1252"]))),
        n_factors=k,
        policies=Policies.preset(draw(st.sampled_from(["standard", "qmethod-r"])), **overrides),
        rotations=tuple(draw(st.lists(turn, max_size=3))),
        flags=tuple(draw(st.lists(st.builds(ManualFlag, word, st.sampled_from(["f1", "f2"]), st.booleans(), word), max_size=3))),
        target=tuple((name, tuple(row)) for name, row in draw(st.dictionaries(text, st.lists(loading, min_size=k, max_size=k), max_size=3)).items()),
        names=tuple(draw(st.dictionaries(st.sampled_from(["f1", "f2"]), text)).items()),
        title=draw(text),
        notes=draw(text),
    )


@settings(max_examples=60, deadline=None)
@given(recipes())
def test_reads_back_as_itself(recipe: Recipe):
    written = recipe.to_toml()
    again = parse(written, "analysis.toml")
    assert again.to_toml() == written
    assert repr(again) == repr(recipe)


def test_holds_every_policy():
    written = Recipe(input=Input(path="x", sha256=HASH), n_factors=2).to_toml()
    for policy in describe():
        assert f"\n{policy['name']} = " in written


@pytest.mark.parametrize("unnamed", [("contrast_errors", "calibration_"), ("contrast_errors", "calibration_", "centroid_")])
def test_a_recipe_from_before_there_was_a_convention_keeps_what_was_done_then(unnamed):
    """Written by the program it names all others; one that somebody wrote by hand takes the preset's."""
    earlier = {name: value for name, value in BEFORE.items() if name.startswith(unnamed)}
    recipe = Recipe(input=Input(path="a.csv", sha256=HASH), n_factors=2, policies=Policies.preset("standard", reliability="fixed", **earlier))
    whole = recipe.to_toml().splitlines()
    left = [line for line in whole if not line.startswith(unnamed) or line.startswith(("centroid_start", "centroid_tolerance"))]
    assert len(left) < len(whole)
    assert parse("\n".join(left), "analysis.toml").policies == recipe.policies
    by_hand = "\n".join(line for line in left if not line.startswith("kaiser"))
    assert (
        parse(by_hand, "analysis.toml").policies.to_dict() | earlier
        == recipe.policies.to_dict()
        != parse(by_hand, "analysis.toml").policies.to_dict()
    )


def test_missing_policies_are_those_of_the_preset():
    read = parse(f'recipe = 1\nn_factors = 2\npreset = "kade"\n[input]\nstudy = "climate"\nsha256 = "{HASH}"\n[policies]\nkaiser = false\n', "a.toml")
    assert read.policies == Policies.preset("kade", kaiser=False)


FAULTY = f"""recipe = 1
n_factors = 0
preset = "kades"
colour = "blue"

[input]
path = "sorts.csv"
study = "climate"
sha256 = "{HASH[:-1]}"

[policies]
extraction = "pcs"
kaiser = "yes"
flagg_level = 0.05

[[rotations]]
first = 1
second = 1
degrees = 3

[[rotations]]
first = 1
second = 2
degrees = "steep"

[[flags]]
participant = "US1"
factor = "f1"
defines = true
reason = "it does"

[[flags]]
participant = "US2"
factor = "f1"
defines = "yes"
"""


def test_all_faults_at_once_each_with_its_line():
    with pytest.raises(DataError) as caught:
        parse(FAULTY, "my.toml")
    found = {(fault.line, fault.message.split(";")[0]) for fault in caught.value.faults}
    assert {fault.file for fault in caught.value.faults} == {"my.toml"}
    lines = {line for line, _ in found}
    assert {2, 3, 4, 6, 9, 12, 13, 14, 17, 22, 35} <= lines
    assert (32, "a flag needs a `reason`") in found
    assert "Did you mean flag_level?" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("recipe = 1\nn_factors = = 2\n", "bad.toml:2: not TOML"),
        ("recipe = 2\n", "bad.toml:1: `recipe` must be 1"),
        ("", "`recipe` must be 1"),
        ("recipe = 1\nn_factors = 2\npolicies = 3\n", "`policies` must be a table"),
        ("recipe = 1\nn_factors = 2\nflags = 3\n", "`flags` must be a list of tables"),
        ("recipe = 1\nn_factors = 2\ntitle = 3\n", "`title` must be text"),
        ("recipe = 1\nn_factors = true\n", "`n_factors` must be a whole number"),
        ("recipe = 1\nn_factors = 2\n[[rotations]]\nfirst = 1\nsecond = 2\ndegrees = 5\nreason = 7\n", "bad.toml:7: `reason` must be text; got 7"),
        ('recipe = 1\nn_factors = 2\n[[rotations]]\nfirst = 1\nsecond = 2\ndegrees = 5\nreasons = "x"\n', "bad.toml:7: 'reasons' means nothing here"),
        ('recipe = 1\nn_factors = 2\n[[target]]\nparticipant = "a"\nloadings = [2.0, "free"]\n', "bad.toml:5: `loadings` must be 2 numbers"),
        ("recipe = 1\nn_factors = 2\n[policies]\ncontrast_levels = [0.01, 0.05]\n", "bad.toml:4: `contrast_levels` must descend"),
    ],
)
def test_faults(content: str, message: str):
    with pytest.raises(DataError) as caught:
        parse(content, "bad.toml")
    assert message in str(caught.value)


@pytest.fixture
def analysed(qmethod_command: Qmethod) -> Path:
    shutil.copy(LIPSET, "sorts.csv")
    Path("flags.csv").write_text('participant,factor,defines,reason\nUS1,f1,yes,"said so, twice"\nUS3,f1,no,changed her mind\n')
    options = ("--flags", "flags.csv", "--rotate", "1,2,15", "--rotate", "2,3,-4.25", "--name", "f1=Élan", "--notes", "first\nsecond")
    assert qmethod_command("analyse", "sorts.csv", "-k", 3, "--out", "out", *options).exit_code == ExitCode.OK
    return Path("out")


def test_reasons_for_rotations_stand_in_recipe_and_report(qmethod_command: Qmethod):
    shutil.copy(LIPSET, "sorts.csv")
    turns = ("--rotate", "1,2,15, US1 & US2, who agree, meet on <f1>", "--rotate", "2,3,-4.25", "--rotate", "1,3,2, ")
    assert qmethod_command("analyse", "sorts.csv", "-k", 3, "--out", "out", "--no-retention", *turns).exit_code == ExitCode.OK
    recipe = parse(Path("out/analysis.toml").read_text(), "analysis.toml")
    assert recipe.rotations == (Turn(1, 2, 15.0, "US1 & US2, who agree, meet on <f1>"), Turn(2, 3, -4.25), Turn(1, 3, 2.0))
    assert Path("out/analysis.toml").read_text().count("reason = ") == 1
    report = Page(Path("out/report.html").read_text()).text
    assert "1 towards 2 15.00 US1 & US2, who agree, meet on <f1> 2 towards 3 −4.25 no reason given 1 towards 3 2.00 no reason given" in report
    before = hashes(Path("out"))
    assert qmethod_command("run", "out/analysis.toml").exit_code == ExitCode.OK
    assert hashes(Path("out")) == before


def test_a_recipe_from_before_rotations_had_reasons_is_followed():
    read = parse(
        f'recipe = 1\nn_factors = 2\n[input]\nstudy = "climate"\nsha256 = "{HASH}"\n[[rotations]]\nfirst = 1\nsecond = 2\ndegrees = 3\n', "a"
    )
    assert read.rotations == (Turn(1, 2, 3.0),)


def test_a_recipe_may_write_factors_and_angles_as_the_command_line_takes_them():
    head = f'recipe = 1\nn_factors = 2\n[input]\nstudy = "climate"\nsha256 = "{HASH}"\n'
    typed = (
        '[names]\n1 = "Ours"\n[[rotations]]\nfirst = "f1"\nsecond = "2"\ndegrees = "−15,5°"\n'
        '[[flags]]\nparticipant = "a"\nfactor = "2"\ndefines = true\nreason = "why"\n[[target]]\nparticipant = "a"\nloadings = ["free", "−0.5"]\n'
    )
    read = parse(head + typed, "a")
    assert read.names == (("f1", "Ours"),)
    assert read.rotations == (Turn(1, 2, -15.5),)
    assert read.flags[0].factor == "f2"
    assert read.target[0][1][1] == -0.5
    with pytest.raises(DataError, match="Write a minus with the sign on the keyboard"):
        parse(head + "[[rotations]]\nfirst = 1\nsecond = 2\ndegrees = −15\n", "a")


def test_run_repeats_byte_for_byte_in_place(analysed: Path, qmethod_command: Qmethod):
    before = hashes(analysed)
    for path in analysed.iterdir():
        if path.name != "analysis.toml":
            path.unlink()
    assert qmethod_command("run", analysed / "analysis.toml").exit_code == ExitCode.OK
    assert hashes(analysed) == before


def test_run_repeats_byte_for_byte_elsewhere(analysed: Path, qmethod_command: Qmethod):
    assert qmethod_command("run", analysed / "analysis.toml", "--out", "again").exit_code == ExitCode.OK
    assert hashes(Path("again")) == hashes(analysed)
    assert qmethod_command("run", analysed / "analysis.toml", "--out", "a/b/deeper").exit_code == ExitCode.OK
    deeper = hashes(Path("a/b/deeper"))
    assert {name for name in deeper if deeper[name] != hashes(analysed)[name]} == {"analysis.toml", "analysis-files.txt"}
    assert 'path = "../../../sorts.csv"' in Path("a/b/deeper/analysis.toml").read_text()
    assert qmethod_command("run", "a/b/deeper/analysis.toml").exit_code == ExitCode.OK
    assert hashes(Path("a/b/deeper")) == deeper


def test_the_folder_can_be_moved_with_its_input(analysed: Path, qmethod_command: Qmethod):
    before = hashes(analysed)
    Path("elsewhere").mkdir()
    shutil.move("out", "elsewhere/out")
    shutil.move("sorts.csv", "elsewhere/sorts.csv")
    assert qmethod_command("run", "elsewhere/out/analysis.toml").exit_code == ExitCode.OK
    assert hashes(Path("elsewhere/out")) == before


def test_changed_input_is_refused(analysed: Path, qmethod_command: Qmethod):
    before = hashes(analysed)
    sorts = Path("sorts.csv")
    sorts.write_bytes(sorts.read_bytes().replace(b"US1", b"US9"))
    result = qmethod_command("run", analysed / "analysis.toml")
    assert result.exit_code == ExitCode.BAD_INPUT
    assert "the input has changed" in result.stderr
    assert "--accept-changed-input" in result.stderr
    assert hashes(analysed) == before


def test_changed_input_can_be_accepted(analysed: Path, qmethod_command: Qmethod):
    sorts, recipe = Path("sorts.csv"), analysed / "analysis.toml"
    sorts.write_bytes(sorts.read_bytes().replace(b"sta_1", b"sta_one", 1))
    recipe.write_text("# a remark of mine\n" + recipe.read_text())
    assert qmethod_command("run", recipe, "--accept-changed-input").exit_code == ExitCode.OK
    assert recipe.read_text().startswith("# a remark of mine\n")
    assert "sta_one" in (analysed / "z_scores.csv").read_text()
    assert qmethod_command("run", recipe).exit_code == ExitCode.OK  # the recipe took the new hash


def test_changed_wording_is_refused_too(qmethod_command: Qmethod):
    Path("sorts.csv").write_text("statement,p1,p2,p3\ns1,-1,0,1\ns2,0,1,-1\ns3,1,-1,0\ns4,0,0,0\n")
    Path("statements.csv").write_text("id,text\ns1,Rain\ns2,Snow\ns3,Hail\ns4,Fog\n")
    qmethod_command("analyse", "sorts.csv", "-k", 1, "--out", "out")
    Path("statements.csv").write_text("id,text\ns1,Rain\ns2,Snow\ns3,Hail\ns4,Mist\n")
    result = qmethod_command("run", "out/analysis.toml")
    assert result.exit_code == ExitCode.BAD_INPUT
    assert "statements.csv: the input has changed" in result.stderr


def test_a_missing_input_is_named(analysed: Path, qmethod_command: Qmethod):
    Path("sorts.csv").unlink()
    result = qmethod_command("run", analysed / "analysis.toml")
    assert result.exit_code == ExitCode.BAD_INPUT
    assert "sorts.csv" in result.stderr


def test_a_corrected_recipe_is_followed(analysed: Path, qmethod_command: Qmethod):
    recipe = analysed / "analysis.toml"
    recipe.write_text(recipe.read_text().replace('extraction = "pca"', 'extraction = "centroid"'))
    assert qmethod_command("run", recipe).exit_code == ExitCode.OK
    assert '"extraction": "centroid"' in (analysed / "solution.json").read_text()


def test_a_faulty_recipe_gets_exit_code_2(qmethod_command: Qmethod):
    Path("analysis.toml").write_text(FAULTY)
    result = qmethod_command("run", "analysis.toml")
    assert result.exit_code == ExitCode.BAD_INPUT
    assert result.stderr.startswith("qmethod: analysis.toml:")
    assert len(result.stderr.splitlines()) < 40


def test_target_rotation_round_trip(qmethod_command: Qmethod):
    Path("target.csv").write_text("participant,f1,f2\nUS1,0.8,0\nUS3,,0.9\nFR9,,\n")
    shutil.copy(LIPSET, "sorts.csv")
    result = qmethod_command("analyse", "sorts.csv", "-k", 2, "--rotation", "target", "--target", "target.csv", "--out", "out")
    assert result.exit_code == ExitCode.OK, result.stderr
    written = Path("out/analysis.toml").read_text()
    assert '"free"' in written
    assert "FR9" not in written
    before = hashes(Path("out"))
    assert qmethod_command("run", "out/analysis.toml").exit_code == ExitCode.OK
    assert hashes(Path("out")) == before
