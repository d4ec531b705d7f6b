"""Two occasions in other languages: every text of the page and of what is printed comes from the catalogue, whatever changed."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from qmethod import OccasionComparison, QData
from qmethod.formats import write_csv
from qmethod.notice import Notice
from qmethod_analysis.commands.cli import main
from qmethod_analysis.commands.occasions import _print
from qmethod_analysis.interpretation.occasions import rules, story
from qmethod_analysis.report import html, pdf
from qmethod_analysis.report.docx import docx
from qmethod_analysis.report.markdown import markdown
from qmethod_analysis.report.occasions import document, notice_said
from qmethod_analysis.report.paper import A4
from qmethod_analysis.report.unnamed_occasions import unnamed
from qmethod_analysis.words.language import InLanguage, speaking
from tests.analysis.strange import STRANGE, every_text, in_markdown, in_typst, in_word, left_over, on_page
from tests.qmethod.test_occasions import compared, sorts

TEXTS = tuple(f"Wording {i}" for i in range(1, 19))
NOTICES = (
    Notice("left-out-by-hand", "Left out, as you asked: who77 (who88).", participants=("who77",)),
    Notice("no-occasion", "No occasion is known of these sorts, and they were left out: who78."),
    Notice("no-such-sort", "The table of occasions names sorts that are not there: who79."),
    Notice(
        "not-compared",
        "Not compared: who80: no sort before; who81: all statements in one place after; who82: only 1 statement placed on both occasions; "
        "who83: only 2 statements placed on both occasions and 3 more.",
    ),
    Notice("two-wordings", "Worded otherwise on the second occasion: s3. A change there may be one of wording."),
    Notice("two-scales", "Only English has this."),
    Notice("duplicate-sorts", "Of the sorts before: who1, who2 are the same sort, placement for placement."),
)


def made_of(p: int, *, shift: float = 0.0, noise: float = 0.5, **more: object) -> OccasionComparison:
    both = [QData(one.sorts, one.statements, one.participants, TEXTS) for one in sorts(p, p, shift=shift, noise=noise)]
    made = compared(*both, **more)
    return replace(made, notices=(*NOTICES, *made.notices))


def same(**more: object) -> OccasionComparison:
    before, _after = sorts(12, 3)
    return compared(before, before, **more)


def repeated() -> OccasionComparison:
    """With sorts that people made twice on the first occasion."""
    made = made_of(16, shift=3.0, reliability=0.9)
    return replace(made, people=replace(made.people, noise="retest", n_pairs=7))


CASES = {
    "few people": lambda: made_of(4),
    "nothing moved": lambda: made_of(16, noise=1.5),
    "moved": lambda: made_of(30, shift=3.0, n_factors=2),
    "much moved": lambda: replace(made_of(30, shift=3.0, noise=1.5, n_factors=2, reliability=0.95), alpha=0.9),
    "all moved": lambda: replace(made_of(30, noise=1.5, n_factors=3), alpha=1.0),
    "first": lambda: made_of(8, n_factors=2, basis="first"),
    "second": lambda: made_of(8, n_factors=1, basis="second", reliability=0.9),
    "given": lambda: made_of(16, shift=3.0, noise=1.5, reliability=0.95),
    "repeated": repeated,
    "the same": lambda: same(n_factors=2, reliability=0.8),
    "one of few": lambda: compared(*one_changed()),
    "a generator": lambda: replace(made_of(8), seed=None),
    "other names": lambda: replace(made_of(8, n_factors=1), labels=("one1", "two2"), notices=()),
    "anonymous": lambda: unnamed(made_of(16, n_factors=2), {"who77": "who88"}),
}


def one_changed() -> tuple[QData, QData]:
    before, after = sorts(14, 30)
    return before, QData(np.column_stack([after.sorts[:, :1], before.sorts[:, 1:]]), participants=before.participants)


def ours_of(made: OccasionComparison) -> set[str]:
    """Texts that are not the program's: names, statements, people, and values of conventions."""
    views = made.viewpoints.labels if made.viewpoints else ()
    labels = made.labels if made.labels != ("before", "after") else ()
    policies = {"none known", "retest", "assumed", "pooled", "first", "second", "basis"}
    return {
        *made.texts,
        *made.ids,
        *made.participants,
        *views,
        *labels,
        *policies,
        "who77",
        "who78",
        "who79",
        "who88",
        *(f"who8{i}" for i in range(4)),
        "duplicate-sorts",
        "title1",
        "--out DIR",
        "made.html",
    }


