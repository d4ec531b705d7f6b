"""Tables as data and as CSV."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pytest

import qmethod
from qmethod import QSolution
from qmethod_analysis.tables import solution as tables
from qmethod_analysis.tables.csv_output import safe_text, to_csv
from qmethod_analysis.tables.solution import Table
from tests.references import sorts


def rows_of(table: Table) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(to_csv(table), newline="")))


def column(table: Table, name: str) -> np.ndarray:
    return np.array([float(row[name] or "nan") for row in rows_of(table)])


def test_figures_survive_the_file_bit_by_bit(lipset: QSolution):
    for f, label in enumerate(lipset.labels):
        assert np.array_equal(column(tables.loadings(lipset), label), lipset.loadings[:, f])
        assert np.array_equal(column(tables.z_scores(lipset), label), lipset.scores.z_scores[:, f])
        assert np.array_equal(column(tables.sed(lipset), label), lipset.contrasts.sed[:, f])
        assert np.array_equal(column(tables.factor_correlations(lipset), label), lipset.factor_correlations[:, f])
    for p, (a, b) in enumerate(lipset.contrasts.pairs):
        name = f"{lipset.labels[a]}_{lipset.labels[b]}"
        assert np.array_equal(column(tables.contrasts(lipset), name), lipset.contrasts.differences[:, p])
        assert np.array_equal(column(tables.contrasts(lipset), f"{name}_level"), lipset.contrasts.levels[:, p], equal_nan=True)


def test_headers(lipset: QSolution):
    labels = ["f1", "f2", "f3"]
    files = tables.files(lipset)
    assert list(files["loadings.csv"].header) == ["participant", *labels, "h2", "defines"]
    assert list(files["factor_arrays.csv"].header) == ["statement", *labels]
    characteristics = ["factor", "defining_sorts", "eigenvalue", "explained_variance", "reliability", "se", "negative_sorts", "mean_correlation"]
    left_out = ["agreement_left_out", "correlation_left_out", "effective_sorts", "reliability_left_out", "recovery", "matched", "expected_false"]
    assert list(files["characteristics.csv"].header) == [*characteristics, *left_out]
    pairs = [name for pair in ("f1_f2", "f1_f3", "f2_f3") for name in (pair, f"{pair}_level")]
    assert list(files["contrasts.csv"].header) == ["statement", *pairs, "distinguishes", "consensus", "differ_by_at_most", "p_all_within_1"]
    assert all(len(row) == len(table.header) for table in files.values() for row in table.rows)


def test_arrays_are_whole_numbers(lipset: QSolution):
    cells = [cell for row in tables.factor_arrays(lipset).rows for cell in row[1:]]
    assert all(type(cell) is int for cell in cells)


def test_defines_names_factor_and_sign(lipset: QSolution):
    found = {row["participant"]: row["defines"] for row in rows_of(tables.loadings(lipset))}
    assert found == {"US1": "f2", "US2": "f2", "US3": "f1", "US4": "f1", "JP5": "-f1", "CA6": "f3", "UK7": "f3", "US8": "f2", "FR9": "-f3"}


def test_a_sort_can_define_two_factors():
    solution = qmethod.analyse(sorts("lipset"), 2, flag_majority=False, flag_level=0.5)
    marks = [row["defines"] for row in rows_of(tables.loadings(solution))]
    assert any(";" in mark for mark in marks)


def test_distinguishing_and_consensus_agree_with_the_solution(lipset: QSolution):
    for i, row in enumerate(rows_of(tables.contrasts(lipset))):
        marks = dict(mark.split(":") for mark in row["distinguishes"].split(";") if mark)
        expected = {
            label: f"{lipset.contrasts.distinguishing[i, f]:g}"
            for f, label in enumerate(lipset.labels)
            if not math.isnan(lipset.contrasts.distinguishing[i, f])
        }
        assert marks == expected
        assert (row["consensus"] == "yes") == lipset.contrasts.consensus[i]


def test_undefined_factors_leave_cells_empty():
    solution = qmethod.analyse(sorts("lipset"), 2, flagging="none", flags=[qmethod.ManualFlag("US1", "f1", True, "only one")])
    for table in (tables.z_scores(solution), tables.factor_arrays(solution)):
        assert all(row["f2"] == "" and row["f1"] != "" for row in rows_of(table))
    assert {row[0] for row in tables.factor_scores_ranked(solution).rows} == {"f1"}
    assert {row[0] for row in tables.crib_sheet(solution).rows} == {"f1"}
    assert tables.differences(solution).rows == ()


def test_ranked_scores_descend(climate: QSolution):
    rows = [row for row in rows_of(tables.factor_scores_ranked(climate)) if row["factor"] == "f2"]
    scores = [float(row["z_score"]) for row in rows]
    assert scores == sorted(scores, reverse=True)
    assert [int(row["rank"]) for row in rows] == list(range(1, 31))
    assert all(row["text"] for row in rows)


def test_differences_descend(climate: QSolution):
    rows = [row for row in rows_of(tables.differences(climate)) if (row["first"], row["second"]) == ("f1", "f3")]
    found = [float(row["difference"]) for row in rows]
    assert found == sorted(found, reverse=True)
    assert all(float(row["z_first"]) - float(row["z_second"]) == pytest.approx(float(row["difference"])) for row in rows)


def test_correlations_only_where_people_can_read_them(lipset: QSolution, climate: QSolution):
    matrix = np.array([row[1:] for row in tables.files(lipset)["correlations.csv"].rows], dtype=float)
    assert matrix == pytest.approx(np.corrcoef(lipset.data.sorts, rowvar=False))
    assert climate.data.n_sorts > 100
    assert "correlations.csv" not in tables.files(climate)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+SUM(A1)", "'+SUM(A1)"),
        ("-2+3", "'-2+3"),
        ("@x", "'@x"),
        ("\t=1", "'\t'=1"),
        ("-1", "-1"),
        ("+3.5", "+3.5"),
        ("plain", "plain"),
        ("a=b", "a=b"),
        ("nice;=1+1", "nice;'=1+1"),
        ('nice\t"=1+1', "nice\t'\"=1+1"),
        ("one,+1|@x\n-y", "one,'+1|'@x\n'-y"),
        ("yes; no, -1", "yes; no, -1"),
        ("", ""),
    ],
)
def test_formulas_become_text(text: str, safe: str):
    assert safe_text(text) == safe


def test_no_cell_of_any_file_is_a_formula(awkward: QSolution):
    for name, table in tables.files(awkward).items():
        content = to_csv(table)
        assert "\r" not in content
        assert content.endswith("\n")
        for cell in (cell for sign in ",;\t" for row in csv.reader(io.StringIO(content, newline=""), delimiter=sign) for cell in row):
            if cell[:1] in ("=", "+", "-", "@"):
                assert cell in ("-f1", "-f2") or float(cell) == float(cell), name
