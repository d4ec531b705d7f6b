"""What a reader of the site should be warned of: the notices of the solution, without anybody's name."""

from __future__ import annotations

from dataclasses import dataclass

from qmethod_analysis.folder.loaded import Loaded
from qmethod_analysis.words.labels import defined
from qmethod_analysis.words.language import _
from qmethod_analysis.words.narrative import every_notice, joined
from qmethod_analysis.words.notices import said

CALCULATION = frozenset(
    {
        *("columns-ignored", "layout-conflict", "participants-numbered", "qualis-dat", "statements-numbered", "statements-unsure"),
        *("header-again", "header-none", "layout-taken"),
        *("pqmethod-line-1", "pqmethod-line-2", "pqmethod-line-2-short", "pqmethod-more-sorts", "pqmethod-unforced"),
        *("people-columns", "people-without-sort", "sorts-without-people", "people-proposed"),
        *("wordings-by-number", "wordings-html", "wordings-unused"),
        *("direction-tied", "reflected-by-policy", "tied-scores", "equal-eigenvalues", "loading-of-one"),
    }
)
"""Kinds of notices that tell how a file was read or a figure calculated; every other kind concerns whoever reads the result."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What is worth knowing.

    Parameters
    ----------
    notices : tuple of str
        For every reader.
    calculation : tuple of str
        For those who calculate it again.
    labels : str
        Which viewpoint each label in them stands for; empty where they have none.
    """

    notices: tuple[str, ...]
    calculation: tuple[str, ...]
    labels: str


def worth_knowing(loaded: Loaded) -> Worth:
    """All notices of an analysis, in two parts.

    Parameters
    ----------
    loaded : Loaded
        As `qmethod_analysis.report.anonymous.public` makes it.
    """
    solution = loaded.solution
    told = [(one.code in CALCULATION, said(one)) for one in every_notice(solution)]
    named = {label for one in solution.notices for label in one.factors}
    stands = [
        _("{label} for “{name}”", label=label, name=loaded.names[f])
        if f in defined(solution)
        else _("{label} for a factor that is no viewpoint", label=label)
        for f, label in enumerate(solution.labels)
        if label in named
    ]
    labels = _("Labels stand here as follows: {labels}.", labels=joined(stands)) if stands else ""
    return Worth(tuple(words for apart, words in told if not apart), tuple(words for apart, words in told if apart), labels)
