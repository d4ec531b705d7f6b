"""Directives that show what the program says and does today, so that no page can fall behind it."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from qmethod.policies import PRESETS, Policies, describe

BIN = Path(sys.executable).parent


class Run(SphinxDirective):
    """Run each line of the content as a command in a folder that lasts for the page, and show it with what it prints."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        kept: dict[str, Any] = self.env.temp_data
        if "run folder" not in kept:
            kept["run folder"] = tempfile.TemporaryDirectory()
        folder = kept["run folder"]
        shown = []
        for line in self.content:
            variables = {"PATH": f"{BIN}{os.pathsep}{os.defpath}", "HOME": folder.name, "LANG": "C.UTF-8", "COLUMNS": "110", "TERM": "dumb"}
            done = subprocess.run(
                shlex.split(line), cwd=folder.name, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False
            )
            if done.returncode:
                raise self.error(f"{line!r} ended with {done.returncode}: {done.stderr}")
            shown += [f"$ {line}", (done.stdout + done.stderr).rstrip(), ""]
        text = "\n".join(shown).strip()
        return [nodes.literal_block(text, text, language="text")]


class PolicyTable(SphinxDirective):
    """One row for each convention: its meaning, its choices, and what each preset takes."""

    def run(self) -> list[nodes.Node]:
        presets = {name: Policies.preset(name) for name in PRESETS}
        lines = [f"| policy | about | choices | {' | '.join(PRESETS)} |", "|---|---|---|" + "---|" * len(PRESETS)]
        for policy in describe():
            name = policy["name"]
            values = [_value(getattr(preset, name)) for preset in presets.values()]
            lines.append(" | ".join([f"| `{name}`", policy["about"].replace("|", "\\|"), _choices(policy), *values]) + " |")
        return _parsed(self, lines)


def _parsed(directive: SphinxDirective, lines: list[str]) -> list[nodes.Node]:
    holder = nodes.container()
    directive.state.nested_parse(StringList(lines, source=directive.get_source_info()[0]), directive.content_offset, holder)
    return holder.children


def _choices(policy: dict[str, Any]) -> str:
    if "choices" in policy:
        return ", ".join(f"`{choice}`" for choice in policy["choices"])
    if "range" in policy:
        low, high = policy["range"]
        return f"{low:g} to {high:g}"
    return "yes, no" if isinstance(policy["default"], bool) else "numbers"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(f"{v:g}" for v in value) or "exact"
    return f"{value:g}" if isinstance(value, int | float) else f"`{value}`"


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    app.add_directive("run", Run)
    app.add_directive("policies", PolicyTable)
    return {"parallel_read_safe": True}
