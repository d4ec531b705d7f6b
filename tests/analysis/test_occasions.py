"""`qmethod compare` of two occasions: the figures are those of the function, whichever way the sorts come, and the sentences are true."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import CliRunner

import qmethod
from qmethod import QData
from qmethod.formats import write_csv
from qmethod_analysis.commands.cli import main
from qmethod_analysis.interpretation.occasions import rules, story
from qmethod_analysis.pictures import occasions as pictures
from qmethod_analysis.report import leaks
from qmethod_analysis.report.blocks import PictureBlock, TableBlock
from qmethod_analysis.report.occasions import document
from qmethod_analysis.tables.named import TABLES, table_of
from tests.qmethod.test_occasions import compared, sorts

NAMES = tuple(TABLES[qmethod.OccasionComparison])
TEXTS = ("<b>First</b> & last", *(f"Statement number {i}" for i in range(2, 19)))


def both() -> tuple[QData, QData]:
    """16 people, of whom one is there before only and one afterwards; the first statement rises."""
    before, after = sorts(16, 21, shift=3.0)
    named = [QData(one.sorts, one.statements, one.participants, TEXTS) for one in (before, after)]
    return named[0].keep(range(15)), named[1].keep(range(1, 16))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sorts of each occasion in a file, those of both in another, and a table that tells them apart."""
    monkeypatch.chdir(tmp_path)
    before, after = both()
    write_csv(before, tmp_path / "before.csv")
    write_csv(after, tmp_path / "after.csv")
    names = tuple(f"{name}.{when}" for when, one in ((1, before), (2, after)) for name in one.participants)
    write_csv(QData(np.column_stack([before.sorts, after.sorts]), before.statements, names, TEXTS), tmp_path / "both.csv")
    rows = [f"{name},{name.partition('.')[0]},{'before' if name.endswith('1') else 'after'}" for name in names]
    (tmp_path / "who.csv").write_text("\n".join(["sort,participant,wave", *rows]) + "\n", encoding="utf-8")
    return tmp_path


def call(*words: object) -> str:
    done = CliRunner().invoke(main, ["compare", *map(str, words)], catch_exceptions=False, prog_name="qmethod")
    assert (done.exit_code, done.stderr) == (0, ""), done.output
    return done.stdout


def refused(*words: object) -> str:
    done = CliRunner().invoke(main, ["compare", *map(str, words)], prog_name="qmethod")
    assert done.exit_code == 2, done.output
    return done.stderr


@pytest.mark.usefixtures("home")
def test_the_figures_are_those_of_the_function_whichever_way_the_sorts_come() -> None:
    found = json.loads(call("before.csv", "after.csv", "-k", 2, "--permutations", 999, "--json"))
    made = qmethod.compare_occasions(*both(), n_factors=2, n_permutations=999, rng=1)
    for name in NAMES:
        table = table_of(made, name)
        assert [list(row.values()) for row in found[name]] == [list(row) for row in table.rows]
    assert {one["participant"]: one["reason"] for one in found["left_out"]} == {"who0": "no sort after", "who15": "no sort before"}
    assert found["statements"][0]["moved"] == "yes"
    other = json.loads(call("both.csv", "--occasions", "who.csv", "--occasion", "wave", "-k", 2, "--permutations", 999, "--json"))
    for key in (*NAMES, "mean_correlation", "left_out"):
        assert other[key] == found[key], key
    Path("occasions.csv").write_bytes(Path("who.csv").read_bytes())
    beside = json.loads(call("both.csv", "--occasion", "wave", "-k", 2, "--permutations", 999, "--json"))
    assert beside == other
    turned = json.loads(call("both.csv", "--occasion", "wave", "--between", "after,before", "--json"))
    assert [one["change"] for one in turned["statements"]] == [-one["change"] for one in found["statements"]]


@pytest.mark.usefixtures("home")
def test_a_folder_gets_report_tables_and_result_and_says_the_same() -> None:
    printed = call("before.csv", "after.csv", "-k", 2, "--out", "made", "--formats", "html,md,docx")
    made = qmethod.compare_occasions(*both(), n_factors=2, rng=1)
    page, text = Path("made/occasions.html").read_text(encoding="utf-8"), Path("made/occasions.md").read_text(encoding="utf-8")
    with zipfile.ZipFile("made/occasions.docx") as archive:
        word = "".join(ElementTree.fromstring(archive.read("word/document.xml")).itertext())
    for sentence in story(made):
        assert sentence in printed
        assert sentence in word
        assert sentence.replace("'", "&#39;") in page
    assert "s1 rose by" in text
    assert "who0: no sort after; who15: no sort before" in text
    assert "<b>First</b>" not in page
    for name in NAMES:
        rows = list(csv.reader(io.StringIO(Path(f"made/occasions-{name}.csv").read_text(encoding="utf-8"))))
        table = table_of(made, name)
        assert rows[0] == list(table.header)
        assert len(rows) == len(table.rows) + 1
    result = json.loads(Path("made/occasions.json").read_text(encoding="utf-8"))
    assert result["statements"] == json.loads(call("before.csv", "after.csv", "-k", 2, "--json"))["statements"]
    before = {file.name: file.read_bytes() for file in Path("made").iterdir() if file.is_file()}
    call("before.csv", "after.csv", "-k", 2, "--out", "made", "--formats", "html,md,docx")
    assert {file.name: file.read_bytes() for file in Path("made").iterdir() if file.is_file()} == before
    assert "--overwrite" in refused("before.csv", "after.csv", "-k", 1, "--out", "made")


