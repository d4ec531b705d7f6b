"""Viewpoints side by side: the right ones are matched, chance is told from likeness, and nothing depends on order or direction."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qmethod
from qmethod.errors import DataError
from qmethod.matching.comparison import common_side, compare
from qmethod_studies.loading import find, load
from tests.references import sorts


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(st.integers(0, 10_000), st.integers(1, 5))
def test_shuffled_viewpoints_find_themselves(seed: int, k: int) -> None:
    draw = rng(seed)
    reference = draw.standard_normal((30, k))
    order = draw.permutation(k)
    found = compare(reference[:, order], reference, rng=rng(), n_permutations=20)
    assert [match.found for match in found.matches] == np.argsort(order).tolist()
    assert all(match.phi == pytest.approx(1) and match.sign == 1 and not match.contradict for match in found.matches)


def test_a_mirror_image_is_a_match_only_where_it_may_be_one() -> None:
    reference = rng().standard_normal((30, 1))
    assert compare(-reference, reference, rng=rng(), n_permutations=20).matches[0].found == -1
    mirrored = compare(-reference, reference, rng=rng(), n_permutations=20, mirrored=True).matches[0]
    assert (mirrored.found, mirrored.sign, mirrored.phi) == (0, -1, pytest.approx(1))


def test_unrelated_viewpoints_look_related_as_often_as_the_p_value_says() -> None:
    draw, n = rng(5), 300
    p = [compare(draw.standard_normal((25, 3)), draw.standard_normal((25, 1)), rng=draw, n_permutations=99).matches[0].p_value for _ in range(n)]
    below = float(np.mean(np.array(p) <= 0.05))
    assert abs(below - 0.05) < 4 * np.sqrt(0.05 * 0.95 / n)


def test_congruence_of_forced_sorts_is_pearsons_correlation() -> None:
    draw = rng(2)
    slots = np.repeat(np.arange(-2.0, 3.0), [2, 3, 4, 3, 2])
    a, b = (np.column_stack([draw.permutation(slots) for _ in range(2)]) for _ in range(2))
    found = compare(a, b, rng=draw, n_permutations=9)
    assert found.congruences == pytest.approx(np.corrcoef(a.T, b.T)[:2, 2:])


def test_a_reference_that_says_little_is_compared_on_what_it_says() -> None:
    reference = np.full((10, 1), np.nan)
    reference[[0, 1, 2, 3], 0] = [4, 3, -3, -4]
    found = np.array([[1.8, 1.2, 1.1, -1.9, 0, 0, 0, 0, 0, 0]]).T
    match = compare(found, reference, rng=rng(), n_permutations=50).matches[0]
    assert match.n_shared == 4
    assert (match.agree, match.contradict) == ((0, 1, 3), (2,))
    assert match.phi == pytest.approx(np.corrcoef(found[:4, 0], reference[:4, 0])[0, 1])


def test_more_references_than_viewpoints_leave_some_unmatched() -> None:
    reference = rng().standard_normal((20, 3))
    found = compare(reference[:, [2]], reference, rng=rng(), n_permutations=50)
    assert [match.found for match in found.matches] == [-1, -1, 0]
    assert found.matches[0].p_value == 1


def test_an_undefined_viewpoint_matches_nothing() -> None:
    reference = rng().standard_normal((20, 2))
    found = compare(np.column_stack([reference[:, 0], np.full(20, np.nan)]), reference, rng=rng(), n_permutations=50)
    assert [match.found for match in found.matches] == [0, -1]


def test_other_statements_are_refused() -> None:
    with pytest.raises(DataError, match="`found` and `reference` have no statements in common: 19 and 20 of them"):
        compare(np.ones((19, 2)), np.ones((20, 2)), rng=rng())
    with pytest.raises(DataError, match=r"`found` must be a table with statements in rows; got an array of shape \(20,\)"):
        compare(np.ones(20), np.ones((20, 2)), rng=rng())


def test_a_reference_of_two_statements_is_refused() -> None:
    reference = np.full((20, 1), np.nan)
    reference[:2] = 1
    with pytest.raises(DataError, match="fewer than three"):
        compare(np.ones((20, 1)), reference, rng=rng())


def test_solutions_are_matched_by_the_ids_of_their_statements():
    data = sorts("lipset")
    solution = qmethod.analyse(data, 2)
    turned = list(range(data.n_statements))[::-1]
    other = qmethod.QData(data.sorts[turned], tuple(data.statements[i] for i in turned), data.participants)
    z = solution.scores.z_scores
    expected = qmethod.compare(z, z, rng=1)
    found = qmethod.compare(solution, qmethod.analyse(other, 2), rng=1)
    np.testing.assert_allclose(np.abs(found.congruences), np.abs(expected.congruences), atol=1e-9)
    assert [match.found for match in found.matches] == [0, 1]
    np.testing.assert_allclose(qmethod.classify(other, solution).correlations, qmethod.classify(data.sorts, z).correlations, atol=1e-9)
    fewer = qmethod.QData(data.sorts[:20], (*data.statements[:19], "new"), data.participants)
    assert qmethod.compare(solution, qmethod.analyse(fewer, 2), rng=1).matches[0].n_shared == 19
    strange = qmethod.QData(data.sorts, tuple(f"x{i}" for i in range(data.n_statements)), data.participants)
    with pytest.raises(qmethod.DataError, match="no statements in common"):
        qmethod.compare(solution, qmethod.analyse(strange, 2))


@given(st.integers(0, 1000), st.sampled_from(["pandas", "polars", "pyarrow"]))
@settings(max_examples=15, deadline=None)
def test_the_labels_of_a_frame_count_as_those_of_a_solution_do(seed: int, backend: str):
    data = sorts("lipset")
    solution = qmethod.analyse(data, 2)
    order = np.random.default_rng(seed).permutation(data.n_statements).tolist()
    shuffled = qmethod.QData(data.sorts[order], tuple(data.statements[i] for i in order), data.participants)
    z = solution.scores.z_scores
    turned = qmethod.QData(z[order], shuffled.statements, solution.labels)
    expected = qmethod.compare(solution, solution, rng=1, n_permutations=9)
    frame = turned.to_frame(backend=backend)
    found = qmethod.compare(frame, solution.to_frame("z_scores", backend=backend), rng=1, n_permutations=9)
    np.testing.assert_allclose(found.congruences, expected.congruences, atol=1e-9)
    assert (found.found_names, found.reference_names) == (solution.labels, solution.labels)
    answers = qmethod.classify(data, solution)
    for others in (shuffled, shuffled.to_frame(backend=backend)):
        for known in (solution, frame):
            other = qmethod.classify(others, known)
            np.testing.assert_allclose(other.correlations, answers.correlations, atol=1e-9)
            assert (other.participants, other.viewpoints) == (data.participants, solution.labels)


def test_a_frame_without_labels_is_an_array():
    solution = qmethod.analyse(sorts("lipset"), 2)
    bare = pd.DataFrame(solution.scores.z_scores)
    assert qmethod.compare(bare, solution, rng=1, n_permutations=9).matches[0].phi == pytest.approx(1)


def test_a_path_is_read_and_what_is_no_viewpoint_is_refused(tmp_path: Path):
    data = sorts("lipset")
    solution = qmethod.analyse(data, 2)
    file = qmethod.write_csv(data, tmp_path / "sorts.csv")
    expected = qmethod.classify(data, solution, rng=1).answers.tolist()
    assert all(qmethod.classify(given, solution, rng=1).answers.tolist() == expected for given in (file, str(file)))
    with pytest.raises(DataError, match=r"nowhere\.csv: there is no such file"):
        qmethod.classify("nowhere.csv", solution)
    for odd in (None, ["a", "b"], [[1, 2], [3]], {"f1": 1}, object(), qmethod.retain):
        with pytest.raises(DataError):
            qmethod.classify(odd, solution)
        with pytest.raises(DataError):
            qmethod.compare(solution, odd, rng=1)


def test_tables_name_whom_they_speak_of():
    data = sorts("lipset")
    solution = qmethod.analyse(data, 2)
    made = qmethod.compare(solution, qmethod.analyse(data, 3), rng=1, n_permutations=9)
    assert [row[0] for row in made.to_frame(backend="polars").rows()] == ["f1", "f2", "f3"]
    assert {row[1] for row in made.to_frame(backend="polars").rows()} == {"f1", "f2", None}
    assert made.to_frame("congruences", backend="polars").columns == ["found", "reference_f1", "reference_f2", "reference_f3"]
    assert "reference f1: found f" in repr(made)
    table = qmethod.classify(data, solution).to_frame(backend="polars")
    assert table["sort"].to_list() == list(data.participants)
    asked = ["sort", "answer", "probability_f1", "probability_f2", "probability_none", "correlation_f1", "correlation_f2", "n_placed"]
    assert table.columns == [*asked, "share_f1", "share_f2", "fit", "fit_p"]


def test_what_has_no_name_is_counted_from_1_in_tables_as_in_words():
    reference = rng().standard_normal((20, 3))
    made = compare(reference[:, [2]], reference, rng=rng(), n_permutations=9)
    assert [row[:2] for row in made.to_frame(backend="polars").rows()] == [("1", None), ("2", None), ("3", "1")]
    assert "reference 3: found 1" in repr(made)
    table = qmethod.classify(reference, reference[:, :2]).to_frame(backend="polars")
    assert table["sort"].to_list() == ["1", "2", "3"]
    assert table["answer"].to_list()[:2] == ["1", "2"]
    assert "probability_2" in table.columns


def test_viewpoints_that_place_a_part_are_compared_over_what_both_place_and_so_is_chance():
    """Partial reference viewpoints on both sides: congruence is Pearson's r over the statements both place, and chance is no zero."""
    rng = np.random.default_rng(4)
    a, b = rng.standard_normal((30, 2)), rng.standard_normal((30, 2))
    a[:8, 0], a[20:, 1], b[5:9, 1] = np.nan, np.nan, np.nan
    found = qmethod.compare(a, b, rng=1, n_permutations=500)
    for i in range(2):
        for j in range(2):
            both = ~np.isnan(a[:, i]) & ~np.isnan(b[:, j])
            assert found.congruences[i, j] == pytest.approx(np.corrcoef(a[both, i], b[both, j])[0, 1])
    assert (found.chance_95 > 0.3).all()
    assert all(match.p_value > 0.01 for match in found.matches)


