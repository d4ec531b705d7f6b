"""Who holds a viewpoint: answers that have nothing to do with viewpoints are hardly ever named, and those that have are."""

from __future__ import annotations

import numpy as np

from qmethod import QSolution, analyse
from qmethod.simulation import random_sorts
from qmethod_analysis.interpretation.background import Asked, Background
from qmethod_analysis.interpretation.crib_sheet import interpret
from qmethod_analysis.report.anonymous import SMALLEST_GROUP, anonymised
from qmethod_analysis.report.blocks import TableBlock
from qmethod_analysis.report.holders import holders
from qmethod_studies.loading import find, load
from qmethod_studies.simulation import draw
from tests.analysis.report_cases import leadership


def asked(solution: QSolution, rng: np.random.Generator) -> Background:
    """Six questions of four answers each, given at random."""
    names = solution.data.participants
    questions = tuple(Asked(f"q{q}", f"Question {q}?", "choice", tuple("abcd"), {who: ("abcd"[rng.integers(4)],) for who in names}) for q in range(6))
    return Background(questions=questions)


def test_where_answers_have_nothing_to_do_with_viewpoints_at_most_one_study_in_twenty_names_one() -> None:
    rng, named, alone, studies = np.random.default_rng(5), 0, 0, 60
    solution = analyse(draw(load(find("leadership")), 60, rng).data, 4, calibration_studies=0, contrast_errors="normal")
    for _ in range(studies):
        told = [one for reading in interpret(solution, asked(solution, rng)).readings if reading for one in reading.traits]
        assert len(told) == 4 * 6 * 4
        named += any(one.corrected <= 0.05 for one in told)
        alone += any(one.p_value <= 0.05 for one in told)
        assert all(one.p_value <= one.corrected for one in told)
    assert named <= 0.05 * studies + 2 * np.sqrt(0.05 * 0.95 * studies)
    assert alone > 0.3 * studies  # what it would be without


def test_an_answer_that_only_its_people_give_is_named() -> None:
    rng = np.random.default_rng(6)
    solution = analyse(draw(load(find("leadership")), 60, rng).data, 4, calibration_studies=0, contrast_errors="normal")
    holders = set(solution.defining(0))
    role = Asked(
        "role", "Your role?", "choice", ("city", "group"), {who: ("city",) if who in holders else ("group",) for who in solution.data.participants}
    )
    background = Background(questions=(*asked(solution, rng).questions, role))
    first = interpret(solution, background).readings[0]
    assert first is not None
    assert {one.answer for one in first.traits if one.corrected <= 0.05} >= {"city"}


def test_without_questions_nobody_is_described() -> None:
    solution = analyse(random_sorts(draw(load(find("leadership")), 4, np.random.default_rng(1)).data.grid, 12, np.random.default_rng(1)), 2)
    assert all(not reading.traits for reading in interpret(solution).readings if reading)


def test_an_anonymous_report_tells_of_no_small_group_in_any_row() -> None:
    """Every count, what is left of it, and what is left of all for those who hold no viewpoint: none is of one or two people."""
    shown = 0
    for n in (24, 40, 64):
        loaded = anonymised(leadership(n))
        everybody = {asked.label: len(asked.answers) for asked in loaded.background.questions}
        tables = [block for block in holders(loaded, SMALLEST_GROUP) if isinstance(block, TableBlock)]
        for row in (row for table in tables for row in table.rows):
            assert row[0] != "Your part?"  # one mayor
            counts = [tuple(map(int, cell.split(" of "))) for cell in row[2:-2]]
            assert all(part == 0 or part >= SMALLEST_GROUP for given, of in counts for part in (given, of - given))
            left = everybody[row[0]] - sum(of for _, of in counts)
            assert left == 0 or left >= SMALLEST_GROUP
            shown += 1
    assert shown
    assert any(row[0] == "Your part?" for block in holders(leadership(24), 1) if isinstance(block, TableBlock) for row in block.rows)
