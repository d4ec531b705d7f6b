"""The one model of a sort: a board, the acts that change it, and the rules no act may break. Pure; knows no store and no page.

A board holds, for each statement of a study, the pile it was put on and the column it lies in. People change it by acts. `History` keeps earlier
placements, so that an act can be undone and done again. What an act may do is decided here and nowhere else: the page without JavaScript, the page
with it, and the store all ask this module.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal

from qmethod_studies.definition import PILES, Study

Pile = Literal["disagree", "neutral", "agree"]
Hand = Literal["participant", "auto"]


class Refusal(ValueError):
    """An act that the rules of the study do not allow.

    Parameters
    ----------
    code : str
        Short and stable: ``unknown-statement``, ``unknown-column``, ``unknown-pile``, ``unknown-act``, ``malformed``, ``column-full``,
        ``not-placed``, ``wrong-number``, ``not-in-pool``, ``not-offered``, ``nothing-to-undo``, ``nothing-to-redo``, ``duplicate``.
    statement : str, optional
        Which statement it is about.
    column : float, optional
        Which column it is about.
    """

    def __init__(self, code: str, *, statement: str | None = None, column: float | None = None) -> None:
        self.code = code
        self.statement = statement
        self.column = column
        super().__init__(": ".join(str(part) for part in (code, statement, column) if part is not None))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a statement lies.

    Parameters
    ----------
    column : float
        Value of the column.
    by : {"participant", "auto"}
        Who put it there. ``auto`` where the machine chose among places that the person called equal.
    """

    column: float
    by: Hand = "participant"


