"""Is a viewpoint really there? One scale and one rule, the same words in every format.

The words go by `matched` of `qmethod.calibrated.Calibration`: in how many studies drawn from the solution the viewpoint came out alike. The
validation study counts how often a viewpoint called established is like the true one.
"""

from __future__ import annotations

from typing import Literal

from qmethod.matching.congruence import FAIR
from qmethod.solution import QSolution

Verdict = Literal["established", "probable", "uncertain", "not examined"]
ESTABLISHED, PROBABLE = 0.8, 0.5
"""Probabilities from which a viewpoint is called so."""


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
        return "How sure it is was not examined: no studies were drawn from the solution."
    if found.matched[f] != found.matched[f]:
        return "How sure it is cannot be told: fewer than two sorts define it."
    n, of = round(float(found.matched[f]) * found.n_replicates), found.n_replicates
    share = "all" if n == of else "none" if n == 0 else f"{n:,}"
    return f"It came out alike (congruence of {FAIR} or more) in {share} of the {of:,} studies drawn from the solution."
