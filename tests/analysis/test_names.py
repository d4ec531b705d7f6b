"""Names of viewpoints: no two alike, and nobody's description under the name of somebody else, in whatever is written."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import qmethod
from qmethod import QSolution
from qmethod.errors import DataError
from qmethod.names import folded
from qmethod_analysis.folder.listing import LISTING, digest
from qmethod_analysis.folder.loaded import Loaded, understand, with_texts
from qmethod_analysis.interpretation.background import read_background
from qmethod_analysis.interpretation.called import CIRCULAR, DESCRIPTION, PLACEMENTS, PROGRAM, RESEARCHER
from qmethod_analysis.recipe.recipe import Input, Recipe
from qmethod_analysis.recipe.texts import Own, Texts
from qmethod_analysis.runs import runs as folders
from qmethod_analysis.words.labels import default_name, viewpoint_names
from qmethod_studies.loading import find, load
from qmethod_studies.simulation import draw
from tests.analysis.conftest import LIPSET, Qmethod
from tests.analysis.everywhere import pages, published, reports
from tests.references import sorts

SOLUTIONS = {
    "three": lambda: qmethod.analyse(sorts("lipset"), 3),
    "split": lambda: qmethod.analyse(sorts("lipset"), 3, bipolar="split"),
    "f2 defined by nobody": lambda: qmethod.analyse(sorts("lipset"), 2, flagging="none", flags=[qmethod.ManualFlag("US1", "f1", True, "so")]),
}
solution_of = cache(lambda which: SOLUTIONS[which]())
NAMES = st.sampled_from(
    ["Caring", "caring ", "ＣＡＲＩＮＧ", "Car\u00ading", "Viewpoint 1", "viewpoint  2", "Factor 2", "f1", "F2", "", " ", "\u200b"]
) | st.text(max_size=5)
LABELS = st.sampled_from(["f1", "f2", "f3"])


@pytest.mark.parametrize("which", SOLUTIONS)
@settings(max_examples=200, deadline=None)
@given(mine=st.dictionaries(LABELS, NAMES), theirs=st.dictionaries(LABELS, NAMES))
@example(mine={"f1": "Caring"}, theirs={"f2": "CARING"})
@example(mine={}, theirs={"f1": "Caring", "f2": "caring"})
@example(mine={"f1": "Viewpoint 2"}, theirs={})
@example(mine={}, theirs={"f1": "Viewpoint 2"})
def test_no_two_viewpoints_bear_one_name(which: str, mine: dict[str, str], theirs: dict[str, str]) -> None:
    solution = solution_of(which)
    labels = solution.labels
    mine, theirs = ({label: name for label, name in names.items() if label in labels} for names in (mine, theirs))
    given_names = {label: name for label, name in mine.items() if folded(name)}
    try:
        found = viewpoint_names(solution, mine, theirs)
    except DataError:
        stands = {
            label: {folded(name) for name in (label, default_name(one), default_name(one, viewpoint=False))}
            for label, one in zip(labels, solution.factors, strict=True)
        }
        twice = len({folded(name) for name in given_names.values()}) < len(given_names)
        assert twice or any(folded(name) in stands[other] for label, name in given_names.items() for other in labels if other != label)
        return
    assert len({folded(name) for name in found}) == len(found)
    assert all(name.strip() for name in found)
    for label, name in zip(labels, found, strict=True):
        assert name == given_names.get(label, name)
        if label not in given_names and name == theirs.get(label):
            assert folded(name) not in {folded(other) for other in given_names.values()}


def test_a_name_that_only_looks_different_is_the_same() -> None:
    assert len({folded(name) for name in ("Caring", " caring", "CARING\u200b", "Ｃaring", "caring\n")}) == 1
    assert folded("Caring") != folded("Caring 2")
    assert folded("Straße") == folded("STRASSE")


# Every command.


@pytest.fixture
def analysis(qmethod_command: Qmethod) -> Path:
    assert (
        qmethod_command("analyse", LIPSET, "--factors", 3, "--no-retention", "--name", "f1=Caring", "--name", "f2=Other", "--out", "mine").exit_code
        == 0
    )
    return Path("mine")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("f1=Caring", "f2=Caring"), "f1 and f2 have one name: 'Caring'"),
        (("f1=Caring", "f2=  CARING"), "f1 and f2 have one name: 'Caring' and 'CARING', which reads the same"),
        (("f1=Viewpoint 2",), "f1 cannot be called 'Viewpoint 2': that stands for f2"),
        (("f1=f3",), "f1 cannot be called 'f3': that stands for f3"),
        (("f1=Caring", "f1=Daring"), "f1 is named twice: 'Caring' and 'Daring'"),
    ],
)
@pytest.mark.parametrize("stream", [(), ("--stream",)])
def test_analyse_refuses_it(qmethod_command: Qmethod, names: tuple[str, ...], said: str, stream: tuple[str, ...]) -> None:
    rows = [line.split(",") for line in LIPSET.read_text().splitlines()]
    Path("sorts.csv").write_text("\n".join(",".join(column) for column in zip(*rows, strict=True)))  # a row a sort, as streaming reads them
    options = [part for name in names for part in ("--name", name)]
    done = qmethod_command(
        "analyse", "sorts.csv", "--factors", 3, "--layout", "participants-in-rows", *(stream or ("--no-retention",)), *options, "--out", "named"
    )
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())
    assert not list(Path("named").glob("*.html")) + list(Path("named").glob("solution.json"))


COMMANDS = {
    "run": ("run", "mine/analysis.toml", "--out", "again"),
    "report": ("report", "mine", "--formats", "md"),
    "publish": ("publish", "mine", "--out", "site"),
    "sheet": ("sheet", "mine"),
    "multiverse": (
        "multiverse",
        "mine",
        "--try-extractions",
        "pca",
        "--try-rotations",
        "varimax",
        "--try-flags",
        ".05+majority",
        "--try-factors",
        "3",
    ),
    "compare": ("compare", "mine", "mine"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_refuses_a_recipe_with_one_name_twice(qmethod_command: Qmethod, analysis: Path, command: str) -> None:
    recipe = analysis / "analysis.toml"
    before = recipe.read_bytes()
    recipe.write_bytes(before.replace(b'f2 = "Other"', b'f2 = "caring"'))
    files = analysis / LISTING  # as if an analysis had come to be with such names
    files.write_text(files.read_text().replace(digest(before), digest(recipe.read_bytes())))
    done = qmethod_command(*COMMANDS[command])
    assert done.exit_code == 2
    assert "f1 and f2 have one name" in " ".join(done.output.split())
    assert "analysis.toml" in done.output
    assert not [path for path in ("again", "site", "mine/report.md", "mine/naming.html", "mine/multiverse.html") if Path(path).exists()]


@pytest.mark.parametrize("command", ["report", "publish", "sheet"])
@pytest.mark.parametrize("name", ["Caring", "Viewpoint 3", "other"])
def test_report_toml_gives_no_name_of_the_recipe_again(qmethod_command: Qmethod, analysis: Path, command: str, name: str) -> None:
    label = "f2" if name == "Caring" else "f1" if name == "Viewpoint 3" else "f3"
    (analysis / "report.toml").write_text(f'[viewpoints.{label}]\nname = "{name}"\n')
    done = qmethod_command(*COMMANDS[command])
    assert done.exit_code == 2
    assert "have one name" in " ".join(done.output.split()) or "that stands for f3" in " ".join(done.output.split())


def test_names_can_change_places(qmethod_command: Qmethod, analysis: Path) -> None:
    (analysis / "report.toml").write_text('[viewpoints.f1]\nname = "Other"\n[viewpoints.f2]\nname = "Caring"\n')
    assert qmethod_command(*COMMANDS["publish"]).exit_code == 0
    assert "<h1" in Path("site/viewpoint-1.html").read_text()
    assert "Other" in Path("site/viewpoint-1.html").read_text().partition("</h1>")[0]


def test_saving_from_python_refuses_it_too(lipset: QSolution, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="f1 and f3 have one name"):
        folders.save(lipset, tmp_path / "saved", names={"f1": "Caring", "f3": "caring"})
    assert not (tmp_path / "saved").exists()


# Whose words.


@pytest.fixture(scope="module")
def matched() -> Loaded:
    """Every viewpoint matches a published one of its study."""
    study = load(find("leadership"))
    data = replace(draw(study, 40, np.random.default_rng(1)).data, texts=tuple(one.text.in_("en") for one in study.statements))
    solution = qmethod.analyse(data, 4)
    return understand(solution, Recipe(Input(path="sorts.csv"), 4), background=read_background("leadership", data))


@pytest.fixture(scope="module")
def unmatched(matched: Loaded) -> Loaded:
    return understand(matched.solution, matched.recipe)


MINE, GIST, STORY = "The name that I gave", "What I think that it holds.", "The story as I tell it."
CASES = [
    pytest.param(
        name, gist, story, match, id=f"{name}-{'gist' if gist else 'none'}-{'story' if story else 'draft'}-{'match' if match else 'no match'}"
    )
    for (name, gist, story), match in product(
        [("none", "", ""), ("none", GIST, ""), ("mine", "", ""), ("mine", GIST, STORY), ("theirs", "", ""), ("elsewhere", "", "")], [True, False]
    )
]


@pytest.mark.parametrize(("name", "gist", "story", "match"), CASES)
def test_a_published_description_stands_under_its_own_name_or_says_so(
    matched: Loaded, unmatched: Loaded, name: str, gist: str, story: str, match: bool
) -> None:
    reading = matched.interpretation.readings[0]
    assert reading is not None
    theirs = reading.proposed
    assert theirs is not None
    given_name = {"none": "", "mine": MINE, "theirs": theirs.name.upper(), "elsewhere": ""}[name]
    own = {"f1": Own(given_name, gist, story)} | ({"f2": Own(theirs.name.lower())} if name == "elsewhere" else {})
    texts = Texts(viewpoints=own)
    loaded = with_texts(matched if match else unmatched, texts)
    one = loaded.called[0]
    borrows = match and name in ("none", "theirs")
    assert one.named_by == (DESCRIPTION if borrows else RESEARCHER if given_name else PROGRAM)
    assert one.told_by == (RESEARCHER if gist else DESCRIPTION if borrows else PROGRAM)
    assert (one.gist == theirs.gist) == (borrows and not gist)
    assert len({folded(other) for other in loaded.names}) == 4
    files = reports(matched if match else unmatched, texts)  # they take the researcher's words from the texts
    made = published(matched if match else unmatched, texts)
    files |= {file: lines for file, lines in pages(made).items() if file.startswith(("index", "viewpoint-1", "data/", "zip/"))}
    for file, lines in files.items():
        flat = [" ".join(line.split()) for line in lines]
        told = [line for line in flat if theirs.gist in line]
        attributed = [line for line in told if theirs.name in line and theirs.source in line]
        if not match:
            assert not told, file
        elif borrows and not gist:
            assert all(line in attributed for line in told) or any("of a description" in line for line in flat), file
        else:
            assert told == attributed, file
        if file.startswith(("report.", "index", "viewpoint-1")):
            assert any((given_name or one.name) in line for line in flat), file
            if gist:
                assert any(GIST in line for line in flat), file
            if match:  # whoever resembles it is named, with the source
                said = any(theirs.source in line for line in flat) or (
                    file == "index.html" and (not borrows or any("of a description" in line for line in flat))
                )
                assert said, file
    assert ("Resembles the description" in one.note) == (match and not borrows)
    assert ("of a description that it resembles" in one.note) == borrows


def test_a_match_takes_no_name_that_the_researcher_gave_to_another(matched: Loaded) -> None:
    theirs = matched.names[0]
    found = with_texts(matched, Texts(viewpoints={"f3": Own(name=f" {theirs.upper()}")}))
    assert found.names[0] == "Viewpoint 1"
    assert found.called[0].named_by == PROGRAM
    assert found.called[2].named_by == RESEARCHER
    assert theirs in found.called[0].note


def test_anonymous_reports_keep_whose_words_they_are(matched: Loaded) -> None:
    said = reports(matched, Texts(viewpoints={"f2": Own(name=MINE)}), anonymous=True)
    assert any("Name and wording are those of a description" in line for line in said["report.md"])
    assert any("Resembles the description" in line for line in said["report.md"])


@pytest.mark.parametrize("simulated", [True, False])
def test_wherever_a_resemblance_is_told_it_is_told_whose_placements_these_are_and_what_is_circular(matched: Loaded, simulated: bool) -> None:
    loaded = matched
    if not simulated:
        data = replace(matched.solution.data, participants=tuple(f"p{i}" for i in range(40)), notices=())
        loaded = understand(qmethod.analyse(data, 4), matched.recipe, background=read_background("leadership", data))
    texts = Texts(viewpoints={"f2": Own(name=MINE, story=STORY)})
    files = reports(loaded, texts) | {file: lines for file, lines in pages(published(loaded, texts)).items() if file.startswith("viewpoint-")}
    tellers = [file for file in files if file.startswith(("report.", "viewpoint-")) and file.rpartition(".")[2] != "csv"]
    assert len(tellers) > 5
    for file in tellers:
        flat = " ".join(" ".join(files[file]).split())
        assert PLACEMENTS in flat, file
        assert (CIRCULAR in flat) == simulated, file
        own = "sorts to published viewpoints"  # in the title of this program, which is cited
        assert "published viewpoint" not in flat.replace(own, ""), file
