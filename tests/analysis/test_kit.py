"""What is printed for a table: marks that are ArUco's, texts that fit, the same bytes twice, and nothing of others removed."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pypdf
import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st

from qmethod.errors import DataError, Fault
from qmethod_analysis.report.formats import PAPERS
from qmethod_analysis.report.paper import paper
from qmethod_analysis.tabletop import marks, printed
from qmethod_analysis.tabletop.board import CARD_HIGH, CARD_WIDE, PLACE_WIDE, board
from qmethod_analysis.tabletop.kit import BOARD, CARDS, INSTRUCTIONS, RECORD, SCORES, kit
from qmethod_analysis.tabletop.photographs import marks_in
from qmethod_studies.definition import Study
from qmethod_studies.loading import find, load
from tests.analysis.conftest import Qmethod, hashes
from tests.studies.made import study

LEADERSHIP = load(find("leadership"))
PDFS = (CARDS, BOARD, SCORES, INSTRUCTIONS)


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u00ad\u2010-]+", "", text)


def words(content: bytes) -> str:
    return squeezed("".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages))


def test_every_mark_is_that_of_opencv():
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_1000)
    for mark in range(marks.N_MARKS):
        drawn = cv2.aruco.generateImageMarker(dictionary, mark, marks.SIDE)
        np.testing.assert_array_equal(drawn[1:-1, 1:-1] > 127, marks.bits(mark))


def apart(chosen: tuple[int, ...]) -> int:
    """The fewest bits in which two marks differ, in any turn."""
    turned = np.array([[np.rot90(marks.bits(mark), turn).ravel() for turn in range(4)] for mark in chosen])
    between = (turned[:, None, :1] != turned[None, :, :]).sum(axis=3).min(axis=2)
    return int(between[~np.eye(len(chosen), dtype=bool)].min())


@pytest.mark.parametrize("n", [8, 42, 100, 250, 900])
def test_the_marks_of_a_study_are_its_own(n: int):
    grid = {-1: n // 4, 0: n - 2 * (n // 4), 1: n // 4}
    some = study(statements=[{"id": f"s{i}", "text": "x"} for i in range(n)], grid={k: min(v, 200) for k, v in grid.items()})
    chosen = marks.of_cards(some)
    assert len(set(chosen)) == n
    assert max(chosen) < marks.FOR_CARDS
    if n <= 100:
        assert apart(chosen) >= marks.APART
        other = marks.of_cards(some.model_copy(update={"version": 2}))
        assert len(set(chosen) & set(other)) < n / 2


def test_a_study_with_more_statements_than_marks_is_refused():
    with pytest.raises(DataError, match="marks for 900 cards"):
        marks.of_cards(study(statements=[{"id": f"s{i}", "text": "x"} for i in range(901)]))


@pytest.mark.parametrize("changes", [{"version": 2}, {"study": "other"}, {"grid": {-1: 3, 0: 3, 1: 3}}, {"distribution": "free"}])
def test_another_study_has_another_board(changes: dict[str, Any]):
    assert marks.of_board(study(), "ltr") != marks.of_board(study(**changes), "ltr")
    assert marks.of_board(study(), "ltr") != marks.of_board(study(), "rtl")
    assert [marks.corner_of(mark) for mark in marks.of_board(study(), "ltr")] == [0, 1, 2, 3]


@pytest.mark.parametrize("on", PAPERS)
@pytest.mark.parametrize("language", LEADERSHIP.languages)
def test_every_sheet_holds_its_words_and_is_the_same_twice(language: str, on: Any):
    made = kit(LEADERSHIP, language, on)
    assert made.files == kit(LEADERSHIP, language, on).files
    size = paper(on)
    for name in PDFS:
        pages = pypdf.PdfReader(io.BytesIO(made.files[name])).pages
        assert len(pages) == made.sheets[name]
        for page in pages:
            sides = sorted(float(side) / 72 * 2.54 for side in page.mediabox[2:])
            assert sides == pytest.approx(sorted((size.wide, size.high)), abs=0.02)
    if language != "ar":  # whose letters change their form in a PDF
        cards = words(made.files[CARDS])
        for one in LEADERSHIP.statements:
            assert squeezed(one.text.in_(language)) in cards
        for name in (SCORES, INSTRUCTIONS):
            assert squeezed(LEADERSHIP.condition.in_(language)) in words(made.files[name])
    assert any("draft" in note for note in made.notes) == (language != "en")
    assert any("English" in note for note in made.notes) == (language != "en")


def test_each_condition_of_instruction_has_sheets_of_its_own_and_the_board_is_for_all() -> None:
    named = {"now": ("How it is", "What is it like today?"), "ideal": ("How it should be", "What would you wish for?")}
    conditions = [{"id": key, "name": name, "instruction": text} for key, (name, text) in named.items()]
    some = study(condition=None, conditions=conditions)
    made = kit(some)
    assert set(made.files) == {CARDS, BOARD, RECORD, *(f"{stem}-{key}.pdf" for key in named for stem in ("score-sheet", "instructions"))}
    for key, own in named.items():
        for stem in ("score-sheet", "instructions"):
            printed_words = words(made.files[f"{stem}-{key}.pdf"])
            for other, texts in named.items():
                assert [squeezed(text) in printed_words for text in texts] == [other == key] * 2, (stem, own)
    assert squeezed("What is it like") not in words(made.files[BOARD])
    assert made.sheets["instructions-now.pdf"] == 1
    one = kit(study(condition=None, conditions=conditions[:1]))
    assert set(one.files) == {*PDFS, RECORD}
    assert squeezed("What is it like today?") in words(one.files[BOARD])


@pytest.mark.parametrize("language", LEADERSHIP.languages)
def test_a_camera_finds_every_printed_mark_once(language: str):
    on = "letter"
    laid = board(LEADERSHIP, LEADERSHIP.direction(language))
    sources = (printed.cards(LEADERSHIP, language, on), printed.board_sheets(LEADERSHIP, language, on, laid))
    for source, wanted in zip(sources, (marks.of_cards(LEADERSHIP), laid.marks), strict=True):
        pages = typst.compile(source.encode(), format="png", ppi=100)
        seen = []
        for page in pages if isinstance(pages, list) else [pages]:
            picture = cv2.imdecode(np.frombuffer(page, dtype=np.uint8), cv2.IMREAD_GRAYSCALE)
            seen += [one.mark for one in next(marks_in(picture))]
        assert sorted(seen) == sorted(wanted)


LONG = "Donaudampfschifffahrtsgesellschaftskapitän und andere sind sich einig, dass die Zusammenarbeit zählt. "


@settings(max_examples=12)
@given(st.integers(1, 260))
def test_a_text_fits_whole_or_is_refused_by_the_id_of_its_statement(length: int):
    text = (LONG * 4)[:length].strip() or "x"
    some = study(languages={"de": {"name": "Deutsch"}}, statements=[{"id": f"s{i}", "text": text if i == 3 else "kurz"} for i in range(9)])
    if length <= 200:
        assert squeezed(text) in words(kit(some).files[CARDS])
        return
    faults: tuple[Fault, ...] = ()
    try:
        whole = squeezed(text) in words(kit(some).files[CARDS])
    except DataError as refused:
        faults, whole = refused.faults, False
    assert whole or [fault.statement for fault in faults] == ["s3"]


def test_every_text_that_does_not_fit_is_named():
    some = study(statements=[{"id": f"s{i}", "text": "word " * (300 if i in (2, 5) else 1)} for i in range(9)])
    with pytest.raises(DataError) as refused:
        kit(some)
    assert [fault.statement for fault in refused.value.faults] == ["s2", "s5"]
    with pytest.raises(DataError, match=r"`condition` is too long"):
        kit(study(condition="word " * 900))
    with pytest.raises(DataError, match=r"`scale.high` is too long"):
        kit(study(scale={"low": "a", "high": "word " * 400}))


@pytest.mark.parametrize("grid", [{-1: 1, 0: 40, 1: 1}, dict.fromkeys(range(-20, 21), 2)])
def test_a_board_that_no_table_takes_is_refused(grid: dict[float, int]):
    with pytest.raises(DataError, match="no table takes more"):
        kit(study(grid))


@given(st.dictionaries(st.integers(-9, 9), st.integers(1, 20), min_size=2), st.sampled_from(["ltr", "rtl"]), st.sampled_from(PAPERS))
def test_sheets_cover_the_board_and_fit_on_paper(grid: dict[float, int], direction: Any, on: Any):
    laid = board(study(grid), direction)
    tiles = printed.Tiles.of(laid, on)
    size = paper(on)
    wide, high = (size.high, size.wide) if tiles.lying else (size.wide, size.high)
    assert tiles.wide + 2 * printed.MARGIN <= 10 * wide + 1e-9
    assert tiles.high + 2 * printed.MARGIN <= 10 * high + 1e-9
    assert tiles.across * tiles.wide == pytest.approx(laid.wide)
    assert tiles.down * tiles.high == pytest.approx(laid.high)
    values = [one.value for one in laid.columns]
    assert values == sorted(values, reverse=direction == "rtl")
    assert {one.value: one.places for one in laid.columns} == {value: grid[value] for value in values}
    assert laid.columns[0].left >= 0
    assert laid.columns[-1].left + PLACE_WIDE <= laid.wide


@pytest.mark.parametrize("on", PAPERS)
def test_cards_leave_a_margin_that_printers_need(on: Any):
    size = paper(on)
    assert 10 * size.wide - printed.ACROSS * CARD_WIDE >= 20
    assert 10 * size.high - printed.DOWN * CARD_HIGH >= 26


def test_odd_texts_stand_on_the_cards_as_they_are():
    odd = ['"quoted" #set text(red)', "$x^2$ & <b>", "beyond:s9 C:\\new", "#panic(1)", "a_b *c* `d`", "[x](y)", "// no comment", "1. item", "@ref"]
    some = study(statements=[{"id": f"s{i}", "text": text} for i, text in enumerate(odd)])
    cards = words(kit(some).files[CARDS])
    for text in odd:
        assert squeezed(text) in cards


def test_the_command_writes_a_kit_and_takes_nothing_of_others(qmethod_command: Qmethod, tmp_path: Path):
    done = qmethod_command("kit", "leadership", "--out", "kit")
    assert done.exit_code == 0
    assert {path.name for path in (tmp_path / "kit").iterdir()} == {*PDFS, RECORD}
    record = json.loads((tmp_path / "kit" / RECORD).read_text())
    assert [one["statement"] for one in record["cards"]] == list(LEADERSHIP.ids)
    before = hashes(tmp_path)
    assert qmethod_command("kit", "leadership", "--out", "kit").exit_code == 0
    assert hashes(tmp_path) == before
    other = qmethod_command("kit", "leadership", "--out", "kit", "--language", "ar", "--paper", "letter")
    assert other.exit_code == 2
    assert "earlier kit" in other.stderr
    assert hashes(tmp_path) == before
    replaced = qmethod_command("kit", "leadership", "--out", "kit", "--language", "ar", "--overwrite")
    assert replaced.exit_code == 0
    assert "in English" in replaced.stdout
    (tmp_path / "kit" / "notes.txt").write_text("mine")
    before = hashes(tmp_path)
    assert qmethod_command("kit", "leadership", "--out", "kit", "--overwrite").exit_code == 2
    assert hashes(tmp_path) == before


def test_a_language_that_the_study_lacks_is_refused(qmethod_command: Qmethod):
    done = qmethod_command("kit", "leadership", "--out", "kit", "--language", "fr")
    assert done.exit_code == 2
    assert "en, es, ar" in done.stderr
    assert not Path("kit").exists()


def test_without_typst_the_extra_is_named(qmethod_command: Qmethod, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("qmethod_analysis.report.pdf.find_spec", lambda _: None)
    done = qmethod_command("kit", "leadership", "--out", "kit")
    assert done.exit_code == 2
    assert "qmethod[pdf]" in done.stderr


def test_a_free_distribution_has_columns_without_places():
    free: Study = study(distribution="free")
    laid = board(free, "ltr")
    assert {one.places for one in laid.columns} == {3}
    assert "any number of cards" in printed.instructions(free, "en", "a4")
    assert "any number of cards" not in printed.instructions(study(), "en", "a4")
