"""What reports say of viewpoints in words: how sure they are, and, where answers have nothing to do with them, whose answers set people apart."""

from __future__ import annotations

from typing import get_args

import numpy as np

from benchmarks.validation.calibrated import study
from benchmarks.validation.planting import NAMED, Cell, Tally
from qmethod import analyse
from qmethod.data import QData
from qmethod.matching.congruence import FAIR, align, tucker
from qmethod_analysis.interpretation.background import Asked, Background
from qmethod_analysis.interpretation.crib_sheet import interpret
from qmethod_analysis.site.wording import traits
from qmethod_analysis.words.sureness import Verdict, verdict

WORDS: tuple[Verdict, ...] = get_args(Verdict)
ASKED = (2, 3, 4, 5, 7)
"""Options of each question with options; how many people choose each is drawn anew."""
STRENGTH = 0.8
"""Share of the people of the largest viewpoint that give an answer which goes with it; of all others as many do not."""


def _cell(sizes: tuple[int, ...], loadings: tuple[float, float], common: float, grid: str = "classical") -> Cell:
    name = f"{'-'.join(map(str, sizes))}, loadings {loadings[0]} to {loadings[1]}, correlation {common}, {grid} grid"
    return Cell("telling", name, sizes, loadings, common, sum(sizes), grid, 1 / 3)


CELLS = (
    _cell(NAMED, (0.6, 0.8), 0.4),
    _cell(NAMED, (0.4, 0.6), 0.4),
    _cell((7, 7, 6), (0.5, 0.7), 0.4, "thirty"),
    _cell((14, 13, 13), (0.6, 0.8), 0.4),
)


def one(cell: Cell, rng: np.random.Generator) -> Tally:
    """One study: its words of sureness beside the truth, and its sentences on who holds a viewpoint."""
    drawn = study(cell, rng)
    solution = analyse(QData.from_array(drawn.sorts), len(cell.sizes))
    alignment = align(solution.scores.z_scores, drawn.truth)
    columns = alignment.order[: drawn.truth.shape[1]].tolist()
    like = np.abs(np.diag(tucker(solution.scores.z_scores[:, columns], drawn.truth))) >= FAIR
    said = [verdict(solution, f) for f in columns]
    tally: Tally = {}
    for word in WORDS:
        told = np.array([each == word for each in said])
        tally["word", f"{word}, and so"] = (float((told & like).sum()), float(told.sum()))
        tally["word", f"so, and {word}"] = (float((told & like).sum()), float(like.sum()))
    people = solution.data.participants
    unrelated = _unrelated(people, rng)
    readings = interpret(solution, Background(questions=unrelated)).readings
    tally["answers", "false sentence in a study"] = (float(any(traits(reading) for reading in readings if reading)), 1.0)
    raw = [one.p_value for reading in readings if reading for one in reading.traits]
    tally["answers", "p below .05 in a study"] = (float(min(raw, default=1.0) < 0.05), 1.0)
    related = _related(people, cell.sizes[0], rng)
    both = interpret(solution, Background(questions=(*unrelated, related))).readings
    told_of = [words for reading in both if reading for words in traits(reading)]
    tally["answers", "true sentence in a study"] = (float(any(related.label in words for words in told_of)), 1.0)
    return tally


def _unrelated(people: tuple[str, ...], rng: np.random.Generator) -> tuple[Asked, ...]:
    """Questions with options, one of which several may be chosen, and a number; drawn without a look at the viewpoints."""
    asked = []
    for n in ASKED:
        options, shares = tuple(f"option {i + 1}" for i in range(n)), rng.dirichlet(np.full(n, 2.0))
        chosen = rng.choice(n, len(people), p=shares)
        asked.append(Asked(f"q{n}", f"Question of {n}", "choice", options, {who: (options[i],) for who, i in zip(people, chosen, strict=True)}))
    options = ("red", "green", "blue")
    several = rng.random((len(people), len(options))) < 0.4
    many = {who: tuple(option for option, yes in zip(options, row, strict=True) if yes) for who, row in zip(people, several, strict=True)}
    asked.append(Asked("several", "Question of several", "choice", options, many))
    ages = dict(zip(people, rng.integers(18, 80, len(people)).astype(float).tolist(), strict=True))
    return (*asked, Asked("age", "Age", "number", (), ages))


def _related(people: tuple[str, ...], n: int, rng: np.random.Generator) -> Asked:
    """A question of two options whose first most of the first `n` people choose, and most of the others do not."""
    likely = np.where(np.arange(len(people)) < n, STRENGTH, 1 - STRENGTH)
    yes = rng.random(len(people)) < likely
    return Asked(
        "related",
        "Question that goes with a viewpoint",
        "choice",
        ("yes", "no"),
        {who: ("yes" if given else "no",) for who, given in zip(people, yes, strict=True)},
    )
