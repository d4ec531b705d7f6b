"""Which sorts define which factor.

The usual rule, PQMethod's and R qmethod's (Brown, 1980, Political Subjectivity): a sort defines a factor when its loading is significant,
|l| > c / sqrt(n), and its squared loading exceeds the sum of its other squared loadings. Both comparisons are strict; what differs by less
than rounding counts as equal, so that no flag hangs on the last binary digit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qmethod.blocks import across, by_rows
from qmethod.data import Array, FloatArray
from qmethod.errors import DataError, Fault
from qmethod.manual_flag import ManualFlag
from qmethod.policies import Policies

ROUNDING = 1e-12


def threshold(n_statements: int, policies: Policies) -> float:
    """The loading that is significant at policy `flag_level`: c / sqrt(n)."""
    return policies.flag_critical / float(np.sqrt(n_statements))


def automatic(loadings: FloatArray, n_statements: int, policies: Policies) -> Array:
    """Flags by rule.

    Parameters
    ----------
    loadings : ndarray of shape (m, k)
    n_statements : int
    policies : Policies
        `flagging`, `flag_level`, `flag_significance`, `flag_majority`.

    Returns
    -------
    flags : ndarray of bool, shape (m, k)
    """
    if policies.flagging == "none":
        return np.zeros(loadings.shape, dtype=bool)

    def work(rows: FloatArray) -> Array:
        flags = np.ones(rows.shape, dtype=bool)
        if policies.flag_significance:
            flags &= np.abs(rows) > threshold(n_statements, policies) + ROUNDING
        if policies.flag_majority:
            squares = rows**2
            flags &= 2 * squares > across(squares)[:, None] + ROUNDING
        return flags

    return by_rows(work, np.empty(loadings.shape, dtype=bool), loadings)


def with_manual(flags: Array, manual: Sequence[ManualFlag], participants: Sequence[str]) -> Array:
    """Apply the researcher's flags on top.

    Parameters
    ----------
    flags : ndarray of bool, shape (m, k)
    manual : sequence of ManualFlag
        Factors are named ``f1`` to ``fk``.
    participants : sequence of str
        Names of the m sorts.

    Raises
    ------
    DataError
        Naming each unknown participant or factor, each missing reason, and each pair flagged twice.
    """
    if not manual:
        return flags
    rows = {name: i for i, name in enumerate(participants)}
    columns = {f"f{j + 1}": j for j in range(flags.shape[1])}
    changed, faults = flags.copy(), []
    seen: set[tuple[str, str]] = set()
    for flag in manual:
        if flag.participant not in rows:
            faults.append(Fault("a flag names a participant that is not in the analysis", participant=flag.participant))
        if flag.factor not in columns:
            faults.append(Fault(f"a flag names factor {flag.factor!r}; there are {', '.join(columns)}", participant=flag.participant))
        if not flag.reason.strip():
            faults.append(
                Fault(
                    f"the flag for {flag.factor} gives no reason",
                    participant=flag.participant,
                    advice="Say why, in its `reason`.",
                )
            )
        if (flag.participant, flag.factor) in seen:
            faults.append(Fault(f"two flags for {flag.factor}", participant=flag.participant))
        seen.add((flag.participant, flag.factor))
        if flag.participant in rows and flag.factor in columns:
            changed[rows[flag.participant], columns[flag.factor]] = flag.defines
    if faults:
        raise DataError(faults)
    return changed
