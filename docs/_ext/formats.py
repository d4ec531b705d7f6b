"""The table of formats, from the registry in the code."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from qmethod.formats import formats, writers

from .shown import _parsed

KNOWN_BY = {"signature": "its first bytes", "structure": "how its lines are built", "elimination": "being text that no other format claims"}


class Formats(SphinxDirective):
    """One row for each format, in the order in which they are asked: what it is, what it is known by, and whether it is read in chunks."""

    def run(self) -> list[nodes.Node]:
        lines = ["| format | what it is | known by | in chunks |", "|---|---|---|---|"]
        for each in formats():
            lines.append(f"| {each.name} | {each.about} | {KNOWN_BY[each.told_by]} | {'yes' if each.open is not None else ''} |")
        return _parsed(self, lines)


class Writers(SphinxDirective):
    """One row for each format that is written: what chooses it, what it cannot hold, and who else reads it."""

    def run(self) -> list[nodes.Node]:
        lines = ["| format | `--to` | ending | cannot hold | judged by |", "|---|---|---|---|---|"]
        for each in writers():
            ending = f"`{each.endings[0]}`" if each.by_name else ""
            lines.append(f"| {each.name}: {each.about[0].lower()}{each.about[1:]} | `{each.key}` | {ending} | {each.cannot} | {each.judged} |")
        return _parsed(self, lines)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("formats", Formats)
    app.add_directive("writers", Writers)
    return {"parallel_read_safe": True}