@dataclass(frozen=True, slots=True)
class Board:
    """A sort on its way.

    Parameters
    ----------
    piles : mapping of str to {"disagree", "neutral", "agree"}
        The pile of each statement that is on one.
    places : mapping of str to Place
        The place of each statement that has one.
    """

    piles: Mapping[str, Pile] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "piles", MappingProxyType(dict(self.piles)))
        object.__setattr__(self, "places", MappingProxyType(dict(self.places)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Board) and dict(self.piles) == dict(other.piles) and dict(self.places) == dict(other.places)

    def filled(self) -> Counter[float]:
        """How many statements lie in each column that holds any."""
        return Counter(place.column for place in self.places.values())

    def free(self, study: Study) -> dict[float, int]:
        """How many places each column has left, ascending by value; negative nowhere, and for a free distribution as many as there are statements."""
        filled = self.filled()
        if study.distribution == "free":
            return {column: len(study.statements) - filled[column] for column in study.columns}
        return {column: count - filled[column] for column, count in study.capacity.items()}

    def unplaced(self, study: Study) -> tuple[str, ...]:
        """Statements without a place, in the order of the study."""
        return tuple(name for name in study.ids if name not in self.places)

    def unpiled(self, study: Study) -> tuple[str, ...]:
        """Statements on no pile, in the order of the study."""
        return tuple(name for name in study.ids if name not in self.piles)

    def complete(self, study: Study) -> bool:
        """Whether every statement has a place and, where the distribution is forced, every column just its number."""
        return not violations(study, {name: place.column for name, place in self.places.items()})


def violations(study: Study, columns: Mapping[str, float]) -> list[Refusal]:
    """What keeps a whole sort from being one of this study's.

    Parameters
    ----------
    study : Study
    columns : mapping of str to float
        The column of each statement.

    Returns
    -------
    list of Refusal
        Empty for a sort that holds to the rules: each statement once, each column just its number of statements unless the distribution is free.
    """
    known = set(study.ids)
    capacity = study.capacity
    found = [Refusal("unknown-statement", statement=name) for name in columns if name not in known]
    found += [Refusal("unknown-column", statement=name, column=column) for name, column in columns.items() if column not in capacity]
    found += [Refusal("not-placed", statement=name) for name in study.ids if name not in columns]
    if study.distribution == "forced":
        filled = Counter(columns.values())
        found += [Refusal("wrong-number", column=column) for column, count in capacity.items() if filled[column] != count]
    return found


@dataclass(frozen=True, slots=True)
class Step:
    """One step of refining: pick so many cards of a pool for a column.

    Parameters
    ----------
    column : float
        The column to fill.
    pool : tuple of str
        Statements to pick from, in the order of the study.
    need : int
        How many to pick.
    piles : tuple of str
        The piles that the pool was taken from. More than one only where the first holds too few.
    """

    column: float
    pool: tuple[str, ...]
    need: int
    piles: tuple[Pile, ...]


def refine_order(study: Study) -> tuple[float, ...]:
    """The columns in the order in which refining fills them: highest, lowest, next highest, and so inwards."""
    columns = study.columns
    return tuple(dict.fromkeys(value for pair in zip(reversed(columns), columns, strict=True) for value in pair))


def upper_end(study: Study, column: float) -> bool:
    """Whether a column is filled from the cards most like the highest: by where it stands, not by its sign.

    Of an odd number of columns the middle one comes last and takes what is left.
    """
    return refine_order(study).index(column) % 2 == 0


def next_step(study: Study, board: Board) -> Step | None:
    """The step of refining that a board is at; None when every place is taken.

    The outermost column with a free place is next. Its pool is the pile nearest to that end which still has unplaced cards; where that pile
    holds fewer than the column needs, the pile next to it is added. A pool is therefore never smaller than what is needed, whatever was moved between
    piles before. Cards on no pile count as neutral.
    """
    free = board.free(study)
    unplaced = board.unplaced(study)
    order = refine_order(study)
    column = next((value for value in order if free[value] > 0), None)
    if column is None or not unplaced or study.distribution == "free":
        return None
    upper = upper_end(study, column)
    piles: list[Pile] = []
    pool: set[str] = set()
    for pile in reversed(PILES) if upper else PILES:
        mine = {name for name in unplaced if board.piles.get(name, "neutral") == pile}
        if mine:
            piles.append(pile)  # type: ignore[arg-type]
            pool |= mine
        if len(pool) >= free[column]:
            break
    return Step(column, tuple(name for name in study.ids if name in pool), free[column], tuple(piles))


def apply(study: Study, board: Board, act: Mapping[str, Any], *, seed: str = "") -> Board:
    """The board after an act.

    Parameters
    ----------
    study : Study
    board : Board
    act : mapping
        ``{"act": "pile", "statement": id, "pile": "agree" | "neutral" | "disagree" | None}`` (None takes it off its pile);
        ``{"act": "place", "statement": id, "column": value}``;
        ``{"act": "swap", "statement": id, "other": id}``: the two change places, and where one has none, the other is left without;
        ``{"act": "return", "statement": id}``: the card goes back to the unplaced ones;
        ``{"act": "pick", "column": value, "statements": [ids]}``: a step of refining, just as many as it needs; with ``"before"``, a list of
        columns with their statements, the steps before it that what was said has decided already, all as one act;
        ``{"act": "same", "statements": [ids]}``: the rest of a pool makes no difference, the machine places them;
        ``{"act": "arrange", "columns": {id: value}}``: all placements at once, as a form without JavaScript sends them.
        Other keys are ignored.
    seed : str
        Decides how ``same`` shuffles; the same seed and board give the same places.

    Returns
    -------
    Board

    Raises
    ------
    Refusal
        If the act is malformed or breaks a rule; the board is then as it was.
    """
    match act.get("act"):
        case "pile":
            return _pile(study, board, act)
        case "place":
            return _place(study, board, act)
        case "swap":
            return _swap(study, board, act)
        case "return":
            name = _statement(study, act.get("statement"))
            if name not in board.places:
                raise Refusal("not-placed", statement=name)
            return replace(board, places={key: place for key, place in board.places.items() if key != name})
        case "pick":
            return _pick(study, board, act)
        case "same":
            return _same(study, board, act, seed)
        case "arrange":
            return _arrange(study, board, act)
        case _:
            raise Refusal("unknown-act")


def _statement(study: Study, name: object) -> str:
    if not isinstance(name, str):
        raise Refusal("malformed")
    if name not in study.ids:
        raise Refusal("unknown-statement", statement=name[:40])
    return name


def _column(study: Study, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refusal("malformed")
    if value not in study.columns:
        raise Refusal("unknown-column")
    return next(column for column in study.columns if column == value)  # the study's own number, so that 1.0 is kept as 1


def _statements(study: Study, names: object) -> list[str]:
    if not isinstance(names, Sequence) or isinstance(names, str) or len(names) > len(study.ids):
        raise Refusal("malformed")
    found = [_statement(study, name) for name in names]
    if len(set(found)) != len(found):
        raise Refusal("duplicate", statement=next(name for name in found if found.count(name) > 1))
    return found


def _pile(study: Study, board: Board, act: Mapping[str, Any]) -> Board:
    name, pile = _statement(study, act.get("statement")), act.get("pile")
    if pile is not None and pile not in PILES:
        raise Refusal("unknown-pile", statement=name)
    rest = {key: value for key, value in board.piles.items() if key != name}
    return replace(board, piles=rest if pile is None else {**rest, name: pile})


def _place(study: Study, board: Board, act: Mapping[str, Any]) -> Board:
    name, column = _statement(study, act.get("statement")), _column(study, act.get("column"))
    now = board.places.get(name)
    if (now is None or now.column != column) and board.free(study)[column] < 1:
        raise Refusal("column-full", statement=name, column=column)
    return replace(board, places={**board.places, name: Place(column)})


def _swap(study: Study, board: Board, act: Mapping[str, Any]) -> Board:
    one, other = _statement(study, act.get("statement")), _statement(study, act.get("other"))
    if one == other:
        raise Refusal("duplicate", statement=one)
    first, second = board.places.get(one), board.places.get(other)
    if first is None and second is None:
        raise Refusal("not-placed", statement=one)
    places = {key: place for key, place in board.places.items() if key not in (one, other)}
    if second is not None:
        places[one] = Place(second.column)
    if first is not None:
        places[other] = Place(first.column)
    return replace(board, places=places)


def _pick(study: Study, board: Board, act: Mapping[str, Any]) -> Board:
    before = act.get("before")
    before = [] if before is None else before
    if not isinstance(before, list | tuple) or len(before) > len(study.columns) or not all(isinstance(one, Mapping) for one in before):
        raise Refusal("malformed")
    for one in (*before, act):
        board = _pick_one(study, board, one)
    return board


def _pick_one(study: Study, board: Board, act: Mapping[str, Any]) -> Board:
    column, names = _column(study, act.get("column")), _statements(study, act.get("statements"))
    step = next_step(study, board)
    if step is None or step.column != column:
        raise Refusal("column-full", column=column)
    for name in names:
        if name not in step.pool:
            raise Refusal("not-in-pool", statement=name, column=column)
    if len(names) != step.need:
        raise Refusal("wrong-number", column=column)
    return replace(board, places={**board.places, **{name: Place(column) for name in names}})


def may_call_equal(study: Study, step: Step) -> bool:
    """Whether the cards of a step may be left to the machine, because they make no difference."""
    return study.no_difference is True or (study.no_difference == "neutral" and step.piles == ("neutral",))


def spots(study: Study, board: Board) -> dict[str, float]:
    """A free place for each unplaced card, by piles: the highest for agree, the lowest for disagree. The machine shuffles within a pile."""
    rank = {pile: i for i, pile in enumerate(PILES)}
    ordered = sorted(board.unplaced(study), key=lambda name: rank[board.piles.get(name, "neutral")])
    return dict(zip(ordered, (column for column, n in board.free(study).items() for _ in range(n)), strict=True))


def asked_about(study: Study, board: Board) -> dict[str, float]:
    """The cards whose placement is asked about, and their columns: those of the outermost columns that the person put there, not the machine."""
    outermost = study.outermost()
    return {name: place.column for name, place in board.places.items() if place.column in outermost and place.by == "participant"}


def _same(study: Study, board: Board, act: Mapping[str, Any], seed: str) -> Board:
    """Spread the rest of the pool over the places that its pile would get."""
    names = _statements(study, act.get("statements"))
    step = next_step(study, board)
    if step is None or set(names) != set(step.pool):
        raise Refusal("not-in-pool")
    if not may_call_equal(study, step):
        raise Refusal("not-offered")
    free = spots(study, board)
    rng = random.Random(f"{seed}:{len(board.places)}")  # noqa: S311 - decides nothing that must stay secret
    places = dict(board.places)
    for pile in step.piles:  # each pile keeps to its own places: a card called neutral never passes one called agree
        mine = [name for name in step.pool if board.piles.get(name, "neutral") == pile]
        theirs = [free[name] for name in mine]
        rng.shuffle(theirs)
        places |= {name: Place(column, "auto") for name, column in zip(mine, theirs, strict=True)}
    return replace(board, places=places)


def _arrange(study: Study, board: Board, act: Mapping[str, Any]) -> Board:
    wanted = act.get("columns")
    if not isinstance(wanted, Mapping) or len(wanted) > len(study.ids):
        raise Refusal("malformed")
    columns = {_statement(study, name): _column(study, value) for name, value in wanted.items()}
    if study.distribution == "forced":
        filled = Counter(columns.values())
        for column, count in study.capacity.items():
            if filled[column] > count:
                raise Refusal("column-full", column=column)
    places = {name: board.places[name] if name in board.places and board.places[name].column == at else Place(at) for name, at in columns.items()}
    return replace(board, places=places)


def moved(before: Mapping[str, Place], after: Mapping[str, Place]) -> bool:
    """Whether any statement changed its column; not whether it was laid there by another hand."""
    return {name: place.column for name, place in before.items()} != {name: place.column for name, place in after.items()}


Way = Mapping[str, Place | None]
"""Where statements are to lie; None: nowhere."""


@dataclass(frozen=True, slots=True)
class Move:
    """One act that can be undone or done again.

    Parameters
    ----------
    cards : mapping of str to Place or None
        Where the statements that it moved lie on its other side: before it, to undo it, or after it, to do it again. None: nowhere.
    refining : bool
        Whether it was an act of choosing column by column, and not one on the board.
    """

    cards: Way
    refining: bool = False


DEEPEST_UNDO = 50
"""How many acts can be undone: more than anybody goes back one by one, and few enough to be kept beside the board."""


@dataclass(frozen=True, slots=True)
class History:
    """A board, what leads back from it, and what was undone.

    Parameters
    ----------
    board : Board
        As it is now.
    past, future : tuple of Move
        What ``undo`` and ``redo`` put back, the nearest last; as many as `after` was told to keep. Piles are not in it: they are
        changed by putting a card on another one.
    """

    board: Board = field(default_factory=Board)
    past: tuple[Move, ...] = ()
    future: tuple[Move, ...] = ()

    def after(self, study: Study, act: Mapping[str, Any], *, seed: str = "", deepest: int = DEEPEST_UNDO) -> History:
        """The history after an act, ``{"act": "undo"}`` and ``{"act": "redo"}`` among them.

        No more than the last `deepest` acts can be undone. An act that leaves every statement in its column is nothing to undo: that would change
        nothing that can be seen.

        Raises
        ------
        Refusal
            As `apply`; and ``nothing-to-undo``, ``nothing-to-redo``.
        """
        now = self.board.places
        match act.get("act"):
            case "undo":
                if not self.past:
                    raise Refusal("nothing-to-undo")
                board = replace(self.board, places=_put_back(now, self.past[-1]))
                return History(board, self.past[:-1], (*self.future, replace(self.past[-1], cards=_way(board.places, now))))
            case "redo":
                if not self.future:
                    raise Refusal("nothing-to-redo")
                board = replace(self.board, places=_put_back(now, self.future[-1]))
                return History(board, (*self.past, replace(self.future[-1], cards=_way(board.places, now))), self.future[:-1])
        board = apply(study, self.board, act, seed=seed)
        way = _way(board.places, now)
        if not moved(now, board.places):
            # Laid by another hand where it lay: what is undone or done again has the hand that it had.
            return History(board, _with(self.past, way), _with(self.future, way))
        return History(board, (*self.past, Move(way, refining=act.get("act") in ("pick", "same")))[-deepest:], ())


def _way(start: Mapping[str, Place], end: Mapping[str, Place]) -> Way:
    """What makes the placements `end` of the placements `start`."""
    return {name: end.get(name) for name in dict.fromkeys([*start, *end]) if start.get(name) != end.get(name)}


def _put_back(places: Mapping[str, Place], move: Move) -> dict[str, Place]:
    return {name: place for name, place in {**places, **move.cards}.items() if place is not None}


def _with(moves: tuple[Move, ...], way: Way) -> tuple[Move, ...]:
    return (*moves[:-1], replace(moves[-1], cards={**way, **moves[-1].cards})) if moves and way else moves
