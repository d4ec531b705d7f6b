"""Two occasions compared without what could tell who somebody is: new names, in an order that comes from the figures alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from qmethod.occasions.compared import OccasionComparison
from qmethod.wording import listed
from qmethod_analysis.report.anonymous import new_names, without_names

BY_HAND = "left-out-by-hand"
"""The code of the notice that says whom the researchers left out."""


def unnamed(made: OccasionComparison, by_hand: Mapping[str, str]) -> OccasionComparison:
    """The same comparison with people numbered anew, by how far they agree with themselves, the least first.

    Parameters
    ----------
    made : OccasionComparison
    by_hand : mapping of str to str
        Whom the researchers left out, with their reasons.
    """
    people, views = made.people, made.viewpoints
    rows = [[float(people.correlations[i]), int(people.shared[i])] for i in range(len(made.participants))]
    if views is not None:
        for i, row in enumerate(rows):
            row += [*views.before[i].tolist(), *views.after[i].tolist()]
    order = sorted(range(len(rows)), key=lambda i: rows[i])
    others = sorted(made.left_out, key=lambda one: one[1])
    names = new_names([*(made.participants[i] for i in order), *(name for name, _ in others)])
    counted = {
        BY_HAND: f"Left out, as the researchers asked: {_reasons(by_hand.values())}.",
        "not-compared": f"Not compared: {_reasons(why for name, why in others if name not in by_hand)}.",
    }
    notices = without_names([one for one in made.notices if one.code not in counted], names)
    told = [replace(one, message=counted[one.code], participants=()) for one in made.notices if one.code in counted]
    people = replace(people, correlations=people.correlations[order], shared=people.shared[order], p_values=people.p_values[order])
    if views is not None:
        views = replace(
            views,
            before=views.before[order],
            after=views.after[order],
            moved=views.moved[order],
            notices=without_names(views.notices, names),
        )
    return replace(
        made,
        participants=tuple(names[made.participants[i]] for i in order),
        people=people,
        viewpoints=views,
        left_out=tuple((names[name], why) for name, why in others),
        notices=(*told, *notices),
    )


def _reasons(reasons: Iterable[str]) -> str:
    return listed([f"{n} ({reason})" for reason, n in sorted(Counter(reasons).items())])
