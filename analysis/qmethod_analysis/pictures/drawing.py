"""SVG by hand: elements, scales, axes and the shapes of points; one unit is one CSS pixel.

Ink is ``currentColor``, lines and paper are CSS variables of the page, so that a figure follows it into dark mode and onto paper.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup, escape

from qmethod.brief import brief
from qmethod_analysis.words.language import number as written

INK, FAINT, LINE, PAPER = "currentColor", "var(--faint)", "var(--line)", "var(--paper)"
FONT = 12.0
"""Size of all text but the wording of statements."""
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
MIDDLE = 0.35
"""From the baseline of a line of text to its middle, in font sizes."""


def number(value: float) -> str:
    """A length to a tenth of a pixel."""
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")


def element(tag: str, *children: str, **attributes: str | float) -> Markup:
    """An element with its children; text that is no `Markup` is escaped. ``stroke_width`` becomes ``stroke-width``, ``class_`` ``class``."""
    given = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_escaped(value if isinstance(value, str) else number(value))}"'
        for name, value in attributes.items()
    )
    inner = "".join(_escaped(child) for child in children)
    return Markup(f"<{tag}{given}>{inner}</{tag}>" if inner else f"<{tag}{given}/>")  # noqa: S704 - every part is escaped


def _escaped(words: str) -> Markup:
    """A text as XML takes it, with a sign in place of each character that XML has no way to write."""
    return escape(words if isinstance(words, Markup) else _NO_XML.sub("\ufffd", words))


def group(children: Iterable[str], **attributes: str | float) -> Markup:
    """Elements that share attributes."""
    return element("g", *children, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, **attributes: str | float) -> Markup:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, **attributes)


def text(x: float, y: float, words: str, **attributes: str | float) -> Markup:
    """One line of text, `y` at its middle."""
    return element("text", words, x=x, y=y + MIDDLE * FONT, **attributes)


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing.

    Parameters
    ----------
    width, height : float
        In CSS pixels.
    body : Markup
        What is drawn, without the element around it.
    """

    width: float
    height: float
    body: Markup

    __repr__ = brief

    def svg(self, name: str, title: str, description: str) -> Markup:
        """The figure as an SVG element to stand inside a page.

        Parameters
        ----------
        name : str
            Unique within the page; ids inside the element begin with it.
        title, description : str
            The text alternative.
        """
        return element(
            "svg",
            element("title", title, id=f"{name}-title"),
            element("desc", description, id=f"{name}-desc"),
            self.body,
            xmlns="http://www.w3.org/2000/svg",
            role="img",
            aria_labelledby=f"{name}-title {name}-desc",
            class_="figure",
            style=f"--natural: {number(self.width)}px",
            viewBox=f"0 0 {number(self.width)} {number(self.height)}",
            font_size=FONT,
            fill=INK,
        )


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight map from values to pixels: `low` lies at `start`, `high` at `end`.

    Parameters
    ----------
    low, high : float
        Values; different from each other.
    start, end : float
        Pixels.
    """

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Where a value lies."""
        return self.start + (float(value) - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self, most: int = 6) -> tuple[float, ...]:
        """Round values inside the scale: multiples of 1, 2 or 5 times a power of ten, in about `most` steps or fewer."""
        rough = (self.high - self.low) / most
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough * (1 - 1e-9))
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return tuple(round(i * step, 12) for i in range(first, last + 1))


def tick_label(value: float) -> str:
    """A value beside an axis: ``−0.5``."""
    return written(value).replace("-", "−")


def x_axis(scale: Scale, y: float, ticks: Sequence[float], label: str) -> Markup:
    """An axis along the bottom, its label below."""
    marks = group((line(scale(v), y, scale(v), y + 5) for v in ticks), stroke=FAINT)
    values = group((text(scale(v), y + 15, tick_label(v)) for v in ticks), text_anchor="middle")
    rule = line(scale.start, y, scale.end, y, stroke=FAINT)
    return rule + marks + values + text((scale.start + scale.end) / 2, y + 34, label, text_anchor="middle")


def y_axis(scale: Scale, x: float, ticks: Sequence[float], label: str) -> Markup:
    """An axis along the left, its label turned beside it."""
    marks = group((line(x - 5, scale(v), x, scale(v)) for v in ticks), stroke=FAINT)
    values = group((text(x - 8, scale(v), tick_label(v)) for v in ticks), text_anchor="end")
    beside = x - 8 - max((text_width(tick_label(v), FONT) for v in ticks), default=0.0) - 6 - FONT / 2
    at = f"translate({number(min(x - 42, beside))} {number((scale.start + scale.end) / 2)}) rotate(-90)"
    return line(x, scale.start, x, scale.end, stroke=FAINT) + marks + values + text(0, 0, label, transform=at, text_anchor="middle")


