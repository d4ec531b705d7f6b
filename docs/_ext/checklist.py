"""The checklist of a report, from the one table in the code."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from qmethod_analysis.report.checklist import BY_YOU, ITEMS
from qmethod_analysis.report.sections import SECTIONS

from .shown import _parsed


class Checklist(SphinxDirective):
    """One row for each item: what it is, what fills it in, and the section of the report that answers it; above the rows how many there are."""

    def run(self) -> list[nodes.Node]:
        yours = sum(item.filled_by == BY_YOU for item in ITEMS)
        lines = [f"Of {len(ITEMS)} items the program can fill in {len(ITEMS) - yours}; {yours} are yours.", ""]
        lines += ["| | item | filled in by | section |", "|---|---|---|---|"]
        lines += [f"| {item.number} | {item.what} | {item.filled_by} | {SECTIONS[item.section]} |" for item in ITEMS]
        return _parsed(self, lines)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("checklist", Checklist)
    return {"parallel_read_safe": True}
