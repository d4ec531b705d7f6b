"""Analyses for the tests of reports: a study with answers and comments, names that are markup, and what each format says when it is read again."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from types import MappingProxyType

import numpy as np

import qmethod
from qmethod import QData
from qmethod.resampling.bootstrap import bootstrap
from qmethod.retention.retain import retain
from qmethod_analysis.folder.loaded import Loaded, understand
from qmethod_analysis.interpretation.background import Asked, Comment, read_background
from qmethod_analysis.recipe.recipe import Counting, Input, Recipe, Resampling
from qmethod_studies.loading import find, load
from qmethod_studies.simulation import draw


@cache
def leadership(n: int = 24) -> Loaded:
    """The leadership study with people who answered and wrote; names are codes as a panel gives them."""
    study = load(find("leadership"))
    drawn = draw(study, n, np.random.default_rng(2)).data
    who = tuple(f"code-{17 * i % 97:02}" for i in range(1, n + 1))
    texts = tuple(statement.text.in_("en") for statement in study.statements)
    data = QData.from_array(drawn.sorts, statements=drawn.statements, participants=who, texts=texts)
    solution = qmethod.analyse(data, 4)
    known = read_background("leadership", data)
    role = Asked(
        "role",
        "Your part?",
        "choice",
        ("city", "group", "mayor"),
        MappingProxyType({name: (("city", "group")[i % 2],) for i, name in enumerate(who)}),
    )
    role = replace(role, answers=MappingProxyType({**role.answers, who[0]: ("mayor",)}))
    age = Asked("age", "Your age?", "number", (), MappingProxyType({name: 20.0 + i for i, name in enumerate(who)}))
    comments = tuple(
        Comment(name, statement, f"Because {name.removeprefix('code-')} motives & <more> than one.", float(drawn.sorts[j, i]))
        for i, name in enumerate(who)
        for j, statement in enumerate(data.statements)
        if abs(drawn.sorts[j, i]) == 4
    )
    background = replace(
        known, questions=(role, age), comments=comments, n_started=30, n_submitted=n, n_declined=2, minutes=25.5, days=("2026-01-02", "2026-02-03")
    )
    recipe = Recipe(input=Input(path="sorts.csv"), n_factors=4, bootstrap=Resampling(60), retention=Counting(39))
    rng = np.random.default_rng(1)
    counted = retain(data, policies=solution.policies, max_factors=6, n_random=39, rng=rng, nest=False)
    return understand(solution, recipe, found=bootstrap(solution, 60, rng=rng), counted=counted, background=background)


def bare(solution: qmethod.QSolution) -> Loaded:
    """A solution about which nothing else is known."""
    return understand(solution, Recipe(input=Input(path="sorts.csv"), n_factors=solution.n_factors))


@cache
def named(names: tuple[str, ...]) -> Loaded:
    """Eight sorts under any names: two viewpoints, one sort left undecided."""
    grid = np.array([-2, -1, -1, 0, 0, 0, 1, 1, 2])
    rng = np.random.default_rng(5)
    one, two = rng.permutation(grid), rng.permutation(grid)
    noise = [rng.permutation(grid) for _ in range(len(names) - 6)]
    sorts = np.column_stack([one, np.roll(one, 9), one[[1, 0, *range(2, 9)]], two, two, two[[0, 2, 1, *range(3, 9)]], *noise])
    return bare(qmethod.analyse(QData.from_array(sorts, participants=names), 2))