def _ring(corners: int, radius: float, first: float = -90, inner: float = 1.0) -> tuple[tuple[float, float], ...]:
    """Corners on a circle, clockwise from the angle `first`; every second one at the `inner` part of the radius."""
    turns = [math.radians(first + 360 * i / corners) for i in range(corners)]
    return tuple((radius * (inner if i % 2 else 1) * math.cos(a), radius * (inner if i % 2 else 1) * math.sin(a)) for i, a in enumerate(turns))


def _cross(degrees: float) -> tuple[tuple[float, float], ...]:
    """The outline of a plus sign, turned."""
    arm, half, turn = 1.2, 0.4, math.radians(degrees)
    outline = []
    for quarter in range(4):
        a = turn + quarter * math.pi / 2
        for x, y in ((half, -half), (arm, -half), (arm, half)):
            outline.append((x * math.cos(a) - y * math.sin(a), x * math.sin(a) + y * math.cos(a)))
    return tuple(outline)


SHAPES: dict[str, tuple[tuple[float, float], ...]] = {
    "square": _ring(4, 1.25, -45),
    "triangle": _ring(3, 1.3),
    "diamond": _ring(4, 1.3),
    "triangle-down": _ring(3, 1.3, 90),
    "plus": _cross(0),
    "cross": _cross(45),
    "star": _ring(10, 1.5, inner=0.45),
    "triangle-left": _ring(3, 1.3, 180),
    "triangle-right": _ring(3, 1.3, 0),
    "pentagon": _ring(5, 1.15),
    "hexagon": _ring(6, 1.15),
}
"""Corners of every shape but the circle, all of about the area of a circle of radius one."""


def outline(shape: str, radius: float) -> str:
    """The outline of a shape as path data, around the origin."""
    if shape == "circle":
        r = number(radius)
        return f"M-{r} 0a{r} {r} 0 1 0 {number(2 * radius)} 0a{r} {r} 0 1 0 -{number(2 * radius)} 0z"
    return "M" + "L".join(f"{number(x * radius)} {number(y * radius)}" for x, y in SHAPES[shape]) + "z"


@dataclass(frozen=True, slots=True)
class Pen:
    """How points are drawn, and what they are called in a key.

    Parameters
    ----------
    label : str
    shape : str
        ``circle`` or one of `SHAPES`.
    fill : str
        A colour, or ``none``.
    radius : float
    """

    label: str
    shape: str = "circle"
    fill: str = "none"
    radius: float = 4.0

    def points(self, at: Iterable[tuple[float, float]], **attributes: str | float) -> Markup:
        """Points at these places."""
        d = outline(self.shape, self.radius)
        drawn = (element("path", d=d, transform=f"translate({number(x)} {number(y)})") for x, y in at)
        return group(drawn, fill=self.fill, stroke=INK, stroke_width="0.8", **attributes)


def key(pens: Sequence[Pen], left: float, top: float, right: float) -> tuple[Markup, float]:
    """What the points mean, in as many rows as it takes; and the height of that."""
    x, y, drawn = left, top + 10, []
    for pen in pens:
        wide = 16 + text_width(pen.label, FONT)
        if x > left and x + wide > right:
            x, y = left, y + 20
        drawn += [pen.points([(x + 6, y)]), text(x + 16, y, pen.label)]
        x += wide + 16
    return group(drawn, class_="key"), y + 10 - top if pens else 0.0


_ADVANCES = {**dict.fromkeys(" .,;:'’!|[]/ijlI", 0.36), **dict.fromkeys('ftr()-“”"', 0.45), **dict.fromkeys("mwMW@%&—", 1.0)}


def text_width(words: str, size: float) -> float:
    """About how wide a text is in a broad sans-serif font; a little too much rather than too little."""
    return size * _advances(words)


@lru_cache(maxsize=16384)
def _advances(words: str) -> float:
    """Of a text of size 1; tables and boards try the same words in several sizes."""
    return sum(map(_advance, words))


@lru_cache(maxsize=4096)
def _advance(sign: str) -> float:
    if sign in _ADVANCES:
        return _ADVANCES[sign]
    if unicodedata.combining(sign):
        return 0.0
    if unicodedata.east_asian_width(sign) in "WF":
        return 1.02
    return 0.76 if sign.isupper() else 0.63


def wrapped(words: str, width: float, size: float) -> tuple[str, ...]:
    """Text in lines no wider than `width`, broken at spaces; a longer word is broken anywhere. Nothing is lost but spaces.

    Parameters
    ----------
    words : str
    width, size : float
        Of a line and of the font.
    """
    lines = [""]
    for word in words.split():
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if text_width(joined, size) <= width:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        for sign in word:
            if lines[-1] and text_width(lines[-1] + sign, size) > width:
                lines.append("")
            lines[-1] += sign
    return tuple(lines)