def english(texts: list[str], ours: set[str]) -> dict[str, list[str]]:
    return {text: left for text in texts if not isinstance(text, InLanguage) and (left := left_over(text, ours))}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.usefixtures("strangely")
def test_every_text_goes_through_the_catalogue(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    made = CASES[case]()
    whole = document(made, "title1", anonymous=case == "anonymous")
    works = {part for block in whole.blocks for part in getattr(block, "parts", ())}
    marked = {" ".join(text.split()) for text in every_text(whole) if isinstance(text, InLanguage)}
    ours = (
        ours_of(made)
        | marked
        | {" ".join(part.split()) for part in works}
        | {" ".join("".join(b.parts).split()) for b in whole.blocks if hasattr(b, "parts")}
    )
    assert whole.language == STRANGE
    assert english(list(every_text(replace(whole, blocks=tuple(b for b in whole.blocks if not hasattr(b, "parts"))))), ours) == {}
    _print(made, "title1", Path("made.html"))
    _print(made, "title1", None)
    said = {
        "html": on_page(html.html(whole)),
        "md": in_markdown(markdown(whole)["report.md"].decode()),
        "docx": in_word(docx(whole, A4)),
        "typst": in_typst(pdf.source(whole)),
        "printed": capsys.readouterr().out.splitlines(),
    }
    assert all(len(texts) > 5 for texts in said.values())
    assert {name: left for name, texts in said.items() if (left := english(texts, ours))} == {}


@pytest.mark.parametrize("case", CASES)
def test_figures_of_the_story_are_the_same_in_spanish(case: str) -> None:
    made = CASES[case]()
    told = (*story(made), rules(made))
    with speaking("es"):
        spanish = (*story(made), rules(made))
    assert len(told) == len(spanish)
    for one, other in zip(told, spanish, strict=True):
        lost = Counter(numbers(one)) - Counter(numbers(other.replace(",", ".")))
        assert set(lost) <= {"1"}, (one, other)  # a single one may be said without its number
        assert Counter(numbers(other.replace(",", "."))) <= Counter(numbers(one)), (one, other)


def numbers(sentence: str) -> list[str]:
    words = [word.replace("(", "").replace("−", "-").rstrip(").,;:") for word in sentence.split()]
    return [word for word in words if word.strip("-").replace(".", "").isdigit()]


def test_a_notice_about_one_occasion_keeps_what_it_says_in_both_parts() -> None:
    made = made_of(8)
    with speaking("es"):
        told = {notice.code: notice_said(made, notice) for notice in made.notices}
    assert told["duplicate-sorts"] == "De las ordenaciones de antes: who1, who2 son la misma ordenación, colocación por colocación."
    assert isinstance(told["two-scales"], InLanguage)
    assert "who77 (who88)" in told["left-out-by-hand"]
    assert "who80: sin ordenación de antes; who81: todas las afirmaciones en un solo lugar (después); who82" in told["not-compared"]


def test_the_command_speaks_and_changes_no_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, one in zip(("before.csv", "after.csv"), sorts(12, 3, shift=2.0), strict=True):
        write_csv(one, tmp_path / name)

    def call(*words: str) -> str:
        done = CliRunner().invoke(main, ["compare", "before.csv", "after.csv", *words], catch_exceptions=False, prog_name="qmethod")
        assert done.exit_code == 0, done.output
        return done.stdout

    call("--out", "made", "-k", "2")
    english_files = {file.name: file.read_bytes() for file in Path("made").iterdir() if file.suffix in (".csv", ".json") and file.name[0] == "o"}
    printed = call("--out", "made", "-k", "2", "--language", "es")
    assert "12 personas en dos ocasiones: before.csv y after.csv" in printed
    page = Path("made/occasions.html").read_text(encoding="utf-8")
    assert '<html lang="es">' in page
    assert "Esta traducción es un borrador" in page
    assert {name: Path("made", name).read_bytes() for name in english_files} == english_files
    assert json.loads(Path("made/occasions.json").read_bytes())["occasions"] == ["before", "after"]
    refused = CliRunner().invoke(main, ["compare", "leadership", "leadership", "--language", "es"], prog_name="qmethod")
    assert refused.exit_code == 2
    assert "`--language` belongs to sorts of two occasions" in refused.output
