"""Choosing in rounds, against a person who has a ranking in mind, and against people who answer anything."""

from __future__ import annotations

import random
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmethod_studies.definition import PILES, Study
from qmethod_studies.rounds import MORE, MOST, Round, decided, next_round, preference, standing
from qmethod_studies.sorting import Board, History, Refusal, apply, next_step

from .made import study

SHIPPED = study({-4: 2, -3: 4, -2: 5, -1: 6, 0: 8, 1: 6, 2: 5, 3: 4, 4: 2})
Acts = list[dict[str, Any]]


@st.composite
def studies(draw: st.DrawFn, most: int = 12) -> Study:
    """Grids of any shape, most with more cards than a page holds."""
    values = draw(st.lists(st.integers(-7, 7), min_size=2, max_size=9, unique=True))
    return study({value: draw(st.integers(1, most)) for value in values})


def piled(one: Study, ranking: list[str], cuts: tuple[int, int]) -> Board:
    """The first look of a person who puts the lowest cards of a ranking on one pile, and the highest on another."""
    low, high = sorted(cuts)
    piles = {name: PILES[(i >= low) + (i >= high)] for i, name in enumerate(ranking)}
    return Board(piles=piles)


def asked(one: Study, board: Board, order: list[str], acts: Acts) -> Round | None:
    return next_round(one, board, order, standing(one, acts)[0])


def answer(found: Round, ranking: list[str]) -> dict[str, Any]:
    """What somebody says who has this ranking in mind, lowest first."""
    best = sorted(found.cards, key=ranking.index, reverse=found.upper)
    if found.last:
        return {"act": "pick", "column": found.column, "statements": [*found.settled, *best[: found.choose]]}
    far = len(best) - found.away if found.away else found.choose
    between = {"between": best[found.choose : far]} if found.away else {}
    return {"act": "prefer", "column": found.column, "statements": best[: found.choose], "others": best[far:]} | between


def through(one: Study, board: Board, order: list[str], ranking: list[str], *, all_asked: bool = False) -> tuple[Board, list[Round]]:
    """A whole choosing by a ranking, and its pages; `all_asked`: those on which there is nothing to choose too."""
    acts: Acts = []
    pages = []
    while True:
        if not all_asked:
            board = decided(one, board, order, standing(one, acts)[0])[1]
        if (found := asked(one, board, order, acts)) is None:
            return board, pages
        pages.append(found)
        acts.append(answer(found, ranking))
        if found.last:
            board = apply(one, board, acts[-1])


def wanted(one: Study, ranking: list[str]) -> dict[str, float]:
    places = [value for value, count in one.capacity.items() for _ in range(count)]
    return dict(zip(ranking, places, strict=True))


@given(st.data())
def test_any_grid_and_any_piles_end_with_the_right_numbers_on_pages_that_can_be_read(data: st.DataObject) -> None:
    one = data.draw(studies())
    ranking, order = data.draw(st.permutations(one.ids)), data.draw(st.permutations(one.ids))
    cuts = data.draw(st.tuples(*[st.integers(0, len(ranking))] * 2))
    board, pages = through(one, piled(one, list(ranking), cuts), list(order), list(ranking))
    assert board.complete(one)
    for page in pages:
        takes = one.capacity[page.column]
        assert len(page.cards) <= max(MOST, 2 * takes) + MORE + len(page.settled)
        assert not set(page.settled) & set(page.cards)
        assert 0 < page.choose < len(page.cards), "there is nothing to choose"
        assert page.away == 0 or (not page.last and page.choose + page.away < len(page.cards) <= MOST + MORE and page.other in one.columns)
        assert page.choose + len(page.settled) <= takes if page.last else len(page.cards) <= max(MOST + MORE, 2 * takes)
        assert [name for name in order if name in page.cards] == list(page.cards)


@given(st.data())
def test_what_is_decided_is_what_would_have_been_chosen(data: st.DataObject) -> None:
    one = data.draw(studies())
    ranking, order = list(data.draw(st.permutations(one.ids))), list(data.draw(st.permutations(one.ids)))
    cuts = data.draw(st.tuples(*[st.integers(0, len(ranking))] * 2))
    asked_all, more = through(one, piled(one, ranking, cuts), order, ranking, all_asked=True)
    board, fewer = through(one, piled(one, ranking, cuts), order, ranking)
    assert board == asked_all
    assert [page for page in more if page.choose < len(page.cards)] == fewer


