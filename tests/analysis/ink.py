"""Where the ink of every letter lies on pages that Typst sets, from its own drawing of them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass

import typst

SVG, LINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
TAKES = {"M": 2, "L": 2, "Q": 4, "C": 6, "H": 1, "V": 1, "Z": 0}
LINE = 5.5
"""Points by which two letters must lie at different heights to stand on different lines; marks of one line lie less far apart."""
TOUCHING = 0.2
"""Points by which boxes around ink may meet."""


@dataclass(frozen=True)
class Ink:
    """The box around a letter, and the height it stands at, in points."""

    left: float
    top: float
    right: float
    bottom: float
    base: float


def ink(source: str) -> list[list[Ink]]:
    """The letters of each page."""
    made = typst.compile(source.encode(), format="svg")
    return [_letters(page) for page in (made if isinstance(made, list) else [made])]


def overprinted(letters: list[Ink]) -> list[tuple[Ink, Ink]]:
    """Letters of different lines that lie on one another."""
    found, ordered = [], sorted(letters, key=lambda one: one.left)
    for i, one in enumerate(ordered):
        for other in ordered[i + 1 :]:
            if other.left > one.right:
                break
            across = min(one.right, other.right) - max(one.left, other.left)
            down = min(one.bottom, other.bottom) - max(one.top, other.top)
            if abs(one.base - other.base) > LINE and across > TOUCHING and down > TOUCHING:
                found.append((one, other))
    return found


def _letters(page: bytes) -> list[Ink]:
    root = ET.fromstring(page)
    shapes = {symbol.get("id"): _box(path.get("d", "")) for symbol in root.iter(f"{SVG}symbol") for path in symbol.iter(f"{SVG}path")}
    found: list[Ink] = []

    def walk(node: ET.Element, outer: tuple[float, ...]) -> None:
        at = _then(_matrix(node.get("transform", "")), outer)
        if node.tag == f"{SVG}use" and (box := shapes.get(node.get(LINK, "")[1:])):
            a, b, c, d, e, f = _then((1, 0, 0, 1, float(node.get("x", 0)), float(node.get("y", 0))), at)
            corners = [(a * x + c * y + e, b * x + d * y + f) for x in box[::2] for y in box[1::2]]
            xs, ys = zip(*corners, strict=True)
            found.append(Ink(min(xs), min(ys), max(xs), max(ys), f))
        for child in node:
            if child.tag != f"{SVG}defs":
                walk(child, at)

    walk(root, (1, 0, 0, 1, 0, 0))
    return found


def _box(path: str) -> tuple[float, float, float, float] | None:
    """Around the points that an outline goes through."""
    x = y = 0.0
    points, command, parts, i = [], "", re.findall(r"[A-Za-z]|-?\d*\.?\d+(?:e-?\d+)?", path), 0
    while i < len(parts):
        if parts[i].isalpha():
            command, i = parts[i], i + 1
        taken = [float(part) for part in parts[i : i + TAKES[command.upper()]]]
        i += len(taken)
        dx, dy = (x, y) if command.islower() else (0.0, 0.0)
        if command.upper() == "H":
            x = dx + taken[0]
        elif command.upper() == "V":
            y = dy + taken[0]
        elif taken:
            x, y = dx + taken[-2], dy + taken[-1]
        points.append((x, y))
    if not points:
        return None
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _matrix(text: str) -> tuple[float, ...]:
    made: tuple[float, ...] = (1, 0, 0, 1, 0, 0)
    for name, inner in re.findall(r"(\w+)\(([^)]*)\)", text):
        given = [float(part) for part in re.split(r"[ ,]+", inner.strip())]
        one = {
            "translate": (1, 0, 0, 1, given[0], given[-1] if len(given) > 1 else 0),
            "scale": (given[0], 0, 0, given[-1], 0, 0),
            "matrix": (*given, *[0] * 6)[:6],
        }[name]
        made = _then(one, made)
    return made


def _then(first: tuple[float, ...], outer: tuple[float, ...]) -> tuple[float, ...]:
    a, b, c, d, e, f = first
    A, B, C, D, E, F = outer
    return a * A + b * C, a * B + b * D, c * A + d * C, c * B + d * D, e * A + f * C + E, e * B + f * D + F
