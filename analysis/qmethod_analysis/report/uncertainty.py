"""What the report says about how sure its figures are: the bootstrap in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qmethod.matching.congruence import EQUAL, FAIR
from qmethod.resampling.bootstrap import FEW, Bootstrap
from qmethod.solution import QSolution
from qmethod.wording import counted
from qmethod_analysis.pictures import figures
from qmethod_analysis.words.labels import place
from qmethod_analysis.words.narrative import decimal


@dataclass(frozen=True, slots=True)
class Sureness:
    """One viewpoint over the resamples.

    Parameters
    ----------
    label, name : str
    number : int
        Its position.
    sentences : tuple of str
        How well it came back, in words.
    cells : tuple of str
        The same in figures: median and 5 % quantile of phi, the two shares, resamples without defining sorts, matches in doubt.
    """

    label: str
    name: str
    number: int
    sentences: tuple[str, ...]
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SureCell:
    """A statement in one viewpoint: place, share of resamples with that place, z-score, interval."""

    place: str
    share: str
    z: str
    interval: str


def percent(share: float) -> str:
    """A share as a whole percentage; ``<1 %`` and ``>99 %`` rather than a false 0 or 100."""
    if share != share:
        return "–"
    whole = round(100 * share)
    if whole == 0 and share > 0:
        return "<1 %"
    return ">99 %" if whole == 100 and share < 1 else f"{whole} %"


def context(solution: QSolution, found: Bootstrap | None, names: Sequence[str]) -> dict[str, object]:
    """Everything the template shows; ``sure`` is None without a bootstrap.

    Parameters
    ----------
    solution : QSolution
    found : Bootstrap or None
    names : sequence of str
        What the viewpoints are called.
    """
    return {"sure": None if found is None else _sure(solution, found, names)}


def _sure(solution: QSolution, found: Bootstrap, names: Sequence[str]) -> dict[str, object]:
    frequency = found.flags.frequency
    return {
        "found": found,
        "introduction": introduction(found),
        "viewpoints": [_viewpoint(solution, found, f, name) for f, name in enumerate(names)],
        "picture": _picture(solution, found),
        "statements": [(i, tuple(_cell(solution, found, i, f) for f in range(len(names)))) for i in range(len(found.statements))],
        "sorts": [
            (
                who,
                int(found.flags.n_used[i]),
                tuple((percent(frequency[i, f]), bool(found.flags.estimate[i, f])) for f in range(len(names))),
            )
            for i, who in enumerate(found.participants)
        ],
        "swaying": swaying(found),
    }


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


def _viewpoint(solution: QSolution, found: Bootstrap, f: int, name: str) -> Sureness:
    r = found.replication
    cells = (
        decimal(r.median[f]),
        decimal(r.low[f]),
        percent(r.fair[f]),
        percent(r.equal[f]),
        str(int(r.n_empty[f])),
        str(int(r.n_contested[f])),
    )
    return Sureness(solution.labels[f], name, f, replication(solution, found, f, name), cells)


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


def _cell(solution: QSolution, found: Bootstrap, i: int, f: int) -> SureCell:
    z, estimate = found.z_scores, found.arrays.estimate[i, f]
    here = found.arrays.values == estimate
    share = percent(float(found.arrays.probability[i, f][here][0])) if here.any() else "–"
    low, high = decimal(z.low[i, f]), decimal(z.high[i, f])
    interval = "–" if z.low[i, f] != z.low[i, f] else f"{low} to {high}"
    return SureCell(place(solution, estimate), share, decimal(z.estimate[i, f]), interval)


def _picture(solution: QSolution, found: Bootstrap) -> object:
    if not solution.flags.any():
        return None
    order = [solution.data.statements[i] for i in figures.dot_order(solution)]
    words = (
        f"One row a statement, one point a viewpoint, a bar for its interval. From top to bottom: statements {', '.join(order)}. "
        "The table below gives all figures."
    )
    return figures.z_intervals(solution, found.z_scores.low, found.z_scores.high).svg("intervals", "z-scores with their intervals", words)
