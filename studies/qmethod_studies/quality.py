"""How a sort came about, as far as it shows: marks of one that nobody may have thought about. Pure; they leave nothing out by themselves.

References
----------
.. [1] Huang, J. L., Curran, P. G., Keeney, J., Poposki, E. M., & DeShon, R. P. (2012). Detecting and deterring insufficient effort responding to
   surveys. Journal of Business and Psychology, 27, 99-114. https://doi.org/10.1007/s10869-011-9231-8
.. [2] Bowling, N. A., Huang, J. L., Brower, C. K., & Bragg, C. B. (2023). The quick and the careless: the construct validity of page time as a
   measure of insufficient effort responding to surveys. Organizational Research Methods, 26, 323-352. https://doi.org/10.1177/10944281211056520
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from qmethod_studies.definition import PILES, Study
from qmethod_studies.marks import SENTENCES
from qmethod_studies.sorting import History
from qmethod_studies.store import Event, Response
from qmethod_studies.store.acts import DECIDING, SORTING, columns_after_machine

SECONDS_A_CARD = 2
"""Less than this for a card, all stages of sorting together, is too little to read it [1]_; the rule holds for items of any length [2]_."""
LONGEST_PAUSE = 60
"""Seconds: a longer pause before an act counts as this long, so that a break does not hide a sort done in a rush. Our own choice."""
MACHINE_SHARE = 0.5
"""From this share of cards placed by the machine a sort is marked. Our own choice."""
HESITATIONS = 3
"""So many cards somebody is asked to look at again before sending. Our own choice, as are the next two."""
MOVES = 2
SECONDS_OVER_A_CARD = 10
MOST_REPLAYED = 1000
"""So many acts of sorting are gone through anew while somebody waits; a whole sort is about a hundred."""
CHANCE = 0.001
"""A straight line is marked where a sort drawn at random would be one less often than this. Our own choice."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How one sort came about.

    Parameters
    ----------
    machine_share : float
        Share of the cards that lie where the machine put them.
    seconds_a_card : float or None
        Seconds of sorting for each card, all stages together; None for a simulated sort.
    one_pile : bool
        Whether the first look put every card on the same pile.
    changed_after_machine : bool or None
        Whether any card lies elsewhere than right after the machine last placed cards; None where it placed none.
    straight_line : bool
        Whether the columns rise, or fall, without a turn in the order in which cards were shown, or in which the board hands them out.
    one_column : bool
        Whether all cards lie in one column.
    """

    machine_share: float
    seconds_a_card: float | None
    one_pile: bool
    changed_after_machine: bool | None
    straight_line: bool
    one_column: bool

    @property
    def marks(self) -> tuple[str, ...]:
        """Those that apply, of `qmethod_studies.marks.SENTENCES`."""
        half = MACHINE_SHARE <= self.machine_share < 1
        fast = self.seconds_a_card is not None and self.seconds_a_card < SECONDS_A_CARD
        unchanged = self.changed_after_machine is False
        found = (self.machine_share == 1, half, fast, self.one_pile, unchanged, self.straight_line, self.one_column)
        return tuple(mark for mark, there in zip(SENTENCES, found, strict=True) if there)


def quality(study: Study, response: Response, events: Sequence[Event]) -> Quality:
    """How a submitted sort came about.

    Parameters
    ----------
    study : Study
    response : Response
        Submitted, so that each card has a place.
    events : sequence of Event
        All acts of the response, in their order.
    """
    places = response.board.places
    columns = {name: place.column for name, place in places.items()}
    piles = response.board.piles
    after_machine = columns_after_machine(study, response, events)
    return Quality(
        machine_share=sum(place.by == "auto" for place in places.values()) / len(places),
        seconds_a_card=None if response.simulated else seconds_of_sorting(events) / len(places),
        one_pile=len(piles) == len(places) and len(set(piles.values())) == 1,
        changed_after_machine=None if after_machine is None else after_machine != columns,
        straight_line=_straight(response, columns),
        one_column=len(set(columns.values())) == 1,
    )


def seconds_of_sorting(events: Sequence[Event]) -> float:
    """Seconds that went into acts of sorting: of each, the time since the act before it or since its page was opened, `LONGEST_PAUSE` at most.

    Times are those of the browser where it says them, so that acts that waited for a connection keep theirs; else those of the server.

    Parameters
    ----------
    events : sequence of Event
    """
    return sum(min(seconds, LONGEST_PAUSE) for event, seconds in _pauses(events) if event.act in DECIDING)


def _pauses(events: Sequence[Event]) -> Iterator[tuple[Event, float]]:
    """Each act but the first, and the seconds since the act before it or since its page was opened."""
    on_page: int | None = None
    for before, event in pairwise(events):
        if before.act == "visit":
            on_page = 0
        elif before.ms is not None:
            on_page = before.ms
        by_page = event.ms is not None and on_page is not None and event.ms >= on_page
        yield event, (event.ms - on_page) / 1000 if by_page else (event.at - before.at).total_seconds()  # type: ignore[operator]


def hesitated_over(study: Study, response: Response, events: Sequence[Event]) -> tuple[str, ...]:
    """The cards that somebody hesitated over most, as `HESITATIONS` at most: moved most often, then thought about longest.

    A card counts that went to another pile or column at least `MOVES` times after it first had one, or that lay before them for `SECONDS_OVER_A_CARD`
    before one act on it alone; not for longer than `LONGEST_PAUSE`, which is a break. What the machine places is nobody's move. None after more
    than `MOST_REPLAYED` acts.

    Parameters
    ----------
    study : Study
        As the response meets it.
    response : Response
    events : sequence of Event
        All acts of the response, in their order.
    """
    moves: Counter[str] = Counter()
    history, piles = History(), dict[str, str]()
    sorting = [event for event in events if event.act in SORTING]
    if len(sorting) > MOST_REPLAYED:
        return ()
    for event in sorting:
        before = history.board.places
        history = history.after(study, {"act": event.act, **event.detail}, seed=str(response.id), deepest=len(sorting))
        for name, place in history.board.places.items():
            moves[name] += name in before and place.by == "participant" and place.column != before[name].column
        for name, pile in history.board.piles.items():
            moves[name] += piles.get(name, pile) != pile
        piles |= history.board.piles
    longest: dict[str, float] = {}
    for event, seconds in _pauses(events):
        one = event.detail.get("statement")
        if event.act in SORTING and isinstance(one, str) and SECONDS_OVER_A_CARD <= seconds <= LONGEST_PAUSE:
            longest[one] = max(seconds, longest.get(one, 0.0))
    found = [name for name in study.ids if moves[name] >= MOVES or name in longest]
    return tuple(sorted(found, key=lambda name: (-(moves[name] if moves[name] >= MOVES else 0), -longest.get(name, 0.0)))[:HESITATIONS])


def _straight(response: Response, columns: Mapping[str, float]) -> bool:
    """Whether cards lie in an order in which they came up, and so many other sorts were possible that it is no chance."""
    order = response.order
    piles = {name: response.board.piles.get(name, "neutral") for name in order}
    handed_out = sorted(order, key=lambda name: -PILES.index(piles[name]))
    by_pile = [[columns[name] for name in order if piles[name] == pile] for pile in PILES]
    for names, groups in ((order, [list(columns.values())]), (handed_out, by_pile)):
        line = [columns[name] for name in names]
        turns = not (all(a <= b for a, b in pairwise(line)) or all(a >= b for a, b in pairwise(line)))
        if not turns and math.prod(map(_arrangements, groups)) > 4 / CHANCE:  # two orders, up and down
            return True
    return False


def _arrangements(columns: Sequence[float]) -> int:
    """In how many ways cards can lie in these places."""
    return math.factorial(len(columns)) // math.prod(math.factorial(n) for n in Counter(columns).values())
