"""What changed between two occasions, in sentences that say no more than the figures."""

from __future__ import annotations

import numpy as np

from qmethod.occasions.compared import OccasionComparison
from qmethod.wording import counted, listed
from qmethod_analysis.words.narrative import decimal, joined

FEW = 5
"""People with whom no order of their sorts is rarer than one in twenty."""
_NAMED = 12
"""People and statements that a sentence names at most."""


def story(made: OccasionComparison) -> tuple[str, ...]:
    """The findings: of statements, of people, of viewpoints.

    Parameters
    ----------
    made : OccasionComparison
    """
    return (*of_statements(made), *of_people(made), *of_viewpoints(made))


def of_statements(made: OccasionComparison) -> tuple[str, ...]:
    """Which statements moved beyond chance, and how far; and what is not said where none did."""
    n, which = len(made.ids), np.flatnonzero(made.changed_statements)
    if made.n_draws == 1 and (made.statements.before == made.statements.after).all():
        return ("Nobody placed any statement otherwise.",)
    if made.smallest_p > made.alpha:
        who = "So few people placed anything otherwise that" if len(made.participants) > FEW else f"With {_people(made)}"
        return (f"{who} no change of a statement can be told from chance, however large it is.",)
    if not len(which):
        return (f"None of {counted(n, 'statement')} moved beyond chance. That is no proof that none did: small changes are missed.",)
    be = "statement" if n == 1 else "statements"
    order = which[np.argsort(-np.abs(made.statements.change[which]), kind="stable")].tolist()
    moves = [f"{made.ids[i]} {'rose' if made.statements.change[i] > 0 else 'fell'} by {_places(made.statements.change[i])}" for i in order[:_NAMED]]
    more = f", and {len(order) - _NAMED} more" if len(order) > _NAMED else ""
    return (f"{len(which)} of {n} {be} moved beyond chance on average: {', '.join(moves) if more else joined(moves)}{more}.",)


def of_people(made: OccasionComparison) -> tuple[str, ...]:
    """How far people agree with themselves, and whose sort changed more than repeating it explains, as far as that is known."""
    r, p = made.people.correlations, len(made.participants)
    least, most = (made.participants[int(i)] for i in (r.argmin(), r.argmax()))
    spread = f"least in {least} ({decimal(r.min())}), most in {most} ({decimal(r.max())})"
    first = f"The two sorts of a person correlate {decimal(made.mean_correlation)} on average: {spread}."
    noise = made.people
    if noise.noise == "none known":
        return (
            first,
            "How well these people repeat a sort when nothing has changed is not known, so this does not say whose view changed: part of it is "
            "how people sort from one day to another.",
        )
    where = (
        f"{noise.n_pairs} people sorted twice {made.labels[0]}, and their repeated sorts correlate {decimal(noise.reliability)} on average"
        if noise.noise == "retest"
        else f"A correlation of {decimal(noise.reliability)} between repeated sorts was taken as given, not measured here"
    )
    which = np.flatnonzero(made.changed_people)
    changed = [made.participants[i] for i in which[np.argsort(r[which], kind="stable")].tolist()]
    if not changed:
        return (first, f"{where}. No sort of {_people(made)} changed more than that explains beyond chance.")
    verb = "sort" if len(changed) == 1 else "sorts"
    return (first, f"{where}. {len(changed)} of {p} {verb} changed more than that explains: {listed(changed, _NAMED)}.")


def of_viewpoints(made: OccasionComparison) -> tuple[str, ...]:
    """Towards which viewpoints people went on average, and who moved among them."""
    views = made.viewpoints
    if views is None:
        return ()
    if views.basis != "pooled":
        when = made.labels[0] if views.basis == "first" else made.labels[1]
        return (
            f"The viewpoints are those of the sorts {when}, which come closer to them because they made them. So it is shown and not tested how "
            "close people come to them on both occasions.",
        )
    told = []
    for j, label in enumerate(views.labels):
        one, other = views.before[:, j].mean(), views.after[:, j].mean()
        if views.p_values[j] <= made.alpha:
            way = "closer to" if other > one else "away from"
            told.append(f"On average people went {way} {label}: mean correlation {decimal(one)} {made.labels[0]}, {decimal(other)} {made.labels[1]}.")
        else:
            told.append(
                f"No mean movement towards or away from {label} beyond chance: {decimal(one)} {made.labels[0]}, {decimal(other)} {made.labels[1]}."
            )
    which = np.flatnonzero(made.moved_people)
    order = which[np.argsort(views.moved[which], kind="stable")].tolist()
    if not order:
        told.append(f"Nobody of {_people(made)} moved among the viewpoints beyond chance.")
        return tuple(told)
    moves = [f"{made.participants[i]} ({_way(made, i)})" for i in order[:_NAMED]]
    more = f" and {len(order) - _NAMED} more" if len(order) > _NAMED else ""
    told.append(f"{len(order)} of {_people(made)} moved among the viewpoints beyond chance: {'; '.join(moves)}{more}.")
    return tuple(told)


def rules(made: OccasionComparison) -> str:
    """What chance was, and what a finding is worth."""
    share, views = f"{100 * made.alpha:g} %", made.viewpoints
    how = f"all {made.n_draws:,} ways" if made.exact else f"{made.n_draws - 1:,} times at random"
    tested = views is not None and views.basis == "pooled"
    people = f"For statements{' and mean movements' if tested else ''} the order of each person's two sorts was turned round,"
    others = [*(["for people"] if tested or made.people.noise != "none known" else []), *(["for viewpoints"] if tested else [])]
    sentences = [
        f"Beyond chance means: where nothing changed between the occasions, about {share} of studies like this or fewer would find a change in any "
        f"statement{f'; and so {joined(others)}, each by itself' if others else ''}.",
        f"{people} {how}, and the largest change of all was kept each time.",
    ]
    if made.people.noise == "assumed":
        sentences.append("Whose sort changed is said for the case that the correlation taken as given is right, and the same for everybody.")
    if tested:
        sentences.append("For a person's movement each change of a placement was turned round at random.")
        sentences.append("The viewpoints are those of the sorts of both occasions together.")
    sentences.append("A change is what differs between the occasions, whatever brought it about: there is no group here to which nothing happened.")
    return " ".join(sentences)


def _way(made: OccasionComparison, i: int) -> str:
    """Where somebody went: the change with each viewpoint that is not small beside the largest."""
    views = made.viewpoints
    if views is None:
        return ""
    change = views.after[i] - views.before[i]
    shown = np.flatnonzero(np.abs(change) >= 0.5 * np.abs(change).max())
    return ", ".join(f"{views.labels[j]} from {decimal(views.before[i, j])} to {decimal(views.after[i, j])}" for j in shown.tolist())


def rare(p_value: float) -> str:
    """A p-value as a table has it: three digits, and never 0."""
    return "< 0.001" if p_value < 0.0005 else decimal(p_value, 3)


def _places(change: float) -> str:
    size = decimal(abs(change), 1)
    return f"{size} place{'' if size == '1.0' else 's'}"


def _people(made: OccasionComparison) -> str:
    return f"{len(made.participants):,} people"
