"""Sorts that people made twice: the second ones say how far people agree with themselves, and take no part in the analysis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from qmethod.data import QData
from qmethod.errors import DataError, Fault, PolicyError
from qmethod.notice import Notice
from qmethod.retests import HIGHEST, Retest, retest
from qmethod.wording import counted

_NAMED = 12


def without_second_sorts(data: QData, pairs: Any) -> tuple[QData, Retest]:
    """The sorts to analyse, with a notice of who was left out, and the retest correlation.

    Parameters
    ----------
    data : QData
        First and second sorts.
    pairs : path, or sequence of (str, str)

    Raises
    ------
    DataError
        For pairs that cannot be, sorts that do not agree at all, or where nothing would be left.
    """
    found = retest(data, pairs)
    second = set(found.second)
    kept = data.keep([i for i, name in enumerate(data.participants) if name not in second])
    return replace(kept, notices=(*kept.notices, Notice("second-sorts", said(found), participants=found.second))), found


def said(found: Retest) -> str:
    """What was found and done, in a sentence or two."""
    listed = ", ".join(found.second[:_NAMED]) + (f" and {len(found.second) - _NAMED} more" if len(found.second) > _NAMED else "")
    most = f", reckoned as {HIGHEST}, the most there can be" if found.pooled > HIGHEST else ""
    who = "one person" if len(found.first) == 1 else f"{len(found.first)} people"
    interval = f"{100 * found.level:g} % interval {found.low:.2f} to {found.high:.2f}, {found.rests_on}"
    return (
        f"Sorted twice: {who}. The retest correlation is {found.pooled:.2f}{most} ({interval}); it takes the place of the reliability that is "
        f"assumed. Second sorts were left out of the analysis: {listed}."
    )


def reliability(found: Retest, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Policies that reckon with the retest correlation.

    Parameters
    ----------
    found : Retest
    chosen : mapping
        Policies that the user chose.

    Raises
    ------
    PolicyError
        If those say another reliability.
    """
    clash = "reliability_coefficient" if "reliability_coefficient" in chosen else "reliability"
    if clash in chosen and chosen[clash] != "fixed":
        raise PolicyError(f"`{clash}` is {chosen[clash]!r}, and second sorts say the reliability themselves: leave one of the two away")
    return {**chosen, "reliability": "fixed", "reliability_coefficient": found.coefficient}


def check_recorded(found: Retest, pairs: Sequence[tuple[str, str]], coefficient: float, kind: str, file: str) -> None:
    """Refuse a recipe whose reliability is not that of its pairs, as when sorts were corrected since.

    Parameters
    ----------
    found : Retest
    pairs : sequence of (str, str)
    coefficient, kind : float, str
        What the recipe says.
    file : str
    """
    if kind == "fixed" and abs(found.coefficient - coefficient) > 5e-5:
        message = f"the {counted(len(pairs), 'pair')} under `retest` give a reliability of {found.coefficient}, and the recipe says {coefficient}"
        raise DataError([Fault(message, file=file, advice=f"Write reliability_coefficient = {found.coefficient} there.")])
