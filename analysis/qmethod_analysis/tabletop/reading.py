"""From marks in a photograph to a sort, or to all that stands in its way. No card is ever guessed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import numpy.typing as npt

from qmethod.brief import brief
from qmethod.errors import DataError, Fault
from qmethod.wording import counted, listed
from qmethod_analysis.tabletop.board import BOARD_MARK, CARD_EDGE, CARD_HIGH, CARD_MARK, CARD_WIDE, PLACE_WIDE, Board, Point, board
from qmethod_analysis.tabletop.marks import corner_of, of_cards
from qmethod_analysis.tabletop.photographs import Points, Seen, is_mirrored, marks_in
from qmethod_studies.definition import Study, column_label

OFF = 0.3
"""How far, in widths of a place, the middle of a card may be from that of its column to count as lying in it."""
STRAY = 4.0
"""Millimetres by which a corner of the marks of a board may be off where the board lies flat and its sheets are joined well."""
SAME = 6.0
"""Millimetres within which two looks at a mark are looks at the same card."""
LIKE = (0.8, 1.25)
"""How large the sides of the mark of a card may be, as parts of what they should be."""
CORNER_NAMES = ("top left", "top right", "bottom right", "bottom left")
ADVICE = (
    "Take the photograph anew: the whole board with its four corner marks, from above, sharp and evenly lit, every mark in sight. "
    "Or type the sort in by hand from the score sheet."
)


@dataclass(frozen=True, slots=True)
class Lying:
    """A card on a board, or beside it.

    Parameters
    ----------
    mark : int
    statement : int or None
        Its position in the study; None for a card that is not of the study.
    at : (float, float)
        The middle of the card in millimetres from the upper left corner of the board.
    column : float or None
        The value of the column that it lies in; None where it lies between two, or outside of all.
    """

    mark: int
    statement: int | None
    at: Point
    column: float | None

    __repr__ = brief


@dataclass(frozen=True, slots=True)
class Reading:
    """What a photograph shows.

    Parameters
    ----------
    board : Board
    cards : tuple of Lying
        Each card that was seen, from the left.
    faults : tuple of Fault
        All that keeps it from being a sort; empty where it is one.
    values : tuple of float
        The column of each statement, in the order of the study; empty where there are faults.
    """

    board: Board
    cards: tuple[Lying, ...]
    faults: tuple[Fault, ...] = field(default=())
    values: tuple[float, ...] = field(default=())

    __repr__ = brief

    def missing(self, study: Study) -> tuple[int, ...]:
        """Positions of the statements whose card was not seen.

        Parameters
        ----------
        study : Study
        """
        seen = {one.statement for one in self.cards}
        return tuple(i for i in range(len(study.ids)) if i not in seen)


def read(study: Study, picture: npt.NDArray[np.uint8], file: str, participant: str) -> Reading:
    """The sort that a photograph shows.

    Parameters
    ----------
    study : Study
    picture : ndarray of uint8, shape (height, width)
        As `qmethod_analysis.tabletop.photographs.grey` gives it.
    file, participant : str
        What faults name.

    Raises
    ------
    DataError
        If the board of the study is not found in it.

    Notes
    -----
    The four marks at the corners of the board say where it lies, and which way up. Each card lies in the column whose middle is within `OFF` of its
    own, reckoned from its mark and the way that is turned. A sort comes out only where each card of the study was seen in one place, in a column,
    with no card of another study among them and with the counts of the grid.
    """
    boards = [board(study, "ltr"), board(study, "rtl")]
    found: list[Seen] = []
    reading: Reading | None = None
    corners = {mark for one in boards for mark in one.marks}
    for n, looked in enumerate(marks_in(picture)):
        found += looked
        if n and not corners & {seen.mark for seen in found}:
            break  # further looks find what is faint, not what is not there
        laid = next((one for one in boards if set(one.marks) <= {seen.mark for seen in found}), None)
        if laid is None:
            continue
        reading = judged(study, laid, found, file, participant)
        if not reading.faults:
            return reading
    if reading is None:
        raise DataError([_no_board(study, boards, picture, found, file, participant)])
    return reading


def _no_board(study: Study, boards: Sequence[Board], picture: npt.NDArray[np.uint8], found: Sequence[Seen], file: str, participant: str) -> Fault:
    """Why no board was found."""
    fault = partial(Fault, file=file, participant=participant)
    seen = {one.mark for one in found}
    nearest = max(boards, key=lambda one: len(seen & set(one.marks)))
    there = [CORNER_NAMES[i] for i, mark in enumerate(nearest.marks) if mark in seen]
    if there:
        lacking = [name for name in CORNER_NAMES if name not in there]
        which = f"the corner {'mark' if len(lacking) == 1 else 'marks'} {listed(lacking)} of the board"
        return fault(f"{which} {'is' if len(lacking) == 1 else 'are'} not to be seen", advice=ADVICE)
    if is_mirrored(picture, frozenset(mark for one in boards for mark in one.marks)):
        return fault(
            "the picture is a mirror image", advice="Turn mirroring off in the camera, or flip the picture from left to right, and read it again."
        )
    corners = {corner for mark in seen if (corner := corner_of(mark)) is not None}
    if len(corners) > 1:
        message = f"the board is not that of version {study.version} of the study {study.study}"
        return fault(message, advice="Name the study whose kit was on the table.")
    if not seen:
        return fault("no mark of any card or board is to be seen", advice=ADVICE)
    return fault(f"no corner mark of the board is to be seen, only {counted(len(seen), 'mark')} of cards", advice=ADVICE)


def judged(study: Study, laid: Board, found: Sequence[Seen], file: str, participant: str) -> Reading:
    """What marks say of which the four of a board are among.

    Parameters
    ----------
    study : Study
    laid : Board
    found : sequence of Seen
        In pixels; the same mark may be among them several times, from several looks.
    file, participant : str
        What faults name.
    """
    to_board = _onto(laid, found)
    if to_board is None:
        message = "the marks at the corners of the board do not lie as they are printed: it is bent, badly joined, or there are two boards"
        return Reading(laid, (), (Fault(message, file=file, participant=participant, advice=ADVICE),))
    numbers = {mark: i for i, mark in enumerate(of_cards(study))}
    cards: list[Lying] = []
    for one in found:
        if one.mark in laid.marks:
            continue
        corners = _moved(to_board, one.corners)
        if not _like_a_card(corners):
            continue
        at = _middle(corners)
        if any(known.mark == one.mark and np.hypot(known.at[0] - at[0], known.at[1] - at[1]) < SAME for known in cards):
            continue
        cards.append(Lying(one.mark, numbers.get(one.mark), at, _column(laid, at)))
    cards = [one for one in cards if one.statement is not None or _upon(laid, one.at)]
    cards.sort(key=lambda one: (one.at, one.mark))
    faults = tuple(_faults(study, laid, cards, file, participant))
    values = () if faults else tuple(one.column for one in sorted(cards, key=lambda one: one.statement or 0) if one.column is not None)
    return Reading(laid, tuple(cards), faults, values)


def _onto(laid: Board, found: Sequence[Seen]) -> Points | None:
    """The map from the photograph to the board; None where its marks do not lie as they are printed."""
    pixels, places = [], []
    for mark, (x, y) in laid.corners():
        seen = [one for one in found if one.mark == mark]
        if any(np.abs(one.corners - seen[0].corners).max() > np.ptp(seen[0].corners) / 4 for one in seen):
            return None
        pixels.append(seen[0].corners)
        places.append(np.array([[x, y], [x + BOARD_MARK, y], [x + BOARD_MARK, y + BOARD_MARK], [x, y + BOARD_MARK]]))
    source, target = np.concatenate(pixels), np.concatenate(places)
    made = _homography(source, target)
    off = np.abs(_moved(made, source) - target).max() if made is not None else np.inf
    return made if off <= STRAY else None


def _homography(source: Points, target: Points) -> Points | None:
    """The projective map that takes points nearest to others, in the sense of least algebraic squares.

    Source: R. Hartley and A. Zisserman (2004), Multiple view geometry in computer vision, algorithm 4.2 (the normalised direct linear transform).
    """
    normal = []
    for points in (source, target):
        centre, spread = points.mean(axis=0), np.sqrt(((points - points.mean(axis=0)) ** 2).sum(axis=1)).mean() / np.sqrt(2)
        if not spread > 0:
            return None
        normal.append(np.array([[1 / spread, 0, -centre[0] / spread], [0, 1 / spread, -centre[1] / spread], [0, 0, 1]]))
    (u, v), (x, y) = _moved(normal[0], source).T, _moved(normal[1], target).T
    one, nought = np.ones_like(u), np.zeros_like(u)
    rows = np.concatenate(
        [
            np.stack([u, v, one, nought, nought, nought, -x * u, -x * v, -x], axis=1),
            np.stack([nought, nought, nought, u, v, one, -y * u, -y * v, -y], axis=1),
        ]
    )
    inner = np.linalg.svd(rows)[2][-1].reshape(3, 3)
    return np.asarray(np.linalg.inv(normal[1]) @ inner @ normal[0], dtype=np.float64)


def _moved(by: Points, points: Points) -> Points:
    """Points under a projective map."""
    ahead = np.concatenate([points, np.ones((len(points), 1))], axis=1) @ by.T
    return np.asarray(ahead[:, :2] / ahead[:, 2:], dtype=np.float64)


def _like_a_card(corners: Points) -> bool:
    """Whether a mark has the size and the shape that it has on a card, and is not mirrored."""
    if not np.isfinite(corners).all():
        return False
    sides = np.hypot(*(np.roll(corners, -1, axis=0) - corners).T) / CARD_MARK
    along, down = corners[1] - corners[0], corners[3] - corners[0]
    return bool((sides > LIKE[0]).all() and (sides < LIKE[1]).all() and along[0] * down[1] - along[1] * down[0] > 0)


def _middle(corners: Points) -> Point:
    """The middle of a card, from where its mark lies and how it is turned."""
    along = (corners[1] - corners[0] + corners[2] - corners[3]) / 2
    down = (corners[3] - corners[0] + corners[2] - corners[1]) / 2
    right, below = along / np.hypot(*along), down / np.hypot(*down)
    from_mark = (CARD_WIDE / 2 - CARD_EDGE - CARD_MARK / 2, CARD_HIGH / 2 - CARD_EDGE - CARD_MARK / 2)
    x, y = corners.mean(axis=0) + from_mark[0] * right + from_mark[1] * below
    return float(x), float(y)


def _upon(laid: Board, at: Point) -> bool:
    return 0 <= at[0] <= laid.wide and 0 <= at[1] <= laid.high


def _column(laid: Board, at: Point) -> float | None:
    """The value of the column in which a card lies."""
    if not laid.places_from - CARD_HIGH / 2 <= at[1] <= laid.high:
        return None
    return next((one.value for one in laid.columns if abs(at[0] - one.middle) <= OFF * PLACE_WIDE), None)


def _faults(study: Study, laid: Board, cards: Sequence[Lying], file: str, participant: str) -> Iterable[Fault]:
    """All that keeps cards from being a sort."""
    fault = partial(Fault, file=file, participant=participant, advice=ADVICE)
    known = [one.statement for one in cards if one.statement is not None]
    gone = [i for i in range(len(study.ids)) if i not in set(known)]
    if gone:
        yield fault(f"{_cards(study, gone)} {'was' if len(gone) == 1 else 'were'} not seen")
    double = sorted({i for i in known if known.count(i) > 1})
    for i in double:
        where = listed([_where(laid, one) for one in cards if one.statement == i])
        yield fault(f"{_cards(study, [i])} lies there {'twice' if known.count(i) == 2 else f'{known.count(i)} times'}: {where}")
    strangers = [one for one in cards if one.statement is None]
    if strangers:
        where = listed([_where(laid, one) for one in strangers])
        yield fault(
            f"{counted(len(strangers), 'card')} of another study or another version {'lies' if len(strangers) == 1 else 'lie'} there: {where}"
        )
    for one in cards:
        if one.statement is not None and one.column is None:
            yield fault(f"{_cards(study, [one.statement])} lies {_where(laid, one)}")
    if gone or double or strangers or study.distribution == "free" or any(one.column is None for one in cards):
        return
    counts = {value: sum(one.column == value for one in cards) for value in study.columns}
    wrong = [f"{column_label(value)}: {counts[value]} instead of {n}" for value, n in study.capacity.items() if counts[value] != n]
    if wrong:
        yield fault(f"the columns do not hold what the grid says: {listed(wrong, len(wrong))}")


def _cards(study: Study, positions: Sequence[int]) -> str:
    """Cards by their numbers and the ids of their statements."""
    named = [f"{i + 1} ({study.ids[i]})" for i in positions]
    return f"card {named[0]}" if len(named) == 1 else f"cards {listed(named, 12)}"


def _where(laid: Board, card: Lying) -> str:
    """Where a card lies, in words."""
    if card.column is not None:
        return f"in column {column_label(card.column)}"
    x, y = card.at
    first, last = laid.columns[0], laid.columns[-1]
    if not _upon(laid, card.at) or not first.left <= x <= last.left + PLACE_WIDE or y < laid.places_from - CARD_HIGH / 2:
        return "beside the columns"
    near = sorted(laid.columns, key=lambda one: abs(one.middle - x))[:2]
    near.sort(key=lambda one: one.value)
    return f"between columns {column_label(near[0].value)} and {column_label(near[1].value)}" if len(near) == 2 else "beside the columns"
