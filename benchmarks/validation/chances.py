"""How right the probabilities of numbers of viewpoints are: in fresh studies of the mix they were learned from, and in kinds of study one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.validation import calibrated, retention, themes
from benchmarks.validation.mix import Study, study
from benchmarks.validation.planting import NAMED, Cell, Tally
from qmethod import Policies, QData
from qmethod.method import tie_breaking
from qmethod.method.correlation import correlate
from qmethod.retention.advice import TOLD
from qmethod.retention.criteria import Table
from qmethod.retention.probability import MOST, plausible, probabilities, unknown
from qmethod.retention.row import RetentionRow
from qmethod.retention.themes import themes_of

MIX, TAGGED = "the mix", "the mix, with tags"
RANKS = "by ranks"
BINS = (0.0, 0.3, 0.5, 0.7, 0.9, 1.0)
"""Of the probability of the likeliest number."""


def _cell(
    sizes: tuple[int, ...],
    loadings: tuple[float, float] = (0.6, 0.8),
    common: float = 0.0,
    grid: str = "classical",
    *,
    sorts: int = 0,
    twist: str = "",
) -> Cell:
    what = "-".join(map(str, sizes)) + f", loadings {loadings[0]} to {loadings[1]}, common {common}" if sizes else f"random, {sorts} sorts"
    name = f"{what}, {grid} grid{twist and f', {twist}'}"
    return Cell("chances", name, sizes, loadings, common, sorts or sum(sizes), grid, 0.34, twist=twist)


LOOSE = (
    _cell(NAMED, (0.4, 0.6), 0.4),
    _cell(NAMED, (0.4, 0.6), 0.0),
    _cell((7, 7, 6), (0.4, 0.6), 0.3, "thirty"),
    _cell((12, 8), (0.4, 0.6), 0.4),
    _cell((14, 13, 13), (0.4, 0.6), 0.4),
    _cell((20, 20), (0.4, 0.6), 0.5),
    _cell((30, 25, 15, 10), (0.4, 0.6), 0.4),
    _cell((60, 40, 30, 20), (0.4, 0.6), 0.4),
    _cell((40,), (0.4, 0.6)),
)
BETWEEN = (
    _cell((4, 4, 4, 4), (0.5, 0.7), 0.2),
    _cell((10, 10, 10, 10), (0.5, 0.7), 0.3, "flat"),
    _cell((10, 10, 10, 10, 10, 10), (0.5, 0.7), 0.3, "flat"),
    *(_cell(NAMED, (0.5, 0.7), 0.4, twist=twist) for twist in ("two views", "opponents", "random sorters")),
)
TIGHT = (
    _cell((24,)),
    _cell((7, 7, 6), (0.6, 0.8), 0.3, "thirty"),
    _cell(NAMED, (0.6, 0.8), 0.4),
    _cell(NAMED, (0.6, 0.8), 0.4, "small"),
    _cell(NAMED, (0.6, 0.8), 0.4, "binary"),
    _cell(NAMED, (0.6, 0.8), 0.4, twist=RANKS),
    _cell((16, 16, 16, 16, 16), (0.6, 0.8), 0.5),
)
RANDOM = (
    _cell((), sorts=20),
    _cell((), sorts=40, grid="thirty"),
    _cell((), sorts=30, grid="small"),
    _cell((), sorts=30, grid="flat"),
)
UNTAGGED = (Cell("chances", MIX, (), times=4, twist=MIX), *RANDOM, *LOOSE, *BETWEEN, *TIGHT)


def _themed(
    theme: int, own: float, sizes: tuple[int, ...], loadings: tuple[float, float] = (0.6, 0.8), common: float = 0.0, *, times: float = 0.2
) -> Cell:
    what = "-".join(map(str, sizes)) + f", loadings {loadings[0]} to {loadings[1]}" if sizes else "no shared view"
    shared = f", common {common}" if common else ""
    name = f"{what}{shared}, themes of {theme}, own liking {own:.0%}"
    return Cell("chances", name, sizes, loadings, common, sum(sizes) or themes.SORTS, theme=theme, own=own, times=times)


HARD = (
    (NAMED, (0.4, 0.6), 0.4),
    ((12, 8), (0.4, 0.6), 0.4),
    ((14, 13, 13), (0.4, 0.6), 0.4),
    ((40,), (0.4, 0.6), 0.0),
    ((4, 4, 4, 4), (0.5, 0.7), 0.2),
    ((10, 10, 10, 10, 10, 10), (0.5, 0.7), 0.3),
    (NAMED, (0.6, 0.8), 0.4),
)
"""Sizes, loadings and common ground of kinds that are asked without tags too."""


THEMED = (
    Cell("chances", TAGGED, (), times=1, twist=TAGGED),
    *(_themed(theme, 0.3, ()) for theme in (2, 3, 6)),
    *(_themed(theme, 0.5, (), times=0.34) for theme in (2, 3, 6)),
    *(_themed(theme, 0.3, themes.VIEWS) for theme in (2, 3, 6)),
    *(_themed(theme, 0.5, themes.VIEWS) for theme in (2, 3, 6)),
    _themed(3, 0.3, themes.VIEWS, (0.4, 0.6), times=0.4),
    _themed(3, 0.3, (16, 9, 5), (0.5, 0.7), times=0.4),
    *(_themed(3, 0.3, *kind) for kind in HARD),
)


CELLS = (*UNTAGGED, *THEMED)


def drawn(cell: Cell, rng: np.random.Generator) -> Study:
    """A study of a cell."""
    if cell.twist in (MIX, TAGGED):
        return study(rng, tagged=cell.twist == TAGGED)
    truth = len(cell.sizes)
    if cell.theme:
        data, made = themes.drawn(cell, rng)
        return Study(data.sorts, truth, tuple(made.names[number] for number in made.numbers.tolist()))
    if cell.twist in calibrated.TWISTS:
        return Study(calibrated.study(cell, rng).sorts, truth)
    return Study(retention.drawn(cell, rng).sorts, truth, correlation="spearman" if cell.twist == RANKS else "pearson")


def asked(one: Study, rng: np.random.Generator) -> dict[str, Any]:
    """What `qmethod.retention.retain.retain` puts into its table with the same generator, as far as probabilities rest on it, in JSON's types.

    Parameters
    ----------
    one : Study
    rng : numpy.random.Generator
    """
    data = QData(one.sorts)
    ordered = data.keep(tie_breaking.file_order(data.sorts, data.participants).tolist())
    policies = Policies.preset("standard", correlation=one.correlation)
    table = Table(ordered, policies, correlate(ordered, policies.correlation), MOST, one.n_random, lambda _step, _done, _total: None)
    streams = rng.spawn(6)
    table.eigenvalues()
    table.nest(table.parallel(streams[0]), streams[1], True)
    themes = None if one.tags is None else themes_of(one.tags, ordered.statements)
    table.beyond_themes(themes, streams[3], True)
    table.partial_correlations()
    table.halves(streams[2])
    table.evened(themes, streams[5])
    return {
        "rows": [{"k": k, **cells} for k, cells in enumerate(table.cells)],
        **table.answers,
        "reasons": table.reasons,
        "limited": table.limited,
        "n_statements": data.n_statements,
        "n_sorts": data.n_sorts,
        "n_random": one.n_random,
    }


def rows_of(table: Mapping[str, Any]) -> tuple[RetentionRow, ...]:
    """The rows of a table that was kept."""
    return tuple(RetentionRow(**row) for row in table["rows"])


def why_not(table: Mapping[str, Any]) -> str:
    """Why a table has no probabilities; see `qmethod.retention.probability.unknown`."""
    shape = table["n_statements"], table["n_sorts"], table["n_random"]
    return unknown(rows_of(table), table, table["reasons"], table["limited"], *shape, Policies.preset("standard"))


def one(cell: Cell, rng: np.random.Generator) -> Tally:
    """How right the advice is in one study."""
    made = drawn(cell, rng)
    return judged(made.viewpoints, asked(made, rng))


def judged(truth: int, table: Mapping[str, Any]) -> Tally:
    """Whether the numbers said to hold the truth do, whether what is told is right, and what probability was said; NEST beside it.

    Parameters
    ----------
    truth : int
        How many viewpoints there are.
    table : mapping of str to object
        From `asked`.
    """
    refused = bool(why_not(table))
    tally: Tally = {("chances", "refused"): (float(refused), 1.0)}
    if refused:
        return tally
    found = probabilities(rows_of(table), table, table["n_statements"], table["n_sorts"])
    held, best = plausible(found), int(np.argmax(found))
    told, right = float(found[best] >= TOLD), float(best == truth)
    tally["numbers", "hold"] = (float(truth in held), 1.0)
    tally["numbers", "how many"] = (float(len(held)), 1.0)
    tally["chances", "told"] = (told, 1.0)
    tally["chances", "right of told"] = (told * right, told)
    tally["chances", "wrong and told"] = (told * (1 - right), 1.0)
    tally["chances", "likeliest right"] = (right, 1.0)
    nest, average = (table[name] for name in ("nest" if table["nest_themes"] is None else "nest_themes", "map"))
    tally["criteria", "agree and wrong"] = (float(nest == average != truth), 1.0)
    tally["criteria", "NEST right"] = (float(nest == truth), 1.0)
    high = next(high for high in BINS[1:] if found[best] < high or high == BINS[-1])
    tally["likeliest", f"said {high}"] = (found[best], 1.0)
    tally["likeliest", f"true {high}"] = (right, 1.0)
    return tally
