"""Pictures by name: what `plot` of each result can show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from qmethod import checks
from qmethod.errors import PolicyError
from qmethod.matching.multiverse import Multiverse
from qmethod.resampling.bootstrap import Bootstrap
from qmethod.retention.retain import Retention
from qmethod.solution import QSolution
from qmethod_analysis.pictures import figures
from qmethod_analysis.pictures.alone import Picture
from qmethod_analysis.pictures.board import board
from qmethod_analysis.words.labels import defined, viewpoint_names
from qmethod_analysis.words.narrative import decimal


def picture_of(
    value: Any,
    what: str,
    factors: Sequence[int | str] | int | str = (),
    names: Mapping[str, str] | None = None,
    bootstrap: Bootstrap | None = None,
) -> Picture:
    """A picture of a result.

    Parameters
    ----------
    value : object
        Of a class in `PICTURES`.
    what : str
        Which.
    factors : sequence of int or str, int or str, optional
        Positions or labels of the factors shown, where the picture shows some.
    names : mapping of str to str, optional
        Names of viewpoints by label, where the picture has them.
    bootstrap : Bootstrap, optional
        Whose intervals to show, in the picture of z-scores.

    Raises
    ------
    PolicyError
        For a picture that there is not, or cannot be of this result.
    """
    pictures = next(made for kind, made in PICTURES.items() if isinstance(value, kind))
    names = checks.by_text("names", names)
    if bootstrap is not None:
        checks.instance("bootstrap", bootstrap, Bootstrap, "a `qmethod.Bootstrap`")
    several = [factors] if isinstance(factors, int | str) else checks.several("factors", factors, "labels or positions of factors")
    for given, option, those in ((bool(several), "factors", set(WITH_FACTORS)), (bootstrap is not None, "bootstrap", WITH_BOOTSTRAP)):
        if given and what not in those:
            raise PolicyError(f"`{option}` has no part in the picture {what!r}")
    solution = value.reference if isinstance(value, Multiverse) else value
    called = viewpoint_names(solution, names) if isinstance(solution, QSolution) else ()
    where = [solution._position(factor, "factors") for factor in several] if what in WITH_FACTORS else []
    if where and len(where) != WITH_FACTORS[what]:
        raise PolicyError(f"`factors`: the picture {what!r} shows {WITH_FACTORS[what]} of the factors; got {len(where)}")
    return pictures[what](value, where, called, bootstrap)


def _scree(solution: QSolution, *_: Any) -> Picture:
    values = ", ".join(decimal(value) for value in solution.extraction.eigenvalues[: solution.n_factors + 3].tolist())
    return Picture(figures.scree(solution), "scree", "Scree plot", f"Eigenvalues in descending order: {values}.")


def _loadings(solution: QSolution, where: Sequence[int], *_: Any) -> Picture:
    if len(solution.labels) < 2:
        raise PolicyError("one factor alone has no picture of loadings; `to_frame` gives them")
    first, second = where or (0, 1)
    labels = solution.labels
    title = f"Loadings on {labels[first]} and {labels[second]}"
    words = f"Each sort is a point at its loadings on {labels[first]} (across) and {labels[second]} (up)."
    return Picture(figures.loading_plot(solution, first, second), "loadings", title, words)


def _z_scores(solution: QSolution, _where: Sequence[int], _called: Sequence[str], found: Bootstrap | None) -> Picture:
    _refuse_empty(solution)
    title, words = "z-scores of all statements by viewpoint", "One row a statement, one point a viewpoint."
    if found is None:
        return Picture(figures.z_score_dots(solution), "z-scores", title, words)
    if found.statements != solution.data.statements or found.labels != solution.labels:
        raise PolicyError("the `bootstrap` is of another solution")
    drawn = figures.z_intervals(solution, found.z_scores.low, found.z_scores.high)
    return Picture(drawn, "z-scores", title, f"{words} Lines are intervals at {100 * found.level:g} %.")


def _array(solution: QSolution, where: Sequence[int], called: Sequence[str], *_: Any) -> Picture:
    _refuse_empty(solution)
    (j,) = where or defined(solution)[:1]
    if j not in defined(solution):
        raise PolicyError(f"no sort defines {solution.labels[j]}, so it has no array")
    words = "One card a statement, in the column of the grid that it has in this viewpoint, the highest z-score on top."
    return Picture(board(solution, j), "array", f"Factor array of {called[j]}", words)


def _chance(found: Retention, *_: Any) -> Picture:
    values = ", ".join(decimal(row.eigenvalue) for row in found.rows if row.eigenvalue is not None)
    title = "Eigenvalues beside those of random sorts"
    return Picture(figures.eigenvalues_and_chance(found), "eigenvalues", title, f"Eigenvalues in descending order: {values}.")


def _curve(made: Multiverse, _where: Sequence[int], called: Sequence[str], *_: Any) -> Picture:
    words = "One column an analysis, best first; below, the choices that it was made with."
    return Picture(figures.specification_curve(made, called), "specification-curve", "How like each viewpoint is found in every analysis", words)


def _refuse_empty(solution: QSolution) -> None:
    if not defined(solution):
        raise PolicyError("no sort defines any viewpoint, so there are no scores to show")


PICTURES: dict[type, dict[str, Callable[..., Picture]]] = {
    QSolution: {"loadings": _loadings, "scree": _scree, "z_scores": _z_scores, "array": _array},
    Retention: {"eigenvalues": _chance},
    Multiverse: {"specification_curve": _curve},
}
WITH_FACTORS, WITH_BOOTSTRAP = {"loadings": 2, "array": 1}, {"z_scores"}
