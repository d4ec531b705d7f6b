"""Choosing from many cards in rounds, so that no page has more of them than can be compared. Pure; it reads what somebody said, and changes nothing.

Where more cards than `MOST` are left to choose from for a column, they are looked at in parts, and each part is parted in three at once: so many are
called nearer to the end in question, so many nearer to the other end, and the rest stays between. What was said of a card stays its own, so that the
next columns are chosen from few cards too. A part always lets through as many as the column takes, so that the cards that belong into the outermost
columns get there whatever parts they are in; further inwards, cards of two parts are taken to lie as their thirds do.

The data are the acts of a sort: ``prefer`` names for a column the cards nearer to its end, those between and the others, and `standing` makes of them
one letter a card and round, ``U``, ``M`` or ``D``. Cards with the same pile and letters are alike; one is known to lie higher than another where
their piles, or the first letters that differ, say so. `next_round` is the function from these to the next page; it asks what they leave open:

- Few cards are in question (a page of them, `MOST` and `MORE`): which go into the column. Cards of a pile that was never parted are always asked so.
- They are alike, were parted before and belong into three columns or more: they are parted in three just where columns meet.
- More cards than that, or a group of which some parts were asked already: the next part of the largest group. About as many are called nearer to an
  end as make one page when those of all parts come together: a third, and up to half where there are only two parts.
- Where one of the three would be empty because columns take so many, or no column is left at the other end, a part is parted in two, nearer and
  others. Acts in which nobody is between came of such pages, and of all pages before there were three ways: they count on as they are.

Every page can be answered by anybody: it asks for fewer cards than it shows, and what is said only orders cards that were alike until then, so that
nothing said before is undone by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from qmethod_studies.definition import PILES, Study
from qmethod_studies.sorting import Board, Refusal, Step, apply, next_step, refine_order, upper_end

MOST = 12
"""Cards on a page; of a column that takes more than half as many, twice what it takes."""
MORE = 3
"""So many more stand on a page rather than on a page of their own."""


@dataclass(frozen=True, slots=True)
class Preference:
    """What somebody said of one part of many cards.

    Parameters
    ----------
    upper : bool
        Whether the end in question was that of the highest column.
    nearer, others : tuple of str
        Statements that were called nearer to it, and those that were not: where some are between, those nearer to the other end.
    between : tuple of str
        Statements between these; none where they were parted in two.
    """

    upper: bool
    nearer: tuple[str, ...]
    others: tuple[str, ...]
    between: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Round:
    """What one page of choosing asks.

    Parameters
    ----------
    column : float
        The column that is being filled.
    upper : bool
        Whether it is on the side of the highest.
    cards : tuple of str
        Statements on the page, in the order of this person.
    settled : tuple of str
        Others that are in for the column by what was said before, and need not be looked at again.
    choose : int
        How many to choose of those on the page.
    last : bool
        Whether they go into the column; else one more page follows.
    away : int
        How many to choose that are nearer to the other end, while the rest stays between; 0 where cards are parted in two, or go into the column.
    other : float or None
        The column at the other end that is next there; None where `away` is 0.
    """

    column: float
    upper: bool
    cards: tuple[str, ...]
    settled: tuple[str, ...]
    choose: int
    last: bool
    away: int = 0
    other: float | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """A column whose cards follow from what was said, or are the only ones that are left for it.

    Parameters
    ----------
    column : float
    statements : tuple of str
    """

    column: float
    statements: tuple[str, ...]


def standing(study: Study, acts: Iterable[Mapping[str, Any]]) -> tuple[dict[str, str], bool]:
    """What was said of each card and still holds.

    Parameters
    ----------
    study : Study
    acts : iterable of mapping
        All acts of a sort in their order, each with its ``act``. Those that have nothing to do with choosing are passed over.

    Returns
    -------
    marks : dict of str to str
        Of each statement one letter for each round that it was in: ``U`` where it went to the upper end, ``D`` where to the lower one, ``M`` where
        it stayed between. A card that went to another pile starts anew.
    latest : bool
        Whether a round was the last thing done in choosing, so that going back means to take it back.
    """
    said: list[Preference | tuple[str, Any] | None] = []  # None: cards were placed
    for act in acts:
        match act.get("act"):
            case "prefer":
                upper, sides = upper_end(study, act["column"]), (act["statements"], act["others"], act.get("between") or ())
                said.append(Preference(upper, *map(tuple, sides)))
            case "reconsider":
                last = next((i for i in reversed(range(len(said))) if not isinstance(said[i], tuple)), None)
                if last is not None and said[last] is not None:
                    del said[last]
            case "pile":
                said.append((act["statement"], act.get("pile")))
            case "undo":
                last = next((i for i in reversed(range(len(said))) if said[i] is None), None)
                if last is not None:
                    del said[last]
            case "pick" | "same" | "place" | "swap" | "return" | "arrange" | "redo":
                said.append(None)
    marks: dict[str, str] = {}
    piles: dict[str, Any] = {}
    for one in said:
        if isinstance(one, Preference):
            high, low = (one.nearer, one.others) if one.upper else (one.others, one.nearer)
            for letter, names in (("U", high), ("M", one.between), ("D", low)):
                marks |= {name: marks.get(name, "") + letter for name in names}
        elif one is not None:
            if piles.get(one[0]) != one[1]:
                marks.pop(one[0], None)
            piles[one[0]] = one[1]
    latest = next((one for one in reversed(said) if not isinstance(one, tuple)), None)
    return marks, latest is not None


def preference(study: Study, act: Mapping[str, Any]) -> dict[str, Any]:
    """What an act says of one part of many cards, checked: its column, statements, others and, where it names any, those between.

    Raises
    ------
    Refusal
        If it names an unknown column or statement, one statement twice, or none on one of the ends.
    """
    column = act.get("column")
    if isinstance(column, bool) or not isinstance(column, int | float):
        raise Refusal("malformed")
    if column not in study.columns:
        raise Refusal("unknown-column")
    known = set(study.ids)
    sides = {"statements": act.get("statements"), "others": act.get("others"), "between": act.get("between") or []}
    named: list[str] = []
    for key, side in sides.items():
        if not isinstance(side, list | tuple) or len(side) > len(known) or not all(isinstance(name, str) for name in side):
            raise Refusal("malformed")
        if not side and key != "between":
            raise Refusal("malformed")
        for name in side:
            if name not in known:
                raise Refusal("unknown-statement", statement=name[:40])
        named += side
    if len(set(named)) != len(named):
        raise Refusal("duplicate", statement=next(name for name in named if named.count(name) > 1))
    own = next(one for one in study.columns if one == column)
    return {"column": own} | {key: list(side) for key, side in sides.items() if side}


def decided(study: Study, board: Board, order: Sequence[str], marks: Mapping[str, str]) -> tuple[tuple[Decided, ...], Board]:
    """The next columns for which there is nothing to choose, and the board with them filled.

    Parameters
    ----------
    study : Study
    board : Board
    order : sequence of str
        All statements, in the order of this person.
    marks : mapping of str to str
        See `standing`.
    """
    found: list[Decided] = []
    while (step := next_step(study, board)) is not None:
        settled, left = _standing_in(step, upper_end(study, step.column), board, order, marks)
        if left:
            break
        found.append(Decided(step.column, settled))
        board = apply(study, board, {"act": "pick", "column": step.column, "statements": settled})
    return tuple(found), board


def _standing_in(step: Step, upper: bool, board: Board, order: Sequence[str], marks: Mapping[str, str]) -> tuple[tuple[str, ...], list[str]]:
    """Of the pool of a step the cards that are in for its column whatever is said next, and those that may be."""
    pool = [name for name in order if name in step.pool]
    at = _stands(board, pool, marks)

    def nearer(one: str, other: str) -> bool:
        return _higher(at[one], at[other]) if upper else _higher(at[other], at[one])

    before = {name: sum(nearer(other, name) for other in pool) for name in pool}
    maybe = [name for name in pool if before[name] < step.need]
    after = {name: sum(nearer(name, other) for other in pool) for name in maybe}
    settled = tuple(name for name in maybe if len(pool) - after[name] <= step.need)
    return settled, [name for name in maybe if name not in settled]


def _stands(board: Board, names: Sequence[str], marks: Mapping[str, str]) -> dict[str, tuple[int, str]]:
    return {name: (PILES.index(board.piles.get(name, "neutral")), marks.get(name, "")) for name in names}


def next_round(study: Study, board: Board, order: Sequence[str], marks: Mapping[str, str]) -> Round | None:
    """What the next page of choosing asks; None when every place is taken.

    On a board whose next column is decided (see `decided`) the page shows what is in for it.

    Parameters
    ----------
    study : Study
    board : Board
    order : sequence of str
        All statements, in the order of this person.
    marks : mapping of str to str
        See `standing`.
    """
    step = next_step(study, board)
    if step is None:
        return None
    upper = upper_end(study, step.column)
    settled, left = _standing_in(step, upper, board, order, marks)
    if not left:
        return Round(step.column, upper, settled, (), step.need, last=True)
    most = max(MOST, 2 * step.need)
    at = _stands(board, board.unplaced(study), marks)
    group = _next_group(at, left)
    few, grouped = len(left) <= most + MORE, [name for name in left if at[name] == group]
    if few and not (len(grouped) > MORE and group in _begun(at)):
        three = _exactly(study, board, step, at, left)
        return three or Round(step.column, upper, tuple(left), settled, step.need - len(settled), last=True)
    if len(grouped) < 2:
        return Round(step.column, upper, tuple(left), settled, step.need - len(settled), last=True)
    part = _part(grouped, most)
    return _in_thirds(study, board, step, at, grouped) or Round(
        step.column, upper, tuple(part), (), _through(study, board, step.need, len(part), upper), last=False
    )


def _higher(one: tuple[int, str], other: tuple[int, str]) -> bool:
    """Whether a pile and what was said lie higher than others; not where one of the two was not in all rounds of the other."""
    if one[0] != other[0]:
        return one[0] > other[0]
    return next((a > b for a, b in zip(one[1], other[1], strict=False) if a != b), False)  # U comes after M, and M after D


def _begun(at: Mapping[str, tuple[int, str]]) -> set[tuple[int, str]]:
    """The groups of which some parts were asked already."""
    return {(pile, said[:n]) for pile, said in at.values() for n in range(len(said))}


def _next_group(at: Mapping[str, tuple[int, str]], cards: Sequence[str]) -> tuple[int, str]:
    """The group to be parted next: cards of which the same was said, one that has begun before all others, a large one before a small one."""
    alike: dict[tuple[int, str], int] = {}
    for name in cards:
        alike[at[name]] = alike.get(at[name], 0) + 1
    begun = _begun(at)
    return max(alike, key=lambda key: (alike[key] > 1, key in begun, alike[key]))


def _part(names: Sequence[str], most: int) -> Sequence[str]:
    """The first of as few parts of about the same size as hold no more than so many."""
    pages = -(-len(names) // most)
    return names[: -(-len(names) // pages)]


def _next_at_other_end(study: Study, board: Board, upper: bool) -> tuple[float | None, int]:
    """The column that is next at the other end, and how many it takes."""
    free = board.free(study)
    column = next((one for one in refine_order(study) if upper_end(study, one) != upper and free[one] > 0), None)
    return column, free[column] if column is not None else 0


def _meetings(study: Study, board: Board, at: Mapping[str, tuple[int, str]], group: tuple[int, str], upper: bool) -> tuple[list[int], int]:
    """After how many cards of a group, counted from an end, one column is full and the next begins; and how many are, or may be, of the group."""
    higher = sum(_higher(one, group) for one in at.values())
    lower = sum(_higher(group, one) for one in at.values())
    size, full, found = len(at) - higher - lower, -(higher if upper else lower), []
    for _, free in sorted(board.free(study).items(), reverse=upper):
        full += free
        if free and 0 < full < size:
            found.append(full)
    return found, size


def _exactly(study: Study, board: Board, step: Step, at: Mapping[str, tuple[int, str]], left: Sequence[str]) -> Round | None:
    """Parts a page of alike cards in three where columns meet, the largest of the three as small as can be; None where it is to be chosen from."""
    upper, group = upper_end(study, step.column), at[left[0]]
    other, _ = _next_at_other_end(study, board, upper)
    meetings, size = _meetings(study, board, at, group, upper)
    alike = all(at[name] == group for name in left)
    if other is None or not group[1] or not alike or size != len(left) or size > MOST + MORE or len(meetings) < 2:
        return None
    near, far = min(combinations(meetings, 2), key=lambda two: max(two[0], two[1] - two[0], size - two[1]))
    return Round(step.column, upper, tuple(left), (), near, last=False, away=size - far, other=other)


def _in_thirds(study: Study, board: Board, step: Step, at: Mapping[str, tuple[int, str]], names: Sequence[str]) -> Round | None:
    """Parts the next page of a large group in three; None where one of the three would be empty."""
    upper, page = upper_end(study, step.column), MOST + MORE
    other, takes = _next_at_other_end(study, board, upper)
    part = _part(names, page)
    n, parts = len(part), -(-_meetings(study, board, at, at[names[0]], upper)[1] // page)
    third = max(-(-n // 3), page // parts)
    near = max(step.need, min((n + 1) // 2, third))
    away = max(takes, min(third, n - 1 - near))
    if other is None or away < 1 or near + away >= n:
        return None
    return Round(step.column, upper, tuple(part), (), near, last=False, away=away, other=other)


def _through(study: Study, board: Board, need: int, n: int, upper: bool) -> int:
    """How many of a part are called nearer: half, but as many as the column takes, and of the others as many as the next one on their side."""
    _, other = _next_at_other_end(study, board, upper)
    half = (n + 1) // 2
    return max(1, min(n - 1, max(need, min(half, n - other))))
