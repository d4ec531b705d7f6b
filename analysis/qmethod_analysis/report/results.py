"""What came out, as tables and pictures of the report: factors, statements, loadings, and how sure they are."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from qmethod.data import FloatArray
from qmethod.method.flagging import threshold
from qmethod.resampling.bootstrap import Bootstrap
from qmethod.solution import QSolution, Viewpoints
from qmethod_analysis.folder.loaded import Loaded
from qmethod_analysis.interpretation.background import Asked
from qmethod_analysis.pictures import drawing, figures
from qmethod_analysis.pictures.figures import loading_pairs
from qmethod_analysis.report import uncertainty, view
from qmethod_analysis.report.blocks import Block, Heading, Paragraph, PictureBlock, TableBlock
from qmethod_analysis.report.sections import section
from qmethod_analysis.words.labels import defined, place
from qmethod_analysis.words.language import N_, _, amount, ngettext, number
from qmethod_analysis.words.narrative import decimal, in_a_row, joined, whole_percent

SHOWN_EIGENVALUES = 12
SWAYING = 20
"""Flags that hang in the balance which the text names."""
PLOTTED = N_(
    "a point for each sort, the further out the closer to the viewpoint or to its opposite; shape and colour tell which one it defines, dotted lines "
    "mark significant loadings, and of those that define a viewpoint the five that load highest are named where there is room."
)
PAGE = 1150.0
"""Height of a picture, in CSS pixels, that is still legible on one page of paper."""


def statement_cell(solution: Viewpoints, i: int) -> str:
    """A statement in the first column of a table: id and whole wording."""
    text = " ".join(solution.data.texts[i].split())
    return f"{solution.data.statements[i]}. {text}" if text else solution.data.statements[i]


def legend(marked: view.Standing) -> tuple[str, ...]:
    """What the signs beside statements mean."""
    return tuple(f"{mark.sign} {mark.words}" for mark in view.mark_legend(marked))


def factors(loaded: Loaded) -> list[Block]:
    """Characteristics, eigenvalues, correlations.

    Parameters
    ----------
    loaded : Loaded
    """
    solution = loaded.solution
    blocks: list[Block] = [section("factors"), characteristics(solution, loaded.names)]
    blocks.append(Paragraph(_undecided(solution)))
    blocks.append(_scree(loaded))
    values = solution.extraction.eigenvalues[: max(SHOWN_EIGENVALUES, solution.n_factors + 4)].tolist()
    shares = [(str(i), decimal(value), decimal(100 * value / solution.data.n_sorts, 1)) for i, value in enumerate(values, 1)]
    blocks.append(TableBlock(_("Eigenvalues before rotation"), (_("Factor"), _("Eigenvalue"), _("Variance, %")), tuple(shares), "rrr"))
    if len(solution.labels) > 1:
        blocks.append(_square(solution, solution.factor_correlations, _("Correlations between the z-scores of the viewpoints")))
        blocks.append(_square(solution, solution.contrasts.sed, _("Standard errors of differences between z-scores (SED)")))
    return blocks


def characteristics(solution: Viewpoints, names: Sequence[str]) -> TableBlock:
    """What each viewpoint amounts to.

    Parameters
    ----------
    solution : Viewpoints
    names : sequence of str
        Of the viewpoints.
    """
    c, negative = solution.characteristics, solution.n_negative
    rows = [
        (
            f"{label} {name}",
            str(int(c.n_defining[f])),
            str(int(negative[f])),
            decimal(c.eigenvalues[f]),
            decimal(c.explained_variance[f], 1),
            decimal(c.reliability[f], 3),
            decimal(c.standard_errors[f], 3),
            decimal(c.mean_correlation[f]),
        )
        for f, (label, name) in enumerate(zip(solution.labels, names, strict=True))
    ]
    total = (_("Together"), str(int(c.n_defining.sum())), str(int(negative.sum())), decimal(float(c.eigenvalues.sum())))
    rows.append((*total, decimal(float(c.explained_variance.sum()), 1), "", "", ""))
    header = (
        *(_("Viewpoint"), _("Defining sorts"), _("of these negative"), _("Eigenvalue"), _("Variance, %")),
        *(_("Reliability"), _("SE of z"), _("Mean r of definers")),
    )
    notes = (_("Eigenvalue and variance after rotation. Reliability: of the viewpoint's z-scores; r: correlation between its defining sorts."),)
    return TableBlock(_("Characteristics of the factors"), header, tuple(rows), "l" + "r" * 7, notes)


def _undecided(solution: QSolution) -> str:
    """Sorts that define nothing, and why."""
    significant = (np.abs(solution.loadings) > threshold(solution.data.n_statements, solution.policies)).sum(axis=1)
    free = ~solution.flags.any(axis=1)
    confounded, nothing = int((free & (significant > 1)).sum()), int((free & (significant == 0)).sum())
    flagged, other = int((~free).sum()), int((free & (significant == 1)).sum())
    if not free.any():
        return ngettext("The {n} sort defines a viewpoint.", "All {n} sorts define a viewpoint.", flagged)
    parts = [
        ngettext("{n} load significantly on several (confounded)", "{n} load significantly on several (confounded)", confounded),
        ngettext("{n} on none", "{n} on none", nothing),
    ]
    if other:
        parts.append(ngettext("{n} on one and yet do not define it", "{n} on one and yet do not define it", other))
    return ngettext(
        "{n} sort of {all} defines a viewpoint. Of the others {parts}.",
        "{n} sorts of {all} define a viewpoint. Of the others {parts}.",
        flagged,
        all=solution.data.n_sorts,
        parts=joined(parts),
    )


def _scree(loaded: Loaded) -> PictureBlock:
    solution, values = loaded.solution, loaded.solution.extraction.eigenvalues
    listed = in_a_row(f"{i}: {decimal(value)}" for i, value in enumerate(values[: solution.n_factors + 3].tolist(), 1))
    words = _("Eigenvalues in descending order. {values}.", values=listed)
    counted = () if loaded.counted is None else loaded.counted.rows
    random = [(row.k, row.eigenvalue, row.parallel_95) for row in counted if row.eigenvalue is not None and row.parallel_95 is not None]
    if loaded.counted is None or not random:
        reading = _("points fall from the first factor to the last; filled ones were extracted; the dashed line is at 1.")
        return PictureBlock("scree", figures.scree(solution), _extracted(values[: solution.n_factors].tolist()), reading, words)
    above = next((n for n, (_k, found, chance) in enumerate(random) if found <= chance), len(random))
    shows = ngettext("this report shows {n} factor", "this report shows {n} factors", solution.n_factors)
    title = (
        ngettext(
            "The first eigenvalue exceeds what random sorts give; {shows}",
            "The first {n} eigenvalues exceed what random sorts give; {shows}",
            above,
            shows=shows,
        )
        if above
        else _("The first eigenvalue does not exceed what random sorts give; {shows}", shows=shows)
        if any(found > chance for _k, found, chance in random)
        else _("None of the first eigenvalues exceeds what random sorts give; {shows}", shows=shows)
    )
    by_chance = in_a_row(f"{k}: {decimal(chance)}" for k, _found, chance in random)
    words = " ".join([words, _("Of random sorts, 95th centile. {values}.", values=by_chance)])
    reading = _("circles are the eigenvalues of these sorts; a factor whose circle lies above the other signs is larger than one that chance gives.")
    return PictureBlock("scree", figures.eigenvalues_and_chance(loaded.counted), title, reading, words)


def _extracted(values: Sequence[float]) -> str:
    if len(values) == 1:
        return _("One factor was extracted, with an eigenvalue of {value}", value=decimal(values[0]))
    many = N_("{n} factors were extracted, with eigenvalues from {first} to {last}")
    return _(many, n=len(values), first=decimal(values[0]), last=decimal(values[-1]))


def _square(solution: QSolution, values: object, caption: str) -> TableBlock:
    rows = tuple((label, *row) for label, row in zip(solution.labels, view.matrix(values), strict=True))
    k = len(solution.labels)
    return TableBlock(caption, ("", *solution.labels), rows, "l" + "r" * k, viewpoints=(None, *range(k)))


def statements(loaded: Loaded) -> list[Block]:
    """All statements in all viewpoints: the ordered picture and the table.

    Parameters
    ----------
    loaded : Loaded
    """
    solution = loaded.solution
    marked = view.standing_of(loaded)
    blocks: list[Block] = [section("statements"), *_dots(loaded)]
    rows = tuple(
        (statement_cell(solution, i), *(_place_and_z(solution, i, f, marked) for f in range(len(solution.labels))))
        for i in range(solution.data.n_statements)
    )
    k = len(solution.labels)
    heads = tuple(f"{label} {name}" for label, name in zip(solution.labels, loaded.names, strict=True))
    caption = _("Place in the array and z-score of every statement")
    blocks.append(TableBlock(caption, (_("Statement"), *heads), rows, "l" + "r" * k, legend(marked), viewpoints=(None, *range(k))))
    return blocks


def _dots(loaded: Loaded) -> list[Block]:
    """z-scores in order, on as many pictures as it takes for each to fit on a page."""
    solution, found = loaded.solution, loaded.found
    if not solution.flags.any():
        return []
    several = len(defined(solution)) > 1
    ranked = _("those the viewpoints differ on most come first") if several else _("the highest come first")
    said = N_(
        "a row for each statement, a point for each viewpoint; {order}; bars are intervals at {level}, and two that overlap do not by themselves "
        "make viewpoints agree."
    )
    reading = (
        _("a row for each statement, a point for each viewpoint; {order}.", order=ranked)
        if found is None
        else _(said, order=ranked, level=f"{number(100 * found.level)} %")
    )
    order = figures.dot_order(solution)

    def drawn(statements: Sequence[int]) -> drawing.Figure:
        if found is None:
            return figures.z_score_dots(solution, statements)
        return figures.z_intervals(solution, found.z_scores.low, found.z_scores.high, statements)

    def value(i: int) -> float:
        z = solution.scores.z_scores[i, list(defined(solution))]
        return float(np.ptp(z)) if several else float(z[0])

    parts = math.ceil(drawn(order).height / PAGE)
    each = math.ceil(len(order) / parts)
    blocks: list[Block] = []
    for n in range(parts):
        mine = order[n * each : (n + 1) * each]
        if not mine:
            continue
        top, bottom = ((solution.data.statements[i], decimal(value(i))) for i in (mine[0], mine[-1]))
        rows = ", ".join(solution.data.statements[i] for i in mine)
        words = _("One row a statement, one point a viewpoint. From top to bottom: statements {rows}. The table gives all figures.", rows=rows)
        apart = N_("the viewpoints lie {high} apart on {top} and {low} on {bottom}") if several else N_("{high} for {top}, {low} for {bottom}")
        ends = _(apart, high=top[1], top=top[0], low=bottom[1], bottom=bottom[0])
        title = (
            _("z-scores of the statements, part {part} of {parts}: {ends}", part=n + 1, parts=parts, ends=ends)
            if parts > 1
            else _("z-scores of the statements: {ends}", ends=ends)
        )
        blocks.append(PictureBlock(f"z-scores-{n + 1}", drawn(mine), title, reading, words))
    return blocks


def _place_and_z(solution: QSolution, i: int, f: int, marked: view.Standing) -> str:
    card = view.card(solution, i, f, marked)
    marks = "".join(mark.sign for mark in card.marks)
    return f"{card.place} ({card.z})" + (f" {marks}" if marks else "") if card.z != "–" else "–"


def loadings(loaded: Loaded) -> list[Block]:
    """Plots and the whole table of loadings.

    Parameters
    ----------
    loaded : Loaded
    """
    solution = loaded.solution
    labels, k = solution.labels, len(solution.labels)
    blocks: list[Block] = [section("loadings")]
    for n, (a, b) in enumerate(loading_pairs(k), 1):
        words = _(
            "Each sort is a point at its loadings on {across} (across) and {up} (up). The table gives all loadings.", across=labels[a], up=labels[b]
        )
        across, up = (int(solution.flags[:, f].sum()) for f in (a, b))
        title = ngettext(
            "Loadings: {n} of {all} sorts define {first}, {up} {second}",
            "Loadings: {n} of {all} sorts define {first}, {up} {second}",
            across,
            all=len(solution.flags),
            first=labels[a],
            up=up,
            second=labels[b],
        )
        blocks.append(PictureBlock(f"loadings-{n}", figures.loading_plot(solution, a, b), title, _(PLOTTED), words))
    signs = {True: "○", False: "●"}
    rows = tuple(
        (who.name, *(f"{cell.value} {signs[cell.negative]}" if cell.defines else cell.value for cell in who.cells), who.h2)
        for who in view.loading_rows(solution)
    )
    strong = frozenset((i, f + 1) for i, f in np.argwhere(solution.flags).tolist())
    notes = (_("● defines the viewpoint; ○ defines it as an opponent; h²: communality."),)
    heads = (_("Sort"), *labels, "h²")
    blocks.append(TableBlock(_("Loadings of all sorts"), heads, rows, "l" + "r" * (k + 1), notes, strong, (None, *range(k), None)))
    return blocks


def sureness(loaded: Loaded) -> list[Block]:
    """What the bootstrap says; nothing without one.

    Parameters
    ----------
    loaded : Loaded
    """
    solution, found = loaded.solution, loaded.found
    if found is None:
        return []
    k, labels = len(solution.labels), solution.labels
    blocks: list[Block] = [section("sure"), Paragraph(" ".join(uncertainty.introduction(found)))]
    blocks += [Paragraph(" ".join(uncertainty.replication(solution, found, f, name))) for f, name in enumerate(loaded.names)]
    blocks.append(replication(found, loaded.names))
    blocks.append(Heading(3, _("Statements"), "sure-statements"))
    z = found.z_scores
    places = tuple(
        (statement_cell(solution, i), *(_interval(solution, i, f, z.estimate, z.low, z.high) for f in range(k)))
        for i in range(solution.data.n_statements)
    )
    caption = _("Place, z-score and its interval at {level} for every statement", level=f"{number(100 * found.level)} %")
    blocks.append(TableBlock(caption, (_("Statement"), *labels), places, "l" + "r" * k, viewpoints=(None, *range(k))))
    blocks += [Heading(3, _("Sorts"), "sure-sorts"), Paragraph(_swaying(found))]
    flags = found.flags
    shares = tuple(
        (
            who,
            *(f"{whole_percent(flags.frequency[i, f])}{' ●' if flags.estimate[i, f] else ''}" for f in range(k)),
            str(int(flags.n_used[i])),
        )
        for i, who in enumerate(found.participants)
    )
    notes = (_("● defines the viewpoint in this analysis. Shares are of the repetitions that a sort is part of."),)
    caption, heads = _("How often each sort defines a viewpoint"), (_("Sort"), *labels, _("Repetitions"))
    blocks.append(TableBlock(caption, heads, shares, "l" + "r" * (k + 1), notes, viewpoints=(None, *range(k), None)))
    return blocks


def _swaying(found: Bootstrap) -> str:
    """Sorts that might as well have defined a viewpoint or not."""
    swaying = uncertainty.swaying(found)
    if not swaying:
        return _("Sorts that define a viewpoint did so in at least four of five repetitions, and none defined another viewpoint in more than half.")
    listed = [_("{who} on {viewpoint} ({share})", who=who, viewpoint=label, share=share) for who, label, share in swaying[:SWAYING]]
    if len(swaying) > SWAYING:
        listed.append(ngettext("{n} more, which the table shows", "{n} more, which the table shows", len(swaying) - SWAYING))
    return ngettext(
        "{n} flag might well have fallen otherwise: {flags}. In brackets stands how often the sort defined the viewpoint.",
        "{n} flags might well have fallen otherwise: {flags}. In brackets stands how often the sort defined the viewpoint.",
        len(swaying),
        flags=joined(listed),
    )


def replication(found: Bootstrap, names: Sequence[str]) -> TableBlock:
    """How well each viewpoint comes back.

    Parameters
    ----------
    found : Bootstrap
    names : sequence of str
        Of the viewpoints.
    """
    r = found.replication
    rows = tuple(
        (
            f"{label} {name}",
            decimal(r.median[f]),
            decimal(r.low[f]),
            whole_percent(r.fair[f]),
            whole_percent(r.equal[f]),
            str(int(r.n_empty[f])),
            str(int(r.n_contested[f])),
        )
        for f, (label, name) in enumerate(zip(found.labels, names, strict=True))
    )
    header = (_("Viewpoint"), _("Median"), _("5 % quantile"), _(".85 or more"), _(".95 or more"), _("Nobody defined it"), _("In doubt"))
    caption = ngettext("Congruence (Tucker’s φ) with {n} repetition", "Congruence (Tucker’s φ) with {n} repetitions", found.n_completed)
    return TableBlock(caption, header, rows, "l" + "r" * 6)


def _interval(solution: QSolution, i: int, f: int, z: FloatArray, low: FloatArray, high: FloatArray) -> str:
    if np.isnan(z[i, f]):
        return "–"
    found = f"{place(solution, solution.scores.arrays[i, f])}; {decimal(z[i, f])}"
    if np.isnan(low[i, f]):
        return found
    return _("{found} ({low} to {high})", found=found, low=decimal(low[i, f]), high=decimal(high[i, f]))


def answer_rows(questions: Sequence[Asked], smallest: int) -> Iterator[tuple[str, str, str]]:
    """How many people gave each answer; options of groups that are too small put together.

    Parameters
    ----------
    questions : sequence of Asked
    smallest : int
        People whose answers may be counted. Where a single option is smaller, the next one joins it, lest it be worked out.
    """
    for asked in questions:
        if asked.kind == "number":
            values = np.array([float(value) for value in asked.answers.values()])  # type: ignore[arg-type]
            if len(values) >= max(smallest, 2):
                middle = amount(float(np.median(values)))
                span = N_("median {middle}, from {low} to {high}")
                said = (
                    _(span, middle=middle, low=amount(float(values.min())), high=amount(float(values.max())))
                    if smallest == 1
                    else _("median {middle}", middle=middle)
                )
                yield asked.label, said, str(len(values))
            continue
        counted = [(option, sum(option in given for given in asked.answers.values())) for option in asked.options]  # type: ignore[operator]
        few = {option for option, n in counted if 0 < n < smallest}
        if len(few) == 1:
            more = [(n, option) for option, n in counted if n >= smallest]
            few |= {min(more)[1]} if more else set()
        for option, n in counted:
            if option not in few and (n or smallest == 1):
                yield asked.label, option, str(n)
        if few:
            yield asked.label, ngettext("other answers ({n})", "other answers ({n})", len(few)), "–"
