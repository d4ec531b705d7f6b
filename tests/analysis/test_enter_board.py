"""A board that is typed in: what fits is taken, any slip is told with its place; two typings differ where they do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmethod.errors import DataError
from qmethod_analysis.entry.second import corrected, differences, settle
from qmethod_analysis.entry.typed import empty, filled, numbers_in, slips, told, told_now, typed, values
from qmethod_studies.definition import Study, column_label
from tests.analysis.entering import SEPARATORS, Columns, boards, in_order, lines, sort_of
from tests.studies.made import study

# The board


@given(boards(), st.data())
def test_every_board_that_fits_is_taken_however_it_is_written(made: tuple[Study, Columns], data: st.DataObject) -> None:
    some, columns = made
    board = empty(some)
    for column in data.draw(st.permutations(range(len(columns)))):
        written = data.draw(SEPARATORS)
        for number in columns[column]:
            figures = data.draw(st.sampled_from([f"{number}", f"{number:03d}", f"{number}".translate({48 + i: 0x660 + i for i in range(10)})]))
            written += figures + data.draw(SEPARATORS)
        assert slips(board)  # until the last column is in
        board = typed(board, column, written)
    assert slips(board) == ()
    assert values(board) == sort_of(some, columns)


@given(boards(), st.data(), st.sampled_from(["missing", "doubled", "unknown", "moved"]))
def test_any_single_slip_is_told_with_its_place_and_is_no_sort(made: tuple[Study, Columns], data: st.DataObject, how: str) -> None:
    some, columns = made
    column = data.draw(st.integers(0, len(columns) - 1))
    place = data.draw(st.integers(0, len(columns[column]) - 1))
    number, here = columns[column][place], column_label(some.columns[column])
    others = [n for n in range(1, len(some.ids) + 1) if n != number]
    expected = {("missing", (), str(number))}
    if how == "missing":
        del columns[column][place]
        expected |= {("under", (column,), "")}
    elif how == "doubled":
        other = data.draw(st.sampled_from(others))
        where = next(i for i, numbers in enumerate(columns) if other in numbers)
        columns[column][place] = other
        expected |= {("doubled", tuple(dict.fromkeys(sorted((where, column)))), str(other))}
    elif how == "unknown":
        wrong = data.draw(st.sampled_from([0, len(some.ids) + 1, 999999]) | st.integers(len(some.ids) + 1, 10**9))
        columns[column][place] = wrong
        expected |= {("unknown", (column,), str(wrong))}
    else:
        other = data.draw(st.sampled_from([i for i in range(len(columns)) if i != column]))
        columns[other].append(columns[column].pop(place))
        expected = {("under", (column,), ""), ("over", (other,), "")}
    board = filled(some, lines(columns))
    found = slips(board)
    assert {(slip.kind, slip.columns, slip.number) for slip in found} == expected
    for slip in found:
        for at in slip.columns:
            assert column_label(some.columns[at]) in slip.message
        assert not slip.number or slip.number[:12] in slip.message
    assert any(here in said or "in no column" in said for said in told(found))
    with pytest.raises(ValueError, match="this board is no sort"):
        values(board)


@given(boards())
def test_while_a_sheet_without_a_slip_is_typed_nothing_is_said_to_be_wrong(made: tuple[Study, Columns]) -> None:
    some, columns = made
    board = empty(some)
    for column, numbers in enumerate(columns):
        for n in range(len(numbers)):
            board = typed(board, column, " ".join(map(str, numbers[: n + 1])))
            assert not [slip for slip in slips(board) if told_now(board, slip)]


@given(boards(), st.data())
def test_a_column_that_is_left_too_early_is_told_with_the_next_card(made: tuple[Study, Columns], data: st.DataObject) -> None:
    some, columns = made
    column = data.draw(st.integers(0, len(columns) - 2))
    later = data.draw(st.integers(column + 1, len(columns) - 1))
    board = filled(some, [lines(columns)[i] if i < column else "" for i in range(len(columns))])
    board = typed(board, column, " ".join(map(str, columns[column][:-1])))
    assert not [slip for slip in slips(board) if told_now(board, slip)]
    board = typed(board, later, str(columns[later][0]))
    told_of = [slip.columns for slip in slips(board) if told_now(board, slip) and slip.kind == "under"]
    assert told_of == ([(column,)] if len(columns[column]) > 1 else [])  # one that is empty was not begun


@given(st.text(max_size=200))
def test_whatever_is_typed_is_judged_and_never_a_crash(text: str) -> None:
    board = typed(empty(study()), 2, text)
    assert (not numbers_in(text)) == (slips(board) == slips(empty(study())))
    assert told(slips(board))


def test_numbers_longer_than_any_machine_takes_are_unknown() -> None:
    board = typed(empty(study()), 0, "9" * 1900)
    assert slips(board)[0].kind == "unknown"
    assert len(slips(board)[0].message) < 100


def test_a_free_distribution_wants_every_card_once_and_counts_no_column() -> None:
    free = study(distribution="free")
    board = filled(free, ("1 2 3 4 5 6 7 8", "", "", "", ""))
    assert told(slips(board)) == ["card 9 is in no column"]
    assert values(typed(board, 4, "9")) == (-2.0,) * 8 + (2.0,)


# The second typing


@given(boards(), st.data())
def test_two_typings_differ_where_they_do_and_what_is_settled_follows_the_grid(made: tuple[Study, Columns], data: st.DataObject) -> None:
    some, columns = made
    first = sort_of(some, columns)
    second = tuple(data.draw(st.permutations(first)))
    found = differences(some, first, second)
    assert {one.card - 1 for one in found} == {i for i in range(len(first)) if first[i] != second[i]}
    for take, expected in (("first", first), ("second", second)):
        choices = {one.card: (getattr(one, take), "seen on the sheet") for one in found}
        assert corrected(some, first, settle(some, found, choices)) == expected
    some_choices = {one.card: (data.draw(st.sampled_from([one.first, one.second])), "so") for one in found}
    try:
        sort = corrected(some, first, settle(some, found, some_choices))
    except DataError:
        return
    assert sorted(sort) == sorted(first)


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({}, "card 2: say which column it is"),
        ({2: (-1.0, " ")}, "card 2: give the reason"),
        ({2: (7.0, "so")}, "card 2: say which column it is"),
        ({2: (float("nan"), "so")}, "card 2: say which column it is"),
    ],
)
def test_nothing_is_settled_without_a_column_and_a_reason(choices: dict[int, tuple[float, str]], said: str) -> None:
    some = study()
    first = sort_of(some, in_order(some))
    second = (first[0], first[3], first[2], first[1], *first[4:])
    with pytest.raises(DataError, match=said):
        settle(some, differences(some, first, second), choices)
