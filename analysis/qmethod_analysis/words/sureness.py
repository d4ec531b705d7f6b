"""Is a viewpoint really there? One scale and one rule, the same words in every format.

The words go by `matched` of `qmethod.calibrated.Calibration`: in how many studies drawn from the solution the viewpoint came out alike. The
validation study counts how often a viewpoint called established is like the true one.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from qmethod.matching.congruence import FAIR
from qmethod.solution import QSolution
from qmethod_analysis.words.language import N_, _, ngettext, number

Verdict = Literal["established", "probable", "uncertain", "not examined"]
ESTABLISHED, PROBABLE = 0.9, 0.5
"""Probabilities from which a viewpoint is called so."""
SAID: Mapping[Verdict, str] = MappingProxyType(
    {"established": N_("established"), "probable": N_("probable"), "uncertain": N_("uncertain"), "not examined": N_("not examined")}
)
"""The words of the scale, for `qmethod_analysis.words.language._`."""


def verdict(solution: QSolution, f: int) -> Verdict:
    """One word for how sure a viewpoint is.

    Parameters
    ----------
    solution : QSolution
    f : int
        Its position.
    """
    found = solution.calibration
    if found is None or found.matched[f] != found.matched[f]:
        return "not examined"
    share = float(found.matched[f])
    return "established" if share >= ESTABLISHED else "probable" if share >= PROBABLE else "uncertain"


def reason(solution: QSolution, f: int) -> str:
    """What that word rests on, in a sentence.

    Parameters
    ----------
    solution : QSolution
    f : int
    """
    found = solution.calibration
    if found is None:
        return _("How sure it is was not examined: no studies were drawn from the solution.")
    if found.matched[f] != found.matched[f]:
        return _("How sure it is cannot be told: fewer than two sorts define it.")
    n, of = round(float(found.matched[f]) * found.n_replicates), found.n_replicates
    fair, drawn = number(FAIR), number(of, ",")
    if n == of:
        return _("It came out alike (congruence of {fair} or more) in all of the {drawn} studies drawn from the solution.", fair=fair, drawn=drawn)
    if not n:
        return _("It came out alike (congruence of {fair} or more) in none of the {drawn} studies drawn from the solution.", fair=fair, drawn=drawn)
    return ngettext(
        "It came out alike (congruence of {fair} or more) in {n} of the {drawn} studies drawn from the solution.",
        "It came out alike (congruence of {fair} or more) in {n} of the {drawn} studies drawn from the solution.",
        n,
        fair=fair,
        drawn=drawn,
    )
