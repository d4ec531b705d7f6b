"""Plots of the validation study: drawings that stand alone as SVG files."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from qmethod_analysis.pictures import drawing
from qmethod_analysis.pictures.drawing import INK, LINE, Figure, Pen, Scale, element, group, line, number, text, text_width
from qmethod_analysis.words.labels import colour, marker

STYLE = (
    "svg{background:#fff;color:#1b1b1b;--faint:#767676;--line:#dcdcdc;--paper:#fff;--band:#e8f0e6;"
    "font-family:system-ui,'Segoe UI',Roboto,Arial,sans-serif}"
)
BAND = "var(--band)"
ROW = 24.0

Points = Sequence[tuple[float, float]]


def document(figure: Figure, title: str, description: str) -> str:
    """A whole SVG file, with its text alternative."""
    width, height = number(figure.width), number(figure.height)
    whole = element(
        "svg",
        element("title", title, id="title"),
        element("desc", description, id="desc"),
        Markup(f"<style>{STYLE}</style>"),
        element("rect", width=figure.width, height=figure.height, fill="var(--paper)"),
        figure.body,
        xmlns="http://www.w3.org/2000/svg",
        role="img",
        aria_labelledby="title desc",
        width=width,
        height=height,
        viewBox=f"0 0 {width} {height}",
        font_size=drawing.FONT,
        fill=INK,
    )
    return f"{whole}\n"


def pen(position: int, label: str) -> Pen:
    """The pen of a series, by its place in the key."""
    return Pen(label, marker(position), colour(position), 4.5)


def dots(
    labels: Sequence[str], series: Sequence[tuple[str, Sequence[float | None]]], axis: str, high: float, band: tuple[float, float] | None = None
) -> Figure:
    """A row for each label and a point for each series in it, percent from 0 to `high`; a band for where points should lie."""
    left = 12 + max(text_width(label, drawing.FONT) for label in labels)
    x = Scale(0.0, high, left, left + 400)
    pens = [pen(i, name) for i, (name, _) in enumerate(series)]
    legend, top = drawing.key(pens, left, 4, x.end)
    edges = [top + 12 + ROW * i for i in range(len(labels) + 1)]
    body = Markup()
    if band:
        body += element("rect", x=x(band[0]), y=edges[0], width=x(band[1]) - x(band[0]), height=edges[-1] - edges[0], fill=BAND)
    body += legend + group((line(x(v), edges[0], x(v), edges[-1]) for v in x.ticks(8)), stroke=LINE)
    middles = [edge + ROW / 2 for edge in edges[:-1]]
    body += group((text(left - 8, y, label) for label, y in zip(labels, middles, strict=True)), text_anchor="end")
    for i, (drawn, (_, values)) in enumerate(zip(pens, series, strict=True)):
        shift = 4 * (i - (len(series) - 1) / 2)
        body += drawn.points([(x(100 * v), y + shift) for v, y in zip(values, middles, strict=True) if v is not None])
    body += drawing.x_axis(x, edges[-1], x.ticks(8), axis)
    return Figure(x.end + 16, edges[-1] + 48, body)


def curves(
    series: Sequence[tuple[str, Points]],
    across: tuple[str, Scale, Sequence[float]],
    up: tuple[str, Scale, Sequence[float]],
    *,
    level: float | None = None,
    diagonal: bool = False,
) -> Figure:
    """Lines through points, in percent upwards; a dashed line at a level or along the diagonal for where they should lie.

    Parameters
    ----------
    series : sequence of (str, points)
    across, up : (str, Scale, sequence of float)
        Label, scale and ticks of both axes.
    level : float, optional
    diagonal : bool
    """
    (x_label, x, x_ticks), (y_label, y, y_ticks) = across, up
    body = group((line(x.start, y(v), x.end, y(v)) for v in y_ticks), stroke=LINE)
    if level is not None:
        body += line(x.start, y(level), x.end, y(level), stroke=INK, stroke_dasharray="5 4")
    if diagonal:
        low, high = max(x.low, y.low), min(x.high, y.high)
        body += line(x(low), y(low), x(high), y(high), stroke=INK, stroke_dasharray="5 4")
    pens = [pen(i, name) for i, (name, _) in enumerate(series)]
    for drawn, (_, points) in zip(pens, series, strict=True):
        at = [(x(a), y(b)) for a, b in points]
        path = " ".join(f"{number(a)},{number(b)}" for a, b in at)
        body += element("polyline", points=path, fill="none", stroke=drawn.fill) + drawn.points(at)
    body += drawing.x_axis(x, y.start, x_ticks, x_label) + drawing.y_axis(y, x.start, y_ticks, y_label)
    legend, height = drawing.key(pens, x.start, y.start + 46, x.end)
    return Figure(x.end + 16, y.start + 54 + height, body + legend)
