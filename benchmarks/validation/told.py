"""The page's table, targets and figures about the words of reports."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.validation.fragments import Fragment
from benchmarks.validation.planting import Cell
from benchmarks.validation.tables import Rates, cell_of, percent, sets_of, span, table, uncertainty
from benchmarks.validation.telling import STRENGTH, WORDS

Part = tuple[list[Cell], Rates]
ANSWERS = ("p below .05 in a study", "false sentence in a study", "true sentence in a study")
SAID = tuple(word for word in WORDS if word != "not examined")


def telling(cells: Sequence[Cell], rates: Rates) -> list[Fragment]:
    """What each word is worth, and how often answers are said to go with a viewpoint."""
    head = ("kind of study", *(f"{word}, and so" for word in SAID), *(f"so, and {word}" for word in SAID))
    words = [(c.name, *(cell_of(rates, c.name, "word", what) for what in head[1:])) for c in cells]
    note = (
        "Percent. Of the viewpoints called by each word, how many are like a planted one (φ of .85 or more); and of those that are, "
        "how many are called so. "
        f"{sets_of(rates)} data sets of each kind; the luck of the draw is ± "
        f"{uncertainty(rates, lambda _c, r, _m: r == 'word')} points at most, where few are called so (two Monte Carlo standard errors)."
    )
    answers = [(c.name, *(cell_of(rates, c.name, "answers", what) for what in ANSWERS)) for c in cells]
    heads = ("kind of study", "any p below .05 before correction", "a sentence, answers unrelated", "the sentence, answer related")
    beside = (
        "Percent of studies. Seven questions are answered without regard to viewpoints; in the last column an eighth is answered yes by "
        f"{percent(STRENGTH)} % of the largest viewpoint and by {percent(1 - STRENGTH)} % of all others. The luck of the draw is ± "
        f"{uncertainty(rates, lambda _c, r, _m: r == 'answers')} points at most."
    )
    return [Fragment("telling-words", (table(head, words),), note), Fragment("telling-answers", (table(heads, answers),), beside)]


def targets(part: Part) -> list[tuple[str, str, str, str]]:
    """What was asked beforehand, what was found, and whether it holds."""
    cells, rates = part
    shares = [rates[c.name, "answers", ANSWERS[1]].rate for c in cells]
    what = "studies in which a sentence says that an answer goes with a viewpoint, where none does"
    return [(what, "at most 5 %", f"{span(shares, 1)} %", "yes" if max(shares) <= 0.05 else "**no**")]


def numbers(part: Part) -> dict[str, str]:
    """The figures of the sentences."""
    cells, rates = part
    found = {"sets_telling": sets_of(rates), "answers_false": span([rates[c.name, "answers", ANSWERS[1]].rate for c in cells], 1)}
    found["answers_uncorrected"] = span([rates[c.name, "answers", ANSWERS[0]].rate for c in cells])
    found["answers_true"] = span([rates[c.name, "answers", ANSWERS[2]].rate for c in cells])
    for word in SAID:
        known = [rate for c in cells if (rate := rates.get((c.name, "word", f"{word}, and so"))) is not None]
        found[f"word_{word}"] = percent(sum(one.rate * one.tests for one in known) / sum(one.tests for one in known))
    return found
