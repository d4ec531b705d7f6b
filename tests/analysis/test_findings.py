"""Common ground: every sentence is proved by brute force from the arrays, every format shows the same, and what is told is mostly true."""

from __future__ import annotations

import csv
import html
import io
import re
from dataclasses import replace

import numpy as np
import openpyxl
import pypdf
import pytest
from docx import Document as open_docx
from hypothesis import given, settings
from hypothesis import strategies as st

import qmethod
from qmethod import QSolution, analyse
from qmethod.calibrated import LIKELY
from qmethod.matching.congruence import align
from qmethod.simulation import random_sorts, simulate
from qmethod_analysis.folder.loaded import Loaded
from qmethod_analysis.interpretation.findings import ALIKE, KINDS, Finding, common_ground, summary
from qmethod_analysis.recipe.texts import Texts
from qmethod_analysis.report.document import build
from qmethod_analysis.report.docx import docx
from qmethod_analysis.report.formats import FORMATS
from qmethod_analysis.report.html import report
from qmethod_analysis.report.markdown import markdown
from qmethod_analysis.report.pdf import pdf
from qmethod_analysis.report.xlsx import xlsx
from qmethod_analysis.site.pages import Published, study_pages
from qmethod_analysis.tables.csv_output import to_csv
from qmethod_analysis.tables.solution import ground
from qmethod_studies.loading import find, load
from qmethod_studies.simulation import draw
from tests.analysis.report_cases import leadership
from tests.references import sorts

GRIDS = ("-3:2,-2:3,-1:4,0:6,1:4,2:3,3:2", "-2:4,-1:8,1:8,2:4", "0:3,1:5,2:8,3:5,4:3")


def solved(k: int, seed: int, grid: str, common: float) -> QSolution:
    rng = np.random.default_rng(seed)
    profiles = np.sqrt(common) * rng.standard_normal((24, 1)) + np.sqrt(1 - common) * rng.standard_normal((24, k))
    return analyse(simulate(profiles, qmethod.Grid.parse(grid), (6,) * k, rng).data, k)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 4), st.integers(0, 2**32 - 1), st.sampled_from(GRIDS), st.sampled_from([0.0, 0.5, 0.8]), st.booleans())
def test_every_sentence_is_true_of_the_arrays(k: int, seed: int, grid: str, common: float, drawn: bool) -> None:
    solution = solved(k, seed, grid, common)
    solution = solution if drawn else replace(solution, calibration=None)
    shown = np.flatnonzero(~np.isnan(solution.scores.z_scores).any(axis=0))
    found = common_ground(solution)
    if len(shown) < 2:
        assert found == ()
        assert summary(found) == ""
        return
    assert sorted(i for one in found for i in one.statements) == list(range(24))  # each statement once
    assert [one.kind for one in found] == [kind for kind in KINDS if kind in {one.kind for one in found}]
    values = list(solution.scores.grid.values)
    middle = (values[0] + values[-1]) / 2
    for one in found:
        assert f"{len(one.statements)} statements" in one.sentence or (len(one.statements) == 1 and "this statement" in one.sentence)
        for i, p in zip(one.statements, one.probability, strict=True):
            row = [float(solution.scores.arrays[i, f]) for f in shown]
            columns = [values.index(value) for value in row]
            above, below = all(value > middle for value in row), all(value < middle for value in row)
            assert not (one.kind == "above" and not above)
            assert not (one.kind == "below" and not below)
            assert not (one.kind == "leaning" and not above and not below)
            assert not (one.kind in ("above", "below") and p < LIKELY)
            assert not (one.kind == "near" and max(columns) - min(columns) > 1)
            assert not (one.kind == "middle" and any(c != (len(values) - 1) / 2 for c in columns))  # a grid of even columns has no middle one
            both = any(value > middle for value in row) and any(value < middle for value in row)
            assert (one.kind == "split") == both  # whatever else is so of it, since the number of these is told
            assert not (not drawn and (above or below) and one.kind not in ("above", "below"))  # where nothing is known, places alone count


def counts_of(found: tuple[Finding, ...], kind: str) -> int:
    return sum(len(one.statements) for one in found if one.kind == kind)


