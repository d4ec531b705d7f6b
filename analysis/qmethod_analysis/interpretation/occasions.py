"""What changed between two occasions, in sentences that say no more than the figures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qmethod.data import Array
from qmethod.occasions.compared import OccasionComparison
from qmethod_analysis.words.language import N_, _, ngettext, number
from qmethod_analysis.words.narrative import decimal, in_a_row, joined, percent, statements_counted

FEW = 5
"""People with whom no order of their sorts is rarer than one in twenty."""
NAMED = 12
"""People and statements that a sentence names at most."""
TIED = 3
"""People who are alike in something that a sentence names at most."""
BETWEEN = (N_("before"), N_("after"))
"""What two occasions are called that nobody gave a name."""


def called(made: OccasionComparison) -> tuple[str, str]:
    """What the occasions are called in the language that is being written.

    Parameters
    ----------
    made : OccasionComparison
    """
    first, second = made.labels
    return (_(first), _(second)) if made.labels == BETWEEN else (first, second)


def story(made: OccasionComparison) -> tuple[str, ...]:
    """The findings: of statements, of people, of viewpoints.

    Parameters
    ----------
    made : OccasionComparison
    """
    return (of_statements(made), *of_people(made), *of_viewpoints(made))


def of_statements(made: OccasionComparison) -> str:
    """Which statements moved beyond chance, and how far; and what is not said where none did.

    Parameters
    ----------
    made : OccasionComparison
    """
    doubt = [_("That is no proof that none did: small changes are missed.")] if _none_moved(made) else []
    return " ".join([moved_statements(made), *doubt])


def _none_moved(made: OccasionComparison) -> bool:
    """Whether a change of a statement could have been told from chance, and none was."""
    same = made.n_draws == 1 and (made.statements.before == made.statements.after).all()
    return not same and made.smallest_p <= made.alpha and not made.changed_statements.any()


def moved_statements(made: OccasionComparison) -> str:
    """Which statements moved beyond chance, and how far, in one sentence.

    Parameters
    ----------
    made : OccasionComparison
    """
    which, every = np.flatnonzero(made.changed_statements), statements_counted(len(made.ids))
    if made.n_draws == 1 and (made.statements.before == made.statements.after).all():
        return _("Nobody placed any statement otherwise.")
    if made.smallest_p > made.alpha and len(made.participants) > FEW:
        return _("So few people placed anything otherwise that no change of a statement can be told from chance, however large it is.")
    if made.smallest_p > made.alpha:
        return _("With {people} no change of a statement can be told from chance, however large it is.", people=people_counted(made))
    if not len(which):
        return _("None of {statements} moved beyond chance.", statements=every)
    order = which[np.argsort(-np.abs(made.statements.change[which]), kind="stable")].tolist()
    moves = [_moved(made.ids[i], made.statements.change[i]) for i in order[:NAMED]]
    more = len(order) - len(moves)
    told = _("{listed}, and {more} more", listed=", ".join(moves), more=number(more, ",")) if more else joined(moves)
    return ngettext(
        "{n} of {statements} moved beyond chance on average: {moves}.",
        "{n} of {statements} moved beyond chance on average: {moves}.",
        len(order),
        statements=every,
        moves=told,
    )


def _moved(statement: str, change: float) -> str:
    size = decimal(abs(change), 1)
    places = ngettext("{size} place", "{size} places", 1 if size == decimal(1.0, 1) else 2, size=size)
    return _(N_("{statement} rose by {places}") if change > 0 else N_("{statement} fell by {places}"), statement=statement, places=places)


def mean_agreement(made: OccasionComparison) -> str:
    """How far people agree with themselves.

    Parameters
    ----------
    made : OccasionComparison
    """
    r = made.people.correlations
    if np.isclose(r.min(), r.max()):
        return _("The two sorts of a person correlate {r}, in everybody.", r=decimal(made.mean_correlation))
    return _(
        "The two sorts of a person correlate {r} on average: least in {least} ({low}), most in {most} ({high}).",
        r=decimal(made.mean_correlation),
        least=_those(made, np.isclose(r, r.min())),
        low=decimal(r.min()),
        most=_those(made, np.isclose(r, r.max())),
        high=decimal(r.max()),
    )


def _those(made: OccasionComparison, which: Array) -> str:
    names = [made.participants[i] for i in np.flatnonzero(which)]
    return joined(names) if len(names) <= TIED else ngettext("{n} person", "{n} people", len(names))


def of_people(made: OccasionComparison) -> tuple[str, ...]:
    """How far people agree with themselves, and whose sort changed more than repeating it explains, as far as that is known.

    Parameters
    ----------
    made : OccasionComparison
    """
    noise, r = made.people, made.people.correlations
    if noise.noise == "none known":
        unknown = _(
            "How well these people repeat a sort when nothing has changed is not known, so this does not say whose view changed: part of it is how "
            "people sort from one day to another."
        )
        return (mean_agreement(made), unknown)
    if noise.noise == "retest":
        where = ngettext(
            "{n} people sorted twice {occasion}, and their repeated sorts correlate {r} on average, as Fisher's z.",
            "{n} people sorted twice {occasion}, and their repeated sorts correlate {r} on average, as Fisher's z.",
            noise.n_pairs,
            occasion=called(made)[0],
            r=decimal(noise.reliability),
        )
    else:
        where = _("A correlation of {r} between repeated sorts was taken as given, not measured here.", r=decimal(noise.reliability))
    which = np.flatnonzero(made.changed_people)
    changed = [made.participants[i] for i in which[np.argsort(r[which], kind="stable")].tolist()]
    if not changed:
        what = _("No sort of {people} changed more than that explains beyond chance.", people=people_counted(made))
    else:
        what = ngettext(
            "{n} of {all} sort changed more than that explains: {people}.",
            "{n} of {all} sorts changed more than that explains: {people}.",
            len(changed),
            all=number(len(made.participants), ","),
            people=_first(changed, ", "),
        )
    return (mean_agreement(made), f"{where} {what}")


def of_viewpoints(made: OccasionComparison) -> tuple[str, ...]:
    """Towards which viewpoints people went on average, and who moved among them.

    Parameters
    ----------
    made : OccasionComparison
    """
    views = made.viewpoints
    if views is None:
        return ()
    if views.basis != "pooled":
        return (moved_people(made),)
    first, second = called(made)
    told = []
    for j, label in enumerate(views.labels):
        one, other = views.before[:, j].mean(), views.after[:, j].mean()
        if made.smallest_p > made.alpha:
            said = N_("Whether people went closer to {viewpoint} on average cannot be told from chance here: {before} {first}, {after} {second}.")
        elif views.p_values[j] > made.alpha:
            said = N_("No mean movement towards or away from {viewpoint} beyond chance: {before} {first}, {after} {second}.")
        elif other > one:
            said = N_("On average people went closer to {viewpoint}: mean correlation {before} {first}, {after} {second}.")
        else:
            said = N_("On average people went away from {viewpoint}: mean correlation {before} {first}, {after} {second}.")
        told.append(_(said, viewpoint=label, before=decimal(one), first=first, after=decimal(other), second=second))
    order = np.flatnonzero(made.moved_people)
    moves = [f"{made.participants[i]} ({_way(made, i)})" for i in order[np.argsort(views.moved[order], kind="stable")].tolist()]
    whole = _("{claim}: {moves}.", claim=moved_people(made), moves=_first(moves, "; ")) if moves else f"{moved_people(made)}."
    return (*told, whole)


def moved_people(made: OccasionComparison) -> str:
    """How many people moved among the viewpoints, as a sentence without its end; or why that is not told.

    Parameters
    ----------
    made : OccasionComparison
    """
    views = made.viewpoints
    if views is not None and views.basis != "pooled":
        return _(
            "The viewpoints are those of the sorts {occasion}, which come closer to them because they made them. So it is shown and not tested how "
            "close people come to them on both occasions.",
            occasion=called(made)[0 if views.basis == "first" else 1],
        )
    n, people = int(made.moved_people.sum()), people_counted(made)
    if not n:
        return _("Nobody of {people} moved among the viewpoints beyond chance", people=people)
    return ngettext(
        "{n} of {people} moved among the viewpoints beyond chance", "{n} of {people} moved among the viewpoints beyond chance", n, people=people
    )


def _first(items: Sequence[str], between: str) -> str:
    """The first `NAMED` of them, and how many more there are."""
    first, more = between.join(items[:NAMED]), len(items) - NAMED
    return _("{listed} and {more} more", listed=first, more=number(more, ",")) if more > 0 else first


def rules(made: OccasionComparison) -> str:
    """What chance was, and what a finding is worth.

    Parameters
    ----------
    made : OccasionComparison
    """
    tested = made.viewpoints is not None and made.viewpoints.basis == "pooled"
    sentences = [_chance(made, tested), _turned(made, tested)]
    if made.people.noise == "assumed":
        sentences.append(_("Whose sort changed is said for the case that the correlation taken as given is right, and the same for everybody."))
    if tested:
        sentences.append(_("For a person's movement each change of a placement was turned round at random."))
        sentences.append(_("The viewpoints are those of the sorts of both occasions together."))
    sentences.append(
        _("A change is what differs between the occasions, whatever brought it about: there is no group here to which nothing happened.")
    )
    return " ".join(sentences)


def _chance(made: OccasionComparison, tested: bool) -> str:
    """In what share of studies anything would be found where nothing changed."""
    if tested:
        said = N_(
            "Beyond chance means: where nothing changed between the occasions, about {share} of studies like this or fewer would find a change in "
            "any statement; and so for people and for viewpoints, each by itself."
        )
    elif made.people.noise != "none known":
        said = N_(
            "Beyond chance means: where nothing changed between the occasions, about {share} of studies like this or fewer would find a change in "
            "any statement; and so for people, each by itself."
        )
    else:
        said = N_(
            "Beyond chance means: where nothing changed between the occasions, about {share} of studies like this or fewer would find a change in "
            "any statement."
        )
    return _(said, share=percent(made.alpha))


def _turned(made: OccasionComparison, tested: bool) -> str:
    """How chance was found out for statements."""
    if made.exact:
        how = ngettext("all {n} ways", "all {n} ways", made.n_draws)
    else:
        how = ngettext("{n} times at random", "{n} times at random", made.n_draws - 1)
    said = (
        N_(
            "For statements and mean movements the order of each person's two sorts was turned round, {how}, and the largest change of all was kept "
            "each time."
        )
        if tested
        else N_("For statements the order of each person's two sorts was turned round, {how}, and the largest change of all was kept each time.")
    )
    return _(said, how=how)


def _way(made: OccasionComparison, i: int) -> str:
    """Where somebody went: the change with each viewpoint that is not small beside the largest."""
    views = made.viewpoints
    if views is None:
        return ""
    change = views.after[i] - views.before[i]
    shown = np.flatnonzero(np.abs(change) >= 0.5 * np.abs(change).max())
    return in_a_row(
        _("{viewpoint} from {before} to {after}", viewpoint=views.labels[j], before=decimal(views.before[i, j]), after=decimal(views.after[i, j]))
        for j in shown.tolist()
    )


def rare(p_value: float) -> str:
    """A p-value as a table has it: three digits, and never 0."""
    return f"< {number(0.001)}" if p_value < 0.0005 else decimal(p_value, 3)


def people_counted(made: OccasionComparison) -> str:
    """``16 people``.

    Parameters
    ----------
    made : OccasionComparison
    """
    return ngettext("{n} person", "{n} people", len(made.participants))
