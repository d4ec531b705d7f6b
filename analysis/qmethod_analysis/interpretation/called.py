"""What a viewpoint is called and what it holds, as one value that says whose words these are: a description never stands under another's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qmethod.brief import brief
from qmethod.names import folded
from qmethod.solution import QSolution
from qmethod_analysis.interpretation.crib_sheet import Interpretation, Proposed
from qmethod_analysis.interpretation.phrases import ENGLISH
from qmethod_analysis.interpretation.story import drafted_gist
from qmethod_analysis.recipe.texts import Own
from qmethod_analysis.words.labels import viewpoint_names
from qmethod_analysis.words.language import N_, _, ngettext
from qmethod_analysis.words.narrative import decimal

RESEARCHER, DESCRIPTION, PROGRAM = "researcher", "description", "program"
"""Whose words a name or a gist is: yours, those of a description that the study was given, or written from the figures."""

PLACEMENTS = N_("The placements compared are what the makers of the study take the description to imply.")
CIRCULAR = ENGLISH["circular"]


@dataclass(frozen=True, slots=True)
class Called:
    """Name and description of one factor.

    Parameters
    ----------
    label, name : str
    gist, story : str
        What it holds in a line, empty where it has no scores; the researcher's story, empty where the drafted sentences stand.
    named_by, told_by : {'researcher', 'description', 'program'}
        Whose words name and gist are.
    described : Proposed or None
        The description that it resembles.
    """

    label: str
    name: str
    gist: str
    story: str
    named_by: str
    told_by: str
    described: Proposed | None = None

    __repr__ = brief

    @property
    def note(self) -> str:
        """Whose words these are, and which description it resembles, with its source; empty without a match."""
        one = self.described
        if one is None:
            return ""
        whoever = _("people who share only what all the descriptions share") if one.common else _("people who place the statements at random")
        alike = _(
            "(congruence {phi} of 1; {best} of {whoever} would exceed {chance} in one case of twenty)",
            phi=decimal(one.phi),
            best=ngettext("a viewpoint", "the best of {n} viewpoints", one.among),
            whoever=whoever,
            chance=decimal(one.chance_95),
        )
        after = " ".join(filter(None, [one.source, _(PLACEMENTS), _(CIRCULAR) if one.simulated else ""]))
        if self.named_by == DESCRIPTION:
            return f"{self.borrowed} {alike}. {after}"
        if one.gist:
            said = N_("Resembles the description “{name}” {alike}: “{gist}” {after}")
            return _(said, name=one.name, alike=alike, gist=one.gist, after=after)
        return _("Resembles the description “{name}” {alike}. {after}", name=one.name, alike=alike, after=after)

    @property
    def borrowed(self) -> str:
        """What of it is taken from a description, as the beginning of a sentence; empty where nothing is."""
        if self.named_by != DESCRIPTION:
            return ""
        if self.told_by == DESCRIPTION:
            return _("Name and wording are those of a description that it resembles")
        return _("The name is that of a description that it resembles")


def called(solution: QSolution, interpretation: Interpretation, names: Mapping[str, str], own: Mapping[str, Own]) -> tuple[Called, ...]:
    """What each factor is called, and what it holds.

    Parameters
    ----------
    solution : QSolution
    interpretation : Interpretation
        Its matches with descriptions propose names.
    names : mapping of str to str
        The researcher's names by label, which come first.
    own : mapping of str to Own
        What else the researcher says of a viewpoint; a name there goes before that of `names`.

    Raises
    ------
    DataError
        If a label does not exist, or two viewpoints have one name.
    """
    given = {**names, **{label: one.name for label, one in own.items() if folded(one.name)}}
    matched = {
        label: reading.proposed
        for label, reading in zip(solution.labels, interpretation.readings, strict=True)
        if reading is not None and reading.proposed is not None
    }
    settled = viewpoint_names(solution, given, {label: one.name for label, one in matched.items()})
    return tuple(
        _called(solution, interpretation, f, name, bool(folded(given.get(label, ""))), matched.get(label), own.get(label, Own()))
        for f, (label, name) in enumerate(zip(solution.labels, settled, strict=True))
    )


def _called(solution: QSolution, interpretation: Interpretation, f: int, name: str, given: bool, described: Proposed | None, own: Own) -> Called:
    """Whoever takes over the name of a description takes over its wording too, and says so; nobody else does."""
    borrowed = described is not None and folded(name) == folded(described.name)
    named_by = DESCRIPTION if borrowed else RESEARCHER if given else PROGRAM
    gist, told_by = own.gist, RESEARCHER
    if not gist and borrowed and described is not None and described.gist:
        gist, told_by = described.gist, DESCRIPTION
    elif not gist:
        reading = interpretation.readings[f]
        gist, told_by = "" if reading is None else drafted_gist(solution, reading), PROGRAM
    return Called(solution.labels[f], name, gist, own.story, named_by, told_by, described)