@given(st.data())
def test_columns_that_are_decided_are_filled_by_one_act(data: st.DataObject) -> None:
    one = data.draw(studies(most=6))
    ranking = list(data.draw(st.permutations(one.ids)))
    board = piled(one, ranking, data.draw(st.tuples(*[st.integers(0, len(ranking))] * 2)))
    marks = {name: data.draw(st.sampled_from(("", "U", "D", "UU", "UD"))) for name in one.ids}
    before, filled = decided(one, board, one.ids, marks)
    for column in before:
        assert len(column.statements) == one.capacity[column.column]
    if before:
        *first, last = map(asdict, before)
        history = History(board).after(one, {"act": "pick", **last, "before": first})
        assert history.board == filled
        assert history.after(one, {"act": "undo"}).board == board


@given(st.data())
def test_the_outermost_cards_are_those_of_the_ranking_in_whatever_parts_they_came(data: st.DataObject) -> None:
    one = data.draw(studies(most=4))
    ranking, order = list(data.draw(st.permutations(one.ids))), list(data.draw(st.permutations(one.ids)))
    cuts = data.draw(st.tuples(*[st.integers(0, len(ranking))] * 2))
    board, _ = through(one, piled(one, ranking, cuts), order, ranking)
    for name, column in wanted(one, ranking).items():
        if column in (one.columns[0], one.columns[-1]):
            assert board.places[name].column == column


@pytest.mark.parametrize(("low", "high", "most"), [(0, 42, 96), (0, 0, 96), (42, 42, 96), (14, 28, 93), (6, 36, 70), (2, 7, 81), (0, 21, 94)])
def test_how_many_cards_the_shipped_study_shows(low: int, high: int, most: int) -> None:
    """By halves it was 168 cards with every card on one pile, 102 with 30 neutral ones, and 134 with 35 liked ones."""
    rng = random.Random(5)
    off: list[tuple[float, float]] = []
    for _ in range(25):
        ranking, order = rng.sample(SHIPPED.ids, 42), rng.sample(SHIPPED.ids, 42)
        board, pages = through(SHIPPED, piled(SHIPPED, ranking, (low, high)), order, ranking)
        assert sum(len(page.cards) for page in pages) <= most
        for name, column in wanted(SHIPPED, ranking).items():
            off.append((abs(column), abs(board.places[name].column - column)))
    assert not any(far for column, far in off if column == 4)
    assert sum(far > 0 for column, far in off if column == 3) / sum(column == 3 for column, _ in off) < 0.03
    assert sum(far > 0 for _, far in off) / len(off) < 0.2
    assert sum(far > 1 for _, far in off) / len(off) < 0.01


@settings(max_examples=150)
@given(st.integers(0, 42), st.integers(0, 42), st.randoms(use_true_random=False))
def test_the_shipped_study_shows_120_cards_at_most_whatever_the_piles(one: int, other: int, rng: random.Random) -> None:
    ranking, order = rng.sample(SHIPPED.ids, 42), rng.sample(SHIPPED.ids, 42)
    board, pages = through(SHIPPED, piled(SHIPPED, ranking, (one, other)), order, ranking)
    assert sum(len(page.cards) for page in pages) <= 120
    ends = {name: column for name, column in wanted(SHIPPED, ranking).items() if abs(column) == 4}
    assert {name: board.places[name].column for name in ends} == ends


