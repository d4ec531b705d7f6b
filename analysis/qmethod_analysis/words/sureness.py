"""Is a viewpoint really there? One scale and one rule, the same words in every format.

The words go by `matched` of `qmethod.calibrated.Calibration`: in how many studies drawn from the solution the viewpoint came out alike. These studies
take what was found for the truth; where most of a study is not found again, what is found again in it is less sure than it looks, so that there no
viewpoint is called established. The validation study counts how often a viewpoint called so is like the true one.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import numpy as np

from qmethod.calibrated import Calibration
from qmethod.data import Array, FloatArray
from qmethod.matching.congruence import FAIR
from qmethod.solution import QSolution
from qmethod_analysis.words.language import N_, _, ngettext, number

Verdict = Literal["established", "probable", "uncertain", "not examined"]
ESTABLISHED, PROBABLE = 0.95, 0.5
"""Shares of the studies drawn in which a viewpoint that is called so came out alike at the least."""
WHOLE = 0.7
"""The same share of all viewpoints of the study, on average, from which on one of them can be established."""
SAID: Mapping[Verdict, str] = MappingProxyType(
    {"established": N_("established"), "probable": N_("probable"), "uncertain": N_("uncertain"), "not examined": N_("not examined")}
)
"""The words of the scale, for `qmethod_analysis.words.language._`."""


def established(matched: FloatArray) -> Array:
    """Which viewpoints of a study are called established.

    Parameters
    ----------
    matched : ndarray of shape (f,)
        Of `qmethod.calibrated.Calibration`; NaN for a viewpoint of which it is not known, which does not count.

    Examples
    --------
    >>> established(np.array([0.99, 0.94, 0.8])).tolist()
    [True, False, False]
    >>> established(np.array([0.99, 0.5, 0.4])).tolist()
    [False, False, False]
    """
    known = ~np.isnan(matched)
    return known & (np.nan_to_num(matched) >= ESTABLISHED) & bool(known.any() and matched[known].mean() >= WHOLE)


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
    if established(found.matched)[f]:
        return "established"
    return "probable" if found.matched[f] >= PROBABLE else "uncertain"


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
    said = _came_out(found, f)
    if found.matched[f] >= ESTABLISHED and not established(found.matched)[f]:
        share = number(int(100 * float(np.nanmean(found.matched))))
        least = number(round(100 * WHOLE))
        whole = _(
            "All viewpoints of this study did so in {share} of 100 on average; only where that is {least} or more is one called established.",
            share=share,
            least=least,
        )
        return f"{said} {whole}"
    return said


def _came_out(found: Calibration, f: int) -> str:
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