def test_the_p_values_of_partial_viewpoints_hold_their_level():
    rng = np.random.default_rng(6)
    low = 0
    for _ in range(60):
        a, b = rng.standard_normal((24, 2)), rng.standard_normal((24, 1))
        a[rng.integers(24, size=6), 0] = np.nan
        low += qmethod.compare(a, b, rng=1, n_permutations=99).matches[0].p_value <= 0.05
    assert low <= 9  # of 60 at .05, a binomial 99.9 % bound


def leadership() -> tuple[np.ndarray, np.ndarray]:
    """The four descriptions of the leadership study as placements, and the slots of its grid."""
    study = load(find("leadership"))
    rows = [[one.placements[i].value if i in one.placements else np.nan for one in study.viewpoints] for i in study.ids]
    return np.array(rows, dtype=float), np.repeat(study.columns, [study.capacity[value] for value in study.columns]).astype(float)


def test_what_all_four_descriptions_of_leadership_share_is_the_rejection_of_bad_leadership():
    study, (described, _) = load(find("leadership")), leadership()
    common = common_side(described)
    assert [one for one, same in zip(study.ids, common, strict=True) if same] == ["s4", "s12", "s19", "s23", "s30", "s37", "s41", "s42"]
    assert (described[common] < 0).all()


def test_chance_with_common_ground_is_that_of_whole_sorts_drawn_at_random_around_it():
    """Sorts with the eight common statements in the eight lowest places, all else at random: median .61, 95 % .79 with each description.

    Drawn here one by one and correlated by numpy, over the statements that the description places; `compare` gets one such sort and shuffles.
    """
    described, slots = leadership()
    common, draw, n = common_side(described), rng(3), 2000
    low, rest = np.sort(slots)[:8], np.sort(slots)[8:]

    def person() -> np.ndarray:
        sort = np.empty(len(slots))
        sort[common], sort[~common] = draw.permutation(low), draw.permutation(rest)
        return sort

    people = [person() for _ in range(n)]
    placed = ~np.isnan(described)
    phi = np.array([[np.corrcoef(one[placed[:, j]], described[placed[:, j], j])[0, 1] for j in range(4)] for one in people])
    assert np.median(phi, axis=0) == pytest.approx([0.61] * 4, abs=0.02)
    assert np.quantile(phi, 0.95, axis=0) == pytest.approx([0.79] * 4, abs=0.02)
    made = [compare(one[:, None], described, rng=draw, n_permutations=400, kept=common) for one in people[:40]]
    assert np.mean([one.chance_95 for one in made], axis=0) == pytest.approx([0.79] * 4, abs=0.03)

    def tells(one: np.ndarray, kept: np.ndarray | None) -> bool:
        return compare(one[:, None], described[:, [0]], rng=1, n_permutations=99, kept=kept).matches[0].p_value <= 0.05

    told = np.mean([tells(one, common) for one in people[:400]])
    assert told == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 400))  # by common ground alone nobody resembles a description
    assert np.mean([tells(one, None) for one in people[:100]]) > 0.5  # shuffling everything tells most of them that they do


