"""What is counted of the partition model: claims that go the wrong way, whatever the order and direction in which viewpoints are found."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from benchmarks.validation.partition import _claims, _members

TRUTH = np.array([[1.0, -1.0, 0.0], [0.5, 0.5, -1.0], [-1.5, 0.5, 1.0], [0.0, 0.1, 0.0]])


def claiming(order: list[int], sign: float, wrong: int = 0) -> Any:
    """A result that claims every true difference of viewpoints found in this order and direction, and so many of them the wrong way."""
    z = np.empty_like(TRUTH)
    z[:, order] = sign * TRUTH
    claimed = z[:, :, None] > z[:, None, :]
    for i, a, b in np.argwhere(claimed)[:wrong]:
        claimed[i, a, b], claimed[i, b, a] = False, True
    return SimpleNamespace(claimed=claimed, higher=np.full(claimed.shape, 0.9))


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1]])
@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("wrong", [0, 2])
def test_claims_are_held_against_the_truth(order: list[int], sign: float, wrong: int) -> None:
    tally: dict[tuple[str, str], tuple[float, float]] = {}
    _claims(tally, claiming(order, sign, wrong), TRUTH, np.array(order), np.full(3, sign))
    made = sum(len(set(row.tolist())) * (len(set(row.tolist())) - 1) / 2 + (1 if len(set(row.tolist())) == 2 else 0) for row in TRUTH)
    assert tally["claims", "false"] == (wrong, made)
    assert tally["claims", "equal"] == (0, made)
    assert tally["claims", "expected false"] == (pytest.approx(0.1 * made), made)


def test_a_claim_where_viewpoints_agree_is_counted_apart() -> None:
    found = claiming([0, 1, 2], 1.0)
    found.claimed[1, 0, 1] = True
    tally: dict[tuple[str, str], tuple[float, float]] = {}
    _claims(tally, found, TRUTH, np.arange(3), np.ones(3))
    assert tally["claims", "equal"][0] == tally["claims", "false"][0] == 1


def test_people_are_counted_in_the_viewpoint_that_matches_theirs() -> None:
    tally: dict[tuple[str, str], tuple[float, float]] = {}
    _members(tally, SimpleNamespace(holds=np.array([[0.05, 0.95], [0.3, 0.7]])), np.array([0, 1]), np.array([1, 0]))  # type: ignore[arg-type]
    assert tally["members", "sure and right"] == (1, 1)
    assert tally["members", "true 0.8"] == (0, 1)
    assert tally["members", "true 0.4"] == (1, 1)
