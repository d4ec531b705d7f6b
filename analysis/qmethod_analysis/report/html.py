"""The report as one HTML page that loads nothing from anywhere."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from html import unescape
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from qmethod.policies import Policies, describe
from qmethod.solution import QSolution
from qmethod.wording import counted
from qmethod_analysis.folder.loaded import Loaded, with_own
from qmethod_analysis.pictures import figures
from qmethod_analysis.recipe.texts import Texts
from qmethod_analysis.recipe.typed import shown
from qmethod_analysis.report import retention, uncertainty, view
from qmethod_analysis.report.common_ground import common, dividing
from qmethod_analysis.report.differences import bounds, differences
from qmethod_analysis.report.document import closing, design, title
from qmethod_analysis.report.places import places
from qmethod_analysis.report.sections import optional, written
from qmethod_analysis.words import narrative
from qmethod_analysis.words.glossary import Term, used_in
from qmethod_analysis.words.labels import colour, defined, place
from qmethod_analysis.words.narrative import decimal, every_notice

LONG = 60
"""Tables with more rows than this are folded away."""


def report(loaded: Loaded, texts: Texts | None = None) -> str:
    """The whole page.

    Parameters
    ----------
    loaded : Loaded
        The analysis; `qmethod_analysis.folder.loaded.understand` makes one from a solution.
    texts : Texts, optional
        The researcher's own words, which go before the drafted ones. With them the page also says how the study was made, marks the places that
        only the researcher can fill, and has the checklist.
    """
    loaded = with_own(loaded, texts.viewpoints if texts else {})
    own: dict[str, Any] = dict.fromkeys(("design", "closing", "choice", "consensus_text", "summary", "follows"), ())
    if texts is not None:
        own = {"design": design(loaded, texts), "closing": closing(loaded, texts)}
        own |= {"summary": optional(texts, "summary"), "follows": [*optional(texts, "implications"), *optional(texts, "for_whom")]}
        own |= {"choice": written(texts, "choice"), "consensus_text": written(texts, "consensus")}
    return environment().get_template("report.html").render(**frame(), **context(loaded, texts or Texts()), **own) + "\n"


def frame() -> dict[str, Any]:
    """What every page has: its style, its script, and the policy that lets this script run and nothing else."""
    script = _template("tables.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    css = _template("report.css") + _template("tables.css")
    return {"css": Markup(css), "script": Markup(script), "script_hash": f"sha256-{digest}"}  # noqa: S704 - our own files


def environment() -> Environment:
    """Where the templates of pages come from."""
    made = Environment(loader=FunctionLoader(_template), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters.update(decimal=decimal, count=counted, kind=lambda block: type(block).__name__, words=_words)
    return made


def _words(page: str) -> tuple[Term, ...]:
    """The terms that a piece of a page uses."""
    return used_in(unescape(re.sub(r"<[^>]*>", " ", page)))


def _template(name: str) -> str:
    return (files("qmethod_analysis.report") / "templates" / name).read_text(encoding="utf-8")


def context(loaded: Loaded, texts: Texts) -> dict[str, Any]:
    """Everything the template shows."""
    solution, recipe, names = loaded.solution, loaded.recipe, loaded.names
    source = solution.data.origin()
    return {
        "title": title(loaded, texts),
        "notes": [line for line in recipe.notes.splitlines() if line.strip()],
        "s": solution,
        "data": solution.data,
        "sorts": narrative.sorts_counted(solution.data),
        "c": solution.characteristics,
        "source": source,
        "study": recipe.input.study,
        "grid": solution.scores.grid,
        "places": [place(solution, value) for value in solution.scores.grid.values],
        "grid_origin": solution.scores.grid_origin,
        "names": names,
        "colours": [colour(f) for f in range(len(names))],
        "viewpoints": view.viewpoints(loaded),
        "n_defined": len(defined(solution)),
        "counted": narrative.viewpoints_counted(solution),
        "explained": narrative.explained(solution),
        "parting": view.parting(loaded),
        "notices": [notice.message for notice in every_notice(solution)],
        "methods": narrative.methods(solution),
        "reasons": view.reasons(solution, recipe.rotations),
        "consensus_rule": narrative.consensus_rule(solution.policies),
        "loadings": view.loading_rows(solution),
        "statements": view.statement_rows(solution),
        "legend": view.mark_legend(solution),
        "correlations": view.matrix(solution.factor_correlations),
        "sed": view.matrix(solution.contrasts.sed),
        "negative": (solution.flags & (solution.loadings < 0)).sum(axis=0).tolist(),
        "eigenvalues": solution.extraction.eigenvalues[: max(12, solution.n_factors + 4)].tolist(),
        "policies": _policies(solution.policies),
        "pictures": _pictures(solution, names),
        "width_for_board": f"{8 * len(solution.scores.grid.values)}rem",
        "long": LONG,
        **uncertainty.context(solution, loaded.found, names),
        "common": [*common(loaded), *dividing(loaded)],
        "differences": differences(solution, names),
        "sure_places": places(solution, names),
        "bounds": bounds(solution),
        "how_many": retention.how_many(solution, recipe, loaded.counted),
        "how_many_headers": retention.HEADERS,
    }


def _policies(policies: Policies) -> list[dict[str, str]]:
    rows = []
    for policy in describe():
        value = getattr(policies, policy["name"])
        standard = shown(policy["default"])
        rows.append(
            {"name": policy["name"], "value": shown(value), "about": policy["about"], "standard": "" if shown(value) == standard else standard}
        )
    return rows


def _pictures(solution: QSolution, names: Sequence[str]) -> dict[str, Any]:
    """Figures by name; `loadings` is a list. No z-score picture where nobody defines a viewpoint."""
    values = solution.extraction.eigenvalues
    listed = ", ".join(f"{i}: {decimal(v)}" for i, v in enumerate(values[: solution.n_factors + 3].tolist(), 1))
    made: dict[str, Any] = {
        "scree": figures.scree(solution).svg("scree", "Scree plot", f"Eigenvalues in descending order. {listed}."),
        "loadings": [],
        "z_scores": None,
        "bumps": None,
    }
    labels = solution.labels
    for n, (a, b) in enumerate(figures.loading_pairs(len(labels)), 1):
        words = (
            f"Each sort is a point at its loadings on {labels[a]} (across) and {labels[b]} (up). "
            f"{int(solution.flags[:, a].sum())} sorts define {labels[a]}, {int(solution.flags[:, b].sum())} define {labels[b]}. "
            "The table gives all loadings."
        )
        made["loadings"].append(figures.loading_plot(solution, a, b).svg(f"loadings-{n}", f"Loadings on {labels[a]} and {labels[b]}", words))
    if solution.flags.any():
        order = [solution.data.statements[i] for i in figures.dot_order(solution)]
        words = (
            f"One row a statement, one point a viewpoint. From top to bottom: statements {', '.join(order)}. "
            "The table of statements gives all figures."
        )
        made["z_scores"] = figures.z_score_dots(solution).svg("dots", "z-scores of all statements by viewpoint", words)
    if len(defined(solution)) > 1:
        words = "One line a statement, from viewpoint to viewpoint, highest z-score on top. The table of statements gives all places."
        made["bumps"] = figures.bump_chart(solution, names).svg("bumps", "Ranks of all statements from viewpoint to viewpoint", words)
    return made
