"""What the report says about how sure its figures are: the bootstrap in words."""

from __future__ import annotations

from collections import Counter

from qmethod.matching.congruence import EQUAL, FAIR
from qmethod.resampling.bootstrap import FEW, Bootstrap
from qmethod.solution import QSolution
from qmethod_analysis.words.language import N_, _, ngettext, number
from qmethod_analysis.words.narrative import reasons, whole_percent


def introduction(found: Bootstrap) -> tuple[str, ...]:
    """What was done, in sentences."""
    sentences = [
        ngettext(
            "To see how much hangs on who took part, {n} participant were drawn anew with replacement {times} times, each of them equally often in "
            "all, and each time the whole analysis was repeated with the same conventions and matched with the viewpoints above.",
            "To see how much hangs on who took part, {n} participants were drawn anew with replacement {times} times, each of them equally often in "
            "all, and each time the whole analysis was repeated with the same conventions and matched with the viewpoints above.",
            len(found.participants),
            times=number(found.n_replicates, ","),
        ),
        _intervals(found),
        _("It speaks of other people who might have taken part, not of other statements that might have been written."),
    ]
    lost = found.n_replicates - found.n_completed
    if lost:
        sentences.append(
            ngettext(
                "{n} repetition could not be analysed and is left out: {why}.",
                "{n} repetitions could not be analysed and are left out: {why}.",
                lost,
                why=reasons(Counter(dict(found.failures))),
            )
        )
    return tuple(sentences)


def _intervals(found: Bootstrap) -> str:
    """What an interval holds."""
    level = f"{number(100 * found.level)} %"
    if found.interval == "expanded-percentile":
        return _("Intervals are for {level}, widened for the number of sorts that define a viewpoint (expanded percentiles).", level=level)
    if found.interval == "widened-percentile":
        return _("Intervals are for {level}, widened for the number of sorts that define a viewpoint (widened percentiles).", level=level)
    if found.interval == "percentile" or not (found.n_defining < FEW).any():
        return _("An interval holds the middle {level} of these repetitions.", level=level)
    said = N_(
        "An interval holds the middle {level} of these repetitions; for viewpoints that fewer than {few} sorts define it is widened for their "
        "number (widened percentiles)."
    )
    return _(said, level=level, few=FEW)


def replication(solution: QSolution, found: Bootstrap, f: int, name: str) -> tuple[str, ...]:
    """How well one viewpoint came back, and what the number of its defining sorts means for that.

    Parameters
    ----------
    solution : QSolution
    found : Bootstrap
    f : int
        Its position.
    name : str
    """
    p, r = int(found.n_defining[f]), found.replication
    if p == 0 or r.fair[f] != r.fair[f]:
        return (_("{name} has no scores here, so there is nothing that could come back.", name=name),)
    fair, equal = whole_percent(r.fair[f]), whole_percent(r.equal[f])
    sentences = [
        _(
            "{name} came back in {fair} of the repetitions (congruence of at least {from_fair}); in {equal} it was all but the same (at least "
            "{from_equal}).",
            name=name,
            fair=fair,
            from_fair=number(FAIR),
            equal=equal,
            from_equal=number(EQUAL),
        )
    ]
    if r.n_empty[f]:
        sentences.append(_("In {share} nobody defined it.", share=whole_percent(r.n_empty[f] / found.n_completed)))
    if r.n_contested[f]:
        sentences.append(_("In {share} it was in doubt which factor it was.", share=whole_percent(r.n_contested[f] / found.n_completed)))
    sentences += _few(solution, found, f, p)
    return tuple(sentences)


def _few(solution: QSolution, found: Bootstrap, f: int, p: int) -> list[str]:
    if p == 1:
        who = solution.defining(f)[0]
        said = (
            N_(
                "It rests on one sort, {who}. A repetition has this sort or has not, so its intervals say nothing about how others who share the "
                "view would sort; there is no widened interval for one sort."
            )
            if found.interval != "percentile"
            else N_(
                "It rests on one sort, {who}. A repetition has this sort or has not, so its intervals say nothing about how others who share the "
                "view would sort."
            )
        )
        return [_(said, who=who)]
    if p < FEW:
        return [
            ngettext(
                "It rests on {n} sort, and so few people can be drawn in few different ways: read its intervals as a rough guide.",
                "It rests on {n} sorts, and so few people can be drawn in few different ways: read its intervals as a rough guide.",
                p,
            )
        ]
    return []


def swaying(found: Bootstrap) -> tuple[tuple[str, str, str], ...]:
    """Sorts whose flags are least certain: name, label and frequency of those flagged in less than 80 %, or unflagged in more than 50 %."""
    rows = []
    for i, who in enumerate(found.participants):
        for f, label in enumerate(found.labels):
            share, flagged = found.flags.frequency[i, f], found.flags.estimate[i, f]
            if (flagged and share < 0.8) or (not flagged and share > 0.5):
                rows.append((who, label, whole_percent(share)))
    return tuple(rows)
