"""What was found, as a list: each finding with its statements, the rule it follows from, and a sentence that says no more.

Common ground is where the viewpoints stand, and no test that failed to tell them apart: every statement belongs to one group, by the places that all
viewpoints give it. Every format shows the same list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from qmethod.brief import brief
from qmethod.calibrated import LIKELY
from qmethod.data import Array, FloatArray
from qmethod.solution import Viewpoints
from qmethod_analysis.words.labels import defined
from qmethod_analysis.words.language import N_, _, ngettext
from qmethod_analysis.words.narrative import joined, statements_counted

Kind = Literal["above", "below", "middle", "near", "leaning", "split", "other"]
KINDS: tuple[Kind, ...] = get_args(Kind)
ALIKE: tuple[Kind, ...] = ("above", "below", "middle", "near")
"""Kinds that are common ground."""
NEIGHBOURS = 1
"""Columns by which places may differ that are near to one another."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A group of statements that the viewpoints place in the same manner.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    statements : tuple of int
        Their positions, those first that the viewpoints place furthest from the middle, taken together; of those they part over, the furthest apart.
    probability : tuple of float
        For ``above``, ``below`` and ``leaning``: that all viewpoints truly stand on that side of the mean. NaN where that is not known.
    sentence : str
    """

    kind: Kind
    statements: tuple[int, ...]
    probability: tuple[float, ...]
    sentence: str

    __repr__ = brief


def common_ground(solution: Viewpoints) -> tuple[Finding, ...]:
    """Every statement in one group, by where all viewpoints place it; groups without statements are left out. Nothing with fewer than two viewpoints.

    Parameters
    ----------
    solution : Viewpoints

    Notes
    -----
    ``above`` and ``below``: every viewpoint places it beyond the middle on that side, and with a probability of .8 or more all true z-scores lie on
    that side of their mean. ``middle``: every viewpoint has it in the column in the middle, where the grid has one; ``near``: all places lie in one
    column or two neighbouring ones, and not on both sides of the middle; either with a probability of .8 or more that all true z-scores lie within 1
    of one another. ``leaning``: on one side in every viewpoint, but chance may be why. ``split``: viewpoints stand on both sides. ``other``: the
    rest. Where no studies were drawn from the solution, places alone decide.
    """
    shown = list(defined(solution))
    if len(shown) < 2:
        return ()
    kinds, probability = _kinds(solution, shown)
    where = columns(solution, shown)
    centre = (len(solution.scores.grid.values) - 1) / 2
    away, spread = np.abs(where - centre).sum(axis=1), np.ptp(where, axis=1)
    found = []
    for kind in KINDS:
        first = -spread if kind in ("split", "other") else -away
        mine = sorted(np.flatnonzero(kinds == kind).tolist(), key=lambda i: (first[i], i))
        if mine:
            found.append(Finding(kind, tuple(mine), tuple(probability[mine].tolist()), _sentence(kind, len(mine), len(shown))))
    return tuple(found)


def columns(solution: Viewpoints, shown: Sequence[int]) -> Array:
    """Columns of the grid, counted from 0 at the lowest place, by statement and viewpoint; shape (n, number shown).

    Parameters
    ----------
    solution : Viewpoints
    shown : sequence of int
        Positions of viewpoints that have scores.
    """
    return _columns(solution, solution.scores.arrays[:, list(shown)])


def placed(solution: Viewpoints, arrays: FloatArray) -> dict[Kind, Array]:
    """Which statements some viewpoints place alike, by places alone: whether each kind of common ground holds, and ``split``.

    Parameters
    ----------
    solution : Viewpoints
        Whose grid it is.
    arrays : ndarray of shape (n, f)
        Places on that grid in each of the viewpoints.
    """
    where, middle = _columns(solution, arrays), (len(solution.scores.grid.values) - 1) / 2
    lowest, highest = where.min(axis=1), where.max(axis=1)
    return {
        "above": np.asarray(lowest > middle),
        "below": np.asarray(highest < middle),
        "middle": np.asarray((lowest == middle) & (highest == middle)),
        "near": np.asarray(highest - lowest <= NEIGHBOURS),
        "split": np.asarray((lowest < middle) & (highest > middle)),
    }


def _columns(solution: Viewpoints, arrays: FloatArray) -> Array:
    """Columns of the grid, counted from 0, by statement and viewpoint."""
    return np.searchsorted(np.array(solution.scores.grid.values, dtype=float), arrays)


def _kinds(solution: Viewpoints, shown: Sequence[int]) -> tuple[Array, FloatArray]:
    there = placed(solution, solution.scores.arrays[:, list(shown)])
    nothing, everything = np.full(len(there["above"]), np.nan), np.ones(len(there["above"]), dtype=bool)
    shared = None if solution.calibration is None else solution.calibration.shared
    high, low = (nothing, nothing) if shared is None else (shared.above, shared.below)
    one_side = np.where(there["above"], high, np.where(there["below"], low, np.nan))
    surely = everything if shared is None else one_side >= LIKELY
    close = everything if shared is None else shared.within >= LIKELY
    conditions = (
        there["above"] & surely,
        there["below"] & surely,
        there["middle"] & close,
        there["near"] & close & ~there["split"],
        there["above"] | there["below"],
        there["split"],
    )
    return np.select(conditions, KINDS[:-1], "other"), one_side


def _sentence(kind: Kind, n: int, k: int) -> str:
    these = ngettext("this statement", "these {n} statements", n)
    everyone = _("Both viewpoints") if k == 2 else ngettext("All {n} viewpoints", "All {n} viewpoints", k)
    return _(_GROUPS[kind], everyone=everyone, these=these)


_GROUPS: dict[Kind, str] = {
    "above": N_("{everyone} place {these} above the middle."),
    "below": N_("{everyone} place {these} below the middle."),
    "middle": N_("{everyone} leave {these} in the middle."),
    "near": N_("{everyone} place {these} in the same column or in two neighbouring ones."),
    "leaning": N_("{everyone} place {these} on one side of the middle, but that may be chance."),
    "split": N_("On {these} viewpoints stand on both sides of the middle."),
    "other": N_("On {these} some viewpoints stand in the middle, or chance may be why they seem to agree."),
}


def summary(found: Sequence[Finding]) -> str:
    """What all share, in a sentence or two; empty without findings.

    Parameters
    ----------
    found : sequence of Finding
    """
    if not found:
        return ""
    counts = {kind: sum(len(one.statements) for one in found if one.kind == kind) for kind in KINDS}
    where: dict[Kind, str] = {
        "above": N_("{statements} above the middle"),
        "below": N_("{statements} below the middle"),
        "middle": N_("{statements} in the middle"),
        "near": N_("{statements} in the same column or neighbouring ones"),
    }
    told = [_(words, statements=statements_counted(counts[kind])) for kind, words in where.items() if counts[kind]]
    said = [
        _("All viewpoints place {told}.", told=joined(told))
        if told
        else _("That all viewpoints share a place, or a side of the middle, is sure of no statement.")
    ]
    if counts["split"]:
        said.append(_("On {statements} they stand on both sides of the middle.", statements=statements_counted(counts["split"])))
    return " ".join(said)
