"""The table of formats, from the registry in the code."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from qmethod.formats import formats

from .shown import _parsed

KNOWN_BY = {"signature": "its first bytes", "structure": "how its lines are built", "elimination": "being text that no other format claims"}


class Formats(SphinxDirective):
    """One row for each format, in the order in which they are asked: what it is, what it is known by, what can be done with it."""

    def run(self) -> list[nodes.Node]:
        lines = ["| format | what it is | known by | written | in chunks |", "|---|---|---|---|---|"]
        for each in formats():
            can = ["yes" if does is not None else "" for does in (each.write, each.open)]
            lines.append(f"| {each.name} | {each.about} | {KNOWN_BY[each.told_by]} | {' | '.join(can)} |")
        return _parsed(self, lines)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("formats", Formats)
    return {"parallel_read_safe": True}