@settings(max_examples=60)
@given(st.data())
def test_who_began_by_halves_goes_on_by_thirds(data: st.DataObject) -> None:
    """Outermost cards are the ones in mind also where the first pages were parted in two."""
    ranking, order = (list(data.draw(st.permutations(SHIPPED.ids))) for _ in range(2))
    board, acts = piled(SHIPPED, ranking, data.draw(st.sampled_from([(0, 42), (0, 30), (5, 40)]))), []
    halves = data.draw(st.integers(0, 6))
    for number in range(99):
        board = decided(SHIPPED, board, order, standing(SHIPPED, acts)[0])[1]
        if (found := asked(SHIPPED, board, order, acts)) is None:
            break
        if number < halves and not found.last:
            found = replace(found, away=0, other=None, choose=(len(found.cards) + 1) // 2)
        acts.append(answer(found, ranking))
        if found.last:
            board = apply(SHIPPED, board, acts[-1])
    assert board.complete(SHIPPED)
    for name, column in wanted(SHIPPED, ranking).items():
        if abs(column) == 4:
            assert board.places[name].column == column


@settings(max_examples=60)
@given(st.data())
def test_whoever_answers_anything_and_goes_back_and_forth_comes_to_an_end(data: st.DataObject) -> None:
    one = data.draw(studies(most=8))
    order = list(one.ids)
    rng = random.Random(data.draw(st.integers(0, 2**32)))
    board = Board(piles={name: rng.choice(PILES) for name in one.ids if rng.random() < 0.8})
    acts: Acts = [{"act": "pile", "statement": name, "pile": pile} for name, pile in board.piles.items()]
    seen = 0
    while (found := asked(one, board, order, acts)) is not None:
        seen += 1
        assert seen < 40 + 20 * len(order)
        step = next_step(one, board)
        assert step is not None
        assert set(found.cards) <= set(step.pool)
        what = rng.random()
        if what < 0.1 and seen < 40:
            name = rng.choice(one.ids)
            acts.append({"act": "pile", "statement": name, "pile": rng.choice(PILES)})
            board = apply(one, board, acts[-1])
        elif what < 0.2 and seen < 40:
            acts.append({"act": "reconsider"})
        else:
            acts.append(answer(found, rng.sample(one.ids, len(one.ids))))
            if found.last:
                board = apply(one, board, acts[-1])
    assert board.complete(one)


def test_going_back_takes_back_one_page_and_a_card_on_another_pile_starts_anew() -> None:
    board, order, ranking = Board(), list(SHIPPED.ids), list(SHIPPED.ids)
    acts: Acts = []
    first = asked(SHIPPED, board, order, acts)
    assert first is not None
    assert not standing(SHIPPED, acts)[1]
    acts.append(answer(first, ranking))
    second = asked(SHIPPED, board, order, acts)
    assert second is not None
    assert not set(first.cards) & set(second.cards)
    assert standing(SHIPPED, acts)[1]
    assert asked(SHIPPED, board, order, [*acts, {"act": "reconsider"}]) == first
    marks, latest = standing(SHIPPED, [*acts, {"act": "pick"}])
    assert not latest
    assert standing(SHIPPED, [*acts, {"act": "pick"}, {"act": "reconsider"}])[0] == marks  # what was placed is taken back by undo, and first
    assert standing(SHIPPED, [*acts, {"act": "pick"}, {"act": "undo"}]) == (marks, True)
    name = first.cards[0]
    assert name not in standing(SHIPPED, [*acts, {"act": "pile", "statement": name, "pile": "agree"}])[0]
    assert (
        name
        in standing(SHIPPED, [{"act": "pile", "statement": name, "pile": "agree"}, *acts, {"act": "pile", "statement": name, "pile": "agree"}])[0]
    )


@pytest.mark.parametrize(
    ("column", "nearer", "between", "others", "code"),
    [
        (9, ["s1"], None, ["s2"], "unknown-column"),
        (True, ["s1"], None, ["s2"], "malformed"),
        (4, [], ["s1"], ["s2"], "malformed"),
        (4, ["s1"], ["s2"], [], "malformed"),
        (4, ["s1"], None, "s2", "malformed"),
        (4, ["s1"], "s3", ["s2"], "malformed"),
        (4, ["s1"], {"s3": 1}, ["s2"], "malformed"),
        (4, ["s1"], [3], ["s2"], "malformed"),
        (4, ["s1"], None, ["s1"], "duplicate"),
        (4, ["s1"], ["s3", "s2"], ["s2"], "duplicate"),
        (4, ["s1"], None, ["s99"], "unknown-statement"),
        (4, ["s1"], ["s99"], ["s2"], "unknown-statement"),
    ],
)
def test_what_is_no_preference(column: object, nearer: object, between: object, others: object, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        preference(SHIPPED, {"column": column, "statements": nearer, "between": between, "others": others})
    assert refused.value.code == code


def test_a_preference_is_kept_as_it_was_said_and_nobody_between_leaves_no_trace() -> None:
    said = {"column": 4, "statements": ["s1"], "others": ["s2"]}
    assert preference(SHIPPED, {"act": "prefer", **said, "between": []}) == said
    assert preference(SHIPPED, {**said, "between": ["s3"]}) == {**said, "between": ["s3"]}
