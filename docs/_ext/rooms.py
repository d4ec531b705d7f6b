"""The rooms of a package, floor by floor, as a picture and a table made from the code and from the contract that holds the floors."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from .shown import _parsed

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "qmethod": ROOT / "qmethod",
    "qmethod_analysis": ROOT / "analysis" / "qmethod_analysis",
    "qmethod_studies": ROOT / "studies" / "qmethod_studies",
    "qmethod_webform": ROOT / "webform" / "qmethod_webform",
}
WIDE, HIGH, GAP = 900, 54, 14


def floors(package: str) -> list[list[str]]:
    """Rooms by floor, the highest first, as the contract of import-linter in pyproject.toml names them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    [rooms] = [contract for contract in contracts if contract.get("containers") == [package]]
    return [[room.strip() for room in floor.replace(":", "|").split("|")] for floor in rooms["layers"]]


def modules(package: str, room: str) -> list[Path]:
    """The modules of a room; one file that stands by itself is a room of one."""
    folder = PACKAGES[package] / room
    return sorted(path for path in folder.glob("*.py") if path.name != "__init__.py") if folder.is_dir() else [PACKAGES[package] / f"{room}.py"]


def about(package: str, room: str) -> str:
    """The first sentence of its docstring."""
    folder = PACKAGES[package] / room
    file = folder / "__init__.py" if folder.is_dir() else PACKAGES[package] / f"{room}.py"
    words = " ".join((ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").split())
    return words.partition(". ")[0].removesuffix(".") + "."


def picture(package: str) -> str:
    """Boxes, a row a floor."""
    drawn = []
    for f, floor in enumerate(floors(package)):
        width = (WIDE - GAP * (len(floor) - 1)) / len(floor)
        for r, room in enumerate(floor):
            left, top, n = r * (width + GAP), f * (HIGH + GAP), len(modules(package, room))
            label = f"{room} ({n} modules)" if n > 1 else room
            drawn.append(f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{HIGH}" rx="6" fill="none" stroke="currentColor"/>')
            drawn.append(f'<text x="{left + width / 2:.1f}" y="{top + HIGH / 2 + 5}" text-anchor="middle" fill="currentColor">{label}</text>')
    height = len(floors(package)) * (HIGH + GAP) - GAP
    words = "; ".join(" and ".join(floor) for floor in floors(package))
    return (
        f'<svg viewBox="-1 -1 {WIDE + 2} {height + 2}" role="img" aria-label="Floors from the top: {words}" font-family="sans-serif" font-size="15">'
        + "".join(drawn)
        + "</svg>"
    )


class Rooms(SphinxDirective):
    """The picture, and a row for each room: its floor, what it is, its modules."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        package = self.arguments[0]
        lines = ["| room | what it is | modules |", "|---|---|---|"]
        for floor in floors(package):
            for room in floor:
                inside = ", ".join(f"`{path.stem}`" for path in modules(package, room)) if (PACKAGES[package] / room).is_dir() else ""
                lines.append(f"| `{room}` | {about(package, room).replace('|', '/')} | {inside} |")
        return [nodes.raw("", picture(package), format="html"), *_parsed(self, lines)]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("rooms", Rooms)
    return {"parallel_read_safe": True}
