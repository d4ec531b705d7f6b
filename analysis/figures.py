"""Pictures of a solution, drawn with matplotlib's `Figure` (no pyplot, no global state).

Ink is drawn in placeholder colours that `to_svg` turns into ``currentColor`` and CSS variables, so that a figure follows the page into dark mode.
"""

from __future__ import annotations

import io
import re
import textwrap
from contextlib import AbstractContextManager
from typing import Any

import matplotlib
import numpy as np
from markupsafe import escape
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.labels import colour, marker, statement_label
from qmethod.flagging import threshold
from qmethod.solution import QSolution

INK, FAINT, PAPER = "#010203", "#040506", "#070809"
_STYLE: dict[str, Any] = {
    "font.size": 9,
    "font.family": ["DejaVu Sans"],
    "svg.fonttype": "none",
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": FAINT,
    "grid.linewidth": 0.5,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}
NAMED_POINTS = 40
HALVES = (-1.0, -0.5, 0.0, 0.5, 1.0)
MOST_STATEMENTS = 150


def _style(more: dict[str, Any] | None = None) -> AbstractContextManager[None]:
    """Matplotlib's settings while a figure is made, whatever the user's own are."""
    settings: Any = {**_STYLE, **(more or {})}
    return matplotlib.rc_context(settings)


def scree(solution: QSolution) -> Figure:
    """Eigenvalues of the correlations between sorts in descending order, the extracted ones filled."""
    values = solution.extraction.eigenvalues[: max(12, solution.n_factors + 4)]
    k = solution.n_factors
    with _style():
        figure = Figure(figsize=(3.7, 2.6))
        axes = figure.add_axes((0.13, 0.18, 0.85, 0.78))
        at = np.arange(1, len(values) + 1)
        axes.plot(at, values, color=FAINT, linewidth=1, zorder=1)
        axes.plot(at[:k], values[:k], "o", color=INK, markersize=6, label="extracted")
        axes.plot(at[k:], values[k:], "o", markerfacecolor=PAPER, markeredgecolor=INK, markersize=6, label="not extracted")
        axes.axhline(1, color=FAINT, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.set(xlabel="Factor", ylabel="Eigenvalue", ylim=(0, None))
        axes.set_xticks(at)
        axes.legend(frameon=False)
    return figure


def loading_plot(solution: QSolution, first: int, second: int) -> Figure:
    """Loadings on two viewpoints: each sort a point, in colour and shape of the viewpoint it defines."""
    x, y = solution.loadings[:, first], solution.loadings[:, second]
    with _style():
        figure = Figure(figsize=(5.2, 5.4))
        axes = figure.add_axes((0.13, 0.16, 0.85, 0.82))
        limit = max(1.0, float(np.abs([x, y]).max()) * 1.05)
        edge = threshold(solution.data.n_statements, solution.policies)
        axes.axhline(0, color=FAINT, linewidth=0.8)
        axes.axvline(0, color=FAINT, linewidth=0.8)
        for line in (edge, -edge):
            axes.axhline(line, color=FAINT, linewidth=0.6, linestyle=(0, (2, 3)))
            axes.axvline(line, color=FAINT, linewidth=0.6, linestyle=(0, (2, 3)))
        small = len(x) > NAMED_POINTS
        none = ~solution.flags[:, [first, second]].any(axis=1)
        axes.scatter(x[none], y[none], s=12 if small else 22, facecolors="none", edgecolors=INK, linewidths=0.8, label="defines neither")
        for f in (first, second):
            own = solution.flags[:, f]
            if own.any():
                size, label = (18 if small else 42), f"defines {solution.labels[f]}"
                axes.scatter(x[own], y[own], s=size, label=label, color=_inked(f), marker=marker(f), edgecolors=INK, linewidths=0.5)
        axes.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal")
        axes.set(xticks=HALVES, yticks=HALVES)
        axes.set(xlabel=f"Loading on {solution.labels[first]}", ylabel=f"Loading on {solution.labels[second]}")
        if not small:
            _name_points(axes, x, y, solution.data.participants)
        axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=3)
    return figure


def _name_points(axes: Axes, x: Any, y: Any, names: tuple[str, ...]) -> None:
    """Write names beside points, each where it hides least of the points and names before it."""
    taken = [(float(a), float(b), 0.03, 0.03) for a, b in zip(x, y, strict=True)]
    for a, b, name in zip(x, y, names, strict=True):
        wide, high = 0.026 * len(name), 0.05
        spots = [(a + dx * (0.035 + wide / 2), b + dy * 0.055) for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))]
        spots[2:4] = [(a, b + 0.065), (a, b - 0.065)]

        def hidden(spot: tuple[float, float], wide: float = wide, high: float = high) -> float:
            over = sum(max(0.0, (wide + w) / 2 - abs(spot[0] - px)) * max(0.0, (high + h) / 2 - abs(spot[1] - py)) for px, py, w, h in taken)
            outside = max(0.0, abs(spot[0]) + wide / 2 - 1) + max(0.0, abs(spot[1]) + high / 2 - 1)
            return over + outside

        best = min(spots, key=lambda spot: round(hidden(spot), 6))
        taken.append((best[0], best[1], wide, high))
        axes.text(best[0], best[1], _plain(name), fontsize=7.5, ha="center", va="center")


