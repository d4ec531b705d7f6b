"""A listing of a solution in the order of PQMethod's .LIS.

One text in UTF-8, without pages. Each table begins with the heading that PQMethod gives it, in the order in which PQMethod prints them: correlations,
unrotated factors, cumulative communalities, factors with an X at defining sorts, free distribution, scores with ranks, correlations of scores, scores
factor by factor, differences, Q-sort values, characteristics, standard errors, distinguishing and consensus statements. The first line says which
program wrote it, where PQMethod names itself. Sorts are called as in a .DAT, statements by number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qmethod.data import FloatArray, QData
from qmethod.formats.carrying import counted_ids, lines_of_texts
from qmethod.formats.writer import SolutionWriter, begins
from qmethod.formats.writing import pqmethod_names
from qmethod.method.correlation import correlate
from qmethod.notice import Notice
from qmethod.solution import QSolution
from qmethod.version import __version__

_TITLE = "qmethod "
_WORDING = 60
_MOST_CORRELATED = 999
"""Sorts of which each correlation is printed."""
_LOW, _HIGH = 0.05, 0.01


@dataclass(frozen=True, slots=True)
class _Listed:
    """A solution, and its sorts as they are called here."""

    solution: QSolution
    data: QData

    @property
    def k(self) -> int:
        """How many factors are reported."""
        return len(self.solution.factors)

    def sort(self, j: int) -> str:
        """Number and name of a sort."""
        return f"{j + 1:3d} {self.data.participants[j]:<8}"

    def statement(self, i: int) -> str:
        """Number, wording and number again of a statement."""
        return f"{i + 1:3d}  {self.data.texts[i]:<{_WORDING}} {i + 1:3d}"


def _texts(data: QData) -> tuple[str, ...]:
    return tuple(text[:_WORDING].rstrip() for text in lines_of_texts(data))


def _figure(value: float, width: int, decimals: int) -> str:
    """A figure in a column; bars where there is none."""
    return f"{'--':>{width}}" if value != value else f"{round(value, decimals) + 0.0:{width}.{decimals}f}"


def _value(value: float, width: int = 4) -> str:
    """A Q-sort value, without decimals where it has none."""
    return f"{'--':>{width}}" if value != value else f"{value:{width}g}"


def _heads(k: int, width: int, first: str = "") -> str:
    """Numbers of factors above columns."""
    return first + "".join(f"{f + 1:>{width}}" for f in range(k))


def _correlations(it: _Listed) -> Iterator[str]:
    yield "SORTS" + " " * 8 + "".join(f"{j + 1:4d}" for j in range(it.data.n_sorts))
    for j, row in enumerate(correlate(it.solution.data, it.solution.policies.correlation).dense()):
        yield f"{it.sort(j)} " + "".join(f"{'--' if r != r else round(100 * r):>4}" for r in row.tolist())


def _unrotated(it: _Listed) -> Iterator[str]:
    loadings, m = it.solution.extraction.loadings, it.data.n_sorts
    yield _heads(loadings.shape[1], 10, f"{'SORTS':<13}")
    yield from (f"{it.sort(j)} " + "".join(_figure(a, 10, 4) for a in row) for j, row in enumerate(loadings.tolist()))
    sums = it.solution.extraction.sums_of_squares
    yield f"{'Eigenvalues':<13}" + "".join(_figure(value, 10, 4) for value in sums.tolist())
    yield f"{'% expl.Var.':<13}" + "".join(_figure(value, 10, 0) for value in (100 * sums / m).tolist())


def _communalities(it: _Listed) -> Iterator[str]:
    running = np.cumsum(it.solution.extraction.loadings**2, axis=1)
    yield _heads(running.shape[1], 10, "Factors 1 to ")
    yield from (f"{it.sort(j)} " + "".join(_figure(h, 10, 4) for h in row) for j, row in enumerate(running.tolist()))
    yield f"{'cum% expl.Var':<13}" + "".join(_figure(value, 10, 0) for value in (100 * running.mean(axis=0)).tolist())


def _factors(it: _Listed) -> Iterator[str]:
    yield _heads(it.k, 10, f"{'QSORT':<13}")
    for j, (row, flags) in enumerate(zip(it.solution.loadings.tolist(), it.solution.flags.tolist(), strict=True)):
        yield f"{it.sort(j)} " + "".join(_figure(a, 10, 4) + ("X" if x else " ") for a, x in zip(row, flags, strict=True)).rstrip()
    yield f"{'% expl.Var.':<13}" + "".join(_figure(value, 10, 0) + " " for value in it.solution.characteristics.explained_variance.tolist()).rstrip()


def _free(it: _Listed) -> Iterator[str]:
    yield f"{'QSORT':<13}{'MEAN':>10}{'ST.DEV.':>10}"
    for j, (mean, sd) in enumerate(zip(it.solution.sort_means.tolist(), it.solution.sort_sds.tolist(), strict=True)):
        yield f"{it.sort(j)} {_figure(mean, 10, 3)}{_figure(sd, 10, 3)}"


def _ranks(it: _Listed) -> Iterator[str]:
    scores = it.solution.scores
    yield f"{'No.  Statement':<65} {'No.':>3}" + "".join(f"{f + 1:>12}" for f in range(it.k))
    for i in range(it.data.n_statements):
        cells = zip(scores.z_scores[i].tolist(), scores.ranks[i].tolist(), strict=True)
        yield it.statement(i) + "".join(f"{_figure(z, 8, 2)}{_value(rank)}" for z, rank in cells)


def _between(it: _Listed) -> Iterator[str]:
    yield from _square(it.solution.factor_correlations, 4)


def _square(values: FloatArray, decimals: int) -> Iterator[str]:
    yield _heads(len(values), 10, f"{'Factors':<9}")
    yield from (f"{f + 1:>5}    " + "".join(_figure(r, 10, decimals) for r in row) for f, row in enumerate(values.tolist()))


def _of_factor(f: int) -> Callable[[_Listed], Iterator[str]]:
    def lines(it: _Listed) -> Iterator[str]:
        z = it.solution.scores.z_scores[:, f]
        yield f"{'No.  Statement':<65} {'No.':>3}  Z-SCORES"
        yield from (f"{it.statement(i)}{_figure(z[i], 10, 3)}" for i in np.argsort(-z, kind="stable").tolist())

    return lines


def _differences(p: int) -> Callable[[_Listed], Iterator[str]]:
    def lines(it: _Listed) -> Iterator[str]:
        a, b = it.solution.contrasts.pairs[p]
        z, apart = it.solution.scores.z_scores, it.solution.contrasts.differences[:, p]
        yield f"{'No.  Statement':<65} {'No.':>3}{f'Type {a + 1}':>10}{f'Type {b + 1}':>10}{'Difference':>12}"
        for i in np.argsort(-apart, kind="stable").tolist():
            yield f"{it.statement(i)}{_figure(z[i, a], 10, 3)}{_figure(z[i, b], 10, 3)}{_figure(apart[i], 12, 3)}"

    return lines


def _arrays(it: _Listed) -> Iterator[str]:
    yield from _placed(it, range(it.data.n_statements))


def _by_consensus(it: _Listed) -> Iterator[str]:
    yield from _placed(it, np.argsort(it.solution.scores.z_scores.var(axis=1), kind="stable").tolist())


def _placed(it: _Listed, order: Sequence[int]) -> Iterator[str]:
    yield f"{'No.  Statement':<65} {'No.':>3}" + "".join(f"{f + 1:>7}" for f in range(it.k))
    yield from (it.statement(i) + "".join(_value(value, 7) for value in it.solution.scores.arrays[i].tolist()) for i in order)


def _characteristics(it: _Listed) -> Iterator[str]:
    found = it.solution.characteristics
    rows = (
        ("No. of Defining Variables", found.n_defining, 0),
        ("Mean Correlation of These", found.mean_correlation, 3),
        ("Composite Reliability", found.reliability, 3),
        ("S.E. of Factor Z-Scores", found.standard_errors, 3),
    )
    yield _heads(it.k, 10, " " * 28)
    yield from (f"{said:<28}" + "".join(_figure(value, 10, decimals) for value in values.tolist()) for said, values, decimals in rows)


def _errors(it: _Listed) -> Iterator[str]:
    yield "(Diagonal Entries Are S.E. Within Factors)"
    yield from _square(it.solution.contrasts.sed, 3)


def _significant(it: _Listed, f: int) -> FloatArray:
    """The largest p-value of a statement in the comparisons of one factor with each other."""
    of = [p for p, pair in enumerate(it.solution.contrasts.pairs) if f in pair]
    return np.asarray(it.solution.contrasts.p_values[:, of].max(axis=1), dtype=np.float64)


def _distinguishing(f: int) -> Callable[[_Listed], Iterator[str]]:
    def lines(it: _Listed) -> Iterator[str]:
        p, z = _significant(it, f), it.solution.scores.z_scores
        yield f"(P < {_LOW:.2f} ;  Asterisk (*) Indicates Significance at P < {_HIGH:.2f})".replace("0.", ".")
        yield "Both the Factor Q-Sort Value (RNK) and the Z-Score (SCORE) are Shown."
        yield f"{'No.  Statement':<65} {'No.':>3}" + "".join(f"{f'{g + 1}':>14}" for g in range(it.k))
        yield " " * 69 + "     RNK SCORE" * it.k
        for i in np.argsort(-z[:, f], kind="stable").tolist():
            if p[i] < _LOW:
                marks = ["*" if g == f and p[i] < _HIGH else " " for g in range(it.k)]
                cells = zip(it.solution.scores.arrays[i].tolist(), z[i].tolist(), marks, strict=True)
                yield (it.statement(i) + "".join(f"{_value(value, 8)}{_figure(score, 5, 2)}{mark}" for value, score, mark in cells)).rstrip()

    return lines


def _consensus(it: _Listed) -> Iterator[str]:
    least = it.solution.contrasts.p_values.min(axis=1)
    yield "All Listed Statements are Non-Significant at P>.01, and Those Flagged With an * are also Non-Significant at P>.05."
    yield f"{'No.  Statement':<65} {'No.':>3}" + "".join(f"{f + 1:>14}" for f in range(it.k))
    for i in range(it.data.n_statements):
        if least[i] > _HIGH:
            cells = zip(it.solution.scores.arrays[i].tolist(), it.solution.scores.z_scores[i].tolist(), strict=True)
            row = it.statement(i) + "".join(f"{_value(value, 8)}{_figure(score, 6, 2)}" for value, score in cells)
            yield f"{row[:3]}{'*' if least[i] > _LOW else ' '}{row[4:]}"


def _sections(it: _Listed) -> Iterator[tuple[str, Callable[[_Listed], Iterator[str]]]]:
    """Headings and their tables."""
    if it.data.n_sorts <= _MOST_CORRELATED:
        yield "Correlation Matrix Between Sorts", _correlations
    yield "Unrotated Factor Matrix", _unrotated
    yield "Cumulative Communalities Matrix", _communalities
    yield "Factor Matrix with an X Indicating a Defining Sort", _factors
    yield "Free Distribution Data Results", _free
    yield "Factor Scores with Corresponding Ranks", _ranks
    yield "Correlations Between Factor Scores", _between
    yield from ((f"Factor Scores -- For Factor {f + 1:4d}", _of_factor(f)) for f in range(it.k))
    for p, (a, b) in enumerate(it.solution.contrasts.pairs):
        yield f"Descending Array of Differences Between Factors {a + 1:3d} and {b + 1:3d}", _differences(p)
    yield "Factor Q-Sort Values for Each Statement", _arrays
    if it.k > 1:
        yield "Factor Q-Sort Values for Statements sorted by Consensus vs. Disagreement (Variance Across Factor Z-Scores)", _by_consensus
    yield "Factor Characteristics", _characteristics
    if it.k > 1:
        yield "Standard Errors for Differences in Factor Z-Scores", _errors
        yield from ((f"Distinguishing Statements for Factor {f + 1:2d}", _distinguishing(f)) for f in range(it.k))
        yield "Consensus Statements  --  Those That Do Not Distinguish Between ANY Pair of Factors.", _consensus


def _encode(solution: QSolution, data: QData, stem: str) -> Mapping[str, bytes]:
    it = _Listed(solution, data)
    lines = [f"{_TITLE}{__version__}   {stem}", f"Extraction: {solution.policies.extraction}. Rotation: {solution.policies.rotation}.", ""]
    named = [f"Factor {f + 1} is {label}." for f, label in enumerate(solution.labels) if label != f"f{f + 1}"]
    lines += [*named, ""] if named else []
    for heading, section in _sections(it):
        lines += [heading, "", *section(it), "", ""]
    return {".lis": ("\n".join(lines).rstrip("\n") + "\n").encode("utf-8")}


def _says(solution: QSolution) -> tuple[Notice, ...]:
    message = "Figures of a listing are rounded, and it holds neither intervals nor notices: solution.json of the analysis has all."
    notices = [Notice("listing-rounds", message)]
    if solution.data.n_sorts > _MOST_CORRELATED:
        notices.append(Notice("listing-without-correlations", f"Correlations of more than {_MOST_CORRELATED} sorts are not printed."))
    if solution.excluded:
        who = tuple(one.participant for one in solution.excluded)
        notices.append(Notice("listing-without-excluded", "Sorts that were left out of the analysis are not in the listing.", participants=who))
    return tuple(notices)


WRITER = SolutionWriter(
    key="lis",
    name="PQMethod-like .LIS",
    about="A solution as a listing, its tables in the order and under the headings of PQMethod.",
    cannot="More than 60 characters of a wording, names but of eight plain characters, intervals, notices, and more decimals than are printed.",
    judged="held against what is published of PQMethod's listings",
    endings=(".lis",),
    encode=_encode,
    ours=begins(_TITLE),
    statements=counted_ids,
    participants=pqmethod_names,
    texts=_texts,
    says=_says,
)
