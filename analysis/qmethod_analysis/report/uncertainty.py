"""What the report says about how sure its figures are: the bootstrap in words."""

from __future__ import annotations

from qmethod.matching.congruence import EQUAL, FAIR
from qmethod.resampling.bootstrap import FEW, Bootstrap
from qmethod.solution import QSolution
from qmethod.wording import counted


def percent(share: float) -> str:
    """A share as a whole percentage; ``<1 %`` and ``>99 %`` rather than a false 0 or 100."""
    if share != share:
        return "–"
    whole = round(100 * share)
    if whole == 0 and share > 0:
        return "<1 %"
    return ">99 %" if whole == 100 and share < 1 else f"{whole} %"


def introduction(found: Bootstrap) -> tuple[str, ...]:
    """What was done, in sentences."""
    sentences = [
        f"To see how much hangs on who took part, {counted(len(found.participants), 'participant')} were drawn anew with replacement "
        f"{found.n_replicates:,} times, each of them equally often in all, and each time the whole analysis was repeated with the same conventions "
        "and matched with the viewpoints above.",
        _intervals(found),
        "It speaks of other people who might have taken part, not of other statements that might have been written.",
    ]
    lost = found.n_replicates - found.n_completed
    if lost:
        sentences.append(f"{counted(lost, 'repetition')} could not be analysed and {'is' if lost == 1 else 'are'} left out: {found.failures[0][0]}.")
    return tuple(sentences)


def _intervals(found: Bootstrap) -> str:
    """What an interval holds."""
    middle = f"An interval holds the middle {100 * found.level:g} % of these repetitions"
    if found.interval == "expanded-percentile":
        return f"Intervals are for {100 * found.level:g} %, widened for the number of sorts that define a viewpoint (expanded percentiles)."
    if found.interval == "percentile" or not (found.n_defining < FEW).any():
        return f"{middle}."
    return f"{middle}; for viewpoints that fewer than {FEW} sorts define it is widened for their number (expanded percentiles)."


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
        return (f"{name} has no scores here, so there is nothing that could come back.",)
    fair, equal = percent(r.fair[f]), percent(r.equal[f])
    sentences = [
        f"{name} came back in {fair} of the repetitions (congruence of at least {FAIR}); in {equal} it was all but the same (at least {EQUAL})."
    ]
    if r.n_empty[f]:
        sentences.append(f"In {percent(r.n_empty[f] / found.n_completed)} nobody defined it.")
    if r.n_contested[f]:
        sentences.append(f"In {percent(r.n_contested[f] / found.n_completed)} it was in doubt which factor it was.")
    sentences += _few(solution, found, f, p)
    return tuple(sentences)


def _few(solution: QSolution, found: Bootstrap, f: int, p: int) -> list[str]:
    if p == 1:
        who = solution.defining(f)[0]
        return [
            f"It rests on one sort, {who}. A repetition has this sort or has not, so its intervals say nothing about how others who share the view "
            "would sort" + ("; there is no widened interval for one sort." if found.interval != "percentile" else ".")
        ]
    if p < FEW:
        return [f"It rests on {p} sorts, and so few people can be drawn in few different ways: read its intervals as a rough guide."]
    return []


def swaying(found: Bootstrap) -> tuple[tuple[str, str, str], ...]:
    """Sorts whose flags are least certain: name, label and frequency of those flagged in less than 80 %, or unflagged in more than 50 %."""
    rows = []
    for i, who in enumerate(found.participants):
        for f, label in enumerate(found.labels):
            share, flagged = found.flags.frequency[i, f], found.flags.estimate[i, f]
            if (flagged and share < 0.8) or (not flagged and share > 0.5):
                rows.append((who, label, percent(share)))
    return tuple(rows)