def z_score_dots(solution: QSolution) -> Figure:
    """z-scores of all statements in all viewpoints, the statements the viewpoints differ on most at the top."""
    z = solution.scores.z_scores
    defined = [f for f in range(z.shape[1]) if not np.isnan(z[:, f]).any()]
    order = dot_order(solution)
    labels = [textwrap.wrap(_plain(statement_label(solution, i)), 52) or [""] for i in order]
    lines = [max(1.5, 0.4 + len(label)) for label in labels]
    top = np.concatenate([[0.0], np.cumsum(lines)[:-1]]) + np.array(lines) / 2
    wordy = any(solution.data.texts)
    with _style():
        left, right, width = (3.7 if wordy else 0.9), 0.15, (8.2 if wordy else 5.4)
        height = 0.165 * sum(lines) + 1.0
        figure = Figure(figsize=(width, height))
        axes = figure.add_axes((left / width, 0.5 / height, 1 - (left + right) / width, 1 - 1.0 / height))
        limit = float(np.abs(z[:, defined]).max()) * 1.08 if defined else 1.0
        axes.axvline(0, color=FAINT, linewidth=0.8)
        axes.hlines(np.cumsum(lines)[:-1], -limit, limit, color=FAINT, linewidth=0.25)
        for i, y in zip(order, top, strict=True):
            row = z[i, defined]
            if len(row) > 1:
                axes.plot([row.min(), row.max()], [y, y], color=FAINT, linewidth=1.2, zorder=1)
        for f in defined:
            axes.scatter(
                z[order, f], top, s=36, color=_inked(f), marker=marker(f), edgecolors=INK, linewidths=0.5, zorder=2, label=solution.labels[f]
            )
        axes.set(xlim=(-limit, limit), ylim=(sum(lines), 0), xlabel="z-score")
        axes.yaxis.set_visible(False)  # ticks are slow; labels are plain text
        for label, y in zip(labels, top, strict=True):
            axes.text(-0.01, y, "\n".join(label), fontsize=8.5, ha="right", va="center", transform=axes.get_yaxis_transform())
        if defined:
            axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=6, borderaxespad=0.2)
    return figure


def dot_order(solution: QSolution) -> list[int]:
    """Statements by falling distance between the viewpoints; with one viewpoint, by falling z-score."""
    z = solution.scores.z_scores
    defined = ~np.isnan(z).any(axis=0)
    if defined.sum() == 0:
        return list(range(len(z)))
    measure = z[:, defined][:, 0] if defined.sum() == 1 else np.ptp(z[:, defined], axis=1)
    return sorted(range(len(z)), key=lambda i: (-round(float(measure[i]), 9), i))


def _inked(position: int) -> str:
    """The viewpoint's colour; black, the eighth, becomes ink so that it shows on a dark page."""
    shade = colour(position)
    return INK if shade == "#000000" else shade


def _plain(text: str) -> str:
    """Text that matplotlib does not take for mathematics."""
    return text.replace("$", r"\$")


def to_svg(figure: Figure, name: str, title: str, description: str) -> str:
    """The figure as an SVG element to stand inside a page; the same bytes for the same figure.

    Parameters
    ----------
    figure : Figure
    name : str
        Unique within the page; ids inside the element begin with it.
    title, description : str
        The text alternative.
    """
    out = io.StringIO()
    with _style({"svg.hashsalt": name}):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.S)
    used = set(re.findall(r"url\(#([^)]+)\)|href=\"#([^\"]+)\"", text))
    kept = {one or other for one, other in used}
    text = re.sub(r' id="([^"]+)"', lambda m: f' id="{name}-{m[1]}"' if m[1] in kept else "", text)
    text = re.sub(r"url\(#", f"url(#{name}-", text)
    text = re.sub(r'href="#', f'href="#{name}-', text)
    for placeholder, css in ((INK, "currentColor"), (FAINT, "var(--faint)"), (PAPER, "var(--paper)")):
        text = text.replace(placeholder, css)
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', text)
    width = round(float(box[1]) * 4 / 3) if box else 500
    head = (
        f'<svg role="img" aria-labelledby="{name}-title {name}-desc" class="figure" style="--natural: {width}px" '
        f'viewBox="{box[0][9:-1] if box else ""}" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
    )
    return head + text[text.index(">") + 1 :].strip()
