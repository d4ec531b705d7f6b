"""What a solution warns of: each notice where its reason is, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from qmethod import ManualFlag, QData, analyse
from tests.qmethod.oracle import planted
from tests.references import SETS, sorts

FLAGS = Path(__file__).parent / "cases" / "two-flags.csv"


def codes(solution) -> set[str]:
    return {notice.code for notice in solution.notices}


def test_a_sort_that_defines_two_factors_is_named_with_them():
    """The case of two flags by hand for p03."""
    study = planted((6, 6), 1)
    data = QData.from_array(study.sorts, participants=[f"p{i:02}" for i in range(1, 13)])
    rows = [line.split(",") for line in FLAGS.read_text().splitlines()[1:]]
    flags = [ManualFlag(who, factor, defines == "yes", reason) for who, factor, defines, reason in rows]
    solution = analyse(data, 2, flags=flags)
    [notice] = [notice for notice in solution.notices if notice.code == "defines-several"]
    assert "p03 (f1 and f2)" in notice.message
    assert (notice.participants, notice.factors) == (("p03",), ("f1", "f2"))
    assert "defines-several" not in codes(analyse(data, 2))


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("majority", [True, False])
def test_sorts_that_define_several_are_those_with_several_flags(name, majority):
    solution = analyse(sorts(name), 3, flag_majority=majority)
    several = [who for who, flags in zip(solution.data.participants, solution.flags, strict=True) if flags.sum() > 1]
    told = [notice.participants for notice in solution.notices if notice.code == "defines-several"]
    assert told == ([tuple(several)] if several else [])
    assert majority is False or not several


@pytest.mark.parametrize(("n_sorts", "k", "told"), [(12, 4, False), (12, 5, True), (9, 3, False), (9, 4, True), (3, 2, True)])
def test_more_factors_than_a_third_of_the_sorts_are_told(n_sorts, k, told):
    study = planted((n_sorts,), 2)
    assert ("many-factors" in codes(analyse(study.sorts, k))) is told


def test_factors_that_hold_everything_are_told():
    study = planted((2, 2), 3)
    assert "whole-variance" in codes(analyse(study.sorts, 4))
    assert "whole-variance" not in codes(analyse(study.sorts, 3))


def test_viewpoints_of_fewer_than_three_sorts_are_told_by_how_many_they_have():
    solution = analyse(sorts("lipset"), 4)
    for label, n in zip(solution.labels, solution.characteristics.n_defining.tolist(), strict=True):
        mine = {notice.code for notice in solution.notices if notice.factors == (label,)}
        assert ("few-defining-sorts" in mine) is (n == 2)
        assert ("one-defining-sort" in mine) is (n == 1)
        assert ("no-defining-sorts" in mine) is (n == 0)
    assert 2 in solution.characteristics.n_defining


def test_a_study_without_trouble_has_no_notices():
    study = planted((10, 10, 10), 4)
    assert analyse(study.sorts, 3).notices == ()


def test_every_notice_is_a_sentence_in_plain_words():
    for name in SETS:
        for notice in analyse(sorts(name), 5, flag_majority=False, extraction="centroid").notices:
            assert notice.message[0].isupper() or notice.message[0].isdigit() or notice.message.startswith(("f", *sorts(name).participants))
            assert notice.message.rstrip().endswith((".", ").")), notice.message
            assert np.all([0 < len(notice.message) < 1000])
