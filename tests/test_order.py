"""Tests that take long begin early, and none is lost by it."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.order import early, shares

SECONDS = {"a": 9, "b": 5, "c": 4, "d": 1}


@given(st.lists(st.sampled_from([None, None, *SECONDS]), max_size=60), st.integers(1, 9))
def test_every_test_runs_once_and_groups_keep_their_order(groups: list[str | None], workers: int) -> None:
    order = early(groups, workers, SECONDS)
    assert sorted(order) == list(range(len(groups)))
    for group in SECONDS:
        places = [i for i in order if groups[i] == group]
        assert places == sorted(places)


@given(st.integers(0, 50), st.integers(1, 9))
def test_shares_are_all_and_hardly_differ(n: int, workers: int) -> None:
    found = list(shares(n, workers))
    assert (len(found), sum(found)) == (workers, n)
    assert max(found) - min(found) <= 1


def test_what_takes_long_stands_at_the_beginning_of_each_share() -> None:
    groups = [None] * 30
    for place, group in {3: "d", 9: "a", 10: "a", 11: "b", 28: "c"}.items():
        groups[place] = group
    order = early(groups, 3, SECONDS)
    first = [order[begin : begin + 2] for begin in (0, *accumulate(shares(30, 3)))][:3]
    assert first == [[9, 10], [11, 12], [28, 3]]  # 9 seconds; 5; 4 and 1
    assert [i for i in order if groups[i] is None] == [i for i in range(30) if groups[i] is None]


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_more_that_takes_long_than_a_share_holds_goes_on_with_the_next(workers: int) -> None:
    order = early(["a", "a", "a", "a", None, "b"], workers, SECONDS)
    assert Counter(order) == Counter(range(6))
