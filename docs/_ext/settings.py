"""The table of settings of the web server, from the one table in the code."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from qmethod_webform.settings import SETTINGS, variable

from .shown import _parsed


class SettingsTable(SphinxDirective):
    """One row for each setting: its variable, its default, what it does."""

    def run(self) -> list[nodes.Node]:
        lines = ["| variable | default | what it does |", "|---|---|---|"]
        lines += [f"| `{variable(one.name)}` | {_shown(one.default)} | {one.help} |" for one in SETTINGS]
        return _parsed(self, lines)


def _shown(default: str | int | bool) -> str:
    if isinstance(default, bool):
        return "yes" if default else "no"
    return f"`{default}`" if default != "" else ""


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("server-settings", SettingsTable)
    return {"parallel_read_safe": True}
