"""Choosing from many cards in rounds, so that no page has more of them than can be compared. Pure; it reads what somebody said, and changes nothing.

Where more cards than `MOST` are left to choose from for a column, they are looked at in parts: of each part, about half are called nearer to the end
in question. What was said of a card stays its own, so that the next columns are chosen from few cards too. A part always lets through as many as the
column takes, so that the cards that belong into the outermost columns get there whatever parts they are in; further inwards, cards of two parts are
taken to lie as their halves do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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
        Statements that were called nearer to it, and those that were not.
    """

    upper: bool
    nearer: tuple[str, ...]
    others: tuple[str, ...]


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
    """

    column: float
    upper: bool
    cards: tuple[str, ...]
    settled: tuple[str, ...]
    choose: int
    last: bool


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
        Of each statement one letter for each round that it was in: ``U`` where it went to the upper half, ``D`` where to the lower one. A card that
        went to another pile starts anew.
    latest : bool
        Whether a round was the last thing done in choosing, so that going back means to take it back.
    """
    said: list[Preference | tuple[str, Any] | None] = []  # None: cards were placed
    for act in acts:
        match act.get("act"):
            case "prefer":
                said.append(Preference(upper_end(study, act["column"]), tuple(act["statements"]), tuple(act["others"])))
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
            marks |= {name: marks.get(name, "") + "U" for name in high} | {name: marks.get(name, "") + "D" for name in low}
        elif one is not None:
            if piles.get(one[0]) != one[1]:
                marks.pop(one[0], None)
            piles[one[0]] = one[1]
    latest = next((one for one in reversed(said) if not isinstance(one, tuple)), None)
    return marks, latest is not None


def preference(study: Study, column: object, nearer: object, others: object) -> tuple[float, tuple[str, ...], tuple[str, ...]]:
    """What an act says of one part of many cards, checked.

    Raises
    ------
    Refusal
        If it names an unknown column or statement, one statement twice, or none on one of the sides.
    """
    if isinstance(column, bool) or not isinstance(column, int | float):
        raise Refusal("malformed")
    if column not in study.columns:
        raise Refusal("unknown-column")
    known = set(study.ids)
    sides = []
    for side in (nearer, others):
        if not isinstance(side, list | tuple) or not 0 < len(side) <= len(known) or not all(isinstance(name, str) for name in side):
            raise Refusal("malformed")
        for name in side:
            if name not in known:
                raise Refusal("unknown-statement", statement=name[:40])
        sides.append(tuple(side))
    both = [*sides[0], *sides[1]]
    if len(set(both)) != len(both):
        raise Refusal("duplicate", statement=next(name for name in both if both.count(name) > 1))
    return next(one for one in study.columns if one == column), sides[0], sides[1]


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
    most = max(MOST, 2 * step.need)
    part = _part(_stands(board, step.pool, marks), left, most) if len(left) > most + MORE else []
    if not left:
        return Round(step.column, upper, settled, (), step.need, last=True)
    if not part:
        return Round(step.column, upper, tuple(left), settled, step.need - len(settled), last=True)
    return Round(step.column, upper, tuple(part), (), _through(study, board, step.need, len(part), upper), last=False)


def _higher(one: tuple[int, str], other: tuple[int, str]) -> bool:
    """Whether a pile and what was said lie higher than others; not where one of the two was not in all rounds of the other."""
    if one[0] != other[0]:
        return one[0] > other[0]
    return next((a > b for a, b in zip(one[1], other[1], strict=False) if a != b), False)  # U comes after D


def _part(at: Mapping[str, tuple[int, str]], cards: Sequence[str], most: int) -> list[str]:
    """Cards to be parted next: of those of which the same was said, and of a round that has begun before all others; none where nothing can be."""
    alike: dict[tuple[int, str], list[str]] = {}
    for name in cards:
        alike.setdefault(at[name], []).append(name)
    begun = {(pile, said[:n]) for pile, said in at.values() for n in range(len(said))}
    group = max(alike, key=lambda key: (len(alike[key]) > 1, key in begun, len(alike[key])))
    names = alike[group]
    pages = -(-len(names) // most)
    return names[: -(-len(names) // pages)] if len(names) > 1 else []


def _through(study: Study, board: Board, need: int, n: int, upper: bool) -> int:
    """How many of a part are called nearer: half, but as many as the column takes, and of the others as many as the next one on their side."""
    free = board.free(study)
    other = next((free[column] for column in refine_order(study) if upper_end(study, column) != upper and free[column] > 0), 0)
    half = (n + 1) // 2
    return max(1, min(n - 1, max(need, min(half, n - other))))
