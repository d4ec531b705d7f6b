"""The glossary, from the one file that reports take it from too."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from qmethod_analysis.words.glossary import terms

from .shown import _parsed


class Glossary(SphinxDirective):
    """Every term with what it means, to be linked to by the role `term`."""

    def run(self) -> list[nodes.Node]:
        lines = ["```{glossary}"]
        for term in terms():
            lines += [term.name, f"  {term.text}", ""]
        return _parsed(self, [*lines, "```"])


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("terms", Glossary)
    return {"parallel_read_safe": True}
