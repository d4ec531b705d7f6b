"""The rules of a sort, for any grid and any acts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmethod_studies.definition import PILES, Study
from qmethod_studies.sorting import DEEPEST_UNDO, Board, History, Place, Refusal, apply, next_step, refine_order, violations

from .made import study

SMALL = study()


@st.composite
def studies(draw: st.DrawFn) -> Study:
    """Grids of any shape: lopsided, flat, without 0, with one column far off."""
    values = draw(st.lists(st.integers(-7, 7), min_size=2, max_size=9, unique=True))
    return study({value: draw(st.integers(1, 5)) for value in values}, distribution=draw(st.sampled_from(["forced", "forced", "free"])))


def acts(one: Study) -> st.SearchStrategy[dict[str, object]]:
    """Acts that a page or a forger could send."""
    names = st.sampled_from([*one.ids, "s0"])
    columns = st.sampled_from([*one.columns, 99])
    several = st.lists(names, max_size=6)
    return st.one_of(
        st.fixed_dictionaries({"act": st.just("pile"), "statement": names, "pile": st.sampled_from([*PILES, None, "maybe"])}),
        st.fixed_dictionaries({"act": st.just("place"), "statement": names, "column": columns}),
        st.fixed_dictionaries({"act": st.just("swap"), "statement": names, "other": names}),
        st.fixed_dictionaries({"act": st.just("return"), "statement": names}),
        st.fixed_dictionaries({"act": st.just("pick"), "column": columns, "statements": several}),
        st.fixed_dictionaries({"act": st.just("same"), "statements": several}),
        st.fixed_dictionaries({"act": st.just("arrange"), "columns": st.dictionaries(names, columns, max_size=12)}),
        st.sampled_from([{"act": "undo"}, {"act": "redo"}, {"act": "fly"}, {}]),
    )


def legal(one: Study, board: Board) -> bool:
    filled = Counter(place.column for place in board.places.values())
    return (
        set(board.places) <= set(one.ids)
        and set(board.piles) <= set(one.ids)
        and set(board.piles.values()) <= set(PILES)
        and all(one.distribution == "free" or filled[column] <= one.grid[column] for column in filled)
    )


@given(st.data())
def test_no_act_breaks_the_rules_and_a_refused_one_changes_nothing(data: st.DataObject) -> None:
    one = data.draw(studies())
    history = History()
    for act in data.draw(st.lists(acts(one), max_size=25)):
        before = history
        try:
            history = history.after(one, act, seed="x")
        except Refusal:
            assert history == before
        assert legal(one, history.board)


def test_a_card_laid_by_hand_where_the_machine_laid_it_is_nothing_to_undo() -> None:
    history = History().after(SMALL, {"act": "same", "statements": next_step(SMALL, Board()).pool})  # type: ignore[union-attr]
    name, place = next(iter(history.board.places.items()))
    again = history.after(SMALL, {"act": "place", "statement": name, "column": place.column})
    assert (place.by, again.board.places[name]) == ("auto", Place(place.column, "participant"))
    assert (again.past, again.future) == (history.past, history.future)


@given(st.data())
def test_undo_leads_back_through_every_placement_and_redo_forth_again(data: st.DataObject) -> None:
    one = data.draw(studies())
    history = History()
    seen = [dict(history.board.places)]

    def columns(places: Mapping[str, Place]) -> dict[str, float]:
        return {name: place.column for name, place in places.items()}

    for act in data.draw(st.lists(acts(one).filter(lambda act: act.get("act") not in ("undo", "redo")), max_size=20)):
        try:
            history = history.after(one, act, seed="x")
        except Refusal:
            continue
        if columns(history.board.places) != columns(seen[-1]):
            seen.append({})
        seen[-1] = dict(history.board.places)  # a card that the machine laid may be laid on the same place by hand
    piles = dict(history.board.piles)
    for places in reversed(seen[:-1]):
        history = history.after(one, {"act": "undo"})
        assert dict(history.board.places) == places
        assert dict(history.board.piles) == piles
    with pytest.raises(Refusal, match="nothing-to-undo"):
        history.after(one, {"act": "undo"})
    for places in seen[1:]:
        history = history.after(one, {"act": "redo"})
        assert dict(history.board.places) == places


def test_undo_goes_back_fifty_acts_and_keeps_no_more_than_what_they_moved() -> None:
    history = History()
    for i in range(200):
        history = history.after(SMALL, {"act": "place", "statement": "s1", "column": (-1, 0, 1)[i % 3]})
    assert DEEPEST_UNDO == len(history.past) == 50
    assert {len(move.cards) for move in history.past} == {1}
    for _ in range(50):
        history = history.after(SMALL, {"act": "undo"})
    assert history.board.places["s1"].column == (-1, 0, 1)[149 % 3]
    with pytest.raises(Refusal, match="nothing-to-undo"):
        history.after(SMALL, {"act": "undo"})


@given(st.data())
def test_refining_never_dead_ends_whatever_the_piles_and_whatever_is_moved_between(data: st.DataObject) -> None:
    one = data.draw(studies().filter(lambda one: one.distribution == "forced"))
    piles = data.draw(st.dictionaries(st.sampled_from(one.ids), st.sampled_from(PILES)))
    board = Board(piles=piles)  # type: ignore[arg-type]
    steps = 0
    while (step := next_step(one, board)) is not None:
        assert len(step.pool) >= step.need > 0
        assert not set(step.pool) & set(board.places)
        choice = data.draw(st.sampled_from(["pick", "pick", "pick", "same", "pile", "place"]))
        if choice == "same":
            board = apply(one, board, {"act": "same", "statements": list(step.pool)}, seed="x")
        elif choice == "pile" and steps < 40:
            name = data.draw(st.sampled_from(one.ids))
            board = apply(one, board, {"act": "pile", "statement": name, "pile": data.draw(st.sampled_from(PILES))})
        elif choice == "place":
            board = apply(one, board, {"act": "place", "statement": step.pool[0], "column": step.column})
        else:
            chosen = data.draw(st.permutations(step.pool))[: step.need]
            board = apply(one, board, {"act": "pick", "column": step.column, "statements": chosen})
        steps += 1
    assert board.complete(one)
    assert Counter(place.column for place in board.places.values()) == Counter(dict(one.capacity))


@given(st.data())
def test_cards_called_equal_stay_between_the_other_piles_and_are_marked(data: st.DataObject) -> None:
    one = data.draw(studies().filter(lambda one: one.distribution == "forced"))
    piles = {name: data.draw(st.sampled_from(PILES)) for name in one.ids}
    board = Board(piles=piles)  # type: ignore[arg-type]
    while (step := next_step(one, board)) is not None:
        board = apply(one, board, {"act": "same", "statements": list(step.pool)}, seed="x")
    assert {place.by for place in board.places.values()} == {"auto"}
    columns = {pile: [board.places[name].column for name in one.ids if piles[name] == pile] for pile in PILES}
    for lower, upper in (("disagree", "neutral"), ("neutral", "agree"), ("disagree", "agree")):
        assert not columns[lower] or not columns[upper] or max(columns[lower]) <= min(columns[upper])


def test_columns_are_refined_from_both_ends_inwards() -> None:
    assert refine_order(SMALL) == (2, -2, 1, -1, 0)
    assert refine_order(study({1: 2, 2: 3, 3: 3, 4: 2})) == (4, 1, 3, 2)


def test_a_full_column_takes_no_more_but_changes_places() -> None:
    board = apply(SMALL, Board(), {"act": "place", "statement": "s1", "column": 2})
    with pytest.raises(Refusal, match="column-full"):
        apply(SMALL, board, {"act": "place", "statement": "s2", "column": 2})
    board = apply(SMALL, board, {"act": "place", "statement": "s2", "column": 0})
    board = apply(SMALL, board, {"act": "swap", "statement": "s2", "other": "s1"})
    assert dict(board.places) == {"s2": Place(2), "s1": Place(0)}
    board = apply(SMALL, board, {"act": "swap", "statement": "s3", "other": "s2"})
    assert dict(board.places) == {"s3": Place(2), "s1": Place(0)}


@pytest.mark.parametrize(
    ("act", "code"),
    [
        ({"act": "place", "statement": "s9x", "column": 0}, "unknown-statement"),
        ({"act": "place", "statement": ["s1"], "column": 0}, "malformed"),
        ({"act": "place", "statement": "s1", "column": True}, "malformed"),
        ({"act": "place", "statement": "s1", "column": "0"}, "malformed"),
        ({"act": "place", "statement": "s1", "column": float("nan")}, "unknown-column"),
        ({"act": "place", "statement": "s1"}, "malformed"),
        ({"act": "pick", "column": 2, "statements": ["s1", "s2"]}, "wrong-number"),
        ({"act": "pick", "column": 2, "statements": ["s1", "s1"]}, "duplicate"),
        ({"act": "pick", "column": 1, "statements": ["s1", "s2"]}, "column-full"),
        ({"act": "pick", "column": 2, "statements": "s1"}, "malformed"),
        ({"act": "return", "statement": "s1"}, "not-placed"),
        ({"act": "swap", "statement": "s1", "other": "s2"}, "not-placed"),
        ({"act": "swap", "statement": "s1", "other": "s1"}, "duplicate"),
        ({"act": "pile", "statement": "s1", "pile": "maybe"}, "unknown-pile"),
        ({"act": "arrange", "columns": {"s1": 2, "s2": 2}}, "column-full"),
        ({"act": "arrange", "columns": ["s1"]}, "malformed"),
        ({"act": "same", "statements": ["s1"]}, "not-in-pool"),
        ({"act": "redo"}, "nothing-to-redo"),
        ({"act": None}, "unknown-act"),
    ],
)
def test_what_is_refused_and_why(act: dict[str, object], code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        History().after(SMALL, act)
    assert refusal.value.code == code


def test_a_pool_is_the_pile_nearest_to_its_end_and_the_next_where_that_is_too_small() -> None:
    one = study({-1: 2, 0: 2, 1: 2})
    step = next_step(one, Board(piles={"s1": "agree", "s2": "neutral", "s3": "disagree", "s4": "disagree"}))
    assert step is not None
    assert (step.column, step.need, step.piles) == (1, 2, ("agree", "neutral"))
    assert step.pool == ("s1", "s2", "s5", "s6")  # s5 and s6 are on no pile and count as neutral


def test_violations_name_each_thing_that_is_wrong() -> None:
    columns = {"s1": 2.0, "s2": 2.0, "s3": 9.0, "x": 0.0}
    assert [refusal.code for refusal in violations(SMALL, columns)].count("not-placed") == 6
    assert {(refusal.code, refusal.statement, refusal.column) for refusal in violations(SMALL, columns)} >= {
        ("unknown-statement", "x", None),
        ("unknown-column", "s3", 9.0),
        ("wrong-number", None, 2),
    }


def test_a_free_distribution_takes_any_number_but_still_every_statement() -> None:
    one = study(distribution="free")
    board = apply(one, Board(), {"act": "arrange", "columns": dict.fromkeys(one.ids, 2)})
    assert board.complete(one)
    assert not apply(one, board, {"act": "return", "statement": "s1"}).complete(one)