@pytest.mark.usefixtures("home")
def test_who_is_left_out_takes_no_part_and_stands_there_with_the_reason() -> None:
    """By a table and by hand, and whether the person sorted on both occasions or on one."""
    Path("out.csv").write_text("participant,reason\nwho3,stopped half way\nwho0,moved away\n", encoding="utf-8")
    words = ("--exclude", "out.csv", "--exclude-participant", "who5=asked to", "--permutations", 999, "--json")
    found = json.loads(call("before.csv", "after.csv", *words))
    before, after = both()
    made = qmethod.compare_occasions(
        before.keep([name for name in before.participants if name not in ("who0", "who3", "who5")]),
        after.keep([name for name in after.participants if name not in ("who3", "who5")]),
        n_permutations=999,
        rng=1,
    )
    assert [row["participant"] for row in found["people"]] == list(made.participants)
    assert [row["change"] for row in found["statements"]] == made.statements.change.tolist()
    reasons = {one["participant"]: one["reason"] for one in found["left_out"]}
    assert reasons == {"who15": "no sort before", "who3": "stopped half way", "who0": "moved away", "who5": "asked to"}
    told = call("both.csv", "--occasions", "who.csv", "--occasion", "wave", *words[:4], "--out", "made")
    for text in (told, Path("made/occasions.html").read_text(encoding="utf-8")):
        assert "Left out, as you asked: who3 (stopped half way), who0 (moved away), who5 (asked to)." in text
    assert "there is no participant 'nobody'" in refused("before.csv", "after.csv", "--exclude-participant", "nobody=x")
    assert "all 16 sorts" in refused("before.csv", "after.csv", *(part for i in range(16) for part in ("--exclude-participant", f"who{i}=x")))


@pytest.mark.usefixtures("home")
def test_an_anonymous_comparison_names_nobody_and_has_the_same_figures() -> None:
    words = ("before.csv", "after.csv", "-k", 2, "--permutations", 999, "--exclude-participant", "who5=asked to")
    named = json.loads(call(*words, "--json"))
    printed = call(*words, "--anonymous", "--out", "made", "--formats", "html,md,docx")
    found = json.loads(Path("made/occasions.json").read_text(encoding="utf-8"))
    assert found["statements"] == named["statements"]
    for row, other in zip(found["viewpoints"], named["viewpoints"], strict=True):
        assert list(row.values())[1:] == pytest.approx(list(other.values())[1:], rel=1e-12)  # summed in another order

    def figures(people: list[dict[str, Any]]) -> list[list[Any]]:
        return sorted([value for key, value in row.items() if key != "participant"] for row in people)

    assert figures(found["people"]) == figures(named["people"])
    agree = [row["correlation"] for row in found["people"]]
    assert agree == sorted(agree)
    assert [row["participant"] for row in found["people"]] == [f"P{i}" for i in range(1, 14)]
    files = {file.name: file.read_bytes() for file in Path("made").iterdir() if file.is_file()}
    assert {Path(name).suffix for name in files} >= {".html", ".md", ".docx", ".csv", ".json"}
    said = [printed, *(line for name, content in files.items() for line in leaks.words(name, content))]
    assert [line for line in said if re.search(r"who\d", line)] == []
    assert "Left out, as the researchers asked: 1 (asked to)." in printed
    assert "Not compared: 1 (no sort after), 1 (no sort before)." in printed
    assert "numbered anew" in files["occasions.md"].decode()
    assert "--overwrite" in refused(*words, "--out", "made")


