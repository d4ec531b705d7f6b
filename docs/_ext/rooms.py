"""The rooms of `qmethod`, floor by floor, as a picture and a table made from the code and from the contract that holds the floors."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from .shown import _parsed

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "qmethod"
WIDE, HIGH, GAP = 900, 54, 14


def floors() -> list[list[str]]:
    """Rooms by floor, the highest first, as the contract of import-linter in pyproject.toml names them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    [rooms] = [contract for contract in contracts if contract.get("containers") == [PACKAGE.name]]
    return [[room.strip() for room in floor.replace(":", "|").split("|")] for floor in rooms["layers"]]


def modules(room: str) -> list[Path]:
    """The modules of a room; one file that stands by itself is a room of one."""
    folder = PACKAGE / room
    return sorted(path for path in folder.glob("*.py") if path.name != "__init__.py") if folder.is_dir() else [PACKAGE / f"{room}.py"]


def about(room: str) -> str:
    """The first sentence of its docstring."""
    folder = PACKAGE / room
    file = folder / "__init__.py" if folder.is_dir() else PACKAGE / f"{room}.py"
    words = " ".join((ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").split())
    return words.partition(". ")[0].removesuffix(".") + "."


def picture() -> str:
    """Boxes, a row a floor."""
    drawn = []
    for f, floor in enumerate(floors()):
        width = (WIDE - GAP * (len(floor) - 1)) / len(floor)
        for r, room in enumerate(floor):
            left, top, n = r * (width + GAP), f * (HIGH + GAP), len(modules(room))
            label = f"{room} ({n} modules)" if n > 1 else room
            drawn.append(f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{HIGH}" rx="6" fill="none" stroke="currentColor"/>')
            drawn.append(f'<text x="{left + width / 2:.1f}" y="{top + HIGH / 2 + 5}" text-anchor="middle" fill="currentColor">{label}</text>')
    height = len(floors()) * (HIGH + GAP) - GAP
    words = "; ".join(" and ".join(floor) for floor in floors())
    return (
        f'<svg viewBox="-1 -1 {WIDE + 2} {height + 2}" role="img" aria-label="Floors from the top: {words}" font-family="sans-serif" font-size="15">'
        + "".join(drawn)
        + "</svg>"
    )


class Rooms(SphinxDirective):
    """The picture, and a row for each room: its floor, what it is, its modules."""

    def run(self) -> list[nodes.Node]:
        lines = ["| room | what it is | modules |", "|---|---|---|"]
        for floor in floors():
            for room in floor:
                inside = ", ".join(f"`{path.stem}`" for path in modules(room)) if (PACKAGE / room).is_dir() else ""
                lines.append(f"| `{room}` | {about(room).replace('|', '/')} | {inside} |")
        return [nodes.raw("", picture(), format="html"), *_parsed(self, lines)]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("rooms", Rooms)
    return {"parallel_read_safe": True}