@pytest.mark.parametrize("seed", range(4))
def test_the_summary_counts_what_is_listed(seed: int) -> None:
    found = common_ground(solved(3, seed, GRIDS[0], 0.5))
    said = summary(found)
    for kind, words in (("above", "above the middle"), ("below", "below the middle"), ("split", "both sides of the middle")):
        n = counts_of(found, kind)
        number = re.search(rf"(\d+) statements? (?:they stand on )?{words}" if kind == "split" else rf"(\d+) statements? {words}", said)
        assert (int(number[1]) if number else 0) == n, (kind, said)
    assert ("All viewpoints place" in said) == any(counts_of(found, kind) for kind in ALIKE)


def test_nothing_is_sure_of_sorts_that_share_nothing() -> None:
    """Random sorts: of what two factors seem to share, next to nothing is told."""
    told = 0
    for seed in range(6):
        solution = analyse(random_sorts(qmethod.Grid.parse(GRIDS[0]), 20, np.random.default_rng(seed)), 2)
        told += sum(counts_of(common_ground(solution), kind) for kind in ("above", "below"))
    assert told <= 2


@pytest.mark.parametrize("n", [24, 40, 160])
def test_what_all_reject_is_found_and_little_else_is_told(n: int) -> None:
    """The leadership study: all four descriptions reject eight statements; more people never hide them."""
    study = load(find("leadership"))
    planted = {i for i, statement in enumerate(study.statements) if "bad-leadership" in statement.tags}
    assert len(planted) == 8
    met, told, right = 0, 0, 0
    for seed in range(6):
        drawn = draw(study, n, np.random.default_rng(seed))
        solution = analyse(drawn.data, 4)
        truth = drawn.profiles[:, align(solution.scores.z_scores, drawn.profiles).order]
        for one in common_ground(solution):
            if one.kind in ("above", "below"):
                side = truth[list(one.statements)] > 0 if one.kind == "above" else truth[list(one.statements)] < 0
                told, right = told + len(side), right + int(side.all(axis=1).sum())
                met += len(planted & set(one.statements)) if one.kind == "below" else 0
    assert met / 6 >= {24: 6, 40: 7, 160: 7.9}[n]
    assert right / told >= 0.9


def test_a_table_has_every_statement_once_with_its_sentence() -> None:
    solution = analyse(sorts("lipset"), 3)
    found = common_ground(solution)
    rows = list(csv.DictReader(io.StringIO(to_csv(ground(solution, found)).lstrip("\ufeff"))))
    assert sorted(row["statement"] for row in rows) == sorted(solution.data.statements)
    assert {row["finding"] for row in rows} == {one.sentence for one in found}


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return leadership(40)


def test_every_format_and_the_site_say_the_same(loaded: Loaded) -> None:
    """All findings stand in every format of the report, in this order; the site has those of common ground."""
    document = build(loaded, Texts())
    texts = {
        "html": html.unescape(re.sub(r"<[^>]+>", " ", report(loaded))),
        "docx": " ".join(text for text in open_docx(io.BytesIO(docx(document))).element.body.itertext()),
        "md": markdown(document)["report.md"].decode(),
        "pdf": " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf(document))).pages),
    }
    book = openpyxl.load_workbook(io.BytesIO(xlsx(loaded, Texts(), "A title")))
    texts["xlsx"] = " ".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)
    found = loaded.interpretation.ground
    assert {"below", "split"} <= {one.kind for one in found}
    assert set(texts) == set(FORMATS) - {"sheet", "figures"}  # which have only what fits on a page, and pictures
    for name, text in texts.items():
        plain = re.sub(r"[\s\u00a0\u202f\\]+", "", text)
        for one in found:
            assert one.sentence.replace(" ", "") in plain, (name, one.sentence)
        for told in (*loaded.groups, *loaded.asked):
            assert name == "xlsx" or told.sentence.replace(" ", "") in plain, (name, told.sentence)
        if name != "xlsx":
            assert summary(found).replace(" ", "") in plain, name
    pages = study_pages(Published(loaded, "leadership"), "", several=False)
    shared = re.sub(r"\s+", " ", html.unescape(pages["shared.html"].decode()))
    for one in found:
        assert f"<h3>{one.sentence}</h3>" in shared
    assert summary(found) in shared
    assert summary(found) in re.sub(r"\s+", " ", html.unescape(pages["index.html"].decode()))