@pytest.mark.usefixtures("home")
def test_without_factors_there_is_nothing_of_viewpoints() -> None:
    printed = call("before.csv", "after.csv", "--out", "made")
    assert not Path("made/occasions-viewpoints.csv").exists()
    assert "iewpoint" not in printed
    assert "iewpoint" not in re.sub(
        r"<style>.*?</style>|<script.*?</script>", "", Path("made/occasions.html").read_text(encoding="utf-8"), flags=re.S
    )


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("before.csv",), "two analyses, studies or files of sorts; or one source of sorts with `--occasion COLUMN`"),
        (("before.csv", "after.csv", "--occasion", "wave"), "with `--occasion` name one source of sorts"),
        (("both.csv", "--occasion", "wave"), "there is no occasions.csv with these sorts"),
        (("both.csv", "--occasion", "phase", "--occasions", "who.csv"), "there is no column 'phase'"),
        (("before.csv", "after.csv", "--occasions", "who.csv"), "two files need no table"),
        (("before.csv", "after.csv", "--mirrored"), "`--mirrored` belongs to viewpoints"),
        (("leadership", "leadership", "-k", 2, "--grid", "0:1"), "`--factors`, `--grid` belongs to sorts of two occasions"),
        (("before.csv", "after.csv", "--between", "one"), "two different occasions with a comma between them"),
        (("before.csv", "after.csv", "--reliability", ".8", "--retest", "who.csv"), "either"),
        (("before.csv", "after.csv", "-k", 99), "99"),
    ],
)
def test_what_does_not_belong_together_is_refused(words: tuple[object, ...], said: str) -> None:
    assert said in refused(*words)


def texts_of(made: qmethod.OccasionComparison) -> str:
    return " ".join(story(made))


def test_sentences_say_no_more_than_is_known() -> None:
    before, after = sorts(14, 30)
    assert "is not known, so this does not say whose view changed" in texts_of(compared(before, after))
    assert "None of 18 statements moved beyond chance. That is no proof that none did" in texts_of(compared(before, after))
    same = texts_of(compared(before, before, n_factors=2, reliability=0.8))
    assert "Nobody placed any statement otherwise." in same
    one = QData(np.column_stack([after.sorts[:, :1], before.sorts[:, 1:]]), participants=before.participants)
    assert "So few people placed anything otherwise that no change of a statement can be told" in texts_of(compared(before, one))
    assert "was taken as given, not measured here" in same
    assert "for the case that the correlation taken as given is right" in rules(compared(before, after, reliability=0.8))
    assert "taken as given" not in rules(compared(before, after))
    assert "Nobody of 14 people moved among the viewpoints beyond chance." in same
    few = texts_of(compared(before.keep(range(4)), after.keep(range(4))))
    assert "With 4 people no change of a statement can be told from chance" in few
    for basis in ("first", "second"):
        shown = compared(before, after, n_factors=2, basis=basis)
        assert "come closer to them because they made them" in texts_of(shown)
        assert not any("p, moved" in block.header for block in document(shown, "x").blocks if isinstance(block, TableBlock))


@pytest.mark.parametrize("p", [2, 16, 70])
@pytest.mark.parametrize("k", [None, 1, 3])
def test_pictures_draw_every_statement_and_person_and_stay_inside(p: int, k: int | None) -> None:
    before, after = sorts(p, 40 + p, shift=2.0)
    if k is not None and p < 4:
        k = 1
    made = compared(before, after, n_factors=k)
    blocks = document(made, "x").blocks
    for block in blocks:
        if isinstance(block, PictureBlock):
            svg = ElementTree.fromstring(str(block.figure.svg(block.name, block.title, block.description)))
            numbers = [float(one.get(name, "0")) for one in svg.iter() for name in ("x1", "x2", "y1", "y2")]
            assert all(np.isfinite(numbers))
            assert max(numbers) <= max(block.figure.width, block.figure.height)
            assert not block.title.endswith(".")
    space = "{http://www.w3.org/2000/svg}"

    def points(figure: Any) -> int:
        svg = ElementTree.fromstring(str(figure.svg("a", "b", "c")))
        return sum(len(one.findall(f"{space}path")) for one in svg.iter(f"{space}g") if one.get("class") == "points")

    assert points(pictures.statement_changes(made)) == len(made.ids)
    assert points(pictures.agreement(made)) == p
    if made.viewpoints is not None:
        svg = ElementTree.fromstring(str(pictures.slopes(made).svg("a", "b", "c")))
        lines = [line for one in svg.iter(f"{space}g") if one.get("class") in ("people", "moved") for line in one]
        assert len(lines) == p * len(made.viewpoints.labels)


def test_no_p_value_is_shown_as_nothing() -> None:
    made = compared(*sorts(40, 50, shift=6.0), n_factors=2, n_permutations=9999)
    assert made.statements.p_values.min() < 0.0005
    cells = [cell for block in document(made, "x").blocks if isinstance(block, TableBlock) for row in block.rows for cell in row]
    assert "< 0.001" in cells
    assert "0.000" not in cells