@given(st.integers(0, 10_000), st.integers(1, 3))
@settings(max_examples=20, deadline=None)
def test_nothing_kept_is_what_it_was_and_all_kept_leaves_nothing_to_tell(seed: int, k: int) -> None:
    draw = rng(seed)
    a, b = draw.standard_normal((20, k)), draw.standard_normal((20, 2))
    plain, none, every = (compare(a, b, rng=seed, n_permutations=50, kept=kept) for kept in (None, np.zeros(20, bool), [True] * 20))
    assert (plain.matches, plain.kept, none.kept, every.kept) == (none.matches, (), (), tuple(range(20)))
    np.testing.assert_array_equal(plain.chance_95, none.chance_95)
    assert all(match.p_value == 1 for match in every.matches)


def test_a_mask_that_is_none_is_refused() -> None:
    for wrong in ([True] * 19, [1] * 20, "x", [[True] * 20]):
        with pytest.raises(qmethod.PolicyError, match="`kept` must be True or False for each of the 20 statements"):
            compare(np.ones((20, 1)), rng().standard_normal((20, 1)), rng=1, kept=wrong)


@given(st.integers(0, 10_000), st.integers(1, 4), st.sampled_from([0.0, 5.0]))
def test_a_side_is_common_where_two_at_least_are_on_it_and_none_elsewhere(seed: int, k: int, middle: float) -> None:
    draw = rng(seed)
    placements = np.where(draw.random((12, k)) < 0.4, np.nan, draw.integers(-2, 3, (12, k)) + middle)
    for row, same in zip(placements, common_side(placements, middle).tolist(), strict=True):
        there = [value for value in row.tolist() if value == value]
        assert same == (len(there) > 1 and (all(value > middle for value in there) or all(value < middle for value in there)))
